"""Lesson 07, Attention: its prediction, exercises, questions, and what its cells call.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. A map [shape=(..., N, N)] says in row ``i`` where a network
looks when it chooses the pitch of note ``i``: at which notes ``j``. Bars count from 1.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; maps, in `melodyai_edu.checks.lesson_07_maps`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "7.1": Question(
        "We take the mask away, so that each note hears the later ones too, and train. What comes "
        "of it?",
        {
            "a": (
                "it learns nothing: too many notes speak at once",
                "It learns at once where to look. Only, it is the wrong place.",
            ),
            "b": (
                "the loss is better than ever, and alone it knows hardly anything",
                "In training the next note stands before its eyes, so it learns to read it off. "
                "When it composes, there is no next note to read.",
            ),
            "c": (
                "the loss is better than ever, and so is its music",
                "That would be so if someone told it the next note while it composes.",
            ),
        },
        "b",
    ),
}

#: The bar of each note of a little tune, and how far back its notes may look [bars].
_TUNE = [1, 1, 1, 2, 2, 3, 3, 3, 4, 4]
_REACHES = (9, 1, 2, 0)


def _test_mask(answer: Callable[[list[int], int], Any]) -> str | None:
    for bars, reach in [*((_TUNE, reach) for reach in _REACHES), ([1], 3)]:
        given = np.asarray(answer(list(bars), reach))
        if given.shape != (len(bars), len(bars)):
            return (
                f"for {len(bars)} notes your mask has the shape {given.shape}: it needs a row and "
                "a column for each note"
            )
        if given.dtype != bool and not np.isin(given, (0, 1)).all():
            return "a mask says True or False, may hear or may not; minus infinity comes later"
        reason = _mask_fault(given.astype(bool), np.array(bars), reach)
        if reason is not None:
            return reason
    return None


def _mask_fault(given: np.ndarray, bars: np.ndarray, reach: int) -> str | None:
    """Say what is musically wrong with a mask, the worst first."""
    places = np.arange(len(bars))
    is_later = places[None, :] > places[:, None]
    is_near = bars[:, None] - bars[None, :] <= reach
    for hears, hears_what in np.argwhere(given & is_later)[::-1]:
        other_bar = bars[hears] != bars[hears_what]
        if other_bar or not (given & is_later & (bars[:, None] != bars[None, :])).any():
            return _leak(hears, hears_what, bars)
    for place in places:
        if not given[place, place]:
            return (
                f"note {place + 1} does not hear itself; and a first note that hears nothing at "
                "all has no mean: its weights are 0 divided by 0"
            )
    for hears, hears_what in np.argwhere(~given & ~is_later & is_near):
        return (
            f"with reach {reach}, bar {bars[hears]} is deaf to bar {bars[hears_what]}: note "
            f"{hears + 1} may hear note {hears_what + 1}, which has sounded"
        )
    for hears, hears_what in np.argwhere(given & ~is_later & ~is_near):
        return (
            f"with reach {reach}, bar {bars[hears]} still hears bar {bars[hears_what]}: that is "
            "too long ago"
        )
    return None


def _leak(hears: int, hears_what: int, bars: np.ndarray) -> str:
    early, late = bars[hears], bars[hears_what]
    if early == late:
        return (
            f"note {hears + 1} already knows how bar {early} goes on: note {hears_what + 1} has "
            "not sounded yet"
        )
    is_end = hears_what + 1 == len(bars) or bars[hears_what + 1] != late
    return f"bar {early} already knows how bar {late} {'ends' if is_end else 'begins'}"


def _attend(mask: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Give attention with vectors as queries, keys and values at once."""

    def attend(notes: np.ndarray) -> np.ndarray:
        notes = np.asarray(notes, float)
        scores = np.where(mask, notes @ notes.T / np.sqrt(notes.shape[1]), -np.inf)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        heard: np.ndarray = weights / weights.sum(axis=1, keepdims=True) @ notes
        return heard

    return attend


#: How a listener listens, whether it leaks, and what a check that is mistaken has missed.
_BARS = np.array([1, 1, 1, 2, 2, 2, 3])
_SEEN = np.tri(len(_BARS), dtype=bool)
_AHEAD = np.tri(len(_BARS), k=1, dtype=bool)
_LISTENERS: tuple[tuple[np.ndarray, bool, str], ...] = (
    (_SEEN, False, "this one hears only what has sounded. A changed note may change itself, and "
     "what comes after it; look at the notes before it alone"),
    (np.ones_like(_SEEN), True, "this one hears the whole tune from its first note on"),
    (_AHEAD, True, "this one hears one note ahead: enough to play every note without a fault"),
    (_BARS[:, None] >= _BARS[None, :], True, "this one hears each bar to its end as soon as it "
     "begins. Its last bar has one note only, so who changes the last note alone finds nothing: "
     "change every note, one after the other"),
    (np.eye(len(_BARS), dtype=bool), False, "this one hears nothing but the note itself: deaf, "
     "but it does not leak"),
)  # fmt: skip


def _test_leak_check(answer: Callable[[Callable[..., np.ndarray], np.ndarray], Any]) -> str | None:
    for mask, leaks, why in _LISTENERS:
        notes = np.random.default_rng(7).normal(size=(len(_BARS), 4))
        kept = notes.copy()
        given = answer(_attend(mask), notes)
        if not np.array_equal(notes, kept):
            return "you have changed the tune itself: change a copy, or you compare it with itself"
        if not isinstance(given, bool | np.bool_):
            return f"you give {given!r}; True (it leaks) or False (it does not) is wanted"
        if bool(given) != leaks:
            said = "cry leak" if given else "find no leak"
            return f"you {said}, but {why}"
    return None


def _one_hot(targets: Sequence[int]) -> np.ndarray:
    """Give a head that looks at one note from each note."""
    weights = np.zeros((len(targets), len(targets)))
    weights[np.arange(len(targets)), targets] = 1
    return weights


#: Two bars of three notes, then one of two: bars, positions [ticks], and heads by what they do.
_HEAD_BARS, _HEAD_POSITIONS = [1, 1, 1, 2, 2, 2, 3, 3], [0, 24, 48, 0, 24, 48, 0, 48]
_HEADS = {
    "itself": _one_hot([0, 1, 2, 3, 4, 5, 6, 7]),
    "before": _one_hot([0, 0, 1, 2, 3, 4, 5, 6]),
    "back": _one_hot([0, 0, 1, 0, 1, 2, 3, 5]),
    "first bar": _one_hot([0, 0, 0, 0, 0, 0, 0, 2]),
    "three back": _one_hot([0, 0, 0, 0, 1, 2, 3, 4]),
}
_WHY = {
    "itself": "it looks at the note itself: the same place, but the same bar, too",
    "before": "it looks at the note just before, wherever that stands",
    "first bar": "it looks at the first bar, but mostly at its first note",
    "three back": "it counts three notes back. In bar 3, which has other notes, that is another "
    "place: compare positions, not distances",
}
_LINE_UPS = (
    ("itself", "back"),
    ("back", "before"),
    ("before", "first bar", "back"),
    ("itself", "before", "back", "three back"),
)


def _test_head(answer: Callable[[np.ndarray, list[int], list[int]], Any]) -> str | None:
    for names in _LINE_UPS:
        heads = np.array([_HEADS[name] for name in names])
        given = answer(heads.copy(), list(_HEAD_BARS), list(_HEAD_POSITIONS))
        if isinstance(given, bool) or not isinstance(given, int | np.integer):
            return f"you give {given!r}; the number of a head is wanted, counted from 0"
        if not 0 <= given < len(names):
            return f"you choose head {given} of {len(names)}; they are counted from 0"
        if names[given] != "back":
            return f"of {len(names)} heads you choose head {given}: {_WHY[names[given]]}"
    return None


EXERCISES = {
    "7.1": Exercise(
        "Give True where the note of this row may hear the note of this column.",
        _test_mask,
        (
            "There are two questions for each pair of notes: has the other one sounded? Is its "
            "bar near enough?",
            "np.arange(len(bars)) numbers the notes. A column of numbers, [:, None], compared "
            "with a row, [None, :], gives a whole table of answers.",
            "Two tables, one for each question, joined with &. A note has sounded when its "
            "number is not above that of the hearer.",
        ),
        "nobody hears what has not sounded, and nobody further back than the reach",
    ),
    "7.2": Exercise(
        "Say whether what an earlier note hears depends on a later one.",
        _test_leak_check,
        (
            "Listen once to the tune as it is, and keep the answer. Then change one note.",
            "Change each note in turn, always in a fresh copy, and compare the rows before it.",
            "For every place: copy, change the row of that place, listen, and ask np.allclose "
            "about the rows up to that place. One difference is enough.",
        ),
        "no model with open ears for the future gets past you",
    ),
    "7.3": Exercise(
        "Give the number of the head that looks most at the same place in an earlier bar.",
        _test_head,
        (
            "Which pairs of notes do you want? Both questions can be answered by a table: the "
            "same position? An earlier bar?",
            "Multiply the heads by that table, and only the wanted weights remain.",
            "Sum what remains over rows and columns, so that each head has one number; where is "
            "the largest?",
        ),
        "you can read in a network's mind where it remembers from",
    ),
}

RECALL = (
    Question(
        "What does the softmax do to the scores?",
        {
            "a": (
                "it makes them weights: none below 0, and a sum of 1",
                "So what is heard is a mean, in which the best match counts most.",
            ),
            "b": ("it keeps the largest and drops the rest", "All keep a share, if a small one."),
            "c": ("it hides the later notes", "The mask does that, one step before."),
        },
        "a",
    ),
    Question(
        "A colleague's network reaches 0.05 bits per note on held-out tunes. What do you think of?",
        {
            "a": ("a work of genius", "No tune is that easy to foretell. Be glad, and suspicious."),
            "b": (
                "a leak: change a later note, and see whether earlier answers move",
                "Held-out tunes do not help against it: the answer stands in the tune itself.",
            ),
            "c": ("overfitting", "That makes held-out bits worse, not wonderful."),
        },
        "b",
    ),
    Question(
        "Bar 5 comes back to bar 1. Why is that easier for attention than for an LSTM?",
        {
            "a": ("it has more weights", "In our comparison both have equally many."),
            "b": ("it knows the form beforehand", "Nobody tells it; it has to look."),
            "c": (
                "it can look at bar 1 itself; an LSTM must carry bar 1 along in its memory",
                "Through all the notes between, without knowing what will be needed.",
            ),
        },
        "c",
    ),
    Question(
        "From lesson 05: an LSTM and a transformer were trained. Which figures may be compared?",
        {
            "a": (
                "bits per note on held-out tunes that neither has learned from",
                "The same tunes for both, and an interval beside the difference.",
            ),
            "b": ("the losses on the training tunes", "They only show who learns by heart."),
            "c": ("the number of weights", "It says what a network costs, not what it knows."),
        },
        "a",
    ),
    Question(
        "From lesson 04: what did the short-term memory of the n-gram do?",
        {
            "a": ("it forgot the tunes it had learned", "Those are the long-term memory."),
            "b": (
                "it counted what followed what in the piece that was being played",
                "Tunes quote themselves. The head that you found looks for the same thing.",
            ),
            "c": ("it masked wrong notes", "Nothing was masked in lesson 04."),
        },
        "b",
    ),
)
