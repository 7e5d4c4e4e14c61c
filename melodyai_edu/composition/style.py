"""What the composer learns of one style: a genre in a meter and a mode.

Conventions
-----------
Rhythm and form are learned from the genre's tunes in all modes; pitches from the nearest tunes,
moved into the mode degree by degree where they have another. All tunes have the meter.

Contents
--------
Style, Rhythm, learn_style, Steps
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.composition.form import Form, repeats_of
from melodyai_edu.composition.hearing import (
    PITCH_ID,
    PITCHES,
    REST,
    TONIC,
    HeardBar,
    hear,
    heard_bars,
    in_mode,
)
from melodyai_edu.composition.library import (
    genre_distance,
    mode_distance,
    nearest_tunes,
    offered_meters,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.score import Key, Meter

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = ["Rhythm", "Steps", "Style", "learn_style"]

#: How many notes are enough; see benchmarks/style_entropy.py. Pitches profit from tunes of other
#: genres; rhythm hardly does, and stays the genre's own.
_NOTES_FOR_PITCH, _NOTES_FOR_RHYTHM = 15_000, 1_500

#: Rarer pitch classes, steps, and steps of last bars are left out [share of their kind]: an n-gram
#: has not seen them often enough to lead into them and out again.
_RARE_PITCH, _RARE_STEP, _RARE_CADENCE = 0.01, 0.003, 0.04

#: The last note is no shorter than half a beat, nor than in the shortest third of tunes: many of
#: those lead back to a repeat.
_SHORT_ENDINGS = 1 / 3

#: A voice keeps to the middle of what the tunes reach, but has at least an octave and a fifth.
_REACH, _NARROWEST = (0.5, 99.5), 19

#: How many pitches the model remembers that looks ahead.
_LOOKAHEAD_ORDER = 1

Steps = frozenset[tuple[int, int]]


class Rhythm(NamedTuple):
    """When something begins, and what comes again.

    Parameters
    ----------
    steps, rests, cadences : frozenset of (position, duration) [ticks]
        Where in a bar which durations begin: of notes, of rests, and of the notes of last bars.
    forms : tuple of Form
    """

    steps: Steps
    rests: Steps
    cadences: Steps
    forms: tuple[Form, ...]


@dataclass(frozen=True, eq=False)
class Style:
    """All that composing in one style needs.

    Parameters
    ----------
    model : MelodyNGram
    small_model : FixedOrderNGram
        The same, remembering next to nothing: to look ahead with.
    rhythm : Rhythm
    pitch_counts : dict of int to int
        How often each pitch occurs, the tonic moved to 60 [MIDI].
    middle : float [MIDI]
        The mean pitch of the tunes as they stand, in their own keys.
    reach : (int, int) [MIDI]
        The lowest and the highest pitch, likewise, but for the rarest.
    num_tunes : int
        How many tunes the pitches were learned from.
    """

    model: MelodyNGram
    small_model: FixedOrderNGram
    rhythm: Rhythm
    pitch_counts: dict[int, int]
    middle: float
    reach: tuple[int, int]
    num_tunes: int

    def tonic_pitch(self, key: Key) -> int:
        """Choose the octave of a key's tonic, so that pieces lie where the tunes lie [MIDI]."""
        counts = self.pitch_counts
        mean = sum(pitch * number for pitch, number in counts.items()) / sum(counts.values())
        wanted = self.middle - (mean - TONIC)
        octaves = range(key.tonic_pitch_class, 128, 12)
        return min(octaves, key=lambda pitch: (abs(pitch - wanted), pitch))

    def pitches(self, tonic_pitch: int) -> tuple[int, ...]:
        """List the token ids of the pitches to choose from, given the pitch of the tonic."""
        low, high = self.reach
        return tuple(
            PITCH_ID[pitch]
            for pitch in sorted(self.pitch_counts)
            if low <= pitch - TONIC + tonic_pitch <= high
        )


@lru_cache(maxsize=32)
def learn_style(genre: str | None, meter: Meter, mode: str, corpus: str | None = None) -> Style:
    """Learn a style from the nearest training tunes.

    Parameters
    ----------
    genre : str or None
        None: all genres together.
    meter : Meter
    mode : str
    corpus : str, optional
        The package's own when left out.

    Returns
    -------
    style : Style

    Raises
    ------
    ParameterError
        If no tune has the meter.
    """
    near = nearest_tunes(meter, _NOTES_FOR_PITCH, mode_distance(genre, mode), corpus)
    alike = nearest_tunes(meter, _NOTES_FOR_RHYTHM, genre_distance(genre), corpus)
    heard = {tune.name: encoding for tune in (*near, *alike) if (encoding := hear(tune))}
    tuned = [tune for tune in near if tune.name in heard]
    if not tuned:
        meters = ", ".join(offered_meters(genre, corpus))
        raise ParameterError(f"meter={meter.name!r} must be one of: {meters}")
    sequences = [in_mode(heard[tune.name].token_ids, tune.key.mode, mode) for tune in tuned]
    rhythms = [heard[tune.name].token_ids for tune in alike if tune.name in heard]
    middle, reach = _register(tuned)
    model = MelodyNGram().fit(sequences, rhythms)
    return Style(
        model=model,
        small_model=FixedOrderNGram.of(model, _LOOKAHEAD_ORDER),
        rhythm=_learn_rhythm([heard_bars(token_ids) for token_ids in rhythms], meter),
        pitch_counts=_pitch_counts(sequences, [tune.key.mode == mode for tune in tuned]),
        middle=middle,
        reach=reach,
        num_tunes=len(tuned),
    )


def _learn_rhythm(tunes: Sequence[tuple[HeardBar, ...]], meter: Meter) -> Rhythm:
    whole = [tuple(b for b in tune if _length(b) == meter.bar_duration) for tune in tunes]
    bars = [bar for tune in whole for bar in tune]
    last_bars = [tune[-1] for tune in tunes if tune and _length(tune[-1]) == meter.bar_duration]
    beats = frozenset(zip(meter.beat_onsets, meter.beat_durations, strict=True))
    return Rhythm(
        steps=_steps(bars, _RARE_STEP) | beats,
        rests=_steps(bars, _RARE_STEP, is_rest=True),
        cadences=_steps(_calm(last_bars, meter), _RARE_CADENCE),
        forms=tuple(
            _form(tune) for tune, kept in zip(tunes, whole, strict=True) if tune == kept != ()
        ),
    )


def _length(bar: HeardBar) -> int:
    return sum(duration for _, duration, _ in bar)


def _signature(bar: HeardBar) -> tuple[tuple[int, bool], ...]:
    return tuple((duration, sound == REST) for _, duration, sound in bar)


def _form(bars: Sequence[HeardBar]) -> Form:
    return Form(repeats_of(bars), repeats_of([_signature(bar) for bar in bars]))


def _steps(bars: Sequence[HeardBar], rare: float, is_rest: bool = False) -> Steps:
    """Collect where which durations begin, but for those that less than a share of bars has."""
    seen = Counter(
        (position, duration)
        for bar in bars
        for position, duration, sound in bar
        if (sound == REST) == is_rest
    )
    return frozenset(step for step, number in seen.items() if number >= rare * len(bars))


def _calm(last_bars: Sequence[HeardBar], meter: Meter) -> list[HeardBar]:
    """Keep the last bars that come to rest on a long note."""
    lengths = [bar[-1][1] for bar in last_bars]
    least = max(np.quantile(lengths, _SHORT_ENDINGS), meter.beat_durations[0] / 2) if lengths else 0
    return [bar for bar, length in zip(last_bars, lengths, strict=True) if length >= least]


def _pitch_counts(sequences: Sequence[Sequence[int]], is_own: Sequence[bool]) -> dict[int, int]:
    """Count pitches, but for pitch classes that are rare in tunes of the mode's own."""
    own = [each for each, is_kept in zip(sequences, is_own, strict=True) if is_kept] or sequences
    counts = Counter(PITCHES[i] for sequence in sequences for i in sequence if i in PITCHES)
    classes = Counter(PITCHES[i] % 12 for sequence in own for i in sequence if i in PITCHES)
    fewest = _RARE_PITCH * classes.total()
    return {pitch: n for pitch, n in counts.items() if classes[pitch % 12] >= fewest}


def _register(tunes: Sequence[Tune]) -> tuple[float, tuple[int, int]]:
    """Find where the tunes lie, in their own keys: their middle and their reach."""
    pitches = np.concatenate([tune.melody.pitches for tune in tunes])
    low, high = (int(pitch) for pitch in np.percentile(pitches, _REACH))
    widen = max(_NARROWEST - (high - low), 0)
    return float(pitches.mean()), (low - (widen + 1) // 2, high + widen // 2)
