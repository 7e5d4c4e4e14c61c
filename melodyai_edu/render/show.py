"""One call that shows a score in a notebook: printed, as a piano roll, and playing.

Conventions
-----------
Made when the notebook asks for it. The pictures and the sound survive in an untrusted notebook.

Contents
--------
Shown, show
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from melodyai_edu.errors import ParameterError
from melodyai_edu.render.audio import render_audio
from melodyai_edu.render.description import describe
from melodyai_edu.render.html import audio_html, roll_html, score_html
from melodyai_edu.render.player import player_iframe
from melodyai_edu.render.player_magenta import magenta_player_iframe
from melodyai_edu.score import Score

__all__ = ["Shown", "show"]

_VIEWS: dict[str, Callable[[Score], str]] = {
    "score": score_html,
    "roll": roll_html,
    "player": player_iframe,
    "sound": lambda score: audio_html(render_audio(score)),
    "magenta": magenta_player_iframe,
}
_USUAL = ("score", "roll", "player", "sound")


@dataclass(frozen=True, slots=True)
class Shown:
    """A score with the views that a notebook is to show of it."""

    score: Score
    views: tuple[str, ...]

    def __repr__(self) -> str:
        return describe(self.score)

    def _repr_html_(self) -> str:
        return "\n".join(_VIEWS[view](self.score) for view in self.views)


def show(score: Score, views: Sequence[str] = _USUAL) -> Shown:
    """Show a score in a notebook.

    Parameters
    ----------
    score : Score
    views : sequence of str, optional
        Of ``score``, ``roll``, ``player``, ``sound``, which are all four shown when left out, and
        ``magenta``, the player of Magenta.js.

    Returns
    -------
    shown : Shown
        A notebook displays it; elsewhere it is a description in words.

    Raises
    ------
    ParameterError
        If a view is unknown.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> shown = show(Score.of_melody(Melody.from_events([(60, 96)]), title="One note"), ["score"])
    >>> str(shown)[:18]
    'One note. C major,'
    """
    unknown = [view for view in views if view not in _VIEWS]
    if unknown:
        raise ParameterError(f"views={unknown} must be of: {', '.join(_VIEWS)}")
    return Shown(score, tuple(views))
