"""One report on models: what they cost on tunes they never heard, and what they write.

Conventions
-----------
Everything is measured on held-out tunes of the corpora asked for, and on pieces drawn without any
rule: that is the models' own doing. A report is a folder with ``report.json``, ``report.md`` and
pictures.

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

from melodyai_edu.decoding.free import FreePiece, draw_free
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.copying import CopyIndex
from melodyai_edu.evaluation.intervals import bootstrap
from melodyai_edu.evaluation.model_bits import TuneBits, network_bits, prediction_bits, uniform_bits
from melodyai_edu.evaluation.report import write_report
from melodyai_edu.evaluation.statistics import compare, longest_one_note_run
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.models.quiet import require_keras
from melodyai_edu.models.saved import find_model, list_models, load_model, read_card
from melodyai_edu.score import Score
from melodyai_edu.tokens import VOCABULARY, Condition, conditioning_tokens, encode
from melodyai_edu.training.examples import Example, make_example
from melodyai_edu.training.run import CORPORA

__all__ = ["assess"]

_LOOP_BARS, _LOOP_NOTES = 2.0, 4


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
        How many held-out tunes are heard, and how many pieces each network writes.
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
    held_out = _sample([tune for tune in known if tune.split == "test"], tunes, seed)
    index = CopyIndex([tune for tune in known if tune.split == "train"])
    pairs = [(tune, example) for tune in held_out if (example := make_example(tune))]
    rows: dict[str, Any] = {}
    with tqdm(total=len(names) + 2, disable=not has_progress) as bar:
        rows["uniform"] = _bits_row(_uniform([example for _, example in pairs]), 0, 0.0)
        bar.update()
        begin = time.perf_counter()
        bits = _ngram_bits([tune for tune in known if tune.split == "train"], pairs)
        rows["n-gram"] = _bits_row(bits, 0, time.perf_counter() - begin)
        bar.update()
        written: dict[str, list[FreePiece]] = {}
        for name in names:
            network, begin = load_model(name).network, time.perf_counter()
            bits = network_bits(network, [example for _, example in pairs])
            seconds = time.perf_counter() - begin
            rows[name] = _bits_row(bits, network.count_params(), seconds)
            conditions = [_condition(pairs[i % len(pairs)][0]) for i in range(pieces)]
            written[name] = draw_free(network, conditions, [seed + i for i in range(pieces)])
            bar.update()
    real = [tune.melody_score for tune, _ in pairs]
    report = {
        "tunes": len(pairs),
        "pieces": pieces,
        "seed": seed,
        "bits": rows,
        "writing": {name: _writing(found, real, index) for name, found in written.items()},
        "human": _habits(real, index),
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


def _ngram_bits(train: list[Tune], pairs: list[tuple[Tune, Example]]) -> list[TuneBits]:
    """Let one n-gram learn all training tunes that have a meter of the held-out ones."""
    sequences: dict[str, list[tuple[int, ...]]] = {}
    for tune in train:
        try:
            sequences.setdefault(tune.meter.name, []).append(encode(tune).token_ids)
        except ParameterError:
            continue
    fitted: dict[str, MelodyNGram] = {}
    found = []
    for tune, example in pairs:
        meter = tune.meter.name
        if meter not in fitted:
            fitted[meter] = MelodyNGram().fit(sequences.get(meter, []))
        condition = _condition(tune)
        head = conditioning_tokens(
            genre=condition.genre, meter=condition.meter, mode=condition.mode, bars=condition.bars
        )
        piece = fitted[meter].start()
        found.append(prediction_bits(piece, example.token_ids.tolist(), VOCABULARY.ids(head)))
    return found


def _condition(tune: Tune) -> Condition:
    score = tune.melody_score
    return Condition(
        genre=tune.genre,
        meter=score.meter,
        mode=score.key.mode,
        tonic=encode(score).tonic_pitch,
        bars=score.bar_count - bool(score.pickup),
    )


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


def _writing(found: list[FreePiece], real: list[Score], index: CopyIndex) -> dict[str, Any]:
    scores = [piece.score for piece in found if piece.score is not None]
    return {
        "music": len(scores) / len(found),
        "ended": float(np.mean([piece.has_ended for piece in found])),
        "bars filled": float(np.mean([piece.filled_bars for piece in found])),
        **_habits(scores, index),
        "statistics": compare(scores, real) if len(scores) > 1 else {},
    }


def _habits(scores: Sequence[Score], index: CopyIndex) -> dict[str, float | None]:
    """Count one-note loops, and how much stands in the training tunes; None of no music."""
    if not scores:
        return dict.fromkeys(("one-note loops", "windows copied", "longest copied run"))
    loops = [longest_one_note_run(score) for score in scores]
    melodies = [score.parts[0].melody() for score in scores]
    return {
        "one-note loops": float(
            np.mean([notes >= _LOOP_NOTES and bars > _LOOP_BARS for notes, bars in loops])
        ),
        "windows copied": float(np.mean([index.window_share(melody) for melody in melodies])),
        "longest copied run": float(np.mean([index.longest_run(melody)[0] for melody in melodies])),
    }
