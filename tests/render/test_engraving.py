import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.render import describe, engrave, score_png, svg_png
from melodyai_edu.render.engraving import PAGE_WIDTH, engrave_timed
from melodyai_edu.score import ChordSymbol, Melody, Note, Part, Score, Section

SVG = "{http://www.w3.org/2000/svg}"


def pixels(png):
    return matplotlib.image.imread(io.BytesIO(png))[..., :3].mean(axis=2)


def ids(svg):
    return re.findall(r'\bid="([^"]+)"', svg)


def test_the_same_score_gives_the_same_svg(satb):
    assert engrave(satb) == engrave(satb)


def test_ids_are_unique_on_a_page_and_between_scores(jig, satb):
    pages = [*engrave(jig), *engrave(satb)]
    every = [name for page in pages[:2] for name in ids(page)]
    assert len(every) == len(set(every))


def test_a_wide_score_is_wrapped_and_paged():
    wide = Score.of_melody(Melody.from_events([(60, 12), (64, 12)] * 4 * 90))
    systems = {width: "".join(engrave(wide, page_width=width)).count('class="system"')
               for width in (500, 1000)}  # fmt: skip
    assert systems[500] > systems[1000] > 4
    assert len(engrave(wide, page_height=400)) > len(engrave(wide, page_height=1188)) > 1
    assert all(f'<svg width="{PAGE_WIDTH}px"' in page for page in engrave(wide))


def test_every_page_carries_title_and_description(satb):
    pages = engrave(satb, page_height=700)
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        root = ElementTree.fromstring(page)
        assert root.get("role") == "img"
        assert root.find(f"{SVG}title").text == f"Chorale, page {number} of {len(pages)}"
        assert root.find(f"{SVG}desc").text == describe(satb)


def test_marks_say_when_each_printed_note_sounds(jig, satb, band):
    for score in (jig, satb, band):
        engraving = engrave_timed(score)
        printed = set(ids("".join(engraving.pages)))
        assert {name for name, _, _ in engraving.marks} <= printed
        for edge in (0, 1):  # every note has a head at its onset and one that stops at its end
            seen = {mark[1 + edge] for mark in engraving.marks}
            assert {
                (note.onset, note.end)[edge] for part in score.parts for note in part.notes
            } <= seen


def test_text_is_escaped(hostile):
    score = Score((Part((Note(0, 96, 60),), name=hostile[:30]),), title=hostile)
    (page,) = engrave(score)
    assert "<script" not in page
    assert "<img" not in page
    ElementTree.fromstring(page)


def test_no_glyph_needs_a_font_that_nobody_has(jig):
    (page,) = engrave(jig)
    assert "Leipzig" not in page
    assert not re.search("[\ue000-\uf8ff]", page)
    assert "♩." in page


def test_text_is_visible_without_system_fonts(jig):
    (page,) = engrave(jig)
    whole = pixels(svg_png(page, zoom=1))
    for text in ("Jig", "Flute", "112"):
        without = pixels(svg_png(page.replace(f">{text}<", "><"), zoom=1))
        assert (np.abs(whole - without) > 0.3).sum() > 20, text


def test_a_picture_holds_the_whole_score(satb):
    assert len(engrave(satb, page_height=700)) > 1
    picture = pixels(score_png(satb, zoom=1))
    assert picture.shape[1] == PAGE_WIDTH
    assert picture.shape[0] > 700
    assert picture[0, 0] == 1.0
    assert (picture[-200:] < 0.5).any()


def test_long_names_leave_room_for_the_staff():
    score = Score((Part((Note(0, 96, 60),), name="very long " * 40),), title="t " * 400)
    assert (pixels(score_png(score, zoom=1))[:, -400:] < 0.5).any()


def test_an_empty_score_can_be_seen():
    assert len(engrave(Score((Part(()),)))) == 1


@pytest.mark.parametrize("size", [{"page_width": 10}, {"page_height": 20000}])
def test_sizes_are_checked(jig, size):
    with pytest.raises(ParameterError, match="must be from 200 to 10000 pixels"):
        engrave(jig, **size)


def test_a_picture_that_cannot_be_drawn_says_so():
    with pytest.raises(OutputError, match="cannot be drawn"):
        svg_png("no svg")


def test_a_score_too_long_for_one_picture_says_what_to_do():
    parts = tuple(Part((Note(0, 96 * 150, 60),)) for _ in range(8))
    with pytest.raises(OutputError, match="150 bars do not fit one picture: draw each page"):
        score_png(Score(parts), page_width=300)


def test_chord_symbols_and_sections_are_printed(band):
    score = replace(
        band,
        chords=(ChordSymbol(0, "F#m7"), ChordSymbol(48, "Bb/D"), ChordSymbol(192, "Ebb")),
        sections=(Section(0, "Intro"), Section(192, "<B>")),
    )
    page = engrave(score)[0]
    root = ElementTree.fromstring(page)
    texts = {
        kind: ["".join(one.itertext()) for one in root.iter(f"{SVG}g") if one.get("class") == kind]
        for kind in ("harm", "reh")
    }
    assert texts == {"harm": ["F♯m7", "B♭/D", "E♭♭"], "reh": ["Intro", "<B>"]}
    assert (pixels(svg_png(page)) < 0.5).sum() > (pixels(svg_png(engrave(band)[0])) < 0.5).sum()


def test_every_thread_can_engrave(band):
    from concurrent.futures import ThreadPoolExecutor

    here = engrave(band)
    for _ in range(3):
        with ThreadPoolExecutor(1) as pool:  # a new thread each time
            assert pool.submit(engrave, band).result() == here
