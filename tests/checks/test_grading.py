"""Grading judges what a student's functions do, and survives whatever a notebook does."""

import collections
import csv
import json
import os
import pickle
import re
import socket
import tempfile
from pathlib import Path

import numpy as np
import pytest

from melodyai_edu.checks.exercise import find_exercise
from melodyai_edu.checks.grading import grade_notebook
from melodyai_edu.checks.grading_limits import Limits, Walls, best_walls
from melodyai_edu.checks.grading_notebook import ANSWERS, read_notebook
from melodyai_edu.checks.grading_run import grade_folder
from melodyai_edu.checks.grading_values import pack_answer, unpack_answer
from melodyai_edu.cli import main
from melodyai_edu.errors import InputError, MelodyAIError, ParameterError

ROOT = Path(__file__).parents[2]
QUICK = Limits(seconds=60, cell_seconds=20)
walled = pytest.mark.skipif(bool(best_walls().missing), reason="this system has no namespaces")

IMPORTS = "import math\nimport melodyai_edu as mai"
BITS = "def mean_bits(probabilities):\n    return sum(-math.log2(p) for p in probabilities) / {}"
RIGHT, WRONG = BITS.format("len(probabilities)"), BITS.format("1")
BLANK = 'def mean_bits(probabilities):\n    raise NotImplementedError("Exercise 4.1")'
CHECK = 'mai.check("4.1", mean_bits)'


def write(file, *sources, lesson="04", outputs=()):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": f"# Lesson {lesson}: A title"}]
    cells += [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": list(outputs)}
        for source in sources
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    file.write_text(json.dumps(book), encoding="utf-8")
    return file


@pytest.fixture
def grade(tmp_path):
    def run(*sources, limits=QUICK, walls=None, **more):
        file = write(tmp_path / "her own name.ipynb", *sources, **more)
        return grade_notebook(file, limits, walls=walls)

    return run


def states(found):
    return {number: verdict.state for number, verdict in found.verdicts.items()}


def test_right_wrong_and_blank(grade):
    found = grade(
        IMPORTS,
        RIGHT,
        CHECK,
        "def with_temperature(probabilities, temperature):\n    return probabilities",
        'mai.check("4.2", with_temperature)',
        'def longest_run(piece, tunes):\n    raise NotImplementedError("Exercise 4.3")',
        'mai.check("4.3", longest_run)',
    )
    assert states(found) == {"4.1": "passed", "4.2": "failed", "4.3": "blank"}
    assert "at 0.5 the likeliest note has 0.70" in found.verdicts["4.2"].said
    assert (found.lesson, found.passed, found.ended) == (4, 1, "")
    assert not found.tampered
    assert not found.errors


def test_a_cheat_is_judged_like_everybody_and_named(grade):
    tick = {"output_type": "stream", "name": "stdout", "text": "✔ Exercise 4.1: in coins"}
    found = grade(
        IMPORTS,
        "import melodyai_edu.checks.faces as faces, melodyai_edu.checks.exercise as inner\n"
        "mai.check = lambda *_: '✔'\nfaces.check = mai.check\n"
        "inner.find_exercise = faces.find_exercise = lambda number: None\n"
        "import melodyai_edu.checks.lesson_04 as lesson\n"
        "for one in lesson.EXERCISES.values():\n"
        "    object.__setattr__(one, 'test', lambda answer: None)",
        "import os, pathlib\n"
        "pathlib.Path(os.environ['MELODYAI_HOME'], 'progress.json').write_text('{}')",
        WRONG,
        CHECK,
        "print('✔ Exercise 4.1: in coins')",
        outputs=[tick],
    )
    assert found.verdicts["4.1"].state == "failed"
    assert "a fair coin at each note is one bit" in found.verdicts["4.1"].said
    said = "; ".join(found.tampered)
    assert "cell 2 assigns to mai.check" in said
    assert "melodyai_edu.checks.exercise.find_exercise was replaced" in said
    assert "exercise 4.1 was replaced" in said
    assert "progress.json" in said
    assert found.remarks == ["shows ✔ for 4.1, not passed here"]


def test_a_check_that_is_gone_or_has_another_number(grade):
    found = grade(
        IMPORTS,
        RIGHT,
        CHECK,
        "def longest_run(piece, tunes):\n    return 3",
        'mai.check("4.1", mean_bits)  # it was 4.3',
        'mai.check("5.2", len)',
    )
    assert states(found) == {"4.1": "passed", "4.2": "failed", "4.3": "failed"}
    assert "for [5, 6] and [[6, 5]] you find 3 notes" in found.verdicts["4.3"].said
    assert "NameError" in found.verdicts["4.2"].said
    assert found.tampered == [
        "the check of exercise 4.2 is missing",
        "the check of exercise 4.3 is missing",
        "cell 6 checks 5.2, which is not of this lesson",
    ]


def test_errors_are_named_and_the_notebook_goes_on(grade):
    found = grade(IMPORTS, "1 / 0", "def broken(:", RIGHT, CHECK)
    assert [error[:25] for error in found.errors] == [
        "cell 2: ZeroDivisionError",
        "cell 3: SyntaxError: inva",
    ]
    assert found.verdicts["4.1"].state == "passed"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("def f(a, b):\n    return [][3]", "your code stopped in line 2 of its cell with Index"),
        ("def f(a, b):\n    a == b", "what you give back cannot be used (TypeError: "),
        ("def f():\n    return 1", "your function cannot be called as the exercise says"),
        ("f = 0.5", "you handed over 0.5, and a function is wanted"),
        ("", "your code stopped with NameError: name 'f' is not defined"),
    ],
)
def test_a_stop_is_worded_as_in_the_notebook(grade, answer, said):
    verdict = grade(IMPORTS, answer, 'mai.check("8.3", f)', lesson="08").verdicts["8.3"]
    assert verdict.state == "failed"
    assert verdict.said.startswith(said)


def test_an_endless_cell_is_stopped_and_the_notebook_goes_on(grade):
    found = grade(
        IMPORTS, "while True: pass", RIGHT, CHECK, limits=Limits(seconds=60, cell_seconds=2)
    )
    assert found.errors == ["cell 2: TimeIsUp: stopped after 2 seconds"]
    assert found.verdicts["4.1"].state == "passed"


DEAF = "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"
BOMB = "import os, time\nwhile True:\n    if not os.fork(): time.sleep(600)"


@pytest.mark.parametrize(
    ("source", "limits", "ended"),
    [
        (DEAF, Limits(seconds=60, cell_seconds=1), "cell: a cell took longer than 1 seconds"),
        (DEAF, Limits(seconds=6, cell_seconds=60), "time: it took longer than 6 seconds"),
        ("while True: print('flood' * 1000)", Limits(output=500_000), "output: it printed more"),
        ("import os; os._exit(0)", QUICK, "died: its Python process ended"),
        (BOMB, Limits(processes=30), "processes: it started more than 30 processes"),
        (
            "import os\nfor fd in range(3, 50):\n    try: os.write(fd, b'x' * 99)\n"
            "    except OSError: pass",
            QUICK,
            "nonsense: ",
        ),
    ],
)  # fmt: skip
def test_a_hostile_notebook_is_a_row(grade, source, limits, ended, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = grade(IMPORTS, RIGHT, CHECK, source, "mai.check('4.2', len)", limits=limits)
    assert found.ended.startswith(ended), found
    assert states(found) == {"4.1": "passed", "4.2": "not run", "4.3": "not run"}
    assert [left.name for left in tmp_path.iterdir()] == ["her own name.ipynb"]


def test_too_much_memory(grade):
    hog = "heap = []\nwhile True: heap.append(bytearray(50_000_000))"
    found = grade(IMPORTS, hog, limits=Limits(memory=800_000_000, seconds=60))
    assert "MemoryError" in "".join(found.errors) or found.ended.startswith("memory"), found


@walled
def test_the_walls(grade, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    outside = tmp_path / "outside.txt"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = grade(
            IMPORTS,
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
            f"open({str(outside)!r}, 'w')",
            "import os; os.environ['AWS_SECRET_ACCESS_KEY']",
            f"import os; os.kill({os.getpid()}, 0)",
            "import subprocess; subprocess.run(['mount', '-o', 'remount,rw', '/'], check=True)",
            "open('here.txt', 'w').write('fine'); assert not os.listdir(os.path.expanduser('~'))"
            " or os.path.expanduser('~') != '/root'",
        )
    kinds = [error.split(": ")[1] for error in found.errors]
    assert kinds == [
        "ConnectionRefusedError", "OSError", "KeyError", "ProcessLookupError", "CalledProcessError"
    ]  # fmt: skip
    assert not outside.exists()
    assert not found.remarks


def test_without_walls_it_runs_as_well(grade):
    found = grade(IMPORTS, RIGHT, CHECK, walls=Walls((), "everything"))
    assert found.verdicts["4.1"].state == "passed"


STEP_BACK = """
class StepBack(mai.Rule):
    name = "step_back"
    start = False
    def step(self, memory, previous, pitch, slot):
        move = 0 if previous is None else pitch - previous
        if memory and move not in (-1, -2):
            return FORBIDDEN
        return move >= 5
"""
LEAKS = """
def leaks(listen, notes):
    for place in range(len(notes)):
        other = notes.copy()
        other[place] += 1
        if not np.allclose(listen(notes)[:place], listen(other)[:place]):
            return True
    return False
"""
SPOILT = """
def guided_chances(own, other, guidance):
    own -= other
    chances = np.exp(other + guidance * own)
    return chances / chances.sum()
"""


@pytest.mark.parametrize(
    ("lesson", "source", "number", "name", "said"),
    [
        ("02", STEP_BACK, "2.2", "StepBack", ""),
        ("02", STEP_BACK.replace("-1, -2", "0, -1, -2"), "2.2", "StepBack", "a repeated note"),
        ("07", LEAKS, "7.2", "leaks", ""),
        ("07", LEAKS.replace("notes.copy()", "notes"), "7.2", "leaks", "you have changed the tune"),
        ("11", SPOILT, "11.1", "guided_chances", "you have changed what the network said"),
    ],
)
def test_rules_functions_and_arrays_cross_the_pipe(grade, lesson, source, number, name, said):
    imports = f"{IMPORTS}\nimport numpy as np\nfrom melodyai_edu.constraints import FORBIDDEN"
    found = grade(imports, source, f'mai.check("{number}", {name})', lesson=lesson)
    verdict = found.verdicts[number]
    assert verdict.state == ("failed" if said else "passed"), verdict
    assert said in verdict.said


@pytest.mark.slow
def test_a_piece_is_composed_again_here(grade):
    reel = (
        "def my_reel():\n    return mai.compose(genre='reel', key='D major', bars=8, model='ngram')"
    )
    found = grade(IMPORTS, reel, 'mai.check("0.1", my_reel)', lesson="00")
    assert found.verdicts["0.1"].state == "passed", found


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "unreadable: "),
        (b"\xff\xfe\x00", "unreadable: "),
        (b"", "unreadable: it is empty"),
        (b"[1, 2]", "unreadable: it is no notebook"),
        (b'{"cells": []}', "unreadable: it is no lesson of this course"),
        (b'{"cells": [{"cell_type": "code", "source": 3}, 7]}', "unreadable: it is no lesson"),
        (b"[" * 100_000, "unreadable: "),
    ],
)
def test_what_is_no_lesson(tmp_path, data, said):
    file = tmp_path / "odd.ipynb"
    file.write_bytes(data)
    assert grade_notebook(file).ended.startswith(said)


def test_a_huge_file_and_a_pipe(tmp_path):
    huge, pipe = tmp_path / "huge.ipynb", tmp_path / "pipe.ipynb"
    with huge.open("wb") as opened:
        opened.truncate(10**10)
    os.mkfifo(pipe)
    assert "the limit is 50,000,000" in grade_notebook(huge).ended
    assert grade_notebook(pipe).ended.startswith("unreadable: ")


def test_a_lesson_is_known_by_its_checks_alone(tmp_path):
    notebook, _ = read_notebook(write(tmp_path / "a.ipynb", CHECK, "%pip list", lesson="99"))
    assert (notebook.lesson, notebook.checks) == (4, ((1, "4.1", "mean_bits"),))


def test_names_of_answers_are_those_of_the_lessons():
    for lesson in sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py")):
        found = re.findall(r'mai\.check\("(\d+)\.\d+", (\w+)\)', lesson.read_text(encoding="utf-8"))
        assert ANSWERS[found[0][0]].split() == [name for _, name in found]


def test_a_folder_becomes_a_table_and_is_gone_on_with(tmp_path, capsys):
    folder, table = tmp_path / "class", tmp_path / "grades.csv"
    for name in ("ann", "=ben", ".hidden"):
        (folder / name).mkdir(parents=True)
    write(folder / "ann" / "x.ipynb", IMPORTS, RIGHT, CHECK)
    write(folder / "=ben" / "y.ipynb", IMPORTS, BLANK, CHECK)
    (folder / ".hidden" / "z.ipynb").write_text("{")
    (folder / "torn.ipynb").write_text("{")
    asked = ["grade", str(folder), "--out", str(table)]
    assert main(asked) == 0
    assert "3 notebooks, 0 of them graded before; 1 did not run" in capsys.readouterr().out
    rows = {row["student"]: row for row in read(table)}
    assert set(rows) == {"ann", "'=ben", "torn"}
    assert (rows["ann"]["lesson"], rows["ann"]["passed"]) == ("04", "1")
    assert rows["'=ben"]["exercise_1"] == "blank"
    assert rows["torn"]["ended"].startswith("unreadable: ")

    write(folder / "=ben" / "y.ipynb", IMPORTS, RIGHT, CHECK)
    assert main(asked) == 0
    assert "3 notebooks, 2 of them graded before" in capsys.readouterr().out
    assert [row["passed"] for row in read(table)] == ["1", "1", "0"]
    assert main(asked) == 0
    assert "3 notebooks, 3 of them graded before" in capsys.readouterr().out


def read(table):
    with table.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_stopped_run_keeps_what_it_has(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.ipynb").write_text("{")
    table = tmp_path / "grades.csv"

    def stopped(files):
        yield files[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_folder(tmp_path, table, progress=stopped)
    assert [row["file"] for row in read(table)] == ["a.ipynb"]
    report = grade_folder(tmp_path, table)
    assert (len(report.rows), report.kept) == (2, 1)


def test_what_cannot_be_graded(tmp_path, capsys):
    assert main(["grade", str(tmp_path / "nowhere")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert main(["grade", str(tmp_path)]) == 2
    assert "holds no notebook" in capsys.readouterr().err
    write(tmp_path / "a.ipynb", CHECK)
    (tmp_path / "marks.csv").write_text("name,mark\nann,1\n")
    assert main(["grade", str(tmp_path), "--out", str(tmp_path / "marks.csv")]) == 2
    assert "is no table of grades" in capsys.readouterr().err
    assert main(["grade", str(tmp_path), "--seconds", "0"]) == 2
    assert "seconds=0.0 must be above 0" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="memory=-1 must be above 0"):
        Limits(memory=-1)


def test_what_an_answer_may_be_made_of():
    pair = collections.namedtuple("pair", "low high")
    scores = collections.defaultdict(lambda: 0, {"train": 2})
    answers = (collections.Counter("aab"), scores, pair(1, 2), (n for n in "ab"), {1: 2}.values())
    kept = [unpack_answer(pack_answer(each)) for each in answers]
    assert kept == [{"a": 2, "b": 1}, {"train": 2}, (1, 2), ["a", "b"], [2]]
    assert type(unpack_answer(pack_answer(np.bool_(True)))) is np.bool_
    assert unpack_answer(pack_answer(True)) is True
    assert unpack_answer(pack_answer([np.arange(6).reshape(2, 3)]))[0].shape == (2, 3)


class _Evil:
    def __reduce__(self):
        return os.system, ("true",)


def test_an_answer_names_no_code():
    with pytest.raises(pickle.UnpicklingError, match=r"it holds a posix\.system"):
        unpack_answer(pickle.dumps(_Evil()))
    bomb = [1]
    for _ in range(30):
        bomb = [bomb] * 10
    with pytest.raises(pickle.UnpicklingError, match="too large or nested"):
        unpack_answer(pickle.dumps(bomb))
    made = find_exercise("4.1")
    with pytest.raises((pickle.UnpicklingError, AttributeError, TypeError)):
        unpack_answer(pickle.dumps(made))
    with pytest.raises((InputError, MelodyAIError, pickle.UnpicklingError)):
        unpack_answer(_forged_piece())


def _forged_piece():
    import types

    piece = types.SimpleNamespace(provenance={"request": {"bars": 8}, "edits": []})
    return pack_answer(type("Composition", (), {"provenance": piece.provenance})())
