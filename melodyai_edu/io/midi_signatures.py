"""Tempo, meter, key and pickup, as a MIDI file carries them.

Conventions
-----------
MIDI has no pickup, no mode but major and minor, and no grouping of beats. What our own files must
say beyond that stands in text events at the same tick: ``MelodyAI pickup: 8 of 4/4`` (ticks),
``MelodyAI key: E dorian``, ``MelodyAI meter: 2+3/8``, ``MelodyAI composer: ...``. Other programs
pass over them; a text that contradicts the real event beside it is passed over by us.

Contents
--------
Signatures, read_signatures, fit_meters, tempo_of, text_of, MARK
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.midi_check import KEY, METER, TEMPO, TEXT, MidiContents
from melodyai_edu.score import Key, KeyChange, Meter, MeterChange, TempoChange

__all__ = ["MARK", "Signatures", "fit_meters", "read_signatures", "tempo_of", "text_of"]

#: How our own text events begin.
MARK = "MelodyAI"
_MARKED = re.compile(rf"{MARK} (pickup|key|meter|composer): (.{{1,200}})")
_PICKUP = re.compile(r"([0-9]{1,5}) of (\S+)")
_MICROSECONDS = 60_000_000  # in a minute
_SLOWEST, _FASTEST = 4.0, 1000.0  # what a TempoChange holds [quarter notes a minute]
_LARGEST_NUMERATOR, _LARGEST_POWER = 64, 5  # what a Meter holds: 64/32
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Signatures:
    """What holds for all parts.

    Parameters
    ----------
    tempos, meters : tuple of changes
        The first at onset 0.
    keys : tuple of KeyChange
        Empty where the file states none, else the first at onset 0.
    pickup : int [ticks]
    composer : str
    is_meter_stated : bool
    remarks : tuple of str
        What had to be changed, as sentences.
    """

    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]
    keys: tuple[KeyChange, ...]
    pickup: int
    composer: str
    is_meter_stated: bool
    remarks: tuple[str, ...]


def text_of(body: bytes) -> str:
    r"""Decode a text of unknown encoding, without its control characters.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    text : str
        At most 200 characters.

    Examples
    --------
    >>> text_of("Flöte".encode()), text_of(b"Fl\xf6te\x00")
    ('Flöte', 'Flöte')
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST_NAME]


def tempo_of(microseconds: int) -> float:
    """Convert a quarter's length to the roundest tempo that a writer would store so.

    Parameters
    ----------
    microseconds : int [microseconds a quarter note, from 1]

    Returns
    -------
    tempo : float [quarter notes a minute]

    Examples
    --------
    >>> tempo_of(500_000), tempo_of(535_714), tempo_of(666_667)
    (120.0, 112.0, 90.0)
    """
    exact = _MICROSECONDS / microseconds
    for digits in range(9):
        tempo = round(exact, digits)
        if tempo and round(_MICROSECONDS / tempo) == microseconds:
            return tempo
    return exact


def read_signatures(contents: MidiContents, place: Callable[[int], int]) -> Signatures:
    """Collect the signatures of all tracks.

    Parameters
    ----------
    contents : MidiContents
    place : callable
        Turns the file's ticks into ours.

    Returns
    -------
    signatures : Signatures
    """
    metas = sorted(
        (
            (place(tick), kind, body)
            for track in contents.tracks
            for tick, kind, body in track.metas
        ),
        key=lambda meta: meta[0],
    )
    marks = _marks(metas)
    remarks: list[str] = []
    stated = {
        onset: meter
        for onset, kind, body in metas
        if kind == METER and (meter := _meter(body, marks.get((onset, "meter")), remarks))
    }
    meters, pickup = fit_meters(stated, marks.get((0, "pickup")), remarks)
    keys = {
        onset: _key(body, marks.get((onset, "key"))) for onset, kind, body in metas if kind == KEY
    }
    if keys:
        keys.setdefault(0, keys[min(keys)])
    return Signatures(
        _tempos([] if contents.is_in_seconds else metas, remarks),
        meters,
        tuple(KeyChange(onset, key) for onset, key in sorted(keys.items())),
        pickup,
        marks.get((0, "composer"), ""),
        bool(stated),
        tuple(dict.fromkeys(remarks)),
    )


_Meta = tuple[int, int, bytes]


def _marks(metas: list[_Meta]) -> dict[tuple[int, str], str]:
    """Find our own texts, by onset and subject."""
    marks = {}
    for onset, kind, body in metas:
        if kind == TEXT and body.startswith(MARK.encode()):
            match = _MARKED.fullmatch(text_of(body))
            if match:
                marks[onset, match[1]] = match[2]
    return marks


def _tempos(metas: list[_Meta], remarks: list[str]) -> tuple[TempoChange, ...]:
    changes = {0: 120.0}  # the standard's default
    for onset, kind, body in metas:
        if kind == TEMPO:
            tempo = tempo_of(int.from_bytes(body[:3], "big"))
            changes[onset] = min(max(tempo, _SLOWEST), _FASTEST)
            if changes[onset] != tempo:
                remarks.append(
                    f"a tempo of {tempo:g} became {changes[onset]:g} quarter notes a minute"
                )
    return tuple(TempoChange(onset, tempo) for onset, tempo in changes.items())


def _meter(body: bytes, mark: str | None, remarks: list[str]) -> Meter | None:
    """Give the meter of a time signature, or nothing where no `Meter` holds it."""
    numerator, power = body[0], body[1]
    while (
        numerator % 2 == 0 and power and (power > _LARGEST_POWER or numerator > _LARGEST_NUMERATOR)
    ):
        numerator, power = numerator // 2, power - 1
    if numerator > _LARGEST_NUMERATOR or power > _LARGEST_POWER:
        remarks.append(f"the time signature {body[0]}/2^{body[1]} was passed over")
        return None
    meter = Meter(numerator, 2**power)
    try:
        marked = Meter.parse(mark or "")
    except ParameterError:
        return meter
    same = (marked.numerator, marked.denominator) == (meter.numerator, meter.denominator)
    return marked if same else meter


def _key(body: bytes, mark: str | None) -> Key:
    fifths = int.from_bytes(body[:1], "big", signed=True)
    key = Key.from_fifths(fifths, "minor" if body[1] else "major")
    try:
        marked = Key.parse(mark or "")
    except ParameterError:
        return key
    return marked if marked.fifths == fifths else key


def fit_meters(
    stated: dict[int, Meter], mark: str | None, remarks: list[str]
) -> tuple[tuple[MeterChange, ...], int]:
    """Find the pickup, and move every meter change to a bar line.

    Parameters
    ----------
    stated : dict of int to Meter
        The time signatures by their onsets [ticks].
    mark : str or None
        Our own words for the pickup, such as ``"8 of 4/4"``.
    remarks : list of str
        What had to be moved is added to it.

    Returns
    -------
    meters : tuple of MeterChange
    pickup : int [ticks]

    Examples
    --------
    >>> fit_meters({0: Meter(3, 4)}, "24 of 3/4", [])[1]
    24
    """
    signs = [(0, Meter(4, 4)), *stated.items()] if 0 not in stated else list(stated.items())
    pickup, first = _pickup(signs, mark)
    if pickup:
        holding = [meter for onset, meter in signs if onset <= pickup][-1]
        signs = [(pickup, holding), *(sign for sign in signs if sign[0] > pickup)]
    changes = [(pickup, signs[0][1])]
    for onset, meter in signs[1:]:
        start, before = changes[-1]
        onset = max(onset, start)
        rest = (onset - start) % before.bar_duration
        own = _bar_of(rest) if rest else None
        if own is not None:
            if onset - rest == start:
                changes.pop()  # not one whole bar of it
            changes.append((onset - rest, own))
        elif rest:
            onset += before.bar_duration - rest
            remarks.append(f"the meter {meter.name} begins one bar line later")
        if changes[-1][0] == onset:
            changes.pop()
        changes.append((onset, meter))
    if first is None or first == changes[0][1]:
        changes[0] = (0, changes[0][1])
    else:
        changes.insert(0, (0, first))
    return tuple(MeterChange(onset, meter) for onset, meter in changes), pickup


def _pickup(signs: list[tuple[int, Meter]], mark: str | None) -> tuple[int, Meter | None]:
    """Give the pickup that a text states, with its meter, or that a short first meter shows."""
    if (stated := _PICKUP.fullmatch(mark or "")) is not None:
        pickup = int(stated[1])
        try:
            meter = Meter.parse(stated[2])
        except ParameterError:
            return 0, None
        return (pickup, meter) if 0 < pickup < meter.bar_duration else (0, None)
    if len(signs) > 1:
        (_, first), (onset, second) = signs[0], signs[1]
        if onset == first.bar_duration < second.bar_duration:
            return onset, None
    return 0, None


def _bar_of(length: int) -> Meter | None:
    """Give a meter whose bar has that length [ticks], in the largest units."""
    for denominator in (4, 8, 16, 32):
        numerator, left = divmod(length, 96 // denominator)
        if not left and numerator <= _LARGEST_NUMERATOR:
            return Meter(numerator, denominator)
    return None
