"""How a harmonised melody shows and saves itself, and how any piece shows its facts.

Conventions
-----------
Everything shown in a notebook is made when it is asked for. Text that came from outside is escaped.

Contents
--------
Harmonised, facts_html
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from melodyai_edu.composition.saving import save_piece
from melodyai_edu.score import Score

__all__ = ["Harmonised", "facts_html"]


class Harmonised:
    """What four voices and a lead sheet have in common: they are shown, heard and saved alike.

    Attributes
    ----------
    score : Score
    """

    score: Score

    @property
    def facts(self) -> dict[str, Any]:
        """What can be said of it, as plain values."""
        raise NotImplementedError

    def save(self, path: str | Path) -> Path:
        """Write it to a file, as `Composition.save` does; its suffix says as what.

        Raises
        ------
        OutputError
            If the suffix is unknown or the file cannot be written.
        """
        return save_piece(path, self.score)

    def __str__(self) -> str:
        return "\n".join([self.score.title, *(f"{k}: {v}" for k, v in self.facts.items())])

    def _repr_html_(self) -> str:
        from melodyai_edu.render import audio_html, player_iframe, render_audio, score_html

        return "\n".join(
            [
                score_html(self.score),
                player_iframe(self.score),
                audio_html(render_audio(self.score)),
                facts_html(self.facts),
            ]
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def facts_html(facts: dict[str, Any], lines: tuple[str, ...] = ()) -> str:
    """Write facts as a table, and lines of text below it.

    Parameters
    ----------
    facts : dict of str to object
    lines : tuple of str, optional

    Returns
    -------
    text : str [HTML]

    Examples
    --------
    >>> facts_html({}, ("A & B",))
    '<table><caption>Facts</caption></table><p>A &amp; B</p>'
    """
    rows = "".join(
        f"<tr><th scope='row' style='text-align:left'>{html.escape(str(name))}</th>"
        f"<td style='text-align:left'>{html.escape(str(value))}</td></tr>"
        for name, value in facts.items()
    )
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f"<table><caption>Facts</caption>{rows}</table>{paragraphs}"
