"""The chords that a harmoniser chooses from, as arrays.

Conventions
-----------
A chord is written as a Roman numeral; what stands after the slash is the degree that it leads to,
``V7/V``. Pitch classes are 0-11, C is 0. A table knows chords by their root position; the figures
of an inversion (6, 64; 65, 43, 42) are read and written here.

Contents
--------
ChordTable, chord_table, split_figures
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key
from melodyai_edu.score.pitch import fifths_of, spell_on_fifths

__all__ = ["ChordTable", "chord_table", "split_figures"]

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_SHAPES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "o": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "ø7": (0, 3, 6, 10),
    "o7": (0, 3, 6, 9),
}
#: Beside a mode's own triads and the dominants of its degrees: name, semitones of the root over the
#: tonic, shape. Kostka, Payne & Almén (2018), Tonal Harmony: diatonic sevenths (chapters 13-15),
#: mixture (21), the Neapolitan (22); in minor the raised seventh makes V and viio, the raised sixth
#: IV and ii (chapter 4), and a piece may close on the major tonic (the Picardy third, chapter 21).
_OTHERS = {
    "major": "ii7:2:m7 iii7:4:m7 IV7:5:maj7 V7:7:7 vi7:9:m7 viiø7:11:ø7 viio7:11:o7 I7:0:maj7 "
    "iv:5:m iio:2:o",
    "minor": "V:7: V7:7:7 viio:11:o viio7:11:o7 iiø7:2:ø7 iv7:5:m7 i7:0:m7 VI7:8:maj7 IV:5: "
    "ii:2:m I:0: bII:1:",
    "dorian": "V:7: V7:7:7 IV7:5:7 i7:0:m7 I:0:",
    "mixolydian": "V:7: V7:7:7 ii7:2:m7",
    "phrygian": "I:0:",
    "lydian": "vi7:9:m7 II7:2:7 bIV:5:",
    "locrian": "",
}
#: Where each interval over a root lies on the line of fifths: C-Eb is three steps flat.
_FIFTHS = (0, -5, 2, -3, 4, -1, -6, 1, 8, -9, -2, 5)
#: How an inversion is figured, from root position on, for triads and for seventh chords.
_FIGURES = {3: ("", "6", "64"), 4: ("7", "65", "43", "42")}
_INVERSIONS = {"": 0, "6": 1, "64": 2, "7": 0, "65": 1, "43": 2, "42": 3, "2": 3}
_NAME = re.compile(r"([#b]?[ivIV]+[°oø+]?)(7|65|64|6|43|42|2)?(/[#b]?[ivIV]+)?")


def split_figures(text: str) -> tuple[str, int] | None:
    """Split a Roman numeral into the chord in root position and its inversion.

    Parameters
    ----------
    text : str

    Returns
    -------
    name, inversion : str, int
        None if the text is no Roman numeral. The inversion is -1 where none is written, 0 never.

    Examples
    --------
    >>> split_figures("V65/V"), split_figures("ii6"), split_figures("I"), split_figures("Am")
    (('V7/V', 1), ('ii', 1), ('I', -1), None)
    """
    match = _NAME.fullmatch(text.replace("°", "o"))
    if match is None:
        return None
    head, figures, target = match.groups(default="")
    seventh = "7" if figures in ("7", "65", "43", "42", "2") else ""
    return head + seventh + target, _INVERSIONS[figures] or -1


@dataclass(frozen=True)
class ChordTable:
    """Chords of one key.

    Parameters
    ----------
    key : Key
    names : tuple of str
        In root position.
    chords : tuple of tuple of int [pitch classes]
        Each from its root up.
    """

    key: Key
    names: tuple[str, ...]
    chords: tuple[tuple[int, ...], ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def classes(self) -> np.ndarray:
        """Which pitch classes each chord has [shape=(C, 12), bool]."""
        table = np.zeros((len(self), 12), bool)
        for row, chord in zip(table, self.chords, strict=True):
            row[list(chord)] = True
        return table

    @cached_property
    def roots(self) -> np.ndarray:
        """The root of each chord over the tonic [shape=(C,), int, semitones]."""
        return np.array([(c[0] - self.key.tonic_pitch_class) % 12 for c in self.chords])

    @cached_property
    def sevenths(self) -> np.ndarray:
        """The pitch class of each chord's seventh [shape=(C,), int]; -1 where it has none."""
        return np.array([_seventh(chord) for chord in self.chords])

    @cached_property
    def leading_tones(self) -> np.ndarray:
        """The leading tone of each dominant [shape=(C,), int, pitch class]; -1 for other chords.

        Of V, V7 and vii it is the key's; of ``V7/V`` and its like that of the degree it leads to.
        """
        home = (self.key.tonic_pitch_class - 1) % 12
        found = []
        for name, chord in zip(self.names, self.chords, strict=True):
            is_home = (chord[0] - home) % 12 in (0, 8) and home in chord
            applied = chord[0] if name.startswith("vii") else (chord[0] + 4) % 12
            found.append(home if is_home else applied if "/" in name else -1)
        return np.array(found)

    @cached_property
    def members(self) -> np.ndarray:
        """Which member of each chord a pitch class is [shape=(C, 12), int]; root 0, or -1."""
        table = np.full((len(self), 12), -1, np.int8)
        for row, chord in zip(table, self.chords, strict=True):
            row[list(chord)] = np.arange(len(chord))
        return table

    def name(self, chord: int, inversion: int = 0) -> str:
        """Write a chord with the figures of its inversion.

        Examples
        --------
        >>> table = chord_table(Key("C"))
        >>> table.name(table.names.index("V7/V"), 1)
        'V65/V'
        """
        name, size = self.names[chord], len(self.chords[chord])
        if split_figures(name) is None or inversion == 0:
            return name if inversion == 0 else f"{name}/{self.spell(chord, inversion)}"
        head, slash, target = name.partition("/")
        return head.removesuffix("7") + _FIGURES[size][inversion] + slash + target

    def spell(self, chord: int, member: int) -> str:
        """Spell a member of a chord (0 is its root) as a third, fifth or seventh over the root."""
        root, pitch = self.chords[chord][0], self.chords[chord][member]
        if self.names[chord].startswith("b"):
            name = spell_on_fifths(root, centre=self.key.fifths - 3)
        else:
            name = self.key.spell(root)
        place = fifths_of(name) + _FIFTHS[(pitch - root) % 12]
        return spell_on_fifths(pitch, centre=min(max(place, -9), 13))

    def find(self, text: str) -> tuple[int, int]:
        """Find a chord by its Roman numeral or chord symbol.

        Returns
        -------
        chord, inversion : int
            The inversion is -1 where none is asked for.

        Raises
        ------
        ParameterError
            If the text is no chord, or the table does not have it.

        Examples
        --------
        >>> table = chord_table(Key("G"))
        >>> table.find("V65"), table.find("D7"), table.names[10]
        ((10, 1), (10, -1), 'V7')
        """
        split = split_figures(text)
        if text in self.names:
            return self.names.index(text), -1 if split is None else split[1]
        if split is not None and split[0] in self.names:
            return self.names.index(split[0]), split[1]
        root, bass, chord = _parse(text, self.key)
        found = [
            n for n, own in enumerate(self.chords) if own[0] == root and set(own) == set(chord)
        ]
        if not found:
            raise ParameterError(f"chord={text!r} must be one of: {' '.join(self.names)}")
        member = self.chords[found[0]].index(bass) if bass in chord else 0
        return found[0], member or -1


def _parse(text: str, key: Key) -> tuple[int, int, tuple[int, ...]]:
    """Read a chord's root, bass and pitch classes from the root up."""
    from melodyai_edu.theory.harmony import parse_chord

    chord = parse_chord(text, key)
    others = (pitch for pitch in chord.pitch_classes if pitch != chord.root)
    return chord.root, chord.bass, (chord.root, *others)


def _seventh(chord: tuple[int, ...]) -> int:
    """Give the seventh of a chord; nine semitones are one over a diminished fifth only."""
    steps = {(pitch - chord[0]) % 12: pitch for pitch in chord}
    if 10 in steps or 11 in steps:
        return steps.get(10, steps.get(11, -1))
    return steps[9] if {3, 6, 9} <= set(steps) else -1


def _own_triads(key: Key) -> list[tuple[str, int, tuple[int, ...]]]:
    """List the triads of a mode: name, root over the tonic, shape."""
    steps = SCALES[key.mode]
    found: list[tuple[str, int, tuple[int, ...]]] = []
    for degree, numeral in enumerate(_NUMERALS):
        root = steps[degree]
        third, fifth = ((steps[(degree + n) % 7] - root) % 12 for n in (2, 4))
        name = numeral if third == 4 else numeral.lower()
        found.append((name + ("o" if fifth == 6 else ""), root, (0, third, fifth)))
    return found


def _dominants(own: list[tuple[str, int, tuple[int, ...]]]) -> list[tuple[str, int, str]]:
    """List the dominants that lead to a mode's own degrees (Kostka et al. 2018, chapters 16-17)."""
    found = []
    for name, root, shape in own[1:]:
        if shape[2] == 7:
            target = "V" if name == "v" else name
            found += [(f"V/{target}", root + 7, ""), (f"V7/{target}", root + 7, "7")]
            found += [(f"viio7/{target}", root + 11, "o7")]
            found += [(f"viio/{target}", root + 11, "o")] if target == "V" else []
    return found


@lru_cache(maxsize=64)
def chord_table(key: Key, more: tuple[str, ...] = ()) -> ChordTable:
    """List the chords of a key.

    Its own triads, sevenths that are in use, dominants of its degrees, and in minor those with the
    raised sixth and seventh.

    Parameters
    ----------
    key : Key
    more : tuple of str, optional
        Further chords, as Roman numerals or chord symbols.

    Returns
    -------
    table : ChordTable

    Raises
    ------
    ParameterError
        If one of ``more`` cannot be read.

    Examples
    --------
    >>> table = chord_table(Key("C"))
    >>> table.names[:7], table.chords[table.names.index("V7/V")]
    (('I', 'ii', 'iii', 'IV', 'V', 'vi', 'viio'), (2, 6, 9, 0))
    """
    own = _own_triads(key)
    others = [entry.split(":") for entry in _OTHERS[key.mode].split()]
    listed = [*own, *((n, int(root), _SHAPES[shape]) for n, root, shape in others)]
    listed += [(name, root, _SHAPES[shape]) for name, root, shape in _dominants(own)]
    chords: dict[tuple[int, ...], str] = {}
    for name, root, shape in listed:
        chord = tuple((key.tonic_pitch_class + root + step) % 12 for step in shape)
        chords.setdefault(chord, name)
    table = ChordTable(key, tuple(chords.values()), tuple(chords))
    return _with_more(table, more)


def _with_more(table: ChordTable, more: Iterable[str]) -> ChordTable:
    """Add chords that the table does not have, by the names they were asked for."""
    for text in more:
        try:
            table.find(text)
        except ParameterError:
            chord = _parse(text, table.key)[2]
            table = ChordTable(table.key, (*table.names, text), (*table.chords, chord))
    return table
