"""Every lesson keeps the promises of the course: its headings, its size, its exercises."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from melodyai_edu.checks.exercise import find_exercise, find_prediction, find_recall

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))
HEADINGS = ("Hear it", "Predict", "Run", "Investigate", "Modify", "Make", "Recall", "Keep")
CARD = ("The learner can", "Needs", "Minutes", "CPU seconds", "Data")
LEARNER = {path: ROOT / "notebooks" / f"{path.stem}.ipynb" for path in LESSONS}
TEACHER = {path: ROOT / "notebooks" / "solutions" / f"{path.stem}.ipynb" for path in LESSONS}

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[path.stem for path in LESSONS])


def cells(lesson, kind):
    found = jupytext.reads(lesson.read_text(encoding="utf-8"), fmt="py:percent").cells
    return [cell for cell in found if cell.cell_type == kind]


def prose(lesson):
    text = "\n".join(cell.source for cell in cells(lesson, "markdown"))
    return re.sub(r"\]\([^)]*\)|[|*`#>-]", " ", text)


def built(path):
    return nbformat.read(path.open(encoding="utf-8"), as_version=4)


def test_the_first_lessons_are_there():
    assert {"00", "01", "02", "04"} <= {path.stem[:2] for path in LESSONS}


@every_lesson
def test_headings_stand_in_order(lesson):
    text = "\n".join(cell.source for cell in cells(lesson, "markdown"))
    assert re.match(rf"# Lesson {lesson.stem[:2]}: \w", text)
    found = [heading for heading in re.findall(r"^## \d\. ([\w ]+)", text, re.MULTILINE)]
    assert [heading for heading in HEADINGS if heading in found] == list(HEADINGS)
    order = [found.index(heading) for heading in HEADINGS]
    assert order == sorted(order)


@every_lesson
def test_card_is_complete(lesson):
    card = cells(lesson, "markdown")[0].source
    for line in CARD:
        assert line in card
    assert re.search(r"CPU seconds\*\* \| \d+", card)


@every_lesson
def test_size(lesson):
    words = len(prose(lesson).split())
    assert 1_200 <= words <= 2_000
    notebook = built(LEARNER[lesson])
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    lines = [len([line for line in source.splitlines() if line.strip()]) for source in code]
    assert sum(lines) <= 150
    assert max(lines) <= 20


@every_lesson
def test_it_sounds_within_three_cells(lesson):
    notebook = built(LEARNER[lesson])
    assert "Hear it" in notebook.cells[0].source
    assert notebook.cells[1].metadata["tags"] == ["colab"]
    last = ast.parse(notebook.cells[2].source).body[-1]
    assert isinstance(last, ast.Expr), "the third cell shows a piece"


@every_lesson
def test_imports_stand_in_one_cell_and_nothing_is_hidden(lesson):
    importing = 0
    for cell in cells(lesson, "code"):
        tree = ast.parse(cell.source)
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        importing += bool(imports)
        assert not any(name.name == "*" for node in imports for name in node.names)
        assert "sys.path" not in cell.source
        assert not re.search(r"^\s*[%!]", cell.source, re.MULTILINE)
    assert importing == 1


@every_lesson
def test_exercises_are_checked_and_have_solutions(lesson):
    text = lesson.read_text(encoding="utf-8")
    number = int(lesson.stem[:2])
    solved = re.findall(r"# solution (\d+\.\d+)", text)
    checked = re.findall(r'mai\.check\("(\d+\.\d+)"', text)
    assert len(solved) == 3
    assert solved == checked == [f"{number}.{place}" for place in range(1, len(solved) + 1)]
    for exercise in solved:
        assert len(find_exercise(exercise).hints) == 3
        learner = LEARNER[lesson].read_text(encoding="utf-8")
        assert f'raise NotImplementedError(\\"Exercise {exercise}\\")' in learner
    for prediction in re.findall(r'mai\.predict\("(\d+\.\d+)"', text):
        assert len(find_prediction(prediction).choices) >= 3
    assert "mai.predict(" in text
    assert f"mai.recall({number})" in text
    assert len(find_recall(number)) == 5


@every_lesson
def test_several_outputs_are_compared(lesson):
    for path in (LEARNER[lesson], TEACHER[lesson]):
        tagged = [
            cell for cell in built(path).cells
            if "nbval-check-output" in cell.metadata.get("tags", [])
        ]  # fmt: skip
        assert len(tagged) >= 3
        # nbval does not compare a cell that seems not to have been run.
        assert all(cell.outputs and cell.execution_count for cell in tagged)


@every_lesson
def test_solutions_pass_their_checks_and_blanks_do_not(lesson):
    for path, mark in ((TEACHER[lesson], "✔"), (LEARNER[lesson], "✘")):
        texts = [
            cell.outputs[0]["data"]["text/plain"] for cell in built(path).cells
            if cell.cell_type == "code" and cell.source.startswith("mai.check(")
        ]  # fmt: skip
        assert len(texts) >= 2
        assert all(text.startswith(mark) for text in texts)


@every_lesson
def test_built_notebooks_are_lean(lesson):
    for path in (LEARNER[lesson], TEACHER[lesson]):
        assert path.stat().st_size < 60_000
        notebook = built(path)
        nbformat.validate(notebook)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                assert set(data) <= {"text/plain", "text/html"}
                assert not re.search("<(img|svg|iframe|audio|script)", data.get("text/html", ""))


def test_builder_finds_a_changed_notebook(tmp_path):
    """A hand-edited notebook fails the check that `make test` runs first."""
    script = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import build_notebooks as b;"
        "b.NOTEBOOKS = pathlib.Path(sys.argv[2]); b.ROOT = b.NOTEBOOKS.parent; print(b.check())"
    )
    folder = tmp_path / "notebooks"
    (folder / "solutions").mkdir(parents=True)
    for path in [*LEARNER.values(), *TEACHER.values()]:
        target = folder / path.relative_to(ROOT / "notebooks")
        text = path.read_text(encoding="utf-8")
        target.write_text(text.replace("Shift-Enter", "Shift-Return"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT / "tools"), str(folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "notebooks/00_hear_it_in_five_minutes.ipynb" in done.stdout
    assert "notebooks/01" not in done.stdout
