"""Lesson 05, An LSTM melody: its prediction, exercises, questions, and what its cells call.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. The helpers are short, and the lesson shows their source.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; draw_jig, tune_bits, next_pitches, wander
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.checks.exercise import Exercise, Question

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Tune
    from melodyai_edu.score import Score

__all__ = [
    "EXERCISES",
    "PREDICTIONS",
    "RECALL",
    "draw_jig",
    "next_pitches",
    "tune_bits",
    "wander",
]


def draw_jig(
    network: Any,
    temperature: float = 1.0,
    rules: Sequence[str] = (),
    *,
    bars: int = 8,
    seed: int = 0,
) -> Score:
    """Let a network write a jig in G, token by token.

    Parameters
    ----------
    network : Network
    temperature : float, default 1.0
        0 takes the likeliest token each time.
    rules : sequence of str, optional
    bars : int, default 8 [bars]
    seed : int, default 0

    Returns
    -------
    score : Score
    """
    from melodyai_edu.constraints import compile_rules
    from melodyai_edu.decoding import Sampler, draw_piece
    from melodyai_edu.decoding.stepwise import NeuralPrediction
    from melodyai_edu.score import Key, Meter
    from melodyai_edu.tokens import VOCABULARY, Condition, Encoding, conditioning_tokens, decode

    facts: dict[str, Any] = {"genre": "jig", "meter": Meter(6, 8), "mode": "major", "bars": bars}
    automaton = compile_rules(rules, length=bars, key="G major", meter="6/8")
    sampler = Sampler(temperature) if temperature > 0 else Sampler(top_k=1)
    piece = NeuralPrediction(network, Condition(tonic=67, **facts))
    drawn = draw_piece(piece, automaton, sampler, np.random.default_rng(seed))
    head = VOCABULARY.ids(conditioning_tokens(**facts))
    return decode(Encoding((*head, *drawn), Key("G"), 67))


class _Listener:
    """Lets an `NGram` follow a piece token by token."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.heard: list[int] = []

    def distribution(self) -> np.ndarray:
        return np.asarray(self.model.distribution(self.heard[-self.model.order :]))

    def observe(self, token_id: int) -> None:
        self.heard.append(int(token_id))


def tune_bits(model: Any, tunes: Sequence[Tune]) -> tuple[np.ndarray, np.ndarray]:
    """Measure how surprised a model is by tunes.

    Parameters
    ----------
    model : Network, MelodyNGram or NGram
        An `NGram` of token ids without conditions, as lesson 04 fits it.
    tunes : sequence of Tune

    Returns
    -------
    bits : np.ndarray [shape=(N,), float, bits]
        Of all durations and pitches of each tune together.
    notes : np.ndarray [shape=(N,), int]
    """
    from melodyai_edu.evaluation.model_bits import network_bits, prediction_bits
    from melodyai_edu.models import NGram
    from melodyai_edu.models.melody import MelodyNGram
    from melodyai_edu.tokens import encode
    from melodyai_edu.training.examples import examples_of

    if isinstance(model, MelodyNGram | NGram):
        ids = [encode(tune.melody_score).token_ids for tune in tunes]
        pieces = [_Listener(model) if isinstance(model, NGram) else model.start() for _ in ids]
        found = [
            prediction_bits(piece, each[4:], each[:4])
            for piece, each in zip(pieces, ids, strict=True)
        ]
    else:
        found = network_bits(model, examples_of(tunes))
    bits = np.array([tune.duration.sum() + tune.pitch.sum() for tune in found])
    return bits, np.array([len(tune.pitch) for tune in found])


def next_pitches(tunes: Sequence[Tune], context: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """List what was heard before each note of tunes, and the note that came.

    Parameters
    ----------
    tunes : sequence of Tune
    context : int, default 16 [notes]

    Returns
    -------
    heard : np.ndarray [shape=(N, context), int, MIDI]
    came : np.ndarray [shape=(N,), int, MIDI]
    """
    heard, came = [], []
    for tune in tunes:
        pitches = [note.pitch for note in tune.melody.notes]
        for place in range(context, len(pitches)):
            heard.append(pitches[place - context : place])
            came.append(pitches[place])
    return np.array(heard, np.int32).reshape(-1, context), np.array(came, np.int32)


def wander(regression: Any, heard: Sequence[int], notes: int = 48) -> list[float]:
    """Let a model that says pitch numbers go on from what it has said itself.

    Parameters
    ----------
    regression : keras.Model
        ``float[B, context]`` to ``float[B, 1]``.
    heard : sequence of int [MIDI]
        As many pitches as it hears.
    notes : int, default 48

    Returns
    -------
    pitches : list of float [MIDI]
    """
    pitches = [float(pitch) for pitch in heard]
    for _ in range(notes):
        latest = np.array([pitches[-len(heard) :]], np.float32)
        pitches.append(float(np.asarray(regression(latest, training=False))[0, 0]))
    return pitches[len(heard) :]


PREDICTIONS = {
    "5.1": Question(
        "A network has trained for sixteen steps, and always takes the note that it finds "
        "likeliest. What will you hear?",
        {
            "a": (
                "a cat on the piano: any note after any other",
                "That is how it begins, but sixteen steps teach it which notes are common, and it "
                "does not throw dice here.",
            ),
            "b": (
                "one note, again and again",
                "It knows which note is commonest and not yet what follows what. So its first "
                "choice is always the same.",
            ),
            "c": (
                "a tune that it has learned from, note for note",
                "For that it would have to remember tunes, and it has hardly heard them once.",
            ),
        },
        "b",
    ),
}

#: Losses of held-out tunes, patience, the epoch to go back to, and what the curve does.
_CURVES: tuple[tuple[list[float], int, int, str], ...] = (
    ([2.5, 2.0, 1.8], 2, 3, "it was still getting better, so the last epoch is the best"),
    ([2.5, 1.9, 2.0, 2.1], 2, 2, "from epoch 2 on it only learns its own tunes by heart"),
    ([2.5, 1.9, 2.0, 1.8, 1.9], 2, 4, "one bad epoch is no reason to stop: patience is 2"),
    ([2.5, 1.9, 2.0, 2.0, 1.7], 2, 2, "after two epochs without a better one nobody goes on to 5"),
    ([2.0, 2.0, 2.0], 1, 1, "equal is not better"),
    ([3.0], 3, 1, "after one epoch there is only that one; people count from 1"),
)


def _test_stop(answer: Callable[[list[float], int], Any]) -> str | None:
    for losses, patience, right, why in _CURVES:
        given = answer(list(losses), patience)
        if given != right or isinstance(given, bool):
            return f"for {losses} with patience {patience} you go back to {given!r}: {why}"
    return None


#: Pitches, the longest run of one of them, and what they are.
_LINES: tuple[tuple[list[int], int, str], ...] = (
    ([67, 69, 71], 1, "no note comes twice in a row, so the longest run is one note"),
    ([67, 67, 67, 69], 3, "three Gs, then it moves on"),
    ([67, 69, 67, 69, 67], 1, "G comes back three times but never twice in a row"),
    ([67, 69, 69, 71, 71, 71, 71], 4, "the last notes are a run as well: four Bs"),
    ([67, 67, 67, 69, 69], 3, "the longest run is wanted, not the last one"),
    ([60, 72, 72], 2, "an octave is a leap: C and the C above are two notes"),
    ([], 0, "where nothing sounds, nothing loops"),
)


def _test_loop(answer: Callable[[list[int]], Any]) -> str | None:
    for pitches, right, why in _LINES:
        given = answer(list(pitches))
        if given != right:
            return f"for {pitches} you find {given!r}: {why}"
    return None


#: What came after the same notes, the number with the least squared error, and what it is.
_FORKS: tuple[tuple[list[int], float, str], ...] = (
    ([60, 64], 62.0, "half the tunes go to C, half to E, and the least error lies between, on D"),
    ([67, 67, 67], 67.0, "if it is always G, then G is right"),
    (
        [60, 60, 60, 72],
        63.0,
        "three Cs and the C above: one leap in four pulls the answer up to E♭",
    ),
    ([64, 65], 64.5, "between E and F lies a note that no fiddle tune has; do not round"),
)


def _test_guess(answer: Callable[[list[int]], Any]) -> str | None:
    for came, right, why in _FORKS:
        given = answer(list(came))
        if isinstance(given, bool) or not isinstance(given, int | float | np.number):
            return f"for {came} you give {given!r}, and a number is wanted"
        if not math.isclose(float(given), right, abs_tol=1e-6):
            ours, theirs = (
                sum((pitch - number) ** 2 for pitch in came) for number in (right, float(given))
            )
            return (
                f"for {came} you give {float(given):.2f}, whose squared errors sum to "
                f"{theirs:.1f}; {ours:.1f} can be had: {why}"
            )
    return None


EXERCISES = {
    "5.1": Exercise(
        "Give the epoch, counted from 1, to whose weights training goes back.",
        _test_stop,
        (
            "Go through the losses in order, and keep in mind the best one and where it was.",
            "At each epoch ask two things: is this one better? If not, how long is the best ago?",
            "When the best is as many epochs ago as patience says, leave the loop. "
            "enumerate() can count from 1.",
        ),
        "you know when to stop practising",
    ),
    "5.2": Exercise(
        "Give the length of the longest run of one pitch.",
        _test_loop,
        (
            "Walk through the notes and count: how long is the run that this note belongs to?",
            "A note like the one before makes the run one longer; any other begins a new one.",
            "You need the note before, the count, and the longest count so far, which begins at 0.",
        ),
        "no broken record gets past you",
    ),
    "5.3": Exercise(
        "Give the one number with the least squared error to all the pitches.",
        _test_guess,
        (
            "Try it with C and E, 60 and 64: which number is as good a guess for both?",
            "It need not be a pitch that came, nor a whole number.",
            "You learned its name at school: the balance point of a list of numbers.",
        ),
        "and it is the reason why pitch is not a quantity to be averaged",
    ),
}

RECALL = (
    Question(
        "The loss goes on falling on the training tunes, and rises on held-out tunes. What now?",
        {
            "a": ("train longer", "It would learn more of these tunes, and less of jigs."),
            "b": (
                "take the weights from where the held-out loss was lowest",
                "From there on it learned its own tunes by heart.",
            ),
            "c": ("throw the held-out tunes away", "Then you would no longer see it."),
        },
        "b",
    ),
    Question(
        "What does an LSTM have that an n-gram of order 5 has not?",
        {
            "a": (
                "a memory that it learns to keep or to clear",
                "What it keeps may be a hundred notes old.",
            ),
            "b": ("knowledge of harmony", "Nobody told it; both learn from the same tokens."),
            "c": ("a larger table of counts", "It has no table of counts at all."),
        },
        "a",
    ),
    Question(
        "Two right notes are C and E, equally likely. What does squared error make a model say?",
        {
            "a": ("C or E, by chance", "Chance is what probabilities are for."),
            "b": ("D", "The average of two right notes: and it is wrong both times."),
            "c": ("C and E at once", "It has one number to say."),
        },
        "b",
    ),
    Question(
        "From lesson 04: why do we compare models on held-out tunes only?",
        {
            "a": (
                "because a model might know the others by heart",
                "A high order looks best there, and so does a network that trains too long.",
            ),
            "b": ("because they are shorter", "They are drawn like all others."),
            "c": ("because bits have no meaning on other tunes", "They have, but prove nothing."),
        },
        "a",
    ),
    Question(
        "From lesson 02: why can a piece drawn under a rule never break it?",
        {
            "a": ("it is tried again until it fits", "Nothing is ever drawn twice."),
            "b": ("the model has learned the rule", "The model knows nothing of it."),
            "c": (
                "the automaton masks every note from which the rule could not be kept",
                "So no such note can be drawn, whatever the model thinks of it.",
            ),
        },
        "c",
    ),
)
