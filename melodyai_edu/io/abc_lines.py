"""ABC text cut into tunes, headers and lines that music21's tokenizer knows.

Conventions
-----------
music21 tokenizes notes, chords, bars, tuplets, ties, broken rhythm and grace notes. What it does
not know (inline fields, dynamics, rests of whole bars, overlays, third endings) is turned into
lines that it does: a field on a line of its own; so are chord symbols and the sections of ``P:``,
whose texts it never sees. Annotations, slurs, spacers and decorations are dropped here (it drops a
note whose fermata is written ``H``, or whose accent is written ``">"``); repeats and endings become
plain bar lines.

Contents
--------
TuneText, split_book, tokenizable
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from melodyai_edu.errors import InputError
from melodyai_edu.io.abc_chords import chord_of_text, mark_line
from melodyai_edu.score import DYNAMICS

__all__ = ["TuneText", "split_book", "tokenizable"]

_FIELD = re.compile(r"\s*([A-Zmrsw+]):(?![|:])\s*(.*)")
_COMMENT = re.compile(r"(?<!\\)%.*")
_BODY_FIELDS = frozenset("KLMQV")
_DIRECTIVES = ("MIDI", "propagate-accidentals")
_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([`'^~\"])([A-Za-z])|([%&\\]))")

_MUSIC = re.compile(
    r"""
      "(?P<quoted>[^"]*)"                           # chord symbol or annotation
    | (?P<open>")
    | \[(?P<inline>[A-Za-z]:[^\]]*)\]               # inline field
    | (?P<chord>\[(?![|\d])[^\]|]*\])
    | !(?P<mark>[^!\s|]{1,40})!                     # decoration
    | (?P<tuplet>\(\d+(?::\d*){0,2})
    | (?P<bar>(?:\[(?=\|))?(?::*\|[|:\]]*)+|:{2,})\s*(?:\[?\d+(?:[-,]\d+)*)?
    | (?P<ending>\[\d+(?:[-,]\d+)*)                 # [1 away from a bar line
    | (?P<bars>[ZX]\d*)                             # rest of whole bars
    | (?P<barred>[H-Wh-w~]x(?![\d/]))              # a decoration above a bar line
    | (?P<hidden>x)                                 # rest that is not printed
    | (?P<spacer>y\d*|[()`:$*+\\]|[~.H-WYh-w])    # and slurs, and decorations of one letter
    | (?P<overlay>&+)
    """,
    re.VERBOSE,
)
_DECORATION = re.compile(r"\"[^\"]*\"|![^!]*!|y\d*")


@dataclass(frozen=True, slots=True)
class TuneText:
    """One tune of a book, not yet read.

    Parameters
    ----------
    reference : int
        The number behind ``X:``; 0 where there is none.
    line : int [from 1]
        Where it begins in the book.
    headers : dict of str to tuple of str
        The fields before the music by their letter, in order.
    directives : tuple of str
        What stands behind ``%%`` or ``I:`` before the music, where it matters for reading.
    body : tuple of str
        The lines behind the first ``K:``.
    """

    reference: int
    line: int
    headers: dict[str, tuple[str, ...]]
    directives: tuple[str, ...]
    body: tuple[str, ...]

    @property
    def title(self) -> str:
        """The first title; empty where there is none."""
        return self.headers.get("T", ("",))[0]


@dataclass(slots=True)
class _Block:
    """The lines from one ``X:`` to the next."""

    line: int
    lines: list[str] = field(default_factory=list)


def split_book(text: str) -> list[TuneText]:
    r"""Cut a book into its tunes.

    Lines before the first ``X:`` are the file's header and hold for every tune; if they hold a
    ``K:`` they are a tune of their own. Behind an empty line only lines with a bar line still
    belong to the music: the rest is text between tunes.

    Parameters
    ----------
    text : str

    Returns
    -------
    tunes : list of TuneText

    Examples
    --------
    >>> [tune.reference for tune in split_book("X:3\nT:A\nK:C\nC|\n\nX:4\nK:G\nG|")]
    [3, 4]
    """
    preface, *blocks = _blocks(text)
    shared: list[str] = []
    if any((found := _FIELD.match(line)) and found[1] == "K" for line in preface.lines):
        blocks.insert(0, preface)
    else:
        shared = [line for line in preface.lines if _FIELD.match(line) or line.startswith("%%")]
    return [_tune(block, shared) for block in blocks]


def _blocks(text: str) -> list[_Block]:
    """Cut at ``X:``; drop blocks of free text between ``%%begin...`` and ``%%end...``."""
    blocks = [_Block(1)]
    free_text = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("%%begin"):
            free_text = True
        elif line.startswith("%%end"):
            free_text = False
        elif not free_text:
            if line.lstrip().startswith("X:"):
                blocks.append(_Block(number))
            blocks[-1].lines.append(line)
    return blocks


def _tune(block: _Block, shared: list[str]) -> TuneText:
    headers: dict[str, list[str]] = {}
    directives: list[str] = []
    lines = iter([*shared, *block.lines])
    for line in lines:
        if (command := _directive(line)) is not None:
            directives.append(command)
        elif found := _FIELD.match(_COMMENT.sub("", line)):
            headers.setdefault(found[1], []).append(_plain(found[2].strip()))
            if found[1] == "K":
                break
    number = re.match(r"\d{1,9}", headers.get("X", [""])[-1])
    return TuneText(
        reference=int(number[0]) if number else 0,
        line=block.line,
        headers={letter: tuple(texts) for letter, texts in headers.items()},
        directives=tuple(directives),
        body=tuple(lines),
    )


def _directive(line: str) -> str | None:
    """Give what stands behind ``%%`` or ``I:``, if this reader knows it."""
    if not line.startswith(("%%", "I:")):
        return None
    command = line[2:].strip()
    return command if command.startswith(_DIRECTIVES) else None


def _plain(text: str) -> str:
    r"""Resolve ``\u00e9``, ``\'e``, ``\%`` and ``&eacute;``."""

    def character(match: re.Match[str]) -> str:
        code, accent, letter, plain = match.groups()
        if code:
            return chr(int(code, 16))
        return plain or unicodedata.normalize("NFC", letter + _ACCENTS[accent])

    plain = _ESCAPE.sub(character, html.unescape(text) if "&" in text else text)
    # Two escapes may be the halves of one character; a half alone is none.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tokenizable(tune: TuneText) -> str:
    r"""Write a tune's music so that music21's tokenizer finds all of it.

    Parameters
    ----------
    tune : TuneText

    Returns
    -------
    text : str
        Music, and on lines of their own the fields ``K: L: M: Q: V:`` and, after ``I:``, what has
        no field: ``!mf!``, ``Z4``, ``&``, ``MIDI program 73``, and chord symbols and sections as
        `melodyai_edu.io.abc_chords.mark_line` hides them.

    Raises
    ------
    InputError
        If a quotation mark is not closed, or a tuplet is larger than nine.

    Examples
    --------
    >>> tune = split_book('X:1\nK:C\n"^slow"A2 [K:G]B::[3!f!x"Am"D')[0]
    >>> tokenizable(tune).split("\n")
    ['A2 ', 'K: G', 'B| ', 'I: !f!', 'z', 'I: chord 416d', 'D']
    """
    return "\n".join(piece for line in _music_lines(tune) for piece in line)


def _music_lines(tune: TuneText) -> Iterator[list[str]]:
    after_gap = False
    for line in tune.body:
        if (command := _directive(line)) is not None:
            yield [f"I: {command}"]
        elif line.startswith("%"):
            continue
        elif not line.strip():
            after_gap = True
        elif found := _FIELD.match(line):
            text = _COMMENT.sub("", found[2]).strip()
            if found[1] == "P" and (name := _plain(text).strip()):
                yield [mark_line("section", name)]
            elif found[1] in _BODY_FIELDS and text:
                yield [f"{found[1]}: {text}"]
        elif not after_gap or "|" in line:
            after_gap = False
            yield [_MUSIC.sub(_rewrite, _COMMENT.sub("", line))]


def _rewrite(match: re.Match[str]) -> str:
    """Give what stands for one construct that music21's tokenizer would misread."""
    kind, text = match.lastgroup, match.group()
    if kind == "bar":
        return "| "
    if kind == "hidden":
        return "z"
    if kind == "quoted":
        chord = chord_of_text(_plain(match["quoted"]))
        return f"\n{mark_line('chord', chord)}\n" if chord else ""
    if kind == "open":
        raise InputError("a quotation mark is not closed on its line")
    if kind == "chord":
        return _DECORATION.sub("", text).replace("x", "z")
    if kind == "tuplet":
        if re.search(r"\d\d", text):
            raise InputError(f"the tuplet {text!r} must count at most 9 notes")
        return text
    if kind == "inline":
        letter, value = text[1], text[3:-1].strip()
        if letter == "P" and (name := _plain(value).strip()):
            return f"\n{mark_line('section', name)}\n"
        known = letter in _BODY_FIELDS or (letter == "I" and value.startswith(_DIRECTIVES))
        return f"\n{letter}: {value}\n" if known and value else " "
    if kind == "mark":
        return f"\nI: {text}\n" if text.strip("!") in DYNAMICS else ""
    if kind in ("bars", "overlay"):
        return f"\nI: {text}\n"
    return ""
