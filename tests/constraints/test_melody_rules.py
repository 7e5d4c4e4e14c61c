"""Rules of pitches: every piece of a tiny setting is judged by a line of plain Python."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.constraints import Setting, compile_rules, parse_rule
from melodyai_edu.constraints.melody import key_pitch_classes
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


SMALL = load("small_pieces")
pitches, intervals = SMALL.pitches, SMALL.intervals


def setting(key, *sounding):
    return Setting(Key.parse(key), Meter(2, 4), 2, pitches=sounding, durations=(24, 48))


C = setting("C major", 59, 60, 62, 64)


def is_recovered(piece, least):
    moves = [*intervals(piece), 0]
    return all(
        abs(a) < least or (1 <= abs(b) <= 2 and (a > 0) != (b > 0)) for a, b in pairwise(moves)
    )


def longest_run(piece):
    runs, last = [], None
    for pitch in pitches(piece):
        runs = [*runs[:-1], runs[-1] + 1] if pitch == last else [*runs, 1]
        last = pitch
    return max(runs)


def has_no_pair(piece, *pairs):
    line = pitches(piece)
    return not any({a, b} in pairs for a, b in pairwise(line))


def only(*wanted):
    return lambda piece: set(pitches(piece)) <= set(wanted)


def resolves(leading_tone):
    def keeps(piece):
        line = [*pitches(piece), 0]
        return all(a != leading_tone or b in (a, a + 1) for a, b in pairwise(line))

    return keeps


JUDGES = [
    ("in_key", setting("C major", 60, 61, 62, 63), only(60, 62)),
    ("in_key", setting("A minor", 61, 66, 68, 69), only(66, 68, 69)),  # F# and G# are raised
    ("in_key", setting("D dorian", 63, 65, 68, 71), only(65, 71)),  # no C# nor G# there
    ("scale=blues", setting("C major", 60, 62, 63, 66), only(60, 63, 66)),
    ("scale=D dorian", setting("C major", 60, 61, 62, 66), only(60, 62)),
    ("scale=major pentatonic", setting("G major", 60, 62, 64, 66), only(62, 64)),
    ("range=C4-D4", setting("C major", 60, 61, 62, 63), only(60, 61, 62)),
    ("range=D4-D4", C, only(62)),
    ("max_leap=2", C, lambda p: all(abs(step) <= 2 for step in intervals(p))),
    ("max_leap=3", C, lambda p: all(abs(step) <= 3 for step in intervals(p))),
    ("leaps_recovered=3", C, lambda p: is_recovered(p, 3)),
    ("leaps_recovered=4", C, lambda p: is_recovered(p, 4)),
    ("leaps_recovered", setting("C major", 60, 65, 67, 69), lambda p: is_recovered(p, 7)),
    # A tritone; then an augmented second and fifth as A minor spells them, F-G# and C-G#.
    (
        "no_augmented_leap",
        setting("C major", 59, 60, 65, 67),
        lambda p: has_no_pair(p, {59, 65}),
    ),
    (
        "no_augmented_leap",
        setting("A minor", 65, 68, 69, 71),
        lambda p: has_no_pair(p, {65, 68}, {65, 71}),
    ),
    (
        "no_augmented_leap",
        setting("A minor", 60, 68, 69, 72),
        lambda p: has_no_pair(p, {60, 68}),
    ),
    ("longest_repetition=1", C, lambda p: longest_run(p) <= 1),
    ("longest_repetition=2", C, lambda p: longest_run(p) <= 2),
    ("longest_repetition=3", C, lambda p: longest_run(p) <= 3),
    ("first_degree=1,3", C, lambda p: pitches(p)[0] in (60, 64)),
    ("first_degree=5", setting("E minor", 59, 60, 61, 62), lambda p: pitches(p)[0] == 59),
    ("last_degree=2", C, lambda p: pitches(p)[-1] == 62),
    ("last_degree=7", setting("A minor", 67, 68, 69, 71), lambda p: pitches(p)[-1] == 67),
    ("end_on_tonic", C, lambda p: pitches(p)[-1] == 60),
    ("leading_tone_resolves", C, resolves(59)),
    ("leading_tone_resolves", setting("A minor", 67, 68, 69, 71), resolves(68)),
]
METHODS = ("allows", "follows", "step", "ends")
FAULTS = [
    (*judge, method)
    for judge in JUDGES
    for method in METHODS
    if parse_rule(judge[0]).overrides(method)
    and (judge[0].split("=")[0], method) != ("last_degree", "follows")  # switched off there
]


@pytest.mark.parametrize(("text", "where", "keeps"), JUDGES, ids=SMALL.texts(JUDGES))
def test_just_the_pieces_that_keep_it(text, where, keeps):
    SMALL.judge(parse_rule(text), where, keeps)


@pytest.mark.parametrize(("text", "where", "keeps", "method"), FAULTS, ids=SMALL.texts(FAULTS))
def test_a_rule_that_forgets_its_duty_is_noticed(text, where, keeps, method):
    SMALL.judge_fault(parse_rule(text), where, keeps, method)


@given(
    st.sampled_from(["C", "G", "D", "A", "E", "B", "F", "Bb", "Eb"]),
    st.sampled_from(["major", "minor", "dorian", "mixolydian"]),
)
def test_a_key_has_its_scale_and_minor_two_notes_more(tonic, mode):
    key = Key(tonic, mode)
    classes = key_pitch_classes(key)
    assert set(key.scale.pitch_classes) <= classes
    assert len(classes) == (9 if mode == "minor" else 7)


def test_asking_for_a_range_makes_its_pitches_available():
    """What a style has never seen may still be asked for."""
    assert parse_rule("range=A2-C3").prepare(C).pitches == (45, 46, 47, 48, 59, 60, 62, 64)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scale=D funny", "must end in one of"),
        ("range=C4", "must be the lowest and highest pitch, D4-G5"),
        ("range=G5-D4", "must name the lower pitch first"),
        ("max_leap=0", "max_leap='0' must be a whole number from 1 to 60"),
        ("leaps_recovered=2", "leaps_recovered='2' must be a whole number from 3 to 60"),
        ("longest_repetition=0", "longest_repetition='0' must be a whole number from 1 to 64"),
        ("first_degree=0", "first_degree='0' must be a whole number from 1 to 7"),
        ("last_degree=", "last_degree='' must name degrees of the scale: last_degree=1"),
    ],
)
def test_values_that_cannot_be_read(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_rule(text)


def legal_ends(rules, key="D major"):
    """Give the pitch classes that may sound last, in a section that is in Ab major."""
    automaton = compile_rules(["section_key=2 Ab major", *rules, "durations=1/1", "no_rests"],
                              length=2, key=key)  # fmt: skip
    whole_note, ends = int(automaton.duration_ids[-1]), set()
    state = automaton.follow([automaton.bar_id, whole_note])
    for place in np.flatnonzero(automaton.legal_pitches(state)):
        after = automaton.next(state, int(automaton.pitch_ids[place]))
        for token_id in (automaton.bar_id, whole_note):
            after = automaton.next(after, token_id)
        ends.update(
            automaton.line.pitches[p] % 12 for p in np.flatnonzero(automaton.legal_pitches(after))
        )
    return ends


@pytest.mark.parametrize(
    ("rule", "ends"),
    [
        ("cadence=2 full", {8}),
        ("cadence=2 half", {10, 3, 7}),
        ("end_on_tonic", {8}),
        ("last_degree=1,3", {8, 0}),
        ("chord_tones=I", {8, 0, 3}),
        ("leading_tone_resolves", {8, 10, 0, 1, 3, 5}),
        ("scale=major pentatonic", {8, 10, 0, 3, 5}),
    ],
)
def test_a_section_has_its_own_key_for_every_rule(rule, ends):
    assert legal_ends([rule]) == ends
