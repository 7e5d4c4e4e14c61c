"""Rules of chord symbols: kept by whatever weights, judged here from the written chords alone."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.chord_sheet import ChordSheet
from melodyai_edu.composition.harmonise import harmonise
from melodyai_edu.constraints.chord_places import empty_places, melody_places
from melodyai_edu.constraints.chord_rules import (
    CHORD_RULES,
    as_chord_rules,
    parse_chord_rule,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.theory.harmony import parse_chord, parse_chord_symbol
from melodyai_edu.theory.rhythm import strong_beats

STYLES = ("folk", "pop", "jazz")


def tune(events, **known):
    return Score.of_melody(Melody.from_events(events), **known)


LINE = tune(
    [
        (67, 24),
        (69, 24),
        (71, 24),
        (74, 24),
        (72, 48),
        (69, 48),
        (71, 48),
        (69, 48),
        (66, 48),
        (67, 48),
    ],
    key=Key("G"),
)


def sounding(score, onset):
    """Give the chord symbol that holds at a place."""
    return [chord.text for chord in score.chords if chord.onset <= onset][-1]


def degrees(score):
    """Give root over the tonic, and kind by its intervals, of each chord symbol."""
    chords = (parse_chord_symbol(chord.text) for chord in score.chords)
    return [((chord.root - score.key.tonic_pitch_class) % 12, chord.intervals) for chord in chords]


def bar_ends(score):
    return [*score.bar_onsets()[1:], score.duration]


def test_texts_are_read_and_written():
    for name, kind in CHORD_RULES.items():
        rule = parse_chord_rule(kind.example)
        assert str(rule) == kind.example
        assert rule.name == name
        assert parse_chord_rule(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("no_parallels", "speaks of four voices: it needs style='chorale'"),
        ("max_leap=3", "must be one of: chords, cadence, fits_melody"),
        ("fits_melody=1", "must be written as in 'fits_melody'"),
        ("cadence", "must be written as in 'cadence="),
        ("cadence=0 half", "must name bars and kinds"),
        ("cadence=4 open", "must name bars and kinds"),
        ("chords=", "must be written as in|must name one chord a bar"),
        ("chords=X", "chord='X' must be a Roman numeral"),
        ("chords=I I I | V", "up to two between bar lines"),
        ("chords=I6", "has another bass than its root"),
        ("chords=G/B", "has another bass than its root"),
        ("chord_kinds=sad", "chord_kinds='sad' must be of: triads, sevenths"),
    ],
)
def test_what_cannot_be_read(text, match):
    with pytest.raises(ParameterError, match=match):
        as_chord_rules([text])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["authentic", "half", "plagal", "deceptive"])
def test_cadences(style, kind):
    for seed in range(4):
        score = harmonise(LINE, style=style, rules=[f"cadence=4 {kind}"], seed=seed).score
        end = bar_ends(score)[3]
        before = [chord for chord in score.chords if chord.onset < end]
        names = [parse_chord_symbol(chord.text) for chord in before[-2:]]
        roots = [(name.root - 7) % 12 for name in names]
        goal = {"authentic": 0, "plagal": 0, "half": 7, "deceptive": 9}[kind]
        assert roots[-1] == goal
        if kind != "half":
            assert roots[0] == (5 if kind == "plagal" else 7)
        if kind in ("authentic", "deceptive"):
            assert names[0].quality in ("major", "dominant seventh")


@pytest.mark.parametrize("style", STYLES)
def test_strong_notes_belong_to_their_chords(style):
    found = 0
    for corpus, genre in (("oneill", "jig"), ("ryan", "reel"), ("airds", "air")):
        for real in mai.load(corpus).filter(genre=genre)[:12]:
            try:
                score = harmonise(real, style=style, rules=["fits_melody"], seed=2).score
            except ParameterError as error:
                assert "'fits_melody' cannot be kept at bar" in str(error)  # noqa: PT017
                continue
            found += 1
            first = score.chords[0].onset
            for onset in score.bar_onsets()[bool(score.pickup) :]:
                strong = {onset + beat for beat in strong_beats(score.meter_at(onset))}
                for note in score.parts[0].notes:
                    if note.onset in strong and note.onset >= max(score.pickup, first):
                        chord = parse_chord_symbol(sounding(score, note.onset))
                        assert note.pitch % 12 in chord.pitch_classes
    assert found >= 20


def test_kinds_and_one_chord_a_bar():
    jazz = harmonise(LINE, style="jazz", rules=["chord_kinds=m7 7"], seed=1).score
    assert {kind for _, kind in degrees(jazz)} <= {(0, 3, 7, 10), (0, 4, 7, 10)}
    folk = harmonise(LINE, style="folk", rules=["one_chord_a_bar"], seed=1).score
    assert {chord.onset for chord in folk.chords} <= set(folk.bar_onsets())


def test_given_chords_bar_by_bar():
    sheet = harmonise(LINE, style="folk", chords="G | C D7 | Em", seed=3)
    assert sheet.chord_text(symbols=True) == "G | C D7 | Em | G"
    numerals = harmonise(LINE, style="pop", chords=["I", "IV", "V/V", "V"], seed=3)
    assert numerals.chord_text(symbols=True) == "G | C | A | D"
    part = numerals.score.parts[1]
    assert {note.pitch % 12 for note in part.notes if note.onset == 192} == {9, 1, 4}


def test_given_chords_and_a_cadence_in_conflict():
    with pytest.raises(ParameterError) as caught:
        harmonise(
            LINE, style="folk", chords="G C G C",
            rules=["one_chord_a_bar", "cadence=4 authentic"],
        )  # fmt: skip
    text = str(caught.value)
    assert "'cadence=4 authentic' and 'chords=" in text
    assert "one_chord_a_bar" not in text
    assert "cannot be kept together at bar 4" in text
    assert "Relax one of them" in text


def test_a_rule_that_this_style_cannot_keep_names_its_chords():
    mixolydian = tune([(62, 96), (60, 96), (62, 96), (62, 96)], key=Key("D", "mixolydian"))
    with pytest.raises(ParameterError, match=r"'cadence=4 authentic' cannot be kept.*I ii IV v"):
        harmonise(mixolydian, style="folk", rules=["cadence=4 authentic"])
    chromatic = tune([(61, 96)], key=Key("C"))
    with pytest.raises(ParameterError, match="'fits_melody' cannot be kept at bar 1 beat 1"):
        harmonise(chromatic, style="folk", rules=["fits_melody"])


def test_cadences_outside_the_melody():
    with pytest.raises(ParameterError, match="must name a bar of the melody; it ends with bar 4"):
        harmonise(LINE, style="folk", rules=["cadence=9 half"])


def test_two_chords_where_one_has_room():
    short = tune([(60, 36)] * 3, meter=Meter(3, 8))
    with pytest.raises(ParameterError, match="two chords in bar 1, which has room for one"):
        harmonise(short, style="folk", chords="C G | C")


@pytest.mark.parametrize("style", STYLES)
def test_rules_hold_whatever_the_model_wants(style):
    """Random weights, many rules: drawn chords are judged one by one."""
    random = np.random.default_rng(7)
    rules = as_chord_rules(
        ["cadence=2 half, 4 authentic", "one_chord_a_bar", "chord_kinds=m 7 m7 major maj7"]
    )
    for _ in range(20):
        sheet = ChordSheet(empty_places(Key("E"), Meter(3, 4), 4), style, rules)
        for stretch in sheet._stretches:
            stretch.chain.weights += random.normal(scale=4, size=stretch.chain.weights.shape)
        plan = sheet.planned(sheet.draw(random))
        roots = {}
        for chord in plan:
            for bar in range(4):
                if chord.onset <= 72 * bar + 71 < chord.onset + chord.duration:
                    roots[bar] = (parse_chord(chord.symbol, Key("E")).root - 4) % 12
            assert chord.onset % 72 == 0
        assert roots[1] == 7
        assert (roots[2], roots[3]) in ((7, 0), (0, 0))
        if roots[2] == 0:
            assert roots[1] == 7


def test_places():
    pickup = tune([(67, 12), (72, 96), (None, 48), (71, 36)], pickup=12)
    places = melody_places(pickup)
    assert [place.place for place in places][:2] == ["bar 1 beat 1", "bar 1 beat 3"]
    assert places[0].onset == 12
    assert places[-1].is_last
    assert places[1].closes  # a note of four beats
    assert [note.strength for note in places[0].sung] == [2]
    long = melody_places(tune([(67, 48), (72, 96)], pickup=48))
    assert (long[0].bar, long[0].position, long[0].onset) == (-1, 48, 0)
    beats = melody_places(tune([(67, 72)], meter=Meter(3, 4)), per="beat")
    assert [place.position for place in beats] == [0, 24, 48]
    assert [place.part for place in empty_places(Key("C"), Meter(5, 8), 1)] == [0, 1]
    with pytest.raises(ParameterError, match="at least one note"):
        melody_places(Score(()))
