"""Rules of rhythm: every rhythm of a tiny setting is judged by a line of plain Python."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.constraints import Setting, Slot, compile_in, compile_rules, parse_rule
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


SMALL = load("small_pieces")


def setting(meter, bars, durations):
    return Setting(Key("C"), Meter.parse(meter), bars, pitches=(60,), durations=durations)


TWO = setting("2/4", 2, (12, 24, 48))
FOUR = setting("4/4", 1, (12, 24, 36, 48, 96))
THREE = setting("3/4", 1, (12, 24, 48, 72))
SIX = setting("6/8", 1, (12, 24, 36, 72))

#: How strong each eighth of a bar is, by hand.
STRENGTHS = {
    "2/4": (3, 1, 2, 1),
    "3/4": (3, 1, 2, 1, 2, 1),
    "4/4": (4, 1, 2, 1, 3, 1, 2, 1),
    "6/8": (3, 1, 1, 2, 1, 1),
}


def lengths(piece, first=0, end=10_000):
    return [d if p is not None else -d for o, d, p in piece if first <= o < end]


def is_plain(meter):
    """Say that no note sounds on through a stronger place than it begins on."""
    strengths = STRENGTHS[meter]

    def keeps(piece):
        for onset, duration, _ in SMALL.notes(piece):
            places = [
                strengths[t // 12 % len(strengths)] for t in range(onset, onset + duration, 12)
            ]
            if max(places) > places[0]:
                return False
        return True

    return keeps


def counts(piece):
    """Count the notes of two bars."""
    found = [0, 0]
    for onset, _, _ in SMALL.notes(piece):
        found[onset // 48] += 1
    return found


def note_lengths(piece):
    return {duration for _, duration, _ in SMALL.notes(piece)}


JUDGES = [
    ("durations=1/8,1/4", TWO, lambda p: note_lengths(p) <= {12, 24}),
    ("no_rests", TWO, lambda p: all(pitch is not None for _, _, pitch in p)),
    ("longest=1/4", TWO, lambda p: note_lengths(p) <= {12, 24}),
    ("shortest=1/4", TWO, lambda p: note_lengths(p) <= {24, 48}),
    ("no_syncopation", TWO, is_plain("2/4")),
    ("no_syncopation", THREE, is_plain("3/4")),
    ("no_syncopation", FOUR, is_plain("4/4")),
    ("no_syncopation", SIX, is_plain("6/8")),
    ("density=2-3", TWO, lambda p: all(2 <= number <= 3 for number in counts(p))),
    ("density=0-1", TWO, lambda p: max(counts(p)) <= 1),
    ("final_note=1", TWO, lambda p: lengths(p)[-1] >= 24),
    ("final_note=1.5", FOUR, lambda p: lengths(p)[-1] >= 36),
    ("final_note=1", SIX, lambda p: lengths(p)[-1] >= 36),  # a dotted quarter
    ("rhythm=2: 1/8 1/8 1/4", TWO, lambda p: lengths(p, 48) == [12, 12, 24]),
    ("rhythm=1: r1/4 1/4", TWO, lambda p: lengths(p, 0, 48) == [-24, 24]),
    (
        "rhythm=all: 1/4 r1/8 1/8",
        TWO,
        lambda p: lengths(p, 0, 48) == lengths(p, 48) == [24, -12, 12],
    ),
]
FAULTS = [
    (*judge, method)
    for judge in JUDGES
    for method in ("allows_event", "count")
    if parse_rule(judge[0]).overrides(method)
]


@pytest.mark.parametrize(("text", "where", "keeps"), JUDGES, ids=SMALL.texts(JUDGES))
def test_just_the_rhythms_that_keep_it(text, where, keeps):
    SMALL.judge(parse_rule(text), where, keeps)


@pytest.mark.parametrize(("text", "where", "keeps", "method"), FAULTS, ids=SMALL.texts(FAULTS))
def test_a_rule_that_forgets_its_duty_is_noticed(text, where, keeps, method):
    SMALL.judge_fault(parse_rule(text), where, keeps, method)


def test_bars_are_always_filled_and_no_note_crosses_their_lines():
    everything = SMALL.all_pieces(TWO)
    assert SMALL.accepted(compile_in(TWO, [])) == everything
    assert SMALL.accepted(compile_in(TWO, [parse_rule("bars_filled")])) == everything


@pytest.mark.parametrize("bars", [1, 3])
def test_a_number_of_bars(bars):
    expected = SMALL.all_pieces(setting("2/4", bars, (24, 48)))
    where = setting("2/4", 2, (24, 48))
    assert SMALL.accepted(compile_in(where, [parse_rule(f"bars={bars}")])) == expected


@pytest.mark.parametrize("meter", ["2/4", "3/8"])
def test_a_pickup_comes_before_the_first_bar(meter):
    whole = Meter.parse(meter)
    where = Setting(Key("C"), whole, 1, pitches=(60,), durations=(12, 24))
    expected = SMALL.all_pieces(Setting(Key("C"), whole, 1, 24, (60,), (12, 24)))
    assert SMALL.accepted(compile_in(where, [parse_rule("pickup=1/4")])) == expected


def test_rules_of_bars_leave_a_pickup_alone():
    rules = [parse_rule("pickup=1/4"), parse_rule("density=1-1"), parse_rule("rhythm=all: 1/2")]
    for piece in SMALL.accepted(compile_in(setting("2/4", 2, (12, 24, 48)), rules)):
        assert [onset for onset, *_ in piece if onset >= 0] == [0, 48]


@given(st.sampled_from(["2/4", "3/4", "4/4", "6/8"]), st.integers(0, 7), st.integers(1, 8))
def test_syncopation_is_as_strengths_say(meter, eighth, eighths):
    where = setting(meter, 1, (12,))
    first, duration = 12 * eighth, 12 * eighths
    if first + duration <= where.meter.bar_duration:
        slot = Slot(where, 0, first, duration)
        is_allowed = parse_rule("no_syncopation").allows_event(slot)
        assert is_allowed == is_plain(meter)(((first, duration, 60),))


@pytest.mark.parametrize(
    "text", ["rhythm=1: 1/4 1/4 1/4", "rhythm=1: 1/4", "rhythm=1: 1/8 1/2", "rhythm=all: 1/2 1/8"]
)
def test_a_rhythm_that_does_not_fill_its_bar_is_refused(text):
    with pytest.raises(ParameterError, match=r"cannot be kept in C major, 2/4, 2 bars"):
        compile_rules([text], length=2, meter="2/4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bars=0", "bars='0' must be a whole number from 1 to 128"),
        ("bars=many", "bars='many' must be a whole number"),
        ("pickup=1", "note value '1' must be a fraction of a whole note"),
        ("durations=", "durations='' must name note values"),
        ("durations=1/7", "note value '1/7' must be a fraction of a whole note"),
        ("longest=0/4", "note value '0/4' must be a fraction"),
        ("density=5", "density='5' must be a span of notes a bar, such as 2-6"),
        ("density=6-2", "density='6-2' must be a span"),
        ("final_note=0", "final_note='0' must be a number of beats"),
        ("final_note=nan", "final_note='nan' must be a number of beats"),
        ("final_note=65", "final_note='65' must be a number of beats"),
        ("rhythm=1/4 1/4", "must name a bar and its values, 3: 1/4 1/8 1/8"),
        ("rhythm=3:", "must hold at least one"),
        ("rhythm=x: 1/4", "rhythm's bar='x' must be a whole number from 1 to 128"),
    ],
)
def test_values_that_cannot_be_read(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_rule(text)


def test_a_pickup_is_shorter_than_a_bar():
    with pytest.raises(ParameterError, match="pickup=48 must be shorter than a bar, 48 ticks"):
        compile_rules(["pickup=1/2"], meter="2/4")
