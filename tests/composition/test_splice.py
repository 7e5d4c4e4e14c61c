import importlib.util
from pathlib import Path

import pytest

import melodyai_edu as mai
from melodyai_edu.composition.arrange import arrange
from melodyai_edu.composition.splice import replace_bars
from melodyai_edu.errors import ParameterError

_SPEC = importlib.util.spec_from_file_location(
    "arrangement_checks", Path(__file__).with_name("arrangement_checks.py")
)
CHECKS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(CHECKS)


@pytest.fixture(scope="module")
def reel():
    return CHECKS.with_chords(mai.load("oneill").filter(genre="reel", meter="2/2")[3].melody_score)


def test_bars_are_taken_from_another_arrangement_and_the_rest_stays(reel):
    old = arrange(reel, pattern="rock", seed=1)
    new = arrange(reel, pattern="bossa nova", instruments=[p.name for p in old.parts], seed=2)
    mixed = replace_bars(old, new, 4, 7)
    start, end = reel.bar_onsets()[4] - 1, reel.bar_onsets()[8] - 1  # played a tick early
    for before, after, fresh in zip(old.parts, mixed.parts, new.parts, strict=True):
        outside = [note for note in after.notes if not start <= note.onset < end]
        assert outside == [note for note in before.notes if not start <= note.onset < end]
        inside = sorted(n.pitch for n in after.notes if start <= n.onset < end)
        assert inside == sorted(n.pitch for n in fresh.notes if start <= n.onset < end)
        assert not CHECKS.overlaps(after, one_voice=False)
    with pytest.raises(ParameterError, match="first=9, last=3 must be bars"):
        replace_bars(old, new, 9, 3)


def test_scores_that_do_not_fit_are_refused(reel):
    one, two = arrange(reel, instruments=["flute"]), arrange(reel, instruments=["flute", "guitar"])
    with pytest.raises(ParameterError, match="the same bars and the same number of parts"):
        replace_bars(one, two, 0, 1)
