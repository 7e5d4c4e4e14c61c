"""The piano roll: pitch upwards, time to the right, drawn by matplotlib.

Conventions
-----------
Parts differ by colour and by hatch, so the picture reads in grey and with any colour vision. Bars
are numbered as in `melodyai_edu.render.description`.

Contents
--------
piano_roll, pitch_labels
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melodyai_edu.errors import ParameterError
from melodyai_edu.render.description import bar_number, describe, part_label, shortened
from melodyai_edu.render.palette import colour_of, hatch_of
from melodyai_edu.score import Part, Pitch, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["piano_roll", "pitch_labels"]

_HEIGHT = 0.8  # of a semitone, so that neighbours do not touch
_SHORTEST_RANGE = 6  # semitones above and below the middle, so that one note is not a wall
_MOST_BAR_NUMBERS = 24
_LEGEND_COLUMNS = 4
_LONGEST_NAME, _LONGEST_TITLE = 30, 90


def pitch_labels(score: Score, low: int, high: int) -> dict[int, str]:
    """Choose which pitches are named beside a roll: fewer, the taller it is.

    Parameters
    ----------
    score : Score
        Its first key spells the names.
    low, high : int [MIDI]

    Returns
    -------
    labels : dict of int to str
        All notes of the scale up to an octave and a half, then the tonic triad, then the tonic.

    Examples
    --------
    >>> list(pitch_labels(Score((Part(()),)), 57, 65).values())
    ['A3', 'B3', 'C4', 'D4', 'E4', 'F4']
    """
    key, span = score.key, high - low
    scale = key.scale.pitch_classes
    wanted = scale if span <= 18 else (scale[0], scale[2], scale[4]) if span <= 40 else scale[:1]
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 in wanted]
    return {pitch: Pitch(pitch, key.spell(pitch)).name for pitch in pitches}


def _pitch_range(score: Score) -> tuple[int, int]:
    pitches = [note.pitch for part in score.parts for note in part.notes] or [60]
    middle = (min(pitches) + max(pitches)) // 2
    low = min(min(pitches) - 1, middle - _SHORTEST_RANGE)
    high = max(max(pitches) + 1, middle + _SHORTEST_RANGE)
    return max(0, low), min(127, high)


def _draw_part(axes: Axes, part: Part, index: int) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    boxes = [
        Rectangle((note.onset, note.pitch - _HEIGHT / 2), note.duration, _HEIGHT)
        for note in part.notes
    ]
    collection = PatchCollection(boxes, facecolor=colour_of(index), edgecolor="black", zorder=3)
    collection.set_linewidth(0.5)
    collection.set_hatch(hatch_of(index))
    axes.add_collection(collection)


def _draw_legend(figure: Figure, score: Score) -> None:
    from matplotlib.patches import Patch

    keys = [
        Patch(facecolor=colour_of(index), edgecolor="black", hatch=hatch_of(index) * 2)
        for index in range(len(score.parts))
    ]
    legend = figure.legend(
        keys,
        [""] * len(keys),
        loc="outside lower center",
        ncols=min(_LEGEND_COLUMNS, len(keys)),
        handlelength=3,
        handleheight=1.4,
    )
    # Names are set afterwards and without mathematics: they may hold "$" or begin with "_".
    for index, text in enumerate(legend.get_texts()):
        text.set_text(shortened(part_label(score.parts[index], index), _LONGEST_NAME))
        text.set_parse_math(False)


def _draw_bars(axes: Axes, score: Score) -> None:
    onsets = score.bar_onsets()
    for onset in onsets:
        axes.axvline(onset, color="0.45", linewidth=0.8, zorder=1)
    every = -(-len(onsets) // _MOST_BAR_NUMBERS)
    numbered = [
        (onset, bar_number(score, bar))
        for bar, onset in enumerate(onsets)
        if (bar_number(score, bar) - 1) % every == 0
    ]
    axes.set_xticks([onset for onset, _ in numbered], [str(number) for _, number in numbered])
    axes.set_xlabel("bar")


def _draw_pitches(axes: Axes, score: Score) -> None:
    low, high = _pitch_range(score)
    labels = pitch_labels(score, low, high)
    axes.set_ylim(low - 0.5, high + 0.5)
    axes.set_yticks(list(labels), list(labels.values()))
    axes.grid(axis="y", color="0.88", linewidth=0.6, zorder=0)
    axes.set_ylabel("pitch")


def piano_roll(score: Score, *, width: float = 10.0, height: float = 4.0) -> Figure:
    """Draw a score as a piano roll.

    Parameters
    ----------
    score : Score
    width, height : float, optional [inches]

    Returns
    -------
    figure : matplotlib.figure.Figure
        Free of pyplot: nothing is shown and nothing need be closed. ``figure.get_label()`` is its
        description in words.

    Raises
    ------
    ParameterError
        If a size is not positive.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> figure = piano_roll(Score.of_melody(Melody.from_events([(60, 96)]), name="Flute"))
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Flute']
    """
    if width <= 0 or height <= 0:
        raise ParameterError(f"width={width}, height={height} must be above 0 inches")
    from melodyai_edu.render.picture import make_figure

    figure = make_figure((width, height), f"Piano roll. {describe(score)}")
    figure.set_layout_engine("constrained")
    figure.set_label(describe(score))
    axes = figure.add_subplot()
    axes.set_axisbelow(True)
    for index, part in enumerate(score.parts):
        _draw_part(axes, part, index)
    _draw_bars(axes, score)
    _draw_pitches(axes, score)
    axes.set_xlim(0, max(score.duration, 1))
    axes.set_title(shortened(score.title, _LONGEST_TITLE), parse_math=False)
    if score.parts:
        _draw_legend(figure, score)
    return figure
