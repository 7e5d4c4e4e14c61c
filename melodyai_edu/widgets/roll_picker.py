"""The piano roll as something to click on: a first and a last bar, or one place to ask about.

Conventions
-----------
Every bar is a button that lies over the picture, as wide as the bar; a click on one begins a range,
a click on another ends it. The same range can be typed. Bars count from 1; intro, ending and
pickup cannot be chosen.

Contents
--------
RollPicker
"""

from __future__ import annotations

import io
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets import studio_parts as parts

if TYPE_CHECKING:
    from melodyai_edu.composition import Composition

__all__ = ["RollPicker"]

_SIZE = (11.0, 2.3)  # inches
_DPI = 100


class RollPicker:
    """A picture with buttons over it, and a field that says the same.

    Attributes
    ----------
    first, last : int or None [bars, from 1]
        What is chosen.
    bars : list of ipywidgets.Button
        The first bar first.
    widget : ipywidgets.VBox
    """

    def __init__(self) -> None:
        import ipywidgets

        self.first: int | None = None
        self.last: int | None = None
        self.bars: list[Any] = []
        self._is_busy = False
        self.picture = parts.html(name="mai-roll-picture")
        self.overlay = ipywidgets.HBox([])
        self.overlay.add_class("mai-bars")
        grid = ipywidgets.GridBox([self.picture, self.overlay])
        grid.layout.grid_template_columns = "100%"
        grid.add_class("mai-roll")
        for child in (self.picture, self.overlay):
            child.layout.grid_area = "1 / 1 / 2 / 2"
        self.field = parts.text("bars", hint="such as 5-8", width="190px")
        self.field.observe(self._hear_field, names="value")
        self.widget = parts.column(grid)

    def show(self, piece: Composition) -> None:
        """Draw a piece and put a button over each of its bars.

        Parameters
        ----------
        piece : Composition
        """
        from melodyai_edu.render.description import describe

        png, box = _draw(piece)
        words = escape(f"Piano roll. {describe(piece.performance)}", quote=True)
        self.picture.value = (
            f'<img alt="{words}" src="data:image/png;base64,{b64encode(png).decode("ascii")}">'
        )
        self._lay_out(piece, box)
        total = len(self.bars)
        if self.last is not None and self.last > total:
            self.choose(None, None)
        self._mark()

    def _lay_out(self, piece: Composition, box: tuple[float, float, float, float]) -> None:
        """Lay the buttons over the part of the picture that shows notes."""
        from melodyai_edu.composition.staging import onset_of_bar

        left, bottom, right, top = box
        total = piece.lead.bar_count - bool(piece.lead.pickup)
        duration = max(piece.performance.duration, 1)
        onsets = [onset_of_bar(piece.lead, piece.request, bar) for bar in range(total + 1)]
        wide = right - left
        begin = left + wide * onsets[0] / duration
        end = min(left + wide * onsets[-1] / duration, right)
        tall = _SIZE[1] / _SIZE[0]  # margins in percent are of the width, upright ones as well
        self.overlay.layout.margin = (
            f"{100 * tall * (1 - top):.3f}% {100 * (1 - end):.3f}% "
            f"{100 * tall * bottom:.3f}% {100 * begin:.3f}%"
        )
        if len(self.bars) != total:
            self.bars = [self._bar(number) for number in range(1, total + 1)]
            self.overlay.children = tuple(self.bars)

    def _bar(self, number: int) -> Any:
        made = parts.button("", lambda: self.press(number), tip=f"bar {number}")
        made.layout.flex, made.layout.min_width = "1 1 0px", "0"
        made.layout.height, made.layout.margin, made.layout.padding = "auto", "0", "0"
        return made

    def press(self, number: int) -> None:
        """Begin a range at a bar, or end it there where one was begun.

        Parameters
        ----------
        number : int [from 1]
        """
        if self.first is None or self.first != self.last:
            self.choose(number, number)
        elif self.first == number:
            self.choose(None, None)
        else:
            self.choose(min(self.first, number), max(self.first, number))

    def choose(self, first: int | None, last: int | None) -> None:
        """Choose bars, or none.

        Parameters
        ----------
        first, last : int, optional [from 1]
        """
        self.first, self.last = first, last
        self._is_busy = True
        try:
            self.field.value = (
                "" if first is None else f"{first}" if first == last else f"{first}-{last}"
            )
        finally:
            self._is_busy = False
        self._mark()

    def chosen(self) -> tuple[int, int]:
        """Give the first and the last bar.

        Raises
        ------
        ParameterError
            If none is chosen, or the text is no range.
        """
        if self.field.value.strip():
            return _read_range(self.field.value)
        raise ParameterError("bars='' must be chosen: click on the roll, or type such as 5-8")

    def _hear_field(self, change: Any) -> None:
        if self._is_busy:
            return
        try:
            self.first, self.last = _read_range(change["new"])
        except ParameterError:
            self.first = self.last = None
        self._mark()

    def _mark(self) -> None:
        for number, bar in enumerate(self.bars, 1):
            is_in = self.first is not None and self.first <= number <= (self.last or 0)
            (bar.add_class if is_in else bar.remove_class)("mai-chosen")
            bar.tooltip = f"bar {number}{', chosen' if is_in else ''}"


def _read_range(text: str) -> tuple[int, int]:
    """Read ``"5-8"`` or ``"5"``."""
    from melodyai_edu.constraints.text import read_bars

    bars = read_bars(text.lower().replace("bars", "").replace("bar", "").strip())
    if not bars or bars[-1] - bars[0] + 1 != len(bars):
        raise ParameterError(f"bars={text!r} must be bars in a row, such as 5-8")
    return bars[0] + 1, bars[-1] + 1


def _draw(piece: Composition) -> tuple[bytes, tuple[float, float, float, float]]:
    """Draw the roll; say where in the picture its notes are, as shares of width and height."""
    from melodyai_edu.render import piano_roll

    figure = piano_roll(piece.performance, width=_SIZE[0], height=_SIZE[1])
    figure.axes[0].set_title("")  # both stand in the player above
    for legend in list(figure.legends):
        legend.remove()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI)
    box = figure.axes[0].get_position()
    return stream.getvalue(), (box.x0, box.y0, box.x1, box.y1)
