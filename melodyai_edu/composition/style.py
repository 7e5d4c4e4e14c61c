"""What the composer learns of one style: a genre in a meter and a mode.

Conventions
-----------
Rhythm and form are learned from the genre's tunes in all modes; pitches from the nearest tunes,
moved into the mode degree by degree where they have another. All tunes have the meter.

Contents
--------
Style, learn_style, in_mode
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from melodyai_edu.composition.form import Form, form_of
from melodyai_edu.composition.library import (
    completed,
    genre_distance,
    mode_distance,
    nearest_tunes,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.score import SCALES, Key, Meter
from melodyai_edu.tokens import VOCABULARY, Encoding, encode

__all__ = ["Style", "in_mode", "learn_style"]

#: How many notes are enough, for pitches and for rhythm; see benchmarks/style_entropy.py.
_NOTES = 15_000

#: Steps and pitch classes rarer than this share of their kind are taken for slips of the pen.
_RARE = 0.001

#: What a voice or a fiddle in first position can reach [MIDI]: G3 to B5.
_LOWEST, _HIGHEST = 55, 83

_TONIC = 60
_HOLD = VOCABULARY.id("Pitch_hold")
_REST = VOCABULARY.id("Pitch_rest")
_BAR = VOCABULARY.id("Bar_line")
_PITCH = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Pitch")
    if token_id not in (_HOLD, _REST)
}
_PITCH_ID = {pitch: token_id for token_id, pitch in _PITCH.items()}
_TICKS = {
    token_id: int(VOCABULARY.token(token_id).partition("_")[2])
    for token_id in VOCABULARY.ids_of("Duration")
}


@dataclass(frozen=True, eq=False)
class Style:
    """All that composing in one style needs.

    Parameters
    ----------
    model : MelodyNGram
    steps : frozenset of (position, duration) [ticks]
        Where in a bar which durations begin.
    pitch_counts : dict of int to int
        How often each pitch occurs, the tonic moved to 60 [MIDI].
    middle : float [MIDI]
        The mean pitch of the tunes as they stand, in their own keys.
    has_rests, has_holds : bool
        Whether tunes of the style have rests, and notes held over bar lines.
    forms : tuple of form
    num_tunes : int
        How many tunes the pitches were learned from.
    """

    model: MelodyNGram
    steps: frozenset[tuple[int, int]]
    pitch_counts: dict[int, int]
    middle: float
    has_rests: bool
    has_holds: bool
    forms: tuple[Form, ...]
    num_tunes: int

    def tonic_pitch(self, key: Key) -> int:
        """Choose the octave of a key's tonic, so that pieces lie where the tunes lie [MIDI]."""
        counts = self.pitch_counts
        mean = sum(pitch * number for pitch, number in counts.items()) / sum(counts.values())
        wanted = self.middle - (mean - _TONIC)
        octaves = range(key.tonic_pitch_class, 128, 12)
        return min(octaves, key=lambda pitch: (abs(pitch - wanted), pitch))

    def pitches(self, tonic_pitch: int) -> tuple[int, ...]:
        """List the token ids of the pitches to choose from, given the pitch of the tonic."""
        return tuple(
            _PITCH_ID[pitch]
            for pitch in sorted(self.pitch_counts)
            if _LOWEST <= pitch - _TONIC + tonic_pitch <= _HIGHEST
        )

    def tonics(self, tonic_pitch: int) -> tuple[int, ...]:
        """List the token ids of the tonic in range."""
        return tuple(i for i in self.pitches(tonic_pitch) if (_PITCH[i] - _TONIC) % 12 == 0)


@lru_cache(maxsize=32)
def learn_style(genre: str | None, meter: str, mode: str) -> Style:
    """Learn a style from the nearest training tunes.

    Parameters
    ----------
    genre : str or None
        None: all genres together.
    meter, mode : str

    Returns
    -------
    style : Style

    Raises
    ------
    ParameterError
        If no tune has the meter.
    """
    near = nearest_tunes(genre, meter, mode, _NOTES, mode_distance(genre, mode))
    alike = nearest_tunes(genre, meter, mode, _NOTES, genre_distance(genre))
    encodings = {id(tune): _encoding(tune) for tune in {id(t): t for t in near + alike}.values()}
    tuned = [(tune, encodings[id(tune)]) for tune in near if encodings[id(tune)]]
    sequences = [in_mode(e.token_ids, tune.key.mode, mode) for tune, e in tuned if e]
    rhythms = [e.token_ids for e in (encodings[id(tune)] for tune in alike) if e]
    bar = Meter.parse(meter).bar_duration
    pitches = np.concatenate([tune.melody.pitches for tune, _ in tuned])
    sounds = Counter(t for sequence in rhythms for t in sequence if t in (_HOLD, _REST))
    events = sum(t in _TICKS for sequence in rhythms for t in sequence)
    return Style(
        model=MelodyNGram().fit(sequences, rhythms),
        steps=_steps(rhythms, bar),
        pitch_counts=_pitch_counts(sequences),
        middle=float(pitches.mean()),
        has_rests=sounds[_REST] > _RARE * events,
        has_holds=sounds[_HOLD] > _RARE * events,
        forms=tuple(form for form in (_form(s, bar) for s in rhythms) if form),
        num_tunes=len(tuned),
    )


def _encoding(tune: object) -> Encoding | None:
    try:
        return encode(completed(tune.score), genre=tune.genre)  # type: ignore[attr-defined]
    except ParameterError:  # a range wider than the vocabulary's: nothing to learn a melody from
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
        _PITCH_ID[_PITCH[i] + moves.get((_PITCH[i] - _TONIC) % 12, 0)] if i in _PITCH else i
        for i in token_ids
    )


def _bars(token_ids: Sequence[int]) -> list[tuple[int, ...]]:
    """Cut a sequence at its bar lines; what stands before the first is left out."""
    bars: list[list[int]] = []
    for token_id in token_ids:
        if token_id == _BAR:
            bars.append([])
        elif bars and (token_id in _TICKS or token_id in _PITCH or token_id in (_HOLD, _REST)):
            bars[-1].append(token_id)
    return [tuple(bar) for bar in bars]


def _length(bar: Iterable[int]) -> int:
    return sum(_TICKS.get(token_id, 0) for token_id in bar)


def _form(token_ids: Sequence[int], bar_duration: int) -> Form | None:
    """Give the form of a tune all of whose bars are whole."""
    bars = _bars(token_ids)
    if any(_length(bar) != bar_duration for bar in bars):
        return None
    return form_of(bars)


def _steps(sequences: Iterable[Sequence[int]], bar_duration: int) -> frozenset[tuple[int, int]]:
    """Collect where in whole bars which durations begin, but for the rare."""
    seen: Counter[tuple[int, int]] = Counter()
    whole = 0
    for sequence in sequences:
        for bar in _bars(sequence):
            if _length(bar) == bar_duration:
                whole += 1
                position = 0
                for token_id in bar:
                    if token_id in _TICKS:
                        seen[position, _TICKS[token_id]] += 1
                        position += _TICKS[token_id]
    return frozenset(step for step, number in seen.items() if number >= _RARE * whole)


def _pitch_counts(sequences: Iterable[Sequence[int]]) -> dict[int, int]:
    """Count pitches, but for rare pitch classes."""
    counts = Counter(_PITCH[i] for sequence in sequences for i in sequence if i in _PITCH)
    classes: Counter[int] = Counter()
    for pitch, number in counts.items():
        classes[pitch % 12] += number
    fewest = _RARE * sum(counts.values())
    return {pitch: n for pitch, n in counts.items() if classes[pitch % 12] >= fewest}
