"""A melody as a network hears it: what leads it, what follows, and what the network makes of it.

Conventions
-----------
An `Encoding` is led by four tokens, a network by seven (`melodyai_edu.tokens.Condition`): mood and
density are unknown, the tonic is the encoding's own. Chords are unknown.

Contents
--------
prompt_ids, body_ids, shared_prompt, hidden_means
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.tokens import VOCABULARY, Encoding
from melodyai_edu.tokens.condition import NUM_CONDITIONS, UNKNOWN_IDS
from melodyai_edu.tokens.vocabulary import TONICS

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["body_ids", "hidden_means", "prompt_ids", "shared_prompt"]

#: Where a network has what an encoding says: kind of token by place.
_PLACES = {"Genre": 0, "Meter": 2, "Mode": 3, "Length": 5}
_TONIC_PLACE, _MOST_HEAD = 4, 4
_WIDTH_STEP = 64


def _head_length(encoding: Encoding) -> int:
    """Count the tokens that lead: each kind at most once, before any other."""
    seen: set[str] = set()
    for token_id in encoding.token_ids[:_MOST_HEAD]:
        kind = VOCABULARY.token(token_id).partition("_")[0]
        if kind not in _PLACES or kind in seen:
            break
        seen.add(kind)
    return len(seen)


def prompt_ids(encoding: Encoding) -> tuple[int, ...]:
    """Give the seven tokens that a network is told before this melody.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    prompt_ids : tuple of int

    Examples
    --------
    >>> encoding = Encoding(VOCABULARY.ids(["Genre_jig", "Meter_6/8", "Bar_line"]))
    >>> [VOCABULARY.token(i) for i in prompt_ids(encoding)][:5]
    ['Genre_jig', 'Mood_unknown', 'Meter_6/8', 'Mode_unknown', 'Tonic_60']
    """
    found = list(UNKNOWN_IDS)
    for token_id in encoding.token_ids[: _head_length(encoding)]:
        found[_PLACES[VOCABULARY.token(token_id).partition("_")[0]]] = token_id
    if encoding.tonic_pitch in TONICS:
        found[_TONIC_PLACE] = VOCABULARY.id(f"Tonic_{encoding.tonic_pitch}")
    return tuple(found)


def body_ids(encoding: Encoding) -> tuple[int, ...]:
    """Give the tokens of the melody itself, with its end.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    token_ids : tuple of int
        Ends with ``Sequence_end``; what stands behind an end is left out.

    Examples
    --------
    >>> encoding = Encoding(VOCABULARY.ids(["Genre_jig", "Bar_line", "Duration_36", "Pitch_60"]))
    >>> [VOCABULARY.token(i) for i in body_ids(encoding)]
    ['Bar_line', 'Duration_36', 'Pitch_60', 'Sequence_end']
    """
    end = VOCABULARY.id("Sequence_end")
    body = encoding.token_ids[_head_length(encoding) :]
    return (*(body[: body.index(end)] if end in body else body), end)


def shared_prompt(first: Encoding, second: Encoding) -> tuple[int, ...]:
    """Give what both melodies were asked to be; where they differ, it is unknown.

    Parameters
    ----------
    first, second : Encoding

    Returns
    -------
    prompt_ids : tuple of int

    Examples
    --------
    >>> jig, reel = (Encoding(VOCABULARY.ids([f"Genre_{g}"])) for g in ("jig", "reel"))
    >>> [VOCABULARY.token(i) for i in shared_prompt(jig, reel)][0]
    'Genre_unknown'
    """
    pairs = zip(prompt_ids(first), prompt_ids(second), UNKNOWN_IDS, strict=True)
    return tuple(one if one == other else unknown for one, other, unknown in pairs)


def hidden_means(network: Network, encodings: Sequence[Encoding], batch: int = 16) -> np.ndarray:
    """Give what a network makes of each melody: its hidden state, the mean over the tokens.

    Parameters
    ----------
    network : Network
    encodings : sequence of Encoding
    batch : int, default 16

    Returns
    -------
    means : np.ndarray [shape=(N, hidden_dim), float64]
        Of the states from which the next token is predicted.
    """
    import keras
    from keras import ops

    body = keras.Model(network.inputs, network.get_layer("logits").input)
    found: list[np.ndarray] = []
    for first in range(0, len(encodings), batch):
        rows = [(*prompt_ids(e), *body_ids(e)) for e in encodings[first : first + batch]]
        width = -(-max(map(len, rows)) // _WIDTH_STEP) * _WIDTH_STEP
        token_ids = np.zeros((len(rows), width), np.int32)
        for number, row in enumerate(rows):
            token_ids[number, : len(row)] = row
        inputs: dict[str, Any] = {"token_ids": token_ids, "chord_ids": np.zeros_like(token_ids)}
        states = ops.convert_to_numpy(body(inputs, training=False)).astype(np.float64)
        for state, row in zip(states, rows, strict=True):
            found.append(state[NUM_CONDITIONS : len(row)].mean(axis=0))
    return np.stack(found)
