"""The mood pad: valence to the right, arousal upwards, with the names of moods in their places.

Conventions
-----------
A mood is ``None``, a name, or a place (valence, arousal), each from -1 to 1. Pad, sliders and list
say the same at any time. Colours are tints of Okabe & Ito's, and no meaning hangs on them alone.

Contents
--------
MoodPad
"""

from __future__ import annotations

from functools import cache
from typing import Any

from melodyai_edu.features.mood import MOODS, nearest_mood, parse_mood
from melodyai_edu.widgets import studio_parts as parts

__all__ = ["MoodPad"]

_CELLS = 9  # to each side
_NONE = "as the genre has it"
_OWN = "a place of your own"
#: The corners: tense, happy, sad, calm; vermillion, orange, blue and bluish green.
_CORNERS = {(-1, 1): "D55E00", (1, 1): "E69F00", (-1, -1): "0072B2", (1, -1): "009E73"}
_TINT = 0.55  # how far a colour goes towards white, so that black letters stand out


class MoodPad:
    """A pad, two sliders and a list that choose one mood.

    Parameters
    ----------
    mood : str or (float, float), optional
        What is chosen at first.
    has_sliders : bool, default True
        Whether the two sliders are shown below the pad.

    Attributes
    ----------
    cells : dict of (float, float) to ipywidgets.Button
    widget : ipywidgets.VBox
    """

    def __init__(self, mood: Any = None, *, has_sliders: bool = True) -> None:
        import ipywidgets

        self._is_busy = False
        self.names = parts.dropdown("mood", (_NONE, *sorted(MOODS), _OWN), _NONE)
        self.valence = parts.slider("valence", -1, 1, 0, 0.05)
        self.arousal = parts.slider("arousal", -1, 1, 0, 0.05)
        self.cells = {place: self._cell(place) for place in _places()}
        grid = ipywidgets.GridBox(list(self.cells.values()))
        grid.layout.grid_template_columns = f"repeat({_CELLS}, 1fr)"
        grid.add_class("mai-pad")
        self.said = parts.html()
        axes = [
            parts.html("<div class='mai-axis'>&uarr; excited</div>"),
            grid,
            parts.html("<div class='mai-axis'>&darr; still &nbsp;&middot;&nbsp; "
                       "&larr; unpleasant &nbsp;&middot;&nbsp; pleasant &rarr;</div>"),
        ]  # fmt: skip
        sliders = (self.valence, self.arousal) if has_sliders else ()
        self.widget = parts.column(self.names, *axes, *sliders, self.said)
        self.names.observe(self._hear_name, names="value")
        self.valence.observe(self._hear_place, names="value")
        self.arousal.observe(self._hear_place, names="value")
        self.value = mood

    def _cell(self, place: tuple[float, float]) -> Any:
        name = _named_cells().get(place, "")
        valence, arousal = place
        tip = f"valence {valence:+g}, arousal {arousal:+g}: {name or 'near ' + nearest_mood(place)}"
        cell = parts.button(name, lambda: self._press(place), tip=tip)
        cell.style.button_color = _tint(valence, arousal)
        cell.layout.margin, cell.layout.padding = "0", "0"
        cell.layout.height, cell.layout.min_width = "26px", "0"
        if name:
            cell.add_class("mai-named")
        elif "tabbable" in cell.trait_names():  # ipywidgets 8: Tab stops at names, not at 81 cells
            cell.tabbable = False
        return cell

    @property
    def value(self) -> str | tuple[float, float] | None:
        """The mood that is chosen."""
        name = self.names.value
        if name == _NONE:
            return None
        return name if name != _OWN else (self.valence.value, self.arousal.value)

    @value.setter
    def value(self, mood: Any) -> None:
        if mood is None:
            self._show(_NONE, (0.0, 0.0))
        elif isinstance(mood, str):
            self._show(mood.strip().lower(), tuple(parse_mood(mood)))
        else:
            self._show(_OWN, tuple(parse_mood(mood)))

    def _press(self, place: tuple[float, float]) -> None:
        self.value = _named_cells().get(place) or place

    def _hear_name(self, change: Any) -> None:
        if not self._is_busy:
            place = (self.valence.value, self.arousal.value)
            self.value = {_NONE: None, _OWN: place}.get(change["new"], change["new"])

    def _hear_place(self, _: Any) -> None:
        if not self._is_busy:
            self.value = (self.valence.value, self.arousal.value)

    def _show(self, name: str, place: Any) -> None:
        """Bring pad, sliders and list in step."""
        self._is_busy = True
        try:
            self.names.value = name
            self.valence.value, self.arousal.value = place
        finally:
            self._is_busy = False
        named = _named_cells()
        chosen = None if name == _NONE else min(self.cells, key=lambda cell: _distance(cell, place))
        for cell, button in self.cells.items():
            mark = button.add_class if cell == chosen else button.remove_class
            mark("mai-chosen")
            button.description = named.get(cell, "●" if cell == chosen else "")
        near = f"near {nearest_mood(place)}" if name == _OWN else ""
        self.said.value = f"<div class='mai-axis' role='status'>{near}</div>" if near else ""


def _places() -> list[tuple[float, float]]:
    """List the cells, row by row from the most excited."""
    steps = [-1 + 2 * index / (_CELLS - 1) for index in range(_CELLS)]
    return [(valence, arousal) for arousal in reversed(steps) for valence in steps]


@cache
def _named_cells() -> dict[tuple[float, float], str]:
    """Give each named mood the cell that it lies in."""
    places = _places()
    return {
        min(places, key=lambda cell: _distance(cell, mood)): name for name, mood in MOODS.items()
    }


def _distance(one: Any, other: Any) -> float:
    return float((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2)


def _tint(valence: float, arousal: float) -> str:
    """Mix the colours of the corners, each as much as the place is near, and white."""
    mixed = [0.0, 0.0, 0.0]
    for (right, up), colour in _CORNERS.items():
        share = (1 + right * valence) * (1 + up * arousal) / 4
        for channel in range(3):
            mixed[channel] += share * int(colour[2 * channel : 2 * channel + 2], 16)
    return "#" + "".join(f"{round(_TINT * 255 + (1 - _TINT) * value):02x}" for value in mixed)
