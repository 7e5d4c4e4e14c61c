from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyai_edu.constraints import State, as_rules, compile_rules
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.decoding import ExactSampler, Sampler, draw_piece, play
from melodyai_edu.decoding.beam import beam_piece
from melodyai_edu.decoding.copies import CopyWatch, find_watch, longest_copy
from melodyai_edu.decoding.neural import NeuralSampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.fixed_order import FixedOrderNGram
from melodyai_edu.score import Note, Part, Score
from melodyai_edu.tokens import VOCABULARY

SMALL = ["range=C4-D4", "durations=1/2,1/1", "no_rests"]


class Uniform:
    """Knows nothing."""

    def distribution(self):
        return np.ones(len(VOCABULARY))

    def observe(self, token_id):
        pass


class Known:
    """Knows some runs of moves, and all that stand in them."""

    def __init__(self, runs):
        self.runs = {run[a:b] for run in runs for a in range(len(run)) for b in range(len(run) + 1)}

    def knows(self, moves):
        return moves in self.runs


class Rising:
    """Knows every line that rises."""

    def knows(self, moves):
        return all(interval > 0 for interval, _ in moves)


def whole_pieces(automaton):
    """List the drawn tokens of every legal piece."""

    def go_on(state: State):
        if automaton.is_end(state):
            return [()]
        return [
            (token_id, *rest)
            for token_id in np.flatnonzero(automaton.mask(state)).tolist()
            for rest in go_on(automaton.next(state, token_id))
        ]

    return go_on(automaton.start())


@cache
def small(form):
    """Give a tiny automaton and all its pieces."""
    automaton = compile_rules([*SMALL, *([form] if form else [])], length=3)
    return automaton, whole_pieces(automaton)


def moves_of(automaton, drawn):
    """Give the moves of a piece as it is played, counted anew."""
    tokens = [VOCABULARY.token(i) for i in play(automaton, drawn)]
    values = [int(token.split("_")[1]) for token in tokens if token != "Bar_line"]
    onset, notes = 0, []
    for duration, pitch in zip(values[::2], values[1::2], strict=True):
        notes.append((onset, pitch))
        onset += duration
    return [(q - p, b - a) for (a, p), (b, q) in pairwise(notes)]


def copies(automaton, drawn, known, longest):
    """Say whether any run of more notes is known."""
    moves = moves_of(automaton, drawn)
    return any(known.knows(tuple(moves[i : i + longest])) for i in range(len(moves) - longest + 1))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["", "form=AAA", "form=ABA", "form=AAB", "same_bars=2 1 transposed 1"]),
    st.integers(2, 4),
    st.integers(5, 120),
)
def test_a_token_is_open_just_when_some_piece_goes_on_with_it(seed, form, longest, number):
    """Against every piece that there is, with random tunes."""
    automaton, everything = small(form)
    random = np.random.default_rng(seed)
    runs = [
        moves_of(automaton, everything[i]) for i in random.integers(len(everything), size=number)
    ]
    known = Known({tuple(run[i : i + longest]) for run in runs for i in range(len(run))})
    free = [piece for piece in everything if not copies(automaton, piece, known, longest)]
    if not free:
        with pytest.raises(ParameterError, match=f"no_copy={longest}"):
            CopyWatch(automaton, known, longest)
        return
    watch = CopyWatch(automaton, known, longest)
    state, drawn = automaton.start(), ()
    while not automaton.is_end(state):
        here = [piece for piece in free if piece[: len(drawn)] == drawn]
        expected = {piece[len(drawn)] for piece in here}
        legal = np.flatnonzero(automaton.mask(state)).tolist()
        assert {token for token in legal if watch.is_open([*drawn, token])} == expected
        token_id = int(random.choice(sorted(expected)))
        drawn, state = (*drawn, token_id), automaton.next(state, token_id)
    assert drawn in free


RULES = ["in_key", "range=C4-C5", "durations=1/8,1/4,1/2", "no_rests"]


@pytest.mark.parametrize("form", ["form=AAAA", "form=ABAB", "form=AABA"])
def test_no_run_comes_in_with_a_rhythm_that_is_taken_over(form):
    """A bar that takes the rhythm of another is asked about as well, to its last token."""
    automaton = compile_rules([*RULES, form, "no_copy=3"], length=8)
    for seed in range(12):
        watch = CopyWatch(automaton, Rising(), 3)
        drawn = draw_piece(
            Uniform(), automaton, Sampler(), np.random.default_rng(seed), watch=watch,
            rhythms={bar: bar - 1 for bar in range(1, 8)},
        )  # fmt: skip
        pitches = [
            int(VOCABULARY.token(i)[6:]) for i in drawn if VOCABULARY.token(i)[:6] == "Pitch_"
        ]
        rises = "".join("r" if b > a else "." for a, b in pairwise(pitches))
        assert "rrr" not in rises


def test_where_nothing_is_free_it_says_so():
    automaton = compile_rules(["contour=rising", "durations=1/1", "no_rests", "in_key",
                               "longest_repetition=1"], length=4)  # fmt: skip
    with pytest.raises(ParameterError, match="no_copy=3: no piece that keeps the other rules"):
        CopyWatch(automaton, Rising(), longest=3)


def test_a_prompt_that_copies_is_refused_at_its_first_note():
    automaton = compile_rules([*RULES, "no_copy=3"], length=2)
    watch = find_watch(automaton, Rising())
    prompt = VOCABULARY.ids(
        ["Bar_line", *(f"{'Duration_12' if i % 2 else f'Pitch_{p}'}" for p in (60, 62, 64, 65)
                       for i in (1, 0))]
    )  # fmt: skip
    with pytest.raises(ParameterError, match=r"note is F4 at bar 1 beat 2.5: it breaks no_copy=3$"):
        draw_piece(Uniform(), automaton, Sampler(), np.random.default_rng(0), watch=watch,
                   prompt=prompt)  # fmt: skip
    drawn = draw_piece(Uniform(), automaton, Sampler(), np.random.default_rng(0), watch=watch,
                       prompt=prompt[:-1])  # fmt: skip
    assert VOCABULARY.token(drawn[8]) in ("Pitch_60", "Pitch_62", "Pitch_64")


def test_what_locked_bars_copy_is_not_judged():
    notes = tuple(Note(24 * i, 24, 60 + 2 * i) for i in range(4))
    score = Score((Part((*notes, Note(96, 96, 60))),))
    rules = [*as_rules(RULES), Locked("1").of(score)]
    automaton = compile_rules(rules, length=2)
    drawn = draw_piece(Uniform(), automaton, Sampler(), np.random.default_rng(0),
                       watch=CopyWatch(automaton, Rising(), 3))  # fmt: skip
    pitches = [int(VOCABULARY.token(i)[6:]) for i in drawn if VOCABULARY.token(i)[:6] == "Pitch_"]
    assert pitches[:4] == [60, 62, 64, 66]
    assert pitches[4] <= 66  # the run stops where the lock does


def test_who_cannot_keep_it_refuses():
    automaton = compile_rules(["no_copy=5", "in_key"], length=2)
    assert longest_copy(automaton.rules) == 5
    for draw, who in (
        (lambda: beam_piece(Uniform(), automaton), "a beam"),
        (lambda: ExactSampler(automaton, FixedOrderNGram(1)), "exact sampling"),
        (lambda: NeuralSampler(lambda *_: None, automaton), "the compiled loop"),
        (
            lambda: draw_piece(Uniform(), automaton, Sampler(), np.random.default_rng(0)),
            "draw_piece",
        ),
    ):
        with pytest.raises(ParameterError, match=f"no_copy=5 .*{who}.* cannot keep it"):
            draw()
