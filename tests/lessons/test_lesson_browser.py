"""Lessons in a real JupyterLab, in a real browser, with the hands of a learner."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LESSONS = ("00_hear_it_in_five_minutes.ipynb", "01_music_as_data.ipynb")
#: Of a slider; it is called differently in ipywidgets 7 and 8.
HANDLE = ".ui-slider-handle, .noUi-handle"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKEN = "lesson"
#: Another environment's Python shows the lesson with other versions: see tools/colab_check.py.
PYTHON = os.environ.get("MELODYAI_LAB_PYTHON", sys.executable)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def address(tmp_path):
    """Serve copies of the lessons in JupyterLab, all cells in the page at once."""
    lessons, settings = tmp_path / "lessons", tmp_path / "settings" / "@jupyterlab"
    lessons.mkdir()
    for lesson in LESSONS:
        shutil.copy(ROOT / "notebooks" / lesson, lessons)
    (settings / "notebook-extension").mkdir(parents=True)
    (settings / "notebook-extension" / "tracker.jupyterlab-settings").write_text(
        json.dumps({"windowingMode": "none"})
    )
    (settings / "apputils-extension").mkdir()
    (settings / "apputils-extension" / "notification.jupyterlab-settings").write_text(
        json.dumps({"checkForUpdates": False, "fetchNews": "false", "doNotDisturbMode": True})
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        PYTHON, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={lessons}",
        f"--LabApp.user_settings_dir={tmp_path / 'settings'}", "--allow-root",
    ]  # fmt: skip
    environment = {
        **os.environ, "MELODYAI_HOME": str(tmp_path / "home"), "MELODYAI_PROFILE": "smoke",
        "JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }  # fmt: skip
    with (tmp_path / "lab.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", process)
            yield f"http://127.0.0.1:{port}/lab/tree/{{}}?token={TOKEN}".format
        finally:
            process.terminate()
            process.wait(30)


def wait_for(address, process, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "JupyterLab has stopped"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("JupyterLab did not answer")


@pytest.fixture
def run_lesson(address):
    """Open a lesson and run all of its cells."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=90_000)  # a click waits for the cells before it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def run(lesson):
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(90_000)
            page.goto(address(lesson))
            page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
            # A kernel must be there before cells can run.
            kernel = page.locator(".jp-NotebookPanel .jp-Toolbar-kernelName")
            expect(kernel).to_contain_text("Python 3")
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
            return page

        yield run
        browser.close()


def test_slider_generate_score_and_player(run_lesson):
    from playwright.sync_api import expect

    page = run_lesson(LESSONS[0])
    generate = page.get_by_role("button", name="Generate", exact=True)
    generate.wait_for()
    panel = page.locator(".jp-OutputArea-output", has=generate).last
    # The first piece of the lesson shows its score, its player and its facts.
    first = page.locator(".jp-CodeCell", has_text="piece = mai.compose")
    assert first.locator("img").count() >= 2
    assert first.locator("iframe").count() == 1

    slider = panel.locator(".widget-hslider", has_text="bars").locator(HANDLE)
    slider.scroll_into_view_if_needed()
    slider.focus()
    slider.press("ArrowLeft")
    expect(panel.locator(".widget-hslider", has_text="bars")).to_contain_text("12")
    generate.click()
    shown = panel.locator(".jupyter-widgets-output-area, .widget-output")
    expect(shown.locator("iframe")).to_have_count(1)
    expect(shown).to_contain_text(re.compile(r"bars\s*12"))
    score = shown.locator("img").first
    score.scroll_into_view_if_needed()
    assert score.evaluate("image => image.complete && image.naturalWidth") > 300
    player = shown.locator("iframe").content_frame
    expect(player.get_by_role("button", name=re.compile("play", re.IGNORECASE))).to_be_visible()


def test_what_is_explored_follows_the_slider(run_lesson):
    from playwright.sync_api import expect

    page = run_lesson(LESSONS[1])
    explored = page.locator(".jp-CodeCell", has_text="mai.explore(look").last
    shown = explored.locator(".widget-html-content").last
    expect(shown).to_contain_text("F major, first pitch 65")
    slider = explored.locator(".widget-hslider").locator(HANDLE)
    slider.scroll_into_view_if_needed()
    slider.focus()
    slider.press("ArrowRight")
    expect(shown).to_contain_text("first pitch 66; the same tokens as before? True")
    expect(shown.locator("iframe")).to_have_count(1)
    player = shown.locator("iframe").content_frame
    expect(player.get_by_role("button", name=re.compile("play", re.IGNORECASE))).to_be_visible()
    score = shown.locator("img").first
    assert score.evaluate("image => image.complete && image.naturalWidth") > 300
