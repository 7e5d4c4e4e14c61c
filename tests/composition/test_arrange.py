"""Arrangements of real tunes in all patterns, meters and keys."""

import runpy
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.arrange import arrange
from melodyai_edu.composition.counter_melody import parallel_places
from melodyai_edu.composition.instruments import INSTRUMENTS
from melodyai_edu.composition.pattern_library import choose_pattern, list_patterns
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.midi_read import parse_midi
from melodyai_edu.io.midi_write import carried_by_midi, midi_bytes
from melodyai_edu.score import (
    ChordSymbol,
    Key,
    KeyChange,
    Melody,
    Meter,
    MeterChange,
    Score,
    Section,
)
from melodyai_edu.theory.naming import find_chord

CHECKS = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("arrangement_checks.py"))))

METERS = [
    "2/4",
    "3/4",
    "4/4",
    "2/2",
    "3/8",
    "6/8",
    "9/8",
    "12/8",
    "6/4",
    "3/2",
    "5/8",
    "7/8",
    "5/4",
]
PATTERNS = list_patterns()
BAND = ["flute", "acoustic guitar", "acoustic bass", "drums"]


@cache
def real_tunes():
    """Short tunes of each meter that the corpora have."""
    found = {}
    for tune in (*mai.load("oneill"), *mai.load("airds"), *mai.load("chorales")):
        scores = found.setdefault(tune.meter.name, [])
        if tune.note_count < 80 and len(scores) < 12 and tune.melody_score.bar_count <= 17:
            scores.append(tune.melody_score)
    return found


def invented(meter, key):
    """A scale up and down in any meter."""
    scale = Key.parse(key).scale.pitch_classes
    degrees = [0, 2, 4, 5, 6, 4, 1, 3]
    unit = meter.unit_duration
    line = [
        (60 + scale[degrees[n % 8]] + 12 * (scale[degrees[n % 8]] < scale[0]), unit)
        for n in range(8 * meter.numerator)
    ]
    return Score.of_melody(Melody.from_events(line), meter=meter, key=Key.parse(key))


def tune_in(meter_name, number):
    """Give a real tune in a meter, in one of twelve keys; an invented one where there is none."""
    tunes = real_tunes().get(meter_name)
    score = tunes[number % len(tunes)] if tunes else invented(Meter.parse(meter_name), "D dorian")
    shift = number % 12 - 5
    part = score.parts[0]
    notes = tuple(replace(note, pitch=note.pitch + shift, spelling="") for note in part.notes)
    keys = tuple(KeyChange(c.onset, c.key.transposed(shift)) for c in score.keys)
    return CHECKS.with_chords(replace(score, parts=(replace(part, notes=notes),), keys=keys),
                              sevenths=number % 2 == 1)  # fmt: skip


@pytest.fixture(scope="module")
def jig():
    return CHECKS.with_chords(mai.load("oneill").filter(genre="jig")[5].melody_score)


@pytest.fixture(scope="module")
def reel():
    return CHECKS.with_chords(mai.load("oneill").filter(genre="reel", meter="2/2")[3].melody_score)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_keeps_the_rules_in_every_meter(pattern):
    for number, meter in enumerate(METERS):
        score = tune_in(meter, number + PATTERNS.index(pattern))
        written = arrange(score, pattern=pattern, instruments=BAND, seed=number, humanise=False)
        melody, guitar, bass, drums = written.parts
        assert [note.pitch % 12 for note in melody.notes] == [
            note.pitch % 12 for note in score.parts[0].notes
        ]
        for part, instrument in zip(written.parts, BAND, strict=True):
            assert not CHECKS.out_of_range(part, instrument), (meter, instrument)
            assert not CHECKS.overlaps(part, one_voice=part is bass)
            assert part.duration <= written.duration == score.duration
        assert bass.notes
        assert guitar.notes
        assert drums.is_drums
        assert CHECKS.strangers(score, bass, is_bass=True) == [], meter
        assert CHECKS.strangers(score, guitar, is_bass=False) == [], meter
        assert CHECKS.silent_changes(score, bass) == [], meter


def test_nobody_but_the_melody_plays_in_a_pickup(jig):
    assert jig.pickup
    written = arrange(jig, pattern="jig", humanise=False)
    for part in written.parts[1:]:
        assert min(note.onset for note in part.notes) >= jig.pickup


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_same_arguments_give_the_same_notes_and_another_seed_others(pattern, reel):
    one = arrange(reel, pattern=pattern, seed=3, counter_melody=True)
    assert one == arrange(reel, pattern=pattern, seed=3, counter_melody=True)
    assert one != arrange(reel, pattern=pattern, seed=4, counter_melody=True)
    values = [v for p in one.parts for n in p.notes for v in (n.onset, n.duration, n.velocity)]
    assert {type(value) for value in values} == {int}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_midi_keeps_every_note(pattern, jig):
    for humanise in (False, True):
        arranged = arrange(jig, pattern=pattern, humanise=humanise, counter_melody=True)
        read = parse_midi(midi_bytes(arranged))
        expected = carried_by_midi(arranged)
        assert [part.notes for part in read.parts] == [part.notes for part in expected.parts]
        assert [n.pitch for p in read.parts for n in p.notes] == [
            n.pitch for p in arranged.parts for n in p.notes
        ]
        for one, other in zip(read.parts, arranged.parts, strict=True):
            assert (one.name, one.program, one.is_drums) == (
                other.name, other.program, other.is_drums
            )  # fmt: skip


def test_a_file_on_disk_keeps_an_arrangement(jig, tmp_path):
    arranged = arrange(jig)
    mai.write(arranged, tmp_path / "piece.mid")
    assert mai.read(tmp_path / "piece.mid").parts == carried_by_midi(arranged).parts


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_nth_note_that_is_played_is_the_nth_that_is_written(pattern, reel):
    written = arrange(reel, pattern=pattern, counter_melody=True, humanise=False)
    played = arrange(reel, pattern=pattern, counter_melody=True)
    for one, other in zip(written.parts, played.parts, strict=True):
        assert [note.pitch for note in one.notes] == [note.pitch for note in other.notes]
        late = [b.onset - a.onset for a, b in zip(one.notes, other.notes, strict=True)]
        assert max(map(abs, late)) <= 5  # a swung eighth is 4 ticks late, and one by hand
        assert not CHECKS.overlaps(other, one_voice=one.name == "Acoustic bass")
    assert written != played


def test_jazz_swings_its_eighths_and_a_page_shows_them_straight(reel):
    written = arrange(reel, pattern="jazz swing", humanise=False).parts[-1]
    played = arrange(reel, pattern="jazz swing").parts[-1]
    assert {note.onset % 24 for note in written.notes} == {0, 12}
    assert {note.onset % 24 for note in played.notes} == {0, 16}


def test_slow_music_is_not_shifted_because_a_tick_is_too_long(jig):
    slow = replace(jig, tempos=(replace(jig.tempos[0], tempo=50),))
    written = arrange(slow, pattern="jig", humanise=False)
    played = arrange(slow, pattern="jig")
    for one, other in zip(written.parts, played.parts, strict=True):
        assert [note.onset for note in one.notes] == [note.onset for note in other.notes]


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_instrument_plays_melody_and_a_second_part_in_its_range(instrument):
    score = CHECKS.with_chords(invented(Meter(3, 8), "E minor"))
    written = arrange(score, instruments=[instrument, instrument], humanise=False)
    for part in written.parts:
        assert part.notes
        assert CHECKS.out_of_range(part, instrument) == []


def test_a_line_wider_than_its_instrument_changes_octave_where_it_rests():
    line = Melody.from_events([(57, 24), (62, 24), (64, 48), (None, 48), (84, 24), (81, 72)])
    score = CHECKS.with_chords(Score.of_melody(line))
    melody = arrange(score, instruments=["bagpipe"], humanise=False).parts[0]
    assert [note.pitch for note in melody.notes] == [69, 74, 76, 72, 69]


def test_without_a_bass_the_guitar_plays_it_under_its_chords(jig):
    written = arrange(jig, instruments=["flute", "guitar"], humanise=False)
    guitar = written.parts[1]
    assert CHECKS.silent_changes(jig, guitar) == []
    assert CHECKS.out_of_range(guitar, "guitar") == []


def test_a_second_accompaniment_holds_the_chords(reel):
    band = ["fiddle", "guitar", "string ensemble 1", "acoustic bass"]
    strings = arrange(reel, instruments=band, humanise=False).parts[2]
    assert CHECKS.strangers(reel, strings, is_bass=False) == []
    assert np.median([note.duration for note in strings.notes]) == reel.meter.bar_duration


def test_chords_of_the_accompaniment_move_little(reel):
    written = arrange(reel, pattern="edm", instruments=["flute", "piano", "synth bass 1"],
                      humanise=False)  # fmt: skip
    chords = {}
    for note in written.parts[1].notes:
        chords.setdefault(note.onset, []).append(note.pitch)
    whole = [chord for chord in chords.values() if len(chord) == 4]
    moves = [abs(a - b) for one, two in pairwise(whole) for a, b in zip(one, two, strict=True)]
    assert max(moves) <= 5
    assert np.mean(moves) < 1.5


@pytest.mark.parametrize("seed", range(4))
def test_a_counter_melody_keeps_its_rules(seed):
    tunes = mai.load("oneill").filter(genre="air", meter="4/4")[seed * 5 : seed * 5 + 3]
    for tune in tunes:
        score = CHECKS.with_chords(tune.melody_score)
        written = arrange(score, instruments=["violin", "cello"], seed=seed, humanise=False)
        melody, counter = written.parts
        assert len(counter.notes) > score.bar_count / 2
        assert not CHECKS.overlaps(counter, one_voice=True)
        assert CHECKS.out_of_range(counter, "cello") == []
        assert parallel_places(melody.notes, counter.notes) == ()
        bars = score.bar_onsets()
        whole = [o for o in bars if o >= score.pickup and score.meter_at(o).name == "4/4"]
        strong = {onset + half for onset in whole for half in (0, 48)}
        for note in counter.notes:
            for tick in (t for t in range(note.onset, note.end) if t in strong):
                assert note.pitch % 12 in CHECKS.tones(CHECKS.symbol_at(score, tick))[0]


def test_a_counter_melody_is_mostly_consonant_with_the_melody():
    score = tune_in("4/4", 6)
    melody, counter = arrange(score, instruments=["violin", "viola"], humanise=False).parts
    gaps = []
    for note in counter.notes:
        above = [m.pitch for m in melody.notes if m.onset <= note.onset < m.end]
        gaps += [(pitch - note.pitch) % 12 for pitch in above]
    assert np.mean([gap in (3, 4, 8, 9) for gap in gaps]) > 0.5
    assert np.mean([gap in (1, 2, 6, 10, 11) for gap in gaps]) < 0.2


def test_excited_is_louder_shorter_and_denser_than_calm(reel):
    def heard(arousal, valence=0.0):
        return arrange(
            reel, pattern="pop ballad", instruments=BAND, arousal=arousal, valence=valence
        )

    loud, soft = heard(0.9), heard(-0.9)
    for one, other in zip(loud.parts, soft.parts, strict=True):
        assert np.mean([n.velocity for n in one.notes]) > np.mean([n.velocity for n in other.notes])
    assert len(loud.parts[1].notes) > len(soft.parts[1].notes)
    assert sum(n.duration for n in loud.parts[0].notes) < sum(
        n.duration for n in soft.parts[0].notes
    )
    bright, dark = heard(0.0, 1.0), heard(0.0, -1.0)
    assert np.mean([n.pitch for n in bright.parts[1].notes]) > np.mean(
        [n.pitch for n in dark.parts[1].notes]
    )


def test_it_is_louder_where_the_tension_is_high(reel):
    curve = np.linspace(0, 1, reel.bar_count)
    written = arrange(reel, tension=curve, humanise=False)
    half = reel.duration // 2
    for part in written.parts:
        early = [n.velocity for n in part.notes if n.onset < half]
        late = [n.velocity for n in part.notes if n.onset >= half]
        assert np.mean(late) > np.mean(early) + 4


def test_an_introduction_is_softer_and_thinner(reel):
    eight = reel.bar_onsets()[4]
    score = replace(reel, sections=(Section(0, "Intro"), Section(eight, "A")))
    plain, written = (arrange(s, pattern="rock", humanise=False) for s in (reel, score))

    def early(arranged, part):
        return [note for note in arranged.parts[part].notes if note.onset < eight]

    assert sum(len(early(written, n)) for n in (1, 3)) < sum(len(early(plain, n)) for n in (1, 3))
    assert np.mean([n.velocity for n in early(written, 0)]) < np.mean(
        [n.velocity for n in early(plain, 0)]
    )


def test_a_change_inside_the_bar_is_followed_by_bass_and_chords():
    line = Melody.from_events([(72, 24)] * 16)
    names = ["C", "G7/B", "Am", "F", "Dm7", "G9", "C/E", "Csus4"]
    chords = tuple(ChordSymbol(48 * n, name) for n, name in enumerate(names))
    score = replace(Score.of_melody(line), chords=chords)
    for pattern in PATTERNS:
        written = arrange(score, pattern=pattern, instruments=BAND, humanise=False)
        assert CHECKS.silent_changes(score, written.parts[2]) == []
        assert CHECKS.strangers(score, written.parts[1], is_bass=False) == []
        assert CHECKS.strangers(score, written.parts[2], is_bass=True) == []


def test_a_change_of_meter_changes_the_groove():
    line = Melody.from_events([(72, 24)] * 28)
    score = Score.of_melody(line, meter=Meter(4, 4))
    score = replace(score, meters=(*score.meters, MeterChange(384, Meter(3, 4))))
    score = replace(score, chords=(ChordSymbol(0, "C"),))
    drums = arrange(score, pattern="jazz swing", humanise=False).parts[-1].notes
    hats = [note.onset for note in drums if note.pitch == 44]
    assert [h for h in hats if h < 96] == [24, 72]
    assert [h - 384 for h in hats if 384 <= h < 456] == [24]


def test_the_usual_pattern_of_a_meter_is_chosen(jig):
    chosen = choose_pattern(meter=jig.meter)
    assert chosen.name == "jig"
    assert arrange(jig) == arrange(jig, pattern="jig") == arrange(jig, pattern="quickstep")


@pytest.mark.parametrize(
    ("changed", "fields", "message"),
    [
        ({"chords": ()}, {}, "no chord symbols to arrange"),
        ({"parts": ()}, {}, "no melody to arrange"),
        ({"chords": (ChordSymbol(0, "Cwrong"),)}, {}, "the chord at tick 0: chord='Cwrong'"),
        ({}, {"pattern": "waltzz"}, "did you mean: waltz"),
        ({}, {"instruments": ["flute", "acustic gitar"]}, "did you mean: acoustic guitar"),
        ({}, {"instruments": ["drums", "flute"]}, "must begin with one that can play"),
        ({}, {"instruments": []}, "must be 1 to 16 names"),
        ({}, {"valence": 2}, "valence=2 must be a number from -1 to 1"),
        ({}, {"seed": -1}, "seed=-1 must be an integer"),
        ({}, {"tension": [0.5]}, "tension has 1 values and must have one a bar"),
    ],
)
def test_what_cannot_be_arranged_is_refused(changed, fields, message, jig):
    with pytest.raises(ParameterError, match=message):
        arrange(replace(jig, **changed), **fields)


def bach_chords(tune):
    """Give a chorale's melody under the chords that Bach has on its beats."""
    sounding = lambda part, tick: [n.pitch for n in part.notes if n.onset <= tick < n.end]  # noqa: E731
    symbols = []
    for tick in range(tune.score.pickup, tune.score.duration, 24):
        pitches = [p for part in tune.score.parts for p in sounding(part, tick)]
        chord = find_chord(pitches, tune.key) if pitches else None
        if chord:
            symbols.append(ChordSymbol(tick, chord.name))
    return replace(tune.melody_score, chords=tuple(symbols))


@pytest.mark.parametrize("pattern", ["chorale", "pop ballad", "jazz swing", "march"])
def test_bachs_own_chords_with_their_inversions_are_kept(pattern):
    for tune in mai.load("chorales").filter(meter="4/4")[:6]:
        score = bach_chords(tune)
        assert len(score.chords) > 15
        written = arrange(score, pattern=pattern, instruments=BAND, humanise=False)
        for part, instrument in zip(written.parts, BAND, strict=True):
            assert CHECKS.out_of_range(part, instrument) == []
        assert CHECKS.strangers(score, written.parts[1], is_bass=False) == []
        assert CHECKS.strangers(score, written.parts[2], is_bass=True) == []
        assert CHECKS.silent_changes(score, written.parts[2]) == []
