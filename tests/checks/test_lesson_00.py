"""The exercises of lesson 00: right answers pass, typical mistakes are heard."""

import itertools

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.checks.lesson_00 import EXERCISES


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))


def reason(number, answer):
    return EXERCISES[number].test(answer)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda: mai.compose(genre="reel", key="D major", bars=8, seed=9), None),
        (lambda: mai.compose(genre="jig", key="D major", bars=8), "no reel but a jig in 6/8"),
        (lambda: mai.compose(genre="reel", key="G major", bars=8), "home is G, not D"),
        (lambda: mai.compose(genre="reel", key="D minor", bars=8), "which D major has not"),
        (lambda: mai.compose(genre="reel", key="D major"), "16 bars long"),
        (lambda: None, "does it end with return"),
    ],
)
def test_reel(answer, heard):
    found = reason("0.1", answer)
    assert found is None if heard is None else heard in found


def home(score):
    return score.parts[0].notes[-1].pitch_class == score.key.tonic_pitch_class


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (home, None),
        (
            lambda s: s.parts[0].notes[-1].pitch == s.key.tonic_pitch_class + 60,
            "home has many floors",
        ),
        (lambda s: s.parts[0].notes[-1].pitch_class == 7, "not every key is G major"),
        (lambda s: s.parts[0].notes[0].pitch_class == s.key.tonic_pitch_class, "hangs in the air"),
        (lambda s: "yes", "True or False"),
        (lambda s: np.bool_(home(s)), None),
    ],
)
def test_home(answer, heard):
    found = reason("0.2", answer)
    assert found is None if heard is None else heard in found


def moves(pitches):
    return [b - a for a, b in itertools.pairwise(pitches)]


def share(pitches, low, high):
    return sum(low <= abs(move) <= high for move in moves(pitches)) / len(moves(pitches))


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda p: share(p, 1, 2), None),
        (lambda p: sum(0 < move <= 2 for move in moves(p)) / len(moves(p)), "downwards"),
        (lambda p: share(p, 0, 2), "repeated note"),
        (lambda p: share(p, 1, 3), "nothing but leaps"),
        (lambda p: share(p, 2, 2), "nothing but steps"),
        (lambda p: sum(1 <= abs(move) <= 2 for move in moves(p)) / len(p), "nothing but steps"),
        (lambda p: float("nan"), "nothing but steps"),
        (lambda p: np.float32(share(p, 1, 2)), None),
    ],
)
def test_steps(answer, heard):
    found = reason("0.3", answer)
    assert found is None if heard is None else heard in found
