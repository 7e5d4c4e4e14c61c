"""Real music comes back unchanged from every format: 1,000 tunes and all of Bach's chorales."""

from dataclasses import replace
from pathlib import Path

import pytest

from melodyai_edu.io import read, write
from melodyai_edu.io.abc_check import decode_abc
from melodyai_edu.io.abc_read import parse_abc, parse_abc_book
from melodyai_edu.io.abc_write import abc_text
from melodyai_edu.io.midi_read import parse_midi
from melodyai_edu.io.midi_write import carried_by_midi, midi_bytes
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.io.mxl import pack_mxl, parse_mxl, unpack_mxl
from melodyai_edu.score import ChordSymbol, Section

#: Each folder of tunes with the part of its files that is read: every n-th.
TUNES = {"oneills1850": 10, "ryansMammoth": 5, "airdsAirs": 4, "essenFolksong": 16}
#: Two notes of one pitch overlap in its oboes (it has eight parts): MIDI cannot tell them apart.
OVERLAPPING = "bwv248.23-2.mxl"
SUFFIXES = [".mid", ".musicxml", ".mxl", ".abc"]


def corpus_folder():
    import music21

    return Path(music21.__file__).parent / "corpus"


def read_tunes(folder, step):
    files = sorted((corpus_folder() / folder).glob("*.abc"))[::step]
    books = [parse_abc_book(decode_abc(file.read_bytes()))[0] for file in files]
    return {f"{folder} {tune.title}": tune.score for book in books for tune in book}


@pytest.fixture(scope="module")
def tunes():
    scores = {}
    for folder, step in TUNES.items():
        scores |= read_tunes(folder, step)
    assert len(scores) >= 1000
    return scores


@pytest.fixture(scope="module")
def chorales():
    """Everything by Bach that music21 brings as .mxl: all four-part chorales, and some more."""
    files = sorted((corpus_folder() / "bach").glob("*.mxl"))
    scores = {file.name: parse_mxl(file.read_bytes()) for file in files}
    assert sum(len(score.parts) == 4 for score in scores.values()) >= 364
    return scores


@pytest.fixture(params=["tunes", "chorales"])
def music(request):
    return request.getfixturevalue(request.param)


def assert_all_same(music, back, carried=lambda score: score):
    different = [name for name, score in music.items() if back(score) != carried(score)]
    assert different == []


def one_space(score):
    """XML makes one space of several."""
    return replace(score, title=" ".join(score.title.split()))


def unspelled(score):
    """Leave out what only paper shows, and what no text should hold."""
    parts = tuple(
        replace(
            part,
            dynamics=(),
            notes=tuple(replace(note, spelling="", ties=()) for note in part.notes),
        )
        for part in score.parts
    )
    title = "".join(letter for letter in score.title if letter.isprintable())
    return replace(score, parts=parts, title=title)


@pytest.mark.slow
def test_abc(music):
    assert_all_same(music, lambda score: parse_abc(abc_text(score))[0].score)


@pytest.mark.slow
def test_musicxml_and_mxl(music):
    def back(score):
        text = musicxml_text(score)
        assert unpack_mxl(pack_mxl(text)) == text.encode()
        return parse_musicxml(text.encode())

    assert_all_same(music, back, one_space)


@pytest.mark.slow
def test_midi(music):
    def back(score):
        read_back = parse_midi(midi_bytes(score))
        assert read_back == carried_by_midi(score)
        return unspelled(read_back)

    others = {name: score for name, score in music.items() if name != OVERLAPPING}
    assert_all_same(others, back, unspelled)


@pytest.mark.slow
def test_midi_keeps_nearly_every_spelling(chorales):
    kept = [
        note.spelling == other.spelling
        for score in chorales.values()
        for part, carried in zip(score.parts, carried_by_midi(score).parts, strict=True)
        for note, other in zip(part.notes, carried.notes, strict=True)
    ]
    assert sum(kept) / len(kept) > 0.99


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["bwv269.mxl", "bwv66.6.mxl", "bwv1.6.mxl"])
def test_chorale_through_files(name, suffix, tmp_path):
    score = read(corpus_folder() / "bach" / name)
    write(score, tmp_path / f"chorale{suffix}")
    back = read(tmp_path / f"chorale{suffix}")
    assert unspelled(back) == unspelled(score)
    assert back == score or suffix == ".mid"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tune_through_files(suffix, tmp_path):
    book = corpus_folder() / "oneills1850" / "0001-0050.abc"
    for number, tune in enumerate(parse_abc_book(decode_abc(book.read_bytes()))[0][:5]):
        file = tmp_path / f"{number}{suffix}"
        write(tune.score, file)
        assert unspelled(read(file)) == unspelled(one_space(tune.score))


def accompanied(score):
    """Chord symbols in every bar, two where it is long, and a section every eight bars."""
    onsets = [onset for onset in score.bar_onsets() if onset < score.duration]
    places = sorted({*onsets, *(onset + 24 for onset in onsets if onset + 24 < score.duration)})
    texts = ("G", "D7/F#", "Em7", "C", "Am", "F#m7b5", "Bbmaj7", "Dsus4")
    chords = [ChordSymbol(place, texts[number % 8]) for number, place in enumerate(places)]
    begin = [onset for onset in onsets[score.pickup > 0 :: 8] if is_free(score, onset)]
    sections = [Section(onset, f"Part {number}") for number, onset in enumerate(begin, 1)]
    return replace(score, chords=tuple(chords), sections=tuple(sections))


def is_free(score, onset):
    """Whether no note of the first part is held over an onset."""
    return not any(note.onset < onset < note.end for note in score.parts[0].notes)


@pytest.mark.parametrize("kind", ["tunes", "chorales"])
def test_chord_symbols_and_sections_come_back(kind):
    if kind == "tunes":
        scores = list(read_tunes("airdsAirs", 24).values())
    else:
        files = sorted((corpus_folder() / "bach").glob("*.mxl"))[::28]
        scores = [parse_mxl(file.read_bytes()) for file in files]
    assert len(scores) >= 12
    for score in map(accompanied, scores):
        assert parse_abc(abc_text(score))[0].score == score
        assert parse_musicxml(musicxml_text(score).encode()) == one_space(score)
        assert parse_midi(midi_bytes(score)) == carried_by_midi(score)
        assert (carried_by_midi(score).chords, carried_by_midi(score).sections) == (
            score.chords,
            score.sections,
        )
