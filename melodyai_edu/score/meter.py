"""The integer time grid and the meters that divide it.

Conventions
-----------
Time is counted in ticks, 24 a quarter note: eighth triplets (8), sixteenths (6) and thirty-second
notes (3) all fall on it. A *bar* is counted from 0 in code and from 1 for people; a *beat* is what
a conductor beats, so 6/8 has two beats of 36 ticks.

Contents
--------
TICKS_PER_QUARTER, Meter
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate

from melodyai_edu.errors import ParameterError

__all__ = ["TICKS_PER_QUARTER", "Meter"]

#: Ticks in a quarter note.
TICKS_PER_QUARTER = 24

_DENOMINATORS = (1, 2, 4, 8, 16, 32)
_SYMBOLS = {"C": "4/4", "C|": "2/2"}
_METER = re.compile(r"(\d{1,2}(?:\+\d{1,2})*)/(\d{1,2})")


def _usual_groups(numerator: int, denominator: int) -> tuple[int, ...]:
    """Group the written units into beats: by threes, by ones, or additively by twos and threes."""
    if denominator >= 8 and numerator % 3 == 0 and numerator > 3:
        return (3,) * (numerator // 3)
    if denominator >= 8 and numerator > 4 and numerator % 2 == 1:
        # 5/8 is 3+2 and 7/8 is 2+2+3, the commonest readings of each.
        return (3, 2) if numerator == 5 else (2,) * (numerator // 2 - 1) + (3,)
    return (1,) * numerator


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature, with the way its units group into beats.

    Parameters
    ----------
    numerator : int [1-64]
        Units in a bar.
    denominator : int [1, 2, 4, 8, 16 or 32]
        The unit, as a fraction of a whole note.
    groups : tuple of int, optional
        Units in each beat; the usual grouping when left out. Must add up to ``numerator``.

    Raises
    ------
    ParameterError
        If a value is out of range or the groups do not add up.

    References
    ----------
    Gould (2011), Behind Bars, pages 151-177: simple, compound and additive meters.

    Examples
    --------
    >>> Meter(6, 8).beat_durations, Meter(3, 4).beat_durations, Meter(7, 8).beat_durations
    ((36, 36), (24, 24, 24), (24, 24, 36))
    """

    numerator: int
    denominator: int
    groups: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.denominator not in _DENOMINATORS or not 1 <= self.numerator <= 64:
            raise ParameterError(
                f"meter={self.numerator}/{self.denominator} must have a numerator from 1 to 64 "
                f"over one of {', '.join(map(str, _DENOMINATORS))}"
            )
        if not self.groups:
            object.__setattr__(self, "groups", _usual_groups(self.numerator, self.denominator))
        if sum(self.groups) != self.numerator or min(self.groups) < 1:
            raise ParameterError(
                f"groups={self.groups} must be positive and add up to {self.numerator}"
            )

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Read ``"6/8"``, ``"C"``, ``"C|"`` or an additive ``"2+2+3/8"``.

        Parameters
        ----------
        text : str

        Returns
        -------
        meter : Meter

        Raises
        ------
        ParameterError
            If the text is no meter.

        Examples
        --------
        >>> Meter.parse("2+3/8").groups
        (2, 3)
        """
        match = _METER.fullmatch(_SYMBOLS.get(text.strip(), text.strip()).replace(" ", ""))
        if match is None:
            raise ParameterError(f"meter={text!r} must look like '4/4', '6/8' or '3+2/8'")
        groups = tuple(int(group) for group in match[1].split("+"))
        return cls(sum(groups), int(match[2]), groups if len(groups) > 1 else ())

    @property
    def name(self) -> str:
        """The meter as text: ``"6/8"``, with the groups where they are not the usual ones."""
        if self.groups == _usual_groups(self.numerator, self.denominator):
            return f"{self.numerator}/{self.denominator}"
        return f"{'+'.join(map(str, self.groups))}/{self.denominator}"

    @property
    def unit_duration(self) -> int:
        """The written unit's length [ticks]."""
        return 4 * TICKS_PER_QUARTER // self.denominator

    @property
    def bar_duration(self) -> int:
        """A bar's length [ticks]."""
        return self.numerator * self.unit_duration

    @property
    def beat_durations(self) -> tuple[int, ...]:
        """The length of each beat in the bar [ticks]."""
        return tuple(group * self.unit_duration for group in self.groups)

    @property
    def beat_onsets(self) -> tuple[int, ...]:
        """Where each beat begins in the bar [ticks]; the first is 0."""
        return (0, *accumulate(self.beat_durations[:-1]))

    @property
    def kind(self) -> str:
        """``"simple"``, ``"compound"`` (beats of three) or ``"additive"`` (beats unequal)."""
        if len(set(self.groups)) > 1:
            return "additive"
        return "compound" if self.groups[0] == 3 and self.numerator > 3 else "simple"
