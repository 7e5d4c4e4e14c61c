"""Write a score as a MIDI file.

Conventions
-----------
Format 1, 24 ticks a quarter. The first track holds title, tempos, meters, keys, sections (as
markers) and chord symbols (`melodyai_edu.io.midi_marks`); each part has a track of its own with
name, program and notes. Every track ends where the score ends. The channel of drums is 9, counted
from 0; parts beyond fifteen use a further port.

What MIDI cannot carry is listed in ``docs/formats.md``, and `carried_by_midi` gives what is left
of a score. A pickup, a mode other than major and minor and an unusual grouping of beats stand in
texts that our reader understands (`melodyai_edu.io.midi_signatures`); other programs see a short
first bar, the signature's major or minor key and the plain meter.

Contents
--------
write_midi, midi_bytes, carried_by_midi
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import OutputError
from melodyai_edu.io import limits
from melodyai_edu.io.midi_marks import carried_marks, mark_messages
from melodyai_edu.io.midi_signatures import MARK, tempo_of, text_of
from melodyai_edu.score import TICKS_PER_QUARTER, Key, Meter, Note, Part, Score

if TYPE_CHECKING:
    import mido

__all__ = ["carried_by_midi", "midi_bytes", "write_midi"]

_DRUMS = 9
_CHANNELS = [channel for channel in range(16) if channel != _DRUMS]
_MICROSECONDS = 60_000_000  # in a minute
#: One message of a track: onset, what goes first at one onset, and the message itself.
_Event = tuple[int, int, Any]


def write_midi(score: Score, path: str | os.PathLike[str]) -> None:
    """Write a score to a MIDI file.

    Parameters
    ----------
    score : Score
    path : path

    Raises
    ------
    OutputError
        If the score has too many parts or the file cannot be written.
    """
    from melodyai_edu.io.disk import save_bytes

    save_bytes(midi_bytes(score), path)


def midi_bytes(score: Score) -> bytes:
    """Give the contents of a MIDI file.

    Parameters
    ----------
    score : Score

    Returns
    -------
    data : bytes

    Raises
    ------
    OutputError
        If the score has more parts than a MIDI file has tracks.

    Examples
    --------
    >>> midi_bytes(Score((Part((Note(0, 24, 60),)),)))[:4]
    b'MThd'
    """
    import mido

    if len(score.parts) >= limits.MIDI_TRACKS:
        raise OutputError(
            f"{len(score.parts)} parts are more than a MIDI file holds, "
            f"{limits.MIDI_TRACKS - 1}; join some of them"
        )
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(_track(_conductor(score), score.duration))
    melodic = 0
    for part in score.parts:
        place = None if part.is_drums else melodic
        melodic += not part.is_drums
        file.tracks.append(_track(_part_events(part, place), score.duration))
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _track(events: list[_Event], duration: int) -> mido.MidiTrack:
    """Sort events and turn their onsets into the distances that a file stores."""
    import mido

    track = mido.MidiTrack()
    before = 0
    for onset, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=onset - before))
        before = onset
    track.append(mido.MetaMessage("end_of_track", time=duration - before))
    return track


def _conductor(score: Score) -> list[_Event]:
    """Give the events of the first track."""
    from mido import MetaMessage

    events: list[_Event] = []
    if text_of(score.title.encode()):
        events.append((0, 0, MetaMessage("track_name", name=text_of(score.title.encode()))))
    if text_of(score.composer.encode()):
        events.append((0, 0, _text("composer", text_of(score.composer.encode()))))
    for change in _held(score.tempos, score.duration):
        events.append((change.onset, 1, MetaMessage("set_tempo", tempo=_stored(change.tempo))))
    for change in _held(score.keys, score.duration):
        events.extend((change.onset, 2, message) for message in _key_messages(change.key))
    events.extend(_pickup_events(score))
    for change in _held(score.meters, score.duration):
        onset = change.onset or min(score.pickup, score.duration)
        events.extend((onset, 4, message) for message in _meter_messages(change.meter))
    for onset, kind, text in mark_messages(score):
        events.append((onset, 5, MetaMessage(kind, text=text)))
    return events


def _held(changes: tuple[Any, ...], duration: int) -> tuple[Any, ...]:
    """Leave out changes behind the end of the score."""
    return tuple(change for change in changes if change.onset < max(duration, 1))


def _stored(tempo: float) -> int:
    return round(_MICROSECONDS / tempo)


def _text(subject: str, value: object) -> mido.MetaMessage:
    from mido import MetaMessage

    return MetaMessage("text", text=f"{MARK} {subject}: {value}")


def _key_messages(key: Key) -> list[mido.MetaMessage]:
    """Give a key signature, with the mode in words where MIDI has none for it."""
    from mido import MetaMessage

    is_plain = key.mode in ("major", "minor")
    mode = key.mode if is_plain else "minor" if key.is_minor else "major"
    plain = Key.from_fifths(key.fifths, mode)
    name = plain.tonic + ("m" if plain.mode == "minor" else "")
    signature = MetaMessage("key_signature", key=name)
    return [signature] if is_plain else [_text("key", key.name), signature]


def _meter_messages(meter: Meter) -> list[mido.MetaMessage]:
    """Give a time signature, with its groups in words where they are unusual."""
    from mido import MetaMessage

    signature = MetaMessage(
        "time_signature",
        numerator=meter.numerator,
        denominator=meter.denominator,
        # MIDI clocks (24 a quarter) in a beat, and the standard's 32nd notes in a quarter
        clocks_per_click=min(meter.beat_durations[0], 255),
        notated_32nd_notes_per_beat=8,
    )
    is_usual = meter == Meter(meter.numerator, meter.denominator)
    return [signature] if is_usual else [_text("meter", meter.name), signature]


def _pickup_events(score: Score) -> list[_Event]:
    """Give the short first bar; where no meter is so short, the first meter stands there too.

    A short first meter that is no pickup gets a text that says so.
    """
    if score.pickup:
        short = _short_meter(score.pickup, score.meter) or score.meter
        pickup = _text("pickup", f"{score.pickup} of {score.meter.name}")
        messages = [pickup, *_meter_messages(short)]
        return [(0, 3, message) for message in messages]
    if len(score.meters) > 1:
        return [(0, 3, _text("pickup", f"0 of {score.meter.name}"))]
    return []


def _short_meter(length: int, meter: Meter) -> Meter | None:
    """Give the meter whose bar has that length [ticks], in the units of ``meter`` or smaller."""
    for denominator in (1, 2, 4, 8, 16, 32):
        numerator, left = divmod(length, 4 * TICKS_PER_QUARTER // denominator)
        if denominator >= meter.denominator and not left and numerator <= 64:
            return Meter(numerator, denominator)
    return None


def _part_events(part: Part, place: int | None) -> list[_Event]:
    """Give the events of a part; ``place`` counts the parts that are no drums."""
    from mido import Message, MetaMessage

    port, at = divmod(place or 0, len(_CHANNELS))
    channel = _DRUMS if place is None else _CHANNELS[at]
    events: list[_Event] = []
    if port:
        events.append((0, 0, MetaMessage("midi_port", port=port)))
    name = text_of(part.name.encode())
    if name:
        events.append((0, 1, MetaMessage("track_name", name=name)))
    events.append((0, 2, Message("program_change", channel=channel, program=part.program)))
    for note in part.notes:
        played = {"channel": channel, "note": note.pitch}
        on = Message("note_on", velocity=note.velocity, **played)
        # Ends come before beginnings, so that a repeated pitch sounds again.
        events.append((note.onset, 4, on))
        events.append((note.end, 3, Message("note_off", velocity=64, **played)))
    return events


def carried_by_midi(score: Score) -> Score:
    """Give what is left of a score when it has been a MIDI file.

    Parameters
    ----------
    score : Score

    Returns
    -------
    carried : Score
        ``parse_midi(midi_bytes(score)) == carried_by_midi(score)``.

    Examples
    --------
    >>> score = Score((Part((Note(0, 24, 66, "Gb", ties=(12,)),)),))
    >>> carried_by_midi(score).parts[0].notes[0].pitch_name
    'F#4'
    """
    chords, sections = carried_marks(score)
    tempos = tuple(
        replace(change, tempo=tempo_of(_stored(change.tempo)))
        for change in _held(score.tempos, score.duration)
    )
    return replace(
        score,
        parts=tuple(_carried_part(part, score) for part in score.parts),
        tempos=tempos,
        meters=tuple(
            replace(change, meter=Meter.parse(change.meter.name))
            for change in _held(score.meters, score.duration)
        ),
        keys=_held(score.keys, score.duration),
        title=text_of(score.title.encode()),
        composer=text_of(score.composer.encode()),
        chords=chords,
        sections=sections,
    )


def _carried_part(part: Part, score: Score) -> Part:
    ends: dict[int, list[int]] = defaultdict(list)
    for note in sorted(part.notes, key=lambda note: note.end, reverse=True):
        ends[note.pitch].append(note.end)
    notes = []
    for note in part.notes:  # of one pitch, what began first ends first
        spelling = "" if part.is_drums else score.key_at(note.onset).spell(note.pitch)
        duration = ends[note.pitch].pop() - note.onset
        notes.append(Note(note.onset, duration, note.pitch, spelling, note.velocity))
    return replace(part, notes=tuple(notes), dynamics=(), name=text_of(part.name.encode()))
