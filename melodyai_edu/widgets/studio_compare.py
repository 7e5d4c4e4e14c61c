"""Two takes side by side: open, or blind until one is preferred.

Conventions
-----------
Left and right are decided by a seed; blind, nothing on the page tells which take is which, their
titles included. A preference is a rating of the pair.

Contents
--------
CompareControls
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets import studio_parts as parts
from melodyai_edu.widgets import studio_ratings

if TYPE_CHECKING:
    from melodyai_edu.widgets.studio_state import StudioSession, Take

__all__ = ["CompareControls"]

_SIDES = ("left", "right")
_PLAYER_HEIGHT = 430  # pixels


class CompareControls:
    """Chooses two takes, shows them, and takes a preference.

    Parameters
    ----------
    session : StudioSession
    run : callable
        ``run(what, work)`` does what takes a while.
    store : RatingStore, optional
    seed : int, default 0
        Decides which take is left in blind comparisons.
    on_blind : callable, optional
        Hears ``True`` when a blind comparison begins, ``False`` when it is over.

    Attributes
    ----------
    shown : tuple of Take
        Left and right; empty where nothing is compared.
    widget : ipywidgets.VBox
    """

    def __init__(
        self,
        session: StudioSession,
        run: Callable[..., Any],
        store: Any = None,
        seed: int = 0,
        on_blind: Callable[[bool], None] | None = None,
    ) -> None:
        self.session, self.run, self.store = session, run, store
        self.on_blind = on_blind or (lambda is_blind: None)
        self._is_blind = False
        self._random = np.random.default_rng(seed)
        self.shown: tuple[Take, ...] = ()
        self.a = parts.dropdown("A", (("-", 0),), 0)
        self.b = parts.dropdown("B", (("-", 0),), 0)
        self.blind = parts.check("blind: say which is better before you are told which is which")
        self.show_button = parts.button("Compare", self.compare, tip="Show A and B side by side")
        self.players = [parts.html(name="mai-player") for _ in _SIDES]
        self.prefer = [
            parts.button(f"I prefer the {side} one", partial(self.choose, side)) for side in _SIDES
        ]
        self.said = parts.html(name="mai-status")
        halves = [
            parts.column(player, button, name="mai-half")
            for player, button in zip(self.players, self.prefer, strict=True)
        ]
        self.sides = parts.row(*halves, name="mai-sides")
        self.widget = parts.column(
            parts.row(self.a, self.b, name="mai-pair"),
            parts.row(self.show_button, self.blind),
            self.sides,
            self.said,
        )
        self._clear()

    def offer(self) -> None:
        """Offer all takes; the last two are chosen at first."""
        takes = self.session.takes
        if not takes:
            return
        options = [(take.label, take.number) for take in takes]
        chosen = (max(len(takes) - 1, 1), len(takes))
        for control, number in zip((self.a, self.b), chosen, strict=True):
            control.options = options
            control.value = number

    def compare(self) -> None:
        """Show the two takes that are chosen."""
        self._clear()
        self.run("preparing both", self._compare)

    def _compare(self) -> str:
        if not self.session.takes or self.a.value == self.b.value:
            raise ParameterError("A and B must be two different takes: generate another piece")
        pair = [self.session.find(number) for number in (self.a.value, self.b.value)]
        self._is_blind = bool(self.blind.value)
        if self._is_blind and self._random.random() < 0.5:
            pair.reverse()
        self.show(pair[0], pair[1])
        return ""

    def show(self, left: Take, right: Take) -> None:
        """Show two takes.

        Parameters
        ----------
        left, right : Take
        """
        from melodyai_edu.render import player_iframe

        for side, player, take in zip(_SIDES, self.players, (left, right), strict=True):
            name = f"The {side} one" if self._is_blind else take.label
            played, written = (
                replace(score, title=name) for score in (take.piece.performance, take.piece.score)
            )
            frame = player_iframe(played, written=written, height=_PLAYER_HEIGHT)
            player.value = f"<b>{html.escape(name)}</b>{frame}"
        self.shown = (left, right)
        self.on_blind(self._is_blind)
        for button in self.prefer:
            button.disabled = False
        self.sides.layout.display = "flex"

    def choose(self, side: str) -> None:
        """Prefer one of the two; only now is said which is which.

        Parameters
        ----------
        side : str
            ``"left"`` or ``"right"``.
        """
        if not self.shown:
            return
        chosen, other = self.shown if side == "left" else reversed(self.shown)
        fault, head = "", f"Kept: you prefer the {side} one."
        try:
            studio_ratings.rate(chosen.piece, self.store, better_than=other.piece)
        except Exception as error:  # the answer was given: tell which was which all the same
            fault, head = parts.error_html(error), f"You prefer the {side} one."
        names = dict(zip(_SIDES, (take.label for take in self.shown), strict=True))
        told = "; ".join(f"{name}: {label}" for name, label in names.items())
        self.said.value = f"<div role='status'>{head} {html.escape(told)}</div>{fault}"
        for button in self.prefer:
            button.disabled = True
        self._is_blind = False
        self.on_blind(False)

    def end_blind(self) -> None:
        """Give up a blind comparison: another piece is looked at."""
        if self._is_blind:
            self._clear()

    def _clear(self) -> None:
        self._is_blind = False
        self.on_blind(False)
        self.shown, self.said.value = (), ""
        self.sides.layout.display = "none"
        for player, button in zip(self.players, self.prefer, strict=True):
            player.value, button.disabled = "", True
