"""A score in plain words, for everyone who does not see the picture.

Conventions
-----------
Bars are counted for people: the first whole bar is 1, a pickup is bar 0, as printed music counts.

Contents
--------
describe, part_label, bar_number, shortened
"""

from __future__ import annotations

from collections.abc import Sequence

from melodyai_edu.score import Chord, Note, Part, Score
from melodyai_edu.score.notation import NOTE_VALUES, split_duration

__all__ = ["bar_number", "describe", "part_label", "shortened"]

_VALUE_NAMES = {
    0: "breve",
    1: "whole note",
    2: "half",
    4: "quarter",
    8: "eighth",
    16: "sixteenth",
    32: "thirty-second",
    64: "sixty-fourth",
}
_DOTS = ("", "dotted ", "double-dotted ")
_BARS_READ_OUT = 2
_CHANGES_READ_OUT = 4


def part_label(part: Part, index: int) -> str:
    """Name a part, whether or not it has a name.

    Parameters
    ----------
    part : Part
    index : int [from 0]
        Its place in the score.

    Returns
    -------
    label : str
        Not escaped: a part's name may hold any character.

    Examples
    --------
    >>> part_label(Part((), is_drums=True), 1)
    'Part 2 (drums)'
    """
    name = part.name.strip() or f"Part {index + 1}"
    return f"{name} (drums)" if part.is_drums and "drum" not in name.lower() else name


def bar_number(score: Score, bar: int) -> int:
    """Give the number that people read above a bar.

    Parameters
    ----------
    score : Score
    bar : int [from 0]

    Returns
    -------
    number : int
        From 1; a pickup is 0.

    Examples
    --------
    >>> bar_number(Score((Part((Note(0, 24, 60),)),), pickup=24), 0)
    0
    """
    return bar if score.pickup else bar + 1


def shortened(text: str, longest: int) -> str:
    """Cut a text that would not fit, and show that it was cut.

    Parameters
    ----------
    text : str
    longest : int [characters]

    Returns
    -------
    text : str
        Without line breaks, at most ``longest`` characters.

    Examples
    --------
    >>> shortened("Violoncello", 6)
    'Violo…'
    """
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _length_name(duration: int) -> str:
    values = [NOTE_VALUES[length] for length in split_duration(duration)]
    names = [
        ("triplet " if value.is_triplet else "")
        + _DOTS[value.dots]
        + _VALUE_NAMES[value.denominator]
        for value in values
    ]
    return " tied to ".join(names)


def _event_name(event: Note | Chord) -> str:
    notes: Sequence[Note] = event.notes if isinstance(event, Chord) else (event,)
    pitches = " and ".join(note.pitch_name for note in notes)
    return f"{pitches} {_length_name(event.duration)}"


def _read_out(score: Score, part: Part) -> list[str]:
    """Spell out the first whole bars, and the pickup before them."""
    onsets = score.bar_onsets()
    bars = min(_BARS_READ_OUT + bool(score.pickup), len(onsets))
    ends = [*onsets[1:], score.duration]
    events = part.chords()
    lines = []
    for bar in range(bars):
        inside = [event for event in events if onsets[bar] <= event.onset < ends[bar]]
        if part.is_drums:
            words = _count(len(inside), "stroke") if inside else "silence"
        else:
            words = ", ".join(map(_event_name, inside)) or "nothing new begins"
        number = bar_number(score, bar)
        lines.append(f"{'Pickup' if number == 0 else f'Bar {number}'}: {words}.")
    return lines


def _part_line(score: Score, index: int) -> str:
    part = score.parts[index]
    label = part_label(part, index)
    if not part.notes:
        return f"{label}: silent."
    line = f"{label}: {_count(len(part.notes), 'note')}"
    if part.is_drums:
        return f"{line}."
    low = min(part.notes, key=lambda note: note.pitch).pitch_name
    high = max(part.notes, key=lambda note: note.pitch).pitch_name
    return f"{line} from {low} to {high}."


def _changes(score: Score) -> list[str]:
    """Say where meter, key and tempo change after the beginning."""
    onsets = score.bar_onsets()
    later = (
        [(change.onset, change.meter.name) for change in score.meters[1:]]
        + [(change.onset, change.key.name) for change in score.keys[1:]]
        + [(change.onset, f"tempo {change.tempo:g}") for change in score.tempos[1:]]
    )
    lines = []
    for onset, what in sorted(later)[:_CHANGES_READ_OUT]:
        bar = sum(start <= onset for start in onsets) - 1
        lines.append(f"From bar {bar_number(score, bar)}: {what}.")
    if len(later) > _CHANGES_READ_OUT:
        lines.append(f"And {_count(len(later) - _CHANGES_READ_OUT, 'more change')}.")
    return lines


def describe(score: Score) -> str:
    """Say in plain words what a score holds, for a screen reader or a caption.

    Parameters
    ----------
    score : Score

    Returns
    -------
    text : str
        Title, key, meter, tempo, length, each part with its range, later changes, and the notes of
        the first two bars of the first part. Plain text: escape it before it enters HTML.

    Examples
    --------
    >>> tune = Part((Note(0, 12, 62), Note(12, 36, 67), Note(48, 60, 71)), name="Flute")
    >>> print(describe(Score((tune,), pickup=12, title="Air")))
    Air. C major, 4/4, 120 quarter notes a minute. 1 bar and a pickup, 2.2 seconds, 1 part.
    Flute: 3 notes from D4 to B4.
    Flute begins. Pickup: D4 eighth. Bar 1: G4 dotted quarter, B4 half tied to eighth.
    """
    title = score.title.strip() or "Untitled piece"
    whole_bars = score.bar_count - bool(score.pickup)
    length = _count(whole_bars, "bar") + (" and a pickup" if score.pickup else "")
    parts = _count(len(score.parts), "part")
    lines = [
        f"{title}. {score.key.name}, {score.meter.name}, {score.tempo:g} quarter notes a minute. "
        f"{length}, {score.seconds:.1f} seconds, {parts}."
    ]
    lines += [_part_line(score, index) for index in range(len(score.parts))]
    lines += _changes(score)
    first = next((i for i, part in enumerate(score.parts) if part.notes), None)
    if first is not None:
        part = score.parts[first]
        opening = " ".join(_read_out(score, part))
        lines.append(f"{part_label(part, first)} begins. {opening}")
    return "\n".join(lines)
