"""Independent checkers of every rule, on music21 objects read back from written MusicXML.

Conventions
-----------
Nothing here comes from the package: the checkers judge it. Each violation names rule, bar and
beat, as ``"max_leap=9: bar 3 beat 2: D4 to E5 is 14 semitones"``; an empty list means that every
rule is kept. ``bars_filled``, the meter and the number of bars are judged always.

Contents
--------
violations, harmony_violations, TrainingTunes, Piece
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def _load(name: str) -> Any:
    """Load a file that lies beside this one."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_PIECE = _load("checkers_piece")
_MOTIF = _load("checkers_motif")
_STRUCTURE = _load("checkers_structure")
_HARMONY = _load("checkers_harmony")
Piece = _PIECE.Piece
TrainingTunes = _MOTIF.TrainingTunes

#: Every rule of one-voice pieces by its name.
RULES = {
    **_load("checkers_rhythm").RULES,
    **_load("checkers_melody").RULES,
    **_MOTIF.RULES,
    **_STRUCTURE.RULES,
}
#: Every rule of four-part pieces by its name.
HARMONY_RULES = _HARMONY.RULES


def violations(
    stream: Any,
    rules: Sequence[str],
    *,
    key: str,
    meter: str,
    bars: int,
    training: Iterable[Iterable[tuple[int, int]]] | None = None,
    original: Any = None,
) -> list[str]:
    """List where a melody breaks its rules.

    Parameters
    ----------
    stream : music21 Score or Part
        The melody is a score's first part; with ``original`` every part is compared.
    rules : sequence of str
        Such as ``"max_leap=9"``; ``"regenerate=5-8"`` says that all but those bars was kept.
    key, meter : str
    bars : int
        The number of bars asked for, the pickup not counted.
    training : iterable of lists of (onset in ticks, pitch), or TrainingTunes, optional
        For ``no_copy``; ``TrainingTunes`` keeps its runs from one call to the next.
    original : music21 Score, optional
        For ``locked`` and ``regenerate``.

    Returns
    -------
    violations : list of str

    Raises
    ------
    KeyError
        If a rule is unknown: an unknown rule must not pass.
    """
    known = {"key": key, "meter": meter, "bars": bars}
    pieces = [Piece(staves, **known) for staves in _PIECE.staves_of(stream)]
    originals = []
    if original is not None:
        originals = [Piece(staves, **known) for staves in _PIECE.staves_of(original)]
    if training is not None and not hasattr(training, "windows"):
        training = TrainingTunes(training)
    asked = [_PIECE.rule_parts(rule) for rule in rules]
    always = [("bars_filled", ""), ("bars", str(bars))]
    found: list[str] = []
    for name, value in [*(one for one in always if one not in asked), *asked]:
        if name in ("locked", "regenerate"):
            found += _kept(name, value, pieces, originals)
            continue
        pieces[0].training = training
        for other, text in asked:
            if other == "section_key":
                pieces[0].other_keys.update(_STRUCTURE.other_keys(text))
        found += _named(name, value, RULES[name](pieces[0], value))
    return found


def _named(name: str, value: str, places: Iterable[str]) -> list[str]:
    rule = f"{name}={value}" if value else name
    return [f"{rule}: {place}" for place in places]


def _kept(name: str, value: str, pieces: list[Any], originals: list[Any]) -> list[str]:
    if len(pieces) != len(originals):
        return _named(name, value, ["bar 1 beat 1: the original has other parts"])
    found = []
    for piece, original in zip(pieces, originals, strict=True):
        piece.original = original
        found += _named(name, value, RULES[name](piece, value))
    return found


def harmony_violations(
    stream: Any,
    rules: Sequence[str],
    *,
    key: str,
    meter: str,
    chords: Sequence[tuple[float, str]] | None = None,
) -> list[str]:
    """List where a score of four parts breaks the rules of harmony.

    Parameters
    ----------
    stream : music21 Score
        Soprano, alto, tenor and bass as parts 1 to 4.
    rules : sequence of str
    key, meter : str
    chords : sequence of (onset in quarter notes, figure), optional
        What the harmoniser claims for each slot: Roman numerals in the key or chord symbols.
        Without them every onset is a slot and chords are named by what sounds.

    Returns
    -------
    violations : list of str

    Raises
    ------
    KeyError
        If a rule is unknown.
    """
    known = {"key": key, "meter": meter, "bars": 0}
    voices = [Piece(staves, **known) for staves in _PIECE.staves_of(stream)]
    harmony = _HARMONY.Harmony(voices, chords)
    found = _named("four parts", "", harmony.claims())
    for voice in voices:
        found += _named("bars_filled", "", RULES["bars_filled"](voice, ""))
    for name, value in map(_PIECE.rule_parts, rules):
        found += _named(name, value, HARMONY_RULES[name](harmony, value))
    return found
