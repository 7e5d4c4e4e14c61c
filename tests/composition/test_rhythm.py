"""Rhythm first: what a network writes fills its bars, and a melody keeps it."""

from __future__ import annotations

import pytest

import melodyai_edu as mai
from melodyai_edu.checks import lesson_08_rhythms
from melodyai_edu.cli import main
from melodyai_edu.composition import CompositionRequest, compose, compose_over, draw_rhythm
from melodyai_edu.composition.rhythm import rhythm_rules, tap
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Melody, Score

pytestmark = pytest.mark.xdist_group("keras")
MODEL = "rhythm-tiny-transformer"


def beats(score):
    return [(note.onset, note.duration) for note in score.parts[0].notes]


def test_a_shipped_network_writes_rhythms_by_name():
    drawn = draw_rhythm(MODEL, "jig", "6/8", bars=4, seed=1)
    assert drawn.bar_count == 4
    assert {note.pitch for note in drawn.parts[0].notes} == {67}
    assert beats(draw_rhythm(MODEL, "jig", "6/8", bars=4, seed=1)) == beats(drawn)
    assert beats(draw_rhythm(MODEL, "jig", "6/8", bars=4, seed=4)) != beats(drawn)


def test_density_is_heard():
    few, many = (
        sum(len(beats(draw_rhythm(MODEL, "air", "4/4", density=d, seed=s))) for s in range(3))
        for d in (1, 5)
    )
    assert few < many


def test_a_melody_over_a_network_s_rhythm_and_the_same_piece_again():
    piece = compose_over(MODEL, genre="jig", bars=4, seed=3, rules=["max_leap=9"])
    assert beats(piece.score) == beats(draw_rhythm(MODEL, "jig", "6/8", bars=4, seed=3))
    assert "max_leap=9" in piece.request.rules
    again = compose(CompositionRequest.from_json(piece.request.to_json()))
    assert again.score == piece.score


def test_a_given_rhythm_decides_meter_and_bars():
    tune = next(
        t for t in mai.load("oneill").filter(genre="jig")
        if not t.melody_score.pickup and t.meter.name == "6/8"
    )  # fmt: skip
    rhythm = tap(tune.melody_score, bars=2)
    piece = compose_over(rhythm, genre="jig", seed=1)
    assert piece.score.bar_count == 2
    assert beats(piece.score) == beats(rhythm)


def test_what_cannot_be_a_rhythm_is_refused():
    across = Score.of_melody(Melody.from_events([(67, 72), (67, 48), (67, 72)]))
    with pytest.raises(ParameterError, match="must end its notes by the bar line: bar 1 does not"):
        rhythm_rules(across)
    pickup = Score.of_melody(Melody.from_events([(67, 24), (67, 96)]), pickup=24)
    with pytest.raises(ParameterError, match="with a pickup of 24 ticks must begin with a bar"):
        rhythm_rules(pickup)
    with pytest.raises(ParameterError, match="density=3 is a wish to a network"):
        compose_over(across, density=3)
    with pytest.raises(ParameterError, match="genre must be given inside the request"):
        compose_over(across, CompositionRequest(), genre="jig")
    with pytest.raises(ParameterError, match="density=9 must be from 1 to 5"):
        draw_rhythm(MODEL, None, "4/4", density=9)
    with pytest.raises(ParameterError, match="model='melody-tiny-lstm' writes melodies"):
        draw_rhythm("melody-tiny-lstm", None, "4/4")


def test_the_lesson_calls_these():
    home = "melodyai_edu.composition.rhythm"
    assert lesson_08_rhythms.draw_rhythm.__module__ == home
    assert lesson_08_rhythms.rhythm_rules.__module__ == home


def test_from_the_command_line(tmp_path, capsys):
    out = str(tmp_path / "piece.mid")
    asked = ["--genre", "jig", "--bars", "4", "--seed", "3", "--model", "ngram", "--out", out]
    assert main(["compose", "--rhythm", MODEL, "--density", "2", *asked]) == 0
    expected = compose_over(MODEL, genre="jig", bars=4, seed=3, model="ngram", density=2)
    assert str(expected) in capsys.readouterr().out
    assert main(["compose", "--density", "2", *asked]) == 2
    assert "density=2 needs --rhythm" in capsys.readouterr().err
