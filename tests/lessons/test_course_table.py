"""The course's table: what is counted, what the lessons take, and whether their cards say so."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.name[:2] for path in (ROOT / "lessons").glob("[0-9][0-9]_*.py"))
BURN = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"


@pytest.fixture(scope="module")
def tools():
    """Give the two tools as modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        yield tuple(map(importlib.import_module, ("course_table", "lesson_seconds")))


@pytest.fixture
def course(tools):
    return tools[0]


@pytest.fixture
def seconds(tools):
    return tools[1]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_card_says_what_was_measured(lesson, course, seconds):
    known = seconds.read()
    took, said = known[lesson]["solution"]["default"]["cpu"], course.card_seconds(lesson)
    assert abs(said - took) <= 0.3 * took, f"the card says {said} s, measured are {took} s"


#: The longest that a learner is to wait for a whole notebook [s]; the tests wait a third of it.
LONGEST = dict(zip(LESSONS, (60, 60, 60, 120, 60, 240, 120, 300, 180, 180, 120, 240, 240, 120),
                   strict=False))  # fmt: skip
LONGEST_NEW = 120  # of a lesson that is added
#: Missed by a second: two solutions that load a network, of which nine seconds are TensorFlow's.
LONGEST_SMOKE = {("00", "solution"): 22, ("02", "solution"): 22}


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("kind", ["student", "solution"])
def test_no_lesson_makes_its_learner_wait_too_long(lesson, kind, seconds):
    took = {profile: run["wall"] for profile, run in seconds.read()[lesson][kind].items()}
    longest = LONGEST.get(lesson, LONGEST_NEW)
    assert took["default"] <= longest
    assert took["smoke"] <= LONGEST_SMOKE.get((lesson, kind), longest / 3)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_is_measured_as_it_is(lesson, seconds):
    """What was measured before a lesson's code was changed says nothing about it."""
    anew = f"measure anew: python tools/course_table.py --measure --only {lesson}"
    assert seconds.changed(lesson, seconds.read().get(lesson)) == [], anew


@pytest.mark.parametrize("kind", ["student", "solution"])
def test_every_lesson_shows_explains_and_sounds(kind, seconds):
    """Two figures at least, one thing to the learner's hand, and sound."""
    for lesson, entry in seconds.read().items():
        shown = entry["shown"][kind]
        assert shown["figures"] >= 2, lesson
        assert shown["interactive"] >= 1, lesson
        assert shown["sounds"] >= 1, lesson


def test_what_was_measured_is_whole(seconds):
    known = seconds.read()
    assert set(known) <= set(LESSONS), "a lesson was measured that is no longer there"
    for lesson, entry in known.items():
        assert 0.01 < entry["calibration"] < 10, lesson
        for kind in seconds.FOLDERS:
            assert {"smoke", "default"} <= set(entry[kind]), lesson
            assert all(run["cpu"] > 0 and run["wall"] > 0 for run in entry[kind].values()), lesson
            assert set(entry["shown"][kind]) == {"figures", "interactive", "sounds"}, lesson


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        ({"text/plain": "3"}, set()),
        ({"image/png": "iVBO", "text/plain": "<Figure>"}, {"figures"}),
        ({"image/svg+xml": "<svg/>"}, {"figures"}),
        ({"text/html": "<p>Words</p>"}, set()),
        ({"text/html": ["<b>x</b>", '<img alt="a score" src="data:">']}, {"figures"}),
        ({"text/html": '<img><img><iframe title="Player. A jig"></iframe>'}, {"figures", "sounds"}),
        ({"text/html": '<iframe title="Magenta player. A jig"></iframe>'}, {"sounds"}),
        ({"text/html": "<audio controls></audio>"}, {"sounds"}),
        ({"text/html": '<iframe title="The curve of temperature">'}, {"interactive"}),
        ({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox()"}, {"interactive"}),
    ],
)
def test_what_an_output_holds(data, kinds, seconds):
    assert seconds.kinds_of(data) == kinds


def output(**data):
    return new_output("display_data", data={kind.replace("_", "/"): v for kind, v in data.items()})


def test_questions_and_stars_are_no_figures(seconds):
    picture = output(image_png="iVBO")
    cells = [
        new_code_cell("draw()\ndraw()", outputs=[picture, picture]),
        new_code_cell("mai.check('0.1', f)", outputs=[output(text_html="<svg></svg>")]),
        new_code_cell("mai.rating_panel(piece)", outputs=[picture]),
        new_code_cell("print(3)", outputs=[new_output("stream", text="3")]),
    ]
    assert seconds.shown(new_notebook(cells=cells)) == {
        "figures": 2, "interactive": 0, "sounds": 0,
    }  # fmt: skip


def test_a_notebook_is_measured_in_a_process_of_its_own(tmp_path, seconds):
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', {!r}], check=True)"
    profile = "import os\nassert os.environ['MELODYAI_PROFILE'] == 'smoke'"
    show = "from IPython.display import HTML\nHTML('<svg></svg>')"
    sources = [profile, BURN.format(0.5), child.format(BURN.format(0.5)), show]
    path = tmp_path / "00_a.ipynb"
    nbformat.write(new_notebook(cells=list(map(new_code_cell, sources))), path)
    found = seconds.run(path, "smoke", tmp_path)
    assert 1.0 <= found["cpu"] < 30  # with what the kernel's child took
    assert found["wall"] > 0.5
    assert 0.01 < found["calibration"] < 10
    assert found["shown"] == {"figures": 1, "interactive": 0, "sounds": 0}


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only there are they adopted")


@needs_linux
def test_what_outlives_the_notebook_is_counted_too(tmp_path, seconds):
    """As a service would whose notebook forgot to stop it, with a worker of its own."""
    worker = f"import time\ntime.sleep(1)\n{BURN.format(0.7)}"
    service = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {worker!r}])"
    command = f"[sys.executable, '-c', {service!r}]"
    source = f"import subprocess, sys\nsubprocess.Popen({command}, start_new_session=True)"
    path, cpu = tmp_path / "00_a.ipynb", {}
    for name, text in (("without", "import subprocess, sys"), ("with", source)):
        nbformat.write(new_notebook(cells=[new_code_cell(text)]), path)
        cpu[name] = seconds.run(path, "smoke", tmp_path)["cpu"]
    assert cpu["with"] >= cpu["without"] + 0.5


@needs_linux
def test_what_does_not_end_is_ended(seconds):
    begin = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    steps = f"seconds.adopt_orphans(); {begin}; seconds.wait_for_orphans(0.2)"
    code = f"import subprocess, sys, lesson_seconds as seconds; {steps}; print('over')"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tools")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.stdout == "over\n", done.stderr


def test_what_a_control_shows_is_counted(tmp_path, seconds):
    look = "def look(n):\n    plt.plot([n])\n    return n, mai.picture('A dot.')\n"
    source = (
        f"import matplotlib.pyplot as plt, melodyai_edu as mai\n{look}mai.explore(look, n=[1, 2])"
    )
    path = tmp_path / "00_a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), path)
    found = seconds.run(path, "smoke", tmp_path)["shown"]
    assert found == {"figures": 1, "interactive": 1, "sounds": 0}


def test_a_notebook_that_stops_is_not_kept(tmp_path, seconds):
    path = tmp_path / "00_a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), path)
    with pytest.raises(SystemExit, match=r"(?s)00_a.ipynb, profile default, stopped:.*division by"):
        seconds.run(path, "default", tmp_path)


def test_the_tests_of_notebooks_write_what_each_took(tmp_path, seconds):
    for folder, burnt in (("notebooks", 0.1), ("notebooks/solutions", 1.5)):
        path = tmp_path / folder / "07_a.ipynb"
        path.parent.mkdir(exist_ok=True)
        cells = [new_code_cell("1 + 1"), new_code_cell(BURN.format(burnt))]
        nbformat.write(new_notebook(cells=cells), path)
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-p", "no:cacheprovider",
        "--rootdir", str(tmp_path), "--nbval-lax", "--nbval-current-env",
        "--junitxml", str(tmp_path / "out.xml"), str(tmp_path / "notebooks"),
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    found = seconds.of_tests(tmp_path / "out.xml")
    assert set(found) == {("07", "student"), ("07", "solution")}
    assert found["07", "solution"] > found["07", "student"] + 0.7


def known_of(*cpus, **more):
    runs = [{"smoke": {"cpu": cpu}} for cpu in cpus]
    return {f"{n:02d}": {"student": run, "solution": run} for n, run in enumerate(runs)} | more


def found_of(*cpus):
    return {
        (f"{n:02d}", kind): cpu for n, cpu in enumerate(cpus) for kind in ("student", "solution")
    }


@pytest.mark.parametrize(
    ("measured", "taken", "speed", "slow"),
    [
        ((10, 20, 40), (10, 20, 40), 1.0, []),
        ((10, 20, 40), (30, 60, 120), 3.0, []),  # a slower machine
        ((10, 20, 40), (10, 20, 51), 1.0, []),  # 30% more of 40 are 52
        ((10, 20, 40), (10, 20, 53), 1.0, ["lesson 02, solution: 53 s"]),
        ((10, 20, 40), (19, 20, 40), 1.0, []),  # 10 s are always granted
        ((10, 20, 40), (21, 20, 40), 1.0, ["lesson 00, solution: 21 s"]),
        ((10, 20, 40, 50, 50), (20, 10, 20, 25, 25), 0.5, ["lesson 00, solution: 40 s"]),
        ((10, 20, 40), (1, 20, 40), 1.0, []),  # who gets quicker breaks no promise
        ((10, 20), (10, 900), 1.0, []),  # too few to know the machine
    ],
)
def test_who_became_slow_is_found_on_any_machine(measured, taken, speed, slow, seconds):
    found_speed, sentences = seconds.compare(known_of(*measured), found_of(*taken))
    assert found_speed == pytest.approx(speed)
    assert len(sentences) == 2 * len(slow)  # both notebooks of the lesson
    assert all(sentences[0].startswith(said) for said in slow)


def test_what_a_first_run_compiles_is_granted(seconds):
    known = known_of(10, 20, 40)
    known["02"]["solution"] = {"smoke": {"cpu": 40}, "smoke_first": {"cpu": 80}}
    found = found_of(10, 20, 40) | {("02", "solution"): 100}
    assert seconds.compare(known, found) == (1.0, [])


def report(path, *places):
    cases = "".join(
        '<testcase classname="x" name="y"><properties><property name="notebook_cpu_seconds" '
        f'value="notebooks/{place}"/></properties></testcase>'
        for place in places
    )
    path.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return path


@pytest.fixture
def course_of_five(tmp_path, seconds, monkeypatch):
    """Five lessons of one cell each, and an empty file for what they take."""
    folders = {"student": tmp_path / "notebooks", "solution": tmp_path / "notebooks/solutions"}
    monkeypatch.setattr(seconds, "FOLDERS", folders)
    monkeypatch.setattr(seconds, "SECONDS", tmp_path / "seconds.json")
    monkeypatch.setattr(seconds, "lessons", lambda: [f"0{n}" for n in range(5)])
    for folder in folders.values():
        folder.mkdir()
        for lesson in seconds.lessons():
            write(folder / f"{lesson}_a.ipynb", "1 + 1")


def write(path, *sources):
    nbformat.write(new_notebook(cells=list(map(new_code_cell, sources))), path)


MEASURED = {"default": {"cpu": 1}}


def with_code(seconds, known):
    """Say of each lesson that it was measured as it is."""
    code = {
        lesson: {kind: seconds.code_of(seconds.notebook_of(lesson, kind)) for kind in known[lesson]}
        for lesson in known
    }
    return {lesson: entry | {"code": code[lesson]} for lesson, entry in known.items()}


def test_only_code_counts_as_a_change(tmp_path, seconds):
    path = tmp_path / "00_a.ipynb"
    write(path, "a = 1\nb = 2", "a + b")
    code = seconds.code_of(path)
    assert len(code) == 12
    book = nbformat.read(path, as_version=4)
    book.cells[0].source = "\na = 1\nb = 2  \n"
    book.cells[1].outputs = [new_output("stream", text="3")]
    colab = new_code_cell("%pip install x", metadata={"tags": ["colab"]})
    book.cells[:0] = [new_markdown_cell("# A lesson"), colab]
    nbformat.write(book, path)
    assert seconds.code_of(path) == code
    for other in (("a = 1\nb = 3", "a + b"), ("a = 1", "b = 2\na + b"), ("a = 1\nb = 2a + b",)):
        write(path, *other)
        assert seconds.code_of(path) != code


def test_who_was_changed_is_measured_anew(course_of_five, course, seconds, monkeypatch, capsys):
    measured = []

    def run(lesson):
        measured.append(lesson)
        return with_code(seconds, {lesson: dict.fromkeys(seconds.FOLDERS, MEASURED)})[lesson]

    monkeypatch.setattr(seconds, "measure", run)
    course.measure(["03"])
    course.measure()
    assert measured == ["03", "00", "01", "02", "04"]
    course.measure()
    assert "every lesson is measured as it is now" in capsys.readouterr().out
    write(seconds.notebook_of("02", "solution"), "1 + 2")
    entry = seconds.read()
    del entry["04"]["code"]["student"]  # as one of old
    seconds.keep("04", entry["04"])
    assert [seconds.changed(lesson, entry[lesson]) for lesson in ("02", "04")] == [
        ["solution"], ["student"],
    ]  # fmt: skip
    assert list(seconds.current(entry)) == ["00", "01", "03"]
    measured.clear()
    course.measure()
    assert measured == ["02", "04"]
    measured.clear()
    course.measure(["01", "04"])
    assert measured == ["01", "04"]


def test_what_was_measured_before_an_interruption_is_kept(
    course_of_five, course, seconds, monkeypatch
):
    def stop_at_two(lesson):
        if lesson == "02":
            raise KeyboardInterrupt
        return with_code(seconds, {lesson: dict.fromkeys(seconds.FOLDERS, MEASURED)})[lesson]

    monkeypatch.setattr(seconds, "measure", stop_at_two)
    with pytest.raises(KeyboardInterrupt):
        course.measure()
    assert course.chosen(()) == ["02", "03", "04"]


def test_a_lesson_is_measured_with_its_code(course_of_five, seconds, monkeypatch):
    ran = {"cpu": 1.0, "wall": 1.0, "calibration": 0.05, "shown": {"figures": 1}}
    monkeypatch.setattr(seconds, "run", lambda *_: ran)
    assert seconds.changed("00", seconds.measure("00")) == []


def test_a_slow_lesson_ends_the_tests(
    tmp_path, course_of_five, course, seconds, monkeypatch, capsys
):
    known = with_code(seconds, known_of(10, 10, 10, 10, 10))
    seconds.SECONDS.write_text(json.dumps(known))
    quick = [f"0{n}_a.ipynb {10 + n}.0" for n in range(5)]
    course.judge(report(tmp_path / "a.xml", *quick))
    assert (
        "5 of 5 notebooks were measured before; here they take 1.20 times"
        in capsys.readouterr().out
    )
    slow = report(tmp_path / "b.xml", *quick, "solutions/03_a.ipynb 99.0")
    with pytest.raises(
        SystemExit, match="lesson 03, solution: 79 s of processor time in the smoke"
    ):
        course.judge(slow)
    write(seconds.notebook_of("03", "solution"), "1 + 2")  # nobody knows how long it should take
    course.judge(slow)
    assert "4 of 6 notebooks were measured before, too few to" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="there is no such report; pytest writes it with"):
        course.judge(tmp_path / "c.xml")


def test_what_was_measured_is_kept_beside_the_rest(tmp_path, seconds, monkeypatch):
    monkeypatch.setattr(seconds, "SECONDS", tmp_path / "seconds.json")
    assert seconds.read() == {}
    seconds.keep("01", {"calibration": 1})
    seconds.keep("00", {"calibration": 2})
    assert seconds.read() == {"00": {"calibration": 2}, "01": {"calibration": 1}}


def test_the_table_has_every_lesson(course, seconds):
    known = {"04": {"shown": {"solution": {"figures": 6, "interactive": 1}},
                    "student": {"default": {"cpu": 11.6}},
                    "solution": {"default": {"cpu": 12.4}}}}  # fmt: skip
    known["04"]["code"] = {
        kind: seconds.code_of(seconds.notebook_of("04", kind)) for kind in seconds.FOLDERS
    }
    lines = course.table(known).splitlines()
    assert lines[0].startswith("| lesson | words | lines | checks | predictions | recall | figures")
    assert [line[2:4] for line in lines[2 : 2 + len(LESSONS)]] == LESSONS
    assert lines[6].endswith(" | 5 | 6 | 1 | 12 | 12 |")
    assert lines[2].endswith(" | 5 | - | - | - | - |")
    assert lines[-1].startswith("Not measured as they are now: 00, 01, 02, 03, 05")
    known["04"]["code"]["student"] = "of another notebook"
    assert course.table(known).splitlines()[6].endswith(" | 5 | - | - | - | - |")


def test_an_unknown_lesson_is_refused(course):
    with pytest.raises(SystemExit, match="--only=99 must be how a lesson's number begins"):
        course.measure(["04", "99"])
