"""What there is to read about a take: why a note, the history, facts and copying.

Conventions
-----------
Bars and beats count from 1. Text that may come from a file is escaped.

Contents
--------
WhyView, HistoryView, about_html
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from melodyai_edu.widgets import studio_parts as parts

if TYPE_CHECKING:
    from melodyai_edu.widgets.roll_picker import RollPicker
    from melodyai_edu.widgets.studio_state import StudioSession, Take

__all__ = ["HistoryView", "WhyView", "about_html"]

_HINT = "Press Generate first; then a bar of the roll, and a beat, tell why its note is there."


class WhyView:
    """Explains the note at a bar and a beat.

    Parameters
    ----------
    session : StudioSession
    run : callable
        ``run(what, work)`` does what takes a while.
    roll : RollPicker
        Its first chosen bar is asked about.

    Attributes
    ----------
    is_wanted : callable
        Says whether a click on the roll asks.
    bar, beat : ipywidgets.Dropdown
    table : ipywidgets.HTML
    widget : ipywidgets.VBox
    """

    def __init__(self, session: StudioSession, run: Callable[..., Any], roll: RollPicker) -> None:
        self.session, self.run = session, run
        self.is_wanted: Callable[[], bool] = lambda: True
        self.bar, self.beat = parts.dropdown("bar", (1,), 1), parts.dropdown("beat", (1.0,), 1.0)
        for control in (self.bar, self.beat):
            control.layout.width = "190px"
        self.button = parts.button("Why this note?", self.explain)
        self.table = parts.html(f"<div class='mai-sentence'>{_HINT}</div>", "mai-why")
        self.widget = parts.column(parts.row(self.bar, self.beat, self.button), self.table)
        roll.field.observe(lambda _: self._follow(roll.first), names="value")
        self.bar.observe(lambda _: self._offer_beats(), names="value")

    def show(self, take: Take) -> None:
        """Offer the bars of a take.

        Parameters
        ----------
        take : Take
        """
        bars = tuple(range(0 if take.piece.lead.pickup else 1, self.session.bars + 1))
        if tuple(self.bar.options) != bars:
            self.bar.options = bars
            self.bar.value = 1
        self._offer_beats()
        self.table.value = ""

    def _follow(self, bar: int | None) -> None:
        if bar is not None and bar in self.bar.options:
            self.bar.value = bar
            if self.is_wanted():  # a network takes a while to be asked again
                self.explain()

    def _offer_beats(self) -> None:
        """Offer where notes begin in the chosen bar."""
        piece = self.session.piece
        if piece is None:
            return
        lead = piece.lead
        length = lead.meter.bar_duration
        # In a pickup places count as if its bar were whole.
        begin = lead.pickup + (int(self.bar.value) - 1) * length
        beat = lead.meter.beat_durations[0]
        places = sorted(
            {1 + (note.onset - begin) / beat for note in lead.parts[0].notes
             if begin <= note.onset < begin + length}
        )  # fmt: skip
        options = [(f"{place:.4g}", place) for place in places] or [("1", 1.0)]
        if tuple(self.beat.options) != tuple(options):
            self.beat.options = options
            self.beat.value = options[0][1]

    def explain(self) -> None:
        """Say what was legal at the chosen place, and what forbade the rest."""
        self.run("asking", self._explain)

    def _explain(self) -> str:
        piece = self.session.piece
        if piece is not None:
            self.table.value = piece.why(int(self.bar.value), float(self.beat.value))._repr_html_()
        return ""


class HistoryView:
    """Lists every take, with its request, and goes back to any.

    Parameters
    ----------
    session : StudioSession
    go_to : callable of int

    Attributes
    ----------
    list : ipywidgets.Select
    widget : ipywidgets.VBox
    """

    def __init__(self, session: StudioSession, go_to: Callable[[int], Any]) -> None:
        import ipywidgets

        self.session = session
        self.list = ipywidgets.Select(options=[], rows=6, description="")
        self.list.layout.width = "100%"
        self.button = parts.button("Go back to this piece", lambda: self._go(go_to))
        self.details = parts.html()
        self.widget = parts.column(self.list, self.button, self.details)
        self.list.observe(lambda _: self._tell(), names="value")

    def show(self) -> None:
        """List all takes; the one that is looked at is marked."""
        take = self.session.take
        if take is None:
            return
        self.list.options = [
            (f"{'▶ ' if one is take else ''}{one.label}", one.number) for one in self.session.takes
        ]
        self.list.value = take.number
        self._tell()

    def _go(self, go_to: Callable[[int], Any]) -> None:
        if self.list.value:
            go_to(self.list.value)

    def _tell(self) -> None:
        if not self.list.value:
            return
        take = self.session.find(self.list.value)
        usual = type(take.piece.request)().fields
        fields = {
            n: v for n, v in take.piece.request.fields.items() if v != usual[n] or n == "seed"
        }
        told = ", ".join(f"{name}={value!r}" for name, value in fields.items())
        steps = "".join(f"<li><code>{html.escape(call)}</code></li>" for call in take.calls)
        self.details.value = (
            f"<div class='mai-sentence'>Request: {html.escape(told)}</div>"
            f"<ol class='mai-sentence'>{steps}</ol>"
        )


def about_html(take: Take) -> str:
    """Give facts and the copying figure of a take.

    Parameters
    ----------
    take : Take

    Returns
    -------
    html : str
    """
    piece = take.piece
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in piece.facts.items()
    )
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in piece.copying.lines())
    return (
        f"<div class='mai-about'><b>Copying</b><ul>{lines}</ul><b>Facts</b>"
        f"<table>{rows}</table></div>"
    )
