"""Progress is kept, by many notebooks at once, and never lost without a word."""

import json
import os
import subprocess
import sys

import pytest

from melodyai_edu.checks import progress
from melodyai_edu.checks.progress import load_progress, read_progress, record, reset_progress

#: Waits until all are there, so that they do write at the same time.
NOTEBOOK = """
import pathlib, sys, time
from melodyai_edu.checks.progress import record
name, home = sys.argv[1], pathlib.Path(sys.argv[2])
(home / f"here-{name}").touch()
while len(list(home.glob("here-*"))) < 4:
    time.sleep(0.005)
for place in range(15):
    record(f"{name}.{place}", passed=place % 2 == 0)
    record("7.7", passed=False, kind="recall")
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    return tmp_path


def test_nothing_is_kept_at_first(home):
    assert read_progress() == ({"exercises": {}, "predictions": {}, "recall": {}}, "")
    assert list(home.iterdir()) == []


def test_tries_are_counted_and_passing_stays():
    assert record("4.2", passed=False) == ((1, False), "")
    assert record("4.2", passed=True) == ((1, True), "")
    assert record("4.2", passed=False) == ((2, True), "")
    record("4.2", passed=True, kind="predictions")
    assert load_progress() == {"4.2": (2, True)}
    assert load_progress("predictions") == {"4.2": (0, True)}


def test_a_file_of_before_is_read_and_goes_on(home):
    (home / "progress.json").write_text('{"0.1": {"tries": 2, "passed": true}}')
    assert load_progress() == {"0.1": (2, True)}
    record("0.2", passed=False)
    record("0.1", passed=True, kind="recall")
    assert load_progress() == {"0.1": (2, True), "0.2": (1, False)}
    assert load_progress("recall") == {"0.1": (0, True)}
    assert json.loads((home / "progress.json").read_text())["exercises"]["0.1"]["passed"]


def test_what_a_newer_version_wrote_stays(home):
    newer = {"exercises": {"0.1": {"tries": 1, "passed": False, "best": "x"}}, "badges": ["jig"]}
    (home / "progress.json").write_text(json.dumps(newer))
    record("0.1", passed=True)
    kept = json.loads((home / "progress.json").read_text())
    assert kept["badges"] == ["jig"]
    assert kept["exercises"]["0.1"] == {"tries": 1, "passed": True, "best": "x"}


def test_notebooks_that_write_at_once_lose_nothing(home):
    command = [sys.executable, "-c", NOTEBOOK]
    names = ["0", "1", "2", "3"]
    others = [subprocess.Popen([*command, name, str(home)]) for name in names]
    assert [other.wait(timeout=60) for other in others] == [0] * 4
    kept = load_progress()
    assert set(kept) == {f"{name}.{place}" for name in names for place in range(15)}
    assert all(kept[f"{name}.{place}"].passed == (place % 2 == 0) for name in names
               for place in range(15))  # fmt: skip
    assert load_progress("recall") == {"7.7": (60, False)}
    assert sorted(path.name for path in home.glob("*progress*")) == [
        ".progress.json.lock",
        "progress.json",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2", "[1, 2]", "7", "\0\0", '{"exercises": 3}', '{"0.1": {"tries": "many"}}',
     '{"recall": {"0.1": {"passed": true}}}', '{"exercises": {"0.1": [1, true]}}', "[" * 99],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_and_told(home, text):
    (home / "progress.json").write_text(text)
    kept, trouble = read_progress()
    assert kept["exercises"] == {}
    assert trouble.startswith("The file of your progress was damaged: it lies beside the new one ")
    assert trouble.count(".json.damaged") == 1
    assert (home / "progress.json.damaged").read_text() == text
    assert record("0.1", passed=True) == ((0, True), "")
    assert load_progress() == {"0.1": (0, True)}
    assert read_progress()[1] == trouble  # until somebody has looked at it
    (home / "progress.json.damaged").unlink()
    assert read_progress()[1] == ""


def test_a_second_damaged_file_does_not_replace_the_first(home):
    for text in ("[1", "[2", "[3"):
        (home / "progress.json").write_text(text)
        record("0.1", passed=True)
        (home / "progress.json").unlink()
    found = {path.name: path.read_text() for path in home.glob("*.damaged*")}
    assert found == {
        "progress.json.damaged": "[1",
        "progress.json.damaged-2": "[2",
        "progress.json.damaged-3": "[3",
    }


def test_a_folder_in_its_place_is_told(home):
    (home / "progress.json").mkdir()
    assert "is no file, so your progress is not kept" in record("0.1", passed=True)[1]
    assert "is no file" in read_progress()[1]


def test_where_no_folder_can_be_made_a_lesson_goes_on(home, monkeypatch):
    (home / "full").write_text("")
    monkeypatch.setenv("MELODYAI_HOME", str(home / "full"))
    after, trouble = record("0.1", passed=True)
    assert after == (0, True)
    assert trouble.startswith("Your progress is not kept: ")
    assert read_progress()[0]["exercises"] == {}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do anything")
def test_what_may_not_be_written_can_still_be_read(home):
    record("0.1", passed=True)
    (home / ".progress.json.lock").unlink()
    home.chmod(0o500)
    try:
        assert load_progress() == {"0.1": (0, True)}
        assert "Permission denied" in record("0.2", passed=True)[1]
    finally:
        home.chmod(0o700)


def test_an_unreadable_file_is_not_written_over(home, monkeypatch):
    record("0.1", passed=True)
    before = (home / "progress.json").read_bytes()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(progress, "_read", refuse)
        assert "cannot be used (Permission denied)" in record("0.2", passed=True)[1]
    assert (home / "progress.json").read_bytes() == before


def test_beginning_anew_sets_aside(home):
    assert reset_progress() == "Nothing is kept, so there is nothing to begin anew."
    record("0.1", passed=True)
    assert "You begin anew. What was kept lies in " in reset_progress()
    assert load_progress() == {}
    assert '"0.1"' in (home / "progress.json.before").read_text()
