"""Who plays: the arrangement, its chords, and an instrument for each part.

Conventions
-----------
What is left as it is comes from the arrangement. The first instrument of a request has the melody.

Contents
--------
BandControls
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets import studio_parts as parts

__all__ = ["BandControls"]

_USUAL, _NOBODY, _ALONE = "as usual", "nobody", "melody alone"
#: Roles in the order in which they are shown, and what each is called.
_ROLES = {
    "melody": "melody",
    "counter_melody": "2nd melody",
    "accompaniment": "chords",
    "bass": "bass",
    "drums": "drums",
}


class BandControls:
    """Controls for arrangement, harmony and instruments.

    Attributes
    ----------
    arrangement, harmony : ipywidgets.Dropdown
    players : dict of str to ipywidgets.Dropdown
        By role.
    widget : ipywidgets.VBox
    """

    def __init__(self) -> None:
        from melodyai_edu.composition.pattern import HARMONY_STYLES
        from melodyai_edu.composition.pattern_library import list_patterns

        self.arrangement = parts.dropdown("arrangement", (_ALONE, *list_patterns()), _ALONE)
        self.harmony = parts.dropdown("harmony", (_USUAL, *HARMONY_STYLES), _USUAL)
        self.players = {
            role: parts.dropdown(label, (_USUAL, *_offered(role)), _USUAL)
            for role, label in _ROLES.items()
        }
        self.humanise = parts.check("played as people play", True)
        self.widget = parts.column(
            self.arrangement, self.harmony, *self.players.values(), self.humanise
        )
        self._more: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """What the controls ask for, as fields of a request."""
        pattern = None if self.arrangement.value == _ALONE else self.arrangement.value
        named = {role: c.value for role, c in self.players.items() if c.value != _USUAL}
        found: dict[str, Any] = {}
        if pattern is not None:
            found["arrangement"] = pattern
        if self.harmony.value != _USUAL:
            found["harmony"] = self.harmony.value
        if named:
            found["instruments"] = [*_band(pattern, named), *self._more]
        return found | ({} if self.humanise.value else {"humanise": False})

    @property
    def melody_instrument(self) -> str:
        """Who has the melody."""
        fields = self.fields
        if fields.get("instruments"):
            return str(fields["instruments"][0])
        return _band(fields.get("arrangement"), {})[0]

    def set(self, **fields: Any) -> None:
        """Show the fields of a request that are about the band.

        Parameters
        ----------
        **fields
            ``arrangement``, ``harmony``, ``instruments``, ``humanise``.

        Raises
        ------
        ParameterError
            If one is unknown.
        """
        from melodyai_edu.composition.request_values import arrangement_name, choice
        from melodyai_edu.composition.roles import assign_roles

        if pattern := fields.get("arrangement"):
            name = arrangement_name(pattern)
            if name not in self.arrangement.options:
                self.arrangement.options = (*self.arrangement.options, name)
            self.arrangement.value = name
        if style := fields.get("harmony"):
            choice("harmony", style, self.harmony.options[1:])
            self.harmony.value = style
        self.humanise.value = bool(fields.get("humanise", True))
        names = fields.get("instruments")
        players = assign_roles([names] if isinstance(names, str) else names) if names else ()
        taken = {role: name for role, name in reversed(players)}
        for role, control in self.players.items():
            if players:
                control.value = taken.get(role, _NOBODY if role != "melody" else _USUAL)
        self._more = tuple(name for role, name in players if taken[role] != name)


def _offered(role: str) -> Sequence[str]:
    """List the instruments that can play a part."""
    from melodyai_edu.composition.instruments import DRUM_KIT, INSTRUMENTS
    from melodyai_edu.composition.roles import assign_roles

    if role == "melody":
        return INSTRUMENTS
    if role == "drums":
        return (_NOBODY, DRUM_KIT)
    band = assign_roles([INSTRUMENTS[0], *INSTRUMENTS[:15]])
    found = []
    for begin in range(0, len(INSTRUMENTS), 15):
        band = assign_roles([INSTRUMENTS[0], *INSTRUMENTS[begin : begin + 15]])[1:]
        found += [player.instrument for player in band if player.role == role]
    return (_NOBODY, *found)


def _band(pattern: str | None, named: dict[str, str]) -> list[str]:
    """Name who plays, from the arrangement's own players and those that were chosen."""
    from melodyai_edu.composition.instruments import INSTRUMENTS
    from melodyai_edu.composition.pattern_library import find_pattern
    from melodyai_edu.composition.roles import usual_players

    usual: dict[str, str] = {"melody": INSTRUMENTS[0]}
    if pattern is not None:
        usual = {player.role: player.instrument for player in usual_players(find_pattern(pattern))}
    band = usual | {role: name for role, name in named.items() if name}
    players = [band[role] for role in _ROLES if band.get(role, _NOBODY) != _NOBODY]
    if band.get("melody", _NOBODY) == _NOBODY:
        raise ParameterError("melody='nobody' must be an instrument: somebody has to play it")
    return players
