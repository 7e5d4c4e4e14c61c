"""How a melody and the chord symbols above it fit.

Conventions
-----------
Strong beats are those of `melodyai_edu.theory.rhythm.strong_beats`. A chord symbol holds until the
next one.

Contents
--------
chord_tone_share
"""

from __future__ import annotations

from bisect import bisect_right

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Score
from melodyai_edu.theory.harmony import parse_chord_symbol
from melodyai_edu.theory.rhythm import strong_beats

__all__ = ["chord_tone_share"]


def chord_tone_share(score: Score) -> float:
    """Say how many melody notes on strong beats belong to the chord above them.

    Parameters
    ----------
    score : Score
        The melody in its first part, with ``chords``; pickups are left out.

    Returns
    -------
    share : float [0-1]
        ``nan`` if no note begins on a strong beat under a chord.

    Raises
    ------
    ParameterError
        If there is no part, or no chord symbol.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 11: chord tones and non-chord tones.

    Examples
    --------
    >>> from melodyai_edu.score import ChordSymbol, Melody
    >>> tune = Score.of_melody(Melody.from_events([(64, 48), (67, 48), (62, 48), (65, 48)]))
    >>> from dataclasses import replace
    >>> chord_tone_share(replace(tune, chords=(ChordSymbol(0, "C"), ChordSymbol(96, "G"))))
    0.75
    """
    if not score.parts or not score.chords:
        raise ParameterError("the score must have a melody and chord symbols: harmonise it first")
    lines = score.bar_onsets()[bool(score.pickup) :]
    strong = {line + beat for line in lines for beat in strong_beats(score.meter_at(line))}
    onsets = [chord.onset for chord in score.chords]
    chords = [parse_chord_symbol(chord.text).pitch_classes for chord in score.chords]
    notes = [n for n in score.parts[0].notes if n.onset in strong and n.onset >= onsets[0]]
    hits = [n.pitch_class in chords[bisect_right(onsets, n.onset) - 1] for n in notes]
    return sum(hits) / len(hits) if hits else float("nan")
