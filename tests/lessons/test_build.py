"""Lessons become notebooks: what is kept, what is executed again, where links lead."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
LESSON = """\
# %% [markdown]
# # Lesson 99: One
#
# {words} See [music](../docs/reading_music.md) and [lesson 98](98_zero.ipynb).

# %% tags=["nbval-check-output"]
{code}
"""


@pytest.fixture
def builder(monkeypatch):
    """The tool, as a module of its own."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    import build_notebooks

    return build_notebooks


@pytest.fixture
def lesson(tmp_path):
    """Write a lesson of one cell."""

    def lesson(words="Words.", code="print(6 * 7)"):
        path = tmp_path / "99_one.py"
        path.write_text(LESSON.format(words=words, code=code), encoding="utf-8")
        return path

    return lesson


def written(builder, lesson, path):
    """Build a notebook whose outputs are known, without executing anything."""
    book = builder.build(lesson, is_solution=False)
    book.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="forty-two\n")]
    book.cells[-1].execution_count = 2
    nbformat.write(book, path)


def test_on_colab_too_a_learner_finds_the_two_pages(builder, lesson):
    card = builder.build(lesson(), is_solution=True).cells[0].source.partition("\n")[0]
    home = f"https://github.com/{builder.repository()}"
    links = re.findall(rf"\]\({home}/(?:blob|tree)/main/([^)]*)\)", card)
    assert links == ["docs/reading_python.md", "docs/reading_music.md", "notebooks/solutions"]
    assert all((ROOT / link).exists() for link in links)


def test_outputs_are_kept_where_only_words_changed(builder, lesson, tmp_path):
    path = tmp_path / "99_one.ipynb"
    written(builder, lesson(), path)
    longer = "More words.\n#\n# %% [markdown]\n# And a cell of words."
    assert builder.rewrite(path, builder.build(lesson(longer), is_solution=False))
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert "More words." in book.cells[0].source
    assert "And a cell of words." in book.cells[2].source
    assert book.cells[-1].outputs[0].text == "forty-two\n"
    assert book.cells[-1].execution_count == 2
    assert builder.without_outputs(book) == builder.build(lesson(longer), is_solution=False)


@pytest.mark.parametrize("change", ["code", "tag", "missing"])
def test_changed_code_is_never_given_old_outputs(builder, lesson, tmp_path, change):
    path = tmp_path / "99_one.ipynb"
    written(builder, lesson(), path)
    before = path.read_bytes()
    book = builder.build(lesson(code="print(6 * 8)" if change == "code" else "print(6 * 7)"), False)
    if change == "tag":
        book.cells[-1].metadata.pop("tags")
    if change == "missing":
        path = tmp_path / "98_zero.ipynb"
    assert not builder.rewrite(path, book)
    assert change == "missing" or path.read_bytes() == before


def test_links_of_solutions_lead_out_of_their_folder(builder, lesson):
    learner, teacher = (
        builder.build(lesson(), is_solution=is_solution).cells[0].source
        for is_solution in (False, True)
    )
    assert "[music](../docs/reading_music.md)" in learner
    assert "[music](../../docs/reading_music.md)" in teacher
    assert learner.count("98_zero.ipynb") == teacher.count("98_zero.ipynb") == 1


def test_links_of_all_built_notebooks_exist():
    for path in [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("notebooks/solutions/*.ipynb")]:
        cells = nbformat.read(path, as_version=4).cells
        words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        for target in re.findall(r"\]\((?!http)([^)#]+)", words):
            assert (path.parent / target).is_file(), f"{path.name} points to {target}"


def test_command_executes_nothing_for_unchanged_code(tmp_path):
    """Rebuild a copy of the first lesson's notebooks: in a second or two, and byte for byte."""
    script = (
        "import pathlib, sys; sys.path.insert(0, sys.argv.pop(1)); import build_notebooks as b;"
        "b.NOTEBOOKS = pathlib.Path(sys.argv.pop(1)); b.main()"
    )
    names = ("00_hear_it_in_five_minutes.ipynb", "solutions/00_hear_it_in_five_minutes.ipynb")
    (tmp_path / "solutions").mkdir()
    for name in names:
        shutil.copy(ROOT / "notebooks" / name, tmp_path / name)
    command = [sys.executable, "-c", script, str(ROOT / "tools"), str(tmp_path)]
    subprocess.run([*command, "--keep-outputs", "--only", "00"], check=True, timeout=60)
    for name in names:
        assert (tmp_path / name).read_bytes() == (ROOT / "notebooks" / name).read_bytes()
