"""Names of intervals against music21, and which of them are augmented."""

from itertools import combinations_with_replacement, pairwise

import pytest

from melodyai_edu.score import MODES, Key, Melody
from melodyai_edu.theory.interval import interval_name, interval_names, is_augmented


@pytest.mark.parametrize(
    "name", ["C major", "F# major", "Gb major", "A minor", "Eb minor", "E dorian"]
)
def test_names_are_those_of_music21(name):
    from music21.interval import Interval
    from music21.pitch import Pitch

    key = Key.parse(name)
    pitches = {midi: Pitch(midi) for midi in range(55, 80)}
    for midi, pitch in pitches.items():
        pitch.name = key.spell(midi).replace("b", "-")
        pitch.octave += round((midi - pitch.ps) / 12)
    for first, second in combinations_with_replacement(pitches, 2):
        theirs = Interval(pitches[first], pitches[second])
        assert interval_name(key, first, second) == theirs.name
        is_wide = theirs.name.startswith("A") and theirs.name != "A1"
        assert is_augmented(key, first, second) == (is_wide or second - first == 6)


@pytest.mark.parametrize(
    ("key", "first", "second", "name", "augmented"),
    [
        ("A minor", 65, 68, "A2", True),
        ("C minor", 68, 71, "A2", True),
        ("C minor", 60, 63, "m3", False),
        ("C major", 65, 71, "A4", True),
        ("C major", 71, 77, "d5", True),  # a tritone, whatever its spelling
        ("C major", 60, 61, "A1", False),
        ("C major", 60, 68, "A5", True),
        ("F minor", 60, 68, "m6", False),
        ("C major", 60, 76, "M10", False),
        ("C major", 67, 67, "P1", False),
    ],
)
def test_single_intervals(key, first, second, name, augmented):
    key = Key.parse(key)
    assert interval_name(key, first, second) == interval_name(key, second, first) == name
    assert is_augmented(key, first, second) == is_augmented(key, second, first) == augmented


@pytest.mark.parametrize("mode", MODES)
def test_no_interval_between_neighbours_of_a_mode_is_augmented(mode):
    key = Key("D", mode)
    scale = [pitch for pitch in range(60, 85) if pitch in key.scale]
    assert not any(is_augmented(key, a, b) for a, b in pairwise(scale))


def test_directions():
    melody = Melody.from_events([(60, 24), (None, 24), (67, 24), (64, 24), (64, 24)])
    assert interval_names(melody, Key("C")) == ("+P5", "-m3", "P1")
    assert interval_names(Melody(()), Key("C")) == ()
