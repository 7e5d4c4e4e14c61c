"""What a learner has done is shown as text, as a table and as a picture, with what comes next."""

import importlib
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import melodyai_edu as mai
from melodyai_edu.checks.outline import LESSONS
from melodyai_edu.checks.progress import KINDS, record

ROOT = Path(__file__).parents[2]
EXERCISES, PREDICTIONS, RECALL = (
    sum(getattr(lesson, kind) for lesson in LESSONS) for kind in KINDS
)
ALL_DONE = dict.fromkeys((lesson.number for lesson in LESSONS), (3, 5))
LAST = LESSONS[-1].number


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    return tmp_path


def do(lesson, exercises=3, recall=5):
    for place in range(1, exercises + 1):
        record(f"{lesson}.{place}", passed=True)
    for place in range(1, recall + 1):
        record(f"{lesson}.{place}", passed=True, kind="recall")


def totals(passed, made, recalled):
    return (
        f"{passed} of {EXERCISES} exercises passed, {made} of {PREDICTIONS} predictions made, "
        f"{recalled} of {RECALL} questions recalled"
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.label)
def test_the_outline_is_the_course(lesson):
    module = importlib.import_module(f"melodyai_edu.checks.lesson_{lesson.number:02d}")
    for table, number in ((module.EXERCISES, lesson.exercises),
                          (module.PREDICTIONS, lesson.predictions)):  # fmt: skip
        assert list(table) == [f"{lesson.number}.{place + 1}" for place in range(number)]
    assert len(module.RECALL) == lesson.recall
    source = ROOT / "lessons" / lesson.notebook.replace(".ipynb", ".py")
    assert f"# # Lesson {lesson.number:02d}: {lesson.title}\n" in source.read_text()


def test_all_lessons_are_in_the_outline():
    assert len(LESSONS) == len(list((ROOT / "lessons").glob("[0-9][0-9]_*.py")))


def test_at_first_there_is_nothing_and_the_way_in_is_shown(home):
    view = mai.progress()
    assert view.totals == totals(0, 0, 0)
    text = repr(view)
    assert "\n00 Hear it in five minutes  0 of 3  · · ·  0      0 of 1       0 of 5\n" in text
    assert "Next: Begin with lesson 00 Hear it in five minutes: open notebooks/00_hear" in text
    assert text.endswith(f"Kept on this computer alone, in {home / 'progress.json'}")
    assert not (home / "progress.json").exists()


def test_what_was_done_is_counted():
    record("0.1", passed=False)
    record("0.1", passed=True)
    record("0.2", passed=False)
    record("0.1", passed=False, kind="predictions")
    record("0.5", passed=False, kind="recall")
    record("0.99", passed=True)  # no exercise of ours
    view = mai.progress()
    assert view.totals == totals(1, 1, 1)
    assert "1 of 3  ✔ ✘ ·  3      1 of 1       1 of 5" in repr(view)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ({0: (1, 0)}, "Exercise 0.2 of lesson 00 Hear it in five minutes."),
        ({0: (3, 4)}, "The questions of lesson 00 Hear it in five minutes: mai.recall(0)."),
        ({0: (3, 5)}, "Go on with lesson 01 Music as data: open notebooks/01_music_as_data.ipynb."),
        ({4: (3, 5)}, "Go on with lesson 05 An LSTM melody"),
        ({4: (3, 5), 7: (1, 0)}, "Exercise 7.2 of lesson 07 Attention."),
        ({LAST: (3, 5)}, "Go on with lesson 00 Hear it"),
        (ALL_DONE, "You have done all "),
    ],
)
def test_the_next_step(done, said):
    for lesson, (exercises, recall) in done.items():
        do(lesson, exercises, recall)
    assert mai.progress().next_step.startswith(said)


def test_who_tried_is_sent_back_to_the_hints():
    record("2.1", passed=False)
    assert "You have tried it once; each try gets a hint that says" in mai.progress().next_step
    record("2.1", passed=False)
    assert "You have tried it 2 times;" in mai.progress().next_step


def test_a_damaged_file_is_told_in_one_sentence(home):
    (home / "progress.json").write_text("{")
    assert repr(mai.progress()).count("was damaged: it lies beside the new one as progress") == 1
    assert "progress.json.damaged" in mai.progress()._repr_html_()


def test_the_table_stands_on_light_and_dark_pages():
    record("0.1", passed=True)
    page = mai.progress()._repr_html_()
    assert set(re.findall(r"background:([^;\"]+)", page)) == {"transparent"}
    assert not re.search(r"white|black|#fff|#000|color:#", page)
    assert "1px solid currentColor" in page
    assert page.count("<tr") == 1 + len(LESSONS)
    ElementTree.fromstring(page)


def test_the_picture_has_a_dot_for_each_thing_and_says_what_it_shows():
    record("0.1", passed=True)
    record("0.2", passed=False)
    picture = mai.progress().picture
    drawing = ElementTree.fromstring(picture.svg)
    assert totals(1, 0, 0) in drawing.get("aria-label")
    assert repr(picture) == drawing.get("aria-label")
    circles = drawing.findall("{*}circle")
    assert len(circles) == EXERCISES + PREDICTIONS + RECALL + 3  # three in the legend
    assert sum(circle.get("fill") != "none" for circle in circles) == 2
    assert len(drawing.findall("{*}path")) == 2
    assert picture._repr_html_() == picture.svg


def test_beginning_anew(home):
    do(0)
    assert "You begin anew." in mai.progress().reset()
    assert mai.progress().totals == totals(0, 0, 0)
