"""Asked and got: how often a piece is what was asked for.

Conventions
-----------
A share stands with its Wilson interval and its n, and beside it two others that say what it is
worth: how often the judge is right about real held-out tunes, and how often the answer comes when
nobody asked.

Contents
--------
Share, ControlRow, control_table
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from melodyai_edu.evaluation.intervals import wilson

__all__ = ["ControlRow", "Share", "control_table"]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many.

    Parameters
    ----------
    hits, number : int

    Examples
    --------
    >>> print(Share(180, 200))
    90.0% [85.1%, 93.4%] of 200
    """

    hits: int
    number: int

    @property
    def value(self) -> float:
        """The share [0-1]; 0 of none."""
        return self.hits / self.number if self.number else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval [0-1]."""
        return wilson(self.hits, self.number) if self.number else (0.0, 1.0)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.1%} [{low:.1%}, {high:.1%}] of {self.number}"


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One value that can be asked for.

    Parameters
    ----------
    value : str
    got : Share
        Pieces asked to be it that the judge names so.
    real : Share
        Real held-out tunes of it that the judge names so.
    unasked : Share
        Pieces without a wish that the judge names so.
    """

    value: str
    got: Share
    real: Share
    unasked: Share

    @property
    def against_real(self) -> float:
        """Accuracy on pieces divided by accuracy on real tunes."""
        return self.got.value / self.real.value if self.real.value else 0.0


def control_table(
    named: Mapping[str, Sequence[str]],
    named_real: Mapping[str, Sequence[str]],
    named_unasked: Sequence[str],
) -> list[ControlRow]:
    """Count what a judge said.

    Parameters
    ----------
    named : mapping of str to sequence of str
        For each value asked for, what the judge named the pieces.
    named_real : mapping of str to sequence of str
        For each value, what the judge named real tunes of it.
    named_unasked : sequence of str
        What the judge named pieces without a wish.

    Returns
    -------
    rows : list of ControlRow

    Examples
    --------
    >>> rows = control_table({"jig": ["jig", "reel"]}, {"jig": ["jig"]}, ["reel", "reel"])
    >>> rows[0].got.value, rows[0].real.value, rows[0].unasked.value
    (0.5, 1.0, 0.0)
    """

    def share(names: Sequence[str], value: str) -> Share:
        return Share(sum(name == value for name in names), len(names))

    return [
        ControlRow(
            value,
            share(names, value),
            share(named_real.get(value, ()), value),
            share(named_unasked, value),
        )
        for value, names in named.items()
    ]
