import runpy
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from melodyai_edu.constraints.chords import chord_table, split_figures
from melodyai_edu.constraints.harmony import (
    HARMONY_RULES,
    HarmonyRule,
    as_harmony_rules,
    parse_harmony_rule,
)
from melodyai_edu.constraints.harmony_automaton import legal_moves
from melodyai_edu.constraints.harmony_compile import compile_harmony
from melodyai_edu.constraints.voicings import Voicings, chord_slots, list_voicings
from melodyai_edu.decoding.harmony import HarmonySampler, draw_by_steps
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Meter, MeterChange, Note, Part, Score
from melodyai_edu.theory import voice_leading, voicing
from melodyai_edu.theory.harmony import parse_chord


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


CHECKERS, MUSIC = load("checkers"), load("checkers_music")
USUAL = list(HARMONY_RULES)[:8]
MODES = [
    "C major",
    "Bb minor",
    "F# minor",
    "E major",
    "D dorian",
    "G mixolydian",
    "E phrygian",
    "F lydian",
    "B locrian",
]


def slots_of(text, meter="4/4", pickup=0, unit=24):
    return chord_slots(MUSIC.score_of(text, meter=meter, pickup=pickup, unit=unit))


def automaton_of(text, rules=USUAL, key="C major", **known):
    return compile_harmony(rules, slots_of(text, **known), Key.parse(key))


# Chords


@pytest.mark.parametrize("key", MODES)
def test_every_chord_is_what_music21_knows_by_its_name(key):
    table = chord_table(Key.parse(key))
    for number, chord in enumerate(table.chords):
        for inversion in range(len(chord)):
            known = CHECKERS._PIECE.TONALITY.chord_of(table.name(number, inversion), key)
            assert known.classes == set(chord)
            assert known.root == chord[0]
            assert (known.seventh if known.seventh is not None else -1) == table.sevenths[number]
            assert (known.bass if inversion else known.root) == chord[inversion]


@pytest.mark.parametrize("key", ["C major", "A minor", "Eb major", "F# minor"])
def test_every_pitch_class_has_a_chord(key):
    assert chord_table(Key.parse(key)).classes.any(axis=0).all()


@pytest.mark.parametrize(
    ("key", "name", "spelled"),
    [
        ("C major", "V7/iii", "B D# F# A"),
        ("A minor", "viio7", "G# B D F"),
        ("Eb major", "iv", "Ab Cb Eb"),
        ("A minor", "bII", "Bb D F"),
        ("E major", "V/vi", "G# B# D#"),
    ],
)
def test_chords_are_spelled_as_thirds(key, name, spelled):
    table = chord_table(Key.parse(key))
    number = table.names.index(name)
    names = [table.spell(number, member) for member in range(len(table.chords[number]))]
    assert " ".join(names) == spelled


def test_chords_are_found_by_numeral_figures_and_symbol():
    table = chord_table(Key("G"), ("Bbmaj7",))
    assert table.find("V65") == (table.names.index("V7"), 1)
    assert table.find("D7") == (table.names.index("V7"), -1)
    assert table.name(table.find("Bbmaj7")[0]) == "Bbmaj7"
    assert split_figures("V42/V") == ("V7/V", 3)
    with pytest.raises(ParameterError, match="chord='Abmaj7' must be one of"):
        table.find("Abmaj7")
    with pytest.raises(ParameterError, match="chord='H' must be"):
        chord_table(Key("G"), ("H",))


# Slots


@pytest.mark.parametrize(
    ("text", "meter", "pickup", "places"),
    [
        ("C5 D5 E5*2", "4/4", 0, ["1 1", "1 2", "1 3"]),
        ("C5 D5 E5", "3/4", 0, ["1 1", "1 2", "1 3"]),
        ("C5/2 D5/2 E5*3", "4/4", 0, ["1 1", "1 2"]),
        ("C5*4 D5*4", "4/4", 0, ["1 1", "2 1"]),
        ("C5 C5*6 E5", "4/4", 0, ["1 1", "1 2", "2 1", "2 4"]),
        ("G4 C5 D5 E5 F5", "4/4", 24, ["0 4", "1 1", "1 2", "1 3", "1 4"]),
        ("G4/2 C5 D5 E5*2", "4/4", 12, ["1 1", "1 2", "1 3"]),
        ("r C5 r C5 r*4 r/2 C5", "4/4", 0, ["1 2", "1 4", "3 1.5"]),
    ],
)
def test_where_chords_stand(text, meter, pickup, places):
    text = " ".join(f"{w[:-2]}*1/2" if w.endswith("/2") else w for w in text.split())
    found = slots_of(text, meter, pickup)
    assert [slot.place.replace("bar ", "").replace("beat ", "") for slot in found] == places


@pytest.mark.parametrize(
    ("meter", "beats"), [("6/8", [0, 36]), ("5/8", [0, 36]), ("3/4", [0, 24, 48])]
)
def test_chords_stand_on_beats_of_every_meter(meter, beats):
    units = Meter.parse(meter).bar_duration // 12
    found = slots_of(" ".join(["C5"] * units), meter, unit=12)
    assert [slot.position for slot in found] == beats
    assert found[-1].end == Meter.parse(meter).bar_duration


def test_chords_end_with_a_melody_that_rests():
    first, second = slots_of("C5 r*2 C5")
    assert (first.onset, first.end) == (0, 24)
    assert (second.onset, second.end) == (72, 96)


def test_a_melody_that_goes_far_gets_chords_on_the_way():
    found = slots_of("C4 E4 G4 C5 E5 G5 E5 C5", meter="2/2", unit=12)
    assert [slot.onset for slot in found] == [0, 36, 48]
    assert all(max(slot.pitches) - min(slot.pitches) <= 9 for slot in found)


def test_no_melody_is_refused():
    with pytest.raises(ParameterError, match="at least one note"):
        chord_slots(Score((Part(()),)))
    with pytest.raises(ParameterError, match="one note at a time"):
        chord_slots(MUSIC.two_at_once())


# Rules against the independent checkers


def written(layers, ways):
    parts = [
        Part(
            tuple(
                Note(v.slot.onset, 24, int(v.pitches[w, voice]))
                for v, w in zip(layers, ways, strict=True)
            )
        )
        for voice in range(4)
    ]
    score = Score(tuple(parts), meters=(MeterChange(0, Meter(2, 4)),), duration=48)
    return MUSIC.parsed(score), [
        (v.slot.onset / 24, v.name(w)) for v, w in zip(layers, ways, strict=True)
    ]


@pytest.mark.parametrize("key", ["C major", "A minor"])
def test_arrays_agree_with_the_checkers(key):
    """What rules say of random pairs of chords is what the checkers find in the written notes."""
    random = np.random.default_rng(5)
    seen = dict.fromkeys(USUAL, 0)
    for _ in range(60):
        first, step = int(random.integers(62, 78)), int(random.integers(-5, 6))
        text = f"{first} {first + step}".split()
        melody = Melody.from_events([(int(pitch), 24) for pitch in text])
        slots = chord_slots(Score.of_melody(melody, meter=Meter(2, 4)))
        layers = [near(list_voicings(chord_table(Key.parse(key)), slot), random) for slot in slots]
        ways = [int(random.integers(len(layer))) for layer in layers]
        stream, chords = written(layers, ways)
        one, other = (layer.take(np.array([way])) for layer, way in zip(layers, ways, strict=True))
        for name in USUAL:
            rule = parse_harmony_rule(name)
            kept = all(rule.allows_chords(v).all() for v in (one, other))
            kept = kept and bool(rule.allows_moves(one, other).all())
            found = CHECKERS.harmony_violations(stream, [name], key=key, meter="2/4", chords=chords)
            found = [fault for fault in found if fault.startswith(name)]
            seen[name] += bool(found)
            if name == "leading_tone_resolves" and any("/" in chord for _, chord in chords):
                assert kept <= (not found)  # applied dominants resolve too, which is stricter
            else:
                assert kept == (not found), (name, chords, found)
    assert all(seen.values()), seen


def near(voicings, random):
    """Keep ways that are nearly legal, so that each rule is now kept and now broken."""
    complete = parse_harmony_rule("complete_chords").allows_chords(voicings)
    gaps = np.diff(voicings.pitches.astype(int), axis=1)
    sane = (gaps <= 1).all(axis=1) & (gaps >= -16).all(axis=1)
    dominant = voicings.table.leading_tones[voicings.chords] >= 0
    wanted = sane & (complete | (random.random(len(sane)) < 0.1))
    return voicings.take(
        wanted & dominant if random.random() < 0.4 and (wanted & dominant).any() else wanted
    )


@pytest.mark.parametrize("key", ["Eb major", "C# minor"])
def test_arrays_agree_with_the_theory(key):
    key, random = Key.parse(key), np.random.default_rng(8)
    table = chord_table(key)
    seen = []
    for _ in range(40):
        first = int(random.integers(62, 78))
        melody = Melody.from_events([(first, 24), (first + int(random.integers(-5, 6)), 24)])
        slots = chord_slots(Score.of_melody(melody, meter=Meter(2, 4)))
        before, after = (near(list_voicings(table, slot), random) for slot in slots)
        before, after = (v.take(random.integers(len(v), size=12)) for v in (before, after))
        one = {name: parse_harmony_rule(name).allows_chords(before) for name in USUAL}
        two = {
            name: np.broadcast_to(parse_harmony_rule(name).allows_moves(before, after), (12, 12))
            for name in USUAL
        }
        for i, j in product(range(12), repeat=2):
            old, new = tuple(map(int, before.pitches[i])), tuple(map(int, after.pitches[j]))
            chord, follower = parse_chord(before.name(i), key), parse_chord(after.name(j), key)
            assert one["voice_ranges"][i] == voicing.in_range(old)
            assert one["spacing"][i] == voicing.is_spaced(old) or min(np.diff(old)) > 0
            assert one["no_crossing"][i] == (not voicing.has_crossing(old))
            assert one["complete_chords"][i] == voicing.is_complete(old, chord)
            assert two["no_parallels"][i, j] == (not voice_leading.has_parallels(old, new))
            assert two["no_hidden"][i, j] == (not voice_leading.has_hidden(old, new))
            assert two["no_crossing"][i, j] == (not voice_leading.has_overlap(old, new))
            resolves = voice_leading.resolves_seventh(old, new, chord, follower)
            assert two["seventh_resolves"][i, j] == resolves
            if "/" not in chord.name:
                doubles = voice_leading.doubles_leading_tone(old, chord, key)
                assert one["leading_tone_resolves"][i] == (not doubles)
                resolves = voice_leading.resolves_leading_tone(old, new, chord, follower, key)
                assert two["leading_tone_resolves"][i, j] == resolves
            seen.append([table[i, j] for table in two.values()])
    assert (np.mean(seen, axis=0)[3:7] < 1).all()


@pytest.mark.parametrize("key", ["C major", "A minor", "F# minor", "Eb major"])
def test_chords_are_what_the_theory_reads(key):
    table = chord_table(Key.parse(key))
    for number, chord in enumerate(table.chords):
        for inversion in range(len(chord)):
            known = parse_chord(table.name(number, inversion), Key.parse(key))
            assert known.pitch_classes == chord
            assert known.bass == chord[inversion]


# Rules as text


def test_rules_are_read_and_written():
    for name, kind in HARMONY_RULES.items():
        rule = parse_harmony_rule(kind.example)
        assert (rule.name, str(rule), rule.layer) == (name, kind.example, "harmony")
        assert rule.sentence.endswith(".")
    assert as_harmony_rules(["spacing", parse_harmony_rule("spacing")]) == (
        parse_harmony_rule("spacing"),
    )


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("no_paralels", "must be one of: voice_ranges"),
        ("spacing=3", "written as in 'spacing'"),
        ("chords", "written as in 'chords=I IV V7 I'"),
        ("chords=", "must name chords"),
        ("cadence=4 full", "must name bars and kinds"),
        ("cadence=0 half", "must name bars and kinds"),
    ],
)
def test_bad_rules_are_refused(text, match):
    with pytest.raises(ParameterError, match=match):
        parse_harmony_rule(text)


def test_a_list_is_asked_for():
    with pytest.raises(ParameterError, match=r"must be a list: \['spacing'\]"):
        as_harmony_rules("spacing")
    with pytest.raises(ParameterError, match="HarmonyRule"):
        as_harmony_rules([3])


# The automaton


def legal_wholes(rules, layers):
    """Find every legal whole the slow way."""
    rules = as_harmony_rules(rules)
    for ways in product(*(range(len(layer)) for layer in layers)):
        ones = [layer.take(np.array([way])) for layer, way in zip(layers, ways, strict=True)]
        if all(rule.allows_moves(a, b).all() for rule in rules for a, b in pairwise(ones)) and all(
            rule.allows_chords(one).all() for rule in rules for one in ones
        ):
            yield ways


RULES = [*USUAL, "chords=V7 I"]


def test_nothing_legal_is_lost_and_nothing_else_is_kept():
    automaton = automaton_of("B4 C5 D5 E5", USUAL)
    free = [list_voicings(automaton.table, slot) for slot in automaton.slots]
    rules = as_harmony_rules(USUAL)
    for number, layer in enumerate(free):
        allowed = [rule.allows_chords(layer) for rule in rules]
        free[number] = layer.take(np.all(allowed, axis=0))
    moves = [legal_moves(rules, a, b).astype(float) for a, b in pairwise(free)]
    ahead, behind = [np.ones(len(free[-1]))], [np.ones(len(free[0]))]
    for move in reversed(moves):
        ahead.insert(0, move @ ahead[0])
    for move in moves:
        behind.append(behind[-1] @ move)
    for layer, kept, a, b in zip(free, automaton.voicings, ahead, behind, strict=True):
        alive = layer.take((a > 0) & (b > 0))
        assert np.array_equal(alive.pitches, kept.pitches)
        assert np.array_equal(alive.chords, kept.chords)
    assert automaton.num_states < sum(map(len, free))


def test_a_dead_end_is_never_met():
    automaton = automaton_of("G4 A4 B4 C5 D5 B4 C5*2", [*USUAL, "cadence=2 authentic"])
    random = np.random.default_rng(0)
    for _ in range(20):
        state = automaton.start()
        while not automaton.is_end(state):
            mask = automaton.step_mask(state)
            assert mask.any()
            state = automaton.step(state, int(random.choice(np.flatnonzero(mask))))


def test_what_is_not_legal_is_refused():
    automaton = automaton_of("B4 C5", RULES)
    state = automaton.start()
    bad = int(np.flatnonzero(~automaton.step_mask(state))[0])
    with pytest.raises(ParameterError, match="not legal at bar 1 beat 1"):
        automaton.step(state, bad)
    with pytest.raises(ParameterError, match="voicing=99999 is not legal"):
        automaton.next(state, 99999)
    assert automaton.next(state, 0) == (1, 0, ())


def test_a_state_says_what_may_come():
    automaton = automaton_of("B4 C5", RULES)
    state = automaton.start()
    assert automaton.explain(state).startswith("bar 1 beat 1: the chord is next; ")
    state = automaton.next(state, 0)
    text = automaton.explain(state)
    assert text.startswith("bar 1 beat 2: after V")
    assert "may follow, as I" in text
    state = automaton.step(state, int(np.flatnonzero(automaton.step_mask(state))[0]))
    assert "the bass is next" in automaton.explain(state)
    for _ in range(3):
        state = automaton.step(state, int(np.flatnonzero(automaton.step_mask(state))[0]))
    assert automaton.explain(state) == "the end: every chord is set"


# Conflicts


@pytest.mark.parametrize(
    ("text", "rules", "match"),
    [
        (
            "C5 D5",
            ["spacing", "chords=I IV"],
            r"the rule 'chords=I IV' cannot be kept at bar 1 beat 2",
        ),
        (
            "B4 B4*3",
            [*USUAL, "chords=V V65"],
            "'complete_chords', 'chords=V V65' cannot be kept together at bar 1 beat 2",
        ),
        ("C5*4", ["cadence=1 half"], "the rule 'cadence=1 half' cannot be kept"),
        ("C4 C5*3 D4", ["no_crossing", "spacing"], ""),
        ("G5*2 C4*2", USUAL, "'no_crossing', 'spacing' cannot be kept together at bar 1 beat 3"),
        ("C5*4", ["cadence=2 half"], "it ends with bar 1"),
        ("C5*2 G3*2", USUAL, "a soprano sings 60 .* transpose it by 5 semitones"),
        ("C5 C6*3", USUAL, "transpose it by -3 semitones"),
    ],
)
def test_conflicts_name_rules_and_place(text, rules, match):
    if not match:
        assert automaton_of(text, rules).num_states
        return
    with pytest.raises(ParameterError, match=match):
        automaton_of(text, rules)


def test_a_conflict_is_a_smallest_one():
    for rules in (["no_crossing"], ["spacing"], [r for r in USUAL if r != "spacing"]):
        assert automaton_of("G5*2 C4*2", rules).num_states


def test_a_rule_of_ones_own():
    class BassRests(HarmonyRule):
        """The bass keeps its note."""

        name = "bass_rests"

        def allows_moves(self, before, after):
            return before.pitches[:, None, 3] == after.pitches[None, :, 3]

    automaton = automaton_of("C5 D5 E5 C5", [*USUAL, BassRests()])
    ways = draw_by_steps(
        automaton,
        lambda state: np.zeros(128)[: len(automaton.table)] if not state.chosen else np.zeros(128),
        np.random.default_rng(1),
    )
    basses = {int(v.pitches[w, 3]) for v, w in zip(automaton.voicings, ways, strict=True)}
    assert len(basses) == 1


# Cadences


@pytest.mark.parametrize(
    ("kind", "key", "text", "ends"),
    [
        ("authentic", "C major", "C5 D5 B4 C5", {("V", "I"), ("V7", "I")}),
        ("authentic", "A minor", "C5 D5 B4 A4", {("V", "i"), ("V7", "i"), ("V", "I"), ("V7", "I")}),
        ("half", "A minor", "C5 D5 C5 B4", None),
        ("plagal", "C major", "C5 D5 C5 C5", None),
        ("deceptive", "A minor", "C5 C5 B4 A4", None),
        ("deceptive", "C major", "C5 D5 B4 C5", None),
    ],
)
def test_cadences_close_as_they_are_named(kind, key, text, ends):
    automaton = automaton_of(text, [*USUAL, f"cadence=1 {kind}"], key)
    first, last = automaton.voicings[-2:]
    moves = automaton.moves(3)
    found = {(first.name(int(a)), last.name(int(b))) for a, b in np.argwhere(moves)}
    goals = {
        "authentic": {"I", "i"},
        "half": {"V"},
        "plagal": {"I", "i"},
        "deceptive": {"vi", "VI"},
    }
    assert {split_figures(name)[0] for _, name in found} <= goals[kind]
    if ends:
        assert found <= ends
    if kind != "half":
        befores = {split_figures(name)[0] for name, _ in found}
        assert befores <= ({"IV", "iv", "IV7"} if kind == "plagal" else {"V", "V7"})


# Exact drawing


class Toy:
    """Fixed random weights."""

    def weigh_chords(self, voicings):
        return np.sin(voicings.pitches.astype(float) @ np.array([1, 2, 3, 5]))

    def weigh_moves(self, before, after):
        return np.cos(before.pitches[:, None, 3] * 1.7 + after.pitches[None, :, 2] * 0.9)


def test_the_draw_is_exact():
    automaton = automaton_of("B4 C5", RULES)
    model = Toy()
    weights = {}
    for ways in legal_wholes(RULES, automaton.voicings):
        ones = [v.take(np.array([w])) for v, w in zip(automaton.voicings, ways, strict=True)]
        total = sum(float(model.weigh_chords(one)[0]) for one in ones)
        weights[ways] = np.exp(total + model.weigh_moves(*ones).item())
    sampler = HarmonySampler(automaton, model)
    mass = sum(weights.values())
    for ways, weight in weights.items():
        assert sampler.log_probability(ways) == pytest.approx(np.log(weight / mass), abs=1e-9)
    random = np.random.default_rng(3)
    draws = [sampler.draw(random) for _ in range(2000)]
    likeliest = max(weights, key=weights.get)
    share = weights[likeliest] / mass
    assert draws.count(likeliest) / 2000 == pytest.approx(share, abs=4 * (share / 2000) ** 0.5)
    with pytest.raises(ParameterError, match="temperature=0"):
        HarmonySampler(automaton, model, 0)


def test_without_rules_voices_go_beyond_and_cross():
    voicings = list_voicings(chord_table(Key("C")), slots_of("C5")[0])
    low, high = np.array(voicing.VOICE_RANGES).T
    assert ((voicings.pitches < low) | (voicings.pitches > high)).any()
    assert (voicings.pitches[:, 1] < voicings.pitches[:, 2]).any()
    assert isinstance(voicings, Voicings)


def test_a_small_automaton_can_be_drawn():
    figure = automaton_of("C5 B4", rules=[*USUAL, "chords=I V"]).draw()
    words = [text.get_text() for text in figure.axes[0].texts]
    assert any(word.startswith("I\n") for word in words)
    assert any(word.startswith("V") and word.endswith(" B") for word in words)
    with pytest.raises(ParameterError, match="more than 60: draw one of fewer chords"):
        automaton_of("C5 D5 E5", rules=["no_crossing"]).draw()
