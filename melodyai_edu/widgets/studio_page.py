"""The studio: a piece is asked for, heard, changed bar by bar, compared, rated and taken along.

Conventions
-----------
Faces only: what is done is done by the layers below, and remembered by
`melodyai_edu.widgets.studio_state`. Every error is a sentence under the buttons.

Contents
--------
Studio, studio
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import MissingDependencyError
from melodyai_edu.widgets import studio_parts as parts
from melodyai_edu.widgets import studio_ratings
from melodyai_edu.widgets.roll_picker import RollPicker
from melodyai_edu.widgets.studio_actions import ActionControls
from melodyai_edu.widgets.studio_compare import CompareControls
from melodyai_edu.widgets.studio_controls import RequestControls
from melodyai_edu.widgets.studio_export import ExportControls
from melodyai_edu.widgets.studio_job import Job
from melodyai_edu.widgets.studio_ratings import RatingControls
from melodyai_edu.widgets.studio_state import StudioSession, Take
from melodyai_edu.widgets.studio_views import HistoryView, WhyView, about_html

if TYPE_CHECKING:
    from melodyai_edu.composition import Composition

__all__ = ["Studio", "studio"]

_TALLEST_PLAYER = 520  # pixels: roll and buttons below it are seen without scrolling


class Studio:
    """Everything of the studio, put together.

    Parameters
    ----------
    folder : path
        Where exported files go.
    is_simple : bool
    store : RatingStore, optional
    is_threaded : bool, default True
        Off: every button has done its work when its click returns.
    **fields
        Of a `melodyai_edu.CompositionRequest`: what the controls show at first.

    Attributes
    ----------
    session : StudioSession
    controls : RequestControls
    job : Job
    roll : RollPicker
    actions, history, why, compare, ratings, export : the other parts
    widget : ipywidgets.VBox
    """

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        is_simple: bool = False,
        store: Any = None,
        is_threaded: bool = True,
        **fields: Any,
    ) -> None:
        self.is_simple, self.store = is_simple, store
        self.folder = Path(folder)
        self.session = StudioSession()
        self.job = Job(is_threaded, self._set_busy)
        self.controls = RequestControls(self._run, is_simple=is_simple)
        self.controls.set(**fields)
        self.player = parts.html(name="mai-player")
        self.about = parts.html()
        self._last_seed: int | None = None
        self._build_actions()
        self.widget = self._simple() if is_simple else self._full()
        self._set_busy(False)

    def _build_actions(self) -> None:
        session = self.session
        self.generate_button = parts.button(
            "Generate", self.generate, kind="primary", tip="Compose a new piece"
        )
        self.roll = RollPicker()
        self.actions = ActionControls(session, self._change, self.roll, self.controls.mood)
        self.why = WhyView(session, self._run, self.roll)
        self.history = HistoryView(session, lambda number: self._step(session.go_to, number))
        self.compare = CompareControls(session, self._run, self.store, on_blind=self._blind)
        self.ratings = RatingControls(
            self.job,
            lambda: self.piece,
            lambda: self.controls.model,
            self.controls.offer_model,
            self._make_pair,
            self.store,
        )
        self.export = ExportControls(self.folder, lambda: session.take, self._run, self.store)
        self.undo_button = parts.button("Undo", lambda: self._step(session.undo))
        self.redo_button = parts.button("Redo", lambda: self._step(session.redo))

    def _bar(self) -> Any:
        step = () if self.is_simple else (self.undo_button, self.redo_button)
        return parts.row(
            self.generate_button, self.job.cancel_button, *step, self.job.progress, name="mai-top"
        )

    def _simple(self) -> Any:
        left = parts.column(self.controls.widget, name="mai-left")
        right = parts.column(
            self._bar(), self.job.status, self.player, self.export.files, name="mai-right"
        )
        return self._whole(left, right)

    def _full(self) -> Any:
        left = parts.column(self.controls.widget, name="mai-left")
        tabs = parts.labelled(
            [
                ("Change", self.actions.widget),
                ("Why?", self.why.widget),
                ("History", self.history.widget),
                ("Compare", self.compare.widget),
                ("Rate, learn", self.ratings.widget),
                ("Export", self.export.files),
                ("Code", self.export.code),
                ("About", self.about),
            ]
        )
        self.tabs = tabs
        self.why.is_wanted = lambda: tabs.selected_index == 1
        stage = [self.player, self.roll.widget, tabs]
        right = parts.column(self._bar(), self.job.status, *stage, name="mai-right")
        return self._whole(left, right)

    def _whole(self, left: Any, right: Any) -> Any:
        body = parts.row(left, right, name="mai-body")
        body.layout.align_items = "flex-start"
        whole = parts.column(parts.style_sheet(), body, name="mai-studio")
        return whole

    @property
    def piece(self) -> Composition | None:
        """The piece that is looked at."""
        return self.session.piece

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        show(self.widget)

    def __repr__(self) -> str:
        return f"Studio, {len(self.session.takes)} pieces so far"

    def generate(self) -> None:
        """Compose what the controls ask for."""
        named = self.controls.named
        if self._last_seed == named["seed"].value:
            self.controls.next_seed()

        def work() -> str:
            fields = self.controls.fields
            self._last_seed = named["seed"].value
            self._show(self._finished(self.session.generate(**fields)))
            return ""

        self.job.run("composing", work, named["bars"].value)

    def _change(self, what: str, work: Callable[[], Take]) -> None:
        """Do something with the piece at hand, and show what came of it."""

        def changed() -> str:
            self._show(self._finished(work()))
            return ""

        self.job.run(what, changed, self.session.bars)

    def _finished(self, take: Take) -> Take:
        studio_ratings.note_action(take.piece, "shown", self.store)
        return take

    def _run(self, what: str, work: Callable[[], str | None]) -> None:
        self.job.run(what, work)

    def _step(self, step: Callable[..., Take], *given: Any) -> None:
        """Look at another take."""

        def stepped() -> str:
            self._show(step(*given))
            return ""

        self.job.run("going there", stepped)

    def _make_pair(self, before: str | None, after: str) -> None:
        """Compose the same request with two models, to listen to."""
        fields = self.controls.fields
        takes = [self.session.generate(**{**fields, "model": name}) for name in (before, after)]
        self._show(takes[-1])
        self.compare.show(*takes)

    def _show(self, take: Take) -> None:
        """Show a take everywhere."""
        from melodyai_edu.render import player_iframe

        piece = take.piece
        self.player.value = player_iframe(
            piece.performance, written=piece.score, tallest=_TALLEST_PLAYER
        )
        self.export.show(take)
        if self.is_simple:
            return
        self.roll.show(piece)
        self.actions.show(take)
        self.why.show(take)
        self.history.show()
        self.compare.end_blind()
        self.compare.offer()
        self.about.value = about_html(take)

    def _blind(self, is_blind: bool) -> None:
        """Hide what would tell which take is which."""
        for one in (self.player, self.roll.widget):
            one.layout.display = "none" if is_blind else ""

    def _set_busy(self, is_busy: bool) -> None:
        """Let nothing be begun while something is being made."""
        self.generate_button.disabled = is_busy
        has_piece = self.session.take is not None
        self.undo_button.disabled = is_busy or not self.session.can_undo
        self.redo_button.disabled = is_busy or not self.session.can_redo
        self.export.button.disabled = is_busy or not has_piece
        self.actions.set_disabled(is_busy or not has_piece)


def studio(
    folder: str | Path = ".",
    *,
    simple: bool = False,
    store: Any = None,
    is_threaded: bool = True,
    **fields: Any,
) -> Studio:
    """Open the studio: compose, change, compare, rate and export, with buttons.

    Parameters
    ----------
    folder : path, default "."
        Where exported files go.
    simple : bool, default False
        Whether there are only genre, mood, bars, seed, Generate and export.
    store : melodyai_edu.feedback.RatingStore, optional
        Where ratings are kept; the usual place when left out.
    is_threaded : bool, default True
        Off: a button has done its work when its click returns, for programs that press buttons.
    **fields
        Of a `melodyai_edu.CompositionRequest`: what the controls show at first.

    Returns
    -------
    studio : Studio
        A notebook shows it; `Studio.piece` is the piece that is looked at.

    Raises
    ------
    ParameterError
        If a field is unknown or its value cannot be had.
    MissingDependencyError
        If ipywidgets is not installed.

    Examples
    --------
    >>> desk = studio(genre="reel", bars=8, model="ngram", is_threaded=False)
    >>> desk.generate()
    >>> desk.piece.score.bar_count
    8
    """
    if find_spec("ipywidgets") is None:
        raise MissingDependencyError(
            "the studio needs ipywidgets; install it: pip install ipywidgets"
        )
    return Studio(folder, is_simple=simple, store=store, is_threaded=is_threaded, **fields)
