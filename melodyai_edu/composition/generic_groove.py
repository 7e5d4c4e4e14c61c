"""A groove for any meter, derived from which of its places are strong.

Conventions
-----------
As in `melodyai_edu.composition.pattern`.

Contents
--------
generic_groove
"""

from __future__ import annotations

from functools import lru_cache

from melodyai_edu.composition.pattern import Bar, Event, Groove
from melodyai_edu.score import Meter
from melodyai_edu.theory.rhythm import metric_strength, strong_beats

__all__ = ["generic_groove"]

#: Louder where the bar is stronger [MIDI velocity a level of `metric_strength`].
_ACCENT = 5
_SHORTEST_PULSE = 12  # ticks; faster chords would rattle


@lru_cache(maxsize=128)
def generic_groove(meter: Meter) -> Groove:
    """Derive bass, chords and drums from a meter.

    The bass marks the beats, the chords fill the weak places between them, the bass drum has the
    strong beats and the side stick the others.

    Parameters
    ----------
    meter : Meter

    Returns
    -------
    groove : Groove

    References
    ----------
    Lerdahl & Jackendoff (1983), A Generative Theory of Tonal Music, chapter 4: metric strength.

    Examples
    --------
    >>> groove = generic_groove(Meter(5, 8))
    >>> [(event.position, event.what) for event in groove.bar("bass", "main", 0)]
    [(0, 'bass'), (36, 'fifth')]
    >>> [event.position for event in groove.bar("accompaniment", "main", 0)]
    [12, 24, 48]
    """
    bars: dict[str, dict[str, tuple[Bar, ...]]] = {
        "bass": {"main": (_bass(meter),)},
        "accompaniment": {"main": (_chords(meter),), "sparse": (_held(meter),)},
        "drums": {"main": (_drums(meter),), "intro": ()},
    }
    return Groove((meter,), bars)


def _velocity(meter: Meter, position: int, base: int) -> int:
    return base + _ACCENT * int(metric_strength(meter)[position])


def _pulse(meter: Meter) -> range:
    """Give the places of a steady pulse [ticks]: the written units, halved or joined if need be."""
    unit = meter.unit_duration
    while unit < _SHORTEST_PULSE:
        unit *= 2
    if len(meter.groups) == 1 and unit == meter.bar_duration and unit > _SHORTEST_PULSE:
        unit //= 2
    return range(0, meter.bar_duration, unit)


def _bass(meter: Meter) -> Bar:
    strong = strong_beats(meter)
    return tuple(
        Event(onset, duration, "bass" if onset in strong else "fifth", _velocity(meter, onset, 54))
        for onset, duration in zip(meter.beat_onsets, meter.beat_durations, strict=True)
    )


def _chords(meter: Meter) -> Bar:
    """Fill the places that are no beats, or, where each unit is a beat, those that are weak."""
    pulse = _pulse(meter)
    weak = [place for place in pulse if place not in meter.beat_onsets]
    weak = weak or [place for place in pulse if place not in strong_beats(meter)] or [0]
    return tuple(Event(p, pulse.step, "chord", _velocity(meter, p, 46)) for p in weak)


def _held(meter: Meter) -> Bar:
    return (Event(0, meter.bar_duration, "chord", 54),)


def _drums(meter: Meter) -> Bar:
    strong, length = strong_beats(meter), 6
    beats = [
        Event(onset, length, "bass drum 1" if onset in strong else "side stick",
              _velocity(meter, onset, 42))
        for onset in meter.beat_onsets
    ]  # fmt: skip
    hats = [Event(p, length, "closed hi-hat", _velocity(meter, p, 26)) for p in _pulse(meter)]
    return tuple(sorted(beats + hats))
