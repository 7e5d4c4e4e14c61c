"""What the composer hears of a tune: its bars as tokens, in the mode asked for.

Conventions
-----------
A heard bar is a tuple of (position, duration, sound): ticks in the bar, ticks, and the token id of
a pitch, of a rest or of a hold.

Contents
--------
PITCHES, PITCH_ID, REST, TONIC; hear, in_mode, heard_bars, completed, HeardBar
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import SCALES, Score
from melodyai_edu.tokens import VOCABULARY, Encoding, encode

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune

__all__ = [
    "PITCHES",
    "PITCH_ID",
    "REST",
    "TONIC",
    "HeardBar",
    "completed",
    "hear",
    "heard_bars",
    "in_mode",
]

#: What the tonic is in tokens [MIDI].
TONIC = 60

REST = VOCABULARY.id("Pitch_rest")
_HOLD = VOCABULARY.id("Pitch_hold")
_BAR = VOCABULARY.id("Bar_line")
_TICKS = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Duration")
}

#: The pitch that a token id stands for, and the other way round [MIDI].
PITCHES = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Pitch")
    if token_id not in (_HOLD, REST)
}
PITCH_ID = {pitch: token_id for token_id, pitch in PITCHES.items()}

HeardBar = tuple[tuple[int, int, int], ...]


def hear(tune: Tune) -> Encoding | None:
    """Encode the melody of a tune, its last note made whole.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    encoding : Encoding or None
        None where the melody is wider than the vocabulary: nothing to learn singing from.
    """
    try:
        return encode(completed(tune.melody_score), genre=tune.genre)
    except ParameterError:
        return None


def in_mode(token_ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
    """Move a tune from one mode to another, degree by degree.

    Parameters
    ----------
    token_ids : sequence of int
    source, target : str
        Names of modes; pitches outside the source's scale stay.

    Returns
    -------
    token_ids : tuple of int

    Examples
    --------
    >>> ids = VOCABULARY.ids(["Pitch_64", "Pitch_66", "Pitch_69"])
    >>> [VOCABULARY.token(i) for i in in_mode(ids, "major", "minor")]
    ['Pitch_63', 'Pitch_66', 'Pitch_68']
    """
    if source == target:
        return tuple(token_ids)
    moves = {a: b - a for a, b in zip(SCALES[source], SCALES[target], strict=True)}
    return tuple(
        PITCH_ID.get(PITCHES[i] + moves.get((PITCHES[i] - TONIC) % 12, 0), i) if i in PITCHES else i
        for i in token_ids
    )


def heard_bars(token_ids: Sequence[int]) -> tuple[HeardBar, ...]:
    """Cut a sequence at its bar lines; what stands before the first is left out.

    Parameters
    ----------
    token_ids : sequence of int

    Returns
    -------
    bars : tuple of bars

    Examples
    --------
    >>> tokens = ["Bar_line", "Duration_24", "Pitch_60", "Duration_48", "Pitch_rest"]
    >>> [[(position, duration) for position, duration, _ in bar]
    ...  for bar in heard_bars(VOCABULARY.ids(tokens))]
    [[(0, 24), (24, 48)]]
    """
    bars: list[list[tuple[int, int, int]]] = []
    position = duration = 0
    for token_id in token_ids:
        if token_id == _BAR:
            bars.append([])
            position = 0
        elif token_id in _TICKS:
            duration = _TICKS[token_id]
        elif bars and (token_id in PITCHES or token_id in (_HOLD, REST)):
            bars[-1].append((position, duration, token_id))
            position += duration
    return tuple(tuple(bar) for bar in bars)


def completed(score: Score) -> Score:
    """Let the last note ring to the end of its bar.

    A tune with a pickup ends short by as much, so that a repeat fits. Pieces of ours end whole;
    the composer must hear tunes that do.

    Parameters
    ----------
    score : Score
        Of one part.

    Returns
    -------
    score : Score

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> tune = Score.of_melody(Melody.from_events([(67, 24), (60, 96), (60, 72)]), pickup=24)
    >>> completed(tune).duration
    216
    """
    part = score.parts[0]
    if not part.notes:
        return score
    last = part.notes[-1]
    bar = score.bar_onsets()[-1]
    end = bar + score.meter_at(bar).bar_duration
    if not bar <= last.onset < end or last.end == end:
        return score
    longer = replace(last, duration=end - last.onset, ties=())
    return replace(score, parts=(replace(part, notes=(*part.notes[:-1], longer)),), duration=end)
