"""What the cells of lesson 07 call: attention by note, its picture, a network without its mask.

Conventions
-----------
A map [shape=(..., N, N)] says in row ``i`` where a network looks when it chooses the pitch of note
``i``: at which notes ``j``. It then knows of its own note when it comes, not yet what it is. Bars
count from 1. What it looks at besides notes (what it was told, bar lines) is left out, so a row
may sum to less than 1.

Contents
--------
NoteMaps, note_maps, draw_map, heads_of, answers, pitch_bits, without_mask, excerpt
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from melodyai_edu.io.corpus import Tune
    from melodyai_edu.models.neural import Network
    from melodyai_edu.score import Score

__all__ = [
    "NoteMaps",
    "answers",
    "draw_map",
    "excerpt",
    "heads_of",
    "note_maps",
    "pitch_bits",
    "without_mask",
]

_INCHES = (7.5, 7.0)


@dataclass(frozen=True, eq=False)
class NoteMaps:
    """Where each head of a network looks in a tune.

    Parameters
    ----------
    weights : np.ndarray [shape=(L, H, N, N), float in [0, 1]]
        By layer and head.
    bars : np.ndarray [shape=(N,), int]
    positions : np.ndarray [shape=(N,), int, ticks]
        Where in its bar each note begins.
    names : tuple of str
        Pitch names as written; ``-`` for a rest or a note held over.
    """

    weights: np.ndarray
    bars: np.ndarray
    positions: np.ndarray
    names: tuple[str, ...]

    @property
    def is_same_place(self) -> np.ndarray:
        """Which notes stand at the same place in an earlier bar [shape=(N, N), bool]."""
        same: np.ndarray = self.positions[:, None] == self.positions[None, :]
        return same & (self.bars[None, :] < self.bars[:, None])

    @property
    def looks_back(self) -> np.ndarray:
        """The share of each head's weight on such notes, from bar 2 on [shape=(L, H)]."""
        rows = self.bars > 1
        shares: np.ndarray = (self.weights * self.is_same_place)[:, :, rows].sum(-1).mean(-1)
        return shares

    @property
    def chance(self) -> float:
        """That share if all notes heard so far were looked at alike."""
        alike = np.tri(len(self.bars)) / np.arange(1, len(self.bars) + 1)[:, None]
        return float((alike * self.is_same_place)[self.bars > 1].sum(-1).mean())

    @property
    def best(self) -> tuple[int, int]:
        """The layer and the head that look back most."""
        layer, head = np.unravel_index(self.looks_back.argmax(), self.looks_back.shape)
        return int(layer), int(head)


def note_maps(network: Network, tune: Tune, bars: int | None = None) -> NoteMaps:
    """Let a transformer read a tune, and note where each head looks.

    Parameters
    ----------
    network : Network
        A transformer.
    tune : Tune
    bars : int, optional
        Only so many bars from its beginning; the whole tune when left out.

    Returns
    -------
    maps : NoteMaps

    Raises
    ------
    ParameterError
        If the network has no attention, or the melody cannot be written as tokens.
    """
    if not hasattr(network, "blocks"):
        raise ParameterError(f"network={network.name!r} has no attention: give a transformer")
    from melodyai_edu.tokens import VOCABULARY

    token_ids = _ids(tune)
    is_when = np.isin(token_ids, VOCABULARY.ids_of("Duration"))
    places = np.flatnonzero(is_when)
    in_bar = np.cumsum(token_ids == VOCABULARY.id("Bar_line"))[places]
    in_bar = in_bar + 1 if tune.pickup == 0 and in_bar[0] == 0 else in_bar
    keep = in_bar <= (bars or in_bar[-1])
    places, in_bar = places[keep], in_bar[keep]
    ticks = np.array([int(VOCABULARY.token(token_ids[place])[9:]) for place in places])
    before = np.concatenate([[0], np.cumsum(ticks)[:-1]])
    starts = {bar: int(before[np.flatnonzero(in_bar == bar)[0]]) for bar in set(in_bar)}
    positions = np.array([time - starts[bar] for time, bar in zip(before, in_bar, strict=True)])
    weights = np.stack([_by_note(layer, places) for layer in _attention(network, token_ids)])
    return NoteMaps(weights, in_bar, positions, _names(token_ids[places + 1], tune))


def _ids(tune: Tune) -> np.ndarray:
    """Give what leads a tune and its tokens [shape=(T,), int32]."""
    from melodyai_edu.training.examples import examples_of

    condition_ids, token_ids, _ = examples_of([tune])[0]
    return np.concatenate([condition_ids, token_ids])


def _attention(network: Any, token_ids: np.ndarray) -> list[np.ndarray]:
    """Give each block's weights [shape=(H, T, T)]."""
    x = network.embedding(token_ids[None], np.zeros_like(token_ids[None]))
    found = []
    for block in network.blocks:
        found.append(np.asarray(block.attention(x))[0])
        x = block(x)
    return found


def _by_note(weights: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Add up what falls on the two tokens of each note [shape=(H, N, N)]."""
    rows = weights[:, places]
    summed: np.ndarray = rows[:, :, places] + rows[:, :, places + 1]
    return summed


def _names(pitch_ids: np.ndarray, tune: Tune) -> tuple[str, ...]:
    """Spell what the tokens say as the tune's key does."""
    from melodyai_edu.tokens import VOCABULARY, encode

    shift = encode(tune.melody_score).tonic_pitch - 60
    values = [VOCABULARY.token(int(token_id))[6:] for token_id in pitch_ids]
    return tuple(
        str(tune.key.spell(int(value) + shift)) if value.isdigit() else "-" for value in values
    )


def draw_map(maps: NoteMaps, layer: int, head: int) -> Figure:
    """Draw where one head looks: from which note (down), at which note (across).

    Parameters
    ----------
    maps : NoteMaps
    layer, head : int
        Counted from 0.

    Returns
    -------
    figure : matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If there is no such head.
    """
    from melodyai_edu.render.picture import make_figure

    layers, heads = maps.weights.shape[:2]
    if not (0 <= layer < layers and 0 <= head < heads):
        raise ParameterError(
            f"layer={layer}, head={head} must be 0 to {layers - 1} and 0 to {heads - 1}"
        )
    figure = make_figure(_INCHES, _describe(maps, layer, head))
    axes = figure.add_subplot()
    picture = axes.imshow(maps.weights[layer, head], cmap="Purples", vmin=0)
    places = range(len(maps.names))
    axes.set_xticks(places, maps.names, rotation=90, fontsize=6)
    axes.set_yticks(places, maps.names, fontsize=6)
    begins = np.flatnonzero(np.diff(maps.bars, prepend=0))
    for begin in begins[1:] - 0.5:
        axes.axvline(begin, color="0.6", linewidth=0.8)
        axes.axhline(begin, color="0.6", linewidth=0.8)
    for begin in begins:
        axes.text(begin - 0.4, -0.8, f"bar {maps.bars[begin]}", fontsize=8, va="bottom")
    axes.set(
        xlabel="the note that is looked at",
        ylabel="the note that is being chosen",
    )
    axes.set_title(f"layer {layer}, head {head}", pad=18)
    figure.colorbar(picture, ax=axes, label="weight", shrink=0.7)
    return figure


def _describe(maps: NoteMaps, layer: int, head: int) -> str:
    """Say in words where a head looks most."""
    weights = maps.weights[layer, head]
    rows = np.arange(len(weights))
    back = rows - weights.argmax(axis=1)
    return (
        f"Where layer {layer}, head {head} looks, note by note: most of all "
        f"{np.median(back):.0f} notes back (the middle of {len(rows)} notes), and never ahead; "
        f"{weights.max(axis=1).mean():.0%} of the weight lies on the note that it looks at most."
    )


def heads_of(block: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what a block's heads ask for, offer and hand over.

    Parameters
    ----------
    block : Block
    x : np.ndarray [shape=(T, hidden_dim), float]

    Returns
    -------
    queries, keys, values : np.ndarray [shape=(H, T, D), float]
        Turned by their places; the queries are not yet divided by the root of ``D``.
    """
    query, key, value = (np.asarray(part)[0] for part in block._heads(x[None], np.arange(len(x))))
    return query * np.sqrt(query.shape[-1]), key, value


def answers(network: Network, tune: Tune, pitch: int | None = None) -> np.ndarray:
    """Give what a network answers at each token of a tune.

    Parameters
    ----------
    network : Network
    tune : Tune
    pitch : int, optional [MIDI, tonic at 60]
        Played instead of the last note that the tune has.

    Returns
    -------
    logits : np.ndarray [shape=(N, V), float32]
        From the first note to the last.
    """
    from melodyai_edu.tokens import VOCABULARY
    from melodyai_edu.tokens.condition import NUM_CONDITIONS

    token_ids = _ids(tune)
    sounding = [i for i in VOCABULARY.ids_of("Pitch") if VOCABULARY.token(i)[6:].isdigit()]
    last = int(np.flatnonzero(np.isin(token_ids, sounding))[-1])
    if pitch is not None:
        token_ids[last] = VOCABULARY.id(f"Pitch_{pitch}")
    inputs = {"token_ids": token_ids[None], "chord_ids": np.zeros_like(token_ids[None])}
    logits: np.ndarray = np.asarray(network(inputs, training=False))[0, NUM_CONDITIONS : last + 1]
    return logits


def pitch_bits(network: Network, tunes: Sequence[Tune]) -> tuple[np.ndarray, np.ndarray]:
    """Measure how surprised a network is by the pitches of tunes.

    Parameters
    ----------
    network : Network
    tunes : sequence of Tune

    Returns
    -------
    bits : np.ndarray [shape=(N,), float, bits]
        Of all pitches of each tune together.
    notes : np.ndarray [shape=(N,), int]
    """
    from melodyai_edu.evaluation.model_bits import network_bits
    from melodyai_edu.training.examples import examples_of

    found = [tune.pitch for tune in network_bits(network, examples_of(tunes))]
    return np.array([bits.sum() for bits in found]), np.array([len(bits) for bits in found])


@contextmanager
def without_mask() -> Iterator[None]:
    """Let every transformer hear later tokens too, inside a ``with`` block.

    Examples
    --------
    >>> from melodyai_edu.models.neural import transformer
    >>> mask = transformer._mask
    >>> with without_mask():
    ...     print(transformer._mask is mask)
    False
    >>> transformer._mask is mask
    True
    """
    from melodyai_edu.models.neural import transformer

    kept = transformer._mask
    transformer._mask = lambda places, dtype: kept(places, dtype) * 0
    try:
        yield
    finally:
        transformer._mask = kept


def excerpt(score: Score, bars: Sequence[int]) -> Score:
    """Give some bars of a melody, one after the other, in the order asked for.

    Parameters
    ----------
    score : Score
        One part, without a pickup, in one meter.
    bars : sequence of int
        Counted from 1.

    Returns
    -------
    score : Score

    Raises
    ------
    ParameterError
        If there is no such bar, or the score has a pickup.
    """
    length = score.meter.bar_duration
    if score.pickup or not all(1 <= bar <= score.bar_count for bar in bars):
        raise ParameterError(
            f"bars={list(bars)} must be from 1 to {score.bar_count}, of a score without a pickup"
        )
    moved = [
        replace(note, onset=note.onset % length + number * length)
        for number, bar in enumerate(bars)
        for note in score.parts[0].notes
        if note.onset // length == bar - 1
    ]
    end = len(bars) * length
    notes = tuple(replace(n, duration=min(n.duration, end - n.onset)) for n in moved)
    part = replace(score.parts[0], notes=notes, dynamics=())
    title = "bars " + ", ".join(map(str, bars))
    return replace(score, parts=(part,), duration=end, title=title, meters=score.meters[:1],
                   keys=score.keys[:1], tempos=score.tempos[:1])  # fmt: skip
