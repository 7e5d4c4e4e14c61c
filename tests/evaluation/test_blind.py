"""Blind pairs: the order is drawn, nothing but notes is heard, luck is reckoned with."""

from collections import Counter
from itertools import product

import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.blind import BlindTest, opening, pairs_needed, sign_test
from melodyai_edu.score import Key, Melody, Meter, Score


def scale(start, tempo=120.0, title="Given away"):
    melody = Melody.from_events([(start + step, 24) for step in range(16)])
    return Score.of_melody(melody, tempo=tempo, title=title, program=start % 8)


def made_of(number, seed=0):
    people = [scale(40 + place) for place in range(number)]
    return BlindTest(people, [scale(70 + place) for place in range(number)], bars=2, seed=seed)


def first_pitches(test, number):
    return [score.parts[0].notes[0].pitch for score in test.pair(number)]


def test_each_pair_holds_its_person_and_its_machine():
    test = made_of(20)
    for number in range(20):
        pitches = first_pitches(test, number)
        assert max(pitches) - min(pitches) == 30
        assert test.machine(number) == "AB"[pitches.index(max(pitches))]
    assert len({min(first_pitches(test, number)) for number in range(20)}) == 20


def test_the_same_seed_draws_the_same_order():
    assert made_of(9, seed=3).fingerprint == made_of(9, seed=3).fingerprint
    assert made_of(9, seed=3).fingerprint != made_of(9, seed=4).fingerprint
    letters = Counter(made_of(1, seed).machine(0) for seed in range(200))
    assert 70 <= letters["A"] <= 130


def test_only_notes_are_heard():
    first, second = made_of(1).pair(0)
    assert (first.title, second.title) == ("A", "B")
    assert first.tempo == second.tempo
    assert first.parts[0].program == second.parts[0].program
    assert first.duration == second.duration == 2 * Meter(4, 4).bar_duration


def test_opening_leaves_the_pickup_out_and_cuts_the_last_note():
    melody = Melody.from_events([(60, 24), (None, 24), (62, 48), (64, 144)])
    score = Score.of_melody(melody, pickup=24, key=Key("D"), meter=Meter(2, 4))
    heard = opening(score, 2)
    assert [(n.pitch, n.onset, n.duration) for n in heard.parts[0].notes] == [
        (62, 24, 48), (64, 72, 24),
    ]  # fmt: skip
    assert heard.key == Key("D")
    with pytest.raises(ParameterError, match="bars=9 must stand in the piece"):
        opening(score, 9)


def test_opening_of_real_tunes_and_pieces():
    tune = mai.load("oneill").filter(genre="jig", split="test")[0]
    piece = mai.compose(genre="jig", key=tune.key.name, bars=8, seed=1, model="ngram")
    test = BlindTest([tune.score], [piece.score])
    assert {score.bar_count for score in test.pair(0)} == {8}


@pytest.mark.parametrize("number", [1, 2, 5, 8])
def test_sign_test_counts_all_guesses(number):
    throws = [sum(throw) for throw in product((0, 1), repeat=number)]
    for right in range(number + 1):
        as_far = sum(abs(throw - number / 2) >= abs(right - number / 2) for throw in throws)
        assert sign_test(right, number) == pytest.approx(as_far / len(throws))


def test_pairs_needed():
    # Six of six is the first result that a guesser reaches less than one time in twenty.
    assert pairs_needed(1.0) == 6
    numbers = [pairs_needed(share) for share in (0.9, 0.8, 0.7, 0.6)]
    assert numbers == sorted(numbers)
    # Lehr's rule for a share near one half: 7.85 / (4 * 0.1 ** 2) is 196.
    assert 180 <= numbers[-1] <= 212
    for share in (0.5, 1.1):
        with pytest.raises(ParameterError, match="which is guessing"):
            pairs_needed(share)
    with pytest.raises(ParameterError, match="more than 500"):
        pairs_needed(0.51)


def test_judge():
    test = made_of(4)
    letters = [test.machine(number) for number in range(4)]
    assert test.judge(letters).right == 4
    assert test.judge([]).p == 1.0
    assert str(test.judge([])) == "no answer yet, 4 pairs to hear"
    turned = ["A" if letter == "B" else "B" for letter in letters[:3]]
    assert (test.judge(turned).right, test.judge(turned).answered) == (0, 3)
    for wrong in (["C"], ["A"] * 5):
        with pytest.raises(ParameterError, match="at most 4 letters"):
            test.judge(wrong)
    with pytest.raises(ParameterError, match="number=4 must be from 0 to 3"):
        test.pair(4)


def test_unequal_sides_are_refused():
    with pytest.raises(ParameterError, match="equally many"):
        BlindTest([scale(60)], [])
