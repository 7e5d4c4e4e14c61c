from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.statistics import melody_statistics
from melodyai_edu.features.columns import CHROMA, SHARED, SYMBOLIC
from melodyai_edu.features.symbolic import entropy, symbolic_features
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.theory.repetition import repetition_share
from melodyai_edu.theory.rhythm import syncopation


@pytest.fixture(scope="module")
def tunes():
    pool = [*load("oneill")[::60], *load("chorales")[::60]]
    return [tune for tune in pool if tune.melody.notes and len(tune.score.meters) == 1]


@pytest.fixture(scope="module")
def measured(tunes):
    return [symbolic_features(tune.melody_score) for tune in tunes]


def test_every_column_is_described_and_a_number(measured):
    for found in measured:
        assert set(found) == {*SHARED, *SYMBOLIC}
        assert all(isinstance(value, float) and np.isfinite(value) for value in found.values())


def test_shares_are_shares(measured):
    for found in measured:
        shares = [value for name, value in found.items() if name.endswith("_share")]
        assert all(0 <= share <= 1 for share in shares)
        assert sum(found[name] for name in CHROMA) == pytest.approx(1)
        steps = ("repeated_pitch_share", "step_share", "skip_share", "leap_share")
        assert sum(found[name] for name in steps) == pytest.approx(1)


def test_theory_and_statistics_agree(tunes, measured):
    """The layers below must not import theory; what both measure must be equal."""
    for tune, found in zip(tunes, measured, strict=True):
        score = tune.melody_score
        repeats = repetition_share(tune.melody, score.meter, score.pickup)
        assert found["repeated_bars"] == pytest.approx(repeats)
        other = melody_statistics(score)
        assert found["mean_interval"] == pytest.approx(other["mean interval"])
        assert found["pitch_range"] == other["pitch range"]
        assert found["in_key_share"] == pytest.approx(other["in one key"])
        crossing = syncopation(tune.melody, score.meter, score.pickup) > 0
        assert found["syncopation"] <= crossing.mean() + 1e-9


def test_a_scale_by_hand():
    up = Melody.from_events([(60 + step, 12) for step in (0, 2, 4, 5, 7, 9, 11, 12)] + [(60, 96)])
    found = symbolic_features(Score.of_melody(up, tempo=60))
    assert found["seconds"] == 8
    assert found["onsets_a_second"] == 9 / 8
    assert found["onsets_a_bar"] == 4.5
    assert found["offbeat_share"] == 4 / 9
    assert found["step_share"] == 7 / 8
    assert found["leap_share"] == 1 / 8
    assert found["rising_share"] == 7 / 8
    assert found["turn_share"] == 1 / 7
    assert found["rest_share"] == 0
    assert found["found_tonic"] == 0
    assert found["found_minor"] == 0


def test_syncopation_needs_a_beat_that_passes():
    def share(durations, meter="4/4", pickup=0):
        melody = Melody.from_events([(60, duration) for duration in durations])
        score = Score.of_melody(melody, meter=Meter.parse(meter), pickup=pickup)
        return symbolic_features(score)["syncopation"]

    assert share([24, 24, 24, 24]) == 0
    assert share([12, 12, 24, 48]) == 0
    assert share([12, 24, 24, 36]) == 3 / 4
    assert share([12, 12, 24, 24], "6/8") == 1 / 4  # the note across the second dotted beat
    assert share([24, 48, 48], "3/4", pickup=24) == 0
    assert share([12, 12, 48, 24], "3/4", pickup=24) == 0


def test_contour_has_a_direction_and_an_arch():
    def found(pitches):
        return symbolic_features(Score.of_melody(Melody.from_events([(p, 24) for p in pitches])))

    rising, falling = found([60, 62, 64, 65]), found([65, 64, 62, 60])
    assert rising["contour_slope"] == pytest.approx(-falling["contour_slope"])
    assert rising["contour_slope"] > 5
    assert found([60, 64, 65, 60])["contour_arch"] == 4.5
    assert found([65, 60, 60, 65])["contour_arch"] == -5
    assert found([60, 60, 60, 60])["contour_slope"] == pytest.approx(0, abs=1e-9)


def test_transposing_changes_height_and_nothing_else(tunes):
    score = tunes[0].melody_score
    higher = Score.of_melody(
        tunes[0].melody.transposed(12), meter=score.meter, key=score.key, pickup=score.pickup
    )
    lower = Score.of_melody(tunes[0].melody, meter=score.meter, key=score.key, pickup=score.pickup)
    a, b = symbolic_features(lower), symbolic_features(higher)
    changed = {name for name in a if a[name] != pytest.approx(b[name], abs=1e-6)}
    assert changed == {"mean_pitch", "lowest_pitch", "highest_pitch", "valence"}


def test_one_note_can_be_measured_and_silence_cannot():
    found = symbolic_features(
        Score.of_melody(Melody.from_events([(60, 96)]), key=Key("A", "minor"))
    )
    assert found["mean_interval"] == found["step_share"] == found["contour_slope"] == 0
    assert found["brightness"] == -0.8
    with pytest.raises(ParameterError, match="at least one note"):
        symbolic_features(Score(()))


def test_entropy_of_nothing_and_of_one():
    assert entropy([]) == entropy([3]) == 0
    assert entropy([1, 1]) == 1
