"""One call from corpora to a trained model on disk.

Conventions
-----------
A run has a name; its checkpoints lie in ``training/NAME`` and its model in ``models/NAME`` of your
own folder. The usual name begins with ``my-``, so that none of the package's models is meant by
it. The same corpora, preset and seed give the same model on the same machine.

Contents
--------
RECIPES, CORPORA, Trained, fit
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import Tune, home_folder, load
from melodyai_edu.models.presets import Sizes, sizes_of
from melodyai_edu.models.quiet import require_keras
from melodyai_edu.models.saved import ModelCard, SavedModel, load_model, save_model
from melodyai_edu.training.devices import find_devices
from melodyai_edu.training.examples import Example, data_hash, examples_of, make_example
from melodyai_edu.training.fit import Trainer
from melodyai_edu.training.logs import LivePlot, TensorBoardLog, write_csv
from melodyai_edu.training.mirror import Mirror
from melodyai_edu.training.recipe import Recipe, Report

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["CORPORA", "RECIPES", "Trained", "fit"]

#: What the shipped models learn from: the corpora in the public domain.
CORPORA = ("airds", "chorales", "oneill", "ryan")

#: How each preset is trained when nothing else is said. The rates are the best of two or three
#: short trials; an LSTM bears higher ones (docs/LOG.md).
RECIPES = {
    ("tiny", "transformer"): Recipe(epochs=8, learning_rate=4e-3),
    ("tiny", "lstm"): Recipe(epochs=8, learning_rate=1e-2),
    ("small", "transformer"): Recipe(epochs=14, learning_rate=3e-3),
    ("small", "lstm"): Recipe(epochs=10, learning_rate=5e-3),
    ("base", "transformer"): Recipe(
        epochs=40, learning_rate=5e-4, batch_tokens=16384, warmup_steps=1000
    ),
    ("base", "lstm"): Recipe(epochs=40, learning_rate=1e-3, batch_tokens=16384, warmup_steps=1000),
}

#: A model that is only adapted learns slowly and briefly.
_FINE_TUNING: dict[str, Any] = {
    "epochs": 6,
    "learning_rate": 3e-4,
    "warmup_steps": 20,
    "patience": 2,
}


@dataclass(frozen=True, eq=False)
class Trained:
    """What training gave.

    Parameters
    ----------
    network : Network
        With the best weights, in single precision.
    card : ModelCard
    report : Report
    folder : Path
        Where the model lies now; `load_model` opens it.
    """

    network: Network
    card: ModelCard
    report: Report
    folder: Path

    @property
    def model(self) -> SavedModel:
        """The network with its card, to compose with."""
        return SavedModel(self.card, self.network)


def fit(
    kind: str = "melody",
    preset: str = "tiny",
    *,
    network: str = "transformer",
    data: Sequence[str | Tune] = CORPORA,
    base: str | Path | None = None,
    name: str | None = None,
    resume: bool = False,
    checkpoints: str | None = None,
    devices: int = 1,
    precision: str | None = None,
    tensorboard: bool = False,
    has_progress: bool = True,
    on_report: Callable[[Report], None] | None = None,
    **recipe: Any,
) -> Trained:
    """Train a network, or fine-tune one.

    Parameters
    ----------
    kind : str, default "melody"
        ``melody`` or ``rhythm``.
    preset : str, default "tiny"
        ``tiny``, ``small`` or ``base``.
    network : str, default "transformer"
        ``transformer`` or ``lstm``.
    data : sequence of str or Tune
        Names of corpora, folders of your own music, or tunes; the corpora of the package when
        left out.
    base : str or Path, optional
        A trained model to begin with; its kind and sizes are taken.
    name : str, optional
        Of the run and the model; such as ``my-melody-tiny-lstm`` when left out.
    resume : bool, default False
        Go on where a run of that name stopped.
    checkpoints : str, optional
        A storage, as in `melodyai_edu.io.storage.open_storage`: each checkpoint is published
        there too, and a machine that has none of the run resumes from there.
    devices : int, default 1
    precision : str, optional
        ``float32`` or ``mixed_bfloat16``; what suits the devices when left out.
    tensorboard : bool, default False
        Write events for TensorBoard beside the checkpoints.
    has_progress : bool, default True
        Show a bar, and in a notebook the curve.
    on_report : callable, optional
        Called with the `Report` after each chunk of steps.
    **recipe
        Fields of `Recipe`, instead of the preset's own.

    Returns
    -------
    trained : Trained

    Raises
    ------
    ParameterError
        If a name or a number is impossible, or nothing is to be learned from the data.
    StorageError
        If the checkpoints are to be resumed from a storage that cannot be read.
    MissingDependencyError
        If Keras or its backend is not installed.
    """
    require_keras()
    model = None if base is None else load_model(base)
    sizes = sizes_of(kind, preset, network) if model is None else model.card.sizes
    if model is not None:
        kind, preset = model.card.kind, model.card.preset
    chosen = _recipe(sizes, preset, recipe, is_fine_tuning=model is not None)
    find_devices(devices)
    sources = _sources(data)
    tunes = [tune for found in sources.values() for tune in found]
    train = _examples(sources, kind)
    name = name or f"my-{kind}-{preset}-{sizes.network}" + ("-tuned" if model else "")
    home = home_folder().parent
    folder = home / "training" / name / "checkpoints"
    trainer = Trainer(
        sizes,
        [example for found in train.values() for example in found],
        examples_of(valid, kind) if (valid := [t for t in tunes if t.split == "valid"]) else [],
        chosen,
        folder=folder,
        devices=devices,
        weights=None if model is None else model.network.get_weights(),
        precision=precision,
    )
    table = home / "training" / name / "losses.csv"
    watchers: list[Callable[[Report], None]] = [lambda report: write_csv(report, table)]
    watchers += [LivePlot(name)] if has_progress else []
    watchers += [TensorBoardLog(table.parent / "tensorboard")] if tensorboard else []
    watchers += _mirrored(checkpoints, name, folder, resume)
    watchers += [on_report] if on_report is not None else []
    table.parent.mkdir(parents=True, exist_ok=True)

    def watch(report: Report) -> None:
        for watcher in watchers:
            watcher(report)

    report = trainer.fit(is_resumed=resume, has_progress=has_progress, on_report=watch)
    facts = {
        "command": _command(kind, preset, sizes, data, base, chosen, name),
        "corpora": [str(d) for d in data] if all(isinstance(d, str) for d in data) else "tunes",
        "examples": len(trainer.train.examples),
        "data_sha256": trainer.data_hash,
        "data": {
            source: {"examples": len(found), "sha256": data_hash(found)}
            for source, found in train.items()
        },
        "weights": trainer.network.count_params(),
        "recipe": asdict(chosen),
        "precision": trainer.precision,
        "losses": report.losses,
        "valid_losses": report.valid_losses,
        "best": report.best,
        "hours": round(report.seconds / 3600, 2),
        **({"base": model.identity} if model else {}),
    }
    folder = home / "models" / name
    made = trainer.to_compose()
    card = save_model(made, ModelCard(kind, preset, sizes, facts), folder)
    return Trained(made, card, report, folder)


def _mirrored(
    url: str | None, name: str, folder: Path, is_resumed: bool
) -> list[Callable[[Report], None]]:
    """Bring the checkpoints here if they are to be resumed; give what sends each new one."""
    if url is None:
        return []
    mirror = Mirror(url, name, folder)
    if is_resumed:
        mirror.bring()
    return [lambda _: mirror.send()]


def _recipe(sizes: Sizes, preset: str, changes: dict[str, Any], *, is_fine_tuning: bool) -> Recipe:
    usual = replace(RECIPES[preset, sizes.network], **(_FINE_TUNING if is_fine_tuning else {}))
    known = asdict(usual)
    for name in changes:
        if name not in known:
            raise ParameterError(f"field={name!r} must be one of: {', '.join(known)}")
    return replace(usual, **changes)


def _sources(data: Sequence[str | Tune]) -> dict[str, list[Tune]]:
    """Open corpora, and make one of each folder; tunes that are given stand together."""
    found: dict[str, list[Tune]] = {}
    for one in data:
        if isinstance(one, Tune):
            found.setdefault("tunes", []).append(one)
        elif Path(one).is_dir():
            from melodyai_edu.io.corpus_add import add

            letters = "".join(c if c.isalnum() else "_" for c in Path(one).resolve().name.lower())
            found[str(one)] = list(load(add(f"own_{letters}"[:40], one).name))
        else:
            found[str(one)] = list(load(one))
    return found


def _examples(sources: dict[str, list[Tune]], kind: str) -> dict[str, list[Example]]:
    """Write the training tunes of each source as examples; all tunes if none is set apart."""
    chosen = {n: [t for t in found if t.split == "train"] for n, found in sources.items()}
    if not any(chosen.values()):
        chosen = sources
    made = {
        name: [example for tune in found if (example := make_example(tune, kind)) is not None]
        for name, found in chosen.items()
    }
    if not any(made.values()):
        raise ParameterError("there is no tune to learn from: give a corpus with some")
    return {name: found for name, found in made.items() if found}


def _command(
    kind: str,
    preset: str,
    sizes: Sizes,
    data: Sequence[str | Tune],
    base: str | Path | None,
    recipe: Recipe,
    name: str,
) -> str:
    """Write the command line that does the same."""
    words = ["melodyai", "train", kind, "--preset", preset, "--network", sizes.network]
    words += ["--name", name]
    if all(isinstance(one, str) for one in data) and tuple(data) != CORPORA:
        words += ["--data", *map(str, data)]
    words += ["--from", str(base)] if base else []
    usual = _recipe(sizes, preset, {}, is_fine_tuning=base is not None)
    for field, value in asdict(recipe).items():
        if value != getattr(usual, field) or field == "seed":
            words += [f"--{field.replace('_', '-')}", str(value)]
    return shlex.join(words)
