"""The command line for models: ``melodyai train``, ``melodyai evaluate``.

Contents
--------
add_train, add_evaluate
"""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from melodyai_edu.cli_preference import add_preference, train_preference
from melodyai_edu.errors import ParameterError

__all__ = ["add_evaluate", "add_train"]

#: Type and meaning of each field of a recipe.
_RECIPE: dict[str, tuple[type, str]] = {
    "epochs": (int, "passes over the tunes, at most"),
    "learning_rate": (float, "at its peak"),
    "warmup_steps": (int, "steps in which the rate rises"),
    "weight_decay": (float, "as in AdamW"),
    "batch_tokens": (int, "tokens in a batch"),
    "window": (int, "tokens in a sequence, at most"),
    "patience": (int, "epochs without a better loss that end the training"),
    "chunk": (int, "steps between two checkpoints"),
    "seed": (int, "another seed is another model"),
}


class _Named(argparse.HelpFormatter):
    """Help that names what there is; it is looked up when asked for, since models bring numpy."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.dest not in ("preset", "network"):
            return super()._get_help_string(action)
        from melodyai_edu.models.presets import NETWORKS, PRESETS

        *names, last = PRESETS if action.dest == "preset" else NETWORKS
        return f"{action.help}: {', '.join(names)} or {last}"


def add_train(commands: Any) -> None:
    """Add ``train`` to the commands.

    Parameters
    ----------
    commands : subparsers of argparse
    """
    train = commands.add_parser("train", help="train a model, or adapt one to your music")
    train.add_argument(
        "kind",
        choices=("melody", "rhythm", "harmony", "preference"),
        help="what it learns; harmony is four-part chorales, preference is your ratings",
    )
    train.add_argument("--preset", default="tiny", help="its size")
    train.add_argument("--network", default="transformer", help="its network")
    train.add_argument(
        "--data",
        nargs="+",
        metavar="NAME",
        help="corpora, or folders of your own MIDI, MusicXML or ABC files; "
        "the package's own corpora when left out",
    )
    train.add_argument(
        "--from", "--base", dest="base", metavar="MODEL", help="a trained model to adapt, such as "
        "melody-small-transformer",
    )  # fmt: skip
    train.add_argument("--name", help="what to call the model")
    train.add_argument("--resume", action="store_true", help="go on where a run of it stopped")
    train.add_argument(
        "--checkpoints",
        metavar="URL",
        help="publish each checkpoint in a storage (s3://, gs://, file://), and resume from there",
    )
    train.add_argument("--devices", type=int, default=1, help="how many devices share each batch")
    train.add_argument("--precision", help="float32 or mixed_bfloat16; what suits the device")
    train.add_argument("--tensorboard", action="store_true", help="write events for TensorBoard")
    add_preference(train)
    recipe = train.add_argument_group("recipe", "the preset's own when left out")
    for name, (kind, text) in _RECIPE.items():
        recipe.add_argument(f"--{name.replace('_', '-')}", type=kind, help=text)
    train.formatter_class = _Named
    train.set_defaults(run=_train)


def _train_harmony(options: argparse.Namespace) -> None:
    """Train the four-part network; its data are the chorales of the published split."""
    from melodyai_edu.training.chorale import ChoraleRecipe, fit_chorale

    asked = {
        name: getattr(options, name)
        for name in ("epochs", "learning_rate", "weight_decay", "window", "seed")
        if getattr(options, name) is not None
    }
    card, folder = fit_chorale(options.preset, recipe=ChoraleRecipe(**asked))
    print(f"{card.name}: {card.training['weights']:,} weights")
    print(f"best loss on held-out chorales: {card.training['best']:.4f} nats a note")
    print(f"wrote {folder}")


def _train(options: argparse.Namespace) -> int | None:
    from melodyai_edu.training import Recipe, fit

    if options.checkpoints is not None and options.kind not in ("melody", "rhythm"):
        raise ParameterError(f"--checkpoints is for melody and rhythm, not for {options.kind}")
    if options.kind == "preference":
        return train_preference(options)
    if options.kind == "harmony":
        _train_harmony(options)
        return 0
    recipe = {
        field.name: getattr(options, field.name)
        for field in fields(Recipe)
        if getattr(options, field.name) is not None
    }
    trained = fit(
        options.kind,
        options.preset,
        network=options.network,
        **({"data": options.data} if options.data else {}),
        base=options.base,
        name=options.name,
        resume=options.resume,
        checkpoints=options.checkpoints,
        devices=options.devices,
        precision=options.precision,
        tensorboard=options.tensorboard,
        **recipe,
    )
    report = trained.report
    print(f"{trained.card.name}: {trained.network.count_params():,} weights")
    print(f"best loss on held-out tunes: {report.best:.4f} nats a token, {report.epoch} epochs")
    print(f"wrote {trained.folder}")
    option = "--model" if trained.card.kind == "melody" else "--rhythm"
    print(f"compose with it: melodyai compose {option} {trained.folder.name} --out piece.mid")
    return 0


def add_evaluate(commands: Any) -> None:
    """Add ``evaluate`` to the commands.

    Parameters
    ----------
    commands : subparsers of argparse
    """
    evaluate = commands.add_parser("evaluate", help="measure models, and write a report")
    evaluate.add_argument("models", nargs="*", metavar="MODEL", help="all at hand if left out")
    evaluate.add_argument("--out", default="report", help="a folder for the report")
    evaluate.add_argument("--data", nargs="+", metavar="NAME", help="corpora to hear tunes of")
    evaluate.add_argument("--tunes", type=int, default=100, help="how many tunes are heard")
    evaluate.add_argument("--pieces", type=int, default=100, help="how many pieces are written")
    evaluate.add_argument("--seed", type=int, default=0)
    evaluate.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from melodyai_edu.training.assess import assess

    report = assess(
        options.out,
        models=options.models or None,
        **({"data": options.data} if options.data else {}),
        tunes=options.tunes,
        pieces=options.pieces,
        seed=options.seed,
    )
    for name, row in report["bits"].items():
        print(f"{name:28} {row['duration'][0]:.3f} bits a duration, {row['pitch'][0]:.3f} a pitch")
    print(f"wrote {options.out}/report.md")
