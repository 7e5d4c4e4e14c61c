"""A finished piece: its score, its facts, its copy check, and how it shows itself.

Conventions
-----------
Everything shown in a notebook is made when it is asked for. Text that came from outside is escaped.

Contents
--------
SUFFIXES, Composition
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.composition.facts import list_facts, log_probabilities_of
from melodyai_edu.composition.form import Form
from melodyai_edu.composition.form_plan import FormPlan
from melodyai_edu.composition.library import human_copying, train_index
from melodyai_edu.composition.provenance import list_provenance
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.saving import SUFFIXES, save_piece
from melodyai_edu.composition.showing import facts_html
from melodyai_edu.composition.style import Style
from melodyai_edu.composition.why import Why, explain_note
from melodyai_edu.constraints import Automaton
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.copying import CopyReport, copy_report
from melodyai_edu.score import Score
from melodyai_edu.tokens import Encoding

if TYPE_CHECKING:
    from melodyai_edu.render.show import Shown

__all__ = ["SUFFIXES", "Composition"]

#: Players by name, and the view of `melodyai_edu.render.show` that each is.
_PLAYERS = {"own": "player", "magenta": "magenta"}


@dataclass(frozen=True, eq=False)
class Composition:
    """A piece that was composed.

    Parameters
    ----------
    score : Score
        As it is written: what is printed.
    request : CompositionRequest
        As it was made, with the very model that drew it; composes this piece again.
    encoding : Encoding
        The tokens that were drawn.
    form : Form
        Which bars repeat which.
    style : Style
        What it was composed from.
    automaton : Automaton
        The rules it keeps, compiled.
    lead : Score, optional
        The melody with chord symbols and sections above it, as it was before the band played it;
        the score itself where the melody stands alone.
    performance : Score, optional
        As it is played: what sounds, and what MIDI files hold. Every note of the score, with a
        person's timing and touch; the score itself where the melody stands alone.
    plan : FormPlan or None
        Sections, returns, cadences and tension; none where the melody stands alone.
    given_plan : FormPlan or None
        The plan that was handed in for it, if one was.
    origin : CompositionRequest, optional
        The request that the first version was composed from; this piece's own when left out.
    edits : tuple of dict, optional
        What was changed since, as plain values.
    """

    score: Score
    request: CompositionRequest
    encoding: Encoding = field(repr=False)
    form: Form = field(repr=False)
    style: Style = field(repr=False)
    automaton: Automaton = field(repr=False)
    lead: Score = field(repr=False, default=None)  # type: ignore[assignment]
    performance: Score = field(repr=False, default=None)  # type: ignore[assignment]
    plan: FormPlan | None = field(repr=False, default=None)
    given_plan: FormPlan | None = field(repr=False, default=None)
    origin: CompositionRequest = field(repr=False, default=None)  # type: ignore[assignment]
    edits: tuple[dict[str, Any], ...] = field(repr=False, default=())

    def __post_init__(self) -> None:
        if self.lead is None:
            object.__setattr__(self, "lead", self.score)
        if self.performance is None:
            object.__setattr__(self, "performance", self.score)
        if self.origin is None:
            object.__setattr__(self, "origin", self.request)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What can be said of the piece, as plain values."""
        return list_facts(self)

    @cached_property
    def log_probabilities(self) -> dict[str, float]:
        """How likely each module held what it drew [nats]; see `log_probabilities_of`."""
        return log_probabilities_of(self)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where the piece comes from, as plain values: enough to make it again, bit for bit.

        The first request and all edits, the model with its checksum, versions, the corpora with
        their licences, and a checksum of all notes. `melodyai_edu.composition.rebuild` reads it.

        Raises
        ------
        ParameterError
            If a rule is one of your own, which cannot be written down.
        """
        return list_provenance(self)

    @cached_property
    def copying(self) -> CopyReport:
        """How much of the piece stands in the tunes that it was learned from."""
        melody, corpus = self.lead.parts[0].melody(), self.request.corpus
        return copy_report(melody, train_index(corpus), human_copying(self.request.genre, corpus))

    def why(self, bar: int, beat: float = 1.0) -> Why:
        """Explain what sounds at a place: what was legal, what forbade the rest.

        Parameters
        ----------
        bar : int [from 1; 0 for a pickup]
        beat : float, default 1 [from 1]

        Returns
        -------
        why : Why
            Prints as a table: each pitch, the model's probability, the rules that forbid it.

        Raises
        ------
        ParameterError
            If the piece has no such place.
        """
        return explain_note(self, bar, beat)

    def vary(self, amount: float = 0.3, seed: int = 0, lock: Sequence[str] = ()) -> Composition:
        """Compose a share of the bars anew; see `melodyai_edu.composition.edits.vary`."""
        from melodyai_edu.composition.edits import vary

        return vary(self, amount, seed, lock)

    def extend(self, bars: int = 8, seed: int = 0) -> Composition:
        """Continue the piece; see `melodyai_edu.composition.edits.extend`."""
        from melodyai_edu.composition.edits import extend

        return extend(self, bars, seed)

    def transpose(self, semitones: int) -> Composition:
        """Move the piece up or down; see `melodyai_edu.composition.edits.transpose`."""
        from melodyai_edu.composition.edits import transpose

        return transpose(self, semitones)

    def change_mood(self, mood: str | tuple[float, float]) -> Composition:
        """Give the piece another mood; see `melodyai_edu.composition.edits.change_mood`."""
        from melodyai_edu.composition.edits import change_mood

        return change_mood(self, mood)

    def player(self, view: str = "own") -> Shown:
        """Give a player for a notebook.

        Parameters
        ----------
        view : str, default "own"
            ``"own"``: the one that a piece shows itself with. ``"magenta"``: Magenta.js'
            html-midi-player, with its built-in synthesiser.

        Returns
        -------
        player : Shown
            A notebook displays it.

        Raises
        ------
        ParameterError
            If there is no such view.
        """
        from melodyai_edu.render import show

        if view not in _PLAYERS:
            raise ParameterError(f"view={view!r} must be one of: {', '.join(_PLAYERS)}")
        return show(self.performance, [_PLAYERS[view]])

    def save_stems(self, folder: str | Path) -> tuple[Path, ...]:
        """Write each part to files of its own, for a mixer or a sequencer.

        Parameters
        ----------
        folder : str or Path
            Made if it is not there.

        Returns
        -------
        paths : tuple of Path
            One WAV and one MIDI file for each part; all as long as the piece, and the sum of the
            WAV files does not clip.

        Raises
        ------
        OutputError
            If a file cannot be written.
        """
        from melodyai_edu.render.stems import save_stems

        return save_stems(self.performance, folder)

    def save(self, path: str | Path) -> Path:
        """Write the piece to a file; its suffix says as what.

        Parameters
        ----------
        path : str or Path
            Ends in one of ``SUFFIXES``. A picture as SVG has the first page only.

        Returns
        -------
        path : Path

        Raises
        ------
        OutputError
            If the suffix is unknown or the file cannot be written.
        """
        return save_piece(path, self.score, self.performance)

    def __str__(self) -> str:
        lines = [self.score.title, *(f"{name}: {value}" for name, value in self.facts.items())]
        return "\n".join([*lines, *self.copying.lines()])

    def _repr_html_(self) -> str:
        from melodyai_edu.render import (
            audio_html,
            player_iframe,
            render_audio,
            roll_html,
            score_html,
        )

        return "\n".join(
            [
                f"<h3>{html.escape(self.score.title)}</h3>",
                score_html(self.score),
                roll_html(self.performance),
                player_iframe(self.performance),
                audio_html(render_audio(self.performance)),
                facts_html(self.facts, self.copying.lines()),
            ]
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}
