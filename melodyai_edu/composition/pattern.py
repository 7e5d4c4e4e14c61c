"""Accompaniment patterns: what bass, chords and drums play under a melody, idiom by idiom.

Conventions
-----------
A pattern holds *grooves*, each for meters of one length; a groove holds for each *role* some
*textures*, and a texture one or more bars that are played in turn. Positions and durations are
ticks in a bar. A bass event names a member of the chord, an accompaniment event its voices from
the lowest (``v1``) up, a drum event a drum of the General MIDI percussion map.

Contents
--------
ROLES, TEXTURES, HARMONY_STYLES, Event, Groove, Pattern, Bar
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from melodyai_edu.score import Meter
from melodyai_edu.theory.rhythm import metric_strength

__all__ = ["HARMONY_STYLES", "ROLES", "TEXTURES", "Bar", "Event", "Groove", "Pattern"]

#: Styles of chords that an arrangement can have.
HARMONY_STYLES = ("folk", "pop", "jazz")

#: Who plays from a pattern.
ROLES = ("bass", "accompaniment", "drums")

#: What a role may have bars for; all but ``main`` may be missing.
TEXTURES = ("main", "varied", "fill", "sparse", "busy", "intro", "ending")

#: What is played where a texture is missing; ``sparse`` is ``main`` without the weak places.
_INSTEAD = {"varied": ("main",), "fill": ("main",), "busy": ("main",), "intro": ("sparse",)}
_BEAT_LEVEL = 4  # of `metric_strength`


class Event(NamedTuple):
    """Something that is played at a place of the bar.

    Parameters
    ----------
    position, duration : int [ticks]
    what : str
        A chord member, voices, or the name of a drum.
    velocity : int [MIDI, 1-127]
    """

    position: int
    duration: int
    what: str
    velocity: int


Bar = tuple[Event, ...]


@dataclass(frozen=True)
class Groove:
    """The bars of a pattern for meters of one length.

    Parameters
    ----------
    meters : tuple of Meter
    bars : mapping of str to mapping of str to tuple of Bar
        By role, then by texture.
    """

    meters: tuple[Meter, ...]
    bars: Mapping[str, Mapping[str, tuple[Bar, ...]]]

    def textures(self, role: str) -> Mapping[str, tuple[Bar, ...]]:
        """Give the textures of a role; none if it is silent."""
        return self.bars.get(role, {})

    def bar(self, role: str, texture: str, number: int) -> Bar:
        """Give what a role plays in a bar.

        Parameters
        ----------
        role : str
            One of `ROLES`.
        texture : str
            One of `TEXTURES`; where the role lacks it, a near one is played.
        number : int [from 0]
            Where the bar stands in its section: a texture's bars are played in turn.

        Returns
        -------
        bar : tuple of Event
            Sorted by position; empty if the role is silent.
        """
        textures = self.textures(role)
        for name in (texture, *_INSTEAD.get(texture, ())):
            if name in textures:
                bars = textures[name]
                return bars[number % len(bars)] if bars else ()
        if not textures:
            return ()
        if texture == "ending":
            return self._ending(role)
        return self._thinned(self.bar(role, "main", number))

    def _thinned(self, bar: Bar) -> Bar:
        """Keep what stands on a beat."""
        levels = metric_strength(self.meters[0])
        return tuple(event for event in bar if levels[event.position] >= _BEAT_LEVEL)

    def _ending(self, role: str) -> Bar:
        """Play once, at the bar line, and let it ring."""
        length = self.meters[0].bar_duration
        if role == "bass":
            return (Event(0, length, "bass", 84),)
        if role == "accompaniment":
            return (Event(0, length, "chord", 70),)
        struck = self.bar(role, "main", 0)
        return tuple(event for event in struck if event.position == 0)


@dataclass(frozen=True)
class Pattern:
    """How an idiom accompanies a melody.

    Parameters
    ----------
    name : str
        As it is asked for; the name of its file.
    about : str
        One sentence for people.
    genres : tuple of str
        The genres that it is chosen for.
    usual_in : tuple of str
        The meters for which it is chosen where no genre is named.
    grooves : tuple of Groove
    instruments : mapping of str to mapping of str to str
        By mood (``""`` is any), then by role: melody, counter_melody, accompaniment, bass, drums.
        An empty name means that nobody plays the role.
    tempo : (float, float) [quarter notes a minute]
        The usual range.
    swing : float, default 1
        First note of a pair to the second: 1 even, 2 triplet swing.
    swing_pair : int, default 24 [ticks]
        How long two swung notes are together.
    feel : str, default "even"
        ``"laid back"``, ``"even"`` or ``"driving"``: drums and bass behind, on, or before the beat.
    harmony : str, default "folk"
        The style of the chords where nobody asks for one: ``"folk"``, ``"pop"`` or ``"jazz"``.
    voices : int, default 3
        Notes in a chord of the accompaniment.
    """

    name: str
    about: str
    genres: tuple[str, ...]
    usual_in: tuple[str, ...]
    grooves: tuple[Groove, ...]
    instruments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tempo: tuple[float, float] = (60.0, 120.0)
    swing: float = 1.0
    swing_pair: int = 24
    feel: str = "even"
    harmony: str = "folk"
    voices: int = 3

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters that the pattern has bars for."""
        return tuple(meter for groove in self.grooves for meter in groove.meters)

    def groove(self, meter: Meter) -> Groove | None:
        """Give the groove for a meter; None if the pattern has none.

        Parameters
        ----------
        meter : Meter

        Returns
        -------
        groove : Groove or None
        """
        return next((groove for groove in self.grooves if meter in groove.meters), None)

    def instrument(self, role: str, mood: str = "") -> str:
        """Give the usual instrument for a role.

        Parameters
        ----------
        role : str
        mood : str, optional
            ``"happy"``, ``"calm"``, ``"tense"`` or ``"sad"``; the pattern may name others for it.

        Returns
        -------
        instrument : str
            Empty if nobody plays the role.
        """
        of_mood = self.instruments.get(mood, {})
        return of_mood.get(role, self.instruments.get("", {}).get(role, ""))
