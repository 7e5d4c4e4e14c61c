"""Which texture each bar is played in: introduction, main, variation, fill, ending.

Conventions
-----------
Bars count from 0; a pickup is a bar in which nobody but the melody plays. Chance is drawn bar by
bar from the seed, so a bar's texture does not depend on what other bars hold.

Contents
--------
BarPlan, plan_bars
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from melodyai_edu.composition.expression import is_intro
from melodyai_edu.score import Meter, Score

__all__ = ["BarPlan", "plan_bars"]

_ENDINGS = ("ending", "outro", "coda", "end")

#: Bars of a phrase where no section says more. Caplin (1998), Classical Form, chapter 3.
_PHRASE = 8

#: Every fourth bar is varied in so many of the cases.
_VARIED_BAR, _CHANCE = 4, 0.5


class BarPlan(NamedTuple):
    """What kind of bar it is.

    Parameters
    ----------
    onset, end : int [ticks]
    meter : Meter
    texture : str
        One of `melodyai_edu.composition.pattern.TEXTURES`, or empty for a pickup.
    number : int [from 0]
        Where the bar stands in its section.
    section : int [from 0]
        Which section it belongs to.
    """

    onset: int
    end: int
    meter: Meter
    texture: str
    number: int
    section: int


def plan_bars(score: Score, density: str = "main", seed: int = 0) -> tuple[BarPlan, ...]:
    """Choose the texture of every bar.

    An introduction is thin, the last bar is an ending, the last bar of a section a fill; a section
    of another name than the first is varied, and so is now and then a fourth bar.

    Parameters
    ----------
    score : Score
    density : str, default "main"
        ``"sparse"``, ``"main"`` or ``"busy"``: what is played where nothing else is called for.
    seed : int, default 0

    Returns
    -------
    plans : tuple of BarPlan
        One for each bar, a pickup counted as one.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> score = Score.of_melody(Melody.from_events([(60, 96)] * 8))
    >>> [plan.texture for plan in plan_bars(score)][-1]
    'ending'
    """
    onsets = score.bar_onsets()
    first = int(bool(score.pickup))
    sections = _sections(score, onsets)
    plans = []
    for bar, (onset, end) in enumerate(pairwise((*onsets, max(score.duration, 1)))):
        number = max(bar - max(sections.index(sections[bar]), first), 0)
        if bar < first:
            texture = ""
        elif bar + 1 == len(onsets):
            texture = "ending"
        else:
            ends = sections[bar + 1] != sections[bar] or (number + 1) % _PHRASE == 0
            is_varied = (number + 1) % _VARIED_BAR == 0 and _draw(seed, bar) < _CHANCE
            texture = _texture(_names(score), sections[bar], ends, is_varied, density)
        plans.append(BarPlan(onset, end, score.meter_at(onset), texture, number, sections[bar]))
    return tuple(plans)


def _draw(seed: int, bar: int) -> float:
    return float(np.random.default_rng([seed, bar]).random())


def _names(score: Score) -> tuple[str, ...]:
    return tuple(section.name.strip().lower() for section in score.sections)


def _sections(score: Score, onsets: tuple[int, ...]) -> list[int]:
    """Give the number of each bar's section."""
    starts = [section.onset for section in score.sections]
    return [max(sum(start <= onset for start in starts) - 1, 0) for onset in onsets]


def _texture(
    names: tuple[str, ...], section: int, ends_phrase: bool, is_varied: bool, density: str
) -> str:
    name = names[section] if names else ""
    if is_intro(name):
        return "intro"
    if name in _ENDINGS or density == "sparse":
        return "sparse"
    if ends_phrase:
        return "fill"
    if density == "busy":
        return "busy"
    plain = [other for other in names if not is_intro(other)]
    is_other = bool(plain) and name[:1] != plain[0][:1]
    return "varied" if is_other != is_varied else "main"
