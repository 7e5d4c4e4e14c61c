"""What goes into the package that is installed elsewhere."""

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
