"""Each line of the table in docs/formats.md: what a format cannot carry, and what it does."""

from dataclasses import replace
from pathlib import Path

import pytest

from melodyai_edu.errors import OutputError
from melodyai_edu.io.abc_read import parse_abc
from melodyai_edu.io.abc_write import abc_text
from melodyai_edu.io.midi_read import parse_midi
from melodyai_edu.io.midi_write import midi_bytes
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.io.mxl import mxl_bytes, parse_mxl
from melodyai_edu.score import (
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

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
FORMATS = {
    "MIDI": lambda score: parse_midi(midi_bytes(score)),
    "MusicXML": lambda score: parse_musicxml(musicxml_text(score).encode()),
    "ABC": lambda score: parse_abc(abc_text(score))[0].score,
}


def of(*events, part=None, **fields):
    """A score of one part; two whole notes where none is given."""
    return Score((Part(events or notes(), **(part or {})),), **fields)


def notes(first=80, second=None):
    return Note(0, 96, 60, velocity=first), Note(96, 96, 62, velocity=second or first)


def marked(*places, loud=(96,)):
    """Two whole notes and forte marks; ``loud`` are the notes' velocities."""
    return of(*notes(*loud), part={"dynamics": tuple(Dynamic(place, "f") for place in places)})


def tied(*ties, duration=192):
    return of(Note(0, duration, 60, ties=ties))


def tempo(onset, value=60.0):
    return of(tempos=(TempoChange(0, 120.0), TempoChange(onset, value)))


def chord(*places, text="Am7"):
    return of(chords=tuple(ChordSymbol(place, text) for place in places))


def section(onset):
    return of(sections=(Section(onset, "Coda"),))


def key(onset):
    return of(keys=(KeyChange(0, Key("C")), KeyChange(onset, Key("D"))))


PLAIN = of()
#: By line of the table: the score, and what comes back where it differs (`None`: it is refused).
CASES = {
    "a velocity that no dynamic mark asks for": (
        of(Note(0, 24, 60, velocity=33)),
        {"ABC": of(Note(0, 24, 60))},
    ),
    "ties that neither bar lines nor note values force": (
        tied(48, 96),
        {"MIDI": tied()},
    ),
    "ties stated although they are the forced ones": (
        tied(96),
        {"MIDI": tied(), "MusicXML": tied(), "ABC": tied()},
    ),
    "ties that ignore a bar line": (
        tied(24),
        {"MIDI": tied(), "MusicXML": tied(24, 96), "ABC": tied(24, 96)},
    ),
    "ties that leave a length without a note value": (
        tied(60, duration=96),
        {
            "MIDI": tied(duration=96),
            "MusicXML": tied(48, 60, duration=96),
            "ABC": tied(48, 60, duration=96),
        },
    ),
    "a spelling that is not the key's": (
        of(Note(0, 24, 61, "Db")),
        {"MIDI": of(Note(0, 24, 61, "C#"))},
    ),
    "the spelling of a drum": (
        of(Note(0, 24, 39, "D#"), part={"is_drums": True}),
        dict.fromkeys(("MIDI", "MusicXML"), of(Note(0, 24, 39, "Eb"), part={"is_drums": True})),
    ),
    "dynamic marks": (marked(0), {"MIDI": of(*notes(96))}),
    "a dynamic mark inside a note": (
        marked(24, loud=(80, 96)),
        {"MIDI": of(*notes(80, 96)), "ABC": marked(96, loud=(80, 96))},
    ),
    "one dynamic mark twice at one onset": (
        marked(0, 0),
        {"MIDI": of(*notes(96)), "MusicXML": marked(0)},
    ),
    "a dynamic mark at the end of the score": (
        marked(192, loud=(80,)),
        {"MIDI": PLAIN, "ABC": PLAIN},
    ),
    "a tempo change inside a note": (tempo(24), {"ABC": tempo(96)}),
    "a key change inside a note": (key(24), {"ABC": key(96)}),
    "a tempo change at the end of the score": (tempo(192), {"MIDI": PLAIN, "ABC": PLAIN}),
    "a key change at the end of the score": (key(192), dict.fromkeys(FORMATS, PLAIN)),
    "a meter change at the end of the score": (
        of(meters=(MeterChange(0, Meter(4, 4)), MeterChange(192, Meter(3, 4)))),
        dict.fromkeys(FORMATS, PLAIN),
    ),
    "a tempo with more digits than a quarter has microseconds": (
        tempo(96, 123.456789),
        {"MIDI": tempo(96, 123.4568)},
    ),
    "a bar counted in one": (
        of(meters=(MeterChange(0, Meter(3, 4, (3,))),)),
        dict.fromkeys(FORMATS, of(meters=(MeterChange(0, Meter(3, 4)),))),
    ),
    "a pickup as long as the score": (
        of(Note(0, 24, 60), pickup=24),
        {"ABC": of(Note(0, 24, 60))},
    ),
    "a pickup longer than the score": (
        of(Note(0, 12, 60), pickup=24),
        {"MusicXML": of(Note(0, 12, 60), pickup=12), "ABC": of(Note(0, 12, 60))},
    ),
    "two notes of one pitch that overlap in a part": (
        of(Note(0, 48, 60), Note(12, 12, 60)),
        {"MIDI": of(Note(0, 24, 60), Note(12, 36, 60))},
    ),
    "an empty part where another part has its channel": (
        Score((Part((Note(0, 24, 36),), is_drums=True), Part((), is_drums=True))),
        {"MIDI": of(Note(0, 24, 36), part={"is_drums": True})},
    ),
    "a score without notes and rests": (Score((Part(()),)), {"ABC": None}),
    "a score without parts": (Score((), duration=96), {"MusicXML": None, "ABC": None}),
    "white space at the ends of a text": (
        of(title=" a "),
        dict.fromkeys(FORMATS, of(title="a")),
    ),
    "several spaces in a text": (of(title="a  b"), {"MusicXML": of(title="a b")}),
    "a line break in a text": (
        of(title="a\nb"),
        {"MIDI": of(title="ab"), "MusicXML": of(title="a b"), "ABC": of(title="a b")},
    ),
    "a control character in a text": (
        of(title="a\x01b"),
        dict.fromkeys(FORMATS, of(title="ab")),
    ),
    "a title of more than 200 letters": (of(title="a" * 201), {"MIDI": of(title="a" * 200)}),
    "a double quotation mark in a part's name": (
        of(part={"name": 'a "b"'}),
        {"ABC": of(part={"name": "a 'b'"})},
    ),
    "a chord symbol inside a note": (chord(0, 24, 96, 191), {}),
    "two chord symbols at one onset": (
        of(chords=(ChordSymbol(96, "C"), ChordSymbol(96, "D/F#"))),
        {},
    ),
    "a chord symbol of a kind that nobody writes": (chord(96, text="Cfine"), {"ABC": PLAIN}),
    "a chord symbol at the end of the score": (chord(192), {"MIDI": PLAIN, "ABC": PLAIN}),
    "a section inside a note": (section(24), {"ABC": section(96)}),
    "a section at the end of the score": (section(192), {"MIDI": PLAIN, "ABC": PLAIN}),
}


def table():
    """The page's table: what is lost, then a cell for each format."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {name: dict(zip(cells[0][1:], rest, strict=True)) for name, *rest in cells[2:]}


def test_the_table_lists_every_case():
    assert list(table()) == list(CASES)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", FORMATS)
def test_line(name, kind):
    score, differences = CASES[name]
    cell = table()[name][kind]
    expected = differences.get(kind, score)
    assert (cell == "refused") == (expected is None)
    if expected is None:
        with pytest.raises(OutputError, match=r"must hold at least one part|is empty"):
            FORMATS[kind](score)
    else:
        assert FORMATS[kind](score) == expected
        assert (cell == "kept") == (expected == score)


@pytest.mark.parametrize("name", CASES)
def test_mxl_is_musicxml(name):
    score, differences = CASES[name]
    if differences.get("MusicXML", score) is not None:
        assert parse_mxl(mxl_bytes(score)) == FORMATS["MusicXML"](score)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_midi_says_in_words_is_kept(kind):
    score = of(
        keys=(KeyChange(0, Key("E", "phrygian")),), meters=(MeterChange(0, Meter(5, 8, (2, 3))),)
    )
    score = replace(score, pickup=11)
    assert FORMATS[kind](score) == score
