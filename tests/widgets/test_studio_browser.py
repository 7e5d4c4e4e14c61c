"""The studio in a real browser, in JupyterLab and in Voilà, with the hands of a musician."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

import melodyai_edu as mai

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKEN = "studio"
#: Another folder than the tests' own, to look at the pictures afterwards.
PICTURES = os.environ.get("MELODYAI_STUDIO_PICTURES")

#: What the pages around the studio do themselves, with a reason for each.
THEIRS = {
    "lab": (),
    # Voilà's page links the icons of Font Awesome, which the studio does not use; the test lets
    # nothing out, so the browser complains.
    "voila": (r"net::ERR_(FAILED|BLOCKED)",),
}
#: The only addresses elsewhere that a page around the studio asks for.
ICONS = r"https://cdn\.jsdelivr\.net/npm/(@fortawesome/)?font-?awesome"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]

FULL = """import melodyai_edu as mai
mai.studio({folder!r}, genre="jig", bars=8, arrangement="jig", model="ngram", seed=4)"""
SIMPLE = """import melodyai_edu as mai
mai.studio({folder!r}, simple=True, genre="reel", bars=8, model="ngram")"""


def write_notebook(path, code):
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(book, path)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(command, address, tmp_path):
    environment = {
        **os.environ, "MELODYAI_HOME": str(tmp_path / "home"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "PYTHONPATH": os.pathsep.join([str(Path(mai.__file__).parents[1]), *sys.path[:0]]),
    }  # fmt: skip
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 120
            while time.monotonic() < end:
                assert process.poll() is None, (tmp_path / "server.log").read_text()
                try:
                    with urllib.request.urlopen(address, timeout=5):
                        break
                except OSError:
                    time.sleep(0.5)
            yield
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def lab(tmp_path, name):
    settings = tmp_path / "settings" / "@jupyterlab"
    for part, values in {
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {
            "checkForUpdates": False, "fetchNews": "false", "doNotDisturbMode": True,
        },
    }.items():  # fmt: skip
        file = settings / f"{part}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    port = free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={tmp_path / 'books'}",
        f"--LabApp.user_settings_dir={tmp_path / 'settings'}", "--allow-root",
    ]  # fmt: skip
    root = f"http://127.0.0.1:{port}"
    with served(command, f"{root}/api/status?token={TOKEN}", tmp_path):
        yield f"{root}/lab/tree/{name}?token={TOKEN}"


@contextmanager
def voila(tmp_path, name):
    config = tmp_path / "config"
    config.mkdir()
    # Its page is of an older JupyterLab than the extension that pairs notebooks with scripts.
    (config / "voila.json").write_text(
        json.dumps({"VoilaConfiguration": {"extension_denylist": ["jupyterlab-jupytext"]}})
    )
    port = free_port()
    command = [
        sys.executable, "-m", "voila", str(tmp_path / "books"), "--no-browser",
        f"--port={port}", "--Voila.ip=127.0.0.1",
    ]  # fmt: skip
    root = f"http://127.0.0.1:{port}"
    with served(command, f"{root}/voila/static/voila.js", tmp_path):
        yield f"{root}/voila/render/{name}"


class Visit:
    """A page, what it asked for, and what it complained of."""

    def __init__(self, page):
        self.page, self.asked, self.errors = page, [], []
        page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        page.on("request", lambda request: self.asked.append(request.url))
        page.on(
            "console",
            lambda said: (
                self.errors.append(f"{said.text} {said.location.get('url')}")
                if said.type == "error"
                else None
            ),
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def abroad(self):
        own = r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:"
        return [url for url in self.asked if not re.match(own, url)]

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def tab(self, name):
        self.page.get_by_role("tab", name=name, exact=True).click()

    def picture(self, name):
        if PICTURES:
            self.page.locator(".mai-studio").screenshot(path=Path(PICTURES) / f"{name}.png")


@contextmanager
def opened(face, tmp_path, code):
    """Open a notebook with the studio in a face; all cells are run."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=90_000)
    (tmp_path / "books").mkdir()
    folder = tmp_path / "out"
    folder.mkdir()
    write_notebook(tmp_path / "books" / "studio.ipynb", code.format(folder=str(folder)))
    serve = lab if face == "lab" else voila
    with serve(tmp_path, "studio.ipynb") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1500, "height": 1800})
        page.set_default_timeout(90_000)
        visit = Visit(page)
        page.goto(address)
        if face == "lab":
            kernel = page.locator(".jp-NotebookPanel .jp-Toolbar-kernelName")
            expect(kernel).to_contain_text("Python 3")
            light = page.locator(".jp-NotebookPanel .jp-Notebook-ExecutionIndicator")
            expect(light).to_have_attribute("data-status", "idle")
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
        visit.button("Generate").wait_for()
        try:
            yield visit, folder
        finally:
            browser.close()


def generate(visit):
    from playwright.sync_api import expect

    visit.button("Generate").click()
    expect(visit.page.locator(".mai-player iframe")).to_have_count(1)
    expect(visit.button("Generate")).to_be_enabled()


def export(visit, folder, name):
    from playwright.sync_api import expect

    visit.tab("Export")
    visit.page.get_by_label("name", exact=True).fill(name)
    visit.page.get_by_label("name", exact=True).press("Tab")
    visit.button("Export").click()
    expect(visit.page.locator(".mai-status").first).to_contain_text(f"saved as {folder}/{name}.mid")
    return mai.read(folder / f"{name}.mid")


def bars_of(score, bars, part=None):
    length = score.meter.bar_duration
    return [
        (index, note)
        for index, each in enumerate(score.parts)
        for note in each.notes
        if (note.onset + length // 16) // length + 1 in bars and part in (None, index)
    ]


@pytest.mark.parametrize("face", ["lab", "voila"])
def test_a_musician_at_work(face, tmp_path):
    from playwright.sync_api import expect

    with opened(face, tmp_path, FULL) as (visit, folder):
        page = visit.page
        generate(visit)
        expect(page.locator(".mai-bars button")).to_have_count(8)
        hear(visit)
        # The roll by mouse and by keyboard.
        page.locator(".mai-bars button").nth(4).click()
        page.locator(".mai-bars button").nth(7).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("bars", exact=True).last).to_have_value("5-8")
        visit.picture(f"{face}_full")
        first = export(visit, folder, "first")
        visit.tab("Change")
        visit.button("Regenerate these bars").click()
        expect(visit.button("Undo")).to_be_enabled()
        second = export(visit, folder, "second")
        assert bars_of(second, range(1, 5)) == bars_of(first, range(1, 5))
        assert bars_of(second, range(5, 9)) != bars_of(first, range(5, 9))

        visit.tab("Change")
        page.get_by_label("Acoustic bass").check()
        page.get_by_label("bars", exact=True).last.fill("1-8")
        page.get_by_label("bars", exact=True).last.press("Tab")
        visit.button("Regenerate these bars").click()
        visit.tab("History")
        expect(page.locator(".widget-select option")).to_have_count(3)
        expect(visit.button("Undo")).to_be_enabled()
        third = export(visit, folder, "third")
        assert bars_of(third, range(1, 9), 2) == bars_of(second, range(1, 9), 2)
        assert bars_of(third, range(1, 9), 0) != bars_of(second, range(1, 9), 0)

        visit.button("Undo").click()
        expect(visit.button("Redo")).to_be_enabled()
        undone = export(visit, folder, "undone")
        assert bars_of(undone, range(1, 9)) == bars_of(second, range(1, 9))

        compare_and_ask(visit, face)
        upload_badly(visit, tmp_path, face)
        the_mood_by_keyboard(visit)
        check_the_page(visit, face)


def hear(visit):
    """Press play in the frame: its clock moves, and sound runs."""
    frame = visit.page.frame_locator(".mai-player iframe").first
    frame.get_by_role("button", name="Play").click()
    place = frame.locator("#place")
    began = place.inner_text()
    visit.page.wait_for_function("() => true")
    for _ in range(60):
        if place.inner_text() != began:
            break
        time.sleep(0.1)
    assert place.inner_text() != began
    inner = next(f for f in visit.page.frames if f.evaluate("() => !!window.player"))
    assert inner.evaluate("() => window.player.tick") > 0
    assert inner.evaluate("() => window.player.audio") == "running"
    frame.get_by_role("button", name="Pause").click()


def compare_and_ask(visit, face):
    from playwright.sync_api import expect

    page = visit.page
    visit.tab("Compare")
    page.get_by_label(re.compile("^blind")).check()
    visit.button("Compare").click()
    expect(page.locator(".mai-half iframe")).to_have_count(2)
    expect(visit.button("I prefer the left one")).to_be_enabled()
    expect(page.locator(".mai-half").first).to_contain_text("The left one")
    expect(page.locator(".mai-bars button").first).to_be_hidden()
    visit.picture(f"{face}_compare")
    visit.button("I prefer the left one").click()
    expect(page.locator(".mai-bars button").first).to_be_visible()
    expect(page.get_by_text(re.compile("you prefer the left one", re.IGNORECASE))).to_contain_text(
        "left: "
    )
    visit.tab("Why?")
    page.locator(".mai-bars button").nth(1).click()
    page.locator(".mai-bars button").nth(2).click()
    visit.button("Why this note?").click()
    expect(page.locator(".mai-why")).to_contain_text("the model's probability")
    visit.picture(f"{face}_why")


def upload_badly(visit, tmp_path, face):
    """A file that is no MIDI is answered with one sentence, and its name is text."""
    from playwright.sync_api import expect

    page = visit.page
    bad = tmp_path / "<img src=x onerror=alert(1)>.mid"
    bad.write_bytes(b"MThd this is no midi file")
    page.get_by_text("Your motif", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Upload a file")).click()
    chooser.value.set_files(bad)
    alert = page.locator(".mai-status").first.get_by_role("alert")
    expect(alert).to_contain_text("That did not work.")
    expect(alert).to_contain_text(".mid: ")
    assert alert.locator("img").count() == 0
    assert not alert.locator("pre").is_visible()
    visit.picture(f"{face}_error")
    alert.locator("summary").click()
    expect(alert.locator("pre")).to_contain_text("InputError")


def the_mood_by_keyboard(visit):
    from playwright.sync_api import expect

    page = visit.page
    page.get_by_text("Mood", exact=True).click()
    page.get_by_title(re.compile(": calm$")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("mood", exact=True)).to_have_value("calm")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("mood", exact=True)).not_to_have_value("calm")


def check_the_page(visit, face):
    """Nothing left the machine, nothing went wrong, all that acts has a name."""
    abroad = visit.abroad()
    assert all(re.match(ICONS, url) for url in abroad), abroad
    assert face == "voila" or not abroad
    ours = [e for e in visit.errors if not any(re.search(one, e) for one in THEIRS[face])]
    assert ours == []
    nameless = visit.page.locator(".mai-studio").evaluate(
        """(studio) => [...studio.querySelectorAll("button, img, iframe")].filter((one) =>
            !(one.textContent.trim() || one.title || one.alt || one.ariaLabel)).length"""
    )
    assert nameless == 0


@pytest.mark.parametrize("face", ["voila"])
def test_a_class_begins_with_few_controls(face, tmp_path):
    with opened(face, tmp_path, SIMPLE) as (visit, _):
        generate(visit)
        assert visit.page.locator(".mai-studio select:visible").count() == 3
        hear(visit)
        visit.picture("simple")
        check_the_page(visit, face)
