"""Genres come from what a file says, and stay unknown where it says nothing."""

import pytest

from melodyai_edu.io.genre import (
    GENRES,
    genre_of_essen,
    genre_of_oneill,
    genre_of_rhythm,
    genre_of_title,
)


@pytest.mark.parametrize(
    ("text", "genre"),
    [("Reel", "reel"), (" JIG ", "jig"), ("double jig", "jig"), ("slipjig", "slip jig"),
     ("Highland Fling", "highland fling"), ("Liebes - Lied", None), ("", None), ("???", None)],
)  # fmt: skip
def test_rhythm_field(text, genre):
    assert genre_of_rhythm(text) == genre
    assert genre is None or genre in GENRES


@pytest.mark.parametrize(
    ("title", "genre"),
    [("Quick Step. 25th Regt.", "quickstep"), ("Lord Kelly's Reel.", "reel"),
     ("The Gigg", "jig"), ("Miss Jigger", None), ("Tibby Fowler Strathspey", "strathspey"),
     ("A Scotch Air", "air"), ("Fairy Queen", None)],
)  # fmt: skip
def test_title(title, genre):
    assert genre_of_title(title) == genre


@pytest.mark.parametrize(
    ("reference", "genre"),
    [(1, "air"), (625, "air"), (650, None), (701, "jig"), (1115, "jig"), (1116, "slip jig"),
     (1176, "reel"), (1555, "reel"), (1556, "hornpipe"), (1780, "hornpipe"), (1790, None)],
)  # fmt: skip
def test_sections_of_oneill(reference, genre):
    assert genre_of_oneill(reference, "No Title") == genre


def test_a_title_speaks_where_the_section_is_mixed():
    assert genre_of_oneill(1810, "Brian Boru's March") == "march"


@pytest.mark.parametrize(
    ("file", "origin", "subject", "genre"),
    [("kinder0.abc", "Europa, Kassel", "", "children's song"),
     ("erk10.abc", "Europa, Deutschland", "Kinder - Lied", "children's song"),
     ("han1.abc", "China, Shanbei", "Shange", "Chinese folk"),
     ("ballad10.abc", "Mitteleuropa, Deutschland (DDR)", "Ballade", "German folk"),
     ("irl.abc", "Irland", "", None)],
)  # fmt: skip
def test_essen(file, origin, subject, genre):
    assert genre_of_essen(file, origin, subject) == genre
