import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.pitch import Pitch, fifths_of, pitch_class_of, spell_on_fifths


@given(st.integers(0, 11), st.integers(-9, 13))
def test_spelling_names_its_pitch_class_and_lies_near_the_centre(pitch_class, centre):
    spelling = spell_on_fifths(pitch_class, centre)
    assert pitch_class_of(spelling) == pitch_class
    assert abs(fifths_of(spelling) - centre) <= 6


@given(st.integers(0, 127), st.integers(-8, 12))
def test_name_and_parse_are_inverse(midi, centre):
    pitch = Pitch(midi, spell_on_fifths(midi % 12, centre))
    assert Pitch.parse(pitch.name) == pitch
    assert Pitch.of(pitch.step, pitch.alter, pitch.octave) == pitch


@pytest.mark.parametrize(
    ("name", "midi"), [("C4", 60), ("B#3", 60), ("Cb4", 59), ("A0", 21), ("C-1", 0)]
)
def test_octave_belongs_to_the_letter(name, midi):
    assert Pitch.parse(name).midi == midi


def test_faults_are_named():
    with pytest.raises(ParameterError, match="name='H4' must be a pitch name"):
        Pitch.parse("H4")
    with pytest.raises(ParameterError, match="names pitch class 6, but midi=60"):
        Pitch(60, "F#")
    with pytest.raises(ParameterError, match="midi=128 must be from 0 to 127"):
        Pitch(128, "G#")
    with pytest.raises(ParameterError, match="pitch_class=12 must be"):
        spell_on_fifths(12)
    with pytest.raises(ParameterError, match="centre=40 must be"):
        spell_on_fifths(0, 40)
