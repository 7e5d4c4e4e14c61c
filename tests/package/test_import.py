"""The package imports quickly and brings nothing heavy with it."""

import subprocess
import sys

import pytest

import melodyai_edu as mai

HEAVY = (
    "tensorflow",
    "keras",
    "keras_hub",
    "music21",
    "librosa",
    "matplotlib",
    "verovio",
    "pandas",
)

PROBE = f"""
import sys, time
begin = time.perf_counter()
import melodyai_edu
seconds = time.perf_counter() - begin
print(seconds, *[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_import_is_light_and_quick():
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
        )
        seconds, *heavy = done.stdout.split()
        assert heavy == []
        runs.append(float(seconds))
    assert min(runs) < 0.5


@pytest.mark.parametrize("name", mai.__all__)
def test_every_public_name_is_there(name):
    assert getattr(mai, name) is getattr(mai, name)


def test_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'tune'"):
        mai.tune  # noqa: B018 the access itself is the test
