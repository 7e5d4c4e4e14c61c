"""A hummed, sung or whistled line as notes, and the notes as a melody on the beat.

Conventions
-----------
One voice alone, from C2 to C7. Pitch is found every hundredth of a second; times are seconds until
the melody is put on the grid. A singer's own tuning is kept in what was heard and taken out of the
melody.

Contents
--------
HeardNote, hear_notes, find_tempo, quantise, hum
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.features.audio import import_librosa
from melodyai_edu.io.audio_read import read_samples
from melodyai_edu.io.estimate import key_of_durations
from melodyai_edu.score import TICKS_PER_QUARTER, Melody, Note, Score

__all__ = ["HeardNote", "find_tempo", "hear_notes", "hum", "quantise"]

_SR, _HOP_LENGTH, _FRAME_LENGTH = 16_000, 160, 1024
_FMIN, _FMAX = 65.4, 2093.0  # C2 to C7 [Hz]
_RESOLUTION = 0.2  # semitones between pYIN's candidates
_MARGIN = 2 ** (5 / 12)  # searched below and above what a first look finds
_LONGEST = 600  # seconds of humming

# Tuned on 24 tunes of the corpora's test side; benchmarks/hum.py measures on the valid side. Costs
# in semitones: of a new note, the most that a frame's distance counts, of calling tone silence.
_NEW_NOTE, _FARTHEST, _SILENCE = 2.0, 1.5, 1.0
_FLOOR = 30.0  # dB below the loudest frame: nothing softer is voice
_DIP = 3.0  # dB on both sides: a note is struck again
_SHORTEST, _REACH = 5, 12  # frames of a note, and to each side of a dip

_GRID = TICKS_PER_QUARTER // 4
_TEMPOS = (60.0, 180.0)
_USUAL_TEMPO = 105.0
_FOLLOW, _BEND = 0.5, 0.3  # how far beat and tempo follow a singer who comes early or late
_STEADY = 4  # sixteenths: over a shorter time, being late says little of the tempo


class HeardNote(NamedTuple):
    """A note as it was sung.

    Parameters
    ----------
    onset, end : float [seconds]
    pitch : float [MIDI]
        With the singer's own tuning: 60.3 is 30 cents above middle C.
    """

    onset: float
    end: float
    pitch: float


def hear_notes(y: np.ndarray, sr: int) -> tuple[HeardNote, ...]:
    """Find the notes of one voice.

    pYIN gives a pitch to each frame; the cheapest way through frames and semitones, where every new
    note costs something, makes notes of them; a short dip of loudness parts notes of one pitch.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), float, -1 to 1]
    sr : int [samples a second]

    Returns
    -------
    notes : tuple of HeardNote
        In order; empty where no pitch was found.

    Raises
    ------
    ParameterError
        If the samples are not of one channel, or last longer than ten minutes.
    MissingDependencyError
        If librosa is not installed.

    References
    ----------
    Mauch & Dixon (2014), pYIN, ICASSP. Mauch et al. (2015), Computer-aided melody note
    transcription using the Tony software, TENOR: notes as the states of a path through frames.
    """
    y = np.asarray(y, dtype=np.float32)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ParameterError(f"y of shape {y.shape} must be finite samples of one channel")
    if len(y) > _LONGEST * sr:
        raise ParameterError(f"y lasts {len(y) / sr:.0f} s: it must be {_LONGEST} at most")
    librosa = import_librosa()
    if sr != _SR:
        y = librosa.resample(y, orig_sr=sr, target_sr=_SR, res_type="soxr_hq")
    if len(y) < _FRAME_LENGTH or not y.any():
        return ()
    loudness = _loudness(y)
    lowest, highest = _range(librosa, y, loudness)
    hertz, voiced, _ = librosa.pyin(
        y,
        fmin=lowest,
        fmax=highest,
        sr=_SR,
        frame_length=_FRAME_LENGTH,
        hop_length=_HOP_LENGTH,
        resolution=_RESOLUTION,
        fill_na=None,
    )
    loudness = loudness[: len(hertz)]
    voiced = voiced & (loudness > loudness.max() - _FLOOR)
    return _notes(69 + 12 * np.log2(hertz / 440), voiced, loudness)


def _range(librosa: Any, y: np.ndarray, loudness: np.ndarray) -> tuple[float, float]:
    """Find about which pitches are sung [Hz]: pYIN takes the square of their number."""
    found = librosa.yin(
        y, fmin=_FMIN, fmax=_FMAX, sr=_SR, frame_length=_FRAME_LENGTH, hop_length=_HOP_LENGTH
    )
    count = min(len(found), len(loudness))
    loud = found[:count][loudness[:count] > loudness.max() - _FLOOR]
    lowest, highest = np.quantile(loud, [0.01, 0.99])
    return max(_FMIN, lowest / _MARGIN), min(_FMAX, highest * _MARGIN)


def _loudness(y: np.ndarray) -> np.ndarray:
    """Give the loudness around each frame [shape=(frames,), dB]."""
    size = _FRAME_LENGTH // 2
    padded = np.pad(y, size // 2)
    views = np.lib.stride_tricks.sliding_window_view(padded, size)[::_HOP_LENGTH]
    power = (views * np.hanning(size)) ** 2
    found: np.ndarray = 10 * np.log10(np.maximum(power.mean(axis=1), 1e-10))
    return found


def _notes(pitch: np.ndarray, voiced: np.ndarray, loudness: np.ndarray) -> tuple[HeardNote, ...]:
    """Cut frames into notes."""
    if not voiced.any():
        return ()
    turns = np.exp(2j * np.pi * pitch[voiced]).mean()
    tuning = float(np.angle(turns) / (2 * np.pi))
    path = _path(pitch - tuning, voiced)
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    spans = [
        (first, last, int(path[begin]) + tuning)
        for begin, end in pairwise(edges)
        if path[begin] >= 0
        for first, last in pairwise([begin, *_dips(loudness, begin, end), end])
        if last - first >= _SHORTEST
    ]
    frame = _HOP_LENGTH / _SR
    return tuple(HeardNote(first * frame, last * frame, pitch) for first, last, pitch in spans)


def _path(pitch: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Give each frame a whole semitone [MIDI], or -1 for silence, as cheaply as can be."""
    lowest, highest = np.floor(pitch[voiced].min()), np.ceil(pitch[voiced].max())
    semitones = np.arange(int(lowest) - 1, int(highest) + 2)
    away = np.minimum(np.abs(pitch[:, None] - semitones), _FARTHEST)
    cost = np.column_stack(
        (np.where(voiced[:, None], away, _SILENCE), np.where(voiced, _SILENCE, 0.0))
    )
    states = np.arange(cost.shape[1])
    before = np.empty(cost.shape, dtype=int)
    total = cost[0]
    for frame in range(1, len(cost)):
        best = int(total.argmin())
        stays = total <= total[best] + _NEW_NOTE
        before[frame] = np.where(stays, states, best)
        total = np.where(stays, total, total[best] + _NEW_NOTE) + cost[frame]
    path = np.empty(len(cost), dtype=int)
    path[-1] = total.argmin()
    for frame in range(len(cost) - 1, 0, -1):
        path[frame - 1] = before[frame, path[frame]]
    return np.append(semitones, -1)[path]


def _dips(loudness: np.ndarray, begin: int, end: int) -> list[int]:
    """Find where a note of one pitch is struck again: a valley between two rises."""
    cuts: list[int] = []
    for frame in range(begin + _SHORTEST, end - _SHORTEST + 1):
        since = cuts[-1] if cuts else begin
        around = loudness[max(begin, frame - 3) : min(end, frame + 4)]
        if frame - since < _SHORTEST or loudness[frame] > around.min():
            continue
        left = loudness[max(since, frame - _REACH) : frame].max()
        right = loudness[frame : min(end, frame + _REACH)].max()
        if min(left, right) - loudness[frame] >= _DIP:
            cuts.append(frame)
    return cuts


def find_tempo(onsets: Sequence[float]) -> float:
    """Find the tempo at which onsets fall on eighths and sixteenths best.

    Parameters
    ----------
    onsets : sequence of float [seconds]

    Returns
    -------
    tempo : float [quarter notes a minute]
        From 60 to 180; 105 where fewer than three onsets tell nothing. Twice or half as fast fits
        as well, then the one nearer to 105 is given.

    References
    ----------
    Parncutt (1994), Music Perception 11(4), 409-464: people tap near 100 beats a minute.

    Examples
    --------
    >>> round(find_tempo([0, 0.5, 1.0, 1.25, 1.5, 2.5]))
    120
    """
    times = np.asarray(onsets, dtype=float)
    if len(times) < 3:
        return _USUAL_TEMPO
    times = times - times[0]
    tempos = np.arange(_TEMPOS[0], _TEMPOS[1] + 0.01, 0.5)
    best = min(tempos, key=lambda tempo: _misfit(times, float(tempo)))
    places = np.round(times * best / 15)  # sixteenths
    slope = float(places @ times / max(places @ places, 1))
    return float(np.clip(round(15 / slope, 1), *_TEMPOS)) if slope else float(best)


def _misfit(times: np.ndarray, tempo: float) -> float:
    """Say how far onsets lie from a grid, against chance; a finer grid must fit better."""
    misfits = []
    for sixteenths, price in ((2, 0.0), (1, 0.15)):
        cell = 15 / tempo * sixteenths
        away = np.abs(times / cell - np.round(times / cell))
        misfits.append(4 * float(away.mean()) + price)
    return min(misfits) + 0.25 * abs(float(np.log2(tempo / _USUAL_TEMPO)))


def quantise(notes: Sequence[HeardNote], tempo: float) -> Melody:
    """Put heard notes on a grid of sixteenths.

    The first note begins at 0, and the grid follows a singer who slows down or hurries. A silence
    shorter than an eighth is breath, not a rest.

    Parameters
    ----------
    notes : sequence of HeardNote
    tempo : float [quarter notes a minute]

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If there is no note, or the tempo is not from 20 to 400.

    Examples
    --------
    >>> sung = [HeardNote(0.2, 0.65, 60.1), HeardNote(0.71, 1.1, 62.1), HeardNote(1.22, 2.2, 64.1)]
    >>> quantise(sung, 120).durations.tolist()
    [24, 24, 48]
    """
    if not notes:
        raise ParameterError("notes=() must have at least one note to be put on a grid")
    if not 20 <= tempo <= 400:
        raise ParameterError(f"tempo={tempo} must be from 20 to 400 quarter notes a minute")
    cell = 15 / tempo  # as long as a sixteenth lasts just now [seconds]
    onsets, begin = [0], notes[0].onset
    for note in notes[1:]:
        step = max(1, round((note.onset - begin) / cell))
        late = note.onset - begin - step * cell
        begin += step * cell + _FOLLOW * late
        cell += _BEND * late / max(step, _STEADY)
        onsets.append(onsets[-1] + step)
    turns = np.exp(2j * np.pi * np.array([note.pitch for note in notes])).mean()
    tuning = float(np.angle(turns) / (2 * np.pi))
    nexts = [*onsets[1:], None]
    return Melody(
        tuple(
            Note(
                onset * _GRID, _cells(note, after, onset, cell) * _GRID, round(note.pitch - tuning)
            )
            for note, onset, after in zip(notes, onsets, nexts, strict=True)
        )
    )


def _cells(note: HeardNote, after: int | None, onset: int, cell: float) -> int:
    """Say how many sixteenths a note lasts."""
    own = max(1, round((note.end - note.onset) / cell))
    if after is None:
        return own
    return after - onset if after - onset - own < 2 else own


def hum(path: str | os.PathLike[str], tempo: float | None = None) -> Score:
    """Turn a hummed, sung or whistled line into a melody.

    Parameters
    ----------
    path : path
        A recording of one voice alone, at most ten minutes; see
        `melodyai_edu.features.audio.read_audio` for the formats.
    tempo : float, optional [quarter notes a minute]
        As fast as you tapped your foot; found from the onsets when left out.

    Returns
    -------
    score : Score
        One part, in 4/4 from the first note on, in the key that fits best: to be used as a motif or
        harmonised.

    Raises
    ------
    InputError
        If the file is missing or damaged, or no note is heard in it.
    ParameterError
        If the tempo is not from 20 to 400.
    MissingDependencyError
        If librosa is not installed.

    Examples
    --------
    >>> hum("no such tune.wav")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.InputError: no such tune.wav: there is no such file; ...
    """
    samples, sr = read_samples(path)
    try:
        notes = hear_notes(samples, sr)
    except ParameterError as error:
        raise InputError(f"{os.fspath(path)}: {error}; cut it") from error
    if not notes:
        raise InputError(
            f"{os.fspath(path)}: no note was heard; hum one line alone, near the microphone, with "
            "a small gap (da, da) between notes"
        )
    speed = find_tempo([note.onset for note in notes]) if tempo is None else tempo
    melody = quantise(notes, speed)
    durations = np.bincount(melody.pitches % 12, weights=melody.durations, minlength=12)
    key = key_of_durations(durations)
    spelled = Melody(tuple(note.transposed(0, key) for note in melody), melody.duration)
    return Score.of_melody(spelled, key=key, tempo=speed, name="Voice", program=53)
