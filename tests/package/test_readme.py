"""Every command in the README is run, as it stands there."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from melodyai_edu.io.lock import lock_beside

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
TUNE = "X:1\nT:Mine\nM:6/8\nL:1/8\nK:G\nGAB d2B|AGA BGE|GAB d2B|AGF G3|\n"


def commands(language):
    lines = [line for name, text in BLOCKS if name == language for line in text.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.strip()]


@pytest.fixture
def environment(tmp_path):
    """Run with the tests' own Python in front and the user's data in a fresh folder."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "MELODYAI_HOME": str(tmp_path / "home")}


def run(command, environment, folder, seconds=540):
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True,
        timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def serves_lesson(command, environment, folder, seconds=240):
    """Start JupyterLab, wait until it names lesson 00, and stop it."""
    process = subprocess.Popen(
        command, shell=True, cwd=folder, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said = []
    try:
        end = time.monotonic() + seconds
        for line in process.stdout:
            said.append(line)
            if "http://127.0.0.1" in line or "http://localhost" in line:
                return "00_" in line or any("00_" in text for text in said)
            if time.monotonic() > end:
                break
        pytest.fail("".join(said)[-2000:])
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


KNOWN_BASH = {
    "make lab", "make test", "make compose", "make course", "make lessons", "make docs",
    "make site",    "make bench", "make lint",
    ".venv/bin/melodyai data add mine path/to/a/folder", ".venv/bin/melodyai data list",
    ".venv/bin/melodyai data build", ".venv/bin/melodyai compose --help",
    ".venv/bin/melodyai rules",
    ".venv/bin/melodyai train melody --preset tiny --network lstm --data chorales --epochs 2",
    ".venv/bin/melodyai evaluate my-melody-tiny-lstm --data chorales --tunes 10 --pieces 8 "
    "--out out/report",
    ".venv/bin/melodyai data export chorales --csv out/chorales.csv",
    ".venv/bin/melodyai harmonise out/piece.musicxml --seed 1 --out out/voices.musicxml",
    ".venv/bin/melodyai harmonise out/piece.musicxml --style folk --seed 1 --out out/chords.mid",
    ".venv/bin/melodyai feedback list",
    ".venv/bin/melodyai feedback dashboard --out out/dashboard.png",
    "conda env create -f environment.yml", "conda activate melodyai", "melodyai lab",
}  # fmt: skip


def test_no_command_is_without_a_test():
    rest = [line for line in commands("bash") if line not in KNOWN_BASH]
    assert all(line.startswith(".venv/bin/melodyai compose --genre") for line in rest), rest
    assert len(commands("powershell")) == 3
    assert {language for language, _ in BLOCKS} == {"bash", "python", "powershell"}


@pytest.mark.slow
@pytest.mark.xdist_group("repository")
def test_make_lab_opens_lesson_00(environment):
    assert serves_lesson("make lab OPEN=--no-browser", environment, ROOT)


def test_make_test_is_this_run(environment):
    recipe = run("make -n -B test", environment, ROOT)
    for step in ("ruff check", "mypy", "build_notebooks.py --check", "pytest -n", "--nbval-lax"):
        assert step in recipe


@pytest.mark.slow
@pytest.mark.xdist_group("repository")
@pytest.mark.parametrize("command", ["make compose", "make course", "make docs", "make lint"])
def test_make(command, environment):
    (ROOT / "docs" / "_build").mkdir(exist_ok=True)
    with lock_beside(ROOT / "docs" / "_build" / "html", seconds=500):  # other tests build it, too
        out = run(command, environment, ROOT)
    if command == "make compose":
        written = {ROOT / name for name in re.findall(r"wrote (out/piece\.\w+)", out)}
        assert len(written) == 4
        assert all(path.stat().st_size > 500 for path in written)


@pytest.mark.slow
@pytest.mark.xdist_group("repository")
def test_make_lessons(environment):
    """One lesson is enough: the notebook tests execute them all."""
    assert "make lessons" in commands("bash")
    books = sorted((ROOT / "notebooks").rglob("00_*.ipynb"))
    before = [book.read_bytes() for book in books]
    run("make lessons ONLY=00", environment, ROOT)
    assert len(books) == 2
    assert [book.read_bytes() for book in books] == before


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
def test_train_compose_evaluate_export(environment, tmp_path):
    """The block of commands as it stands, one after the other."""
    (tmp_path / "out").mkdir()
    block = next(text for language, text in BLOCKS if "melodyai train" in text)
    said = {
        line.split()[1]: run(line.replace(".venv/bin/", ""), environment, tmp_path)
        for line in block.strip().splitlines()
    }
    trained = tmp_path / "home" / "models" / "my-melody-tiny-lstm" / "card.json"
    checksum = json.loads(trained.read_text())["sha256"][:12]
    assert f"model: my-melody-tiny-lstm {checksum}" in said["compose"]
    for name in ("learned.mid", "report/report.md", "report/bits.png", "chorales.csv"):
        assert (tmp_path / "out" / name).stat().st_size > 100
    assert "my-melody-tiny-lstm" in (tmp_path / "out" / "report" / "report.md").read_text()


@pytest.mark.parametrize(
    "command",
    [
        line
        for line in commands("bash")
        if "melodyai compose --genre" in line and "--model" not in line
    ],
)
def test_compose(command, environment, tmp_path):
    out = run(command.replace(".venv/bin/", ""), environment, tmp_path)
    for name in re.findall(r"--out (\S+)", command):
        assert name in out
        assert (tmp_path / name).stat().st_size > 100


def test_rules_and_harmonise(environment, tmp_path):
    assert "max_leap=9" in run("melodyai rules", environment, tmp_path)
    run("melodyai compose --genre jig --bars 8 --out out/piece.musicxml", environment, tmp_path)
    for command in [line for line in commands("bash") if "melodyai harmonise" in line]:
        run(command.replace(".venv/bin/", ""), environment, tmp_path)
    assert (tmp_path / "out" / "voices.musicxml").stat().st_size > 1000
    assert (tmp_path / "out" / "chords.mid").stat().st_size > 300


def test_ratings(environment, tmp_path):
    (tmp_path / "block.py").write_text(next(text for _, text in BLOCKS if "mai.rate(" in text))
    run("python block.py", environment, tmp_path)
    (tmp_path / "out").mkdir()
    lines = [line for line in commands("bash") if "melodyai feedback" in line]
    said = [run(line.replace(".venv/bin/", ""), environment, tmp_path) for line in lines]
    assert "lively" in said[0]
    assert (tmp_path / "out" / "dashboard.png").stat().st_size > 1000


def test_own_music(environment, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "tune.abc").write_text(TUNE)
    (tmp_path / "folder" / "broken.mid").write_bytes(b"MThd")
    add = ".venv/bin/melodyai data add mine path/to/a/folder"
    assert add in commands("bash")
    report = run("melodyai data add mine folder", environment, tmp_path)
    assert "broken.mid" in report
    assert "mine" in run("melodyai data list", environment, tmp_path)
    program = "import melodyai_edu as mai; print(mai.load('mine')[0].title)"
    assert "Mine" in run(f'python -c "{program}"', environment, tmp_path)


@pytest.mark.slow
def test_data_build(environment, tmp_path):
    """Essen, the part that a reader of the README has not got yet, appears where it belongs."""
    run("melodyai data build essen", environment, tmp_path)
    assert "essen" in run("melodyai data list", environment, tmp_path)


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "python"])
def test_python_blocks(text, environment, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "block.py").write_text(text)
    run("python block.py", environment, tmp_path)


@pytest.mark.slow
def test_windows_equivalents(environment, tmp_path):
    """The PowerShell lines, with this system's names for the same files, in a fresh copy."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    venv, install, lab = (
        line.replace(".venv\\Scripts\\", ".venv/bin/") for line in commands("powershell")
    )
    run(venv, environment, tmp_path)
    run(install, environment, tmp_path)
    assert serves_lesson(f"{lab} --no-browser", environment, tmp_path)


@pytest.mark.slow
def test_conda_equivalent(environment, tmp_path):
    if shutil.which("conda") is None:
        pytest.skip("conda is not installed here, so environment.yml is only read")
    run(f"conda env create -p {tmp_path / 'conda'} -f environment.yml", environment, ROOT)


def test_environment_file_names_what_the_course_needs():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    for name in (
        "conda-forge", "jupyterlab", "music21", "tensorflow", "keras-nlp", "pretty_midi", "librosa",
        "matplotlib", "ipywidgets", "nbval",
    ):  # fmt: skip
        assert f"- {name}\n" in text


def test_lock_and_project_name_no_host():
    for name in ("constraints.txt", "environment.yml", "Makefile", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_table_of_lessons_is_up_to_date():
    subprocess.run([sys.executable, ROOT / "tools" / "build_readme.py", "--check"], check=True)
