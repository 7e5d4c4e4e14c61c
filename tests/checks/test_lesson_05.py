"""The exercises of lesson 05: right answers pass, typical mistakes are heard; its helpers."""

import math
from collections import Counter
from itertools import groupby

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.checks.lesson_05 import (
    EXERCISES,
    draw_jig,
    next_pitches,
    tune_bits,
    wander,
)
from melodyai_edu.evaluation.statistics import longest_one_note_run
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.tokens import encode


def reason(number, answer):
    return EXERCISES[number].test(answer)


def best_epoch(losses, patience):
    best = 0
    for place, loss in enumerate(losses):
        if loss < losses[best]:
            best = place
        elif place - best >= patience:
            break
    return best + 1


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (best_epoch, None),
        (lambda losses, patience: best_epoch(losses, patience) - 1, "still getting better"),
        (lambda losses, patience: len(losses), "by heart"),
        (lambda losses, patience: best_epoch(losses, 1), "no reason to stop"),
        (lambda losses, patience: losses.index(min(losses)) + 1, "nobody goes on to 5"),
        (
            lambda losses, patience: best_epoch(
                [loss - place / 1e6 for place, loss in enumerate(losses)], patience
            ),
            "equal is not better",
        ),
        (lambda losses, patience: None, "still getting better"),
    ],
)  # fmt: skip
def test_early_stopping(answer, heard):
    found = reason("5.1", answer)
    assert found is None if heard is None else heard in found


def longest_loop(pitches):
    return max((len(list(run)) for _, run in groupby(pitches)), default=0)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (longest_loop, None),
        (lambda pitches: longest_loop(pitches) - 1, "longest run is one note"),
        (lambda pitches: max(Counter(pitches).values(), default=0), "never twice in a row"),
        (lambda pitches: longest_loop(pitches[:-1]) or 1, "the last notes are a run"),
        (lambda pitches: longest_loop([p % 12 for p in pitches]), "an octave is a leap"),
        (lambda pitches: max(longest_loop(pitches), 1), "nothing sounds"),
        (lambda pitches: len(list(groupby(pitches))), "longest run is one note"),
    ],
)
def test_loop_catcher(answer, heard):
    found = reason("5.2", answer)
    assert found is None if heard is None else heard in found


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (lambda came: sum(came) / len(came), None),
        (lambda came: np.mean(came), None),
        (lambda came: sorted(came)[len(came) // 2], "lies between, on D"),
        (lambda came: Counter(came).most_common(1)[0][0], "lies between, on D"),
        (lambda came: (max(came) + min(came)) / 2, "pulls the answer up"),
        (lambda came: round(sum(came) / len(came)), "do not round"),
        (lambda came: "D", "a number is wanted"),
    ],
)
def test_best_guess(answer, heard):
    found = reason("5.3", answer)
    assert found is None if heard is None else heard in found


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("tensorflow")
    from melodyai_edu.models.presets import Sizes, build

    return build(Sizes("lstm", 8, 1, units=8))


def test_a_drawn_jig_fills_its_bars_and_keeps_the_rule(network):
    drawn = draw_jig(network, 0, ["longest_repetition=2"], bars=2)
    assert (drawn.meter.name, drawn.key.name) == ("6/8", "G major")
    assert drawn.duration == 2 * drawn.meter.bar_duration
    assert longest_one_note_run(drawn)[0] <= 2
    assert drawn == draw_jig(network, 0, ["longest_repetition=2"], bars=2, seed=9)


def test_bits_of_both_kinds_of_model_count_the_same_notes(network):
    jigs = mai.load("oneill").filter(genre="jig")[:3]
    ngram = MelodyNGram().fit([encode(tune.melody_score).token_ids for tune in jigs])
    theirs, notes = tune_bits(ngram, list(jigs))
    ours, same = tune_bits(network, list(jigs))
    assert notes.tolist() == same.tolist()
    assert (theirs < ours).all()  # one knows these tunes, the other nothing
    assert ours.sum() / notes.sum() == pytest.approx(
        math.log2(23) + math.log2(50), abs=1.5
    )  # about as uncertain as a die with a side for each Duration and each Pitch


def test_next_pitches_and_wander():
    tune = mai.load("oneill")[0]
    heard, came = next_pitches([tune], 4)
    pitches = [note.pitch for note in tune.melody.notes]
    assert heard[0].tolist() == pitches[:4]
    assert came.tolist() == pitches[4:]

    def mean(latest, training):
        return latest.mean(axis=1, keepdims=True)

    assert wander(mean, [60, 64, 60, 64], 2) == pytest.approx([62.0, 62.5])
