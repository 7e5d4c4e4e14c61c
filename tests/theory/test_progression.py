"""Functions, usual progressions and cadences."""

import itertools

import pytest

from melodyai_edu.score import MODES, SCALES, Key
from melodyai_edu.theory.harmony import parse_roman
from melodyai_edu.theory.progression import (
    CADENCES,
    PROGRESSIONS,
    cadence_kind,
    chord_function,
    is_usual_progression,
    usual_degrees,
)


def read(numerals, key):
    return [parse_roman(numeral, key) for numeral in numerals.split()]


@pytest.mark.parametrize(
    ("numerals", "mode", "function"),
    [
        ("I I6 I64 vi iii", "major", "tonic"),
        ("ii ii65 IV IV6 N6 iv Ger65", "major", "subdominant"),
        ("V V7 V42 viio viio6 viiø7 viio7", "major", "dominant"),
        ("i VI III", "minor", "tonic"),
        ("iv iiø65 iio6 N6", "minor", "subdominant"),
        ("V V7 viio7 VII III+ v", "minor", "dominant"),
    ],
)
@pytest.mark.parametrize("tonic", ["C", "Eb", "F#"])
def test_function(numerals, mode, function, tonic):
    key = Key(tonic, mode)
    assert {chord_function(chord, key) for chord in read(numerals, key)} == {function}


@pytest.mark.parametrize("mode", MODES)
def test_every_degree_has_successors_in_every_mode(mode):
    assert set().union(*PROGRESSIONS.values()) == set(PROGRESSIONS)
    key = Key("D", mode)
    for degree in range(7):
        numeral = ("I", "II", "III", "IV", "V", "VI", "VII")[degree]
        assert parse_roman(numeral, key).root == (2 + SCALES[mode][degree]) % 12
        assert usual_degrees(parse_roman(numeral, key), key)


@pytest.mark.parametrize(
    ("numerals", "mode", "usual"),
    [
        ("I vi ii V I", "major", [True] * 4),
        ("I V IV I", "major", [True, False, True]),
        ("i iv viio i VI iio V i", "minor", [True] * 7),
        ("i VII III VI", "minor", [True] * 3),
        ("I V7/vi vi V7/V V V7 vi", "major", [True] * 6),
        ("N6 V", "minor", [True]),
        ("Ger65 V", "minor", [True]),
        ("viio7/V V", "major", [True]),
        ("V7/ii IV", "major", [False]),
    ],
)
def test_usual_progressions(numerals, mode, usual):
    key = Key("G", mode)
    chords = read(numerals, key)
    found = [is_usual_progression(a, b, key) for a, b in itertools.pairwise(chords)]
    assert found == usual


@pytest.mark.parametrize(
    ("pair", "mode", "kind"),
    [
        ("V I", "major", "authentic"),
        ("V7 I", "major", "authentic"),
        ("V I", "minor", "authentic"),
        ("v i", "minor", None),
        ("V I6", "major", None),
        ("viio6 I", "major", None),
        ("IV I", "major", "plagal"),
        ("ii6 V", "major", "half"),
        ("ii6 V7", "major", None),
        ("ii6 V6", "major", None),
        ("V7 vi", "major", "deceptive"),
        ("V7 VI", "minor", "deceptive"),
        ("I IV", "major", None),
    ],
)
def test_cadences(pair, mode, kind):
    key = Key("Bb", mode) if mode == "major" else Key("B", mode)
    assert cadence_kind(*read(pair, key), key) == kind
    assert kind is None or kind in CADENCES
