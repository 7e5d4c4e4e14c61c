"""How real tunes are planned: what returns, where they close, how tense they are.

Conventions
-----------
Bars count from 0; a pickup is left out. A tune's plan is learned from its melody alone. Lengths
and positions are ticks.

Contents
--------
Variation, TunePlan, learn_plans, usual_phrase, plan_of
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.composition.form import Form, repeats_of
from melodyai_edu.composition.hearing import REST, HeardBar, completed, hear, heard_bars
from melodyai_edu.composition.library import genre_distance, nearest_tunes
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.theory.melody import leading_tones
from melodyai_edu.theory.repetition import bar_similarity
from melodyai_edu.theory.tension import tension_curve

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["TunePlan", "Variation", "learn_plans", "plan_of", "usual_phrase"]

#: As many notes as the rhythm of a style is learned from.
_NOTES = 1_500

#: So many are enough to draw from, spread evenly over all there are.
_MOST_TUNES = 250

#: A bar varies an earlier one if it has the same at no less than this share of its ticks, or the
#: same rhythm at more than none. Below, bars of one tune are alike by chance (docs/LOG.md).
_LEAST_ALIKE = 1 / 3

#: How many bars a phrase may have. Caplin (1998), Classical Form, chapter 3: four as a rule, and
#: eight are two phrases.
_PHRASES = (2, 3, 4, 5, 6)

#: Degrees over a dominant chord. Caplin (1998), chapter 4.
_OPEN_DEGREES = (2, 5)


class Variation(NamedTuple):
    """One bar that comes back changed.

    Parameters
    ----------
    bar, original : int
    kept : tuple of (int, int) [ticks]
        From where to where in the bar both have the same.
    """

    bar: int
    original: int
    kept: tuple[tuple[int, int], ...]

    def moved(self, bars: int) -> Variation:
        """Give the same variation so many bars later."""
        return Variation(self.bar + bars, self.original + bars, self.kept)

    def keeps(self, position: int, duration: int) -> bool:
        """Say whether at least half of a note lies in what is kept."""
        end = position + duration
        shared = sum(max(min(last, end) - max(first, position), 0) for first, last in self.kept)
        return 2 * shared >= duration


class TunePlan(NamedTuple):
    """The plan of one tune.

    Parameters
    ----------
    title : str
    form : Form
        What returns exactly, in pitch and in rhythm.
    varied : tuple of Variation
        What returns changed.
    cadences : dict of int to str
        The bars that end on the tonic, ``"full"``, or on a note of the dominant chord or the
        degree above the tonic, ``"half"``: where a cadence may be.
    tension : tuple of float [0-1]
    rests : tuple of float
        How long after the last note of each bar the next one begins [means of the tune].
    """

    title: str
    form: Form
    varied: tuple[Variation, ...]
    cadences: dict[int, str]
    tension: tuple[float, ...]
    rests: tuple[float, ...]

    @property
    def bars(self) -> int:
        """How many bars it has."""
        return len(self.form.bars)

    def cut(self, first: int, bars: int) -> TunePlan:
        """Give the plan of some bars alone: what returns from outside them is new there."""
        last = first + bars
        roots = self.form.bars[first:last]
        home = {root: bar for bar, root in reversed([*enumerate(roots)])}
        varied = (
            Variation(one.bar - first, home[one.original], one.kept)
            for one in self.varied
            if first <= one.bar < last and home.get(one.original, last) < one.bar - first
        )
        return self._replace(
            form=Form(repeats_of(roots), repeats_of(self.form.rhythms[first:last])),
            varied=tuple(varied),
            cadences={bar - first: c for bar, c in self.cadences.items() if first <= bar < last},
            tension=self.tension[first:last],
            rests=self.rests[first:last],
        )

    def followed_by(self, other: TunePlan) -> TunePlan:
        """Give one plan after the other; nothing returns from the first in the second."""
        bars = self.bars
        bar_numbers, rhythms = ([bars + bar for bar in part] for part in other.form)
        return TunePlan(
            title=f"{self.title}, {other.title}",
            form=Form((*self.form.bars, *bar_numbers), (*self.form.rhythms, *rhythms)),
            varied=(*self.varied, *(one.moved(bars) for one in other.varied)),
            cadences={**self.cadences, **{bars + b: c for b, c in other.cadences.items()}},
            tension=(*self.tension, *other.tension),
            rests=(*self.rests, *other.rests),
        )


@lru_cache(maxsize=32)
def learn_plans(genre: str | None, meter: Meter, corpus: str | None = None) -> tuple[TunePlan, ...]:
    """Learn the plans of the training tunes of a genre in a meter.

    Parameters
    ----------
    genre : str or None
        None: all genres together. Where too few tunes have it, others are taken too.
    meter : Meter
    corpus : str, optional
        The package's own when left out.

    Returns
    -------
    plans : tuple of TunePlan
        Of all tunes whose bars are whole.
    """
    tunes = nearest_tunes(meter, _NOTES, genre_distance(genre), corpus)
    tunes = tunes[:: -(-len(tunes) // _MOST_TUNES) or 1]
    return tuple(plan for tune in tunes if (plan := plan_of(tune)) is not None)


def plan_of(tune: Tune) -> TunePlan | None:
    """Read the plan off one tune.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    plan : TunePlan or None
        None where a bar is not whole or the melody cannot be heard.

    Examples
    --------
    >>> from melodyai_edu.io.corpus import load
    >>> plan = plan_of(load("oneill").filter(genre="jig")[0])
    >>> plan.form.bars[:5], plan.cadences[15]
    ((0, 1, 2, 3, 4), 'half')
    """
    encoding = hear(tune)
    bars = heard_bars(encoding.token_ids) if encoding else ()
    length = tune.meter.bar_duration
    if encoding is None or not bars or any(sum(d for _, d, _ in bar) != length for bar in bars):
        return None
    score = completed(tune.melody_score)
    melody = score.parts[0].melody(score.duration)
    likeness = bar_similarity(melody, score.meter, score.pickup)[: len(bars), : len(bars)]
    curve = tension_curve(melody, score.meter, score.key, score.pickup)[: len(bars)]
    last = _last_notes(score, melody, len(bars))
    words = [_closes(melody.notes[note].pitch, score.key) for note in last]
    waits = np.diff(melody.onsets, append=melody.duration)
    form = Form(repeats_of(bars), repeats_of([_rhythm(bar) for bar in bars]))
    return TunePlan(
        title=tune.title,
        form=form,
        varied=_variations(bars, form, likeness),
        cadences={bar: word for bar, word in enumerate(words) if word},
        tension=tuple(curve.round(3).tolist()),
        rests=tuple((waits[last] / waits.mean()).round(3).tolist()),
    )


def _rhythm(bar: HeardBar) -> tuple[tuple[int, bool], ...]:
    return tuple((duration, sound == REST) for _, duration, sound in bar)


def _variations(
    bars: Sequence[HeardBar], form: Form, likeness: np.ndarray
) -> tuple[Variation, ...]:
    """Find for each new bar the earlier one that it is most like, if it is like one."""
    found = []
    for bar in range(1, len(bars)):
        if form.bars[bar] != bar:
            continue
        original = int(likeness[bar, :bar].argmax())
        if likeness[bar, original] >= _LEAST_ALIKE:
            found.append(Variation(bar, form.bars[original], _kept(bars[bar], bars[original])))
    return tuple(found)


def _kept(bar: HeardBar, original: HeardBar) -> tuple[tuple[int, int], ...]:
    """List from where to where two bars have the same: the same begins, or goes on."""
    same = [a == b for a, b in zip(_ticks(bar), _ticks(original), strict=True)]
    edges = np.flatnonzero(np.diff([False, *same, False]))
    return tuple((int(first), int(last)) for first, last in edges.reshape(-1, 2))


def _ticks(bar: HeardBar) -> list[tuple[int, bool]]:
    """Give what sounds at each tick, and whether it begins there."""
    return [(sound, tick == 0) for _, duration, sound in bar for tick in range(duration)]


def _last_notes(score: Score, melody: Melody, bars: int) -> list[int]:
    """Find the note that sounds when each bar ends, before the pickup of the next phrase."""
    ends = score.meter.bar_duration * np.arange(1, bars + 1)
    ends[-1] = melody.duration  # nothing is picked up after the last bar
    found: list[int] = (np.searchsorted(melody.onsets, ends, side="left") - 1).tolist()
    return found


def _closes(pitch: int, key: Key) -> str | None:
    """Name the cadence that a last note may close; its chord is not known."""
    if pitch % 12 == key.tonic_pitch_class:
        return "full"
    is_open = key.scale.degree(pitch) in _OPEN_DEGREES or pitch % 12 in leading_tones(key)
    return "half" if is_open else None


def usual_phrase(plans: Sequence[TunePlan]) -> int:
    """Find how many bars a phrase has, by where the tunes come to rest.

    Parameters
    ----------
    plans : sequence of TunePlan

    Returns
    -------
    bars : int
        The number after every so many bars of which last notes are longest beside all others;
        4 without a tune.

    References
    ----------
    Cambouropoulos (2001), The Local Boundary Detection Model, ICMC: a long time between onsets
    is the strongest sign of an end. Caplin (1998), Classical Form: how long phrases are.

    Examples
    --------
    >>> usual_phrase(learn_plans("jig", Meter(6, 8)))
    4
    """
    if not plans:
        return 4
    return max(_PHRASES, key=lambda bars: _contrast(plans, bars))


def _contrast(plans: Sequence[TunePlan], bars: int) -> float:
    """Say by how much longer last notes are at the ends of phrases of so many bars."""
    ends: list[float] = []
    others: list[float] = []
    for plan in plans:
        for bar, length in enumerate(plan.rests[:-1], start=1):
            (others if bar % bars else ends).append(length)
    return float(np.mean(ends) - np.mean(others)) if ends and others else 0.0
