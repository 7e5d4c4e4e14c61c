from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.decoding.free import draw_free
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.score import Meter
from melodyai_edu.tokens import VOCABULARY, Condition

pytestmark = pytest.mark.xdist_group("keras")
WALTZ = Condition(genre="waltz", meter=Meter(3, 4), mode="minor", tonic=61, bars=4)


@pytest.fixture(scope="module")
def network():
    return build(Sizes("lstm", hidden_dim=8, num_layers=1, units=8))


def test_a_piece_does_not_depend_on_its_company(network):
    alone = [draw_free(network, [WALTZ], [seed], batch=1, max_length=40)[0] for seed in (3, 4)]
    together = draw_free(network, [WALTZ] * 5, [1, 3, 4, 5, 6], batch=4, max_length=40)
    assert [piece.token_ids for piece in alone] == [piece.token_ids for piece in together[1:3]]
    assert len({piece.token_ids for piece in together}) == 5


def test_random_weights_write_no_music(network):
    """Whoever knows no order of tokens writes what cannot be read."""
    pieces = draw_free(network, [WALTZ] * 8, range(8), batch=8, max_length=40)
    assert all(piece.score is None for piece in pieces)
    assert all(piece.filled_bars == 0 for piece in pieces)


class Parrot:
    """Says one line whatever it hears, through the network's own two calls."""

    def __init__(self, tokens):
        self.ids = np.array([*VOCABULARY.ids(tokens), VOCABULARY.id("Sequence_end")], np.int32)

    def empty_cache(self, batch, max_length):
        return np.zeros((batch, 1), np.float32)

    def next(self, token_ids, cache, index):
        from keras import ops

        place = ops.maximum(ops.cast(index, "int32") - 6, 0)
        said = ops.take(self.ids, ops.minimum(place, len(self.ids) - 1))
        row = ops.one_hot(said, len(VOCABULARY)) * 100.0
        return ops.ones((token_ids.shape[0], 1)) * row[None], cache


def test_what_is_music_becomes_a_score():
    bar = ["Bar_line", "Duration_48", "Pitch_60", "Duration_24", "Pitch_67"]
    (piece,) = draw_free(Parrot(bar * 2), [WALTZ], [0], batch=1, max_length=30)
    assert piece.has_ended
    assert piece.filled_bars == 1
    assert piece.score.key.name == "C# minor"
    assert [note.pitch for note in piece.score.parts[0].notes] == [61, 68, 61, 68]


def test_bars_that_are_too_long_are_counted():
    long = ["Bar_line", "Duration_96", "Pitch_60"]
    right = ["Bar_line", "Duration_72", "Pitch_60"]
    (piece,) = draw_free(Parrot(long + right + right), [WALTZ], [0], batch=1, max_length=30)
    assert piece.filled_bars == pytest.approx(0.5)


def test_a_piece_without_end_is_cut_off():
    (piece,) = draw_free(Parrot(["Bar_line"] * 99), [WALTZ], [0], batch=1, max_length=10)
    assert not piece.has_ended
    assert len(piece.token_ids) == 10


def test_as_many_seeds_as_conditions(network):
    with pytest.raises(ParameterError, match="2 conditions need as many seeds, not 1"):
        draw_free(network, [WALTZ] * 2, [1])
