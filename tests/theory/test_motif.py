"""A motif comes back: what is kept and what changes."""

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody
from melodyai_edu.theory.motif import (
    augmented,
    diminished,
    inverted,
    is_same_motif,
    retrograde,
    shifted_in_key,
    transposed,
)


@pytest.fixture
def motif():
    return Melody.from_events([(67, 12), (67, 12), (None, 12), (64, 36), (65, 24)])


def test_transposed(motif):
    up = transposed(motif, 3, Key("Eb"))
    assert [note.pitch_name for note in up] == ["Bb4", "Bb4", "G4", "Ab4"]
    assert is_same_motif(motif, up, "transposed")
    assert not is_same_motif(motif, up)
    assert transposed(up, -3) == motif


def test_shifted_in_key(motif):
    down = shifted_in_key(motif, -1, Key("C"))
    assert down.pitches.tolist() == [65, 65, 62, 64]  # a minor third is now a minor third
    assert shifted_in_key(motif, 7, Key("C")) == transposed(motif, 12)
    with pytest.raises(ParameterError, match=r"F4 must belong to G major"):
        shifted_in_key(motif, 1, Key("G"))
    with pytest.raises(ParameterError, match="steps=50 must keep every pitch"):
        shifted_in_key(motif, 50, Key("C"))


def test_inverted(motif):
    turned = inverted(motif, Key("Eb"))
    assert turned.pitches.tolist() == [67, 67, 70, 69]
    assert turned.notes[2].spelling == "Bb"
    assert np.array_equal(turned.intervals, -motif.intervals)
    assert is_same_motif(motif, turned, "inverted")
    assert inverted(turned) == motif
    assert inverted(motif, axis=65).pitches[0] == 63
    assert inverted(Melody(())) == Melody(())


def test_retrograde(motif):
    backwards = retrograde(motif)
    assert [(note.onset, note.duration, note.pitch) for note in backwards] == [
        (0, 24, 65), (24, 36, 64), (72, 12, 67), (84, 12, 67),
    ]  # fmt: skip
    assert retrograde(backwards) == motif
    silent_end = Melody.from_events([(60, 24), (None, 24)])
    assert retrograde(silent_end).notes[0].onset == 24


def test_augmented_and_diminished(motif):
    longer = augmented(motif, 3)
    assert longer.duration == 3 * motif.duration
    assert diminished(longer, 3) == motif
    assert diminished(motif).durations.tolist() == [6, 6, 18, 12]
    with pytest.raises(ParameterError, match="factor=5 must divide every onset and duration"):
        diminished(motif, 5)
    for change in (augmented, diminished):
        with pytest.raises(ParameterError, match="factor=0 must be a positive integer"):
            change(motif, 0)


def test_same_motif(motif):
    later = Melody(tuple(note.moved(96) for note in motif))
    assert is_same_motif(motif, later)
    assert not is_same_motif(motif, augmented(motif), "transposed")
    assert not is_same_motif(motif, Melody(motif.notes[:-1]))
    with pytest.raises(ParameterError, match="change='upside' must be one of: exact"):
        is_same_motif(motif, motif, "upside")
