"""Ratings given in the studio, and the button that learns from them.

Conventions
-----------
Ratings go to `melodyai_edu.feedback` and stay on this machine. What is learned is a new model
beside the old one: one click goes back.

Contents
--------
RatingControls, learn, note_action, rate
"""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import MelodyAIError, MissingDependencyError, ParameterError
from melodyai_edu.widgets import studio_parts as parts

if TYPE_CHECKING:
    from melodyai_edu.composition import Composition
    from melodyai_edu.widgets.studio_job import Job

__all__ = ["RatingControls", "learn", "note_action", "rate"]


def _layer(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f"{name} is needed to rate and learn, and is not installed ({error})"
        ) from error


def rate(piece: Composition, store: Any = None, **said: Any) -> Any:
    """Keep a rating; see `melodyai_edu.feedback.rate`."""
    return _layer("melodyai_edu.feedback").rate(piece, store=store, **said)


def learn(store: Any = None, **settings: Any) -> Any:
    """Learn from all pairs of a store; see `melodyai_edu.training.preference.learn_from_pairs`.

    Raises
    ------
    ParameterError
        If no piece was preferred to another yet.
    """
    store = store if store is not None else _layer("melodyai_edu.feedback").open_store()
    pairs = store.pairs()
    if not pairs:
        raise ParameterError(
            "pairs=0 must be at least one: compare A and B, or give two pieces of a genre "
            "different stars, then learn"
        )
    return _layer("melodyai_edu.training.preference").learn_from_pairs(pairs, **settings)


def note_action(piece: Composition, action: str, store: Any = None) -> None:
    """Note that a piece was shown, kept or exported; where nothing can be noted, nothing is.

    Parameters
    ----------
    piece : Composition
    action : str
    store : RatingStore, optional
    """
    try:
        rate(piece, store, action=action)
    except MelodyAIError:
        return


def _base(model: str | None) -> str | None:
    """Name the network to tune: the one that composes, where it is one."""
    from melodyai_edu.composition.voice import NGRAM, default_model

    model = model or default_model(None)
    return None if model == NGRAM else model


class RatingControls:
    """Thumbs, stars and a word for the piece at hand, and the button that learns.

    Parameters
    ----------
    job : Job
    piece : callable
        Gives the piece at hand, or ``None``.
    model : callable
        Gives the name of the model that composes, or ``None`` for the best at hand.
    on_model : callable
        Hears the name of the model to compose with from now on.
    on_pair : callable
        Hears, inside the job, the names of the models before and after.
    store : RatingStore, optional

    Attributes
    ----------
    learned : Learned or None
    widget : ipywidgets.VBox
    """

    def __init__(
        self,
        job: Job,
        piece: Callable[[], Composition | None],
        model: Callable[[], str | None],
        on_model: Callable[[str | None], None],
        on_pair: Callable[[str | None, str], None],
        store: Any = None,
    ) -> None:
        import ipywidgets

        self.job, self.piece, self.store = job, piece, store
        self.model, self.on_model, self.on_pair = model, on_model, on_pair
        self._before: str | None = None
        self.learned: Any = None
        self.up = parts.button("Like", lambda: self.give(thumb=1), tip="I like this piece")
        self.down = parts.button(
            "Dislike", lambda: self.give(thumb=-1), tip="I do not like this piece"
        )
        self.stars = [
            parts.button("★" * n, partial(self.give, stars=n), tip=f"{n} of 5 stars")
            for n in range(1, 6)
        ]
        self.keep = parts.button(
            "Keep", lambda: self.give(action="kept"), tip="Note that this piece is worth keeping"
        )
        self.word = parts.text("in a word", hint="what is good or bad about it", width="320px")
        self.word_button = parts.button("Save the word", self._give_word)
        self.said = parts.html(name="mai-status")
        self.learn_button = parts.button(
            "Learn from my ratings", self.learn, kind="primary",
            tip="Tune the model to what you preferred; the old model stays",
        )  # fmt: skip
        self.back_button = parts.button(
            "Back to the old model", self.go_back, tip="Compose with the model from before"
        )
        self.back_button.disabled = True
        self.about = parts.html()
        privacy = (
            "Ratings stay on this machine, with the piece and a pseudonym; melodyai feedback "
            "exports or erases them."
        )
        self.widget = ipywidgets.VBox(
            [
                parts.row(self.up, self.down, *self.stars, self.keep),
                parts.row(self.word, self.word_button),
                self.said,
                parts.row(self.learn_button, self.back_button),
                self.about,
                parts.html(f"<div class='mai-sentence'>{privacy}</div>"),
            ]
        )

    def give(self, **said: Any) -> None:
        """Rate the piece at hand.

        Parameters
        ----------
        **said
            ``stars``, ``thumb``, ``word`` or ``action``.
        """
        try:
            piece = self.piece()
            if piece is None:
                raise ParameterError("there is no piece yet: press Generate first")
            rate(piece, self.store, **said)
        except Exception as error:
            self.said.value = parts.error_html(error)
            return
        words = ", ".join(f"{name}: {value}" for name, value in said.items())
        self.said.value = f"<div role='status'>Noted: {html.escape(words)}</div>"

    def _give_word(self) -> None:
        if self.word.value.strip():
            self.give(word=self.word.value.strip())

    def learn(self) -> None:
        """Learn from all ratings, then make a pair to listen to: before and after."""
        self.job.run("learning from your ratings", self._learn)

    def _learn(self) -> str:
        before = self.model()
        found = learn(
            self.store,
            base=_base(before),
            on_progress=self.job.show_share,
            should_stop=self.job.should_stop,
            has_progress=False,
        )
        self.learned = found
        figures = ", ".join(f"{name}: {value:.3g}" for name, value in found.guards.items())
        self.about.value = (
            f"<div class='mai-sentence'>{html.escape(str(found.reason))}<br>"
            f"{html.escape(figures)}</div>"
        )
        if not found.is_accepted:
            return f"Nothing was changed: {found.reason}"
        self._before = before
        self.on_model(found.model)
        self.back_button.disabled = False
        self.on_pair(found.base, found.model)
        return f"Learned: new pieces come from {found.model}. Compare before and after below."

    def go_back(self) -> None:
        """Compose with the model from before."""
        if self.learned is not None:
            self.on_model(self._before)
            self.back_button.disabled = True
            self.job.say("New pieces come from the old model again.")
