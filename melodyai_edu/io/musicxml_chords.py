"""Chord symbols and rehearsal marks of a MusicXML file.

Conventions
-----------
``<kind>`` says what a chord is in words of its own, its ``text`` how it is printed. We print what
the score says, and the word beside it is the schema's, or ``other``. On reading the print comes
first; where there is none, the word and the degrees behind it are spelled as a chord symbol.

References
----------
MusicXML 4.0 (W3C, 2021), the data type ``kind-value``.

Contents
--------
harmony_element, section_direction, chord_text, rehearsal_marks
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.musicxml_values import (
    NO_TRANSPOSITION,
    Transposition,
    number_of,
    text_of,
)
from melodyai_edu.score import ChordSymbol
from melodyai_edu.score.pitch import LETTERS, fifths_of, pitch_class_of, spell_on_fifths

__all__ = ["chord_text", "harmony_element", "rehearsal_marks", "section_direction"]

#: The words of the schema, each with its usual spelling first.
_KINDS = {
    "major": ("", "maj", "M"),
    "minor": ("m", "min", "-"),
    "augmented": ("aug", "+"),
    "diminished": ("dim", "°", "o"),
    "dominant": ("7",),
    "major-seventh": ("maj7", "M7", "Δ", "Δ7"),
    "minor-seventh": ("m7", "min7", "-7"),
    "diminished-seventh": ("dim7", "°7", "o7"),
    "augmented-seventh": ("aug7", "+7"),
    "half-diminished": ("m7b5", "ø", "ø7"),
    "major-minor": ("mM7", "mMaj7", "m(maj7)"),
    "major-sixth": ("6",),
    "minor-sixth": ("m6", "min6"),
    "dominant-ninth": ("9",),
    "major-ninth": ("maj9", "M9"),
    "minor-ninth": ("m9", "min9"),
    "dominant-11th": ("11",),
    "major-11th": ("maj11",),
    "minor-11th": ("m11",),
    "dominant-13th": ("13",),
    "major-13th": ("maj13",),
    "minor-13th": ("m13",),
    "suspended-second": ("sus2",),
    "suspended-fourth": ("sus4", "sus"),
    "power": ("5",),
}
_WORDS = {text: word for word, texts in _KINDS.items() for text in texts}
_ALTERS = {"##": 2, "#": 1, "": 0, "b": -1, "bb": -2}
_SIGNS = {alter: sign for sign, alter in _ALTERS.items()}
#: Signs that fonts and people use for the plain ones; a space inside a symbol says nothing.
_PLAIN = str.maketrans({"♯": "#", "♭": "b", "△": "Δ", "Ø": "ø", " ": None, "\u00a0": None})


def harmony_element(chord: ChordSymbol, offset: int) -> Element:
    """Build ``<harmony>``, ``offset`` ticks after where it stands.

    Parameters
    ----------
    chord : ChordSymbol
    offset : int [ticks]

    Returns
    -------
    element : Element

    Examples
    --------
    >>> element = harmony_element(ChordSymbol(0, "F#m7b5/A"), 0)
    >>> element.findtext("kind"), element.find("kind").get("text")
    ('half-diminished', 'm7b5')
    """
    element = Element("harmony", placement="above")
    _add_note(element, "root", chord.root)
    kind = SubElement(element, "kind", text=chord.kind)
    kind.text = _WORDS.get(chord.kind, "other")
    if "/" in chord.text:
        _add_note(element, "bass", chord.bass)
    if offset:
        SubElement(element, "offset").text = str(offset)
    return element


def _add_note(element: Element, tag: str, name: str) -> None:
    note = SubElement(element, tag)
    SubElement(note, f"{tag}-step").text = name[0]
    if name[1:]:
        SubElement(note, f"{tag}-alter").text = str(_ALTERS[name[1:]])


def section_direction(name: str, offset: int) -> Element:
    """Build the ``<direction>`` of a rehearsal mark, ``offset`` ticks after where it stands.

    Parameters
    ----------
    name : str
    offset : int [ticks]

    Returns
    -------
    element : Element

    Examples
    --------
    >>> section_direction("A", 0).findtext("direction-type/rehearsal")
    'A'
    """
    element = Element("direction", placement="above")
    SubElement(SubElement(element, "direction-type"), "rehearsal").text = name
    if offset:
        SubElement(element, "offset").text = str(offset)
    return element


def rehearsal_marks(direction: Element) -> list[str]:
    """Give the rehearsal marks of a ``<direction>``.

    Parameters
    ----------
    direction : Element

    Returns
    -------
    names : list of str
    """
    texts = (" ".join((mark.text or "").split()) for mark in direction.iter("rehearsal"))
    return [text for text in texts if text]


def chord_text(harmony: Element, transposition: Transposition = NO_TRANSPOSITION) -> str:
    """Read ``<harmony>`` as it sounds.

    Parameters
    ----------
    harmony : Element
    transposition : tuple of (steps, semitones)

    Returns
    -------
    text : str
        The text of a `ChordSymbol`; empty where the file names no root, as for ``N.C.``.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> minor = "<root><root-step>B</root-step></root><kind>minor-seventh</kind>"
    >>> chord_text(fromstring(f"<harmony>{minor}</harmony>"), (-1, -2))
    'Am7'
    """
    kind = harmony.find("kind")
    root = _note(harmony, "root", transposition)
    if not root or kind is None or text_of(harmony, "kind") == "none":
        return ""
    bass = _note(harmony, "bass", transposition)
    tail = f"/{bass}" if bass else ""
    printed = None if kind.get("text") is None else str(kind.get("text")).translate(_PLAIN)
    word = _KINDS.get(text_of(harmony, "kind"), ("",))[0]
    choices = [word] if printed is None else [printed, word]
    for choice in choices:
        text = root + choice + "".join(_degrees(harmony, choice)) + tail
        if _is_symbol(text, root):
            return text
    return root + tail


def _is_symbol(text: str, root: str) -> bool:
    """Tell whether a text is a chord symbol on that root: ``b5`` on C is none on C flat."""
    try:
        return ChordSymbol(0, text).root == root
    except ParameterError:
        return False


def _note(harmony: Element, tag: str, transposition: Transposition) -> str:
    """Give the sounding name of root or bass; empty where there is none."""
    step = harmony.findtext(f"{tag}/{tag}-step", "").strip()
    if step not in LETTERS:
        return ""
    alter = _alter(harmony.findtext(f"{tag}/{tag}-alter"))
    if alter not in _SIGNS:
        return ""
    steps, semitones = transposition
    written = step + _SIGNS[alter]
    fifths = fifths_of(written) + 7 * semitones - 12 * steps
    sounding = (pitch_class_of(written) + semitones) % 12
    names = (letter + sign for sign in _ALTERS for letter in LETTERS)
    return next((name for name in names if fifths_of(name) == fifths), spell_on_fifths(sounding))


def _alter(text: str | None) -> int:
    try:
        return 0 if text is None else round(number_of(text, "alter"))
    except InputError:
        return 0


def _degrees(harmony: Element, kind: str) -> Iterator[str]:
    """Spell the degrees that the symbol does not name yet: ``add9``, ``b5``, ``no3``."""
    for degree in harmony.iterfind("degree"):
        value = text_of(degree, "degree-value")
        if not value.isdecimal() or len(value) > 2 or value in kind:
            continue
        sign = _SIGNS.get(_alter(degree.findtext("degree-alter")), "")
        what = text_of(degree, "degree-type")
        if what == "subtract":
            yield f"no{value}"
        else:
            yield f"{sign}{value}" if sign or what == "alter" else f"add{value}"
