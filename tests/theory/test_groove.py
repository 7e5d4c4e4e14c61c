"""Density, groove and swing of small melodies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Melody, Meter
from melodyai_edu.theory.groove import (
    bar_positions,
    groove_similarity,
    onset_density,
    onset_shares,
    swing,
    swing_ratio,
)

FOUR = Meter(4, 4)


def beats(*durations):
    return Melody.from_events([(60, duration) for duration in durations])


def test_positions_with_a_pickup():
    bars, positions = bar_positions(beats(24, 48, 48, 96), FOUR, pickup=24)
    assert bars.tolist() == [0, 1, 1, 2]
    assert positions.tolist() == [72, 0, 48, 0]


def test_density_counts_silent_bars():
    melody = Melody.from_events([(60, 24), (None, 168), (62, 96), (None, 96)])
    assert onset_density(melody, FOUR).tolist() == [1, 0, 1, 0]
    assert onset_density(beats(24, 48, 48), FOUR, pickup=24).tolist() == [1, 2]
    assert onset_density(Melody(()), FOUR).tolist() == []


def test_shares():
    shares = onset_shares(beats(48, 48, 96), FOUR)
    assert shares[0] == pytest.approx(2 / 3)
    assert shares.sum() == pytest.approx(1)
    assert onset_shares(Melody(()), FOUR).sum() == 0


def test_groove_similarity():
    assert groove_similarity(beats(*[24, 24, 48] * 3), FOUR) == 1
    assert groove_similarity(beats(24, 24, 24, 24, 96), FOUR) == 13 / 16
    assert groove_similarity(beats(96), FOUR) == 1
    assert groove_similarity(beats(24, 96, 96), FOUR, pickup=24) == 1
    assert groove_similarity(beats(*[6] * 10, 60), Meter(5, 8)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("durations", "ratio"),
    [
        ([12, 12] * 4, 1),
        ([16, 8] * 4, 2),
        ([18, 6] * 4, 3),
        ([16, 8, 16, 8, 12, 12, 24], 2),
        ([24] * 4, None),
        ([8, 8, 8] * 4, None),
    ],
)
def test_swing_ratio(durations, ratio):
    assert swing_ratio(beats(*durations), FOUR) == ratio


def test_swing_in_compound_meter_and_after_a_pickup():
    assert swing_ratio(beats(24, 12, 24, 12), Meter(6, 8)) == 2
    assert swing_ratio(beats(8, 16, 8, 16, 8), FOUR, pickup=8) == 2


def test_a_pickup_is_shorter_than_a_bar():
    for function in (bar_positions, onset_density, onset_shares, groove_similarity, swing_ratio):
        with pytest.raises(ParameterError, match="pickup=96 must be shorter than a bar"):
            function(beats(96, 96), FOUR, pickup=96)


def test_swing_ratio_is_a_plain_float():
    assert type(swing_ratio(beats(12, 12), FOUR)) is float
    assert isinstance(onset_density(beats(96), FOUR), np.ndarray)


pairs = st.lists(st.sampled_from([(12, 12), (24,), (6, 6, 12), (8, 8, 8), (18, 6)]), min_size=1)


@given(pairs, st.sampled_from([1, 1.4, 2, 3]), st.sampled_from([0, 12, 24]))
def test_swing_moves_the_middles_of_even_pairs_and_nothing_else(found, ratio, pickup):
    written = beats(*([pickup] if pickup else []), *(d for pair in found for d in pair))
    swung = swing(written, FOUR, ratio, pickup)
    assert swung.duration == written.duration
    assert swung.pitches.tolist() == written.pitches.tolist()
    first = pickup % 24
    offsets = (written.onsets - first) % 24
    moved = written.onsets != swung.onsets
    long = round(24 * ratio / (1 + ratio))
    assert set(((swung.onsets - first) % 24)[moved]) <= {long}
    assert set(offsets[moved]) <= {12}
    even = sum(pair == (12, 12) for pair in found) + (pickup == 12)  # an upbeat comes late
    assert moved.sum() == (0 if ratio == 1 else even)


@given(st.sampled_from([1, 2, 3]), st.sampled_from([(4, 4), (2, 4), (3, 4)]), st.integers(1, 20))
def test_what_is_swung_measures_so(ratio, meter, number):
    swung = swing(beats(*[12] * (2 * number)), Meter(*meter), ratio)
    assert swing_ratio(swung, Meter(*meter)) == ratio


def test_swing_of_sixteenths_with_a_pickup_of_one():
    swung = swing(beats(6, 6, 6, 12), Meter(2, 4), 2, pickup=6, pair=12)
    assert swung.onsets.tolist() == [2, 6, 14, 18]


def test_swing_refuses_what_it_cannot_divide():
    with pytest.raises(ParameterError, match=r"ratio=4 must be from 1 .* to 3"):
        swing(beats(12, 12), FOUR, 4)
    with pytest.raises(
        ParameterError, match=r"pair=24 must be even and divide the beats of 6/8, 36"
    ):
        swing(beats(12, 12, 12), Meter(6, 8), 2)
    with pytest.raises(ParameterError, match="pickup=96 must be shorter than a bar"):
        swing(beats(12, 12), FOUR, 2, pickup=96)
