"""Another letter is another section, and no rule is given up for it."""

import numpy as np
import pytest

from melodyai_edu.composition import compose
from melodyai_edu.constraints import compile_rules
from melodyai_edu.decoding import Sampler, draw_piece
from melodyai_edu.decoding.contrast import Contrast, avoid
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.tokens import VOCABULARY

NARROW = ["durations=1/2", "range=C4-D4", "form=ABAC"]


def bars_of(tokens):
    """Split a piece's tokens at its bar lines."""
    bars = []
    for token_id in tokens:
        if token_id == VOCABULARY.id("Bar_line"):
            bars.append(())
        else:
            bars[-1] = (*bars[-1], token_id)
    return bars


def draw(seed, contrast):
    return draw_piece(
        MelodyNGram().start(),
        compile_rules(NARROW, length=4),
        Sampler(),
        np.random.default_rng(seed),
        contrast=contrast,
    )


def test_letters_that_differ_are_sections_that_differ():
    alike = 0
    for seed in range(60):
        first, second, third, fourth = bars_of(draw(seed, Contrast("ABAC", 1)))
        assert first == third
        assert len({first, second, fourth}) == 3
        free = bars_of(draw(seed, None))
        alike += len({free[0], free[1], free[3]}) < 3
    assert alike > 10  # two pitches and two notes a bar: chance alone makes twins


def test_what_cannot_differ_stays_as_the_rules_want_it():
    automaton = compile_rules(["fixed=1.1: C4 1/1", "fixed=2.1: C4 1/1", "form=AB"], length=2)
    drawn = draw_piece(
        MelodyNGram().start(), automaton, Sampler(), np.random.default_rng(0),
        contrast=Contrast("AB", 1),
    )  # fmt: skip
    assert len(set(bars_of(drawn))) == 1


def test_equal_letters_are_no_twins():
    contrast = Contrast("AAB", 2)
    assert contrast.pairs == [(4, 0), (4, 2)]
    bars = {0: [1], 1: [2], 2: [1], 3: [2]}
    assert contrast.twins(4, bars, (0, 1, 0, 1, 4, 5)) == [[1], [1]]
    assert contrast.twins(5, {**bars, 4: [9]}, (0, 1, 0, 1, 4, 5)) == []
    assert contrast.twins(5, {**bars, 4: [1]}, (0, 1, 0, 1, 0, 5)) == [[2], [2]]


def test_an_illegal_twin_is_not_avoided():
    automaton = compile_rules(["durations=1/2", "range=C4-D4"], length=1)
    state = automaton.next(automaton.start(), automaton.bar_id)
    assert avoid(automaton, state, [VOCABULARY.ids(["Duration_48", "Pitch_90"])]) == {}


@pytest.mark.parametrize("form", ["ABAC", "AABA", "AABB"])
def test_arranged_pieces_have_the_form_and_only_that(form):
    for seed in (18, 206):
        piece = compose(
            form=form, bars=8, meter="6/8", rules=["range=C4-A4", "in_key"], seed=seed,
            instruments=["flute", "acoustic guitar (steel)", "acoustic bass"],
        )  # fmt: skip
        length = piece.lead.duration // len(form)
        sections = [
            {(n.onset % length, n.duration, n.pitch) for n in piece.lead.parts[0].notes
             if n.onset // length == place}
            for place in range(len(form))
        ]  # fmt: skip
        for a in range(len(form)):
            for b in range(a):
                assert (sections[a] == sections[b]) == (form[a] == form[b])
