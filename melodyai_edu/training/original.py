"""The two models of the first design: one that fails in a telling way, and what to do instead.

Conventions
-----------
Both read a CSV with a column ``melody_sequence`` (`melodyai_edu.io.corpus_csv`), split it by tune,
train, and return the Keras model; its ``history`` holds the losses. Both hear the latest
``context`` pitches. The first predicts the next pitch as a number, with squared error: its best
answer between two right notes is a wrong note between them. The second gives every pitch a
probability.

Contents
--------
train_complex_melody_generation_model, train_complex_deep_melody_generation_model,
regression_faults, RegressionFaults
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus_csv import read_melody_sequences
from melodyai_edu.models.quiet import import_keras

__all__ = [
    "RegressionFaults",
    "regression_faults",
    "train_complex_deep_melody_generation_model",
    "train_complex_melody_generation_model",
]

_PITCHES = 128
_NOTHING = 0  # before the first note: no melody has the lowest pitch of MIDI
_EPOCHS = 6
_MOST_NOTES = 30_000  # enough to see the point, in seconds


def train_complex_melody_generation_model(
    data_file_path: str | Path,
    *,
    epochs: int | None = None,
    context: int = 16,
    seed: int = 0,
    verbose: int = 0,
) -> Any:
    """Train dense layers to predict the next pitch as a number, with squared error.

    Parameters
    ----------
    data_file_path : str or Path
        A CSV with a column ``melody_sequence``.
    epochs : int, optional
        6 when left out; 1 in the smoke profile.
    context : int, default 16 [notes]
        How many pitches it hears.
    seed : int, default 0
        Of the split and of the first weights.
    verbose : int, default 0
        As in Keras.

    Returns
    -------
    model : keras.Model
        ``float[B, context]`` pitches [MIDI] to ``float[B, 1]``, the next one [MIDI].

    Raises
    ------
    InputError
        If the file is no such table, or has less than two melodies.
    ParameterError
        If a number is not positive.
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    import_keras()
    import keras
    from keras import layers

    train, valid = _examples(data_file_path, context, seed, epochs)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((context,)),
            layers.Rescaling(1 / 64, offset=-1),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(1),
            layers.Rescaling(12, offset=67),  # begins in the middle of the treble staff
        ]
    )
    model.compile("adam", "mean_squared_error")
    return _fit(model, train, valid, epochs, verbose)


def train_complex_deep_melody_generation_model(
    data_file_path: str | Path,
    *,
    epochs: int | None = None,
    context: int = 16,
    seed: int = 0,
    verbose: int = 0,
) -> Any:
    """Train an embedding and two LSTM layers to give each next pitch a probability.

    Parameters
    ----------
    data_file_path : str or Path
        A CSV with a column ``melody_sequence``.
    epochs : int, optional
        6 when left out; 1 in the smoke profile.
    context : int, default 16 [notes]
        How many pitches it hears.
    seed : int, default 0
    verbose : int, default 0

    Returns
    -------
    model : keras.Model
        ``int[B, context]`` pitches [MIDI] to ``float[B, 128]``, a probability for each.

    Raises
    ------
    InputError
        If the file is no such table, or has less than two melodies.
    ParameterError
        If a number is not positive.
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    import_keras()
    import keras
    from keras import layers

    train, valid = _examples(data_file_path, context, seed, epochs)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((context,), dtype="int32"),
            layers.Embedding(_PITCHES, 32),
            layers.LSTM(64, return_sequences=True),
            layers.LSTM(64),
            layers.Dense(_PITCHES, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    return _fit(model, train, valid, epochs, verbose)


Examples = tuple[np.ndarray, np.ndarray]


def _examples(
    path: str | Path, context: int, seed: int, epochs: int | None
) -> tuple[Examples, Examples]:
    """Read melodies and split them by tune: nine tenths to train on."""
    for name, value in (("context", context), ("epochs", 1 if epochs is None else epochs)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ParameterError(f"{name}={value!r} must be a positive integer")
    melodies = read_melody_sequences(path)
    if len(melodies) < 2:
        raise InputError(f"{Path(path).name}: must have at least two melodies, to keep one apart")
    order = np.random.default_rng(seed).permutation(len(melodies))
    held_out = max(1, len(melodies) // 10)
    sides = order[held_out:], order[:held_out]
    train, valid = (_windows([melodies[i] for i in side], context) for side in sides)
    return train, valid


def _windows(melodies: list[list[int]], context: int) -> Examples:
    """Give the pitches before each note [shape=(N, context)], and the note [shape=(N,)]."""
    before, notes = [], []
    for melody in melodies:
        padded = [_NOTHING] * context + melody
        for place, pitch in enumerate(melody):
            before.append(padded[place : place + context])
            notes.append(pitch)
    return np.array(before[:_MOST_NOTES], np.int32), np.array(notes[:_MOST_NOTES], np.int32)


def _fit(model: Any, train: Examples, valid: Examples, epochs: int | None, verbose: int) -> Any:
    is_smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    model.fit(
        *train,
        validation_data=valid,
        batch_size=256,
        epochs=epochs or (1 if is_smoke else _EPOCHS),
        verbose=verbose,
    )
    return model


class RegressionFaults(NamedTuple):
    """How a model that predicts pitch numbers goes wrong.

    Parameters
    ----------
    mean_error : float [semitones]
        Between what came and what was said.
    exact : float [0-1]
        Share of notes where the nearest pitch to what was said is the one that came.
    between : float [0-1]
        Share of answers that no piano has: more than a quarter of a semitone from any pitch.
    spread : float [0-1]
        How much the answers vary, against how much the notes do: 1 is alike, 0 always the same.
    """

    mean_error: float
    exact: float
    between: float
    spread: float


def regression_faults(said: np.ndarray, came: np.ndarray) -> RegressionFaults:
    """Compare predicted pitch numbers with the pitches that came.

    Parameters
    ----------
    said : np.ndarray [shape=(N,), float, MIDI]
    came : np.ndarray [shape=(N,), int, MIDI]

    Returns
    -------
    faults : RegressionFaults

    Raises
    ------
    ParameterError
        If the shapes differ, or there is nothing to compare.

    Examples
    --------
    Between C and E lies D, which neither tune had:

    >>> regression_faults(np.array([62.0, 62.0]), np.array([60, 64]))
    RegressionFaults(mean_error=2.0, exact=0.0, between=0.0, spread=0.0)
    """
    said, came = np.asarray(said, float).reshape(-1), np.asarray(came, float).reshape(-1)
    if said.shape != came.shape or not len(said):
        raise ParameterError(f"said and came must be alike in length, are {len(said)}, {len(came)}")
    return RegressionFaults(
        float(np.abs(said - came).mean()),
        float((np.round(said) == came).mean()),
        float((np.abs(said - np.round(said)) > 0.25).mean()),
        float(said.std() / came.std()) if came.std() else 1.0,
    )
