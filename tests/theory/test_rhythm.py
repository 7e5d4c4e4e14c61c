"""Strong and weak places, and syncopation against its definition."""

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Melody, Meter
from melodyai_edu.theory.rhythm import is_syncopated, metric_strength, strong_beats, syncopation


@pytest.mark.parametrize(
    ("meter", "spacing", "levels"),
    [
        ("4/4", 12, [6, 3, 4, 3, 5, 3, 4, 3]),
        ("3/4", 12, [6, 3, 4, 3, 4, 3]),
        ("2/4", 6, [6, 2, 3, 2, 4, 2, 3, 2]),
        ("6/8", 12, [6, 3, 3, 4, 3, 3]),
        ("12/8", 12, [6, 3, 3, 4, 3, 3, 5, 3, 3, 4, 3, 3]),
        ("5/8", 12, [6, 3, 3, 4, 3]),
    ],
)
def test_metric_strength(meter, spacing, levels):
    found = metric_strength(Meter.parse(meter))
    assert found[::spacing].tolist() == levels
    assert len(found) == Meter.parse(meter).bar_duration


def test_strengths_are_shared_and_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        metric_strength(Meter(4, 4))[0] = 0


@pytest.mark.parametrize(
    ("meter", "onsets"),
    [("4/4", (0, 48)), ("2/4", (0,)), ("3/4", (0,)), ("6/8", (0,)), ("12/8", (0, 72))],
)
def test_strong_beats(meter, onsets):
    assert strong_beats(Meter.parse(meter)) == onsets


@pytest.mark.parametrize(
    ("meter", "position", "duration", "expected"),
    [
        ("4/4", 12, 24, True),
        ("4/4", 24, 48, True),  # the second beat, through the third
        ("4/4", 0, 96, False),
        ("4/4", 48, 48, False),
        ("4/4", 12, 12, False),
        ("3/4", 24, 48, False),  # the second beat through the third: equally strong
        ("6/8", 12, 24, False),
        ("6/8", 24, 24, True),
    ],
)
def test_is_syncopated(meter, position, duration, expected):
    assert is_syncopated(Meter.parse(meter), position, duration) == expected


@pytest.mark.parametrize(("position", "duration"), [(96, 1), (-1, 4), (0, 0)])
def test_places_outside_the_bar_are_refused(position, duration):
    with pytest.raises(ParameterError, match="must begin in the bar"):
        is_syncopated(Meter(4, 4), position, duration)


@pytest.mark.parametrize(
    ("events", "meter", "pickup", "strengths"),
    [
        ([(60, 24)] * 4, "4/4", 0, [0, 0, 0, 0]),
        ([(60, 24), (60, 48), (60, 24)], "4/4", 0, [0, 1, 0]),
        ([(60, 24), (60, 24), (None, 24), (60, 24)], "4/4", 0, [0, 1, 0]),  # silence counts too
        ([(60, 12), (60, 12), (60, 72), (60, 96)], "4/4", 0, [0, 0, 1, 0]),
        ([(60, 84), (60, 36), (60, 72)], "4/4", 0, [0, 3, 1]),  # held over the bar line
        ([(60, 12), (60, 96), (60, 96)], "4/4", 12, [0, 0, 0]),
        ([(60, 24), (60, 36), (60, 48)], "4/4", 12, [3, 1, 0]),
        ([(60, 24), (60, 48)], "3/4", 0, [0, 0]),
        ([(60, 24), (60, 48)], "6/8", 0, [0, 1]),
        ([], "4/4", 0, []),
    ],
)
def test_syncopation(events, meter, pickup, strengths):
    melody = Melody.from_events(events)
    assert syncopation(melody, Meter.parse(meter), pickup).tolist() == strengths


def weight(place, meter):
    """Longuet-Higgins and Lee's weight of a place in 4/4 or 3/4, written out."""
    if place % meter.bar_duration == 0:
        return 0
    if meter.numerator == 4:
        return next(-n for n, size in enumerate((48, 24, 12, 6), 1) if place % size == 0)
    return next(-n for n, size in enumerate((24, 12, 6), 1) if place % size == 0)


@pytest.mark.parametrize("meter", [Meter(4, 4), Meter(3, 4)])
def test_syncopation_against_written_out_weights(meter):
    draw = np.random.default_rng(5)
    for _ in range(50):
        durations = draw.integers(1, 8, size=20) * 6
        melody = Melody.from_events([(60, int(duration)) for duration in durations])
        for note, strength in zip(melody, syncopation(melody, meter), strict=True):
            passed = [weight(t, meter) for t in range(note.onset + 6, note.end, 6)]
            own = weight(note.onset, meter)
            assert strength == max([own, *passed]) - own
