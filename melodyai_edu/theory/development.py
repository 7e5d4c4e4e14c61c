"""Development: a phrase spelled out of one motif.

Conventions
-----------
As in `melodyai_edu.theory.motif`: every function gives a new `Melody`. What a plan of development
says is done in order; each part of the phrase changes the part before it.

Contents
--------
joined, repeated, sequenced, fragment, inverted_in_key, OPERATIONS, develop
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Meter
from melodyai_edu.theory.motif import (
    augmented,
    diminished,
    inverted,
    retrograde,
    scale_places,
    shifted_in_key,
    transposed,
    with_pitches,
)

__all__ = [
    "OPERATIONS",
    "develop",
    "fragment",
    "inverted_in_key",
    "joined",
    "repeated",
    "sequenced",
]

#: The most notes that a phrase may grow to.
_MOST_NOTES = 1_000


def joined(*melodies: Melody) -> Melody:
    """Play melodies one after the other, each with the silence at its end.

    Parameters
    ----------
    *melodies : Melody

    Returns
    -------
    melody : Melody

    Examples
    --------
    >>> one = Melody.from_events([(60, 24), (None, 24)])
    >>> joined(one, one).onsets.tolist()
    [0, 48]
    """
    notes, onset = [], 0
    for melody in melodies:
        notes += [note.moved(onset) for note in melody]
        onset += melody.duration
    return Melody(tuple(notes), onset)


def repeated(melody: Melody, times: int = 2) -> Melody:
    """Play a melody several times.

    Parameters
    ----------
    melody : Melody
    times : int, default 2
        How often it sounds in all.

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If ``times`` is not positive.

    Examples
    --------
    >>> repeated(Melody.from_events([(60, 24), (62, 24)])).pitches.tolist()
    [60, 62, 60, 62]
    """
    _check_times(times)
    return joined(*[melody] * times)


def sequenced(melody: Melody, steps: int, key: Key, times: int = 1) -> Melody:
    """Play a melody again and again, each time so many steps of the scale from the last.

    Parameters
    ----------
    melody : Melody
        Only of notes of the key's scale; it is not played itself.
    steps : int [scale degrees]
    key : Key
    times : int, default 1

    Returns
    -------
    melody : Melody

    Raises
    ------
    ParameterError
        If a note lies outside the scale, a pitch leaves MIDI's range, or ``times`` is not positive.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 7: tonal sequences.

    Examples
    --------
    >>> sequenced(Melody.from_events([(67, 24), (64, 24)]), -1, Key("C"), 2).pitches.tolist()
    [65, 62, 64, 60]
    """
    _check_times(times)
    return joined(*[shifted_in_key(melody, steps * n, key) for n in range(1, times + 1)])


def fragment(
    melody: Melody, notes: int | None = None, *, ticks: int | None = None, is_last: bool = False
) -> Melody:
    """Cut a part off a melody.

    Parameters
    ----------
    melody : Melody
    notes : int, optional
        How many notes; the first half of them, the larger one, where nothing is said.
    ticks : int, optional [ticks]
        How long, instead of how many; a note that reaches over the cut is cut.
    is_last : bool, default False
        Whether to take them from the end.

    Returns
    -------
    melody : Melody
        Begins with its first note, or with the cut.

    Raises
    ------
    ParameterError
        If the melody has not so much, or both are given.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapter 3. Caplin (1998), Classical
    Form, chapter 3: fragmentation.

    Examples
    --------
    >>> motif = Melody.from_events([(60, 24), (62, 24), (64, 24), (65, 72)])
    >>> fragment(motif, 2, is_last=True).pitches.tolist(), fragment(motif, ticks=36).duration
    ([64, 65], 36)
    """
    if notes is not None and ticks is not None:
        raise ParameterError(f"give notes={notes} or ticks={ticks}, not both")
    if ticks is not None:
        if not 1 <= ticks <= melody.duration:
            raise ParameterError(f"ticks={ticks} must be from 1 to {melody.duration}, its length")
        first = melody.duration - ticks if is_last else 0
        return _cut(melody, first, first + ticks)
    number = (len(melody) + 1) // 2 if notes is None else notes
    if not 1 <= number <= len(melody):
        raise ParameterError(f"notes={number} must be from 1 to {len(melody)}, those it has")
    if is_last:
        return _cut(melody, melody.notes[-number].onset, melody.duration)
    end = melody.notes[number].onset if number < len(melody) else melody.duration
    return _cut(melody, melody.notes[0].onset, end)


def _cut(melody: Melody, first: int, last: int) -> Melody:
    """Keep what sounds between two ticks."""
    kept = [
        replace(
            note,
            onset=max(note.onset, first) - first,
            duration=min(note.end, last) - max(note.onset, first),
            ties=(),
        )
        for note in melody
        if note.onset < last and note.end > first
    ]
    return Melody(tuple(kept), last - first)


def inverted_in_key(melody: Melody, key: Key) -> Melody:
    """Turn a melody over along its scale: a step up becomes a step down, and it stays in the key.

    Parameters
    ----------
    melody : Melody
        Only of notes of the key's scale.
    key : Key

    Returns
    -------
    melody : Melody
        The first pitch stays.

    Raises
    ------
    ParameterError
        If a note lies outside the scale, or a pitch leaves MIDI's range.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 26: tonal and real inversion.

    Examples
    --------
    >>> inverted_in_key(Melody.from_events([(60, 24), (64, 24)]), Key("C")).pitches.tolist()
    [60, 57]
    """
    scale, places = scale_places(melody, key, "turned over in it: use inverted")
    turned = [2 * places[0] - place for place in places]
    if any(not 0 <= place < len(scale) for place in turned):
        raise ParameterError("the melody is too wide: turned over it leaves MIDI's range, 0 to 127")
    return with_pitches(melody, [scale[place] for place in turned], key)


def _sequence(melody: Melody, words: tuple[str, ...], key: Key, meter: Meter) -> Melody:
    return sequenced(melody, int(words[0]), key, int(words[1] or 1))


def _fragment(melody: Melody, words: tuple[str, ...], key: Key, meter: Meter) -> Melody:
    side, number, unit = words
    if unit.startswith("beat"):
        ticks = int(number) * meter.beat_durations[0]
        return fragment(melody, ticks=ticks, is_last=side == "last")
    return fragment(melody, int(number) if number else None, is_last=side == "last")


def _invert(melody: Melody, words: tuple[str, ...], key: Key, meter: Meter) -> Melody:
    return inverted(melody, key) if words[0] else inverted_in_key(melody, key)


_Operation = Callable[[Melody, tuple[str, ...], Key, Meter], Melody]

#: What may be written, what it does, and how it is done.
_KNOWN: dict[str, tuple[str, str, _Operation]] = {
    "repeat": (
        r"repeat(?: (\d{1,2}))?",
        "again, or so many times",
        lambda melody, words, key, meter: repeated(melody, int(words[0] or 1)),
    ),
    "sequence": (
        r"sequence ([+-]?\d{1,2})(?: (\d{1,2}))?",
        "so many steps of the scale higher, and how many times: sequence -1 2",
        _sequence,
    ),
    "transpose": (
        r"transpose ([+-]?\d{1,2})",
        "so many semitones higher: transpose 5",
        lambda melody, words, key, meter: transposed(melody, int(words[0]), key),
    ),
    "fragment": (
        r"fragment(?: (first|last))?(?: (\d{1,3})(?: (notes?|beats?))?)?",
        "its first half, or: fragment last 2 beats",
        _fragment,
    ),
    "invert": (
        r"invert(?: (exact))?",
        "turned over along the scale, or by semitones: invert exact",
        _invert,
    ),
    "retrograde": (
        r"retrograde",
        "backwards",
        lambda melody, words, key, meter: retrograde(melody),
    ),
    "augment": (
        r"augment(?: (\d))?",
        "twice as slow, or so many times: augment 3",
        lambda melody, words, key, meter: augmented(melody, int(words[0] or 2)),
    ),
    "diminish": (
        r"diminish(?: (\d))?",
        "twice as fast, or so many times",
        lambda melody, words, key, meter: diminished(melody, int(words[0] or 2)),
    ),
}

#: The words that `develop` knows, and what each does.
OPERATIONS: dict[str, str] = {
    "motif": "the motif as it is",
    **{name: sentence for name, (_, sentence, _) in _KNOWN.items()},
}


def develop(
    motif: Melody, plan: str, key: Key | str = "C major", *, meter: Meter | str = "4/4"
) -> Melody:
    """Spell a phrase out of a motif.

    Parameters
    ----------
    motif : Melody
    plan : str
        The parts of the phrase, with commas between them. ``motif`` is the motif itself; any
        other part changes the part before it, by one of `OPERATIONS` or by several joined with
        ``+``: ``"motif, sequence -1 2, motif + invert, fragment last 2"``.
    key : Key or str, default "C major"
    meter : Meter or str, default "4/4"
        Says how long a beat is.

    Returns
    -------
    phrase : Melody

    Raises
    ------
    ParameterError
        If the motif is empty, a part of the plan is not understood, or cannot be done to what
        stands before it; the message names the part.

    References
    ----------
    Schoenberg (1967), Fundamentals of Musical Composition, chapters 3 and 8.

    Examples
    --------
    >>> motif = Melody.from_events([(67, 12), (64, 12), (62, 24)])
    >>> develop(motif, "motif, sequence -1, fragment 2, invert", "C").pitches.tolist()
    [67, 64, 62, 65, 62, 60, 65, 62, 65, 69]
    """
    key = Key.parse(key) if isinstance(key, str) else key
    meter = Meter.parse(meter) if isinstance(meter, str) else meter
    if not motif.notes:
        raise ParameterError("motif must have a note to be developed")
    parts: list[Melody] = []
    for number, text in enumerate(plan.split(","), start=1):
        part = parts[-1] if parts else motif
        try:
            for word in re.split(r"\+(?!\d)", text):  # a plus before a digit is its sign
                part = _apply(motif, part, " ".join(word.split()), key, meter)
        except ParameterError as error:
            raise ParameterError(f"part {number} of the plan, {text.strip()!r}: {error}") from error
        parts.append(part)
        if sum(map(len, parts)) > _MOST_NOTES:
            raise ParameterError(f"plan={plan[:60]!r} grows past {_MOST_NOTES} notes: shorten it")
    return joined(*parts)


def _apply(motif: Melody, part: Melody, text: str, key: Key, meter: Meter) -> Melody:
    """Do one operation."""
    if text == "motif":
        return motif
    name = text.partition(" ")[0]
    if name not in _KNOWN:
        raise ParameterError(f"operation={text!r} must begin with one of: {', '.join(OPERATIONS)}")
    pattern, sentence, operation = _KNOWN[name]
    match = re.fullmatch(pattern, text)
    if match is None:
        raise ParameterError(f"operation={text!r} must be written so: {name}, {sentence}")
    return operation(part, match.groups(default=""), key, meter)


def _check_times(times: int) -> None:
    if times < 1:
        raise ParameterError(f"times={times} must be a positive integer")
