"""Bach's chorales: our theory against music21's, every disagreement counted under its cause."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from melodyai_edu.io.corpus import load
from melodyai_edu.io.estimate import estimate_key
from melodyai_edu.io.music21_theory import analyze_key, find_parallels, moments
from melodyai_edu.theory.harmony import parse_roman
from melodyai_edu.theory.naming import find_chord, find_roman
from melodyai_edu.theory.voice_leading import has_overlap, parallels
from melodyai_edu.theory.voicing import VOICES, has_crossing

pytestmark = pytest.mark.slow
CHORALES = 365
LETTERS = "CDEFGAB"


@cache
def scores():
    """All chorales: four voices, one note at a time each."""
    return tuple(tune.score for tune in load("chorales"))


def voicings(score):
    """Give onset and notes, soprano first, wherever all four voices sound before and after."""
    for (_, before), (onset, after) in pairwise(moments(score)):
        if None not in (*before, *after):
            yield onset, before, after


def pitches(notes):
    return tuple(note.pitch for note in notes)


def spelled(note):
    return note.spelling[0] + note.spelling[1:].replace("b", "-") + str(note.spelled.octave)


def test_key_finding():
    """With the same profiles the same key; with Aarden's, music21's default, a neighbour."""
    causes = Counter()
    for score in scores():
        own, default = estimate_key(score.parts), analyze_key(score)
        assert own == analyze_key(score, "krumhansl")
        above = (default.tonic_pitch_class - own.tonic_pitch_class) % 12
        causes[own == default or f"{own.mode}, other profile: {default.mode} {above} higher"] += 1
    assert causes == {
        True: 291,
        "major, other profile: major 5 higher": 35,
        "minor, other profile: minor 5 higher": 24,
        "major, other profile: minor 9 higher": 11,
        "major, other profile: minor 5 higher": 2,
        "major, other profile: minor 7 higher": 2,
    }


def own_parallels(score):
    return {
        (onset, kind, VOICES.index(upper), VOICES.index(lower))
        for onset, before, after in voicings(score)
        for kind, upper, lower in parallels(pitches(before), pitches(after))
    }


def test_parallels():
    """Agreement without exception: in contrary motion too, at every onset of any voice.

    So counted there are 0.29 parallel fifths and 0.12 octaves in a chorale, and 255 of 365 have
    none; without contrary motion 0.13, 0.06 and 313.
    """
    kinds, without, similar, without_similar = Counter(), 0, Counter(), 0
    for score in scores():
        own = own_parallels(score)
        assert own == {(p.onset, p.kind, p.upper, p.lower) for p in find_parallels(score)}
        kinds.update(kind for _, kind, *_ in own)
        without += not own
        notes = {onset: (before, after) for onset, before, after in voicings(score)}
        same_way = [one for one in own if moves_one_way(notes[one[0]], *one[2:])]
        similar.update(kind for _, kind, *_ in same_way)
        without_similar += not same_way
    assert len(scores()) == CHORALES
    assert (kinds, without) == ({"fifths": 106, "octaves": 42}, 255)
    assert (similar, without_similar) == ({"fifths": 46, "octaves": 22}, 313)


def moves_one_way(notes, upper, lower):
    before, after = map(pitches, notes)
    return (after[upper] - before[upper]) * (after[lower] - before[lower]) > 0


def quartets(before, after):
    """The three pairs of neighbouring voices as music21 sees them."""
    from music21.voiceLeading import VoiceLeadingQuartet

    for upper, lower in pairwise(range(4)):
        four = before[upper], after[upper], before[lower], after[lower]
        yield VoiceLeadingQuartet(*map(other_note, map(spelled, four)))


@cache
def other_note(name):
    from music21.note import Note

    return Note(name)


def test_crossing_and_overlap():
    """Overlap differs only where voices have crossed and the one that would pass stands still."""
    causes = Counter()
    for score in scores():
        for _, before, after in voicings(score):
            old, new, pairs = pitches(before), pitches(after), list(quartets(before, after))
            crosses = has_crossing(old) or has_crossing(new)
            assert crosses == any(pair.voiceCrossing() for pair in pairs)
            overlap = has_overlap(old, new), any(pair.voiceOverlap() for pair in pairs)
            if overlap == (False, True):
                assert crosses
            causes[overlap] += 1
    assert causes == {(True, True): 1582, (False, False): 27819, (False, True): 157}


def chords():
    """Count what sounds: key, notes from the bass up, how often."""
    counts, examples = Counter(), {}
    for score in scores():
        for _, notes in moments(score):
            if None not in notes:
                upward = sorted(notes, key=lambda note: note.pitch)
                kind = score.key, upward[0].spelling, frozenset(note.spelling for note in notes)
                counts[kind] += 1
                examples[kind] = upward
    return [(kind[0], examples[kind], count) for kind, count in counts.items()]


def is_in_thirds(notes, root):
    """Whether the chord is written as thirds over this root."""
    low = next(LETTERS.index(note.spelling[0]) for note in notes if note.pitch_class == root)
    steps = {(LETTERS.index(note.spelling[0]) - low) % 7 for note in notes}
    return steps in ({0, 2, 4}, {0, 2, 4, 6})


def numeral(figure):
    return re.match(r"[b#]?([ivIV]+)", figure)[1]


def cause(own, theirs, chord):
    """Why two names of one chord on one root differ."""
    if own == theirs:
        return "same"
    if own.lstrip("b#") == theirs.lstrip("b#"):
        return "music21 adds a cautionary accidental to VI and VII in minor"
    if chord.quality == "diminished seventh":
        return "a diminished seventh has four roots: ours is the one that the key resolves"
    if "/" in own:
        return "a dominant of another degree, for music21 an altered chord of the key"
    if numeral(own) == numeral(theirs):
        return "music21 writes altered notes into the figures"
    return "unexplained"


def test_names_of_all_chords_that_sound():
    from music21.chord import Chord
    from music21.key import Key
    from music21.roman import romanNumeralFromChord

    causes = Counter()
    for key, notes, count in chords():
        sounding = pitches(notes)
        chord, own = find_chord(sounding, key), find_roman(sounding, key)
        if chord is None:
            causes["no triad or seventh chord"] += count
            continue
        other = Chord([spelled(note) for note in notes])
        if other.root().pitchClass != chord.root:
            assert not is_in_thirds(notes, chord.root)
            causes["a root by spelling: symmetrical, or not written in thirds"] += count
        elif own is None:
            causes["a chord of no degree in our table"] += count
        else:
            read = parse_roman(own, key)
            assert read.bass == sounding[0] % 12
            assert set(read.pitch_classes) == {pitch % 12 for pitch in sounding}
            home = Key(key.tonic.replace("b", "-"), key.mode)
            theirs = romanNumeralFromChord(other, home).figure.replace("-", "b")
            causes[cause(own, theirs, chord)] += count
    assert causes == {
        "same": 17058,
        "music21 adds a cautionary accidental to VI and VII in minor": 1849,
        "a dominant of another degree, for music21 an altered chord of the key": 2741,
        "music21 writes altered notes into the figures": 685,
        "a diminished seventh has four roots: ours is the one that the key resolves": 144,
        "a root by spelling: symmetrical, or not written in thirds": 277,
        "a chord of no degree in our table": 654,
        "no triad or seventh chord": 6534,
    }
