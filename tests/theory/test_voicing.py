"""How four voices stand."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Pitch
from melodyai_edu.theory.harmony import parse_roman
from melodyai_edu.theory.voicing import (
    VOICE_RANGES,
    VOICES,
    doubled,
    has_crossing,
    in_range,
    is_complete,
    is_spaced,
)

CHORD = (72, 67, 64, 48)


def test_ranges():
    names = [("C4", "A5"), ("F3", "D5"), ("C3", "A4"), ("E2", "D4")]
    assert [(Pitch.parse(low).midi, Pitch.parse(high).midi) for low, high in names] == [
        *VOICE_RANGES
    ]


@pytest.mark.parametrize("voice", range(4))
@pytest.mark.parametrize("end", [0, 1])
def test_range_ends_belong_to_the_range(voice, end):
    edge, out = VOICE_RANGES[voice][end], (-1, 1)[end]
    inside = [(low + high) // 2 for low, high in VOICE_RANGES]
    assert in_range([*inside[:voice], edge, *inside[voice + 1 :]])
    assert not in_range([*inside[:voice], edge + out, *inside[voice + 1 :]])


@pytest.mark.parametrize(
    ("voicing", "crosses", "spaced"),
    [
        (CHORD, False, True),
        ((67, 67, 60, 48), False, True),
        ((67, 69, 60, 48), True, True),
        ((67, 64, 65, 48), True, True),
        ((67, 60, 52, 53), True, True),
        ((76, 64, 60, 48), False, True),
        ((77, 64, 60, 48), False, False),
        ((72, 69, 57, 48), False, True),
        ((72, 69, 56, 48), False, False),
        ((76, 72, 67, 43), False, True),
        ((76, 72, 67, 42), False, False),
    ],
)
def test_crossing_and_spacing(voicing, crosses, spaced):
    assert (has_crossing(voicing), is_spaced(voicing)) == (crosses, spaced)


def test_doubled():
    assert doubled(CHORD) == (0,)
    assert doubled((72, 67, 60, 55)) == (0, 7)
    assert doubled((65, 62, 59, 43)) == ()


def test_complete():
    assert is_complete((65, 62, 59, 43), parse_roman("V7", Key("C")))
    assert not is_complete((65, 59, 55, 43), parse_roman("V7", Key("C")))  # without its fifth


@pytest.mark.parametrize("check", [in_range, has_crossing, is_spaced, doubled])
def test_three_pitches_are_refused(check):
    with pytest.raises(ParameterError, match="must have four pitches: soprano"):
        check((72, 67, 64))
    assert len(VOICES) == 4
