"""What goes into the packages that are given away: the installed one, and that of the sources."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names():
    """Every file of the wheel, by its place in it."""
    wheel = pytest.importorskip("hatchling.builders.wheel")
    files = wheel.WheelBuilder(str(ROOT)).recurse_included_files()
    return {Path(file.distribution_path).as_posix() for file in files}


def test_code_data_and_what_lesson_13_reads_are_in_it(names):
    from melodyai_edu.io.deployment import deployment_files

    wanted = {"__init__.py", "datasets/oneill/tunes.npz", "render/player.js"}
    wanted |= {f"deployment/{name}" for name in deployment_files()}
    assert {f"melodyai_edu/{name}" for name in wanted} <= names


def test_nothing_else_of_deployment_is(names):
    """A checkout that is deployed from has secrets there, which git does not see."""
    inside = {name for name in names if "/deployment/" in name}
    assert all(
        name == "melodyai_edu/deployment/Dockerfile"
        or name.startswith("melodyai_edu/deployment/kubernetes/")
        for name in inside
    )
    assert not any("secret" in name for name in names)
    assert all(name.startswith("melodyai_edu/") for name in names)


def test_the_sources_have_the_exam_and_not_its_key():
    sdist = pytest.importorskip("hatchling.builders.sdist")
    files = sdist.SdistBuilder(str(ROOT)).recurse_included_files()
    names = {Path(file.distribution_path).as_posix() for file in files}
    assert {"docs/teaching/exam.md", "melodyai_edu/__init__.py", "README.md"} <= names
    keys = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/teaching/key/*")}
    assert keys
    assert not any(name.startswith("docs/teaching/key") for name in names)
