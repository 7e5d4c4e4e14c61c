"""The exercises of lesson 11: right answers pass, typical mistakes are heard; its wishes."""

import numpy as np
import pytest

from melodyai_edu.checks import lesson_11_wishes as wishes
from melodyai_edu.checks.lesson_11 import EXERCISES
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.score import Melody, Meter, Score


def reason(number, answer):
    return EXERCISES[number].test(answer)


def softmax(logits):
    chances = np.exp(logits - logits.max())
    return chances / chances.sum()


def guided(own, other, guidance):
    return softmax(other + guidance * (own - other))


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (guided, None),
        (lambda own, other, g: other + g * (own - other), "chances add to 1"),
        (lambda own, other, g: softmax(own), "must be the network that has not heard the wish"),
        (lambda own, other, g: softmax(own + g * (other - own)), "as it is, wish heard once"),
        (lambda own, other, g: softmax(own + (g - 1) * (own - other) / 2), "not heard the wish"),
        (lambda own, other, g: softmax(other + min(g, 1.5) * (own - other)), "the step is not"),
        (
            lambda own, other, g: guided(own, other, g if g < 2 else -g),
            "became rarer, not likelier",
        ),
        (lambda own, other, g: guided(own, other, g)[:2], "one for each note"),
        (lambda own, other, g: 10 * guided(own, other, g), "add up to 10.00"),
    ],
    ids=range(9),
)
def test_guidance(answer, heard):
    found = reason("11.1", answer)
    assert found is None if heard is None else heard in found


def test_guidance_must_survive_large_logits_and_leave_them_alone():
    def careless(own, other, guidance):
        with np.errstate(all="ignore"):
            chances = np.exp(other + guidance * (own - other))
            return chances / chances.sum()

    def spoils(own, other, guidance):
        right = guided(own, other, guidance)
        own -= 1
        return right

    assert "the music stops" in reason("11.1", careless)
    assert "you have changed" in reason("11.1", spoils)


def likely(chances, top_p):
    whole, kept = sum(chances.values()), {}
    for note in sorted(chances, key=chances.get, reverse=True):
        if sum(kept.values()) < top_p * whole - 1e-9:
            kept[note] = chances[note]
    return kept


def scaled(chances):
    return {note: chance / sum(chances.values()) for note, chance in chances.items()}


def masked(chances, legal):
    return {note: chance for note, chance in chances.items() if note in legal}


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda c, legal, p: scaled(likely(masked(c, legal), p)), None),
        (lambda c, legal, p: scaled(masked(likely(c, p), legal)), "nothing is left to sing"),
        (lambda c, legal, p: scaled(likely(c, p)), "a wall with a hole"),
        (lambda c, legal, p: scaled(masked(c, legal)), "you cut too little"),
        (lambda c, legal, p: likely(masked(c, legal), p), "some note must come"),
        (
            lambda c, legal, p: dict.fromkeys(
                likely(masked(c, legal), p), 1 / len(likely(masked(c, legal), p))
            ),
            "twice as likely must stay",
        ),
        (
            lambda c, legal, p: {max(masked(c, legal), key=c.get): 1.0},
            "you cut too much",
        ),
        (lambda c, legal, p: list(c), "a dictionary is wanted"),
    ],
    ids=range(8),
)
def test_nucleus(answer, heard):
    found = reason("11.2", answer)
    assert found is None if heard is None else heard in found


def fair(asked, named, unasked):
    pairs = list(zip(asked, named, strict=True))
    return {
        kind: (pairs.count((kind, kind)) / asked.count(kind), unasked.count(kind) / len(unasked))
        for kind in asked
    }


def without_failures(asked, named, unasked):
    pairs = [pair for pair in zip(asked, named, strict=True) if pair[1]]
    return fair(*zip(*pairs, strict=True), unasked)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (fair, None),
        (without_failures, "the jig that fell to pieces"),
        (
            lambda a, n, u: {k: (fair(a, n, u)[k][0] * 4 / n.count(k), 0) for k in set(a)},
            "by what was named",
        ),
        (lambda a, n, u: {k: (v[0], 0) for k, v in fair(a, n, u).items()}, "nobody asked a kind"),
        (lambda a, n, u: {k: v[0] for k, v in fair(a, n, u).items()}, "two shares are wanted"),
        (lambda a, n, u: {k: (0.5, v[1]) for k, v in fair(a, n, u).items()}, "you say 50%"),
        (lambda a, n, u: 0.6, "a dictionary is wanted"),
        (lambda a, n, u: dict.fromkeys(a, (np.nan, np.nan)), "you say nan"),
    ],
    ids=range(8),
)
def test_fair_count(answer, heard):
    found = reason("11.3", answer)
    assert found is None if heard is None else heard in found


def test_wishes_are_heard_one_by_one():
    network = build(Sizes("transformer", 16, num_layers=1, num_heads=2))
    asked = [
        {"meter": "6/8", "genre": "jig", "mode": "major", "bars": 2},
        {"meter": "3/4", "mood": "sad", "mode": "minor", "tonic": 57},
    ]
    pieces = wishes.ask_for(network, asked, guidance=1.5, seed=3)
    assert [piece.condition.genre for piece in pieces] == ["jig", None]
    assert [piece.condition.tonic for piece in pieces] == [62, 57]
    assert pieces[1].condition.meter == Meter(3, 4)
    again = wishes.ask_for(network, asked[:1] * 2, guidance=1.5, seed=3)
    assert again[0].token_ids == pieces[0].token_ids


def test_variety_counts_figures_in_any_key():
    tune = [(60, 12), (62, 12), (64, 12), (65, 12), (67, 12), (60, 12)]
    up = [(pitch + 3, duration) for pitch, duration in tune]
    one, other = (Score.of_melody(Melody.from_events(events)) for events in (tune, up))
    assert wishes.variety([one]) == 1
    assert wishes.variety([one, other]) == 0.5
    with pytest.raises(ParameterError, match="more than 9 notes"):
        wishes.variety([one], run=9)
