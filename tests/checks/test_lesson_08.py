"""The exercises of lesson 08: right answers pass, typical mistakes are heard; its rhythms."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.checks import lesson_08_rhythms as rhythms
from melodyai_edu.checks.lesson_08 import EXERCISES
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.score import Melody, Meter, Score
from melodyai_edu.theory.groove import swing_ratio


def reason(number, answer):
    return EXERCISES[number].test(answer)


def swing(onsets, ratio):
    return [o - 12 + 24 * ratio / (1 + ratio) if o % 24 == 12 else o for o in onsets]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (swing, None),
        (lambda onsets, ratio: [round(o) for o in swing(onsets, ratio)], None),
        (lambda onsets, ratio: [o + 4 for o in onsets], "beat 1 itself has moved"),
        (lambda onsets, ratio: onsets, "their ratio is not"),
        (lambda onsets, ratio: [o + 12 * (o % 24 == 12) for o in onsets], "on the next beat"),
        (lambda onsets, ratio: [o - 4 * (o % 24 == 12) for o in onsets], "a Scotch snap"),
        (
            lambda onsets, ratio: swing([o + 4 * (o % 24 in (6, 18)) for o in onsets], ratio),
            "only the second eighth swings",
        ),
        (lambda onsets, ratio: onsets[:-1], "swing adds none"),
    ],
    ids=range(8),
)
def test_swing(answer, heard):
    found = reason("8.1", answer)
    assert found is None if heard is None else heard in found


def fits(chances, room):
    kept = {d: chance for d, chance in chances.items() if d <= room}
    return {d: chance / sum(kept.values()) for d, chance in kept.items()}


def spoils(chances, room):
    for duration in [d for d in chances if d > room]:
        del chances[duration]
    return fits(chances, room)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (fits, None),
        (lambda chances, room: chances, "over the bar line"),
        (lambda chances, room: {d: c for d, c in chances.items() if d <= room}, "add up to 0."),
        (lambda chances, room: fits(chances, room - 1), "would just fit"),
        (
            lambda chances, room: dict.fromkeys(fits(chances, room), 1 / len(fits(chances, room))),
            "stays twice as likely",
        ),
        (lambda chances, room: list(fits(chances, room)), "a dictionary is wanted"),
        (spoils, "changed the table itself"),
    ],
    ids=range(7),
)
def test_fits(answer, heard):
    found = reason("8.2", answer)
    assert found is None if heard is None else heard in found


def alike(first, second):
    return sum((place in first) == (place in second) for place in range(0, 96, 6)) / 16


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (alike, None),
        (lambda a, b: len({*a} & {*b}) / max(len({*a} | {*b}), 1), "silence is half of a groove"),
        (lambda a, b: len({*a} & {*b}) / len(a), "two places differ"),
        (lambda a, b: 1 - len({*a} - {*b}) / 16, "two places differ"),
        (lambda a, b: 16 * alike(a, b), "between 0 and 1"),
    ],
    ids=range(5),
)
def test_alike(answer, heard):
    found = reason("8.3", answer)
    assert found is None if heard is None else heard in found


def test_a_tapped_tune_keeps_its_rhythm_and_loses_its_pitches():
    tune = mai.load("oneill")[0]
    tapped = rhythms.tap(tune.melody_score, bars=4).parts[0].melody()
    assert set(tapped.pitches) == {67}
    assert tapped.onsets.tolist() == tune.melody.onsets.tolist()[: len(tapped)]


def test_swung_scores_swing():
    even = Score.of_melody(Melody.from_events([(60, 12)] * 16), meter=Meter(4, 4))
    assert swing_ratio(rhythms.swung(even, 2).parts[0].melody(), Meter(4, 4)) == 2


@pytest.mark.parametrize("meter", ["6/8", "4/4", "3/4"])
def test_a_drawn_rhythm_fills_its_bars_and_becomes_rules_that_compose_keeps(meter):
    network = build(Sizes("transformer", 16, num_layers=1, num_heads=2))
    drawn = rhythms.draw_rhythm(network, "air", meter, bars=4, seed=1)
    assert drawn.bar_count == 4
    assert drawn.meter == Meter.parse(meter)
    rules = rhythms.rhythm_rules(drawn)
    assert len(rules) == 4
    automaton = mai.compile_rules(rules, length=4, key="C major", meter=meter)
    assert automaton is not None


def test_wishes_are_drawn_one_by_one():
    network = build(Sizes("transformer", 16, num_layers=1, num_heads=2))
    wishes = [{"meter": "6/8", "density": 5, "bars": 2}, {"genre": "reel", "meter": "2/2"}]
    pieces = rhythms.ask_for(network, wishes, guidance=1.5, seed=3)
    assert [piece.condition.density for piece in pieces] == [5, 0]
    assert pieces[1].condition.meter == Meter(2, 2)


def test_bits_of_durations():
    network = build(Sizes("transformer", 16, num_layers=1, num_heads=2))
    bits, durations = rhythms.duration_bits(network, mai.load("oneill")[:3])
    assert bits.shape == durations.shape == (3,)
    assert (bits > 0).all()


def test_profiles_are_drawn_by_sixteenths():
    figure = rhythms.draw_profiles({"jig": np.ones(72), "reel": np.ones(96)}, "onsets")
    assert [len(axes.patches) for axes in figure.axes] == [12, 16]
