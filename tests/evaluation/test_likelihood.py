"""Bits per note, against what can be worked out by hand."""

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation import bits_per_note, surprise
from melodyai_edu.models import NGram


class Fair:
    """Holds eight notes alike."""

    def distribution(self, context):
        return np.full(8, 1 / 8)


def test_fair_dice_are_three_bits():
    assert surprise(Fair(), [0, 7, 3]).tolist() == [3, 3, 3]
    assert bits_per_note(Fair(), [[0, 7], [3]]) == 3


def test_every_note_counts_alike_whatever_the_tune():
    class Growing:
        def distribution(self, context):
            return np.array([0.5, 0.5]) if context else np.array([0.25, 0.75])

    # First notes cost 2 bits, later ones 1: (2 + 1 + 1 + 2) / 4.
    assert bits_per_note(Growing(), [[0, 0, 0], [0]]) == pytest.approx(1.5)


def test_learning_lowers_surprise():
    tune = [0, 1, 2, 1] * 10
    empty, learned = NGram(3, order=2), NGram(3, order=2).fit([tune])
    assert bits_per_note(learned, [tune]) < 0.5 < bits_per_note(empty, [tune])


def test_nothing_to_measure():
    with pytest.raises(ParameterError, match="must hold at least one note"):
        bits_per_note(Fair(), [[]])
