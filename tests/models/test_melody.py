from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.models.melody import MelodyNGram, bar_kind
from melodyai_edu.tokens import VOCABULARY

SCALE = ["Pitch_60", "Pitch_62", "Pitch_64", "Pitch_65"]


def tune(*bars, duration=24):
    tokens = [f"Length_{len(bars)}"]
    for bar in bars:
        tokens.append("Bar_line")
        for pitch in bar:
            tokens += [f"Duration_{duration}", pitch]
    return VOCABULARY.ids(tokens)


def heard(model, token_ids):
    piece = model.start()
    for token_id in token_ids:
        piece.observe(token_id)
    return piece


def likeliest(piece):
    return VOCABULARY.token(int(piece.distribution().argmax()))


@pytest.mark.parametrize("sequences", [[], [tune(SCALE)], [tune(SCALE, SCALE[::-1]), tune(SCALE)]])
def test_a_distribution_covers_one_type_of_token(sequences):
    piece = heard(MelodyNGram().fit(sequences), [])
    for token_id in tune(SCALE)[2:]:
        probabilities = piece.distribution()
        kind = VOCABULARY.token(token_id).partition("_")[0]
        assert set(np.flatnonzero(probabilities)) == set(VOCABULARY.ids_of(kind))
        assert probabilities.sum() == pytest.approx(1)
        piece.observe(token_id)


def test_it_goes_on_as_the_tunes_did():
    model = MelodyNGram().fit([tune(SCALE, SCALE)] * 5)
    piece = heard(model, tune(SCALE[:2]))
    assert likeliest(piece) == "Duration_24"
    piece.observe(VOCABULARY.id("Duration_24"))
    assert likeliest(piece) == "Pitch_64"


def test_a_rest_does_not_make_it_forget_the_line():
    model = MelodyNGram().fit([tune(SCALE)] * 5)
    piece = heard(model, tune([*SCALE[:2], "Pitch_rest"]))
    piece.observe(VOCABULARY.id("Duration_24"))
    assert likeliest(piece) == "Pitch_64"


def test_durations_can_be_learned_from_other_tunes():
    model = MelodyNGram().fit([tune(SCALE)] * 5, [tune(SCALE, duration=12)] * 5)
    assert likeliest(heard(model, tune([]))) == "Duration_12"


def test_it_learns_from_the_piece_in_progress():
    piece = heard(MelodyNGram(), tune(SCALE, SCALE, SCALE, SCALE[:1]))
    piece.observe(VOCABULARY.id("Duration_24"))
    assert likeliest(piece) == "Pitch_62"


def test_a_copy_goes_its_own_way():
    piece = heard(MelodyNGram().fit([tune(SCALE)]), tune(SCALE[:2]))
    before = piece.distribution()
    other = piece.copy()
    other.observe(VOCABULARY.id("Duration_12"))
    other.observe(VOCABULARY.id("Pitch_72"))
    assert (piece.distribution() == before).all()
    assert (other.distribution() != before).any()


@pytest.mark.parametrize(
    ("bars", "kinds"),
    [
        (8, [1, 2, 3, 4, 1, 2, 3, 6]),
        (16, [1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3, 4, 1, 2, 3, 6]),
        (3, [1, 3, 6]),
        (1, [6]),
        (0, [1, 2, 2]),
    ],
)
def test_the_part_that_each_bar_plays(bars, kinds):
    assert [bar_kind(bar, bars) for bar in range(1, len(kinds) + 1)] == kinds
