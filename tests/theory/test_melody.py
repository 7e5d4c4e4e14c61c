"""Key, degrees, leaps, contour and cadence of small melodies."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody
from melodyai_edu.theory.melody import (
    cadence_word,
    contour_word,
    find_key,
    find_leaps,
    find_unrecovered_leaps,
    leading_tones,
    scale_degrees,
)


def line(*pitches, duration=24):
    return Melody.from_events([(pitch, duration) for pitch in pitches])


@pytest.mark.parametrize(
    "key", ["C major", "Eb major", "B major", "A minor", "F# minor", "Bb minor"]
)
def test_the_key_of_a_scale_that_dwells_on_its_triad(key):
    key = Key.parse(key)
    steps = [0, 2, 3, 5, 7, 8, 11, 12] if key.is_minor else [0, 2, 4, 5, 7, 9, 11, 12]
    pitches = [60 + key.tonic_pitch_class + step for step in steps]
    long = [pitches[0], pitches[2], pitches[4]]
    assert find_key(line(*pitches, *long, *long)) == key


def test_the_key_of_silence_is_c_major():
    assert find_key(Melody(())) == Key("C")


def test_scale_degrees():
    assert scale_degrees(line(57, 60, 64, 68, 69), Key("A", "minor")) == (1, 3, 5, None, 1)
    assert scale_degrees(line(62, 72), Key("D", "dorian")) == (1, 7)


@pytest.mark.parametrize(
    ("key", "tones"),
    [
        ("C major", (11,)),
        ("C minor", (10, 11)),
        ("C dorian", (10, 11)),
        ("C mixolydian", (10,)),
        ("C lydian", (11,)),
    ],
)
def test_leading_tones(key, tones):
    assert leading_tones(Key.parse(key)) == tones


@pytest.mark.parametrize(
    ("pitches", "leaps", "unrecovered"),
    [
        ((60, 67, 65), (0,), ()),
        ((60, 67, 66), (0,), ()),
        ((60, 67, 64), (0,), (0,)),
        ((60, 67, 67), (0,), (0,)),
        ((60, 67, 69), (0,), (0,)),
        ((72, 64, 65, 60), (0,), ()),
        ((60, 67), (0,), (0,)),
        ((60, 66, 60), (), ()),
        ((), (), ()),
    ],
)
def test_leaps(pitches, leaps, unrecovered):
    assert find_leaps(line(*pitches)) == leaps
    assert find_unrecovered_leaps(line(*pitches)) == unrecovered


def test_smaller_leaps():
    assert find_leaps(line(60, 63, 64), smallest=3) == (0,)
    assert find_unrecovered_leaps(line(60, 63, 62), smallest=3) == ()
    with pytest.raises(ParameterError, match="smallest=2 must be 3 semitones or more"):
        find_leaps(line(60, 62), smallest=2)


@pytest.mark.parametrize(
    ("pitches", "word"),
    [
        ((60, 60, 60), "level"),
        ((60, 60, 64), "rising"),
        ((64, 62, None, 62, 60), "falling"),
        ((60, 64, 67, 64, 60), "arch"),
        ((60, 64, 64, 60), "arch"),
        ((60, 64, 65, 60), None),  # it still rises at the turn
        ((60, 64, 65, 60, 59), "arch"),
        ((67, 64, 62, 64), None),
        ((67, 62, 64, 65), "valley"),
        ((67, 64, None, 65, 66), "valley"),
        ((60, 64, 60, 64), None),
        ((), "level"),
        ((None, None), "level"),
    ],
)
def test_contour(pitches, word):
    assert contour_word(pitches) == word


@pytest.mark.parametrize(
    ("key", "pitches", "word"),
    [
        ("C major", (67, 60), "full"),
        ("C major", (62, 60), "full"),
        ("C major", (71, 72), "full"),
        ("C major", (65, 60), None),
        ("C major", (60, 60), None),
        ("C major", (60,), None),
        ("C major", (64, 67), "half"),
        ("C major", (64, 71), "half"),
        ("C major", (60, 64), None),
        ("A minor", (68, 69), "full"),
        ("A minor", (67, 69), "full"),
        ("A minor", (69, 68), "half"),
        ("C mixolydian", (71, 72), None),
        ("C mixolydian", (70, 72), "full"),
    ],
)
def test_cadence(key, pitches, word):
    melody = line(*pitches, duration=48)
    assert cadence_word(melody, melody.duration, Key.parse(key)) == word


def test_a_cadence_ends_with_the_bar():
    melody = Melody.from_events([(67, 48), (60, 24), (None, 24), (62, 48), (60, 48)])
    assert cadence_word(melody, 96, Key("C")) is None
    assert cadence_word(melody, 192, Key("C")) == "full"
