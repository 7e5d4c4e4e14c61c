"""The scales and modes of the score layer are those of music21."""

import pytest

from melodyai_edu.score import MODES, SCALES, Key, Scale

NAMES = {
    "major": "MajorScale",
    "minor": "MinorScale",
    "harmonic minor": "HarmonicMinorScale",
    "melodic minor": "MelodicMinorScale",
    "dorian": "DorianScale",
    "phrygian": "PhrygianScale",
    "lydian": "LydianScale",
    "mixolydian": "MixolydianScale",
    "locrian": "LocrianScale",
    "chromatic": "ChromaticScale",
}
#: music21 has no class for these three: two pentatonic scales and the blues scale.
OURS_ALONE = {"major pentatonic", "minor pentatonic", "blues"}


def test_all_scales_are_compared():
    assert {*NAMES, *OURS_ALONE} == set(SCALES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tonic", ["C", "F#", "Bb"])
def test_scales_are_those_of_music21(name, tonic):
    from music21 import scale

    other = getattr(scale, NAMES[name])(tonic.replace("b", "-"))
    pitches = other.getPitches(f"{tonic.replace('b', '-')}4", direction=scale.Direction.ASCENDING)
    classes = list(dict.fromkeys(pitch.pitchClass for pitch in pitches))
    assert tuple(classes) == Scale(tonic, name).pitch_classes


@pytest.mark.parametrize("mode", MODES)
def test_signatures_and_spellings_are_those_of_music21(mode):
    from music21.key import Key as Music21Key

    for fifths in range(-5, 6):
        key = Key.from_fifths(fifths, mode)
        other = Music21Key(key.tonic.replace("b", "-"), mode)
        assert other.sharps == key.fifths
        spelled = [pitch.name.replace("-", "b") for pitch in other.pitches[:7]]
        assert spelled == [key.spell(pitch_class) for pitch_class in key.scale.pitch_classes]
