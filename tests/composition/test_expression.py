from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.expression import bar_levels, bar_tension, express
from melodyai_edu.composition.textures import plan_bars
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import ChordSymbol, Melody, Score, Section


def test_the_dials_turn_the_way_listeners_hear_them():
    low, high = express(arousal=-1), express(arousal=1)
    assert low.loudness < 0 < high.loudness
    assert low.articulation > high.articulation
    assert (low.density, express().density, high.density) == ("sparse", "main", "busy")
    assert low.unevenness > high.unevenness
    assert express(valence=-1).register < 0 < express(valence=1).register
    for valence, arousal in product(np.linspace(-1, 1, 9), repeat=2):
        expression = express(valence, arousal)
        assert 0.7 <= expression.articulation <= 1
        assert abs(expression.loudness) <= 14


@pytest.mark.parametrize(
    ("place", "mood"),
    [((0, 0), ""), ((0.6, 0.6), "happy"), ((0.6, -0.6), "calm"), ((-0.6, 0.6), "tense"),
     ((-0.6, -0.6), "sad"), ((0.2, -0.2), "")],
)  # fmt: skip
def test_quarters_have_their_names(place, mood):
    assert express(*place).mood == mood


@pytest.mark.parametrize("fields", [{"valence": 1.1}, {"arousal": float("nan")}, {"valence": "1"}])
def test_a_place_outside_is_refused(fields):
    with pytest.raises(ParameterError, match="must be a number from -1 to 1"):
        express(**fields)


def test_far_chords_are_tenser_than_the_tonic():
    score = Score.of_melody(Melody.from_events([(60, 96)] * 6))
    names = ["C", "C", "F#7", "F#7", "C", "C"]
    score = replace(score, chords=tuple(ChordSymbol(96 * n, c) for n, c in enumerate(names)))
    tension = bar_tension(score)
    assert tension[2] == tension[3] == 1
    assert tension[0] == tension[-1] == 0


def test_tension_of_real_tunes_is_one_number_a_bar():
    for tune in mai.load("oneill")[:40]:
        tension = bar_tension(tune.melody_score)
        assert len(tension) == tune.melody_score.bar_count
        assert all(0 <= value <= 1 for value in tension)


def test_levels_follow_tension_and_an_introduction_is_softer():
    score = Score.of_melody(Melody.from_events([(60, 96)] * 4))
    levels = bar_levels(score, [0, 0.5, 1, 0.5], express())
    assert levels == (-12, 0, 12, 0)
    marked = replace(score, sections=(Section(0, "Intro"), Section(96, "A")))
    assert bar_levels(marked, [0.5] * 4, express()) == (-10, 0, 0, 0)
    with pytest.raises(ParameterError, match="tension has 2 values"):
        bar_levels(score, [0, 1], express())


def textures(*names, bars=8, density="main", pickup=0):
    length = 96 * bars // len(names)
    sections = tuple(Section(pickup + n * length, name) for n, name in enumerate(names) if name)
    melody = Melody.from_events([(60, pickup)] * bool(pickup) + [(60, 96)] * bars)
    score = replace(Score.of_melody(melody, pickup=pickup), sections=sections)
    return [plan.texture for plan in plan_bars(score, density, seed=1)]


def test_sections_are_told_apart_and_end_with_fills():
    found = textures("A", "B", bars=16)
    assert found[7] == "fill"
    assert found[-1] == "ending"
    assert found[0] == "main"
    assert found[8] == "varied"
    assert textures("", bars=16)[7] == "fill"


def test_introduction_ending_and_pickup_have_textures_of_their_own():
    assert textures("Intro", "A")[:4] == ["intro"] * 4
    assert textures("A", "Ending")[4:] == ["sparse"] * 3 + ["ending"]
    assert textures("A", pickup=24)[0] == ""
    assert set(textures("A", density="sparse")[:-1]) == {"sparse"}
    assert "busy" in textures("A", density="busy")


def test_bars_count_from_the_beginning_of_their_section():
    melody = Melody.from_events([(60, 24)] + [(60, 96)] * 8)
    score = replace(
        Score.of_melody(melody, pickup=24), sections=(Section(0, "A"), Section(408, "B"))
    )
    assert [plan.number for plan in plan_bars(score)] == [0, 0, 1, 2, 3, 0, 1, 2, 3]
    assert [plan.section for plan in plan_bars(score)] == [0] * 5 + [1] * 4
