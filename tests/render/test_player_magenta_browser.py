"""Magenta's player in a real browser: it plays in time, asks nobody, and is harmless."""

import shutil
from dataclasses import replace

import pytest

from melodyai_edu.io.corpus import load
from melodyai_edu.render import magenta_player_html, magenta_player_iframe
from melodyai_edu.score import Part, Score

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def open_page(browser, tmp_path):
    """Open a page as a file; note what it asks the network for and what it complains of."""
    pages = []

    def open_one(html):
        path = tmp_path / f"page{len(pages)}.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": 900, "height": 600})
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on(
            "console",
            lambda told: page.faults.append(told.text) if told.type == "error" else None,
        )
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        assert page.faults == []
        assert [url for url in page.asked if not url.startswith(("file:", "about:", "blob:"))] == []
        page.close()


def test_a_real_tune_plays_in_time(open_page, until):
    score = load("oneill")[5].score
    page = open_page(magenta_player_html(score))
    until(page, "player.duration > 0 && !player.shadowRoot.querySelector('.play').disabled")
    assert page.evaluate("player.duration") == pytest.approx(score.seconds)
    assert page.evaluate("player.noteSequence.notes.length") == score.note_count
    assert page.evaluate("player.hasAttribute('sound-font')") is False
    page.get_by_role("button", name="Play").click()
    until(page, "player.playing && player.currentTime > 0.5")
    assert page.evaluate("Tone.context.state") == "running"
    clock = "[Tone.Transport.seconds, performance.now() / 1000]"
    begin = page.evaluate(clock)
    shown = page.evaluate("player.currentTime")
    page.wait_for_timeout(2000)
    end = page.evaluate(clock)
    assert end[0] - begin[0] == pytest.approx(end[1] - begin[1], abs=0.25)
    assert page.evaluate("player.currentTime") > shown + 1
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("player.playing") is False


def test_it_sounds(open_page, jig, until):
    """What leaves for the loudspeaker is measured on its way."""
    page = open_page(magenta_player_html(jig))
    until(page, "!player.shadowRoot.querySelector('.play').disabled")
    page.evaluate(
        "() => { window.meter = new Tone.Analyser('waveform', 1024);"
        " Tone.Destination.connect(window.meter); }"
    )
    page.get_by_role("button", name="Play").click()
    until(page, "Math.max(...meter.getValue().map(Math.abs)) > 0.001")


def test_every_note_is_drawn_drums_too(open_page, band, until):
    page = open_page(magenta_player_html(band))
    until(page, "document.querySelectorAll('#visualizer rect.note').length > 0")
    drawn = page.evaluate("document.querySelectorAll('#visualizer rect.note').length")
    assert drawn == band.note_count
    page.get_by_role("button", name="Play").click()
    until(page, "player.currentTime > 0.9")


def test_hostile_names_are_only_text(open_page, jig, hostile, until):
    score = replace(
        jig, title=hostile, parts=tuple(replace(part, name=hostile) for part in jig.parts)
    )
    page = open_page(magenta_player_html(score))
    assert page.evaluate("window.hacked") is None
    assert hostile in page.locator("h1").inner_text()
    framed = open_page(f"<!DOCTYPE html><body>{magenta_player_iframe(score)}</body>")
    frame = framed.frames[-1]
    until(frame, "window.player !== undefined && player.duration > 0")
    assert frame.evaluate("window.origin") == "null"
    assert frame.evaluate("window.hacked") is None
    assert framed.locator("body > *").count() == 1


def test_the_frame_has_no_rights(open_page, jig, until):
    page = open_page(f"<!DOCTYPE html><body>{magenta_player_iframe(jig)}</body>")
    frame = page.frames[-1]
    until(frame, "window.player !== undefined && player.duration > 0")
    refused = frame.evaluate(
        "fetch('http://127.0.0.1:9/').then(() => 'got through', () => 'refused')"
    )
    assert refused == "refused"
    assert all("127.0.0.1" in fault for fault in page.faults)
    page.asked.clear()
    page.faults.clear()


def test_an_empty_score_does_not_break_it(open_page, until):
    page = open_page(magenta_player_html(Score((Part(()),), duration=96)))
    until(page, "player.duration > 0")
