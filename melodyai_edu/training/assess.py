"""One report on models: what they cost on tunes they never heard, and what they write.

Conventions
-----------
Everything is measured on held-out tunes of the corpora asked for, and on pieces drawn without any
rule: that is the models' own doing (`melodyai_edu.training.writing`). A report is a folder with
``report.json``, ``report.md`` and pictures.

Contents
--------
assess
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.copying import CopyIndex
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.evaluation.model_bits import TuneBits, network_bits, prediction_bits, uniform_bits
from melodyai_edu.evaluation.report import write_report
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.models.quiet import require_keras
from melodyai_edu.models.saved import find_model, list_models, load_model, read_card
from melodyai_edu.tokens import VOCABULARY, Condition, conditioning_tokens, encode
from melodyai_edu.training.examples import Example, make_example
from melodyai_edu.training.run import CORPORA
from melodyai_edu.training.writing import (
    Judges,
    condition_of,
    habits,
    without_genre,
    write_with_network,
    write_with_ngram,
    writing,
)

__all__ = ["assess"]

_UNIFORM, _NGRAM = "uniform", "n-gram"


def assess(
    folder: str | Path,
    *,
    models: Sequence[str] | None = None,
    data: Sequence[str] = CORPORA,
    tunes: int = 100,
    pieces: int = 100,
    seed: int = 0,
    has_progress: bool = True,
) -> dict[str, Any]:
    """Measure models and write a report.

    Parameters
    ----------
    folder : str or Path
        Made if it is missing.
    models : sequence of str, optional
        Networks for melodies; all at hand when left out. Uniform guessing and an n-gram stand
        beside them in any case.
    data : sequence of str
        Corpora.
    tunes, pieces : int, default 100
        How many held-out tunes are heard, and how many pieces each model writes; a network
        writes as many once more without being told a genre.
    seed : int, default 0
    has_progress : bool, default True

    Returns
    -------
    report : dict
        As in ``report.json``.

    Raises
    ------
    ParameterError
        If a number is too small, a model is unknown or writes rhythms, or no tune is held out.
    MissingDependencyError
        If there are networks and Keras or its backend is not installed.
    """
    from tqdm.auto import tqdm

    if tunes < 2 or pieces < 2:
        raise ParameterError(f"tunes={tunes} and pieces={pieces} must be at least 2")
    names = _melody_models(models)
    if names:
        require_keras()
    known = [tune for name in data for tune in load(name) if tune.melody.notes]
    train = [tune for tune in known if tune.split == "train"]
    held_out = _sample([tune for tune in known if tune.split == "test"], tunes, seed)
    pairs = [(tune, example) for tune in held_out if (example := make_example(tune))]
    asked = [pairs[i % len(pairs)][0] for i in range(pieces)]
    conditions = [condition_of(tune) for tune in asked]
    index = CopyIndex(train)
    real = [tune.melody_score for tune, _ in pairs]
    judges = Judges.of(train, [tune for tune in known if tune.split == "test"])
    rows: dict[str, Any] = {}
    written: dict[str, Any] = {}
    control: dict[str, Any] = {}
    with tqdm(total=len(names) + 2, disable=not has_progress) as bar:
        rows[_UNIFORM] = _bits_row(_uniform([example for _, example in pairs]), 0, 0.0)
        bar.update()
        ngrams, begin = _NGrams(train), time.perf_counter()
        bits = ngrams.bits(pairs)
        rows[_NGRAM] = _bits_row(bits, ngrams.num_cells, time.perf_counter() - begin)
        found = write_with_ngram(ngrams.of, asked, seed)
        written[_NGRAM] = writing(found, real, index, is_free=False)
        control[_NGRAM] = judges.control(found)
        bar.update()
        for name in names:
            network, begin = load_model(name).network, time.perf_counter()
            bits = network_bits(network, [example for _, example in pairs])
            rows[name] = _bits_row(bits, network.count_params(), time.perf_counter() - begin)
            found = write_with_network(network, conditions, seed)
            unasked = write_with_network(network, without_genre(conditions), seed)
            written[name] = writing(found, real, index)
            control[name] = judges.control(found, unasked)
            bar.update()
    report = {
        "tunes": len(pairs),
        "pieces": pieces,
        "seed": seed,
        "bits": rows,
        "writing": written,
        "control": control,
        "human": habits(real, index),
    }
    write_report(report, Path(folder))
    return json.loads(json.dumps(report))  # type: ignore[no-any-return] # as it was written


def _melody_models(names: Sequence[str] | None) -> list[str]:
    """Give the networks to measure: all at hand that write melodies, or those named."""
    kinds = {
        name: read_card(find_model(name)).kind
        for name in (list_models() if names is None else names)
    }
    for name, kind in kinds.items():
        if names is not None and kind != "melody":
            raise ParameterError(f"model={name!r} writes rhythms: name models for melodies")
    return [name for name, kind in kinds.items() if kind == "melody"]


def _sample(tunes: list[Tune], number: int, seed: int) -> list[Tune]:
    if not tunes:
        raise ParameterError("no tune is held out in these corpora: name others")
    order = np.random.default_rng(seed).permutation(len(tunes))[:number]
    return [tunes[i] for i in order]


def _uniform(examples: Sequence[Example]) -> list[TuneBits]:
    seen = np.unique(np.concatenate([example.token_ids for example in examples]))
    durations, pitches = (
        len(np.intersect1d(seen, VOCABULARY.ids_of(kind))) for kind in ("Duration", "Pitch")
    )
    return [uniform_bits(example.token_ids.tolist(), (durations, pitches)) for example in examples]


class _NGrams:
    """One n-gram for each meter, of all training tunes that have it."""

    def __init__(self, train: Sequence[Tune]) -> None:
        self._sequences: dict[str, list[tuple[int, ...]]] = {}
        self.fitted: dict[str, MelodyNGram] = {}
        for tune in train:
            try:
                self._sequences.setdefault(tune.meter.name, []).append(encode(tune).token_ids)
            except ParameterError:
                continue

    def of(self, condition: Condition) -> MelodyNGram:
        """Give the n-gram of a meter."""
        meter = condition.meter.name if condition.meter else ""
        if meter not in self.fitted:
            self.fitted[meter] = MelodyNGram().fit(self._sequences.get(meter, []))
        return self.fitted[meter]

    def bits(self, pairs: Sequence[tuple[Tune, Example]]) -> list[TuneBits]:
        """Measure held-out tunes."""
        found = []
        for tune, example in pairs:
            condition = condition_of(tune)
            head = conditioning_tokens(
                genre=condition.genre,
                meter=condition.meter,
                mode=condition.mode,
                bars=condition.bars,
            )
            piece = self.of(condition).start()
            found.append(prediction_bits(piece, example.token_ids.tolist(), VOCABULARY.ids(head)))
        return found

    @property
    def num_cells(self) -> int:
        """How many counts all of them hold."""
        return sum(fitted.num_cells for fitted in self.fitted.values())


def _bits_row(bits: list[TuneBits], weights: int, seconds: float) -> dict[str, Any]:
    """Give means with their intervals, tunes resampled."""
    notes = [len(tune.pitch) for tune in bits]
    sums = {
        "duration": [tune.duration.sum() for tune in bits],
        "pitch": [tune.pitch.sum() for tune in bits],
        "note": [tune.duration.sum() + tune.pitch.sum() for tune in bits],
    }
    return {
        **{name: bootstrap(values, notes) for name, values in sums.items()},
        "weights": weights,
        "seconds": round(seconds, 1),
    }
