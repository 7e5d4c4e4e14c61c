"""Markers become sections, our own texts chord symbols, and nothing else becomes either."""

from io import BytesIO

import mido

from melodyai_edu.io.midi_read import parse_midi
from melodyai_edu.io.midi_write import carried_by_midi, midi_bytes
from melodyai_edu.score import ChordSymbol, Melody, Part, Score, Section

TUNE = Score.of_melody(Melody.from_events([(60, 96), (62, 96)]))


def strangers_file(*metas):
    """Two bars at 480 ticks a quarter, with meta events (tick, message)."""
    file = mido.MidiFile(ticks_per_beat=480)
    track, before = mido.MidiTrack(), 0
    for tick, message in metas:
        track.append(message.copy(time=tick - before))
        before = tick
    track.append(mido.MetaMessage("end_of_track", time=3840 - before))
    notes = mido.MidiTrack(
        [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=3840)]
    )
    file.tracks += [track, notes]
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def test_other_programs_see_markers():
    score = Score(TUNE.parts, sections=(Section(0, "Intro"), Section(96, "A")))
    messages = [message for message in mido.MidiFile(file=BytesIO(midi_bytes(score))).tracks[0]]
    assert [m.text for m in messages if m.type == "marker"] == ["Intro", "A"]


def test_a_strangers_markers_are_sections():
    marker, text = "marker", "text"
    data = strangers_file(
        (0, mido.MetaMessage(marker, text=" Verse 1 ")),
        (0, mido.MetaMessage(text, text="Am7")),
        (0, mido.MetaMessage("cue_marker", text="no section")),
        (1920, mido.MetaMessage(marker, text="\x01")),
        (1920, mido.MetaMessage(marker, text="Chorus")),
        (3840, mido.MetaMessage(marker, text="behind the last note")),
    )
    score = parse_midi(data)
    assert score.sections == (Section(0, "Verse 1"), Section(96, "Chorus"))
    assert score.chords == ()


def test_a_text_that_is_no_chord_symbol_is_passed_over():
    texts = ["chord: ", "chord: H7", "chord: C E", "chord:Am", "chords: Am", "chord: Em/"]
    data = strangers_file(*((0, mido.MetaMessage("text", text=f"MelodyAI {t}")) for t in texts))
    assert parse_midi(data).chords == ()


def test_too_long_and_odd_marks_are_carried_as_said():
    score = Score(
        TUNE.parts,
        chords=(ChordSymbol(0, "C" + "x" * 300), ChordSymbol(0, "D\x07m"), ChordSymbol(5, "E\x07")),
        sections=(Section(0, "\x07"), Section(0, "b" * 300), Section(300, "behind")),
    )
    back = parse_midi(midi_bytes(score))
    assert back == carried_by_midi(score)
    assert [chord.text for chord in back.chords[1:]] == ["Dm", "E"]
    assert [len(section.name) for section in back.sections] == [200]


def test_an_empty_score_keeps_its_marks():
    score = Score((Part(()),), chords=(ChordSymbol(0, "C"),), sections=(Section(0, "A"),))
    assert parse_midi(midi_bytes(score)) == carried_by_midi(score) == score
