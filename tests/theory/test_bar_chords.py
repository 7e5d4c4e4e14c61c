from __future__ import annotations

import pytest

from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.theory.bar_chords import bar_chords


def score(*bars, key="C major", meter="4/4"):
    events = [(pitch, 96 // len(bar)) for bar in bars for pitch in bar]
    return Score.of_melody(Melody.from_events(events), key=Key.parse(key), meter=Meter.parse(meter))


def test_broken_triads_are_named():
    bars = (60, 64, 67, 72), (62, 65, 69, 74), (67, 71, 74, 79), (65, 69, 72, 77)
    assert bar_chords(score(*bars)) == ((0, "major"), (2, "minor"), (7, "major"), (5, "major"))


def test_minor_has_the_dominant_of_its_leading_tone():
    assert bar_chords(score((64, 68, 71, 76), key="A minor")) == ((7, "major"),)
    assert bar_chords(score((57, 60, 64, 69), key="A minor")) == ((0, "minor"),)


def test_every_key_gives_the_same_degrees():
    bars = (60, 64, 67, 72), (67, 71, 74, 79)
    higher = [[pitch + 3 for pitch in bar] for bar in bars]
    assert bar_chords(score(*higher, key="Eb major")) == bar_chords(score(*bars))


def test_a_silent_bar_has_none():
    empty = Score.of_melody(Melody.from_events([(60, 96), (None, 96)]))
    assert bar_chords(empty) == ((0, "major"), None)


def test_real_tunes_end_on_their_tonic_chord():
    last = [
        chords[-1] for tune in load("oneill")[:300] if (chords := bar_chords(tune.melody_score))
    ]
    home = sum(chord is not None and chord[0] == 0 for chord in last)
    assert home / len(last) > 0.7


@pytest.mark.parametrize("name", ["oneill", "chorales"])
def test_one_chord_a_bar(name):
    for tune in load(name)[:60]:
        assert len(bar_chords(tune.melody_score)) == len(tune.melody_score.bar_onsets())
