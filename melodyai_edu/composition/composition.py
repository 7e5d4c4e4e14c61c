"""A finished piece: its score, its facts, its copy check, and how it shows itself.

Conventions
-----------
Everything shown in a notebook is made when it is asked for. Text that came from outside is escaped.

Contents
--------
Composition
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from melodyai_edu.composition.form import Form, form_letters
from melodyai_edu.composition.library import human_copying, train_index
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.style import Style
from melodyai_edu.composition.voice import describe_model
from melodyai_edu.composition.why import Why, explain_note
from melodyai_edu.constraints import Automaton
from melodyai_edu.errors import OutputError
from melodyai_edu.evaluation.copying import CopyReport, copy_report
from melodyai_edu.score import Score
from melodyai_edu.tokens import Encoding

__all__ = ["SUFFIXES", "Composition"]

_NOTATION = (".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc")
_SOUND = (".wav", ".mp3", ".ogg")
_PICTURE = (".svg", ".png")

#: What a piece can be saved as.
SUFFIXES = (*_NOTATION, *_SOUND, *_PICTURE)


@dataclass(frozen=True, eq=False)
class Composition:
    """A piece that was composed.

    Parameters
    ----------
    score : Score
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
    """

    score: Score
    request: CompositionRequest
    encoding: Encoding = field(repr=False)
    form: Form = field(repr=False)
    style: Style = field(repr=False)
    automaton: Automaton = field(repr=False)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What can be said of the piece, as plain values."""
        score, full = self.score, self.request.resolved()
        notes = score.parts[0].notes
        pitches = sorted(notes, key=lambda note: note.pitch)
        return {
            "genre": full.genre or "all genres together",
            "key": full.key,
            "meter": full.meter,
            "bars": score.bar_count,
            "tempo": full.tempo,
            "seconds": round(score.seconds, 1),
            "notes": len(notes),
            "lowest": pitches[0].pitch_name,
            "highest": pitches[-1].pitch_name,
            "last note": notes[-1].pitch_name,
            "form": form_letters(self.form.bars),
            "instrument": full.instruments[0],
            "seed": full.seed,
            "temperature": full.temperature,
            "model": describe_model(full, self.style),
            **({"rules kept": ", ".join(map(str, rules))} if (rules := full.all_rules) else {}),
        }

    @cached_property
    def copying(self) -> CopyReport:
        """How much of the piece stands in the tunes that it was learned from."""
        melody, corpus = self.score.parts[0].melody(), self.request.corpus
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
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise OutputError(f"path={str(path)!r} must end in one of: {', '.join(SUFFIXES)}")
        if suffix in _NOTATION:
            from melodyai_edu.io import write

            write(self.score, path)
        elif suffix in _SOUND:
            from melodyai_edu.render import write_audio

            write_audio(self.score, path)
        else:
            _write_picture(self.score, path)
        return path

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
                roll_html(self.score),
                player_iframe(self.score),
                audio_html(render_audio(self.score)),
                _facts_html(self.facts, self.copying.lines()),
            ]
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def _facts_html(facts: dict[str, Any], lines: tuple[str, ...]) -> str:
    rows = "".join(
        f"<tr><th scope='row' style='text-align:left'>{html.escape(str(name))}</th>"
        f"<td style='text-align:left'>{html.escape(str(value))}</td></tr>"
        for name, value in facts.items()
    )
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f"<table><caption>Facts</caption>{rows}</table>{paragraphs}"


def _write_picture(score: Score, path: Path) -> None:
    from melodyai_edu.io.disk import save_bytes
    from melodyai_edu.render import engrave, score_png

    is_svg = path.suffix.lower() == ".svg"
    save_bytes(engrave(score)[0].encode() if is_svg else score_png(score), path)
