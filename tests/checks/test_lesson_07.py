"""The exercises of lesson 07: right answers pass, typical mistakes are heard; its maps."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.checks import lesson_07_maps as maps
from melodyai_edu.checks.lesson_07 import EXERCISES
from melodyai_edu.errors import ParameterError


def reason(number, answer):
    return EXERCISES[number].test(answer)


def may_hear(bars, reach, ahead=0):
    bars, order = np.array(bars), np.arange(len(bars))
    is_near = bars[:, None] - bars[None, :] <= reach
    return (order[None, :] <= order[:, None] + ahead) & is_near


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (may_hear, None),
        (lambda bars, reach: may_hear(bars, reach).astype(int).tolist(), None),
        (lambda bars, reach: may_hear(bars, reach).T, "already knows"),
        (
            lambda bars, reach: np.ones((len(bars), len(bars)), bool),
            "bar 3 already knows how bar 4 ends",
        ),
        (lambda bars, reach: may_hear(bars, reach, ahead=1), "already knows how bar"),
        (lambda bars, reach: may_hear(bars, reach, ahead=-1), "does not hear itself"),
        (lambda bars, reach: may_hear(bars, 99), "too long ago"),
        (lambda bars, reach: may_hear(bars, reach - 1) | np.eye(len(bars), dtype=bool), "deaf to"),
        (lambda bars, reach: may_hear(bars, reach)[0], "a row and a column for each note"),
        (lambda bars, reach: np.where(may_hear(bars, reach), 0, -np.inf), "minus infinity comes"),
    ],
    ids=range(10),
)
def test_mask(answer, heard):
    found = reason("7.1", answer)
    assert found is None if heard is None else heard in found


def leaks(listen, notes, places=None):
    heard = listen(notes)
    for place in range(len(notes)) if places is None else places:
        other = notes.copy()
        other[place] += 1
        if not np.allclose(heard[:place], listen(other)[:place]):
            return True
    return False


def spoils(listen, notes):
    notes[-1] += 1
    return False


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (leaks, None),
        (lambda listen, notes: leaks(listen, notes, [-1]), "change every note"),
        (lambda listen, notes: True, "only what has sounded"),
        (lambda listen, notes: False, "the whole tune"),
        (lambda listen, notes: not np.allclose(listen(notes), listen(notes + 1)), "cry leak"),
        (lambda listen, notes: None, "True (it leaks)"),
        (spoils, "changed the tune itself"),
    ],
    ids=range(7),
)
def test_leak_check(answer, heard):
    found = reason("7.2", answer)
    assert found is None if heard is None else heard in found


def looks_back(heads, bars, positions, *, is_other_bar=True):
    bars, positions = np.array(bars), np.array(positions)
    wanted = positions[:, None] == positions[None, :]
    if is_other_bar:
        wanted = wanted & (bars[None, :] < bars[:, None])
    return (heads * wanted).sum(axis=(1, 2)).argmax()


def distance(heads, notes):
    return np.trace(heads, offset=-notes, axis1=1, axis2=2).argmax()


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (looks_back, None),
        (lambda *given: looks_back(*given, is_other_bar=False), "the same bar, too"),
        (lambda heads, bars, positions: 0, "you choose head 0"),
        (lambda heads, bars, positions: distance(heads, 1), "wherever that stands"),
        (lambda heads, bars, positions: distance(heads, 3), "compare positions, not distances"),
        (lambda heads, bars, positions: heads[:, :, 0].sum(axis=1).argmax(), "its first note"),
        (lambda heads, bars, positions: len(heads), "counted from 0"),
        (lambda heads, bars, positions: "the first", "the number of a head"),
        (lambda heads, bars, positions: True, "the number of a head"),
    ],
    ids=range(9),
)
def test_head(answer, heard):
    found = reason("7.3", answer)
    assert found is None if heard is None else heard in found


@pytest.fixture(scope="module")
def peeler():
    return next(tune for tune in mai.load("oneill") if tune.title == "The Angry Peeler")


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("tensorflow")
    from melodyai_edu.models.presets import Sizes, build

    return build(Sizes("transformer", 8, 2, num_heads=2))


def test_a_map_has_a_row_for_each_note_and_never_looks_ahead(network, peeler):
    seen = maps.note_maps(network, peeler, bars=7)
    notes = sum(note.onset < 7 * peeler.meter.bar_duration for note in peeler.melody)
    assert seen.weights.shape == (2, 2, len(seen.bars), len(seen.bars))
    assert len(seen.names) == len(seen.bars) == notes
    assert np.allclose(np.triu(seen.weights, 1), 0)
    assert (seen.weights.sum(-1) <= 1 + 1e-5).all()
    assert set(seen.bars) == set(range(1, 8))
    assert 0 < seen.chance < 1
    assert seen.looks_back[seen.best] == seen.looks_back.max()


def test_a_map_is_drawn_and_a_head_that_is_not_there_is_refused(network, peeler):
    seen = maps.note_maps(network, peeler, bars=4)
    figure = maps.draw_map(seen, 1, 0)
    assert figure.axes[0].get_title() == "layer 1, head 0"
    with pytest.raises(ParameterError, match="must be 0 to 1 and 0 to 1"):
        maps.draw_map(seen, 2, 0)


def test_an_lstm_has_no_maps(peeler):
    pytest.importorskip("tensorflow")
    from melodyai_edu.models.presets import Sizes, build

    with pytest.raises(ParameterError, match="has no attention"):
        maps.note_maps(build(Sizes("lstm", 8, 1, units=8)), peeler)


def test_a_network_leaks_without_its_mask_and_only_then(network, peeler):
    def moved():
        other = maps.answers(network, peeler, pitch=61)
        return (abs(maps.answers(network, peeler) - other)[:-1] > 1e-4).any()

    assert not moved()
    with maps.without_mask():
        assert moved()
    assert not moved()


def test_bits_count_the_pitches_of_each_tune(network, peeler):
    bits, notes = maps.pitch_bits(network, [peeler, peeler])
    assert bits[0] == pytest.approx(bits[1], rel=1e-5)
    assert 3 < bits[0] / notes[0] < 9


def test_an_excerpt_holds_the_bars_asked_for_in_their_order(peeler):
    score = peeler.melody_score
    length = score.meter.bar_duration
    cut = maps.excerpt(score, [5, 1])
    assert cut.duration == 2 * length
    first = [n.pitch for n in score.parts[0].notes if n.onset // length == 4]
    assert [n.pitch for n in cut.parts[0].notes if n.onset < length] == first
    with pytest.raises(ParameterError, match="must be from 1 to"):
        maps.excerpt(score, [0])
