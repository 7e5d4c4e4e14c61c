"""What music21 is asked, on small examples."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.music21_theory import (
    Parallel,
    analyze_key,
    find_parallels,
    moments,
    name_chord,
    name_roman,
)
from melodyai_edu.score import Key, Melody, Part, Score


def of_voices(*lines):
    melodies = [Melody.from_events(line) for line in lines]
    return Score(tuple(Part(melody.notes) for melody in melodies))


def test_key_of_a_melody_in_flats():
    pitches = (63, 67, 70, 68, 67, 65, 63, 62, 63)
    score = Score.of_melody(Melody.from_events([(pitch, 24) for pitch in pitches]))
    assert analyze_key(score) == analyze_key(score, "krumhansl") == Key("Eb")


def test_drums_have_no_key():
    drums = Part((*Melody.from_events([(36, 24)]),), is_drums=True)
    with pytest.raises(ParameterError, match="must have a note to have a key"):
        analyze_key(Score((drums,)))


def test_chords_are_spelled_by_the_key():
    assert name_chord((68, 72, 75), Key("Ab")) == "Ab-major triad"
    assert name_chord((68, 71, 76), Key("E")) == "E-major triad"
    with pytest.raises(ParameterError, match="must hold one pitch or more"):
        name_chord(())


@pytest.mark.parametrize(
    ("pitches", "key", "figure"),
    [
        ((60, 64, 67), "C major", "I"),
        ((64, 67, 72), "C major", "I6"),
        ((62, 65, 69, 72), "C major", "ii7"),
        ((58, 62, 65), "Bb major", "I"),
        ((56, 59, 62), "A minor", "viio"),
    ],
)
def test_roman_numerals(pitches, key, figure):
    assert name_roman(pitches, Key.parse(key)) == figure


def test_moments_know_rests_and_held_notes():
    score = of_voices([(72, 24), (None, 24), (74, 24)], [(60, 48), (62, 24)])
    found = [(onset, [note and note.pitch for note in notes]) for onset, notes in moments(score)]
    assert found == [(0, [72, 60]), (48, [74, 62])]
    later = of_voices([(None, 24), (72, 24)], [(60, 48)])
    found = [(onset, [note and note.pitch for note in notes]) for onset, notes in moments(later)]
    assert found == [(0, [None, 60]), (24, [72, 60])]


@pytest.mark.parametrize(
    ("upper", "lower", "kind"),
    [
        ([67, 69], [60, 62], "fifths"),
        ([72, 74], [60, 62], "octaves"),
        ([60, 62], [60, 62], "octaves"),
        ([67, 74], [60, 55], "fifths"),  # contrary
        ([67, 67], [60, 60], None),
        ([66, 67], [60, 60], None),
        ([66, 69], [60, 62], None),  # from a tritone
    ],
)
def test_parallels(upper, lower, kind):
    score = of_voices(*([(pitch, 24) for pitch in line] for line in (upper, lower)))
    found = [Parallel(24, kind, 0, 1)] if kind else []
    assert list(find_parallels(score)) == found


def test_parts_with_chords_are_refused():
    two = Melody.from_events([(60, 24)]).notes + Melody.from_events([(64, 24)]).notes
    with pytest.raises(ParameterError, match="melody has one note at a time"):
        find_parallels(Score((Part(two),)))
