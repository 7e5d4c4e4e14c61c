"""The exercises of lesson 12: right answers pass, typical mistakes are heard; raters; its panel."""

from itertools import combinations

import numpy as np
import pytest

from melodyai_edu.checks import lesson_12_networks as networks
from melodyai_edu.checks import lesson_12_panel as panels
from melodyai_edu.checks import lesson_12_raters as raters
from melodyai_edu.checks.lesson_12 import EXERCISES
from melodyai_edu.composition import compose
from melodyai_edu.decoding.free import FreePiece
from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback import open_store
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.tokens import VOCABULARY, Condition
from melodyai_edu.training.guards import judge_guards


def reason(number, answer):
    return EXERCISES[number].test(answer)


def pairs_of(ratings):
    last = {(genre, tune): stars for tune, genre, stars in ratings}
    return [
        (one, other)
        for (genre, one), more in last.items()
        for (kind, other), fewer in last.items()
        if genre == kind and more > fewer
    ]


def of_any_genre(ratings):
    return pairs_of([(tune, "tune", stars) for tune, _, stars in ratings])


def first_word(ratings):
    return pairs_of(list(reversed(ratings)))


def with_equals(ratings):
    last = {tune: (genre, stars) for tune, genre, stars in ratings}
    return [
        (a, b) for a, b in combinations(last, 2)
        if last[a][0] == last[b][0] and last[a][1] >= last[b][1]
    ] + [
        (b, a) for a, b in combinations(last, 2)
        if last[a][0] == last[b][0] and last[a][1] < last[b][1]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (pairs_of, None),
        (lambda ratings: set(pairs_of(ratings)), None),
        (lambda ratings: [pair[::-1] for pair in pairs_of(ratings)], "you put Morrison's above"),
        (of_any_genre, "who likes jigs has not said"),
        (first_word, "the last word counts"),
        (with_equals, "equal stars say nothing"),
        (lambda ratings: pairs_of(ratings) * 2, "stands there twice"),
        (lambda ratings: pairs_of(ratings)[:1], "is missing"),
        (lambda ratings: [(r[0], r[0]) for r in ratings], "with itself"),
        (lambda ratings: [1, 2], "two names of tunes"),
        (lambda ratings: "The Kesh", "a list of pairs"),
    ],
    ids=range(11),
)
def test_stars_into_pairs(answer, heard):
    found = reason("12.1", answer)
    assert found is None if heard is None else heard in found


def faults(before, after, pairs, bits=1.05, distinct=0.95, low=None):
    good = {
        "bits": after["bits"] <= bits * before["bits"],
        "distinct": after["distinct"] >= distinct * before["distinct"],
        "pairs": (pairs.interval[0] if low is None else low(pairs)) > 0.5,
    }
    return [name for name, is_good in good.items() if not is_good]


def careless_of_nan(before, after, pairs):
    found = faults(before, after, pairs)
    return [name for name in found if name != "bits" or after["bits"] > 1.05 * before["bits"]]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (faults, None),
        (lambda *a: set(faults(*a)), None),
        (lambda *a: faults(*a, bits=1.0), "within what is allowed"),
        (lambda *a: faults(*a, bits=9.0), "strange to it now"),
        (lambda *a: faults(*a, distinct=0.0), "the same thing twice as often"),
        (lambda *a: faults(*a, low=lambda pairs: pairs.value), "seven of ten may be luck"),
        (lambda *a: faults(*a)[:1], "each fault is to be named"),
        (careless_of_nan, "nan is neither above nor below"),
        (lambda *a: bool(faults(*a)), "a list is wanted"),
        (lambda *a: "bits", "a list is wanted"),
    ],
    ids=range(10),
)
def test_guard(answer, heard):
    found = reason("12.2", answer)
    assert found is None if heard is None else heard in found


def votes(scores, pair):
    ahead = [np.sign(row[pair[0]] - row[pair[1]]) for row in scores]
    return ahead.count(1), ahead.count(-1)


def best_pair(scores, value):
    return max(combinations(range(len(scores[0])), 2), key=lambda pair: value(scores, pair))


def widest(scores, pair):
    return np.std([row[pair[0]] - row[pair[1]] for row in scores])


def balance(scores, pair):
    first, second = votes(scores, pair)
    return -abs(first - second)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda scores: best_pair(scores, lambda s, p: min(votes(s, p))), None),
        (lambda scores: best_pair(scores, lambda s, p: min(votes(s, p)))[::-1], None),
        (lambda scores: best_pair(scores, widest), "does not matter if all agree"),
        (lambda scores: best_pair(scores, balance), "no answer to learn from"),
        (lambda scores: (0, 2), "only the order of the other two is open"),
        (lambda scores: (0, 1), "nobody doubts the first"),
        (lambda scores: (1, 1), "with itself"),
        (lambda scores: 3, "two places of melodies"),
    ],
    ids=range(8),
)
def test_next_question(answer, heard):
    found = reason("12.3", answer)
    assert found is None if heard is None else heard in found


def free_piece(pitches, genre="jig"):
    """Write a melody of dotted quarters, as a network would."""
    token_ids = [VOCABULARY.id("Bar_line")]
    for pitch in pitches:
        token_ids += VOCABULARY.ids(["Duration_36", f"Pitch_{pitch - 2}"])
    score = Score.of_melody(Melody.from_events([(pitch, 36) for pitch in pitches]), key=Key("D"))
    wish = Condition(genre=genre, meter=Meter(6, 8), mode="major", tonic=62, bars=8)
    return FreePiece(wish, tuple(token_ids), True, score)


STEPS, LEAPS = free_piece([62, 64, 66, 64, 62]), free_piece([62, 69, 62, 74, 62])
NOISE = FreePiece(STEPS.condition, (), False, None)


def test_raters_prefer_what_they_like():
    couples = [(STEPS, LEAPS), (LEAPS, STEPS)]
    leaps, steps = map(raters.encoding_of, (LEAPS, STEPS))
    assert raters.CLASS[0].truth(couples) == [(leaps, steps)] * 2
    assert raters.CLASS[3].truth(couples) == [(steps, leaps)] * 2
    wrong = raters.SimulatedRater("simulated", errors=1.0)
    assert wrong.pairs(couples) == [(steps, leaps)] * 2


def test_one_in_ten_answers_is_turned_round():
    couples = [(STEPS, LEAPS)] * 2000
    right = raters.CLASS[0].truth(couples)[0]
    said = raters.CLASS[0].pairs(couples, seed=1)
    assert said.count(right) == pytest.approx(1800, abs=60)
    assert said == raters.CLASS[0].pairs(couples, seed=1)


def test_a_table_is_handed_in(tmp_path):
    table = raters.hand_in(raters.CLASS[0], [(STEPS, LEAPS)], tmp_path / "ann.csv")
    with open_store(tmp_path / "ratings.sqlite") as store:
        assert tuple(store.merge(table)) == (1, 0)
        assert store.pairs("simulated-ann") == raters.CLASS[0].pairs([(STEPS, LEAPS)])


def test_an_encoding_is_the_piece_that_was_written():
    from melodyai_edu.tokens import decode

    encoding = raters.encoding_of(LEAPS)
    assert encoding.tokens[:2] == ("Genre_jig", "Meter_6/8")
    assert [note.pitch for note in decode(encoding).parts[0].notes] == [62, 69, 62, 74, 62]


def test_what_is_no_music_is_not_compared_and_loses():
    pieces = [STEPS] * 4 + [LEAPS] * 3 + [NOISE]
    assert raters.couples_of(pieces) == [(STEPS, LEAPS)] * 3
    share = raters.wins([LEAPS, NOISE, STEPS, STEPS], [STEPS, STEPS, STEPS, LEAPS])
    assert (share.hits, share.number) == (1, 3)


def test_figures():
    leaps, music, distinct = networks.figures_of([LEAPS, LEAPS, NOISE, NOISE])
    assert (leaps, music, distinct) == (9.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("pitches", "is_kept"),
    [
        ([62, 66, 64, 62], True),
        ([62, 65, 64, 62], False),
        ([62, 69, 64, 62], False),
        ([62, 66, 64], False),
    ],
    ids=["kept", "out of key", "leap", "ends elsewhere"],
)
def test_rules_are_read_from_the_notes(pitches, is_kept):
    assert networks.keeps_rules(free_piece(pitches).score) == is_kept


def test_rules_of_the_lesson_are_kept_by_what_is_composed():
    piece = compose(key="D major", bars=8, rules=networks.RULES, model="ngram", seed=1)
    assert networks.keeps_rules(piece.score)


def dice_pieces(number=40):
    dice = np.random.default_rng(0)
    return [free_piece(dice.integers(55, 80, 8).tolist()) for _ in range(number)]


def test_a_chosen_pair_teaches_more():
    pieces = dice_pieces()
    chosen, taken = (
        raters.learning_curve(pieces, is_chosen=is_chosen, ratings=12, rounds=6)
        for is_chosen in (True, False)
    )
    assert chosen.shape == (12,)
    assert 0.5 < taken.mean() < chosen.mean() < 1
    with pytest.raises(ParameterError, match="pieces=3 must be eight"):
        raters.learning_curve(pieces[:3], is_chosen=True)


@pytest.fixture
def network():
    return build(Sizes("transformer", 16, num_layers=1, num_heads=2))


def test_pieces_are_asked_for_in_turn(network):
    pieces = raters.write_pieces(network, 5, seed=1)
    assert [p.condition.genre for p in pieces] == ["jig", "reel", "hornpipe", "air", "jig"]
    assert raters.write_pieces(network, 5, seed=1)[4].token_ids == pieces[4].token_ids


def test_walk_stops_at_both_ends_and_changes_nothing(network, monkeypatch):
    other = build(Sizes("transformer", 16, num_layers=1, num_heads=2))
    far = [weights + 1 for weights in network.get_weights()]
    other.set_weights(far)
    met = []

    def written(walker, number, seed):
        met.append(walker.get_weights()[0])
        return [STEPS, LEAPS]

    monkeypatch.setattr(networks, "write_pieces", written)
    figures = networks.walk(network, other, (0, 0.5, 1), 2)
    assert len(figures) == 3
    for share, weights in zip((0, 0.5, 1), met, strict=True):
        np.testing.assert_allclose(weights, network.get_weights()[0] + share, atol=1e-6)
    np.testing.assert_array_equal(other.get_weights()[0], far[0])


def test_guards_of_a_network_that_is_what_it_was(network):
    exam = raters.CLASS[0].truth([(STEPS, LEAPS)])
    written = [STEPS, LEAPS]
    guards = networks.guards_of(network, network, (written, written), exam, tunes=2)
    assert guards["bits before"] == guards["bits after"] > 0
    assert guards["distinct before"] == guards["distinct after"] == 1
    assert judge_guards(guards) == "of held-out pairs it foresees 0%, no more than a coin"


def test_a_copy_may_be_changed():
    pytest.importorskip("tensorflow")
    copy = networks.copy_of("melody-tiny-transformer")
    weights = copy.get_weights()
    copy.set_weights([each * 0 for each in weights])
    again = networks.copy_of("melody-tiny-transformer")
    np.testing.assert_array_equal(again.get_weights()[0], weights[0])


def test_names_are_free(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    assert networks.free_name() == "melody-simulated-1"
    (tmp_path / "tastes").mkdir()
    (tmp_path / "tastes" / "melody-simulated-1.json").write_text("{}")
    assert networks.free_name() == "melody-simulated-2"


@pytest.fixture(scope="module")
def jigs():
    return [compose(genre="jig", bars=4, seed=seed, model="ngram") for seed in range(4)]


@pytest.fixture
def panel(jigs, tmp_path):
    with open_store(tmp_path / "ratings.sqlite") as store:
        yield panels.TastePanel(jigs, store, "quiet-owl")


def test_panel_keeps_each_answer_and_asks_each_pair_once(panel):
    asked = []
    for number in range(6):
        asked.append(frozenset(panel.pair))
        better = panel.pair[0] if number % 2 else panel.pair[1]
        panel.answer("a" if number % 2 else "B")
        assert panel.store.pairs("quiet-owl")[-1][0] == panel.encodings[better]
    assert len(set(asked)) == 6
    assert len(panel.store) == panel.answers == 6
    panel.answer("A")  # all were compared: any two come again
    assert len(panel.store) == 7


def test_panel_as_text(panel, jigs):
    assert repr(panel) == (
        "Pair 1: which one do you like more? Hear both with .hear(), then say .answer('A') or "
        ".answer('B')."
    )
    assert panel.hear()._repr_html_().count("<audio") == 2
    assert str(panel.hear()) == str(panel)
    with pytest.raises(ParameterError, match="letter='C' must be A or B"):
        panel.answer("C")
    with pytest.raises(ParameterError, match="pieces=1 must be at least two"):
        panels.TastePanel(jigs[:1], panel.store, "quiet-owl")


def test_buttons_answer(panel):
    widgets = pytest.importorskip("ipywidgets")
    box = panel._widget()
    assert isinstance(box, widgets.VBox)
    panel.buttons[1].click()
    assert panel.answers == 1
    assert "Pair 2" in box.children[0].value
