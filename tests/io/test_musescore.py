"""Other programs open what we write: MuseScore each notation, abc2midi the ABC."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import mido
import pytest

from melodyai_edu.io import read, write
from melodyai_edu.io.corpus import load
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.score import (
    ChordSymbol,
    Dynamic,
    Key,
    KeyChange,
    Melody,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    Section,
    TempoChange,
)

MUSESCORE = shutil.which("mscore3") or shutil.which("musescore3")
ABC2MIDI = shutil.which("abc2midi")
SUFFIXES = [".mid", ".musicxml", ".mxl"]

needs_musescore = pytest.mark.skipif(MUSESCORE is None, reason="musescore3 is not installed")
needs_abc2midi = pytest.mark.skipif(ABC2MIDI is None, reason="abcmidi is not installed")
pytestmark = pytest.mark.musescore


def band():
    """Pickup, triplets, ties over bar lines, chords, drums; key, meter and tempo change."""
    line = [
        (67, 24), (72, 8), (74, 8), (76, 8), (77, 36), (76, 12), (74, 72), (None, 24), (70, 48),
        (69, 36), (67, 12), (66, 72),
    ]  # fmt: skip
    flute = Part(Melody.from_events(line).notes, "Flute", 73, dynamics=(Dynamic(24, "mf"),))
    chords = [Note(24 + 96 * bar, 120, pitch) for bar in range(2) for pitch in (48, 52 + bar)]
    bass = [Note(264, 72, 43), Note(336, 24, 38)]
    kit = [Note(24 * beat, 12, 36 if beat % 2 else 42) for beat in range(15)]
    parts = (
        flute,
        Part((*chords[:2], *bass), "Piano"),
        Part(tuple(kit), "Kit", is_drums=True),
    )
    return Score(
        parts,
        meters=(MeterChange(0, Meter(4, 4)), MeterChange(216, Meter(3, 4))),
        keys=(KeyChange(0, Key("C")), KeyChange(216, Key("G", "minor"))),
        tempos=(TempoChange(0, 120.0), TempoChange(216, 90.0)),
        pickup=24,
        title="Band",
    )


def chorale():
    import music21

    return read(Path(music21.__file__).parent / "corpus" / "bach" / "bwv269.mxl")


def arrangement():
    """A real reel with bass, chords, drums, chord symbols (some inside notes) and sections."""
    tune = load("oneill")[40].score
    bars = [onset for onset in tune.bar_onsets() if onset + 48 <= tune.duration]
    bass = [Note(onset, 24, 43 + number % 3) for number, onset in enumerate(bars)]
    strummed = [Note(onset + 24, 24, pitch) for onset in bars for pitch in (62, 67)]
    kit = [
        Note(onset + 12 * n, 12, drum) for onset in bars for n, drum in enumerate((36, 42, 38, 42))
    ]
    parts = (
        replace(tune.parts[0], name="Flute", program=73),
        Part(tuple(strummed), "Guitar", 25),
        Part(tuple(bass), "Bass", 32),
        Part(tuple(kit), "Drums", is_drums=True),
    )
    symbols = ("G", "D7/F#", "Em7", "Bbmaj7", "F#m7b5")
    chords = [ChordSymbol(onset + 30 * (n % 2), symbols[n % 5]) for n, onset in enumerate(bars)]
    sections = (Section(bars[0], "A"), Section(bars[8], "B part"))
    return replace(tune, parts=parts, chords=tuple(chords), sections=sections)


@pytest.fixture(params=[band, chorale, arrangement])
def score(request):
    return request.param()


def counts(score):
    return [len(part.notes) for part in score.parts]


def through_musescore(file, folder):
    """Let MuseScore open a file and write what it has understood."""
    out = folder / "opened.musicxml"
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder)}
    subprocess.run(
        [MUSESCORE, "-o", out, file], check=True, capture_output=True, timeout=120, env=environment
    )
    return parse_musicxml(out.read_bytes())


@needs_musescore
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_musescore_finds_every_note(score, suffix, tmp_path):
    write(score, tmp_path / f"written{suffix}")
    opened = through_musescore(tmp_path / f"written{suffix}", tmp_path)
    assert counts(opened) == counts(score)
    if suffix != ".mid":  # MIDI's chord symbols are words of our own
        assert [c.text for c in opened.chords] == [c.text for c in score.chords]
        assert opened.sections == score.sections
    assert sorted(note.pitch for part in opened.parts for note in part.notes) == sorted(
        note.pitch for part in score.parts for note in part.notes
    )


@needs_abc2midi
def test_abc2midi_plays_every_note(score, tmp_path):
    write(score, tmp_path / "written.abc")
    command = [ABC2MIDI, tmp_path / "written.abc", "-o", tmp_path / "played.mid"]
    told = subprocess.run(command, check=True, capture_output=True, timeout=60, text=True)
    assert "error" not in told.stdout.lower()
    expected = [
        (note.onset, part.is_drums, note.pitch) for part in score.parts for note in part.notes
    ]
    assert sorted(played(tmp_path / "played.mid")) == sorted(expected)


def played(file):
    """List (onset, is a drum, pitch) [ticks, bool, MIDI]; abc2midi is late by one 480th, and by
    ten more for the second note of a chord."""
    midi = mido.MidiFile(file)
    notes = []
    for track in midi.tracks:
        time = 0
        for message in track:
            time += message.time
            if message.type == "note_on" and message.velocity:
                onset = 24 * time // midi.ticks_per_beat
                notes.append((onset, message.channel == 9, message.note))
    return notes
