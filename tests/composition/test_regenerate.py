from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from music21 import converter

from melodyai_edu.composition import compose, offered_genres
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.musicxml_write import musicxml_text

BESIDE = Path(__file__).parents[1] / "constraints"
CHECKERS = SimpleNamespace(**runpy.run_path(str(BESIDE / "checkers.py")))

RULES = ("in_key", "max_leap=9", "longest_repetition=3")


def outside(piece, first, last):
    """Give every note that lies outside two bars, as it stands."""
    bar = piece.score.meter.bar_duration
    return [
        note
        for note in piece.score.parts[0].notes
        if not first - 1 <= (note.onset - piece.score.pickup) // bar < last
    ]


@pytest.mark.slow
def test_two_hundred_random_spans():
    random = np.random.default_rng(1)
    changed = 0
    for number in range(200):
        genre = str(random.choice(offered_genres()))
        bars = int(random.choice([4, 8, 12, 16]))
        piece = compose(genre=genre, bars=bars, rules=RULES, seed=number)
        first = int(random.integers(1, bars + 1))
        last = int(random.integers(first, bars + 1))
        other = compose(regenerate=(first, last), of=piece)
        assert outside(other, first, last) == outside(piece, first, last)
        assert other.score.duration == piece.score.duration
        changed += other.score.parts[0].notes != piece.score.parts[0].notes
        if number % 5 == 0:  # music21 reads slowly
            old, new = (
                converter.parse(musicxml_text(one.score), format="musicxml")
                for one in (piece, other)
            )
            asked = [*RULES, f"regenerate={first}-{last}"]
            key, meter = piece.score.key.name, piece.score.meter.name
            found = CHECKERS.violations(new, asked, key=key, meter=meter, bars=bars, original=old)
            assert found == [], (genre, first, last)
    assert changed > 190


def test_it_can_be_done_again_and_is_the_same_each_time():
    piece = compose(genre="jig", bars=8, seed=4)
    once, twice = (compose(regenerate=(3, 6), of=piece) for _ in range(2))
    assert once.score == twice.score
    assert compose(regenerate=(1, 8), of=once).score != once.score
    assert compose(regenerate=(3, 6), of=piece, seed=5).score != once.score


JIG = {"genre": "jig", "model": "ngram", "bars": 8, "key": "D major"}


def judge(piece, rules):
    stream = converter.parse(musicxml_text(piece.score), format="musicxml")
    key, meter = piece.score.key.name, piece.score.meter.name
    return CHECKERS.violations(stream, rules, key=key, meter=meter, bars=8)


@pytest.mark.parametrize(
    ("rule", "span", "form"),
    [
        ("form=AABA", (1, 2), "ABCD EFCD"),
        ("form=AABB", (1, 2), "ABCD EFEF"),
        ("same_bars=5-8 1-4 transposed 2", (5, 6), "ABCD EFGH"),
    ],
)
def test_a_rule_that_new_bars_break_is_not_said_to_be_kept(rule, span, form):
    piece = compose(**JIG, rules=[rule, "max_leap=7"], seed=1)
    assert piece.facts["rules kept"] == f"{rule}, max_leap=7"
    other = compose(of=piece, regenerate=span, seed=5)
    assert other.facts["rules kept"] == "max_leap=7"
    assert other.facts["rules given up"] == rule
    assert judge(other, [rule])
    assert not judge(other, ["max_leap=7"])
    assert other.facts["form"] == form
    again = compose(of=other, regenerate=(3, 4), seed=6)  # what is lost stays lost
    assert again.facts["rules given up"] == rule
    assert outside(again, 3, 4) == outside(other, 3, 4)


@pytest.mark.parametrize(
    ("rule", "span"),
    [
        ("form=AABA", (5, 6)),
        ("form=AABB", (1, 4)),
        ("form=ABA'", (1, 3)),
        ("same_bars=2 1", (1, 8)),
    ],
)
def test_a_rule_that_new_bars_can_keep_holds(rule, span):
    fields = JIG | {"bars": 9} if rule == "form=ABA'" else JIG
    piece = compose(**fields, rules=[rule], seed=1)
    other = compose(of=piece, regenerate=span, seed=5)
    assert other.facts["rules kept"] == rule
    assert "rules given up" not in other.facts
    assert outside(other, *span) == outside(piece, *span)
    stream = converter.parse(musicxml_text(other.score), format="musicxml")
    assert not CHECKERS.violations(
        stream, [rule], key="D major", meter=other.score.meter.name, bars=fields["bars"]
    )


@pytest.mark.parametrize("span", [(5, 6), (1, 8)])
def test_a_pickup_stays(span):
    piece = compose(genre="jig", bars=8, rules=["pickup=1/4", "max_leap=7"], seed=1, model="ngram")
    assert outside(piece, 1, 8)  # the pickup
    for seed in range(4):
        other = compose(regenerate=span, of=piece, seed=seed)
        assert outside(other, *span) == outside(piece, *span)
        assert other.score.pickup == piece.score.pickup == 24


def test_a_pickup_is_locked_as_bar_0():
    piece = compose(genre="jig", bars=4, rules=["pickup=1/4"], seed=1, model="ngram")
    other = compose(genre="jig", bars=4, rules=["locked=0"], of=piece, seed=2, model="ngram")
    assert outside(other, 1, 4) == outside(piece, 1, 4)
    with pytest.raises(ParameterError, match="locked=0: the piece has no pickup"):
        compose(rules=["locked=0"], of=compose(genre="jig", bars=4, model="ngram"))


def test_locked_bars_as_a_rule():
    piece = compose(genre="jig", bars=8, seed=4)
    other = compose(genre="jig", bars=8, seed=9, rules=["locked=1-2,7-8"], of=piece)
    assert outside(other, 3, 6) == outside(piece, 3, 6)
    assert outside(other, 7, 8) != outside(piece, 7, 8)


def test_a_lock_that_knows_its_piece_needs_no_other():
    piece = compose(**JIG, seed=4)
    rules = [Locked("1-4").of(piece.score), "max_leap=9"]
    other = compose(**JIG, rules=rules, seed=5)
    assert outside(other, 5, 8) == outside(piece, 5, 8)
    assert other.facts["rules kept"] == "locked=1-4, max_leap=9"
    third = compose(**JIG, rules=rules, of=other, seed=6)  # it keeps its own
    assert outside(third, 5, 8) == outside(piece, 5, 8)
    with pytest.raises(ParameterError, match="knows a piece"):
        other.request.to_json()


def test_new_rules_hold_in_the_new_bars():
    piece = compose(genre="reel", bars=8, seed=4)
    other = compose(regenerate=(3, 4), of=piece, rules=["scale=major pentatonic"])
    scale = {(other.score.key.tonic_pitch_class + interval) % 12 for interval in (0, 2, 4, 7, 9)}
    bar = other.score.meter.bar_duration
    new = [note for note in other.score.parts[0].notes if 2 * bar <= note.onset < 4 * bar]
    assert new
    assert {note.pitch_class for note in new} <= scale


@pytest.mark.parametrize("span", [(0, 3), (3, 2), (7, 9)])
def test_a_span_outside_the_piece_is_refused(span):
    piece = compose(genre="jig", bars=8, seed=4)
    with pytest.raises(ParameterError, match=r"first and the last bar .* from 1 to 8"):
        compose(regenerate=span, of=piece)


def test_it_needs_the_piece():
    with pytest.raises(ParameterError, match="of=piece"):
        compose(genre="jig", regenerate=(1, 2))
    with pytest.raises(ParameterError, match="of=piece"):
        compose(genre="jig", rules=["locked=1-2"])
