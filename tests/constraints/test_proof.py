"""What no peer promises: rules hold in every piece, whatever the model believes.

A network with random weights composes under random bundles of rules; independent checkers judge
the music21 objects read back from the written MusicXML.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from music21 import converter

from melodyai_edu.composition import compose, offered_genres
from melodyai_edu.composition.library import train_index, train_tunes
from melodyai_edu.decoding import Sampler
from melodyai_edu.decoding.copies import find_watch
from melodyai_edu.io.musicxml_write import musicxml_text


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


CHECKERS, RANDOM = load("checkers"), load("random_pieces")

#: Random bundles, and pieces of each.
BUNDLES, PIECES = 260, 4


def judge(score, rules, *, key, meter, bars, **more):
    """List the violations that music21's reading of the written file shows."""
    stream = converter.parse(musicxml_text(score), format="musicxml")
    return CHECKERS.violations(stream, rules, key=key, meter=meter, bars=bars, **more)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_no_piece_of_a_random_model_breaks_a_rule(part):
    """Together 1,040 pieces: random rules, keys, meters, lengths and weights; no violation."""
    judged = 0
    for bundle in range(part, BUNDLES, 4):
        random = np.random.default_rng(bundle)
        rules, key, meter, bars = RANDOM.random_request(random)
        automaton, kept = RANDOM.compile_or_drop(rules, key, meter, bars)
        for number in range(PIECES):
            score = RANDOM.random_piece(automaton, 1000 * bundle + number)
            found = judge(score, kept, key=key, meter=meter, bars=bars)
            assert found == [], (bundle, number, kept, key, meter, bars)
            judged += 1
    assert judged == BUNDLES // 4 * PIECES


@pytest.mark.slow
def test_bundles_are_rich():
    """Most bundles keep most of their rules, and every rule is among them often."""
    names, sizes = [], []
    for bundle in range(0, BUNDLES, 4):
        request = RANDOM.random_request(np.random.default_rng(bundle))
        _, kept = RANDOM.compile_or_drop(*request)
        names += [rule.partition("=")[0] for rule in kept]
        sizes.append(len(kept))
    assert np.mean(sizes) > 2.5
    assert len(set(names)) >= 25


@pytest.mark.parametrize("temperature", [0.1, 3.0])
def test_chance_may_be_any(temperature):
    rules = ["in_key", "max_leap=5", "form=AABB", "end_on_tonic", "range=C4-C6"]
    automaton, kept = RANDOM.compile_or_drop(rules, "D major", "6/8", 8)
    assert kept == rules
    for seed in range(5):
        drawn = RANDOM.draw_piece(
            RANDOM.RandomWeights(seed),
            automaton,
            Sampler(temperature, top_k=3),
            np.random.default_rng(seed),
        )
        score = RANDOM.score_of(automaton, drawn)
        assert judge(score, rules, key="D major", meter="6/8", bars=8) == []


BUNDLES_ASKED = [
    ["in_key", "max_leap=9", "leaps_recovered", "range=D4-B5"],
    ["no_augmented_leap", "longest_repetition=2", "first_degree=1,3,5", "no_syncopation"],
    ["one_climax", "density=1-8", "final_note=1", "leading_tone_resolves"],
    ["form=AABA", "in_key", "max_leap=12"],
    ["form=ABA'", "range=C4-C6"],
    ["same_bars=5-8 1-4 transposed 2", "max_leap=9"],
    ["contour=arch", "chord_tones=I IV V I", "end_on_tonic"],
    ["cadence=4 half, 12 full", "longest=1/2", "shortest=1/16"],
]


@pytest.mark.slow
@pytest.mark.parametrize("rules", BUNDLES_ASKED, ids=lambda rules: rules[0])
def test_pieces_of_every_genre_keep_what_was_asked_for(rules):
    for seed, genre in enumerate(offered_genres()):
        piece = compose(genre=genre, bars=12, rules=rules, seed=seed)
        found = judge(
            piece.score,
            rules,
            key=piece.score.key.name,
            meter=piece.score.meter.name,
            bars=12,
        )
        assert found == [], (genre, rules)


@pytest.fixture(scope="module")
def training():
    return CHECKERS.TrainingTunes(
        [(note.onset, note.pitch) for note in tune.melody] for tune in train_tunes()
    )


@pytest.mark.slow
def test_nothing_long_is_copied_under_random_rules(training):
    """Random rules, forms, keys, meters and weights, and rhythms that bars take from each other."""
    judged, alone = 0, 0
    for bundle in range(60):
        random = np.random.default_rng(10_000 + bundle)
        rules, key, meter, bars = RANDOM.random_request(random)
        longest = f"no_copy={random.integers(3, 8)}"
        automaton, kept = RANDOM.compile_or_drop([longest, *rules], key, meter, bars)
        watch = find_watch(automaton, train_index())
        if watch is None:  # such as a given rhythm on one pitch
            alone += 1
            continue
        rhythms = {bar: int(random.integers(bar)) for bar in range(1, bars)}
        score = RANDOM.random_piece(automaton, bundle, watch=watch, rhythms=rhythms)
        found = judge(score, kept, key=key, meter=meter, bars=bars, training=training)
        assert found == [], (bundle, kept, key, meter, bars)
        judged += 1
    assert judged > 52, alone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("longest", "rules", "form"),
    [(6, [], None), (5, ["in_key", "max_leap=5"], None), (4, ["in_key", "end_on_tonic"], "AABA")],
)
def test_nothing_long_is_copied(longest, rules, form, training):
    rules = [f"no_copy={longest}", *rules]
    for seed in range(4):
        piece = compose(genre="reel", model="ngram", form=form, rules=rules, seed=seed)
        found = judge(
            piece.score,
            rules,
            key=piece.score.key.name,
            meter=piece.score.meter.name,
            bars=16,
            training=training,
        )
        assert found == []
        assert piece.copying.longest_run <= longest
