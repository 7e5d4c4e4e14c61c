"""From corpora to what a network learns from.

Conventions
-----------
An example is one tune: its condition, its tokens behind the condition, and a chord for each token.
Keys are normalised (every tonic is ``Pitch_60``), so nothing is transposed. A rhythm is a melody
whose pitches are all the tonic.

Contents
--------
Example, make_example, examples_of, data_hash
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.features import mood_of
from melodyai_edu.io.corpus import Tune
from melodyai_edu.models.presets import KINDS
from melodyai_edu.theory.bar_chords import bar_chords
from melodyai_edu.tokens import VOCABULARY, Condition, encode
from melodyai_edu.tokens.condition import chord_id, density_level

__all__ = ["Example", "data_hash", "examples_of", "make_example"]

_BAR = VOCABULARY.id("Bar_line")
_TONIC = VOCABULARY.id("Pitch_60")
_PITCHES = frozenset(i for i in VOCABULARY.ids_of("Pitch") if VOCABULARY.token(i)[6:].isdigit())
_HEAD = 4  # tokens that `encode` puts in front


class Example(NamedTuple):
    """One tune to learn from.

    Parameters
    ----------
    condition_ids : np.ndarray [shape=(7,), int32]
    token_ids : np.ndarray [shape=(N,), int32]
        Events, bar lines and ``Sequence_end``.
    chord_ids : np.ndarray [shape=(N,), int32]
        The chord of the bar in which each token stands.
    """

    condition_ids: np.ndarray
    token_ids: np.ndarray
    chord_ids: np.ndarray


def make_example(tune: Tune, kind: str = "melody") -> Example | None:
    """Write a tune as an example.

    Parameters
    ----------
    tune : Tune
    kind : str, default "melody"
        ``melody`` or ``rhythm``.

    Returns
    -------
    example : Example or None
        None where the melody is empty, or wider than the vocabulary.

    Examples
    --------
    >>> from melodyai_edu.io.corpus import load
    >>> example = make_example(load("oneill")[0])
    >>> len(example.condition_ids), len(example.token_ids) == len(example.chord_ids)
    (7, True)
    """
    if kind not in KINDS:
        raise ParameterError(f"kind={kind!r} must be one of: {', '.join(KINDS)}")
    score = tune.melody_score
    try:
        encoding = encode(score)
    except ParameterError:
        return None
    notes = len(score.parts[0].notes)
    if not notes:
        return None
    condition = Condition(
        genre=tune.genre,
        mood=mood_of(score),
        meter=score.meter,
        mode=score.key.mode,
        tonic=encoding.tonic_pitch,
        bars=score.bar_count - bool(score.pickup),
        density=density_level(notes, score.duration),
    )
    token_ids = np.array(encoding.token_ids[_HEAD:], np.int32)
    bars = np.cumsum(token_ids == _BAR) - (0 if score.pickup else 1)
    chords = [0 if chord is None else chord_id(*chord) for chord in bar_chords(score)]
    chord_ids = np.array(chords, np.int32)[np.clip(bars, 0, len(chords) - 1)]
    if kind == "rhythm":
        is_pitch = np.isin(token_ids, list(_PITCHES))
        token_ids, chord_ids = np.where(is_pitch, _TONIC, token_ids), chord_ids * 0
    return Example(np.array(condition.token_ids, np.int32), token_ids.astype(np.int32), chord_ids)


def examples_of(tunes: Iterable[Tune], kind: str = "melody") -> list[Example]:
    """Write tunes as examples; tunes that cannot be written are left out.

    Parameters
    ----------
    tunes : iterable of Tune
    kind : str, default "melody"

    Returns
    -------
    examples : list of Example

    Raises
    ------
    ParameterError
        If nothing is left.
    """
    made = [example for tune in tunes if (example := make_example(tune, kind)) is not None]
    if not made:
        raise ParameterError("there is no tune to learn from: give a corpus with some")
    return made


def data_hash(examples: Sequence[Example]) -> str:
    """Give the SHA-256 of examples, in their order: the same data, the same text.

    Parameters
    ----------
    examples : sequence of Example

    Returns
    -------
    text : str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for example in examples:
        for array in example:
            digest.update(len(array).to_bytes(4, "little"))
            digest.update(np.ascontiguousarray(array, "<i4").tobytes())
    return digest.hexdigest()
