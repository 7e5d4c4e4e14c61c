"""Chord symbols and rehearsal marks: ours are valid, and other programs' are understood."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from melodyai_edu.io import read
from melodyai_edu.io.musicxml_chords import chord_text, harmony_element
from melodyai_edu.io.musicxml_read import parse_musicxml
from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.score import ChordSymbol, Note, Part, Score, Section
from melodyai_edu.theory.harmony import parse_chord_symbol


def harmony(kind, *more, root="<root><root-step>C</root-step></root>"):
    return fromstring(f"<harmony>{root}{kind}{''.join(more)}</harmony>")


def degree(value, alter=0, what="add"):
    return (
        f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{what}</degree-type></degree>"
    )


@pytest.mark.parametrize(
    ("element", "text"),
    [
        (harmony("<kind>major</kind>"), "C"),
        (harmony('<kind text="">major</kind>'), "C"),
        (harmony('<kind text="-7">minor-seventh</kind>'), "C-7"),
        (harmony('<kind text="maj 7">major-seventh</kind>'), "Cmaj7"),
        (harmony('<kind text="6/9">major-sixth</kind>', degree(9)), "C6add9"),
        (harmony('<kind text="b5">other</kind>'), "C"),
        (harmony("<kind>half-diminished</kind>"), "Cm7b5"),
        (harmony("<kind>dominant</kind>", degree(9, -1)), "C7b9"),
        (harmony("<kind>dominant</kind>", degree(5, 1, "alter")), "C7#5"),
        (harmony("<kind>power</kind>", degree(3, 0, "subtract")), "C5no3"),
        (harmony('<kind text="7(b9)">dominant</kind>', degree(9, -1)), "C7(b9)"),
        (harmony("<kind>Tristan</kind>"), "C"),
        (harmony("<kind>none</kind>"), ""),
        (harmony("<kind>major</kind>", root="<function>V</function>"), ""),
        (harmony("<kind>major</kind>", root="<root><root-step>H</root-step></root>"), ""),
        (harmony(""), ""),
        (harmony("<kind>major</kind>", "<bass><bass-step>E</bass-step></bass>"), "C/E"),
    ],
)
def test_what_other_programs_write(element, text):
    assert chord_text(element) == text


@pytest.mark.parametrize(
    ("transposition", "root", "text"),
    [((-1, -2), "C", "Bb"), ((-5, -9), "C", "Eb"), ((1, 2), "E", "F#"), ((0, 0), "F", "F")],
)
def test_transposing_instruments_are_read_as_they_sound(transposition, root, text):
    root = f"<root><root-step>{root}</root-step></root>"
    assert chord_text(harmony("<kind>major</kind>", root=root), transposition) == text


def test_the_word_beside_the_print_says_the_same_notes():
    """What the schema calls a chord is what our theory hears in its text."""
    sizes = {"power": 2, "major": 3, "minor": 3, "dominant": 4, "half-diminished": 4}
    for text, word in (("C5", "power"), ("C", "major"), ("Cm", "minor"), ("C7", "dominant"),
                       ("Cm7b5", "half-diminished")):  # fmt: skip
        assert harmony_element(ChordSymbol(0, text), 0).findtext("kind") == word
        assert len(parse_chord_symbol(text).pitch_classes) == sizes[word]
    assert harmony_element(ChordSymbol(0, "C7b9"), 0).findtext("kind") == "other"


def test_marks_stand_above_the_first_part_only():
    parts = (Part((Note(0, 96, 60),)), Part((Note(0, 96, 48),)))
    score = Score(parts, chords=(ChordSymbol(48, "Bbm7/F"),), sections=(Section(0, "A & B"),))
    text = musicxml_text(score)
    assert text.count("<harmony") == text.count("<rehearsal>") == 1
    assert text.index("<harmony") < text.index('<part id="P2">')
    assert parse_musicxml(text.encode()) == score


def test_a_real_lead_sheet():
    """Foster's Brown Hair: a song in F whose chord symbols sound with its melody."""
    import music21

    folder = Path(music21.__file__).parent / "corpus" / "leadSheet"
    score = read(folder / "fosterBrownHair.mxl")
    assert [chord.text for chord in score.chords[:5]] == ["F", "Bb", "F", "C", "F"]
    assert len(score.chords) == 40
    assert parse_musicxml(musicxml_text(score).encode()).chords == score.chords
    sounding = [
        note.pitch % 12 in parse_chord_symbol(chord.text).pitch_classes
        for chord in score.chords
        for note in score.parts[0].notes
        if note.onset == chord.onset
    ]
    assert sum(sounding) / len(sounding) > 0.7
