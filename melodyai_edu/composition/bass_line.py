"""The bass of an arrangement, from a pattern's bars and the chords.

Conventions
-----------
One note at a time. On every change of chord the chord's own bass sounds, whatever the pattern
says; steps towards the next chord stand on weak places just before it, and only where the pattern
asks for them.

Contents
--------
Strike, play_bars, write_bass
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from melodyai_edu.composition.chord_line import ChordLine, ChordSpan
from melodyai_edu.composition.pattern import Groove
from melodyai_edu.composition.ranges import Compass
from melodyai_edu.composition.textures import BarPlan
from melodyai_edu.score import Key, Meter, Note
from melodyai_edu.theory.harmony import Harmony

__all__ = ["Strike", "play_bars", "write_bass"]

#: Costs of a bass note [a semitone]: far from the last one, far from the middle of the range.
_FAR, _OFF_CENTRE = 1.0, 0.6
_INSERTED = 84  # velocity where the pattern is silent at a change of chord
_STEPS = ("approach", "chromatic")


class Strike(NamedTuple):
    """An event of a pattern at its place in the score.

    Parameters
    ----------
    onset, end : int [ticks]
    what : str
    velocity : int [MIDI]
    """

    onset: int
    end: int
    what: str
    velocity: int


def play_bars(
    role: str, plans: Sequence[BarPlan], groove_of: Callable[[Meter], Groove], duration: int
) -> list[Strike]:
    """Lay a pattern's bars under a score.

    Parameters
    ----------
    role : str
        One of `melodyai_edu.composition.pattern.ROLES`.
    plans : sequence of BarPlan
    groove_of : callable
        Gives the groove for a meter.
    duration : int [ticks]
        Where the score ends.

    Returns
    -------
    strikes : list of Strike
        Sorted; none begins outside its bar, none ends after the score.
    """
    strikes = []
    for plan in plans:
        bar = groove_of(plan.meter).bar(role, plan.texture, plan.number) if plan.texture else ()
        for event in bar:
            onset = plan.onset + event.position
            end = min(onset + event.duration, duration)
            if onset < min(plan.end, duration):
                strikes.append(Strike(onset, end, event.what, event.velocity))
    return sorted(strikes)


def write_bass(
    strikes: Sequence[Strike],
    line: ChordLine,
    plans: Sequence[BarPlan],
    compass: Compass,
    centre: float,
    key_at: Callable[[int], Key],
) -> tuple[Note, ...]:
    """Write the bass.

    Parameters
    ----------
    strikes : sequence of Strike
    line : ChordLine
    plans : sequence of BarPlan
    compass : Compass
    centre : float [MIDI]
        Where the line stays near.
    key_at : callable
        Gives the key at an onset.

    Returns
    -------
    notes : tuple of Note
        All in the comfortable range of the instrument, none overlapping.
    """
    played = _one_at_a_time(_on_changes(strikes, line, plans))
    notes: list[Note] = []
    before, root = centre, round(centre)
    for index, strike in enumerate(played):
        span = line.at(strike.onset)
        if span is None:
            continue
        key, place = key_at(strike.onset), _Place(compass, centre, before)
        if strike.what in _STEPS:
            goal = line.after(strike.onset) if _leads_on(played, index, span) else None
            pitch = _step(strike.what, span.harmony, goal, place, key)
        else:
            pitch = _pitch(strike.what, span.harmony, place, root)
        root = pitch if strike.what == "bass" else root
        before = root if strike.what in ("octave", "low fifth") else pitch
        end = min(strike.end, span.end)
        notes.append(
            Note(strike.onset, end - strike.onset, pitch, key.spell(pitch), strike.velocity)
        )
    return tuple(notes)


def _on_changes(
    strikes: Sequence[Strike], line: ChordLine, plans: Sequence[BarPlan]
) -> list[Strike]:
    """Let the chord's bass sound on every change, where the bass plays in that bar at all."""
    playing = [
        plan for plan in plans if any(plan.onset <= strike.onset < plan.end for strike in strikes)
    ]
    changed = {strike.onset: strike for strike in strikes}
    for span in line.spans:
        plan = next((plan for plan in playing if plan.onset <= span.onset < plan.end), None)
        if plan is None:
            continue
        strike = changed.get(span.onset)
        if strike is None:
            beat = max(plan.meter.beat_durations)
            ringing = [old.end for old in strikes if old.onset < span.onset < old.end]
            end = min(max([span.onset + beat, *ringing]), span.end)
            strike = Strike(span.onset, end, "bass", _INSERTED)
        changed[span.onset] = strike._replace(what="bass")
    return [changed[onset] for onset in sorted(changed)]


def _one_at_a_time(strikes: Sequence[Strike]) -> list[Strike]:
    ends = [strike.onset for strike in strikes[1:]]
    cut = [
        strike._replace(end=min(strike.end, end))
        for strike, end in zip(strikes, ends, strict=False)
    ]
    return [*cut, *strikes[-1:]]


def _leads_on(strikes: Sequence[Strike], index: int, span: ChordSpan) -> bool:
    """Say whether the next note is the first of another chord."""
    return index + 1 < len(strikes) and strikes[index + 1].onset == span.end


class _Place(NamedTuple):
    """Where the next bass note may lie."""

    compass: Compass
    centre: float
    before: float

    def nearest(self, pitch_class: int) -> int:
        """Give the cheapest pitch of a class."""
        low, high = self.compass.easy_low, self.compass.easy_high
        pitches = [p for p in range(low, high + 1) if p % 12 == pitch_class % 12]
        return min(
            pitches,
            key=lambda p: (_FAR * abs(p - self.before) + _OFF_CENTRE * abs(p - self.centre), p),
        )

    def beside(self, pitch: int, semitones: int) -> int:
        """Give a pitch above or below another, or in the next octave where the range ends."""
        low, high = self.compass.easy_low, self.compass.easy_high
        wanted = pitch + semitones
        return wanted + 12 * ((wanted < low) - (wanted > high))


def _pitch(what: str, harmony: Harmony, place: _Place, root: int) -> int:
    """Give the pitch of a chord member; ``root`` is the last pitch on the chord's bass."""
    if what == "octave":
        return place.beside(root, 12) if root % 12 == harmony.bass else place.nearest(harmony.bass)
    if what == "low fifth":
        return place._replace(before=place.before - 5).nearest(_fifth(harmony))
    return place.nearest(_member(harmony, what))


def _step(what: str, harmony: Harmony, goal: ChordSpan | None, place: _Place, key: Key) -> int:
    """Give a pitch a step from the next chord's bass; the fifth where no new bass follows."""
    if goal is None or goal.harmony.bass == harmony.bass:
        return place.nearest(_fifth(harmony))
    target = place.nearest(goal.harmony.bass)
    side = -1 if target > place.before else 1
    steps = [side, -side] if what == "chromatic" else [side, 2 * side, -side, -2 * side]
    low, high = place.compass.easy_low, place.compass.easy_high
    inside = [target + step for step in steps if low <= target + step <= high]
    fitting = [pitch for pitch in inside if what == "chromatic" or pitch in key.scale]
    return (fitting or inside)[0]


def _fifth(harmony: Harmony) -> int:
    return harmony.root if harmony.fifth is None else harmony.fifth


def _member(harmony: Harmony, what: str) -> int:
    """Give the pitch class of a chord member; the root where the chord lacks it."""
    found = {
        "bass": harmony.bass,
        "third": harmony.third,
        "fifth": harmony.fifth,
        "seventh": harmony.seventh,
    }.get(what)
    return harmony.root if found is None else found
