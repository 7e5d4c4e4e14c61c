"""Chord symbols and sections."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import ChordSymbol, Score, Section


@pytest.mark.parametrize(
    ("text", "parts"),
    [("C", ("C", "", "C")), ("F#m7b5", ("F#", "m7b5", "F#")), ("Ebmaj7/Bb", ("Eb", "maj7", "Bb"))],
)
def test_parts_of_a_symbol(text, parts):
    symbol = ChordSymbol(0, text)
    assert (symbol.root, symbol.kind, symbol.bass) == parts


@pytest.mark.parametrize("text", ["", "H7", "C/", "C / E", "iv"])
def test_what_is_no_symbol_is_refused(text):
    with pytest.raises(ParameterError, match="must be a root, a kind"):
        ChordSymbol(0, text)


def test_marks_have_places():
    with pytest.raises(ParameterError, match="onset=-1"):
        ChordSymbol(-1, "C")
    with pytest.raises(ParameterError, match="must have a name"):
        Section(0, " ")


def test_a_score_sorts_its_marks():
    score = Score(
        (), chords=(ChordSymbol(96, "G"), ChordSymbol(0, "C")), sections=[Section(0, "A")]
    )
    assert [symbol.text for symbol in score.chords] == ["C", "G"]
    assert score.sections == (Section(0, "A"),)
