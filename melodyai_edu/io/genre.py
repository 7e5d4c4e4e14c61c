"""What kind of tune it is, from what its own file says.

Conventions
-----------
A genre is one of `GENRES` or ``None``: nothing is guessed from the notes. A rhythm field counts
more than the section of the book, and a section more than words of the title.

Contents
--------
GENRES, genre_of_rhythm, genre_of_title, genre_of_oneill, genre_of_essen
"""

from __future__ import annotations

import re

__all__ = ["GENRES", "genre_of_essen", "genre_of_oneill", "genre_of_rhythm", "genre_of_title"]

#: Every genre that a corpus knows.
GENRES = (
    "air",
    "children's song",
    "Chinese folk",
    "chorale",
    "clog",
    "cotillion",
    "country dance",
    "fling",
    "gavotte",
    "German folk",
    "highland fling",
    "hornpipe",
    "jig",
    "march",
    "minuet",
    "polka",
    "quickstep",
    "reel",
    "slide",
    "slip jig",
    "song",
    "strathspey",
    "walkaround",
    "waltz",
)

_SAME = {
    "double jig": "jig",
    "single jig": "jig",
    "slipjig": "slip jig",
    "hop jig": "slip jig",
    "quick step": "quickstep",
    "slow air": "air",
    "cotillon": "cotillion",
    "gavot": "gavotte",
}

#: Words of a title, the more telling first.
_TITLE_WORDS = (
    (r"slip jig|hop jig", "slip jig"),
    (r"strathspey", "strathspey"),
    (r"quick ?step", "quickstep"),
    (r"horn ?pipe", "hornpipe"),
    (r"highland fling", "highland fling"),
    (r"reel", "reel"),
    (r"jigg?|gigg?|gigue", "jig"),
    (r"clog", "clog"),
    (r"minuet|menuet", "minuet"),
    (r"gavott?e?", "gavotte"),
    (r"cotill?i?on", "cotillion"),
    (r"waltz|walse", "waltz"),
    (r"polka", "polka"),
    (r"country ?dance", "country dance"),
    (r"march", "march"),
    (r"(?:irish|scotch|slow|french|welsh) air", "air"),
)
_TITLES = tuple((re.compile(rf"\b(?:{words})\b", re.I), genre) for words, genre in _TITLE_WORDS)

#: The sections of O'Neill's Music of Ireland (1903) by the number of their last tune. O'Carolan's
#: compositions, the long dances and the miscellaneous pieces are no one genre.
_SECTIONS = (
    (625, "air"),
    (700, None),
    (1115, "jig"),
    (1175, "slip jig"),
    (1555, "reel"),
    (1780, "hornpipe"),
)


def genre_of_rhythm(text: str) -> str | None:
    """Give the genre that a rhythm field names.

    Parameters
    ----------
    text : str
        Such as what ABC has behind ``R:``.

    Returns
    -------
    genre : str or None
        One of ``GENRES``; ``None`` where the text names none.

    Examples
    --------
    >>> genre_of_rhythm(" Double Jig"), genre_of_rhythm("slipjig"), genre_of_rhythm("???")
    ('jig', 'slip jig', None)
    """
    name = " ".join(text.lower().split())
    name = _SAME.get(name, name)
    return name if name in GENRES else None


def genre_of_title(title: str) -> str | None:
    """Give the genre that a title names.

    Parameters
    ----------
    title : str

    Returns
    -------
    genre : str or None
        One of ``GENRES``; ``None`` where no word tells.

    Examples
    --------
    >>> genre_of_title("The Duke of Gloster's March"), genre_of_title("Yanky Doodle")
    ('march', None)
    """
    return next((genre for words, genre in _TITLES if words.search(title)), None)


def genre_of_oneill(reference: int, title: str) -> str | None:
    """Give the genre of the section of O'Neill's book in which a tune stands.

    Parameters
    ----------
    reference : int [from 1]
        The tune's number in the book.
    title : str
        Decides where a section holds several genres.

    Returns
    -------
    genre : str or None

    References
    ----------
    O'Neill (1903), Music of Ireland: its headings, checked against the rhythm fields and meters
    of the transcribed tunes around it.

    Examples
    --------
    >>> genre_of_oneill(1120, "Hardiman the Fiddler"), genre_of_oneill(1810, "Garryowen")
    ('slip jig', None)
    """
    section = next((genre for last, genre in _SECTIONS if reference <= last), None)
    return section or genre_of_title(title)


def genre_of_essen(file_name: str, origin: str, subject: str) -> str | None:
    """Give the genre of an Essen folk song.

    Parameters
    ----------
    file_name : str
        The collection, such as ``"kinder0.abc"``.
    origin : str
        Where it was sung: what stands behind ``O:``.
    subject : str
        What it is about or for: what stands behind ``R:``.

    Returns
    -------
    genre : str or None
        ``"children's song"``, ``"Chinese folk"``, ``"German folk"`` or ``None``.

    Examples
    --------
    >>> genre_of_essen("erk10.abc", "Europa, Mitteleuropa, Deutschland, Hessen", "Liebes - Lied")
    'German folk'
    >>> genre_of_essen("lux.abc", "Luxemburg", "") is None
    True
    """
    if file_name.startswith("kinder") or re.search(
        r"kinder ?-? ?(?:lied|reim|spiel)", subject, re.I
    ):
        return "children's song"
    if origin.startswith("China"):
        return "Chinese folk"
    return "German folk" if "Deutschland" in origin else None
