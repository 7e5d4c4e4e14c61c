import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.models import ESCAPES, Escape, NGram, combine
from melodyai_edu.models.smoothing import get_escape, interpolate


def test_fallback_speaks_where_nothing_was_heard():
    fallback = np.array([0.7, 0.2, 0.1])
    np.testing.assert_allclose(interpolate(np.zeros((4, 3)), ESCAPES["C"], fallback), fallback)


def test_entropy_weights_by_hand():
    sure, unsure = np.array([0.9, 0.1]), np.array([0.6, 0.4])
    entropy = [-(p * np.log2(p)).sum() for p in (sure, unsure)]  # Hmax = 1 bit
    weights = np.array(entropy) ** -3.0
    weights /= weights.sum()
    expected = weights[0] * sure + weights[1] * unsure
    np.testing.assert_allclose(combine(np.stack([sure, unsure]), bias=3.0), expected)


# Tune 0 1 0 1 over two tokens. After 0 came 1 twice; of the four notes each token is two.
# Shortest context: n=4, t=2, c=2. After 0: n=2, t=1, c=0 and 2.
@pytest.mark.parametrize(
    ("escape", "after_zero"),
    [
        ("A", (2 + 1 / 2) / 3),  # e = 1
        ("C", (2 + 1 / 2) / 3),  # e = t = 1
        ("D", (2 - 0.5 + 0.5 / 2) / 2),  # half a count taken from the one follower
        ("AX", (2 + 1 / 2) / 3),  # e = 1 + 0 tokens seen once
        (Escape(constant=2.0), (2 + 2 / 2) / 4),
    ],
)
def test_probabilities_by_hand(escape, after_zero):
    model = NGram(2, order=1, escape=escape).fit([[0, 1, 0, 1]])
    assert model.distribution([1, 0])[1] == pytest.approx(after_zero)


# Tune 0 0 0 1. No context: 3 and 1 in four notes. After 0: 2 and 1 in three.
@pytest.mark.parametrize(
    ("escape", "shortest", "after_zero"),
    [
        ("A", (3 + 1 / 2) / 5, (2 + 0.7) / 4),  # e = 1
        ("C", (3 + 2 / 2) / 6, (2 + 2 * 2 / 3) / 5),  # e = t = 2
        ("D", (2.5 + 1 / 2) / 4, (1.5 + 0.75) / 3),  # half a count taken from each of two
        ("AX", (3 + 2 / 2) / 6, (2 + 2 * 2 / 3) / 5),  # e = 1 + 1 token seen once
    ],
)
def test_unequal_followers_by_hand(escape, shortest, after_zero):
    longer = NGram(2, order=1, escape=escape).fit([[0, 0, 0, 1]])
    assert NGram(2, 0, escape=escape).fit([[0, 0, 0, 1]]).distribution([])[0] == (
        pytest.approx(shortest)
    )
    assert longer.distribution([0])[0] == pytest.approx(after_zero)


def test_token_seen_once_counts_for_method_ax():
    # Tune 0 1 over three tokens: n=2, both seen once, so e=3; the third gets (0 + 3 * 1/3) / 5.
    assert NGram(3, order=0, escape="AX").fit([[0, 1]]).distribution([])[2] == pytest.approx(0.2)


def test_certain_models_do_not_break_the_vote():
    certain = np.array([1.0 - 1e-15, 1e-15])
    assert np.isfinite(combine(np.stack([certain, [0.5, 0.5]]), bias=8.0)).all()


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: get_escape("Z"), "escape='Z' must be one of A, C, D, AX"),
        (lambda: Escape(constant=-1), "at least 0"),
        (lambda: Escape(discount=2), "from 0 to 1"),
        (lambda: Escape(per_single=1), "leaves nothing for new tokens"),
    ],
)
def test_bad_parameters(build, match):
    with pytest.raises(ParameterError, match=match):
        build()
