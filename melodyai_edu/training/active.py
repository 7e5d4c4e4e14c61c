"""Which pair to show next: the one whose answer would tell most.

Conventions
-----------
What a taste does not know is the covariance of its weights. The answer to a pair tells much where
that makes the difference of two scores unsure and the choice itself is open; it tells little where
the taste is sure, or where the two melodies are alike.

Contents
--------
answer_value, choose_pair
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.bradley_terry import sigmoid
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.tokens import Encoding

__all__ = ["answer_value", "choose_pair"]


def answer_value(model: PreferenceModel, differences: np.ndarray) -> np.ndarray:
    """Say how much the answers to pairs would tell.

    Parameters
    ----------
    model : PreferenceModel
    differences : np.ndarray [shape=(N, F), float]
        Standardised descriptions of the first melodies less those of the second.

    Returns
    -------
    values : np.ndarray [shape=(N,), float, nats]
        ``log(1 + p (1 - p) d' S d) / 2``: by how much the answer shrinks the uncertainty S.

    References
    ----------
    MacKay (1992), Information-based objective functions for active data selection, Neural
    Computation 4, 590-604: equation 8, with the curvature p (1 - p) of a logistic answer.
    """
    chance = sigmoid(differences @ model.weights)
    spread = np.einsum("nf,fg,ng->n", differences, model.covariance, differences)
    values: np.ndarray = 0.5 * np.log1p(chance * (1 - chance) * np.maximum(spread, 0.0))
    return values


def choose_pair(
    model: PreferenceModel | None, encodings: Sequence[Encoding], seed: int = 0
) -> tuple[int, int]:
    """Choose the two melodies to compare next.

    Parameters
    ----------
    model : PreferenceModel or None
        What is known of the taste so far; None before the first answer: any two are chosen.
    encodings : sequence of Encoding
        At least two; every two of them are considered.
    seed : int, default 0
        Decides which of the two stands first, so that nobody learns to click left.

    Returns
    -------
    first, second : int
        Places in ``encodings``.

    Raises
    ------
    ParameterError
        If there are fewer than two melodies, or one is no music.
    """
    if len(encodings) < 2:
        raise ParameterError(f"encodings has {len(encodings)}: a pair needs at least two")
    random = np.random.default_rng(seed)
    if model is None:
        first, second = random.choice(len(encodings), 2, replace=False).tolist()
        return first, second
    described = model.standardised(encodings)
    firsts, seconds = np.triu_indices(len(encodings), k=1)
    best = int(answer_value(model, described[firsts] - described[seconds]).argmax())
    found = int(firsts[best]), int(seconds[best])
    return found if random.random() < 0.5 else found[::-1]
