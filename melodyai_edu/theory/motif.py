"""Motifs: the ways in which a short melody comes back changed.

Conventions
-----------
Every function gives a new `Melody` and leaves the old one as it is. Pitches are MIDI numbers,
spelled by the key that is given, in C major without one. Ties are left to the notation.

Contents
--------
transposed, shifted_in_key, inverted, retrograde, augmented, diminished, is_same_motif,
scale_places, with_pitches
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Note

__all__ = [
    "augmented",
    "diminished",
    "inverted",
    "is_same_motif",
    "retrograde",
    "scale_places",
    "shifted_in_key",
    "transposed",
    "with_pitches",
]


def transposed(melody: Melody, semitones: int, key: Key | None = None) -> Melody:
    """Move a melody up or down; every interval keeps its size.

    Parameters
    ----------
    melody : Melody
    semitones : int [semitones]
    key : Key, optional
        The key to spell in.

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If a pitch leaves MIDI's range.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter III: a motif moved.

    Examples
    --------
    >>> transposed(Melody.from_events([(60, 24), (64, 24)]), 5).pitches.tolist()
    [65, 69]
    """
    return melody.transposed(semitones, key)


def shifted_in_key(melody: Melody, steps: int, key: Key) -> Melody:
    """Move a melody along the scale of its key: a tonal sequence.

    Parameters
    ----------
    melody : Melody
        Only of notes of the key's scale.
    steps : int [scale degrees]
    key : Key

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If a note lies outside the scale, or a pitch leaves MIDI's range.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 7: tonal and real sequences.

    Examples
    --------
    >>> shifted_in_key(Melody.from_events([(60, 24), (64, 24)]), 1, Key("C")).pitches.tolist()
    [62, 65]
    """
    scale, own = scale_places(melody, key, "moved along its scale: use transposed")
    places = [place + steps for place in own]
    if any(not 0 <= place < len(scale) for place in places):
        raise ParameterError(f"steps={steps} must keep every pitch in MIDI's range, 0 to 127")
    return with_pitches(melody, [scale[place] for place in places], key)


def scale_places(melody: Melody, key: Key, purpose: str) -> tuple[list[int], list[int]]:
    """Give the pitches of a key's scale, and each note's place among them.

    Parameters
    ----------
    melody : Melody
    key : Key
    purpose : str
        What the notes must belong to the key for, and what does without: said in the error.

    Returns
    -------
    scale : list of int [MIDI]
    places : list of int

    Raises
    ------
    ParameterError
        If a note lies outside the scale.

    Examples
    --------
    >>> scale, places = scale_places(Melody.from_events([(60, 24), (64, 24)]), Key("C"), "moved")
    >>> places, [scale[place + 1] for place in places]
    ([35, 37], [62, 65])
    """
    scale = [pitch for pitch in range(128) if pitch in key.scale]
    outside = [note.pitch_name for note in melody if note.pitch not in scale]
    if outside:
        raise ParameterError(f"{outside[0]} must belong to {key.name} to be {purpose}")
    return scale, [scale.index(note.pitch) for note in melody]


def inverted(melody: Melody, key: Key | None = None, axis: int | None = None) -> Melody:
    """Turn a melody over: what rose falls by as many semitones.

    Parameters
    ----------
    melody : Melody
    key : Key, optional
        The key to spell in.
    axis : int, optional [MIDI]
        The pitch that stays; the first note's when left out.

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If a pitch leaves MIDI's range.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter 3.

    Examples
    --------
    >>> inverted(Melody.from_events([(60, 24), (64, 24), (62, 24)])).pitches.tolist()
    [60, 56, 58]
    """
    if not melody.notes:
        return melody
    centre = melody.notes[0].pitch if axis is None else axis
    return with_pitches(melody, [2 * centre - note.pitch for note in melody], key)


def retrograde(melody: Melody) -> Melody:
    """Play a melody backwards, with its durations and rests.

    Parameters
    ----------
    melody : Melody

    Returns
    -------
    melody : Melody

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter 3.

    Examples
    --------
    >>> backwards = retrograde(Melody.from_events([(60, 24), (64, 12), (None, 12), (62, 24)]))
    >>> [(note.onset, note.pitch) for note in backwards]
    [(0, 62), (36, 64), (48, 60)]
    """
    notes = (replace(note, onset=melody.duration - note.end, ties=()) for note in melody)
    return Melody(tuple(notes), melody.duration)


def augmented(melody: Melody, factor: int = 2) -> Melody:
    """Make all durations longer.

    Parameters
    ----------
    melody : Melody
    factor : int, default 2

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If the factor is not positive.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter 3.

    Examples
    --------
    >>> augmented(Melody.from_events([(60, 24), (64, 12)])).durations.tolist()
    [48, 24]
    """
    _check_factor(factor)
    notes = (
        replace(note, onset=note.onset * factor, duration=note.duration * factor, ties=())
        for note in melody
    )
    return Melody(tuple(notes), melody.duration * factor)


def diminished(melody: Melody, factor: int = 2) -> Melody:
    """Make all durations shorter.

    Parameters
    ----------
    melody : Melody
    factor : int, default 2

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If the factor is not positive, or an onset or a duration is no multiple of it.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter 3.

    Examples
    --------
    >>> diminished(Melody.from_events([(60, 24), (64, 12)])).durations.tolist()
    [12, 6]
    """
    _check_factor(factor)
    times = [melody.duration, *melody.onsets.tolist(), *melody.durations.tolist()]
    odd = [time for time in times if time % factor]
    if odd:
        raise ParameterError(
            f"factor={factor} must divide every onset and duration, not so {odd[0]} ticks"
        )
    notes = (
        replace(note, onset=note.onset // factor, duration=note.duration // factor, ties=())
        for note in melody
    )
    return Melody(tuple(notes), melody.duration // factor)


def is_same_motif(first: Melody, second: Melody, change: str = "exact") -> bool:
    """Say whether two melodies are the same motif.

    Parameters
    ----------
    first, second : Melody
    change : str, default "exact"
        ``"exact"``: pitches and lengths are equal; ``"transposed"``: intervals and lengths are;
        ``"inverted"``: lengths are equal and every interval is turned over.

    Returns
    -------
    is_same_motif : bool
        Whether onsets, counted from the first note, durations and pitches agree so.

    Raises
    ------
    ParameterError
        If ``change`` is another word.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter III: how a motif is varied.

    Examples
    --------
    >>> motif = Melody.from_events([(60, 24), (64, 24)])
    >>> is_same_motif(motif, transposed(motif, 7), "transposed"), is_same_motif(motif, motif)
    (True, True)
    """
    pitches = {
        "exact": (first.pitches, second.pitches),
        "transposed": (first.intervals, second.intervals),
        "inverted": (first.intervals, -second.intervals),
    }
    if change not in pitches:
        raise ParameterError(f"change={change!r} must be one of: {', '.join(pitches)}")
    one, other = pitches[change]
    return _rhythm(first) == _rhythm(second) and one.tolist() == other.tolist()


def _rhythm(melody: Melody) -> list[tuple[int, int]]:
    start = melody.notes[0].onset if melody.notes else 0
    return [(note.onset - start, note.duration) for note in melody]


def with_pitches(melody: Melody, pitches: Iterable[int], key: Key | None) -> Melody:
    """Give a melody other pitches, note by note; its rhythm stays.

    Parameters
    ----------
    melody : Melody
    pitches : iterable of int [MIDI]
    key : Key or None
        The key to spell in.

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If a pitch leaves MIDI's range.
    """
    notes: list[Note] = [
        replace(note.transposed(pitch - note.pitch, key), ties=())
        for note, pitch in zip(melody, pitches, strict=True)
    ]
    return Melody(tuple(notes), melody.duration)


def _check_factor(factor: int) -> None:
    if factor < 1:
        raise ParameterError(f"factor={factor} must be a positive integer, such as 2")
