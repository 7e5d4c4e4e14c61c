"""Random scores for property tests of the file formats."""

from dataclasses import replace

from hypothesis import strategies as st

from melodyai_edu.score import (
    MODES,
    ChordSymbol,
    Dynamic,
    Key,
    KeyChange,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    Section,
    TempoChange,
)
from melodyai_edu.score.part import marked_velocity

METERS = [Meter.parse(text) for text in ("4/4", "3/4", "6/8", "9/8", "2/2", "5/8", "2+3/8", "7/16")]
KEYS = [Key.from_fifths(fifths, mode) for fifths in range(-7, 8) for mode in MODES]
GRID = st.sampled_from((24, 12, 6, 8, 4, 3, 36, 48, 16, 2, 1, 60))  # [ticks]
NAMES = st.text(st.sampled_from("abc XYZ-8&%\\<>'=|:]é音"), max_size=8).map(str.split).map(" ".join)
MARKS = st.sampled_from(("pp", "mf", "fff"))
CHORDS = st.sampled_from(("C", "Am7", "F#m7b5/A", "Bb", "Gsus4", "Dmaj7", "E7b9"))


@st.composite
def melodies(draw):
    """A score of one voice: notes, rests, one meter, one key, a pickup."""
    meter = draw(st.sampled_from(METERS))
    key = draw(st.sampled_from(KEYS))
    notes = draw(lines(key))
    pickup = draw(st.sampled_from((0, 1, 6, 12, 16))) if notes[-1].end > 16 else 0
    return Score(
        (Part(notes, draw(NAMES), draw(st.integers(0, 127))),),
        meters=(MeterChange(0, meter),),
        keys=(KeyChange(0, key),),
        tempos=(TempoChange(0, draw(st.sampled_from((60.0, 97.0, 132.5)))),),
        pickup=pickup,
        duration=notes[-1].end + draw(st.sampled_from((0, 12, 100))),
        title=draw(NAMES),
        chords=draw(chords_within(notes[-1].end)),
        sections=draw(sections_at(sorted({note.onset for note in notes}))),
    )


@st.composite
def chords_within(draw, end):
    """Chord symbols anywhere before the end."""
    places = draw(st.lists(st.integers(0, end - 1), max_size=4, unique=True))
    return tuple(ChordSymbol(place, draw(CHORDS)) for place in places)


@st.composite
def sections_at(draw, onsets):
    """Named sections at some of the onsets."""
    names = NAMES.filter(bool)
    return tuple(Section(onset, draw(names)) for onset in onsets if draw(st.integers(0, 5)) == 0)


@st.composite
def lines(draw, key, start=0):
    """Notes, one at a time, spelled by the key or as in C major."""
    notes, onset = [], start
    for pitch, rest, length, is_in_key in draw(
        st.lists(
            st.tuples(st.integers(0, 127), st.sampled_from((0, 0, 0, 12, 8)), GRID, st.booleans()),
            min_size=1,
            max_size=12,
        )
    ):
        onset += rest
        notes.append(Note(onset, length, pitch, key.spell(pitch) if is_in_key else ""))
        onset += length
    return tuple(notes)


@st.composite
def scores(draw):
    """Several parts of several voices, drums, changes of meter, key and tempo at bar lines."""
    first, second = draw(st.lists(st.sampled_from(METERS), min_size=2, max_size=2))
    pickup = draw(st.integers(0, first.bar_duration - 1))
    change = pickup + first.bar_duration * draw(st.integers(0 if pickup else 1, 3))
    duration = change + second.bar_duration * draw(st.integers(1, 3))
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=2))
    parts = draw(st.lists(parts_within(keys[0], duration, pickup), min_size=1, max_size=3))
    return Score(
        tuple(parts),
        meters=(MeterChange(0, first), MeterChange(change, second)),
        keys=(KeyChange(0, keys[0]), KeyChange(change, keys[1])),
        tempos=(TempoChange(0, 120.0), TempoChange(pickup, draw(st.integers(30, 300)) / 1)),
        pickup=pickup,
        duration=duration,
        title=draw(NAMES),
        composer=draw(NAMES),
        chords=draw(chords_within(duration)),
    )


@st.composite
def parts_within(draw, key, duration, mark):
    """A part of one to three voices that ends with the score."""
    notes = []
    for _ in range(draw(st.integers(1, 3))):
        line = draw(lines(key, draw(st.integers(0, duration - 1))))
        notes += [note for note in line if note.end <= duration]
    # Two notes of one pitch that overlap: MIDI cannot tell which ends first.
    kept = []
    for note in sorted(notes):
        if not any(other.pitch == note.pitch and other.end > note.onset for other in kept):
            kept.append(note)
    is_drums = draw(st.booleans())  # no drum is spelled
    dynamics = (Dynamic(mark, draw(MARKS)),) if draw(st.booleans()) else ()
    kept = [
        replace(
            note,
            spelling="" if is_drums else note.spelling,
            velocity=marked_velocity(dynamics, note.onset),
        )
        for note in kept
    ]
    return Part(tuple(kept), draw(NAMES), draw(st.integers(0, 127)), is_drums, dynamics)
