"""Marks above a score: chord symbols and the names of sections.

Conventions
-----------
A mark holds from its onset to the next one of its kind. What a chord symbol means is for
`melodyai_edu.theory.harmony` to say; here it is text that begins with a root.

Contents
--------
ChordSymbol, Section
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from melodyai_edu.errors import ParameterError

__all__ = ["ChordSymbol", "Section"]

_ROOT = r"[A-G](?:##|bb|#|b)?"
_SYMBOL = re.compile(rf"(?P<root>{_ROOT})(?P<kind>[^/\s]*)(?:/(?P<bass>{_ROOT}))?")


@dataclass(frozen=True, slots=True, order=True)
class ChordSymbol:
    """A chord symbol as it stands above a staff.

    Parameters
    ----------
    onset : int [ticks]
    text : str
        A root, a kind and perhaps a bass: ``"C"``, ``"F#m7b5"``, ``"G7/B"``.

    Raises
    ------
    ParameterError
        If the onset is negative or the text does not begin with a root.

    Examples
    --------
    >>> symbol = ChordSymbol(0, "Bbm7/F")
    >>> symbol.root, symbol.kind, symbol.bass
    ('Bb', 'm7', 'F')
    """

    onset: int
    text: str

    def __post_init__(self) -> None:
        _check_onset(self.onset)
        if not _SYMBOL.fullmatch(self.text):
            raise ParameterError(
                f"chord={self.text!r} must be a root, a kind and perhaps a bass, such as Am7 or G/B"
            )

    @property
    def root(self) -> str:
        """The root's name, such as ``"Bb"``."""
        return self._part("root")

    @property
    def kind(self) -> str:
        """What follows the root; empty for a major triad."""
        return self._part("kind")

    @property
    def bass(self) -> str:
        """The name of the lowest note: the root where no other is written."""
        return self._part("bass") or self.root

    def _part(self, name: str) -> str:
        match = _SYMBOL.fullmatch(self.text)
        return (match[name] or "") if match else ""


@dataclass(frozen=True, slots=True, order=True)
class Section:
    """A named section of a piece, such as ``"A"`` or ``"Intro"``.

    Parameters
    ----------
    onset : int [ticks]
    name : str

    Raises
    ------
    ParameterError
        If the onset is negative or the name is empty.

    Examples
    --------
    >>> Section(96, "B").name
    'B'
    """

    onset: int
    name: str

    def __post_init__(self) -> None:
        _check_onset(self.onset)
        if not self.name.strip():
            raise ParameterError(f"section at tick {self.onset} must have a name, such as 'A'")


def _check_onset(onset: int) -> None:
    if onset < 0:
        raise ParameterError(f"onset={onset} must be 0 ticks or more")
