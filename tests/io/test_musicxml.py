import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.io.musicxml_read import musicxml_reading, parse_musicxml
from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.io.mxl import mxl_bytes, pack_mxl, parse_mxl, unpack_mxl
from melodyai_edu.score import Dynamic, Key, Meter, Note, Part, Score

RANDOM = runpy.run_path(str(Path(__file__).with_name("random_scores.py")))


def read(*measures, parts="", attributes="<divisions>2</divisions>", tag="score-partwise"):
    """Read one part; a measure is the text inside ``<measure>``, two divisions a quarter."""
    first = f"<attributes>{attributes}</attributes>"
    bars = [
        f'<measure number="{number}">{"" if number > 1 else first}{music}</measure>'
        for number, music in enumerate(measures, 1)
    ]
    text = f'<{tag}><part-list>{parts}</part-list><part id="P1">{"".join(bars)}</part></{tag}>'
    return musicxml_reading(text.encode())


def note(pitch="C4", duration=2, inside=""):
    step, octave = pitch[0], pitch[-1]
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(pitch[1:-1], "")
    return (
        f"<note>{inside if inside == '<chord/>' else ''}"
        f"<pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration>{inside if inside != '<chord/>' else ''}</note>"
    )


def times(reading):
    return [(one.onset, one.duration, one.pitch) for one in reading.score.parts[0].notes]


@settings(deadline=None, max_examples=60)
@given(RANDOM["melodies"]())
def test_melody_comes_back(score):
    assert parse_musicxml(musicxml_text(score).encode()) == score


@settings(deadline=None, max_examples=60)
@given(RANDOM["scores"]())
def test_score_comes_back(score):
    text = musicxml_text(score)
    assert parse_musicxml(text.encode()) == score
    assert parse_mxl(pack_mxl(text)) == score


def test_velocities_come_back():
    notes = tuple(Note(velocity, 1, 60, velocity=velocity) for velocity in range(1, 128))
    for dynamics in ((), (Dynamic(0, "pp"), Dynamic(60, "ff"))):
        score = Score((Part(notes, dynamics=dynamics),))
        assert parse_musicxml(musicxml_text(score).encode()) == score


def test_a_wide_piano_part_stands_on_two_staves():
    score = Score((Part((Note(0, 96, 36), Note(0, 48, 76), Note(48, 48, 77))),))
    text = musicxml_text(score)
    assert "<staves>2</staves>" in text
    assert parse_musicxml(text.encode()) == score


def test_mxl_bytes_depend_on_the_score_alone():
    score = Score((Part((Note(0, 24, 60),)),))
    assert mxl_bytes(score) == mxl_bytes(score)
    assert unpack_mxl(mxl_bytes(score)) == musicxml_text(score).encode()


def test_chords_backup_and_forward():
    music = note("C4", 4) + note("E4", 4, "<chord/>")
    music += "<backup><duration>4</duration></backup><forward><duration>2</duration></forward>"
    assert times(read(music + note("G4", 2) + note("A4", 4))) == [
        (0, 48, 60), (0, 48, 64), (24, 24, 67), (48, 48, 69),
    ]  # fmt: skip


def test_ties_are_joined_in_the_same_voice():
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    reading = read(note("C4", 8, start), note("C4", 2, stop) + note("C4", 6))
    assert times(reading) == [(0, 120, 60), (120, 72, 60)]


def test_a_tie_that_begins_nowhere_sounds_anew():
    assert times(read(note("C4", 2, '<tie type="stop"/>') + note("C4", 6))) == [
        (0, 24, 60), (24, 72, 60),
    ]  # fmt: skip


def test_grace_and_cue_notes_are_left_out_and_counted():
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    reading = read(grace + note("C4", 8, "<cue/>") + "<backup><duration>8</duration></backup>"
                   + note("E4", 8))  # fmt: skip
    assert times(reading) == [(0, 96, 64)]
    assert reading.remarks == ("1 grace notes were left out",)


def test_transposing_instruments_sound():
    clarinet = (
        "<divisions>2</divisions><key><fifths>1</fifths></key>"
        "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    )
    score = read(note("F#4", 8), attributes=clarinet).score
    assert (score.parts[0].notes[0].pitch_name, score.key) == ("E4", Key("F"))


def test_pickup_and_a_bar_of_its_own_length():
    reading = read(note(duration=2), note(duration=8), note(duration=6), note(duration=8))
    score = reading.score
    assert (score.pickup, score.bar_onsets()) == (24, (0, 24, 120, 192))
    assert [change.meter.name for change in score.meters] == ["4/4", "3/4", "4/4"]
    assert "1 bars disagree" in reading.remarks[0]


def test_one_bar_of_rest():
    rest = '<note><rest measure="yes"/><duration>6</duration></note>'
    time = "<divisions>2</divisions><time><beats>3</beats><beat-type>4</beat-type></time>"
    score = read(rest, attributes=time).score
    assert (score.duration, score.meter) == (72, Meter(3, 4))


def test_a_quintuplet_goes_to_the_nearest_ticks():
    reading = read(note(duration=1) * 5 + note(duration=15), attributes="<divisions>5</divisions>")
    assert [onset for onset, *_ in times(reading)] == [0, 5, 10, 14, 19, 24]
    assert (reading.moved_notes, reading.largest_move) == (5, pytest.approx(0.4 / 24))


def test_what_is_not_stated_is_said():
    reading = read(note("F#4", 4) + note("D4", 4))
    assert (reading.is_key_stated, reading.is_meter_stated) == (False, False)
    assert reading.score.key == Key("D")
    again = musicxml_reading(musicxml_text(reading.score).encode())
    assert (again.is_key_stated, again.is_meter_stated) == (True, True)


def test_marks_set_velocities_until_the_next():
    forte = "<direction><direction-type><dynamics><f/></dynamics></direction-type></direction>"
    notes = read(note() + forte + note() + note()).score.parts[0].notes
    assert [one.velocity for one in notes] == [80, 96, 96]


def test_tempo_of_sound_and_of_metronome():
    mark = "<beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>80</per-minute>"
    words = f"<direction><direction-type><metronome>{mark}</metronome></direction-type></direction>"
    assert read(words + note()).score.tempo == 120
    assert read('<sound tempo="72.5"/>' + note()).score.tempo == 72.5


def test_timewise_is_read_too():
    text = (
        '<score-timewise><measure number="1"><part id="A">' + note() + '</part><part id="B">'
        + note("E4") + "</part></measure></score-timewise>"
    )  # fmt: skip
    assert [part.notes[0].pitch for part in parse_musicxml(text.encode()).parts] == [60, 64]


@pytest.mark.parametrize(
    ("music", "match"),
    [
        (note("H4"), r"part 'P1', measure '1': step='H' must be a letter"),
        (note(duration=-1), "duration=-1 must be 0 or more"),
        (note(duration="x"), "duration='x' must be a number"),
        ("<note><duration>1</duration></note>", "must have a <pitch>"),
        (note(duration=999999999), "the limit is"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(music, match):
    with pytest.raises(InputError, match=match):
        read(music)


def test_no_parts():
    with pytest.raises(OutputError, match="at least one part"):
        musicxml_text(Score(()))
