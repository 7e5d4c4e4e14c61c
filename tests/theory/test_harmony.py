"""Chords against music21, figure by figure, and one by one."""

import warnings

import pytest

from melodyai_edu.constraints.chords import chord_table
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import MODES, Key
from melodyai_edu.theory.harmony import parse_chord, parse_chord_symbol, parse_roman
from melodyai_edu.theory.voice_leading import leading_tone_of

NUMERALS = ["I", "II", "III", "IV", "V", "VI", "VII", "i", "ii", "iii", "iv", "v", "vi", "vii"]
INVERSIONS = {"": ("", "6", "64"), "7": ("7", "65", "43", "42", "2")}
FIGURES = [
    accidental + numeral + sign + figures
    for numeral in NUMERALS
    for accidental in ("", "b", "#")
    for sign in ("", "o", "ø", "+")
    for seventh, inversions in INVERSIONS.items()
    for figures in inversions
    if seventh or sign != "ø"  # a half-diminished chord has four notes
]
TARGETS = ["ii", "III", "iii", "IV", "iv", "V", "v", "vi", "VI", "VII", "bII", "viio", "V/V"]
APPLIED = [
    f"{dominant}/{target}"
    for dominant in ("V", "V7", "V65", "V43", "viio", "viio7", "viiø7", "ii65", "IV", "VI")
    for target in TARGETS
]
AUGMENTED = ["It6", "Ger65", "Fr43", "N6", "Ger65/V"]
KEYS = [Key.from_fifths(fifths, mode) for mode in ("major", "minor") for fifths in range(-5, 7)]


def signature(figure, key):
    chord = parse_roman(figure, key)
    return chord.root, chord.bass, frozenset(chord.pitch_classes)


def music21_signature(figure, key):
    from music21.key import Key as Music21Key
    from music21.roman import RomanNumeral

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chord = RomanNumeral(figure, Music21Key(key.tonic.replace("b", "-"), key.mode))
    return (
        chord.root().pitchClass,
        chord.bass().pitchClass,
        frozenset(pitch.pitchClass for pitch in chord.pitches),
    )


def disagreements(figures, key):
    pairs = ((f, signature(f, key), music21_signature(f, key)) for f in figures)
    return [(figure, key.name, own, other) for figure, own, other in pairs if own != other]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_figure_means_what_music21_means(mode):
    assert disagreements(FIGURES + APPLIED, Key("D", mode)) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_usual_figures_in_every_key(key):
    """Sharp and flat numerals are covered in D; here spelling cannot leave double accidentals."""
    usual = [figure for figure in FIGURES if figure[0] not in "b#"] + AUGMENTED
    assert disagreements(usual, key) == []


def test_augmented_sixths_in_church_modes_differ_from_music21():
    """music21 builds them on the mode's own sixth degree; then the interval is not augmented."""
    key = Key("D", "dorian")
    root, bass, classes = signature("Ger65", key)
    assert (root, bass, classes) == (8, 10, {8, 10, 2, 5})
    assert music21_signature("Ger65", key)[:2] == (8, 11)


@pytest.mark.parametrize(
    ("figure", "key", "pitch_classes", "bass"),
    [
        ("V7", Key("C"), (7, 11, 2, 5), 7),
        ("V42", Key("C"), (7, 11, 2, 5), 5),
        ("ii65", Key("G"), (9, 0, 4, 7), 0),
        ("viio7", Key("C", "minor"), (11, 2, 5, 8), 11),
        ("viiø7", Key("C"), (11, 2, 5, 9), 11),
        ("III+", Key("A", "minor"), (0, 4, 8), 0),
        ("VI", Key("A", "minor"), (5, 9, 0), 5),
        ("vi", Key("A", "minor"), (6, 9, 1), 6),
        ("V7/ii", Key("F"), (2, 6, 9, 0), 2),
        ("V/V/V", Key("C"), (9, 1, 4), 9),
        ("I7", Key("C"), (0, 4, 7, 11), 0),
        ("I7", Key("C", "mixolydian"), (0, 4, 7, 10), 0),
    ],
)
def test_roman_numerals(figure, key, pitch_classes, bass):
    chord = parse_roman(figure, key)
    assert (chord.pitch_classes, chord.bass, chord.name) == (pitch_classes, bass, figure)


@pytest.mark.parametrize(
    ("symbol", "pitch_classes", "bass"),
    [
        ("C", (0, 4, 7), 0),
        ("Am", (9, 0, 4), 9),
        ("F#dim7", (6, 9, 0, 3), 6),
        ("Bbmaj7", (10, 2, 5, 9), 10),
        ("G7/B", (7, 11, 2, 5), 11),
        ("C/D", (0, 4, 7, 2), 2),
        ("E+", (4, 8, 0), 4),
        ("Dm7b5", (2, 5, 8, 0), 2),
    ],
)
def test_chord_symbols(symbol, pitch_classes, bass):
    chord = parse_chord_symbol(symbol)
    assert (chord.pitch_classes, chord.bass) == (pitch_classes, bass)
    assert parse_chord(symbol, Key("C")) == chord


@pytest.mark.parametrize("root", ["C", "F#", "Bb"])
def test_chord_symbols_mean_what_music21_means(root):
    from music21.harmony import ChordSymbol

    kinds = "|m|7|maj7|m7|m7b5|dim|dim7|aug|6|m6|sus2|sus4|9|m9|maj9|mM7|7sus4|o7|ø7|+|min|maj"
    other_names = {"m7b5": "ø7", "maj9": "M9"}
    for kind in kinds.split("|"):
        other = ChordSymbol(root.replace("b", "-") + other_names.get(kind, kind))
        own = parse_chord_symbol(root + kind)
        assert set(own.pitch_classes) == {pitch.pitchClass for pitch in other.pitches}, kind


@pytest.mark.parametrize(
    ("symbol", "quality", "third", "fifth", "seventh"),
    [
        ("C", "major", 4, 7, None),
        ("C6", "other", 4, 7, None),
        ("Cdim7", "diminished seventh", 3, 6, 9),
        ("C7", "dominant seventh", 4, 7, 10),
        ("Caug", "augmented", 4, 8, None),
        ("Csus4", "other", None, 7, None),
        ("C5", "other", None, 7, None),
    ],
)
def test_members(symbol, quality, third, fifth, seventh):
    chord = parse_chord_symbol(symbol)
    assert (chord.quality, chord.third, chord.fifth, chord.seventh) == (
        quality,
        third,
        fifth,
        seventh,
    )


@pytest.mark.parametrize("text", ["", "VIII", "V8", "H", "Cfoo", "I/", "C/H", "b", "ii64/", "V7/C"])
def test_other_text_is_refused(text):
    with pytest.raises(ParameterError, match="chord="):
        parse_chord(text, Key("C"))


@pytest.mark.parametrize("text", ["Am", "I42x", ""])
def test_what_is_no_roman_numeral(text):
    with pytest.raises(ParameterError, match="must be a Roman numeral"):
        parse_roman(text, Key("C"))


@pytest.mark.parametrize("text", ["I6", "ii", "V7/V"])
def test_triads_have_no_third_inversion(text):
    chord = parse_roman(text, Key("C"))
    assert chord.inversion < 3
    assert chord.bass in chord.pitch_classes


@pytest.mark.parametrize("key", [*KEYS, *(Key("D", mode) for mode in MODES)], ids=lambda k: k.name)
def test_the_table_of_the_harmoniser_agrees(key):
    table = chord_table(key)
    for name, chord, seventh, tone in zip(
        table.names, table.chords, table.sevenths, table.leading_tones, strict=True
    ):
        own = parse_chord(name, key)
        assert own.pitch_classes == chord
        assert (-1 if own.seventh is None else own.seventh) == seventh
        if "/" not in name:  # the harmoniser also knows the leading tones of other degrees
            expected = leading_tone_of(own, key)
            assert (-1 if expected is None else expected) == tone
