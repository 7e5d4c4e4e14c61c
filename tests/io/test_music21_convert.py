from dataclasses import replace
from pathlib import Path

import pytest

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.io.music21_convert import from_music21, to_music21
from melodyai_edu.io.mxl import parse_mxl
from melodyai_edu.score import Dynamic, Key, KeyChange, Melody, Meter, Note, Part, Score


def sounding(score):
    return [
        [(note.onset, note.duration, note.pitch_name) for note in part.notes]
        for part in score.parts
    ]


def frame(score):
    return score.meters, score.keys, score.pickup, score.duration, score.title


@pytest.fixture
def jig():
    melody = Melody.from_events(
        [(62, 12), (67, 8), (69, 8), (71, 8), (74, 24), (None, 12), (72, 72), (71, 36), (67, 36)]
    )
    score = Score.of_melody(
        melody, meter=Meter(6, 8), key=Key("G"), tempo=168, pickup=12, title="A jig", name="Flute",
        program=73,
    )  # fmt: skip
    return replace(score, keys=(*score.keys, KeyChange(84, Key("A", "dorian"))))


def test_there_and_back(jig):
    back = from_music21(to_music21(jig))
    assert sounding(back) == sounding(jig)
    assert frame(back) == frame(jig)
    assert (back.tempo, back.parts[0].name, back.parts[0].program) == (168, "Flute", 73)


def test_parts_chords_and_marks():
    piano = Part((Note(0, 48, 60), Note(0, 48, 64), Note(48, 48, 62)), "Piano")
    flute = Part((Note(0, 96, 79, velocity=32),), "Flute", program=73, dynamics=(Dynamic(0, "pp"),))
    score = Score((flute, piano))
    back = from_music21(to_music21(score))
    assert sounding(back) == sounding(score)
    assert [part.dynamics for part in back.parts] == [part.dynamics for part in score.parts]


@pytest.mark.parametrize("name", ["bwv269.mxl", "bwv66.6.mxl"])
def test_chorale(name):
    import music21

    folder = Path(music21.__file__).parent / "corpus" / "bach"
    score = parse_mxl((folder / name).read_bytes())
    back = from_music21(to_music21(score))
    assert sounding(back) == sounding(score)
    assert frame(back)[:-1] == frame(score)[:-1]


def test_music21_reads_what_we_hold(jig):
    stream = to_music21(jig)
    notes = stream.flatten().stripTies().notes
    assert [note.pitch.midi for note in notes] == [note.pitch for note in jig.parts[0].notes]
    assert stream.recurse().getElementsByClass("TimeSignature")[0].ratioString == "6/8"


def test_any_stream_will_do():
    from music21 import note, stream

    measure = stream.Measure([note.Note("C4"), note.Rest(), note.Note("E4", quarterLength=2)])
    assert sounding(from_music21(measure)) == [[(0, 24, "C4"), (48, 48, "E4")]]


def test_what_is_no_stream():
    with pytest.raises(ParameterError, match="must be a music21 stream"):
        from_music21("la la la")
    with pytest.raises(OutputError, match="at least one part"):
        to_music21(Score(()))
