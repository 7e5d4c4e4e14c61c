"""Which chords each style chooses from, and how they are written.

Conventions
-----------
A chord has a numeral as `melodyai_edu.theory.harmony.parse_roman` reads it in its key, so that
``VII`` in minor is the natural seventh degree and ``I7`` in major the major seventh; and a *home
name*, which counts every root from the major scale whatever the mode, ``bVII`` and ``Imaj7``: under
it chords of all modes are counted together.

Contents
--------
STYLES, VOCABULARIES, style_table, home_names, symbol_of
"""

from __future__ import annotations

from functools import lru_cache

from melodyai_edu.constraints.chord_rules import kinds_of
from melodyai_edu.constraints.chords import ChordTable, chord_table
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Key
from melodyai_edu.score.pitch import spell_on_fifths
from melodyai_edu.theory.harmony import parse_chord

__all__ = ["STYLES", "VOCABULARIES", "home_names", "style_table", "symbol_of"]

#: The styles that chords are drawn in.
STYLES = ("chorale", "folk", "pop", "jazz")

#: The chords of a style by mode. Folk: the three main triads with ii, vi and the natural seventh
#: degree, as tune books print them above dance tunes (Breathnach 1971, Folk Music and Dances of
#: Ireland, for the modes). Pop: the diatonic triads but the diminished one, the natural seventh
#: degree and the minor subdominant (de Clercq & Temperley 2011, Popular Music 30(1), 47-70). Jazz:
#: diatonic sevenths, dominants of the degrees, tritone substitutes of V and V/V, and the minor
#: subdominant (Levine 1995, The Jazz Theory Book). Modes that are not named have their own triads,
#: in jazz their own sevenths.
VOCABULARIES: dict[str, dict[str, str]] = {
    "folk": {
        "major": "I ii IV V vi bVII",
        "minor": "i III iv V v VI VII",
        "mixolydian": "I ii IV v vi VII",
        "dorian": "i ii III IV v VII",
    },
    "pop": {
        "major": "I ii iii IV V vi bVII iv",
        "minor": "i III iv V v VI VII",
        "mixolydian": "I ii IV v vi VII",
        "dorian": "i ii III IV v VII",
    },
    "jazz": {
        "major": "I7 ii7 iii7 IV7 V7 vi7 viiø7 iiø7 iv7 V7/ii V7/iii V7/IV V7/V V7/vi subV7 "
        "subV7/V subV7/ii subV7/vi",
        "minor": "i7 iiø7 III7 iv7 v7 V7 VI7 VII7 viio7 V7/iv V7/V V7/VI subV7 subV7/V",
        "mixolydian": "I7 ii7 IV7 v7 vi7 VII7 V7",
        "dorian": "i7 ii7 III7 IV7 v7 VII7 V7 subV7",
    },
}
#: How a root counts from the major scale on the same tonic.
_ROOTS = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
_HOME_SIGNS = {
    "major": "", "m": "", "dim": "o", "aug": "+", "7": "7", "maj7": "maj7", "m7": "7",
    "m7b5": "ø7", "dim7": "o7",
}  # fmt: skip
#: Roots that lead sheets write otherwise.
_RARE = ("Cb", "Fb")
_SMALL = ("m", "dim", "m7", "m7b5", "dim7")


@lru_cache(maxsize=256)
def style_table(style: str, key: Key, more: tuple[str, ...] = ()) -> ChordTable:
    """List the chords that a style has in a key.

    Parameters
    ----------
    style : str
        One of ``STYLES``.
    key : Key
    more : tuple of str, optional
        Further chords, as Roman numerals or chord symbols.

    Returns
    -------
    table : ChordTable

    Raises
    ------
    ParameterError
        If there is no such style, or one of ``more`` cannot be read.

    Examples
    --------
    >>> style_table("folk", Key("D", "mixolydian")).names
    ('I', 'ii', 'IV', 'v', 'vi', 'VII')
    """
    if style not in STYLES:
        raise ParameterError(f"style={style!r} must be one of: {', '.join(STYLES)}")
    if style == "chorale":
        return chord_table(key, more)
    text = VOCABULARIES[style].get(key.mode) or _own_chords(key, style)
    chords: dict[tuple[int, ...], str] = {}
    for name in text.split():
        chords.setdefault(parse_chord(name, key).pitch_classes, name)
    table = ChordTable(key, tuple(chords.values()), tuple(chords))
    for name in more:
        table = _with(table, name)
    return table


def _with(table: ChordTable, name: str) -> ChordTable:
    """Add a chord that is not there yet."""
    chord = parse_chord(name, table.key)
    if any(own[0] == chord.root and set(own) == set(chord.pitch_classes) for own in table.chords):
        return table
    classes = (chord.root, *(pitch for pitch in chord.pitch_classes if pitch != chord.root))
    return ChordTable(table.key, (*table.names, name), (*table.chords, classes))


def _own_chords(key: Key, style: str) -> str:
    """List a mode's own chords; of the diminished triads only one on the tonic."""
    triads = chord_table(key).names[:7]
    if style == "jazz":
        return " ".join(f"{n.removesuffix('o')}ø7" if "o" in n else f"{n}7" for n in triads)
    return " ".join(name for name in triads if "o" not in name or name == "io")


def home_names(table: ChordTable) -> tuple[str, ...]:
    """Name each chord as counted from the major scale.

    Examples
    --------
    >>> home_names(style_table("folk", Key("A", "minor")))
    ('i', 'bIII', 'iv', 'V', 'v', 'bVI', 'bVII')
    """
    found = []
    for name, root, kind in zip(table.names, table.roots, kinds_of(table), strict=True):
        numeral = _ROOTS[root].replace("b", "-") if kind in _SMALL else _ROOTS[root]
        numeral = numeral.lower().replace("-", "b") if kind in _SMALL else numeral
        found.append(numeral + _HOME_SIGNS[kind] if kind in _HOME_SIGNS else name)
    return tuple(found)


def symbol_of(table: ChordTable, chord: int) -> str:
    """Write a chord as a chord symbol, its root spelled as the key writes it.

    Examples
    --------
    >>> table = style_table("jazz", Key("C"))
    >>> [symbol_of(table, table.names.index(name)) for name in ("ii7", "subV7", "I7")]
    ['Dm7', 'Db7', 'Cmaj7']
    """
    kind, name = kinds_of(table)[chord], table.names[chord]
    if kind == "other":
        return name
    root = table.chords[chord][0]
    spelled = table.key.spell(root)
    in_scale = (root - table.key.tonic_pitch_class) % 12 in SCALES[table.key.mode]
    if name.startswith(("b", "sub")) and not in_scale:
        flat = spell_on_fifths(root, centre=table.key.fifths - 3)
        spelled = spelled if flat in _RARE or len(flat) > 2 else flat
    return spelled + ("" if kind == "major" else kind)
