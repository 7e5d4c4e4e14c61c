"""Who plays what: from a list of instruments to the roles of an arrangement.

Conventions
-----------
The first instrument has the melody. Of the others a bass instrument plays the bass, a drum kit the
drums, one that sounds several notes at once the accompaniment, any other a counter-melody.

Contents
--------
MAX_PLAYERS, Player, assign_roles, usual_players
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from melodyai_edu.composition.instruments import DRUM_KIT, instrument_named
from melodyai_edu.composition.pattern import Pattern
from melodyai_edu.composition.ranges import compass_of
from melodyai_edu.errors import ParameterError

__all__ = ["MAX_PLAYERS", "Player", "assign_roles", "usual_players"]

#: The most parts of an arrangement: as many as MIDI has channels.
MAX_PLAYERS = 16

_ROLE_OF = {
    "chords": "accompaniment",
    "bass": "bass",
    "line": "counter_melody",
    "noise": "counter_melody",
}
_ORDER = ("melody", "counter_melody", "accompaniment", "bass", "drums")


class Player(NamedTuple):
    """A part to be written.

    Parameters
    ----------
    role : str
        ``"melody"``, ``"counter_melody"``, ``"accompaniment"``, ``"bass"`` or ``"drums"``.
    instrument : str
        A General MIDI name, or ``"drums"``.
    """

    role: str
    instrument: str


def assign_roles(instruments: Sequence[str]) -> tuple[Player, ...]:
    """Say what each instrument plays.

    Parameters
    ----------
    instruments : sequence of str
        General MIDI names, short names such as ``"piano"``, and ``"drums"`` or ``"percussion"``.
        The first plays the melody.

    Returns
    -------
    players : tuple of Player
        One for each instrument, in the same order.

    Raises
    ------
    ParameterError
        If a name is unknown (the message gives the nearest ones), there is none or more than
        sixteen, the first is a drum kit, or there are two.

    Examples
    --------
    >>> [role for role, _ in assign_roles(["flute", "acoustic guitar", "acoustic bass", "drums"])]
    ['melody', 'accompaniment', 'bass', 'drums']
    >>> assign_roles(["violin", "cello"])[1]
    Player(role='counter_melody', instrument='cello')
    """
    if isinstance(instruments, str):
        raise ParameterError(f"instruments={instruments!r} must be a list: [{instruments!r}]")
    names = [instrument_named(name) for name in instruments]
    if not 1 <= len(names) <= MAX_PLAYERS:
        raise ParameterError(f"instruments={instruments!r} must be 1 to {MAX_PLAYERS} names")
    if names[0] == DRUM_KIT:
        raise ParameterError(
            f"instruments={list(instruments)!r} must begin with one that can play the melody"
        )
    if names.count(DRUM_KIT) > 1:
        raise ParameterError(f"instruments={list(instruments)!r} must have one drum kit at most")
    roles = ["melody", *(_role(name) for name in names[1:])]
    return tuple(map(Player, roles, names))


def _role(name: str) -> str:
    return "drums" if name == DRUM_KIT else _ROLE_OF[compass_of(name).kind]


def usual_players(
    pattern: Pattern, mood: str = "", *, counter_melody: bool = False
) -> tuple[Player, ...]:
    """Give the band that a pattern is played by where nobody named one.

    Parameters
    ----------
    pattern : Pattern
    mood : str, optional
        ``"happy"``, ``"calm"``, ``"tense"`` or ``"sad"``.
    counter_melody : bool, default False

    Returns
    -------
    players : tuple of Player
        Melody first.

    Examples
    --------
    >>> from melodyai_edu.composition.pattern_library import find_pattern
    >>> [player.instrument for player in usual_players(find_pattern("waltz"))]
    ['violin', 'accordion', 'acoustic bass']
    """
    fallback = {"melody": "acoustic grand piano", "counter_melody": "cello"}
    players = []
    for role in _ORDER:
        name = pattern.instrument(role, mood) or fallback.get(role, "")
        if name and (role != "counter_melody" or counter_melody):
            players.append(Player(role, name))
    return tuple(players)
