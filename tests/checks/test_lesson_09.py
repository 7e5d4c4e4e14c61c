"""The exercises of lesson 09: right answers pass, typical mistakes are heard."""

from itertools import product

import numpy as np
import pytest

from melodyai_edu.checks.lesson_09 import EXERCISES, PREDICTIONS, RECALL

VOICES = ("soprano", "alto", "tenor", "bass")


def reason(number, answer):
    return EXERCISES[number].test(answer)


def in_one_direction(before, after):
    """Hear fifths only where both voices rise or both fall; some books ask for no more."""
    moves = {voice: b - a for voice, a, b in zip(VOICES, before, after, strict=True)}
    return [pair for pair in fifths()(before, after) if moves[pair[0]] * moves[pair[1]] > 0]


def fifths(is_fifth=lambda gap: gap % 12 == 7, must_move="both", turned=False):
    """Build an answer to exercise 9.1, with a mistake if one is asked for."""

    def answer(before, after):
        found = []
        for upper, lower in product(range(4), repeat=2):
            moves = [before[voice] != after[voice] for voice in (upper, lower)]
            is_moving = {"both": all(moves), "one": any(moves), "none": True}[must_move]
            gaps = [chord[upper] - chord[lower] for chord in (before, after)]
            if upper < lower and is_moving and all(is_fifth(gap) for gap in gaps):
                pair = VOICES[upper], VOICES[lower]
                found.append(pair[::-1] if turned else pair)
        return found

    return answer


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (fifths(), None),
        (lambda a, b: set(fifths()(a, b)), None),
        (in_one_direction, None),
        (fifths(lambda gap: gap == 7), "you miss parallel fifths, alto and bass"),
        (fifths(lambda gap: gap in (7, 19)), "two octaves apart, 31"),
        (fifths(lambda gap: gap % 12 in (0, 7)), "soprano and bass, and there are none"),
        (fifths(must_move="none"), "nobody moves, so nothing is parallel"),
        (fifths(turned=True), "the upper one comes first"),
        (lambda a, b: [], "you miss parallel fifths, tenor and bass"),
        (lambda a, b: None, "hand over the list with return"),
        (lambda a, b: True, "a list of pairs is wanted"),
        (lambda a, b: ["tenor"], "a list of pairs is wanted"),
    ],
)
def test_parallels(answer, heard):
    found = reason("9.1", answer)
    assert found is None if heard is None else heard in found


def search(price, step):
    cheapest, came_from = np.array(price[0]), []
    for cost in price[1:]:
        total = cheapest[:, None] + step
        came_from.append(total.argmin(axis=0))
        cheapest = total.min(axis=0) + cost
    path = [int(cheapest.argmin())]
    for before in reversed(came_from):
        path.insert(0, int(before[path[0]]))
    return path


def greedy_step(price, step):
    path = [int(np.argmin(price[0]))]
    for cost in price[1:]:
        path.append(int(np.argmin(cost + step[path[-1]])))
    return path


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (search, None),
        (lambda p, s: np.array(search(p, s)), None),
        (lambda p, s: p.argmin(axis=1).tolist(), "cheapest chord of each beat by itself"),
        (greedy_step, "more than"),
        (lambda p, s: search(p, s.T), "more than the cheapest"),
        (lambda p, s: search(p, s)[:-1], "want 2 chords, and you give 1"),
        (lambda p, s: [n + 1 for n in search(p, s)], "columns count from 0|names a chord"),
        (lambda p, s: None, "hand over the path"),
        (lambda p, s: 3, "a list of column numbers"),
    ],
)
def test_search(answer, heard):
    found = reason("9.2", answer)
    assert found is None if heard is None else any(part in found for part in heard.split("|"))


RIGHT = {
    "soprano": [67, 69, 67, 67],
    "alto": [64, 65, 62, 64],
    "tenor": [60, 60, 59, 60],
    "bass": [48, 53, 55, 48],
}
START = {**RIGHT, "alto": [64, 65, 59, 64], "tenor": [55, 60, 62, 55]}


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        (RIGHT, None),
        (START, "parallel fifths, tenor and bass, bar 1 beat 2"),
        ({**RIGHT, "alto": [64, 65, 62, 63]}, "in chord 4 the alto sings a note that I"),
        ({**RIGHT, "tenor": [60, 60, 55, 60]}, "chord 3 is no whole V"),
        ({**RIGHT, "bass": [48, 53, 43, 48]}, "the bass has changed"),
        ({**RIGHT, "alto": [64, 65, 62]}, "the alto has 3 notes"),
        ({"alto": [64]}, "a dictionary with the four voices"),
        ({**RIGHT, "alto": [64, 65, 71, 64], "tenor": [60, 60, 62, 60]}, "soprano and alto"),
    ],
)
def test_repair(given, heard):
    found = reason("9.3", lambda: given)
    assert found is None if heard is None else heard in found
    assert reason("9.3", given) == found


def test_every_complete_setting_of_the_inner_voices_is_judged_like_the_teacher():
    """Of all ways to set alto and tenor some pass, and none that passes has a fault."""
    from melodyai_edu.score import Melody, Part, Score
    from melodyai_edu.theory.faults import find_faults

    passed = 0
    for alto in product((60, 64), (60, 65), (59, 62), (60, 64)):
        for tenor in product((55, 60), (57, 60), (59, 62), (55, 60)):
            given = {**RIGHT, "alto": list(alto), "tenor": list(tenor)}
            lines = [Melody.from_events([(p, 24) for p in given[v]]).notes for v in VOICES]
            if reason("9.3", given) is None:
                passed += 1
                assert find_faults(Score(tuple(Part(line) for line in lines))) == ()
    assert passed >= 1


def test_questions_have_reasons():
    assert len(RECALL) == 5
    for question in (*RECALL, *PREDICTIONS.values()):
        assert len(question.choices) >= 3
        assert all(why for _, why in question.choices.values())
