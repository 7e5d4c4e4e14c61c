"""How four voices move: planted faults, and agreement with the rules of the harmoniser."""

import numpy as np
import pytest

from melodyai_edu.constraints.chords import chord_table
from melodyai_edu.constraints.harmony import parse_harmony_rule
from melodyai_edu.constraints.voicings import Voicings, chord_slots, list_voicings
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Score
from melodyai_edu.theory.harmony import parse_roman
from melodyai_edu.theory.voice_leading import (
    doubles_leading_tone,
    has_hidden,
    has_overlap,
    has_parallels,
    leading_tone_of,
    parallels,
    resolves_leading_tone,
    resolves_seventh,
)
from melodyai_edu.theory.voicing import has_crossing, in_range, is_complete, is_spaced

TONIC = (72, 67, 64, 48)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (TONIC, (74, 69, 65, 50), {("octaves", "soprano", "bass"), ("fifths", "alto", "bass")}),
        (TONIC, (71, 67, 62, 43), set()),
        (TONIC, TONIC, set()),
        (TONIC, (84, 67, 64, 48), set()),  # one voice moves alone
        ((67, 64, 60, 48), (74, 65, 59, 43), {("fifths", "soprano", "bass")}),  # contrary motion
        ((72, 67, 60, 60), (74, 67, 62, 50), {
            ("octaves", "tenor", "bass"), ("octaves", "soprano", "tenor"),
            ("octaves", "soprano", "bass"),
        }),
        ((72, 66, 60, 48), (74, 69, 62, 55), {("octaves", "soprano", "tenor")}),  # from a tritone
    ],
)  # fmt: skip
def test_parallels(before, after, found):
    assert set(parallels(before, after)) == found
    assert has_parallels(before, after) == bool(found)


@pytest.mark.parametrize(
    ("before", "after", "hidden", "overlap"),
    [
        ((67, 64, 60, 48), (72, 69, 60, 53), True, True),
        ((71, 67, 62, 43), (72, 67, 64, 48), False, False),  # the soprano steps
        ((67, 64, 60, 53), (72, 64, 60, 48), False, False),  # contrary motion
        ((67, 64, 60, 48), (71, 65, 62, 52), True, False),
        (TONIC, (77, 74, 65, 50), False, True),
        (TONIC, (64, 62, 60, 48), False, True),
    ],
)
def test_hidden_and_overlap(before, after, hidden, overlap):
    assert (has_hidden(before, after), has_overlap(before, after)) == (hidden, overlap)


@pytest.mark.parametrize(
    ("names", "before", "after", "resolves"),
    [
        ("V I", (71, 67, 62, 43), (72, 67, 64, 48), True),
        ("V I", (71, 67, 62, 43), (67, 67, 64, 48), False),
        ("V I", (67, 71, 62, 43), (72, 67, 64, 48), True),  # an inner voice falls to the fifth
        ("V vi", (67, 71, 62, 43), (69, 67, 64, 45), False),
        ("V vi", (67, 71, 62, 43), (69, 72, 64, 45), True),
        ("V IV", (71, 67, 62, 43), (69, 65, 60, 53), True),
        ("I IV", (67, 64, 60, 48), (65, 65, 60, 53), True),
    ],
)
def test_leading_tone(names, before, after, resolves):
    key = Key("C")
    chords = [parse_roman(name, key) for name in names.split()]
    assert resolves_leading_tone(before, after, *chords, key) == resolves


def test_the_leading_tone_of_a_dominant_is_not_doubled():
    key = Key("A", "minor")
    assert leading_tone_of(parse_roman("viio7", key), key) == 8
    assert leading_tone_of(parse_roman("III+", key), key) is None
    assert doubles_leading_tone((68, 64, 59, 44), parse_roman("V6", key), key)
    assert not doubles_leading_tone((68, 64, 59, 40), parse_roman("V", key), key)


@pytest.mark.parametrize(
    ("names", "before", "after", "resolves"),
    [
        ("V7 I", (65, 62, 59, 43), (64, 60, 60, 48), True),
        ("V7 I", (65, 62, 59, 43), (67, 60, 60, 48), False),
        ("V7 V65", (65, 62, 59, 43), (67, 65, 62, 47), True),
        ("V7 IV", (65, 62, 59, 43), (65, 60, 57, 41), True),
        ("I7 IV", (71, 67, 64, 48), (69, 65, 60, 53), True),
    ],
)
def test_seventh(names, before, after, resolves):
    chords = [parse_roman(name, Key("C")) for name in names.split()]
    assert resolves_seventh(before, after, *chords) == resolves


def test_two_voices_are_refused():
    with pytest.raises(ParameterError, match="must have four pitches"):
        has_parallels((72, 48), TONIC)


KEYS = [Key("C"), Key("A", "minor")]


@pytest.fixture(params=KEYS, ids=lambda key: key.name)
def pair(request):
    """Some hundred voicings of two neighbouring slots, as the harmoniser lists them."""
    key = request.param
    draw = np.random.default_rng(7)
    table = chord_table(key)
    steps = Melody.from_events([(67, 24), (72, 24), (71, 24), (72, 24)])
    slots = chord_slots(Score.of_melody(steps, key=key))
    which = draw.integers(len(slots) - 1)
    some = []
    for slot in slots[which : which + 2]:
        all_of_them = list_voicings(table, slot)
        plain = [n for n, name in enumerate(table.names) if "/" not in name]
        known = np.flatnonzero(np.isin(all_of_them.chords, plain))
        some.append(all_of_them.take(draw.choice(known, 150, replace=False)))
    return key, *some


def harmonies(voicings: Voicings, key):
    return [parse_roman(voicings.table.names[chord], key) for chord in voicings.chords]


def rows(voicings):
    return [tuple(map(int, row)) for row in voicings.pitches]


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("no_parallels", lambda a, b: not has_parallels(a, b)),
        ("no_hidden", lambda a, b: not has_hidden(a, b)),
        ("no_crossing", lambda a, b: not has_overlap(a, b)),
    ],
)
def test_moves_agree_with_the_rules(pair, rule, holds):
    _, before, after = pair
    allowed = parse_harmony_rule(rule).allows_moves(before, after)
    own = [[holds(a, b) for b in rows(after)] for a in rows(before)]
    assert np.array_equal(np.broadcast_to(allowed, (len(before), len(after))), own)


def test_chords_agree_with_the_rules(pair):
    key, _, voicings = pair
    chords = harmonies(voicings, key)
    for rule, own in {
        "voice_ranges": [in_range(row) for row in rows(voicings)],
        "no_crossing": [not has_crossing(row) for row in rows(voicings)],
        "spacing": [is_spaced(row) for row in rows(voicings)],
        "complete_chords": list(map(is_complete, rows(voicings), chords)),
        "leading_tone_resolves": [
            not doubles_leading_tone(row, chord, key)
            for row, chord in zip(rows(voicings), chords, strict=True)
        ],
    }.items():
        assert parse_harmony_rule(rule).allows_chords(voicings).tolist() == own, rule


def test_resolutions_agree_with_the_rules(pair):
    """The harmoniser also looks at where the soprano goes inside the slot; here it has one note."""
    key, before, after = pair
    leading, seventh = map(parse_harmony_rule, ("leading_tone_resolves", "seventh_resolves"))
    allowed = leading.allows_moves(before, after), seventh.allows_moves(before, after)
    olds = list(zip(rows(before), harmonies(before, key), strict=True))
    news = list(zip(rows(after), harmonies(after, key), strict=True))
    for n, (old, chord) in enumerate(olds):
        for m, (new, next_chord) in enumerate(news):
            own = (
                resolves_leading_tone(old, new, chord, next_chord, key),
                resolves_seventh(old, new, chord, next_chord),
            )
            assert own == (allowed[0][n, m], allowed[1][n, m]), (old, new, chord, next_chord)
