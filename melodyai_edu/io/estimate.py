"""What a file does not say: which notes are the melody, in which key, in which meter.

Conventions
-----------
Estimates, not knowledge: each function is used only where a file is silent. Drums are left out.

Contents
--------
estimate_key, key_of_durations, key_profiles, estimate_mode, estimate_meter, find_melody, skyline,
melody_score
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from melodyai_edu.errors import InputError
from melodyai_edu.io.reading import Reading
from melodyai_edu.score import (
    SCALES,
    Key,
    KeyChange,
    Melody,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
)
from melodyai_edu.score.pitch import pitch_class_of

__all__ = [
    "estimate_key",
    "estimate_meter",
    "estimate_mode",
    "find_melody",
    "key_of_durations",
    "key_profiles",
    "melody_score",
    "skyline",
]

#: How well each pitch class fits above the tonic, as listeners rated it. Krumhansl & Kessler
#: (1982), Psychological Review 89(4), 334-368.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

_SINGS = re.compile(r"melod|vocal|voice|voix|sing|lead|sopran|cant|solo|tune|theme", re.IGNORECASE)
_LARGEST_COUNT = 20_000  # notes that an estimate looks at: enough, and quick


def _pitch(note: Note) -> int:
    return note.pitch


def _sounding(parts: Sequence[Part]) -> list[Note]:
    return [note for part in parts if not part.is_drums for note in part.notes]


def estimate_key(parts: Sequence[Part]) -> Key:
    """Give the major or minor key whose profile the notes' durations fit best.

    Parameters
    ----------
    parts : sequence of Part

    Returns
    -------
    key : Key
        C major where no key fits better than another.

    References
    ----------
    Krumhansl & Kessler (1982), Psychological Review 89(4), 334-368: the profiles. Krumhansl (1990),
    Cognitive Foundations of Musical Pitch, chapter 4: correlation with durations.

    Examples
    --------
    >>> tune = Melody.from_events([(67, 24), (71, 24), (74, 24), (72, 12), (69, 12), (66, 12)])
    >>> estimate_key([Part(tune.notes)]).name
    'G major'
    """
    durations = np.zeros(12)
    for note in _sounding(parts):
        durations[note.pitch_class] += note.duration
    return key_of_durations(durations)


def key_profiles() -> dict[str, np.ndarray]:
    """Give how well each pitch class fits above a tonic, as listeners rated it.

    Returns
    -------
    profiles : dict of str to np.ndarray [shape=(12,), float]
        ``"major"`` and ``"minor"``; index 0 is the tonic.

    References
    ----------
    Krumhansl & Kessler (1982), Psychological Review 89(4), 334-368.

    Examples
    --------
    >>> int(key_profiles()["minor"].argsort()[-2])  # after the tonic: the minor third
    3
    """
    return {"major": np.array(_MAJOR), "minor": np.array(_MINOR)}


def key_of_durations(durations: np.ndarray) -> Key:
    """Give the key that fits best how long each pitch class sounds.

    Parameters
    ----------
    durations : np.ndarray [shape=(12,), float, any unit]
        Index 0 is C.

    Returns
    -------
    key : Key
        C major where no key fits better than another.

    Examples
    --------
    >>> key_of_durations(np.array([9, 0, 5, 6, 0, 5, 0, 8, 4, 0, 3, 3])).name
    'C minor'
    """
    if np.ptp(durations) == 0:
        return Key("C")
    profiles = [np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)]
    scores = [np.corrcoef(durations, profile)[0, 1] for profile in profiles]
    mode, tonic = divmod(int(np.argmax(scores)), 12)
    fifths = (7 * tonic - 3 * mode) % 12
    return Key.from_fifths(fifths - 12 if fifths > 6 else fifths, ("major", "minor")[mode])


#: The minor mode raises its seventh degree at cadences: both forms belong to it.
_MODE_SCALES = {
    mode: {*SCALES[mode], 11} if mode == "minor" else set(SCALES[mode])
    for mode in ("major", "minor", "mixolydian", "dorian", "phrygian", "lydian")
}


def estimate_mode(parts: Sequence[Part], tonic: str) -> str:
    """Give the mode on a known tonic that holds most of the notes' time.

    Parameters
    ----------
    parts : sequence of Part
    tonic : str
        A spelling such as ``"G"``.

    Returns
    -------
    mode : str
        Of several that hold as much, the commonest in European song: major, then minor.

    Examples
    --------
    >>> tune = Melody.from_events([(62, 24), (65, 24), (69, 24), (71, 24), (72, 24), (62, 24)])
    >>> estimate_mode([Part(tune.notes)], "D"), estimate_mode([Part(tune.notes[:3])], "D")
    ('dorian', 'minor')
    """
    low = pitch_class_of(tonic)
    sounding = _sounding(parts)

    def held(mode: str) -> int:
        scale = _MODE_SCALES[mode]
        return sum(note.duration for note in sounding if (note.pitch - low) % 12 in scale)

    return max(_MODE_SCALES, key=held)


#: Bars that are told apart, with the lengths that accents should mark in each [ticks].
_METERS = {
    Meter(2, 4): (24, 48),
    Meter(3, 4): (24, 72),
    Meter(4, 4): (24, 48, 96),
    Meter(6, 8): (36, 72),
    Meter(9, 8): (36, 108),
}


def estimate_meter(parts: Sequence[Part], pickup: int = 0) -> Meter:
    """Give the meter whose beats and bars the long notes stand on most clearly.

    Parameters
    ----------
    parts : sequence of Part
    pickup : int, default 0 [ticks]

    Returns
    -------
    meter : Meter
        2/4, 3/4, 4/4, 6/8 or 9/8.

    References
    ----------
    Brown (1993), JASA 94(4), 1953-1957: autocorrelation of onsets weighted by duration.

    Examples
    --------
    >>> waltz = Melody.from_events([(60, 48), (64, 24), (62, 48), (65, 24)] * 4)
    >>> estimate_meter([Part(waltz.notes)]).name
    '3/4'
    """
    notes = sorted(_sounding(parts))[:_LARGEST_COUNT]
    if not notes:
        return Meter(4, 4)
    finest = int(np.gcd.reduce([note.onset - pickup for note in notes])) or 1
    clarity = {
        meter: float(np.mean([_clarity(notes, period, pickup) for period in periods]))
        for meter, periods in _METERS.items()
        if _fits(meter, finest)
    }
    return max(clarity, key=lambda meter: clarity[meter], default=Meter(4, 4))


def _fits(meter: Meter, finest: int) -> bool:
    """Tell whether beats can fall on a grid [ticks]; quarter notes make no 6/8."""
    beat = meter.beat_durations[0]
    return beat % finest == 0 or finest % beat == 0


def _clarity(notes: Sequence[Note], period: int, pickup: int) -> float:
    """Measure how much of the notes' weight stands on multiples of a period, against chance."""
    onsets = np.array([note.onset - pickup for note in notes])
    weights = np.array([min(note.duration, 96) for note in notes], dtype=float)
    share = weights[onsets % period == 0].sum() / weights.sum()
    finest = np.gcd.reduce(onsets) or period
    chance = min(finest, period) / period
    return float((share - chance) / (1 - chance)) if chance < 1 else 0.0


def find_melody(score: Score) -> Melody:
    """Find the melody: the part that sings, one note at a time.

    A part's claim is how often it holds the highest note, how seldom it has chords, and a name
    such as ``Melody`` or ``Voice``. Where it sounds several notes, the highest is kept.

    Parameters
    ----------
    score : Score

    Returns
    -------
    melody : Melody

    Raises
    ------
    InputError
        If no part but drums has a note.

    References
    ----------
    Uitdenbogerd & Zobel (1998), ACM Multimedia, 235-240: the skyline.

    Examples
    --------
    >>> low, high = Part((Note(0, 48, 48),)), Part((Note(0, 24, 72), Note(24, 24, 74)))
    >>> find_melody(Score((low, high))).pitches
    array([72, 74])
    """
    parts = [part for part in score.parts if part.notes and not part.is_drums]
    if not parts:
        raise InputError("it has no notes but drums, so there is no melody; choose another file")
    highest = {note.onset: note.pitch for note in sorted(_sounding(parts), key=_pitch)}
    part = max(parts, key=lambda part: _claim(part, highest))
    return Melody(skyline(part.notes), score.duration)


def _claim(part: Part, highest: dict[int, int]) -> float:
    """Say how much a part is like a melody."""
    onsets = {note.onset for note in part.notes}
    on_top = sum(highest[note.onset] == note.pitch for note in part.notes) / len(highest)
    alone = len(onsets) / len(part.notes)
    return on_top + alone + bool(_SINGS.search(part.name))


def skyline(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Keep the highest note at each onset, until a note begins that is not below it.

    Parameters
    ----------
    notes : sequence of Note

    Returns
    -------
    melody : tuple of Note
        Sorted; no two sound together.

    References
    ----------
    Uitdenbogerd & Zobel (1998), ACM Multimedia, 235-240: the skyline.

    Examples
    --------
    >>> [note.duration for note in skyline([Note(0, 48, 60), Note(0, 24, 64), Note(24, 24, 65)])]
    [24, 24]
    """
    kept: list[Note] = []
    for note in sorted(notes, key=lambda note: (note.onset, -note.pitch)):
        if kept and note.onset < kept[-1].end:
            if note.onset == kept[-1].onset or note.pitch < kept[-1].pitch:
                continue
            last = kept.pop()
            kept.append(replace(last, duration=note.onset - last.onset, ties=()))
        kept.append(note)
    return tuple(kept)


def melody_score(reading: Reading) -> Score:
    """Give a score of the melody alone, with key and meter estimated where none is stated.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    score : Score
        One part.

    Raises
    ------
    InputError
        If no part but drums has a note.
    """
    score = reading.score
    melody = find_melody(score)
    part = Part(melody.notes, name="Melody")
    if not reading.is_key_stated:
        key = estimate_key([part])
        notes = tuple(replace(note, spelling=key.spell(note.pitch)) for note in part.notes)
        part = replace(part, notes=notes)
        score = replace(score, keys=(KeyChange(0, key),))
    if not reading.is_meter_stated:
        score = replace(score, meters=(MeterChange(0, estimate_meter(score.parts)),), pickup=0)
    return replace(score, parts=(part,))
