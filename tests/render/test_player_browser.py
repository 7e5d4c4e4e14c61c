"""The player in a real browser: it plays, and nothing in a score can make it do anything else."""

import shutil
import time
from dataclasses import replace

import pytest

from melodyai_edu.render import player_html, player_iframe
from melodyai_edu.score import Part, Score

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def open_player(browser, tmp_path):
    """Open a page as a file, and note what it asks the network for."""
    pages = []

    def open_page(html):
        path = tmp_path / f"page{len(pages)}.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        page.asked = []
        page.faults = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        assert page.faults == []
        assert [url for url in page.asked if not url.startswith(("file:", "about:", "data:"))] == []
        page.close()


def tick(page):
    return page.evaluate("player.tick")


def test_play_pause_and_restart(open_player, jig, until):
    page = open_player(player_html(jig))
    assert tick(page) == 0
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "player.tick > 24")
    assert page.evaluate("player.audio") == "running"
    until(page, "player.sounding > 0")
    page.get_by_role("button", name="Pause", exact=True).click()
    stopped = tick(page)
    time.sleep(0.3)
    assert tick(page) == stopped
    page.get_by_role("button", name="Back to start").click()
    assert tick(page) == 0


def test_seek_moves_cursor_in_roll_and_score(open_player, jig):
    page = open_player(player_html(jig))
    page.get_by_role("slider", name="Position").fill(str(jig.duration // 2))
    assert tick(page) == jig.duration // 2
    assert float(page.locator("#roll line.head").get_attribute("x1")) == pytest.approx(500, abs=2)
    assert page.locator("#roll rect.note.now").count() <= 1
    first = page.locator("#cursor").bounding_box()
    page.get_by_role("slider", name="Position").fill("12")
    second = page.locator("#cursor").bounding_box()
    assert (first["x"], first["y"]) != (second["x"], second["y"])
    assert "bar 1, beat 1" in page.locator("#place").inner_text()


def test_tempo_changes_how_fast_it_goes(open_player, jig):
    page = open_player(player_html(jig))

    def ticks_in_a_second(percent):
        page.get_by_role("slider", name="Tempo").fill(str(percent))
        page.get_by_role("button", name="Back to start").click()
        page.get_by_role("button", name="Play", exact=True).click()
        begin = page.evaluate("[player.tick, performance.now()]")
        page.wait_for_timeout(1000)
        end = page.evaluate("[player.tick, performance.now()]")
        page.get_by_role("button", name="Pause", exact=True).click()
        return 1000 * (end[0] - begin[0]) / (end[1] - begin[1])

    # 168 quarters a minute of 24 ticks are 67.2 ticks a second.
    assert ticks_in_a_second(100) == pytest.approx(67.2, rel=0.1)
    assert ticks_in_a_second(50) == pytest.approx(33.6, rel=0.1)
    assert "84 quarters a minute" in page.locator("#speed").inner_text()


def test_a_muted_part_is_silent(open_player, satb, until):
    page = open_player(player_html(satb))
    assert page.locator("#parts label").count() == 4
    for box in page.locator("#parts input").all():
        box.uncheck()
    assert page.locator("#roll rect.note.muted").count() == satb.note_count
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "player.tick > 48")
    assert page.evaluate("player.sounding") == 0
    page.get_by_label("Soprano").check()
    until(page, "player.sounding > 0")


def test_every_note_is_in_roll_and_score(open_player, band):
    page = open_player(player_html(band))
    assert page.locator("#roll rect.note").count() == band.note_count
    assert page.locator("#score svg").count() >= 1


def test_keyboard_alone(open_player, jig, until):
    page = open_player(player_html(jig))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    until(page, "player.tick > 0")
    page.keyboard.press("Space")
    page.get_by_role("slider", name="Position").focus()
    before = tick(page)
    page.keyboard.press("ArrowRight")
    assert tick(page) != before


def test_hostile_names_are_only_text(open_player, jig, hostile, until):
    score = replace(
        jig,
        title=hostile,
        composer=hostile,
        parts=tuple(replace(part, name=hostile) for part in jig.parts),
    )
    page = open_player(player_html(score))
    assert page.evaluate("window.hacked") is None
    assert hostile in page.locator("h1").inner_text()
    assert page.locator("img").count() == 0
    framed = open_player(f"<!DOCTYPE html><body>{player_iframe(score)}</body>")
    frame = framed.frames[-1]
    until(frame, "window.player !== undefined")
    assert frame.evaluate("window.hacked") is None
    assert framed.evaluate("window.hacked") is None
    assert framed.locator("body > *").count() == 1


def test_the_frame_has_no_rights(open_player, jig, until):
    page = open_player(f"<!DOCTYPE html><body>{player_iframe(jig)}</body>")
    frame = page.frames[-1]
    until(frame, "window.player !== undefined")
    assert frame.evaluate("window.origin") == "null"
    refused = frame.evaluate(
        "fetch('http://127.0.0.1:9/').then(() => 'got through', () => 'refused')"
    )
    assert refused == "refused"
    page.asked.clear()


def test_an_empty_score_does_not_break_it(open_player, until):
    page = open_player(player_html(Score((Part(()),), duration=96)))
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "player.tick > 0")
