"""Voices drawn by the four-part network: every rule holds, at every moment."""

import runpy
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from melodyai_edu.composition.chorale_harmony import NoPassingParallels
from melodyai_edu.composition.harmonise import USUAL_RULES, harmonise
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.chorale_grade import count_parallels
from melodyai_edu.io.corpus import load as load_corpus
from melodyai_edu.score import Melody

BESIDE = Path(__file__).parents[1] / "constraints"
MODEL = "chorale-small"
#: What is judged wherever a voice moves, not only where chords begin.
AT_EVERY_MOMENT = ("voice_ranges", "no_crossing", "spacing", "no_parallels")


def load(name):
    return SimpleNamespace(**runpy.run_path(str(BESIDE / f"{name}.py")))


CHECKERS, MUSIC = load("checkers"), load("checkers_music")
TUNE = "G4 A4 B4 C5 | D5 B4 C5*2 | E5 D5 C5 B4 | A4 B4 C5*2"


def tune(text=TUNE):
    return MUSIC.score_of(text, unit=24)


def faults(harmony):
    """Judge chords where they begin, and everything that sounds wherever a voice moves.

    Notes that are no note of their chord are meant to be there, and Bach's melodies may cross bar
    lines; all else is a fault.
    """
    score, known = harmony.score, {"key": harmony.score.key.name, "meter": harmony.score.meter.name}
    chords = [(Fraction(onset, 24), name) for onset, name in harmony.chords]
    parsed = MUSIC.parsed(score)
    at_chords = CHECKERS.harmony_violations(parsed, list(USUAL_RULES), chords=chords, **known)
    moments = CHECKERS.harmony_violations(parsed, list(AT_EVERY_MOMENT), chords=None, **known)
    return [
        fault
        for fault in (*at_chords, *moments)
        if " not in " not in fault and not fault.startswith("bars_filled")
    ]


@pytest.fixture(scope="module")
def held_out():
    found = [tune for tune in load_corpus("chorales") if tune.split == "test"]
    return [tune for tune in found if len(tune.melody_score.parts[0].notes) < 40][:3]


def test_rules_hold_at_every_moment(held_out):
    moving = 0
    for number, tune in enumerate(held_out):
        harmony = harmonise(tune, model=MODEL, seed=number)
        assert faults(harmony) == []
        assert not any(count_parallels(harmony.score).values())
        assert harmony.score.parts[0].notes == tune.melody_score.parts[0].notes
        moving += sum(len(part.notes) - len(harmony.chords) for part in harmony.score.parts[1:])
    assert moving > 0  # the network let some voices move between chords


def test_the_same_seed_gives_the_same_notes():
    first, same, other = (harmonise(tune(), model=MODEL, seed=seed) for seed in (5, 5, 6))
    assert first.score == same.score
    assert first.score != other.score
    assert first.facts["model"].startswith("chorale-small ")


def test_notes_between_chords_come_by_step_or_belong_to_the_chord():
    harmony = harmonise(tune(), model=MODEL, seed=2)
    onsets = [onset for onset, _ in harmony.chords]
    for part in harmony.score.parts[1:]:
        for before, note in pairwise(part.notes):
            if note.onset in onsets:
                continue
            slot = max(place for place, onset in enumerate(onsets) if onset < note.onset)
            layer = harmony.automaton.voicings[slot]
            chord = layer.table.classes[layer.chords[harmony.ways[slot]]]
            assert chord[note.pitch % 12] or abs(note.pitch - before.pitch) <= 2


def test_chords_between_16ths_are_refused():
    odd = Melody.from_events([(62, 25), (79, 71)])  # so wide a leap brings a chord of its own
    with pytest.raises(ParameterError, match=r'between two 16ths.*model="counts"'):
        harmonise(odd, meter="4/4", model=MODEL, rules=[])


def test_an_unknown_model_is_refused():
    with pytest.raises(ParameterError, match="model='bach' must be a folder"):
        harmonise(tune(), model="bach")


def test_the_passing_rule_says_what_it_is():
    assert NoPassingParallels().sentence.startswith("No parallel fifths")
