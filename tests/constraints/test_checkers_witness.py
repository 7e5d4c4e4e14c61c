"""The checkers' reading against other witnesses: music21, and the score that was written."""

import runpy
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from music21 import meter as m21_meter
from music21 import note, voiceLeading

from melodyai_edu.score import MODES, SCALES, Key, Melody, Meter, Pitch, Score

HERE = Path(__file__)
RANDOM = runpy.run_path(str(HERE.parents[1] / "io" / "random_scores.py"))


def load(name):
    return SimpleNamespace(**runpy.run_path(str(HERE.with_name(f"{name}.py"))))


CHECKERS, MUSIC, MELODY = load("checkers"), load("checkers_music"), load("checkers_melody")
READING = load("checkers_piece")
KEYS = [Key.from_fifths(fifths, mode) for fifths in range(-7, 8) for mode in MODES]
METERS = ("4/4", "3/4", "2/2", "6/8", "9/8", "12/8", "6/4", "5/8", "7/8", "2+3/8", "3/8", "2/4")


def piece_of(stream, score):
    (staves,) = READING.staves_of(stream)
    return READING.Piece(staves, key=score.key.name, meter=score.meter.name, bars=1)


@settings(deadline=None, max_examples=60)
@given(score=RANDOM["melodies"]())
def test_notes_are_those_that_were_written(score):
    stream = MUSIC.parsed(score)
    found = piece_of(stream, score).notes
    written = [(one.onset, one.duration, one.pitch, one.pitch_name) for one in score.parts[0].notes]
    assert [(one.onset, one.duration, one.midi, one.name) for one in found] == written


EVENTS = st.lists(
    st.tuples(st.sampled_from((None, 60, 60, 64)), st.integers(1, 12)), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=40)
@given(events=EVENTS, meter=st.sampled_from(METERS))
def test_ties_are_joined_as_music21_joins_them(events, meter):
    """On the grid of sixteenths: off it, stripTies leaves some ties open."""
    melody = Melody.from_events([(pitch, 6 * length) for pitch, length in events])
    score = Score.of_melody(melody, meter=Meter.parse(meter))
    stream = MUSIC.parsed(score)
    joined = [
        (READING.ticks(one.getOffsetInHierarchy(stream)), READING.ticks(one.quarterLength))
        for one in stream.stripTies().recurse().notes
    ]
    assert [(one.onset, one.duration) for one in piece_of(stream, score).notes] == joined


def test_wide_melody_on_two_staves_is_one_line():
    score = MUSIC.score_of("C5*2 D3*2 r*2 G4 E2 | G3*3 C6*3 r*2")
    stream = MUSIC.parsed(score)
    assert len(stream.parts) == 2
    rules = ["max_leap=22", "rhythm=1: 1/4 1/4 r1/4 1/8 1/8", "range=E2-B5", "longest=1/4"]
    known = {"key": "C major", "meter": "4/4", "bars": 2}
    assert CHECKERS.violations(stream, rules, **known) == [
        "max_leap=22: bar 1 beat 4.5: G4 to E2 is 27 semitones",
        "max_leap=22: bar 2 beat 2.5: G3 to C6 is 29 semitones",
        "range=E2-B5: bar 2 beat 2.5: C6 lies outside E2-B5",
        "longest=1/4: bar 2 beat 1: G3 lasts 3/8",
        "longest=1/4: bar 2 beat 2.5: C6 lasts 3/8",
    ]
    other = MUSIC.piece("C5*2 D3*2 r*2 A4 E2 | G3*3 C6*3 r*2")
    found = CHECKERS.violations(other, ["regenerate=2"], original=stream, **known)
    assert found == ["regenerate=2: bar 1 beat 4: not as in the original"]


@pytest.mark.parametrize("text", METERS)
def test_beats_are_those_of_the_meter(text):
    beats, meter = READING.Beats(text), Meter.parse(text)
    assert tuple(beats.onsets) == meter.beat_onsets
    assert beats.bar == meter.bar_duration
    if meter.kind != "additive" and text not in ("3/8", "6/4"):  # music21 beats them by threes
        assert len(beats.onsets) == m21_meter.TimeSignature(text).beatCount


@pytest.mark.parametrize("text", ["4/4", "3/4", "6/8", "12/8", "2/2", "9/8"])
def test_strength_falls_where_music21_lets_it_fall(text):
    """Every place that music21 weighs more than another of the same bar is no weaker here."""
    beats, signature = READING.Beats(text), m21_meter.TimeSignature(text)
    places = range(0, beats.bar, 12)
    weights = {place: signature.getAccentWeight(place / 24) for place in places}
    for one in places:
        for other in places:
            if weights[one] > weights[other]:
                assert beats.strengths[one] <= beats.strengths[other]


@pytest.fixture(scope="module")
def parts():
    return list(MUSIC.piece("C4*8").parts)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_keys_and_spelling(key, parts):
    piece = READING.Piece(parts, key=key.name, meter="4/4", bars=1)
    assert piece.key_classes() == key.scale.pitch_classes
    for pitch in range(60, 72):
        own = MELODY._spelled(pitch, piece.fifths(key.name), key.mode == "minor")
        assert own.replace("-", "b") == key.spell(pitch)


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("tonic", ["C", "F#", "Bb"])
def test_scales(name, tonic):
    found = READING.TONALITY.scale_classes(f"{tonic} {name}")
    assert [(one - Pitch.parse(f"{tonic}4").midi) % 12 for one in found] == list(SCALES[name])
    assert READING.TONALITY.scale_classes(name, tonic) == found


#: White notes without B: every fifth among them is perfect.
WHITE = st.sampled_from(["C", "D", "E", "F", "G", "A"])


@settings(deadline=None, max_examples=100)
@given(st.tuples(WHITE, WHITE, WHITE, WHITE), st.sampled_from(((5, 5), (4, 5), (5, 4))))
def test_parallels_and_hidden_are_those_of_music21(letters, octaves):
    upper = [f"{letter}{octave}" for letter, octave in zip(letters[:2], octaves, strict=True)]
    lower = [f"{letter}3" for letter in letters[2:]]
    quartet = voiceLeading.VoiceLeadingQuartet(*(note.Note(name) for name in (*upper, *lower)))
    still = ["C4*8", "C4*8"]
    stream = MUSIC.piece("{}*4 {}*4".format(*upper), *still, "{}*4 {}*4".format(*lower))
    found = CHECKERS.harmony_violations(
        stream, ["no_parallels", "no_hidden"], key="C major", meter="4/4"
    )
    kinds = {one.partition(":")[0] for one in found}
    is_parallel = quartet.parallelFifth() or quartet.parallelUnisonOrOctave()
    assert ("no_parallels" in kinds) == is_parallel
    leaps = abs(midi(upper[1]) - midi(upper[0])) > 2
    is_similar = is_parallel and not quartet.antiParallelMotion()
    is_hidden = quartet.hiddenFifth() or quartet.hiddenOctave() or is_similar
    assert ("no_hidden" in kinds) == (leaps and is_hidden)


def midi(name):
    return Pitch.parse(name).midi


def test_checking_is_quick():
    pitches = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 64, 62] * 8
    stream = MUSIC.parsed(Score.of_melody(Melody.from_events([(p, 12) for p in pitches])))
    rules = ["in_key", "range=C4-C5", "max_leap=9", "leaps_recovered", "no_augmented_leap"]
    rules += ["no_syncopation", "form=AABA", "cadence=8 half, 16 full"]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        CHECKERS.violations(stream, rules, key="C major", meter="4/4", bars=16)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


def test_checkers_share_no_code_with_the_package():
    names = ("rhythm", "melody", "motif", "structure", "harmony", "piece", "tonality")
    files = [HERE.with_name("checkers.py"), *(HERE.with_name(f"checkers_{n}.py") for n in names)]
    assert not any("melodyai" in path.read_text(encoding="utf-8") for path in files)
