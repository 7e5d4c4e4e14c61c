"""Where every piece can be listed, an automaton accepts just those that keep a rule."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from melodyai_edu.constraints import Rule, Setting, compile_rules, find_conflict, rules
from melodyai_edu.constraints.catalogue import as_rules
from melodyai_edu.constraints.compile import compile_or_none
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter
from melodyai_edu.tokens import VOCABULARY

LOW, HIGH = 59, 64  # B3 to E4
BASE = ["durations=1/4,1/2", "no_rests", "range=B3-E4"]
BAR = 48


def rhythms(ticks):
    """List every way to fill bars of 2/4 with quarters and halves."""
    return [tuple(sum(bars, ())) for bars in product([(24, 24), (48,)], repeat=ticks // BAR)]


def all_pieces(bars=2):
    """List every piece as (onset, duration, pitch) of each note."""
    found = []
    for rhythm in rhythms(bars * BAR):
        onsets = np.cumsum((0, *rhythm[:-1])).tolist()
        for pitches in product(range(LOW, HIGH + 1), repeat=len(rhythm)):
            found.append(tuple(zip(onsets, rhythm, pitches, strict=True)))
    return found


def accepted(automaton):
    """List every piece that the automaton lets through."""
    pitch_of = dict(zip(automaton.pitch_ids.tolist(), automaton.line.pitches, strict=True))
    found = set()

    def go_on(state, notes, onset, duration):
        if automaton.is_end(state):
            found.add(tuple(notes))
            return
        mask = automaton.mask(state)
        assert mask.any(), "a dead end"
        for token_id in np.flatnonzero(mask).tolist():
            after = automaton.next(state, token_id)
            token = VOCABULARY.token(token_id)
            if token.startswith("Duration"):
                go_on(after, notes, onset, int(token.partition("_")[2]))
            elif token.startswith("Pitch"):
                note = (onset, duration, pitch_of[token_id])
                go_on(after, [*notes, note], onset + duration, 0)
            else:
                go_on(after, notes, onset, 0)

    go_on(automaton.start(), [], 0, 0)
    return found


def pitches(piece):
    return [pitch for _, _, pitch in piece]


def steps(piece):
    return [b - a for a, b in pairwise(pitches(piece))]


def on_bar_lines(piece):
    return [pitch for onset, _, pitch in piece if onset % BAR == 0]


def recovered(piece):
    moves = [*steps(piece), 0]
    return all(
        abs(a) < 3 or (a > 0 and b in (-1, -2)) or (a < 0 and b in (1, 2))
        for a, b in pairwise(moves)
    )


def longest_run(piece):
    run = longest = 1
    for step in steps(piece):
        run = run + 1 if step == 0 else 1
        longest = max(longest, run)
    return longest


C_MAJOR = {0, 2, 4, 5, 7, 9, 11}
RULES = {
    "in_key": lambda p: all(x % 12 in C_MAJOR for x in pitches(p)),
    "scale=major pentatonic": lambda p: all(x % 12 in {0, 2, 4, 7, 9} for x in pitches(p)),
    "range=C4-D4": lambda p: all(60 <= x <= 62 for x in pitches(p)),
    "max_leap=2": lambda p: all(abs(step) <= 2 for step in steps(p)),
    "leaps_recovered=3": recovered,
    "longest_repetition=2": lambda p: longest_run(p) <= 2,
    "longest_repetition=1": lambda p: longest_run(p) <= 1,
    "first_degree=1,3": lambda p: p[0][2] in (60, 64),
    "last_degree=2": lambda p: p[-1][2] == 62,
    "end_on_tonic": lambda p: p[-1][2] == 60,
    "leading_tone_resolves": lambda p: (
        all(a != 59 or b - a in (0, 1) for a, b in pairwise(pitches(p))) and p[-1][2] != 59
    ),
    "cadence=2 full": lambda p: p[-1][2] == 60 and len(p) > 1 and p[-2][2] in (59, 62),
    "cadence=2 half": lambda p: p[-1][2] in (59, 62),
    "one_climax": lambda p: pitches(p).count(max(pitches(p))) == 1,
    "chord_tones=I V": lambda p: all(
        pitch % 12 in ({0, 4, 7} if onset < BAR else {7, 11, 2})
        for onset, _, pitch in p
        if onset % BAR == 0
    ),
    "contour=rising": lambda p: all(a <= b for a, b in pairwise(on_bar_lines(p))),
    "contour=falling": lambda p: all(a >= b for a, b in pairwise(on_bar_lines(p))),
    "motif=2: D4 1/4, E4 1/4": lambda p: (
        [x for x in p if x[0] >= BAR] == [(48, 24, 62), (72, 24, 64)]
    ),
    "motif=2 transposed: D4 1/4, E4 1/4": lambda p: (
        (tail := [x for x in p if x[0] >= BAR]) and len(tail) == 2 and tail[1][2] - tail[0][2] == 2
    ),
    "motif=2 inverted: D4 1/4, E4 1/4": lambda p: (
        (tail := [x for x in p if x[0] >= BAR]) and len(tail) == 2 and tail[1][2] - tail[0][2] == -2
    ),
    "fixed=1.2: C4 1/4": lambda p: (24, 24, 60) in p,
    "no_syncopation": lambda p: True,
    "density=2-2": lambda p: len(p) == 4,
    "final_note=2": lambda p: p[-1][1] == 48,
    "longest=1/4": lambda p: all(duration == 24 for _, duration, _ in p),
    "shortest=1/2": lambda p: all(duration == 48 for _, duration, _ in p),
    "rhythm=2: 1/4 1/4": lambda p: [x[1] for x in p if x[0] >= BAR] == [24, 24],
    "section_key=2 D major": lambda p: all(
        pitch % 12 in {2, 4, 6, 7, 9, 11, 1} for onset, _, pitch in p if onset >= BAR
    ),
    "form=AA": lambda p: (
        [(o, d, x) for o, d, x in p if o < BAR] == [(o - BAR, d, x) for o, d, x in p if o >= BAR]
    ),
    "same_bars=2 1 transposed 1": lambda p: (
        [(o, d, x + 1) for o, d, x in p if o < BAR]
        == [(o - BAR, d, x) for o, d, x in p if o >= BAR]
    ),
}
PIECES = all_pieces()


@pytest.mark.parametrize("text", RULES)
def test_just_the_pieces_that_keep_a_rule(text):
    automaton = compile_rules([*BASE, text], length=2, meter="2/4")
    expected = {piece for piece in PIECES if RULES[text](piece)}
    assert expected
    assert accepted(automaton) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ("in_key", "max_leap=2", "one_climax"),
        ("leaps_recovered=3", "longest_repetition=1", "end_on_tonic"),
        ("one_climax", "contour=rising", "cadence=2 full"),
        ("leading_tone_resolves", "first_degree=1,3", "density=2-2"),
    ],
    ids=str,
)
def test_just_the_pieces_that_keep_several(texts):
    automaton = compile_rules([*BASE, *texts], length=2, meter="2/4")
    expected = {piece for piece in PIECES if all(RULES[text](piece) for text in texts)}
    assert expected
    assert accepted(automaton) == expected


@pytest.mark.parametrize("texts", [("form=AA", "max_leap=2"), ("form=AA", "leaps_recovered=3")])
def test_at_a_seam_only_legal_pieces_but_perhaps_not_all(texts):
    automaton = compile_rules([*BASE, *texts], length=2, meter="2/4")
    played = set()
    for piece in accepted_drawn(automaton):
        again = [(onset + BAR, duration, pitch) for onset, duration, pitch in piece]
        played.add((*piece, *again))
    assert played
    assert all(all(RULES[text](piece) for text in texts if text in RULES) for piece in played)


def accepted_drawn(automaton):
    """List the drawn bars of what the automaton lets through."""
    return accepted(automaton)


@pytest.fixture(autouse=True)
def _play_repeats(request, monkeypatch):
    """Rules with repeats are judged on what is played: drawn bars and their repeats."""
    text = request.node.callspec.params.get("text", "") if hasattr(request.node, "callspec") else ""
    if text.startswith(("form", "same_bars")):
        shift = 1 if "transposed" in text else 0
        drawn = globals()["accepted"]

        def played(automaton):
            return {
                (*piece, *((o + BAR, d, x + shift) for o, d, x in piece))
                for piece in drawn(automaton)
            }

        monkeypatch.setitem(globals(), "accepted", played)


def test_a_rule_that_forgets_its_duty_is_noticed():
    """Planted fault: were a rule not heard, the lists would differ."""
    automaton = compile_rules(BASE, length=2, meter="2/4")
    for text, keeps in RULES.items():
        if text not in ("no_syncopation", "form=AA", "same_bars=2 1 transposed 1"):
            assert any(not keeps(piece) for piece in PIECES[:4000:7] + PIECES[-500:]), text
    assert len(accepted(automaton)) == len(PIECES)


@pytest.mark.parametrize("fact", rules(), ids=lambda fact: f"{fact.layer} {fact.name}")
def test_every_rule_reads_its_own_text(fact):
    assert fact.sentence.endswith(".") or fact.sentence.endswith(").")
    if fact.layer not in ("harmony", "chords"):
        (rule,) = as_rules([fact.example])
        assert as_rules([str(rule)]) == (rule,)
        assert (rule.name, rule.layer) == (fact.name, fact.layer)


@pytest.mark.parametrize(
    "texts",
    [
        ("max_leap=9", "range=C4-D4", "first_degree=5", "in_key"),
        ("in_key", "one_climax", "form=AA", "max_leap=12"),
        ("final_note=3", "longest=1/4", "no_syncopation"),
        ("last_degree=1", "last_degree=2"),
        ("density=5-9", "shortest=1/4", "in_key"),
    ],
    ids=str,
)
def test_a_conflict_is_a_smallest_one(texts):
    setting, asked = Setting(Key("C"), Meter(4, 4), 4), as_rules(texts)
    conflict = find_conflict(setting, asked)
    assert compile_or_none(setting, conflict) is None
    for rule in conflict:
        others = [other for other in conflict if other is not rule]
        assert compile_or_none(setting, others) is not None
    with pytest.raises(ParameterError, match=r"cannot be kept together in C major, 4/4, 4 bars"):
        compile_rules(texts, length=4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_leap=x", "max_leap='x' must be a whole number from 1 to 60"),
        ("leap=3", "rule='leap=3' must be one of: bars_filled"),
        ("maxleap=3", "did you mean 'max_leap'"),
        ("in_key=yes", "takes no value"),
        ("range", "must have a value: 'range=D4-G5'"),
        ("range=G5-D4", "must name the lower pitch first"),
        ("scale=D funny", "must end in one of"),
        ("density=5", "span of notes a bar"),
        ("density=6-2", "span of notes a bar"),
        ("cadence=4", "must name bars and kinds"),
        ("contour=up", "must be one of: rising, falling"),
        ("form=aaba", "must be capital letters"),
        ("same_bars=1-4 5-8", "later ones first"),
        ("motif=D4 1/8", "must be a bar, how, and notes"),
        ("fixed=3.2 E4", "must be a bar and beat"),
        ("rhythm=1/4", "must name a bar and its values"),
        ("durations=1/7", "fraction of a whole note"),
        ("final_note=long", "number of beats"),
        ("cadence=9 full", "names bar 9: the piece has 8 bars"),
        ("fixed=9: C4 1/4", "names bar 9: the piece has 8 bars"),
        ("section_key=8-12 D major", "names bar 9: the piece has 8 bars"),
        ("voice_ranges", "give it to harmonise"),
        ("locked=1-4", "must know the piece"),
    ],
)
def test_a_rule_that_cannot_be_read_says_why(text, message):
    with pytest.raises(ParameterError, match=message):
        compile_rules([text])


def test_a_prompt_is_refused_at_its_first_illegal_note():
    automaton = compile_rules(["in_key", "max_leap=5", "range=C4-C5"], length=2)
    prompt = ["Bar_line", "Duration_24", "Pitch_60", "Duration_48", "Pitch_69"]
    with pytest.raises(ParameterError, match=r"A4 at bar 1 beat 2: it breaks max_leap=5"):
        automaton.follow(VOCABULARY.ids(prompt))


@pytest.mark.parametrize("text", ["longest_repetition=1", "max_leap=2", "no_augmented_leap"])
@pytest.mark.parametrize("form", ["AA", "AABA", "AABB", "ABA"])
def test_forms_leave_room_for_rules_of_the_line(form, text):
    automaton = compile_rules([f"form={form}", text, "in_key"], length=12)
    assert automaton.grid.plan.guarded_entries


def test_a_rule_that_looks_at_the_slot_is_asked_for_each():
    class TonicOnBarLines(Rule):
        """A bar begins with the tonic."""

        name = "tonic_on_bar_lines"

        def follows(self, previous, pitch, slot):
            return not slot.begins_bar or pitch == 60

    automaton = compile_rules([*BASE, TonicOnBarLines()], length=2, meter="2/4")
    assert accepted(automaton) == {p for p in PIECES if set(on_bar_lines(p)) == {60}}


def test_a_rule_that_fails_is_named():
    class Forgetful(Rule):
        """Forgets to answer."""

        name = "forgetful"

        def follows(self, previous, pitch, slot):
            pitch > 3  # noqa: B015 - just that mistake

    class Careless(Rule):
        """Forgets that the first note has none before it."""

        name = "careless"

        def follows(self, previous, pitch, slot):
            return abs(previous - pitch) < 3

    with pytest.raises(ParameterError, match="'forgetful' answered None in follows: return True"):
        compile_rules([Forgetful()])
    with pytest.raises(ParameterError, match="'careless' failed in follows: TypeError"):
        compile_rules([Careless()])
    with pytest.raises(ParameterError, match=r"Careless is a class: write Careless\(\)"):
        compile_rules([Careless])


def test_a_rule_of_one_s_own():
    class OnlySteps(Rule):
        """Every move is a step."""

        name = "only_steps"

        def follows(self, previous, pitch, slot):
            return previous is None or abs(pitch - previous) <= 2

    automaton = compile_rules([*BASE, OnlySteps()], length=2, meter="2/4")
    assert accepted(automaton) == {piece for piece in PIECES if RULES["max_leap=2"](piece)}
