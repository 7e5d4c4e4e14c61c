"""Bars as a file writes them, fitted to the meters and the pickup of a score.

Conventions
-----------
A file's bar lines need not agree with its meter: a repeat splits a bar in two, a first ending is
short, a bar line is missing. A score has bar lines only where its meter puts them. So a bar that
disagrees gets a meter change for itself, and nothing of the music moves.

Contents
--------
BarPlan, fit_bars
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from melodyai_edu.score import Meter, MeterChange

__all__ = ["BarPlan", "fit_bars"]

_WHOLE = 96  # ticks
_DENOMINATORS = (1, 2, 4, 8, 16, 32)
_LARGEST_NUMERATOR = 64


@dataclass(frozen=True, slots=True)
class BarPlan:
    """What a score needs to know of a file's bars.

    Parameters
    ----------
    meters : tuple of MeterChange
        The first at onset 0.
    pickup : int [ticks]
    irregular : tuple of int
        The bars, from 0 as the file counts them, that disagree with the stated meter: neither
        pickup, nor last bar, nor several whole bars, nor one of two neighbours that fill a bar.
    """

    meters: tuple[MeterChange, ...]
    pickup: int
    irregular: tuple[int, ...]


def fit_bars(bars: Sequence[tuple[int, Meter]]) -> BarPlan:
    """Turn written bars into a pickup and meter changes that keep every bar line.

    A first bar that is too short is the pickup. Two neighbours that are too short and fill a
    bar together are joined: a repeat sign stood between them. A bar that lasts several whole
    bars lacks its bar lines and is cut. Any other bar that disagrees gets its own meter; the
    last may be short. Where no meter has that length, neighbours are taken together until one has.

    Parameters
    ----------
    bars : sequence of (length, meter)
        The written length of each bar [ticks] and the meter stated for it; empty bars are passed
        over.

    Returns
    -------
    plan : BarPlan

    Examples
    --------
    >>> plan = fit_bars([(12, Meter(6, 8)), (72, Meter(6, 8)), (60, Meter(6, 8))])
    >>> plan.pickup, len(plan.meters), plan.irregular
    (12, 1, ())
    >>> plan = fit_bars([(96, Meter(4, 4)), (48, Meter(4, 4)), (96, Meter(4, 4))])
    >>> [(change.onset, change.meter.name) for change in plan.meters]
    [(0, '4/4'), (96, '2/4'), (144, '4/4')]
    """
    kept = [(number, length, meter) for number, (length, meter) in enumerate(bars) if length > 0]
    if not kept:
        return BarPlan((MeterChange(0, bars[0][1] if bars else Meter(4, 4)),), 0, ())
    first_meter = kept[0][2]
    pickup = kept[0][1] if len(kept) > 1 and kept[0][1] < first_meter.bar_duration else 0
    changes = [MeterChange(0, first_meter)] if pickup else []
    irregular: list[int] = []
    onset = pickup
    place = 1 if pickup else 0
    while place < len(kept):
        used, lengths, faults = _fit_next(kept, place)
        for meter, duration in lengths:
            if not changes or changes[-1].meter != meter:
                changes.append(MeterChange(onset, meter))
            onset += duration
        irregular.extend(faults)
        place += used
    return BarPlan(tuple(changes), pickup, tuple(irregular))


_Written = tuple[int, int, Meter]


def _fit_next(
    bars: Sequence[_Written], place: int
) -> tuple[int, list[tuple[Meter, int]], list[int]]:
    """Fit the written bar at a place, with its neighbour where the two belong together.

    Returns
    -------
    used : int
        Written bars consumed.
    fitted : list of (meter, ticks)
    irregular : list of int
        Numbers of the bars that disagree.
    """
    number, length, meter = bars[place]
    whole = meter.bar_duration
    is_last = place == len(bars) - 1
    if length % whole == 0 or (is_last and length < whole):
        return 1, [(meter, length)], []
    if not is_last and length < whole and bars[place + 1][1:] == (whole - length, meter):
        return 2, [(meter, whole)], []
    extra = max(length // whole - 1, 0)
    rest = length - extra * whole
    fitted = [(meter, whole)] * extra
    own = _meter_of_length(rest, meter)
    used = 1
    faults = [number]
    while own is None and place + used < len(bars):  # no meter has this length: no bar line is kept
        rest += bars[place + used][1]
        faults.append(bars[place + used][0])
        used += 1
        own = _meter_of_length(rest, meter)
    return used, [*fitted, (own or meter, rest)], faults


def _meter_of_length(length: int, near: Meter) -> Meter | None:
    """Find a meter whose bar has that length [ticks], in the units of ``near`` or smaller ones."""
    for denominator in _DENOMINATORS:
        numerator, left = divmod(length, _WHOLE // denominator)
        if denominator >= near.denominator and not left and numerator <= _LARGEST_NUMERATOR:
            return Meter(numerator, denominator)
    return None
