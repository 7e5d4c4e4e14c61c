"""The score: parts, and the meter, key and tempo changes around them.

Conventions
-----------
Changes carry the onset from which they hold; the first
meter, key and tempo stand at onset 0. A pickup is the length of an incomplete first bar; bar 0 is
then the pickup. Onsets count from the first sounding tick of the score, so the first full bar
begins at ``pickup``.

Contents
--------
MeterChange, KeyChange, TempoChange, Score
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.key import Key
from melodyai_edu.score.marks import ChordSymbol, Section
from melodyai_edu.score.melody import Melody
from melodyai_edu.score.meter import TICKS_PER_QUARTER, Meter
from melodyai_edu.score.part import Part

__all__ = ["KeyChange", "MeterChange", "Score", "TempoChange"]


@dataclass(frozen=True, slots=True)
class MeterChange:
    """A meter and the onset from which it holds [ticks], which is a bar line."""

    onset: int
    meter: Meter


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key and the onset from which it holds [ticks]."""

    onset: int
    key: Key


@dataclass(frozen=True, slots=True)
class TempoChange:
    """A tempo [quarter notes a minute] and the onset from which it holds [ticks]."""

    onset: int
    tempo: float

    def __post_init__(self) -> None:
        if not 4 <= self.tempo <= 1000:
            raise ParameterError(
                f"tempo={self.tempo} must be from 4 to 1000 quarter notes a minute"
            )
        object.__setattr__(self, "tempo", float(self.tempo))  # 90 is written as often as 90.0


_Change = TypeVar("_Change", MeterChange, KeyChange, TempoChange)


def _tidy(changes: Iterable[_Change]) -> tuple[_Change, ...]:
    """Sort changes and drop those that change nothing."""
    tidy: list[_Change] = []
    for change in sorted(changes, key=lambda change: change.onset):
        if tidy and tidy[-1].onset == change.onset:
            tidy.pop()
        if not tidy or replace(tidy[-1], onset=change.onset) != change:
            tidy.append(change)
    return tuple(tidy)


@dataclass(frozen=True, slots=True)
class Score:
    """Parts that sound together, and the meter, key and tempo around them.

    Parameters
    ----------
    parts : tuple of Part
    meters : tuple of MeterChange, optional
        4/4 from onset 0 when left out.
    keys : tuple of KeyChange, optional
        C major from onset 0 when left out.
    tempos : tuple of TempoChange, optional
        120 from onset 0 when left out.
    pickup : int, optional [ticks]
        Length of an incomplete first bar; 0 means that the first bar is whole.
    duration : int, optional [ticks]
        The whole length with the silence at its end; up to the last note when left out.
    title, composer : str, optional
    chords : tuple of ChordSymbol, optional
        Chord symbols above the first part; sorted when built, each once.
    sections : tuple of Section, optional
        Where named sections begin; sorted when built, each once.

    Raises
    ------
    ParameterError
        If the first change of a kind is not at onset 0, a meter does not begin at a bar line, the
        pickup is as long as its bar, or the duration is too short.

    Examples
    --------
    >>> melody = Melody.from_events([(62, 12), (67, 96)])
    >>> score = Score((Part(melody.notes),), pickup=12)
    >>> score.bar_onsets()
    (0, 12)
    """

    parts: tuple[Part, ...]
    meters: tuple[MeterChange, ...] = (MeterChange(0, Meter(4, 4)),)
    keys: tuple[KeyChange, ...] = (KeyChange(0, Key("C")),)
    tempos: tuple[TempoChange, ...] = (TempoChange(0, 120.0),)
    pickup: int = 0
    duration: int = 0
    title: str = ""
    composer: str = ""
    chords: tuple[ChordSymbol, ...] = ()
    sections: tuple[Section, ...] = ()

    def __post_init__(self) -> None:
        for name in ("chords", "sections"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        for name in ("meters", "keys", "tempos"):
            changes = _tidy(getattr(self, name))
            object.__setattr__(self, name, changes)
            if not changes or changes[0].onset != 0:
                raise ParameterError(f"{name}={changes!r} must begin with a change at onset 0")
        end = max((part.duration for part in self.parts), default=0)
        if self.duration and self.duration < end:
            raise ParameterError(f"duration={self.duration} must reach the last note's end, {end}")
        object.__setattr__(self, "duration", self.duration or end)
        bar = self.meters[0].meter.bar_duration
        if not 0 <= self.pickup < bar:
            raise ParameterError(f"pickup={self.pickup} must be shorter than a bar, {bar} ticks")
        self._check_meters()

    def _check_meters(self) -> None:
        onset = self.pickup
        for before, change in zip(self.meters, self.meters[1:], strict=False):
            bar = before.meter.bar_duration
            if change.onset < onset or (change.onset - onset) % bar:
                raise ParameterError(
                    f"the meter {change.meter.name} at tick {change.onset} must begin at a bar "
                    f"line of {before.meter.name} (every {bar} ticks from {onset})"
                )
            onset = change.onset

    @classmethod
    def of_melody(
        cls,
        melody: Melody,
        *,
        meter: Meter | None = None,
        key: Key | None = None,
        tempo: float = 120.0,
        pickup: int = 0,
        title: str = "",
        name: str = "",
        program: int = 0,
    ) -> Score:
        """Put one melody into a score of one part.

        Parameters
        ----------
        melody : Melody
        meter : Meter, optional
            4/4 when left out.
        key : Key, optional
            C major when left out.
        tempo : float, default 120 [quarter notes a minute]
        pickup : int, default 0 [ticks]
        title, name : str, optional
            The piece's title and the part's name.
        program : int, default 0 [General MIDI, 0-127]

        Returns
        -------
        score : Score

        Examples
        --------
        >>> Score.of_melody(Melody.from_events([(60, 72)]), meter=Meter(3, 4)).bar_count
        1
        """
        return cls(
            (Part(melody.notes, name=name, program=program),),
            meters=(MeterChange(0, meter or Meter(4, 4)),),
            keys=(KeyChange(0, key or Key("C")),),
            tempos=(TempoChange(0, tempo),),
            pickup=pickup,
            duration=melody.duration,
            title=title,
        )

    @property
    def meter(self) -> Meter:
        """The first meter."""
        return self.meters[0].meter

    @property
    def key(self) -> Key:
        """The first key."""
        return self.keys[0].key

    @property
    def tempo(self) -> float:
        """The first tempo [quarter notes a minute]."""
        return self.tempos[0].tempo

    @property
    def seconds(self) -> float:
        """The playing time [seconds]."""
        return self.seconds_at(self.duration)

    @property
    def bar_count(self) -> int:
        """The number of bars, the pickup included."""
        return len(self.bar_onsets())

    @property
    def note_count(self) -> int:
        """The number of notes in all parts."""
        return sum(len(part.notes) for part in self.parts)

    def bar_onsets(self) -> tuple[int, ...]:
        """List where each bar begins.

        Returns
        -------
        onsets : tuple of int [ticks]
            The first is 0; the last lies before the end of the score.
        """
        onsets = [0] if self.pickup else []
        start = self.pickup
        ends = [change.onset for change in self.meters[1:]] + [self.duration]
        for change, end in zip(self.meters, ends, strict=True):
            onsets.extend(range(start, end, change.meter.bar_duration))
            start = end
        return tuple(onsets) or (0,)

    def meter_at(self, onset: int) -> Meter:
        """Give the meter that holds at an onset [ticks]."""
        return [change.meter for change in self.meters if change.onset <= onset][-1]

    def key_at(self, onset: int) -> Key:
        """Give the key that holds at an onset [ticks]."""
        return [change.key for change in self.keys if change.onset <= onset][-1]

    def seconds_at(self, onset: int) -> float:
        """Convert ticks to playing time through all tempo changes.

        Parameters
        ----------
        onset : int [ticks]

        Returns
        -------
        seconds : float [seconds]

        Examples
        --------
        >>> Score.of_melody(Melody.from_events([(60, 48)])).seconds_at(48)
        1.0
        """
        ends = [change.onset for change in self.tempos[1:]] + [onset]
        spans = zip(self.tempos, ends, strict=True)
        ticks_per_minute = (
            (min(end, onset) - change.onset, change.tempo * TICKS_PER_QUARTER)
            for change, end in spans
            if change.onset < onset
        )
        return sum(60.0 * ticks / rate for ticks, rate in ticks_per_minute)
