"""Learning curves.

Conventions
-----------
Losses are nats a token; the horizontal axis counts training steps.

Contents
--------
draw_losses
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from melodyai_edu.render.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_losses"]

_INCHES = (6.0, 3.0)


def draw_losses(
    losses: Sequence[tuple[int, float]],
    valid_losses: Sequence[tuple[int, float]],
    title: str = "",
) -> Figure:
    """Draw how the loss falls, on the tunes trained on and on the ones held out.

    Parameters
    ----------
    losses, valid_losses : sequence of (int, float) [steps, nats a token]
    title : str, optional

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> figure = draw_losses([(50, 3.1), (100, 2.0)], [(100, 2.1)])
    >>> len(figure.axes[0].lines)
    2
    """
    from melodyai_edu.render.picture import make_figure

    figure = make_figure(_INCHES, _describe(losses, valid_losses))
    axes = figure.add_subplot()
    axes.plot(*zip(*losses, strict=True), color=COLOURS[0], label="training tunes")
    if valid_losses:
        axes.plot(*zip(*valid_losses, strict=True), "o-", color=COLOURS[1], label="held-out tunes")
    axes.set(xlabel="steps", ylabel="loss [nats a token]", title=title)
    axes.legend(frameon=False)
    figure.tight_layout()
    return figure


def _describe(
    losses: Sequence[tuple[int, float]], valid_losses: Sequence[tuple[int, float]]
) -> str:
    """Say in words what the curves show.

    Examples
    --------
    >>> _describe([(50, 3.1), (100, 2.0)], [(100, 2.1)])
    'Loss by steps: training tunes from 3.10 to 2.00; held-out tunes end at 2.10, best 2.10.'
    """
    text = f"Loss by steps: training tunes from {losses[0][1]:.2f} to {losses[-1][1]:.2f}"
    if valid_losses:
        best = min(loss for _, loss in valid_losses)
        text += f"; held-out tunes end at {valid_losses[-1][1]:.2f}, best {best:.2f}"
    return f"{text}."
