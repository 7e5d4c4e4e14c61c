"""The chorale grid: what a model may know, and above all what it may not."""

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Score
from melodyai_edu.tokens.chorale_grid import (
    CELL_SIZES,
    HEARD_SIZES,
    ORDER,
    GridReader,
    cells_of,
    grid_features,
    grid_of,
    places_of,
)

UNKNOWN = -1


@pytest.fixture(scope="module")
def score():
    return load("chorales")[3].score


@pytest.fixture(scope="module")
def cells(score):
    return grid_of(score)[None, :64]


def features_of(cells):
    return grid_features(cells, np.full((*cells.shape[:2], 2), UNKNOWN))


@pytest.mark.parametrize("voice", range(4))
def test_nothing_is_told_before_it_is_named(cells, voice):
    """Change one cell: its features stay, and those of all that is named before it."""
    step, other = 30, cells.copy()
    other[0, step, voice] += 5
    before, after = features_of(cells), features_of(other)
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old[:, :step], new[:, :step])
    assert np.array_equal(before.heard[:, step], after.heard[:, step])
    assert np.array_equal(before.chroma[:, step], after.chroma[:, step])
    known = ORDER[: ORDER.index(voice) + 1]
    for named in known:
        assert np.array_equal(before.cells[0, step, named], after.cells[0, step, named])
        assert np.array_equal(before.references[0, step, named], after.references[0, step, named])
    assert not np.array_equal(before.heard[:, step + 1], after.heard[:, step + 1])


def test_features_stay_within_their_sizes(cells):
    found = features_of(cells)
    for array, sizes in ((found.heard, HEARD_SIZES), (found.cells, CELL_SIZES)):
        assert array.shape[-1] == len(sizes)
        assert array.min() >= 0
        assert (array < np.array(sizes)).all()


def test_intervals_are_the_same_in_another_key(cells):
    before, after = features_of(cells), features_of(np.where(cells > 0, cells + 2, 0))
    assert np.array_equal(before.heard[..., 4:], after.heard[..., 4:])
    assert np.array_equal(before.cells[..., 1:], after.cells[..., 1:])


def test_the_shares_of_pitch_classes_add_up(cells):
    chroma = features_of(cells).chroma
    assert not chroma[:, 0].any()
    assert np.allclose(chroma[:, 1:].sum(axis=-1), 1)


def test_some_readers_of_a_batch_go_on_alone(cells):
    both = np.concatenate([cells, np.flip(cells, axis=2)])
    reader = GridReader(2)
    places = np.full((2, 2), UNKNOWN)
    for step in range(20):
        reader.advance(both[:, step])
    alone = reader.take(np.array([1, 1]))
    assert np.array_equal(alone.heard(places), reader.heard(places)[[1, 1]])
    alone.advance(both[:, 20])
    assert reader.step == 20


def test_a_pickup_ends_its_bar(score):
    places = places_of(score, len(grid_of(score)))
    if score.pickup:
        assert places[0, 0] == (score.meter.bar_duration - score.pickup) // 6
    start = score.bar_onsets()[1] // 6
    assert places[start].tolist() == [0, score.meter.bar_duration // 6]


def test_what_does_not_fit_is_refused(score):
    with pytest.raises(ParameterError, match="a chorale grid needs four"):
        grid_of(Score(score.parts[:3]))
    with pytest.raises(ParameterError, match="pitch=90 must be 36 to 81"):
        cells_of(np.full((1, 4), 90))
