"""Chord symbols and sections in ABC text.

Conventions
-----------
What stands in quotation marks is a chord symbol if it is spelled like one; ``"Fine"``, ``"D.C."``
and everything behind ``^ _ < > @`` is none. In the text that music21 cuts into tokens a mark is
hidden behind ``I:`` as hexadecimal digits, so that nothing in it can be taken for music.

References
----------
The ABC standard 2.1 (2011), sections 4.18 (chord symbols) and 4.19 (annotations).

Contents
--------
chord_of_text, mark_line, hidden_mark
"""

from __future__ import annotations

import re

__all__ = ["chord_of_text", "hidden_mark", "mark_line"]

_ROOT = r"[A-G](?:##|bb|#|b)?"
#: What the kind of a chord symbol is made of.
_KIND = (
    r"(?:maj|Maj|MAJ|ma|min|Min|mi|mM|m|M|dim|aug|sus|add|alt|no|omit|o|ø|°|Δ|\+|-"
    r"|[#b]?(?:13|11|2|3|4|5|6|7|9)|[()])*"
)
_SYMBOL = re.compile(rf"{_ROOT}{_KIND}(?:/{_ROOT})?")
#: Signs that people use for the plain ones; a space inside a symbol says nothing.
_PLAIN = str.maketrans({"♯": "#", "♭": "b", " ": None, ",": None})
_HIDDEN = re.compile(r"(chord|section) ((?:[0-9a-f]{2})+)")


def chord_of_text(text: str) -> str:
    """Give the chord symbol that a quoted text is.

    Parameters
    ----------
    text : str
        Without its quotation marks.

    Returns
    -------
    symbol : str
        The text of a `melodyai_edu.score.ChordSymbol`; empty if it is none.

    Examples
    --------
    >>> chord_of_text("F♯min7 (b5)/A"), chord_of_text("Fine"), chord_of_text("^A")
    ('F#min7(b5)/A', '', '')
    """
    plain = text.translate(_PLAIN).replace("6/9", "69")
    return plain if _SYMBOL.fullmatch(plain) else ""


def mark_line(kind: str, text: str) -> str:
    """Hide a mark on a line of its own.

    Parameters
    ----------
    kind : {"chord", "section"}
    text : str

    Returns
    -------
    line : str

    Examples
    --------
    >>> mark_line("chord", "Am")
    'I: chord 416d'
    """
    return f"I: {kind} {text.encode(errors='replace').hex()}"


def hidden_mark(text: str) -> tuple[str, str] | None:
    """Find the mark that `mark_line` has hidden.

    Parameters
    ----------
    text : str
        What stands behind ``I:``.

    Returns
    -------
    mark : tuple of (kind, text) or None

    Examples
    --------
    >>> hidden_mark("chord 416d"), hidden_mark("MIDI program 1")
    (('chord', 'Am'), None)
    """
    match = _HIDDEN.fullmatch(text)
    return (match[1], bytes.fromhex(match[2]).decode()) if match else None
