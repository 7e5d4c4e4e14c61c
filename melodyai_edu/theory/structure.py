"""Structure: the forms that pieces are built in, and the form that a melody has.

Conventions
-----------
A form is written with a letter for each section, ``AABA``; an apostrophe marks a variation that
begins its bars alike, ``AA'``. Bars count from 1 for people, in `Form.cadences` too.

Contents
--------
Form, FORMS, split_letters, blues_chords, find_form
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from melodyai_edu.errors import ParameterError
from melodyai_edu.theory.groove import bar_positions, onset_density

if TYPE_CHECKING:
    from melodyai_edu.score import Key, Melody, Meter

__all__ = ["FORMS", "Form", "blues_chords", "find_form", "split_letters"]


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its sections, how long they are, and what closes them.

    Parameters
    ----------
    name : str
    letters : str
        One for each section; small letters are parts of a phrase.
    bars : tuple of int
        How many bars each section usually has.
    sentence : str
        What it is, in words.
    source : str
    cadences : tuple of (int, str)
        Bars, from 1, and how they close: full or half.
    chords : str
        One Roman numeral for each bar, where the form has its own.

    Examples
    --------
    >>> FORMS["AABA"].bars, FORMS["period"].cadences
    ((8, 8, 8, 8), ((4, 'half'), (8, 'full')))
    """

    name: str
    letters: str
    bars: tuple[int, ...]
    sentence: str
    source: str
    cadences: tuple[tuple[int, str], ...] = ()
    chords: str = ""


_KOSTKA = "Kostka, Payne & Almén (2018), Tonal Harmony"
_CAPLIN = "Caplin (1998), Classical Form"
_FORMS = (
    Form("AABA", "AABA", (8, 8, 8, 8), "the song form of 32 bars: verse, verse, bridge, verse",
         "Levine (1995), The Jazz Theory Book, chapter 17"),
    Form("AABB", "AABB", (8, 8, 8, 8), "the dance form: two strains, each played twice",
         "Breathnach (1971), Folk Music and Dances of Ireland"),
    Form("binary", "AB", (8, 8), "two sections, the first often ending away from the tonic",
         f"{_KOSTKA}, chapter 20", ((16, "full"),)),
    Form("ternary", "ABA", (8, 8, 8), "statement, contrast, return",
         f"{_KOSTKA}, chapter 20", ((8, "full"), (24, "full"))),
    Form("rondo", "ABACA", (8, 8, 8, 8, 8), "a refrain that returns between other sections",
         f"{_CAPLIN}, chapter 16", ((8, "full"), (24, "full"), (40, "full"))),
    Form("12-bar blues", "AAB", (4, 4, 4), "a line, the line again over other chords, an answer",
         "Levine (1995), The Jazz Theory Book, chapter 10",
         chords="I I I I IV IV I I V IV I I"),
    Form("chorale", "AAB", (4, 4, 8), "bar form: two equal Stollen and the Abgesang",
         "Marshall & Leaver (2001), Chorale, in The New Grove Dictionary of Music and Musicians",
         ((4, "full"), (8, "full"), (16, "full"))),
    Form("period", "AA'", (4, 4), "a question that closes open, its beginning again closed",
         f"{_CAPLIN}, chapter 4", ((4, "half"), (8, "full"))),
    Form("sentence", "aa'b", (2, 2, 4), "an idea, its repetition, a continuation to the cadence",
         f"{_CAPLIN}, chapter 3; Schoenberg (1967), Fundamentals of Musical Composition, chapter 5",
         ((8, "full"),)),
)  # fmt: skip

#: The usual forms by name.
FORMS: dict[str, Form] = {form.name: form for form in _FORMS}


def split_letters(text: str) -> tuple[str, ...]:
    """Split a form into its sections.

    Parameters
    ----------
    text : str
        Letters, each with as many apostrophes as it likes.

    Returns
    -------
    sections : tuple of str

    Raises
    ------
    ParameterError
        If there is anything else in it, or nothing.

    Examples
    --------
    >>> split_letters("AA'BA")
    ('A', "A'", 'B', 'A')
    """
    if not re.fullmatch(r"([A-Za-z]'*)+", text):
        raise ParameterError(f"form={text!r} must be letters, such as AABA or AA'")
    return tuple(re.findall(r"[A-Za-z]'*", text))


def blues_chords(key: Key) -> tuple[str, ...]:
    """List the chord symbols of the 12-bar blues: all dominant sevenths.

    Parameters
    ----------
    key : Key

    Returns
    -------
    symbols : tuple of str
        One for each bar.

    References
    ----------
    Levine (1995), The Jazz Theory Book, chapter 10.

    Examples
    --------
    >>> from melodyai_edu.score import Key
    >>> " ".join(blues_chords(Key("Bb")))
    'Bb7 Bb7 Bb7 Bb7 Eb7 Eb7 Bb7 Bb7 F7 Eb7 Bb7 Bb7'
    """
    steps = {"I": 0, "IV": 5, "V": 7}
    roots = (key.tonic_pitch_class + steps[chord] for chord in FORMS["12-bar blues"].chords.split())
    return tuple(f"{key.spell(root % 12)}7" for root in roots)


def find_form(melody: Melody, meter: Meter, section_bars: int, pickup: int = 0) -> str:
    """Name the sections of a melody by what returns.

    Parameters
    ----------
    melody : Melody
    meter : Meter
    section_bars : int
        How many bars a section has.
    pickup : int, default 0 [ticks]
        It is left out.

    Returns
    -------
    letters : str
        Sections that are equal note for note share a letter. A section whose bars begin with the
        same pitches as an earlier one has its letter with an apostrophe.

    Raises
    ------
    ParameterError
        If the whole bars are no multiple of ``section_bars``.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 20: letters for sections.

    Examples
    --------
    >>> from melodyai_edu.score import Melody, Meter
    >>> events = [(60, 48), (64, 48)] * 2 + [(67, 96)] + [(60, 96)]
    >>> find_form(Melody.from_events(events), Meter(4, 4), 1)
    "AABA'"
    """
    bars = len(onset_density(melody, meter, pickup)) - bool(pickup)
    if section_bars < 1 or bars % section_bars:
        raise ParameterError(
            f"section_bars={section_bars} must divide the {bars} whole bars of the melody"
        )
    sections = _sections(melody, meter, section_bars, pickup, bars)
    known: dict[_Section, str] = {}
    for section in sections:
        known.setdefault(section, _letter(section, known))
    return "".join(known[section] for section in sections)


#: For each bar of a section its notes: position [ticks], duration [ticks], pitch [MIDI].
_Section = tuple[tuple[tuple[int, int, int], ...], ...]


def _sections(
    melody: Melody, meter: Meter, section_bars: int, pickup: int, bars: int
) -> list[_Section]:
    numbers, positions = bar_positions(melody, meter, pickup)
    content: list[list[tuple[int, int, int]]] = [[] for _ in range(bars)]
    for number, position, note in zip(numbers - bool(pickup), positions, melody, strict=True):
        if number >= 0:
            content[number].append((int(position), note.duration, note.pitch))
    rows = [tuple(bar) for bar in content]
    return [tuple(rows[start : start + section_bars]) for start in range(0, bars, section_bars)]


def _letter(section: _Section, known: dict[_Section, str]) -> str:
    """Give a new section a letter of its own, or that of the one it varies."""
    taken = list(known.values())
    for other, letter in known.items():
        if _first_pitches(other) == _first_pitches(section) != ():
            while letter in taken:
                letter += "'"
            return letter
    return chr(ord("A") + len([letter for letter in taken if "'" not in letter]))


def _first_pitches(section: _Section) -> tuple[int, ...]:
    """List the pitches on the bar lines; empty if a bar begins otherwise."""
    firsts = [bar[0][2] for bar in section if bar and bar[0][0] == 0]
    return tuple(firsts) if len(firsts) == len(section) else ()
