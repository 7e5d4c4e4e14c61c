"""Small pieces for tests: a few letters become a music21 score by way of a written file.

Conventions
-----------
``"C4 D4*2 r | E4*4"``: a pitch name or ``r``, then how many units (eighths) it lasts; bar lines
are for the eye.

Contents
--------
notes_of, score_of, parsed, piece, two_at_once
"""

from fractions import Fraction

from music21 import converter

from melodyai_edu.io.musicxml_write import musicxml_text
from melodyai_edu.score import Key, KeyChange, Meter, MeterChange, Note, Part, Pitch, Score


def notes_of(text, key, unit=12):
    """Read notes, spelled as the key writes them, and their whole length."""
    notes, onset = [], 0
    for word in text.replace("|", " ").split():
        name, _, count = word.partition("*")
        duration = int(Fraction(count or 1) * unit)
        if name != "r":
            midi = Pitch.parse(name).midi
            notes.append(Note(onset, duration, midi, spelling=key.spell(midi)))
        onset += duration
    return tuple(notes), onset


def score_of(*texts, key="C major", meter="4/4", pickup=0, unit=12):
    """Build a score of one part for each text."""
    key, meter = Key.parse(key), Meter.parse(meter)
    read = [notes_of(text, key, unit) for text in texts]
    return Score(
        tuple(Part(notes) for notes, _ in read),
        meters=(MeterChange(0, meter),),
        keys=(KeyChange(0, key),),
        pickup=pickup,
        duration=max(duration for _, duration in read),
    )


def parsed(score):
    """Write a score and let music21 read it."""
    return converter.parse(musicxml_text(score), format="musicxml")


def piece(*texts, **known):
    """Give the music21 score of texts."""
    return parsed(score_of(*texts, **known))


def two_at_once():
    """Give one bar in which a part sounds two notes together."""
    return Score((Part((Note(0, 96, 60), Note(0, 96, 64))),), duration=96)
