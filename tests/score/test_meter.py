import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.meter import Meter


@pytest.mark.parametrize(
    ("text", "beats", "kind"),
    [
        ("4/4", (24,) * 4, "simple"),
        ("C|", (48, 48), "simple"),
        ("3/8", (12, 12, 12), "simple"),
        ("6/8", (36, 36), "compound"),
        ("9/8", (36, 36, 36), "compound"),
        ("5/8", (36, 24), "additive"),
        ("7/8", (24, 24, 36), "additive"),
        ("2+3/8", (24, 36), "additive"),
    ],
)
def test_beats_of_known_meters(text, beats, kind):
    meter = Meter.parse(text)
    assert meter.beat_durations == beats
    assert meter.kind == kind
    assert meter.bar_duration == sum(beats)


@given(st.integers(1, 64), st.sampled_from([1, 2, 4, 8, 16, 32]))
def test_name_and_parse_are_inverse_and_beats_fill_the_bar(numerator, denominator):
    meter = Meter(numerator, denominator)
    assert Meter.parse(meter.name) == meter
    assert meter.beat_onsets[-1] + meter.beat_durations[-1] == meter.bar_duration


def test_faults_are_named():
    with pytest.raises(ParameterError, match="must look like '4/4'"):
        Meter.parse("four")
    with pytest.raises(ParameterError, match="meter=4/5 must have"):
        Meter(4, 5)
    with pytest.raises(ParameterError, match="add up to 7"):
        Meter(7, 8, (2, 2, 2))
