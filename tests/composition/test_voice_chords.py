from itertools import pairwise

import numpy as np
import pytest

from melodyai_edu.composition.chord_line import chord_line
from melodyai_edu.composition.voice_chords import Room, members, voice_chords
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import ChordSymbol, Melody, Score
from melodyai_edu.theory.harmony import _SYMBOLS, parse_chord_symbol

ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
ALL = [parse_chord_symbol(root + kind) for kind in _SYMBOLS for root in ROOTS]


@pytest.mark.parametrize("voices", [2, 3, 4])
@pytest.mark.parametrize("low", [40, 48, 60])
def test_every_chord_is_voiced_in_its_room_with_its_own_notes(voices, low):
    room = Room(low, low + 22, low + 11, voices)
    for chord, voicing in zip(ALL, voice_chords(ALL, room), strict=True):
        assert len(voicing) == voices
        assert len(set(voicing)) == voices or len(set(chord.pitch_classes)) == 2
        assert list(voicing) == sorted(voicing)
        assert low <= voicing[0]
        assert voicing[-1] <= low + 22
        assert {pitch % 12 for pitch in voicing} <= set(chord.pitch_classes)
        assert len({pitch % 12 for pitch in voicing}) == min(voices, len(set(chord.pitch_classes)))


def test_a_chain_of_chords_moves_less_than_root_positions():
    names = ["C", "Am", "F", "G7", "Em", "Dm", "G7", "C"] * 3
    chords = [parse_chord_symbol(name) for name in names]
    voicings = voice_chords(chords, Room(48, 70, 59, 3))
    moved = [abs(a - b) for one, two in pairwise(voicings) for a, b in zip(one, two, strict=True)]
    assert np.mean(moved) < 2
    assert max(moved) <= 5


def test_a_voicing_stays_under_the_melody_where_it_can():
    chord = parse_chord_symbol("C")
    room = Room(48, 76, 64, 3)
    free, under = (voice_chords([chord], room, ceiling)[0] for ceiling in ([None], [60]))
    assert under[-1] < free[-1]


def test_a_bass_that_is_no_member_is_left_to_the_bass():
    assert members(parse_chord_symbol("C/D"), 4) == (4, 0, 7)
    assert set(members(parse_chord_symbol("C/E"), 4)) == {0, 4, 7}
    assert members(parse_chord_symbol("Cmaj7/D"), 3) == (4, 11, 0)


def test_a_chord_line_joins_equal_symbols_and_the_later_of_two_holds():
    score = Score.of_melody(Melody.from_events([(60, 96)] * 4))
    marks = ((0, "C"), (96, "C"), (192, "F"), (192, "Dm"), (288, "Dm/F"), (960, "G"))
    line = chord_line(Score(score.parts, chords=tuple(ChordSymbol(*mark) for mark in marks)))
    spans = [(span.onset, span.end, span.harmony.name) for span in line.spans]
    assert spans[0] == (0, 192, "C")
    assert spans[-1] == (288, 384, "Dm/F")
    assert len(spans) == 3
    assert line.at(384) is None
    assert line.after(0).onset == 192
    assert [s.onset for s in line.between(100, 200)] == [100, 192]


def test_before_the_first_symbol_there_is_no_chord():
    score = Score.of_melody(Melody.from_events([(60, 96)] * 2))
    line = chord_line(Score(score.parts, chords=(ChordSymbol(96, "C"),)))
    assert line.at(0) is None
    assert line.at(96).harmony.root == 0
    with pytest.raises(ParameterError, match="the chord at tick 0: chord='C13'"):
        chord_line(Score(score.parts, chords=(ChordSymbol(0, "C13"),)))
