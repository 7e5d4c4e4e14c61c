"""The report card of the last piece of the course.

Conventions
-----------
A piece comes as the service described it, with its MIDI file. What can be counted is counted;
whether it is any good is left to ears.

Contents
--------
Capstone, judge_capstone
"""

from __future__ import annotations

import html
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melodyai_edu.composition import Composition, rebuild
from melodyai_edu.errors import ParameterError

__all__ = ["Capstone", "judge_capstone"]

_FEWEST_BARS = 32
_FEWEST_RULES = 2


@dataclass(frozen=True, slots=True)
class Capstone:
    """What was asked of the last piece, and what it has.

    Parameters
    ----------
    rows : tuple of (str, bool, str)
        What was asked, whether it is there, and what was found.
    """

    rows: tuple[tuple[str, bool, str], ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not there yet."""
        return tuple(name for name, is_there, _ in self.rows if not is_there)

    def __str__(self) -> str:
        lines = [f"{'✔' if good else '✘'} {name:22}{found}" for name, good, found in self.rows]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def judge_capstone(described: Mapping[str, Any], midi: bytes) -> Capstone:
    """Count what the task asks of the piece.

    Parameters
    ----------
    described : mapping
        What ``GET /v1/compositions/ID`` answers.
    midi : bytes
        What ``GET /v1/compositions/ID.mid`` answers.

    Returns
    -------
    capstone : Capstone

    Raises
    ------
    ParameterError
        If this is no description of a piece that was composed.

    Examples
    --------
    >>> print(Capstone((("32 bars", False, "16"),)))
    ✘ 32 bars               16
    """
    try:
        facts, source = described["facts"], described["provenance"]
        rules, licences = described["request"]["rules"], source["data"]
    except (KeyError, TypeError) as error:
        raise ParameterError(
            f"described={str(described)[:60]!r} must be what GET /v1/compositions/ID answers for a "
            f"piece that was composed ({error} is missing)"
        ) from None
    again = _made_again(source)
    return Capstone(
        (
            ("32 bars or more", facts["bars"] >= _FEWEST_BARS, f"{facts['bars']} bars"),
            _returns(facts),
            ("two rules of yours", len(rules) >= _FEWEST_RULES, ", ".join(rules) or "none"),
            _parts(facts),
            _same(again, midi),
            _copies(again),
            ("licences named", bool(licences), f"of {', '.join(licences) or 'nothing'}"),
        )
    )


def _made_again(source: Mapping[str, Any]) -> Composition | None:
    """Compose the piece anew from what is written down; none if other notes come."""
    try:
        return rebuild(dict(source))
    except ParameterError:
        return None


def _returns(facts: Mapping[str, Any]) -> tuple[str, bool, str]:
    named = str(facts.get("sections", facts.get("form", "")))
    letters = [name.strip("'") for name in named.split()]
    return "something returns", len(set(letters)) < len(letters), named or "no form"


def _parts(facts: Mapping[str, Any]) -> tuple[str, bool, str]:
    named = str(facts.get("instruments", facts.get("instrument", "")))
    return "a band", "," in named, named


def _same(again: Composition | None, midi: bytes) -> tuple[str, bool, str]:
    name = "one seed, one piece"
    if again is None:
        return name, False, "made again here, it has other notes"
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(again.save(Path(folder) / "again.mid")).read_bytes()
    if ours != midi:
        return name, False, "this MIDI file is not the piece that is described"
    return name, True, f"made again here: the same {len(ours)} bytes"


def _copies(again: Composition | None) -> tuple[str, bool, str]:
    name = "no copy"
    if again is None or again.copying.human is None:
        return name, False, "could not be looked up"
    report, human = again.copying, again.copying.human
    found = f"longest run {report.longest_run} notes, human tunes up to {human.longest_run[2]:.0f}"
    return name, bool(report.is_within_human), found
