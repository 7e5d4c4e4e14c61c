"""The class's ratings: what the page says to do in lesson 12, done to the lesson's own cells."""

import ast
import re
from itertools import combinations
from pathlib import Path

import jupytext
import pytest

import melodyai_edu as mai
from melodyai_edu.feedback import open_store

ROOT = Path(__file__).parents[2]
LESSON = ROOT / "lessons" / "12_learn_from_ratings.py"
PAGE = (ROOT / "docs" / "teaching" / "class_ratings.md").read_text(encoding="utf-8")
ADDED = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
PLACES = re.findall(r"after the last one of \*(.+?)\*", PAGE)
PUPILS = ("shy-badger", "keen-fox", "slow-heron")


def cells_to(heading):
    """Give the lesson's code, cell by cell, to the end of what stands under a heading."""
    found, is_under = [], False
    for cell in jupytext.read(LESSON).cells:
        headings = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
        if cell.cell_type == "code":
            found.append(cell.source)
        elif is_under and headings:
            return found
        else:
            is_under = is_under or heading in headings
    raise AssertionError(heading)


def test_no_pupil_is_called_as_the_lesson_calls_everybody():
    lesson = LESSON.read_text(encoding="utf-8")
    taken = set(re.findall(r'rater="(.+?)"', lesson))
    assert taken == {"quiet-owl"}
    assert "is not `quiet-owl`" in PAGE
    assert taken.isdisjoint(re.findall(r"--rater (\S+)", PAGE))


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """A class's store beside a notebook: three pupils, who have heard the same four jigs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MELODYAI_PROFILE", "smoke")
    jigs = [mai.compose(genre="jig", bars=8, seed=seed, model="ngram") for seed in range(4)]
    with open_store("class.sqlite") as store:
        for number, pupil in enumerate(PUPILS):
            for better, worse in list(combinations(jigs, 2))[number:]:
                mai.rate(better, better_than=worse, rater=pupil, store=store)
    return tmp_path / "class.sqlite"


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
def test_a_class_stands_beside_ann_and_nothing_of_the_lesson_comes_into_its_pool(pool, capsys):
    with open_store(pool) as store:
        before = store.ratings()
    fit, whose = map(cells_to, PLACES)
    assert len(ADDED) == 2
    assert len(fit) < len(whose)
    notebook = {}
    for cell in fit:
        exec(cell, notebook)
    lessons = dict(notebook)
    for cell in ADDED:  # what stands between them is not needed, and takes minutes
        exec(cell, notebook)
    assert all(notebook[name] is value for name, value in lessons.items())
    tree = ast.walk(ast.parse(LESSON.read_text(encoding="utf-8")))
    assert {node.id for node in tree if isinstance(node, ast.Name)}.isdisjoint(
        {*notebook} - {*lessons}
    )
    exec(cells_to("Ann wants out")[-1], notebook)
    said = capsys.readouterr().out
    assert "3 people, 15 pairs\n" in said
    counts = dict(re.findall(r"^(\S+) .+ of (\d+) by the others' taste$", said, re.MULTILINE))
    assert counts == {"shy-badger": "6", "keen-fox": "5", "slow-heron": "4"}
    assert "her pairs: 0 - a trace in the file: False" in said  # of Ann, in the lesson's own store
    assert notebook["store"].raters() == {"quiet-owl": 1}
    with open_store(pool) as store:
        assert store.ratings() == before
