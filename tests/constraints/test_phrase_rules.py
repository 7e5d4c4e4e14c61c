"""Rules of phrases: every piece of a tiny setting is judged by a line of plain Python."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from melodyai_edu.constraints import Setting, compile_in, compile_rules, parse_rule
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


SMALL = load("small_pieces")
pitches = SMALL.pitches
BAR = 48


def setting(key, sounding, *, bars=2, meter="2/4", durations=(24, 48)):
    return Setting(Key.parse(key), Meter.parse(meter), bars, pitches=sounding, durations=durations)


C = setting("C major", (59, 60, 62, 64))
MINOR = setting("A minor", (67, 68, 69, 71))  # both sevenths, tonic and second
FOUR_BARS = setting("C major", (60, 62), bars=4, meter="1/4", durations=(12, 24))
COMMON = setting("C major", (60, 62, 65), bars=1, meter="4/4", durations=(24, 48))


def up_to(piece, bar):
    """Give the pitches up to a bar's end, if a note ends there."""
    before = [event for event in piece if event[0] < bar * BAR]
    return pitches(before) if before[-1][2] is not None else []


def full(bar, tonic=60, before=(59, 62)):
    def keeps(piece):
        line = up_to(piece, bar)
        return len(line) > 1 and line[-1] == tonic and line[-2] in before

    return keeps


def half(bar, last=(59, 62)):
    return lambda piece: up_to(piece, bar)[-1:] in [[pitch] for pitch in last]


def both(*judges):
    return lambda piece: all(judge(piece) for judge in judges)


def chords(*classes, beats=(0,), bar=BAR):
    """Say that what begins on a strong beat belongs to the chord of its bar."""

    def keeps(piece):
        return all(
            pitch % 12 in classes[onset // bar % len(classes)]
            for onset, _, pitch in SMALL.notes(piece)
            if onset % bar in beats
        )

    return keeps


def line_of_bars(*is_rising):
    """Say that each bar begins with a note that goes the right way."""

    def keeps(piece):
        on_lines = [pitch for onset, _, pitch in piece if onset % 24 == 0]
        starts = {onset for onset, *_ in piece}
        return (
            None not in on_lines
            and {0, 24, 48, 72} <= starts
            and all(
                a <= b if rises else a >= b
                for rises, (a, b) in zip(is_rising, pairwise(on_lines), strict=True)
            )
        )

    return keeps


def begins_with(bar, *wanted):
    """Say that a bar begins with just these lengths and pitches; -1 is any pitch."""

    def keeps(piece):
        here = [event for event in piece if event[0] >= (bar - 1) * BAR][: len(wanted)]
        return len(here) == len(wanted) and all(
            duration == want[0] and (pitch == want[1] or (want[1] == -1 and pitch is not None))
            for (_, duration, pitch), want in zip(here, wanted, strict=True)
        )

    return keeps


def bar_moves(bar, interval):
    """Say that a bar has two quarters so far from each other."""

    def keeps(piece):
        here = [event for event in piece if (bar - 1) * BAR <= event[0] < bar * BAR]
        line = pitches(here)
        return [e[1] for e in here] == [24, 24] and len(line) == 2 and line[1] - line[0] == interval

    return keeps


JUDGES = [
    ("cadence=2 full", C, full(2)),
    ("cadence=1 full", C, full(1)),
    ("cadence=2 half", C, half(2)),
    ("cadence=1 half, 2 full", C, both(half(1), full(2))),
    ("cadence=2 full", MINOR, full(2, 69, (67, 68, 71))),
    ("cadence=2 half", MINOR, half(2, (67, 68, 71))),
    ("one_climax", C, lambda p: pitches(p).count(max(pitches(p))) == 1),
    ("chord_tones=I V", C, chords({0, 4, 7}, {7, 11, 2})),
    ("chord_tones=F C", C, chords({5, 9, 0}, {0, 4, 7})),
    ("chord_tones=IV", COMMON, chords({5, 9, 0}, beats=(0, 48), bar=96)),
    ("contour=rising", FOUR_BARS, line_of_bars(True, True, True)),
    ("contour=falling", FOUR_BARS, line_of_bars(False, False, False)),
    ("contour=arch", FOUR_BARS, line_of_bars(True, False, False)),
    ("contour=valley", FOUR_BARS, line_of_bars(False, True, True)),
    ("motif=2: D4 1/4, E4 1/4", C, begins_with(2, (24, 62), (24, 64))),
    ("motif=1: D4 1/4, r1/4, E4 1/4", C, begins_with(1, (24, 62), (24, None), (24, 64))),
    ("motif=2 transposed: D4 1/4, E4 1/4", C, bar_moves(2, 2)),
    ("motif=1 transposed: D4 1/4, C4 1/4", C, bar_moves(1, -2)),
    ("motif=2 inverted: D4 1/4, E4 1/4", C, bar_moves(2, -2)),
    ("fixed=1.2: C4 1/4", C, lambda p: (24, 24, 60) in p),
    ("fixed=2: C4 1/2", C, lambda p: (48, 48, 60) in p),
    (
        "fixed=1.2: C4 1/4, r1/4, D4 1/4",
        C,
        lambda p: {(24, 24, 60), (48, 24, None), (72, 24, 62)} <= set(p),
    ),
    (
        "section_key=2 D major",
        C,
        lambda p: {x % 12 for o, _, x in p if o >= 48 and x} <= {1, 2, 4, 6, 7, 9, 11},
    ),
]
FAULTS = [
    (*judge, method)
    for judge in JUDGES
    for method in ("allows", "follows", "step", "ends", "allows_event")
    if parse_rule(judge[0]).overrides(method)
]


@pytest.mark.parametrize(("text", "where", "keeps"), JUDGES, ids=SMALL.texts(JUDGES))
def test_just_the_pieces_that_keep_it(text, where, keeps):
    where = parse_rule(text).prepare(where) if text.startswith("section") else where
    SMALL.judge(parse_rule(text), where, keeps)


@pytest.mark.parametrize(("text", "where", "keeps", "method"), FAULTS, ids=SMALL.texts(FAULTS))
def test_a_rule_that_forgets_its_duty_is_noticed(text, where, keeps, method):
    SMALL.judge_fault(parse_rule(text), where, keeps, method)


def test_no_copy_is_not_the_automaton_s_affair():
    """Runs of notes are watched while drawing; the automaton lets everything through."""
    small = setting("C major", (60, 62))
    assert SMALL.accepted(compile_in(small, [parse_rule("no_copy=4")])) == SMALL.all_pieces(small)


@pytest.mark.parametrize(
    "text",
    [
        "fixed=2.2: C4 1/4, D4 1/4",
        "motif=2: C4 1/4, D4 1/4, E4 1/4",
        "motif=2 transposed: C4 1/4, D4 1/4, E4 1/4",
    ],
)
def test_notes_beyond_the_end_are_refused(text):
    with pytest.raises(ParameterError, match=r"cannot be kept in C major, 2/4, 2 bars"):
        compile_rules([text], length=2, meter="2/4")


def test_a_note_that_crosses_a_bar_line_is_refused():
    with pytest.raises(ParameterError, match=r"'fixed=1\.2: C4 1/2' cannot be kept"):
        compile_rules(["fixed=1.2: C4 1/2"], length=2, meter="2/4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cadence=4", "must name bars and kinds: 4 half, 8 full"),
        ("cadence=0 full", "must name bars and kinds"),
        ("chord_tones=", "chord_tones='' must name chords"),
        ("chord_tones=I blue", "blue"),
        ("contour=up", "contour='up' must be one of: rising, falling, arch, valley"),
        ("motif=D4 1/8", "must be a bar, how, and notes: 5 transposed"),
        ("motif=0: D4 1/8", "must be a bar, how, and notes"),
        ("motif=5: D4", "must have a note value after 'D4'"),
        ("fixed=3.2 E4", "must be a bar and beat, then notes"),
        ("fixed=3.0: E4 1/4", "must be a bar and beat, then notes"),
        ("no_copy=2", "no_copy='2' must be a whole number from 3 to 64"),
    ],
)
def test_values_that_cannot_be_read(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_rule(text)


def test_a_beat_must_be_in_the_bar():
    with pytest.raises(ParameterError, match="must name a beat that 2/4 has: 1 to 2"):
        compile_rules(["fixed=1.3: C4 1/4"], length=2, meter="2/4")
