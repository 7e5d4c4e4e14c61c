from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.statistics import (
    STATISTICS,
    compare,
    longest_one_note_run,
    melody_statistics,
    overlapped_area,
)
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, Score


def score(events, key="C", meter=None):
    return Score.of_melody(Melody.from_events(events), key=Key(key), meter=meter or Meter(4, 4))


def test_by_hand():
    bar = [(60, 24), (62, 24), (64, 24), (60, 24)]
    found = melody_statistics(score(bar * 4))
    assert found["pitch-class entropy"] == pytest.approx(1.5)  # a half, a quarter, a quarter
    assert found["pitch range"] == 4
    assert found["mean interval"] == pytest.approx((2 + 2 + 4) * 4 / 15)
    assert found["groove consistency"] == 1
    assert found["notes a bar"] == 4
    assert found["repeated bars"] == pytest.approx(0.75)
    assert found["ends on tonic"] == 1
    assert found["structure 1-2"] == pytest.approx(1)
    assert set(found) == set(STATISTICS)


def test_scale_and_key_are_not_the_same():
    """E flat minor's notes fit one scale, but not the key of C."""
    flat = [(63, 24), (65, 24), (66, 24), (68, 24)]
    found = melody_statistics(score(flat))
    assert found["scale consistency"] == 1
    assert found["in one key"] == pytest.approx(0.25)
    assert found["wholly in key"] == 0
    assert melody_statistics(score([(p, 24) for p in range(60, 72)]))[
        "scale consistency"
    ] == pytest.approx(7 / 12)


def test_minor_may_raise_its_seventh():
    line = [(69, 24), (71, 24), (72, 24), (68, 24), (69, 96)]
    minor = melody_statistics(Score.of_melody(Melody.from_events(line), key=Key("A", "minor")))
    assert minor["wholly in key"] == 1
    assert minor["in one key"] == pytest.approx(0.8)
    assert melody_statistics(score(line))["wholly in key"] == 0


@given(st.lists(st.tuples(st.integers(40, 90), st.sampled_from([12, 24, 48])), min_size=1))
def test_figures_stay_in_their_spans_in_every_key(events):
    found = melody_statistics(score(events))
    higher = melody_statistics(score([(p + 2, d) for p, d in events], key="D"))
    assert found == pytest.approx(higher)
    assert 0 <= found["pitch-class entropy"] <= np.log2(12) + 1e-9
    for name in ("scale consistency", "groove consistency", "repeated bars", "structure 4-8"):
        assert 0 <= found[name] <= 1
    assert 0 < found["one-note run"] <= sum(d for _, d in events) / 96


def test_real_tunes_are_far_from_the_edges():
    found = [melody_statistics(tune.melody_score) for tune in load("oneill")[:150]]
    assert 2.2 < np.mean([f["pitch-class entropy"] for f in found]) < 3.0
    assert np.mean([f["scale consistency"] for f in found]) > 0.95
    assert np.mean([f["repeated bars"] for f in found]) > 0.1
    assert all(np.isfinite(list(f.values())).all() for f in found)


def test_the_beginner_s_failure_is_seen():
    assert longest_one_note_run(score([(60, 24)] * 16)) == (16, 4.0)
    assert longest_one_note_run(score([(60, 24), (62, 24)] * 8)) == (1, 0.25)
    runs = [longest_one_note_run(tune.melody_score)[1] for tune in load("oneill")[:300]]
    assert np.mean(np.array(runs) > 2) < 0.04


def test_an_empty_melody_is_refused():
    with pytest.raises(ParameterError, match="at least one note"):
        melody_statistics(Score.of_melody(Melody((), 96)))


values = st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=30)


@given(values, values)
def test_overlap_is_a_share_and_fair(first, second):
    area = overlapped_area(first, second)
    assert 0 <= area <= 1
    assert area == pytest.approx(overlapped_area(second, first), abs=0.02)
    assert overlapped_area(first, first) == pytest.approx(1, abs=0.02)


def test_overlap_of_two_normals_two_apart():
    """Two unit normals, two apart, share 2 * (1 - Phi(1)) = 0.317."""
    random = np.random.default_rng(0)
    area = overlapped_area(random.normal(0, 1, 4000), random.normal(2, 1, 4000))
    assert area == pytest.approx(0.317, abs=0.03)
    with pytest.raises(ParameterError, match="at least two values"):
        overlapped_area([1.0], [1.0, 2.0])


def test_comparing_says_what_differs():
    real = [tune.melody_score for tune in load("oneill")[:30]]
    loops = [score([(60 + i % 3, 24)] * 32) for i in range(30)]
    rows = compare(loops, real)
    assert rows["pitch range"][2] < 0.1
    ours, theirs, _ = rows["notes a bar"]
    assert ours[1] <= ours[0] <= ours[2]
    assert theirs[0] > 0


def test_a_share_that_all_agree_on_is_not_certain():
    rows = compare([score([(60, 96)])] * 10, [score([(62, 96)])] * 10)
    assert rows["ends on tonic"][0] == pytest.approx((1, 0.722, 1), abs=1e-3)
    assert rows["ends on tonic"][1] == pytest.approx((0, 0, 0.278), abs=1e-3)


def test_a_narrow_set_within_a_wide_one_is_not_missed():
    """A spike inside a broad curve shares little with it, but not nothing."""
    wide, narrow = list(range(0, 10000, 10)), [5000 + i / 2 for i in range(10)]
    assert 0 < overlapped_area(wide, narrow) < 0.05
