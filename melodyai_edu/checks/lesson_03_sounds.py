"""What lesson 03 plays and draws: a voice that sings tunes, and pictures of what was heard.

Conventions
-----------
Sounds are samples of one channel [shape=(n,), float32] at `SR`; tunes last eight seconds.

Contents
--------
SR, PROFILES, sung, play, draw, draw_moods, hummed_file, best_cut
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.features.mood import MOODS, feel_mood
from melodyai_edu.io.estimate import key_profiles
from melodyai_edu.render.palette import COLOURS
from melodyai_edu.render.singing import sing
from melodyai_edu.score import Key, Melody, Score

if TYPE_CHECKING:
    from melodyai_edu.features.audio import AudioFeatures
    from melodyai_edu.io.corpus import Tune

__all__ = ["PROFILES", "SR", "best_cut", "draw", "draw_moods", "hummed_file", "play", "sung"]

SR = 22_050
#: How well each pitch class fits above the tonic, C first. Krumhansl & Kessler (1982).
PROFILES = key_profiles()

_SECONDS = 8
_INCHES = (8.0, 4.2)
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
#: A line to hum where the learner has none: a phrase in G of our own.
_LINE = ((67, 24), (69, 12), (71, 12), (74, 24), (71, 24), (72, 24), (69, 24), (67, 48))


def sung(
    tune: Tune, *, timbre: str = "plucked", signal_to_noise: float | None = None
) -> np.ndarray:
    """Play the first eight seconds of a tune with one of our voices.

    Parameters
    ----------
    tune : Tune
    timbre : str, default "plucked"
        One of `melodyai_edu.render.singing.TIMBRES`.
    signal_to_noise : float, optional [dB]

    Returns
    -------
    y : np.ndarray [shape=(n,), float32]
    """
    audio = sing(tune.melody_score, timbre=timbre, sr=SR, signal_to_noise=signal_to_noise)
    return audio.mono[: _SECONDS * SR]


def play(y: np.ndarray) -> Any:
    """Give a player for samples, to be shown by a notebook.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), float]

    Returns
    -------
    player : IPython.display.HTML
    """
    from IPython.display import HTML

    from melodyai_edu.render.audio import Audio
    from melodyai_edu.render.html import audio_html

    page: Any = HTML  # IPython comes without types
    return page(audio_html(Audio(np.asarray(y, dtype=np.float32)[None], SR, "sung")))


def draw(found: AudioFeatures) -> Any:
    """Draw chroma above, onset strength with beats below.

    Parameters
    ----------
    found : AudioFeatures

    Returns
    -------
    figure : matplotlib.figure.Figure
    """
    from melodyai_edu.render.picture import make_figure

    figure = make_figure(_INCHES, _describe(found))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    end = found.frame_times[-1]
    above.imshow(
        found.chroma, origin="lower", aspect="auto", extent=(0, end, -0.5, 11.5), cmap="magma"
    )
    above.set(yticks=range(12), ylabel="pitch class")
    above.set_yticklabels(_NAMES, fontsize=7)
    below.plot(found.frame_times, found.onset_strength, color=COLOURS[0], lw=1)
    strongest = float(found.onset_strength.max())
    below.plot(found.onsets, [strongest * 1.08] * len(found.onsets), "v", color=COLOURS[3], ms=4)
    below.vlines(found.beats, 0, strongest, color="0.4", linestyle=":", lw=1)
    below.set(xlabel="seconds", ylabel="onset strength")
    figure.tight_layout()
    return figure


def draw_moods(groups: Mapping[str, Sequence[Score]]) -> Any:
    """Draw where tunes lie in the plane of moods, and where the named moods are.

    Parameters
    ----------
    groups : mapping of str to sequence of Score

    Returns
    -------
    figure : matplotlib.figure.Figure
    """
    from melodyai_edu.render.picture import make_figure

    places = {name: np.array([feel_mood(one) for one in group]) for name, group in groups.items()}
    figure = make_figure((6.0, 5.0), _describe_moods(places))
    axes = figure.add_subplot()
    for number, (name, points) in enumerate(places.items()):
        marker = "ox^s"[number % 4]
        axes.plot(*points.T, marker, color=COLOURS[number], ms=4, alpha=0.5, label=name)
    for name, place in MOODS.items():
        axes.text(*place, name, ha="center", va="center", fontsize=8, weight="bold")
    axes.axhline(0, color="0.7", lw=0.8)
    axes.axvline(0, color="0.7", lw=0.8)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="valence", ylabel="arousal")
    axes.legend(frameon=False, loc="upper left")
    figure.tight_layout()
    return figure


def hummed_file(path: str) -> str:
    """Write a recording of a hummed line, for who has no microphone.

    Parameters
    ----------
    path : str
        A ``.wav`` file.

    Returns
    -------
    path : str
        The same.
    """
    from melodyai_edu.io.disk import save_bytes
    from melodyai_edu.render.audio import audio_bytes

    line = Score.of_melody(Melody.from_events(_LINE), key=Key("G"), tempo=96)
    save_bytes(audio_bytes(sing(line, sr=SR), ".wav"), path)
    return path


def best_cut(below: Sequence[float], above: Sequence[float]) -> float:
    """Give the cut that names most values rightly: at or below it the first kind, above the second.

    Parameters
    ----------
    below, above : sequence of float
        Values of the first and the second kind.

    Returns
    -------
    cut : float
        Midway to the next value above, so that new values have room on both sides.

    Examples
    --------
    >>> best_cut([1, 2, 9], [5, 6, 7])
    3.5
    """
    first, second = np.asarray(below, dtype=float), np.asarray(above, dtype=float)
    every = np.unique(np.concatenate((first, second)))
    right = [(first <= cut).sum() + (second > cut).sum() for cut in every]
    place = int(np.argmax(right))
    after = every[place + 1] if place + 1 < len(every) else every[place]
    return float((every[place] + after) / 2)


def _describe(found: AudioFeatures) -> str:
    """Say in words what `draw` shows."""
    loudest = np.argsort(found.chroma.mean(axis=1))[::-1][:3]
    names = ", ".join(_NAMES[place] for place in loudest)
    return (
        f"Above, the chroma of {found.frame_times[-1]:.1f} seconds, strongest in {names}. "
        f"Below, the onset strength with {len(found.onsets)} onsets and {len(found.beats)} beats."
    )


def _describe_moods(places: Mapping[str, np.ndarray]) -> str:
    """Say in words what `draw_moods` shows."""
    middles = {name: points.mean(axis=0) for name, points in places.items()}
    words = [
        f"{name}: {len(places[name])} tunes around valence {x:+.2f}, arousal {y:+.2f}"
        for name, (x, y) in middles.items()
    ]
    return f"Tunes in the plane of moods. {'; '.join(words)}."
