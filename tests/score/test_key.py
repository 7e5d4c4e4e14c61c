import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.key import MODES, SCALES, Key, Scale

KEYS = [Key.from_fifths(fifths, mode) for fifths in range(-7, 8) for mode in MODES]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_signature_spells_its_own_scale_with_seven_letters(key):
    spellings = [key.spell(60 + pitch_class) for pitch_class in key.scale.pitch_classes]
    assert len({spelling[0] for spelling in spellings}) == 7
    assert spellings[0] == key.tonic


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_name_signature_and_transposition_agree(key):
    assert Key.parse(key.name) == key
    assert Key.from_fifths(key.fifths, key.mode) == key
    moved = key.transposed(5)
    assert moved.tonic_pitch_class == (key.tonic_pitch_class + 5) % 12
    assert abs(moved.fifths) <= 6


@pytest.mark.parametrize(
    ("name", "fifths"),
    [("D major", 2), ("f# minor", 3), ("E dorian", 2), ("A mixolydian", 2), ("Eb", -3)],
)
def test_known_signatures(name, fifths):
    assert Key.parse(name).fifths == fifths


def test_scales():
    assert Scale.parse("A minor pentatonic").pitch_classes == (9, 0, 2, 4, 7)
    assert len(Scale.parse("C chromatic").pitch_classes) == 12
    assert [Scale("G", "major").degree(pitch) for pitch in (67, 66, 65)] == [1, 7, None]
    assert 66 in Scale("D", "major")
    assert all(
        intervals[0] == 0 and sorted(intervals) == list(intervals) for intervals in SCALES.values()
    )


def test_faults_list_what_can_be_had():
    with pytest.raises(ParameterError, match="must end in one of: lydian, major"):
        Key.parse("D happy")
    with pytest.raises(ParameterError, match="needs 8 accidentals"):
        Key("G#", "major")
    with pytest.raises(ParameterError, match="blues, chromatic"):
        Scale.parse("C hexatonic")
    with pytest.raises(ParameterError, match="fifths=8 must be from -7"):
        Key.from_fifths(8)
