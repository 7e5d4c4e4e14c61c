"""Names of what sounds: small examples, and back and forth over all figures."""

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import MODES, Key
from melodyai_edu.theory.harmony import parse_chord, parse_roman
from melodyai_edu.theory.naming import find_chord, find_roman


@pytest.mark.parametrize(
    ("pitches", "key", "symbol", "figure"),
    [
        ((60, 64, 67), "C major", "C", "I"),
        ((72, 64, 67, 60), "C major", "C", "I"),
        ((64, 67, 72), "C major", "C/E", "I6"),
        ((59, 62, 65, 67), "C major", "G7/B", "V65"),
        ((66, 69, 72, 74), "C major", "D7/F#", "V65/V"),
        ((56, 59, 62, 65), "A minor", "G#dim7", "viio7"),
        ((59, 62, 65, 68), "A minor", "Bdim7", "viio65"),  # symmetrical: the key decides
        ((57, 60, 64, 67), "F major", "Am7", "iii7"),
        ((60, 64, 68), "A minor", "Caug", "III+"),
        ((61, 65, 68), "C major", "C#", "bII"),
        ((60, 65, 67), "C major", None, None),
        ((60, 67), "C major", None, None),
        ((60,), "C major", None, None),
        ((66, 70, 73), "C major", "F#", None),
    ],
)
def test_names(pitches, key, symbol, figure):
    key = Key.parse(key)
    chord = find_chord(pitches, key)
    assert (chord and chord.name) == symbol
    assert find_roman(pitches, key) == figure


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tonic", ["C", "F#"])
def test_a_name_reads_as_what_sounds(tonic, mode):
    key = Key(tonic, mode)
    for numeral in ["I", "i6", "ii65", "IV6", "V43", "V7", "viio6", "iv", "V7/V", "i64", "iiø42"]:
        chord = parse_roman(numeral, key)
        sounding = [chord.bass, *(12 + pitch for pitch in chord.pitch_classes)]
        symbol, figure = find_chord(sounding, key), find_roman(sounding, key)
        names = [name for name in (symbol and symbol.name, figure) if name is not None]
        assert len(names) == 2 or mode == "lydian" or mode == "locrian"
        for name in names:
            read = parse_chord(name, key)
            assert (read.bass, set(read.pitch_classes)) == (chord.bass, set(chord.pitch_classes))


def test_silence_has_no_name():
    for find in (find_chord, lambda pitches: find_roman(pitches, Key("C"))):
        with pytest.raises(ParameterError, match="must hold one pitch or more"):
            find(())
