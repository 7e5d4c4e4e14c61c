"""What a lesson does with `FULL = True`: its own cells, with real training made small.

A full run takes a GPU many minutes, so nobody would see a wrong name or argument in it. Here the
cells of the solutions run with ``FULL = True`` in the smoke profile. They call the real training
and the real drawing, only with one tune, a tiny network, one step, and few pieces.
"""

import ast
import inspect
import json
import re
from pathlib import Path
from symtable import symtable

import matplotlib.pyplot as plt
import pytest

from melodyai_edu import training
from melodyai_edu.checks import lesson_11_wishes
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.models.presets import sizes_of
from melodyai_edu.training.run import RECIPES

SOLUTIONS = Path(__file__).parents[2] / "notebooks" / "solutions"
#: What each lesson trains in full: kind, preset and network.
TRAINED = {
    "05": [("melody", "small", "lstm")],
    "07": [("melody", "small", "transformer"), ("melody", "small", "lstm")],
    "08": [("rhythm", "small", "transformer")],
    "11": [],
}
SWITCH = re.compile(r"^FULL = False\b", re.MULTILINE)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("keras")]


def cells_of(lesson):
    """Give the code of a lesson's solution, without what only Colab needs."""
    (path,) = SOLUTIONS.glob(f"{lesson}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return [
        "".join(cell["source"]) for cell in code if "colab" not in cell["metadata"].get("tags", [])
    ]


def names(cell):
    """Give the names that a cell makes, and those that it takes from the cells before it."""
    makes, takes = set(), set()
    for statement in ast.parse(cell).body:
        table = symtable(ast.unparse(statement), "cell", "exec")
        takes |= referred(table) - makes
        makes |= {
            name.get_name()
            for name in table.get_symbols()
            if name.is_assigned() or name.is_imported() or name.is_namespace()
        }
    return makes, takes


def referred(table):
    """Give the global names that are referred to, also inside of functions."""
    is_top = table.get_type() == "module"
    own = {
        name.get_name()
        for name in table.get_symbols()
        if name.is_referenced() and (is_top or name.is_global())
    }
    return own.union(*map(referred, table.get_children()))


def full_cells(cells):
    """Choose the cells that ask for FULL, one that takes what they make, and what these need."""
    asking = [place for place, cell in enumerate(cells) if re.search(r"\bFULL\b", cell)]
    made, _ = names(cells[asking[-1]])
    following = range(asking[-1] + 1, len(cells))
    chosen = {*asking, next(place for place in following if made & names(cells[place])[1])}
    needed = set()
    for place in range(max(chosen), -1, -1):
        makes, takes = names(cells[place])
        if place in chosen or makes & needed:
            chosen.add(place)
            needed = needed - makes | takes
    return [cells[place] for place in sorted(chosen)]


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """Train something tiny on one tune, for one step, and note what was to be trained."""
    monkeypatch.setenv("MELODYAI_PROFILE", "smoke")
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    real, asked = training.fit, []

    def fit(*values, **named):
        given = inspect.signature(real).bind(*values, **named)
        given.apply_defaults()
        wanted = given.arguments
        sizes = sizes_of(wanted["kind"], wanted["preset"], wanted["network"])
        assert (wanted["preset"], sizes.network) in RECIPES
        asked.append((wanted["kind"], wanted["preset"], wanted["network"]))
        tunes = [
            t for one in wanted["data"] for t in ([one] if isinstance(one, Tune) else load(one))
        ]
        wanted["data"] = [
            next(tune for tune in tunes if tune.split == split) for split in ("train", "valid")
        ]
        wanted["preset"], wanted["recipe"] = "tiny", {**wanted["recipe"], "epochs": 1}
        return real(*given.args, **given.kwargs)

    class Trainer(training.Trainer):
        def __init__(self, sizes, train, valid, *more, **named):
            super().__init__(sizes, train[:1], valid[:1], *more, **named)

    monkeypatch.setattr(training, "fit", fit)
    monkeypatch.setattr(training, "Trainer", Trainer)
    return asked


@pytest.fixture
def drawn(monkeypatch):
    """Draw two pieces where many are wished for, and note how many that were."""
    real, counts = lesson_11_wishes.ask_for, []

    def ask_for(network, asked, **more):
        counts.append(len(asked))
        return real(network, asked[:2], **more)

    monkeypatch.setattr(lesson_11_wishes, "ask_for", ask_for)
    return counts


def test_these_lessons_can_be_run_in_full():
    lessons = sorted(path.name[:2] for path in SOLUTIONS.glob("*.ipynb"))
    found = [lesson for lesson in lessons if any(map(SWITCH.search, cells_of(lesson)))]
    assert found == list(TRAINED)


@pytest.mark.parametrize("lesson", TRAINED)
def test_a_lesson_runs_in_full(lesson, trained, drawn):
    cells = full_cells(cells_of(lesson))
    code, switches = SWITCH.subn("FULL = True", "\n\n".join(cells))
    assert switches == 1
    exec(compile(code, f"lesson {lesson}", "exec"), {"__name__": "__main__"})
    plt.close("all")
    assert trained == TRAINED[lesson]
    assert set(drawn) == ({200} if lesson == "11" else set())
