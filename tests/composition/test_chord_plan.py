"""Planned and fitted chords: what was asked for holds, for any key, meter and melody."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.chord_plan import fit_chords, plan_chords
from melodyai_edu.composition.chord_tables import STYLES
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Meter, Note, Part, Score
from melodyai_edu.theory.harmony import parse_chord_symbol, parse_roman

KEYS = ("G major", "E minor", "D mixolydian", "A dorian", "F lydian", "E phrygian", "B locrian")
METERS = ("4/4", "3/4", "6/8", "9/8", "5/8", "7/8", "2/2", "3/8", "1/4", "12/8")


def random(seed=1):
    return np.random.default_rng(seed)


def chord_at(plan, onset):
    return next(c for c in plan if c.onset <= onset < c.onset + c.duration)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("key", KEYS)
def test_a_plan_fills_its_bars_and_closes_as_asked(style, key):
    key, meter = Key.parse(key), Meter(6, 8)
    for seed in range(3):
        plan = plan_chords(
            key, meter, 8, random(seed), style=style, cadences=((3, "half"), (7, "full"))
        )
        ends = [chord.onset + chord.duration for chord in plan]
        assert [chord.onset for chord in plan] == [0, *ends[:-1]]
        assert ends[-1] == 8 * 72
        assert parse_chord_symbol(plan[-1].symbol).root == key.tonic_pitch_class
        half = parse_chord_symbol(chord_at(plan, 4 * 72 - 1).symbol).root
        assert (half - key.tonic_pitch_class) % 12 in (7, 10)
        for chord in plan:
            symbol, numeral = parse_chord_symbol(chord.symbol), parse_roman(chord.numeral, key)
            assert set(symbol.pitch_classes) == set(numeral.pitch_classes)


@pytest.mark.parametrize("style", STYLES)
def test_bars_that_return_have_their_chords_again(style):
    repeats = (0, 1, 2, 3, 0, 1, 2, 7, 8, 9, 8, 11, 0, 1, 2, 7)
    meter = Meter(4, 4)
    for seed in range(4):
        plan = plan_chords(
            Key("D"), meter, 16, random(seed), style=style, repeats=repeats,
            cadences=((3, "half"), (7, "full"), (15, "full")),
        )  # fmt: skip
        for bar, old in enumerate(repeats):
            for tick in range(0, meter.bar_duration, 6):
                now = chord_at(plan, bar * 96 + tick).numeral
                assert now == chord_at(plan, old * 96 + tick).numeral


def test_a_cadence_that_its_original_has_not_is_planned_anew():
    for seed in range(6):
        plan = plan_chords(
            Key("C"), Meter(2, 4), 4, random(seed), repeats=(0, 1, 0, 1),
            cadences=((1, "half"), (3, "full")),
        )  # fmt: skip
        assert chord_at(plan, 95).numeral == "V"
        assert plan[-1].numeral == "I"


@pytest.mark.parametrize("meter", METERS)
def test_every_meter(meter):
    plan = plan_chords(Key("A", "minor"), Meter.parse(meter), 5, random())
    assert sum(chord.duration for chord in plan) == 5 * Meter.parse(meter).bar_duration


def test_genres_have_their_harmonic_rhythm():
    def chords(genre):
        plans = [
            plan_chords(Key("G"), Meter(3, 4), 16, random(seed), genre=genre) for seed in range(12)
        ]
        return np.mean([len(plan) for plan in plans])

    assert chords("waltz") != chords("air")
    assert chords("polonaise") == chords(None)  # never counted


def test_the_same_seed_gives_the_same_plan():
    first, same, other = (plan_chords(Key("C"), Meter(4, 4), 8, random(s)) for s in (3, 3, 4))
    assert first == same != other


def test_pop_repeats_loops_of_its_list():
    from melodyai_edu.composition.progressions import read_progressions

    loops = {p.chords for p in read_progressions("pop", "major")}
    found = 0
    for seed in range(20):
        plan = plan_chords(Key("C"), Meter(4, 4), 8, random(seed), style="pop")
        bars = tuple(chord_at(plan, 96 * bar).numeral for bar in range(8))
        found += (bars[:4] in loops) + (bars[4:] in loops) + 2 * (bars in loops)
    assert found >= 28  # of 40 phrases; others have single chords


def test_jazz_dominants_resolve():
    """A secondary dominant goes to its target, a substitute a semitone down, nearly always."""
    resolved = all_of_them = 0
    for seed in range(60):
        plan = plan_chords(Key("F"), Meter(4, 4), 16, random(seed), style="jazz")
        for before, after in pairwise(plan):
            roots = [parse_chord_symbol(chord.symbol).root for chord in (before, after)]
            fall = (roots[0] - roots[1]) % 12
            if before.numeral.startswith(("V7/", "subV7")):
                all_of_them += 1
                resolved += fall in (1, 7, 10) if "sub" in before.numeral else fall == 7
    assert all_of_them > 40
    assert resolved / all_of_them > 0.6


@pytest.mark.parametrize(
    ("known", "match"),
    [
        ({"style": "rap"}, "style='rap' must be one of: chorale, folk, pop, jazz"),
        ({"bars": 0}, "bars=0 must be 1 or more"),
        ({"repeats": (0, 0)}, "must have an entry for each of 4 bars"),
        ({"repeats": (0, 2, 2, 3)}, "or that of an earlier bar"),
        ({"cadences": ((4, "full"),)}, r"cadence=\(4, 'full'\) must be a bar from 0 to 3"),
        ({"cadences": ((3, "open"),)}, "one of: half, full"),
    ],
)
def test_what_cannot_be_planned(known, match):
    with pytest.raises(ParameterError, match=match):
        plan_chords(Key("C"), Meter(4, 4), known.pop("bars", 4), random(), **known)


# Fitting


def tunes():
    """Give tunes of many meters and modes, with pickups and with rests."""
    all_tunes = [t for name in ("oneill", "airds", "chorales") for t in mai.load(name)]
    chosen = {}
    for tune in all_tunes:
        if tune.note_count:
            chosen.setdefault((tune.meter.name, tune.key.mode), tune)
            chosen.setdefault((tune.meter.name, bool(tune.pickup)), tune)
    return list(chosen.values())


@pytest.mark.parametrize("style", STYLES)
def test_real_tunes_keep_their_notes_and_get_chords(style):
    for tune in tunes():
        fitted = fit_chords(tune.score, style=style, seed=1)
        assert replace(fitted, chords=()) == replace(tune.score, chords=())
        assert fitted.chords
        onsets = [chord.onset for chord in fitted.chords]
        assert onsets == sorted(set(onsets))
        assert onsets[-1] < fitted.duration
        bar = tune.meter.bar_duration
        assert onsets[0] in (0, tune.pickup, *range(tune.pickup, tune.pickup + 2 * bar))
        assert all(parse_chord_symbol(chord.text) for chord in fitted.chords)


def test_chords_fit_better_than_those_of_another_tune():
    def share(score, chords):
        hits = 0
        beats = {
            o + beat
            for o in score.bar_onsets()[bool(score.pickup) :]
            for beat in score.meter.beat_onsets
        }
        strong = [note for note in score.parts[0].notes if note.onset in beats]
        for note in strong:
            under = [chord for chord in chords if chord.onset <= note.onset]
            classes = parse_chord_symbol(under[-1].text).pitch_classes if under else ()
            hits += note.pitch % 12 in classes
        return hits / len(strong)

    reels = mai.load("oneill").filter(genre="reel", mode="major", split="test")[:12]
    fitted = [fit_chords(tune.melody_score, seed=1) for tune in reels]
    own = np.mean([share(score, score.chords) for score in fitted])
    key = [score.key for score in fitted]
    pairs = [(a, b) for i, a in enumerate(fitted) for j, b in enumerate(fitted)
             if i != j and key[i] == key[j]]  # fmt: skip
    other = np.mean([share(a, b.chords) for a, b in pairs])
    assert own > other + 0.08


def test_a_changed_key_changes_the_chords():
    from melodyai_edu.score import KeyChange

    line = Melody.from_events([(60, 24), (64, 24), (67, 48), (59, 24), (62, 24), (67, 48)] * 2)
    moved = line.transposed(3, Key("Eb"))
    notes = (*line.notes, *(note.moved(line.duration) for note in moved.notes))
    score = Score((Part(notes),), keys=(KeyChange(0, Key("C")), KeyChange(384, Key("Eb"))))
    chords = fit_chords(score, temperature=0.1).chords
    assert {c.text for c in chords if c.onset < 384} <= {"C", "F", "G", "Am", "Dm", "Bb"}
    assert {c.text for c in chords if c.onset >= 384} <= {"Eb", "Ab", "Bb", "Cm", "Fm", "Db"}


def test_several_notes_at_a_time_and_chromatic_lines():
    both = Score((Part((Note(0, 96, 60), Note(0, 96, 67), Note(96, 96, 65))),))
    assert fit_chords(both).chords[0].onset == 0
    line = Melody.from_events([(pitch, 12) for pitch in range(60, 84)])
    for style in STYLES:
        assert fit_chords(Score.of_melody(line), style=style).chords


@pytest.mark.parametrize("score", [Score(()), Score((Part((), is_drums=True),))])
def test_a_score_without_a_melody(score):
    with pytest.raises(ParameterError, match="must have a melody in its first part"):
        fit_chords(score)


def test_a_melody_without_notes():
    with pytest.raises(ParameterError, match="at least one note"):
        fit_chords(Score((Part(()),)))
