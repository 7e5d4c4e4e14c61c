"""The command line: compose, harmonise, data, train, models, feedback, serve, doctor and others.

Conventions
-----------
A face only: every command calls what a program would call. A mistake is one line and exit status
2. Progress goes to the standard error, results to the standard output.

Contents
--------
main
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from melodyai_edu.cli_compose import add_compose, add_harmonise
from melodyai_edu.cli_doctor import add_doctor
from melodyai_edu.cli_feedback import add_feedback
from melodyai_edu.cli_grade import add_grade
from melodyai_edu.cli_models import add_evaluate, add_train
from melodyai_edu.cli_serve import add_keys, add_serve
from melodyai_edu.cli_storage import add_data_storage, add_models
from melodyai_edu.errors import InputError, MelodyAIError, MissingDependencyError, ParameterError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        As typed behind ``melodyai``; the process's own when left out.

    Returns
    -------
    status : int
        0; 1 if the doctor found something that must be mended; 2 if something was wrong with what
        was asked; 3 if ratings were learned from, or too few, and the model stays.

    Examples
    --------
    >>> main(["compose", "--bars", "0", "--out", "piece.mid"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except MelodyAIError as error:
        print(f"melodyai: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("melodyai: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="melodyai", description="Compose, and learn how a machine learns to."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_compose(commands)
    _add_data(commands)
    add_harmonise(commands)
    add_train(commands)
    add_evaluate(commands)
    add_models(commands)
    add_feedback(commands)
    add_grade(commands)
    rules = commands.add_parser("rules", help="list what a piece can be held to")
    rules.set_defaults(run=_rules)
    lab = commands.add_parser("lab", help="open JupyterLab at the first lesson")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.set_defaults(run=_lab)
    add_serve(commands)
    add_keys(commands)
    add_doctor(commands)
    return parser


def _add_data(commands: Any) -> None:
    data = commands.add_parser("data", help="the tunes that it learns from")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="show every corpus").set_defaults(run=_data_list)
    build = actions.add_parser("build", help="make corpora anew from music21's files")
    build.add_argument("names", nargs="*", metavar="NAME", help="all five when left out")
    build.add_argument("--folder", help="where to, when not to your own folder of corpora")
    build.add_argument("--workers", type=int, help="processes, as many as processors if left out")
    build.add_argument(
        "--scheduler", metavar="ADDRESS", help='a dask cluster reads the files; "local" starts one'
    )
    build.set_defaults(run=_data_build)
    add = actions.add_parser("add", help="make a corpus of your own music")
    add.add_argument("name", help="what to call it")
    add.add_argument("folder", help="holds MIDI, MusicXML or ABC files; or s3://..., gs://...")
    add.set_defaults(run=_data_add)
    add_data_storage(actions)
    export = actions.add_parser("export", help="write the melodies of a corpus as a table")
    export.add_argument("name", help="a corpus (melodyai data list)")
    export.add_argument("--csv", required=True, metavar="FILE", help="where to")
    export.add_argument("--genre", help="only tunes of this genre")
    export.set_defaults(run=_data_export)


def _rules(_: argparse.Namespace) -> None:
    from melodyai_edu.constraints import rules

    layer = ""
    for fact in rules():
        if fact.layer != layer:
            layer = fact.layer
            print(f"{layer}")
        print(f"  {fact.example:<42} {fact.sentence}")


def _data_list(_: argparse.Namespace) -> None:
    import pandas as pd

    from melodyai_edu.io.corpus import list_corpora, load

    rows = []
    for name in list_corpora():
        corpus = load(name)
        rows.append(
            {
                "corpus": name,
                "tunes": len(corpus),
                "notes": sum(tune.note_count for tune in corpus),
                "genres": ", ".join(list(corpus.genres)[:4]) or "unknown",
                **{side: sum(tune.split == side for tune in corpus) for side in _SIDES},
            }
        )
    print(pd.DataFrame(rows).to_string(index=False))
    if "essen" not in list_corpora():
        print("essen: 8,511 folk songs, not shipped; build them here: melodyai data build essen")


_SIDES = ("train", "valid", "test")


def _data_build(options: argparse.Namespace) -> None:
    from melodyai_edu.io.corpus_build import build

    for report in build(
        options.names, options.folder, workers=options.workers, scheduler=options.scheduler
    ):
        print(report)


def _data_add(options: argparse.Namespace) -> None:
    from melodyai_edu.io.corpus_add import add

    if "://" not in options.folder:
        print(add(options.name, options.folder))
        return
    from melodyai_edu.io.corpus_storage import bring_music

    with tempfile.TemporaryDirectory() as folder:
        bring_music(options.folder, folder)
        print(add(options.name, folder))


def _data_export(options: argparse.Namespace) -> None:
    from melodyai_edu.io.corpus import load
    from melodyai_edu.io.corpus_csv import write_csv

    corpus = load(options.name)
    if options.genre is not None:
        corpus = corpus.filter(genre=options.genre)
    print(f"wrote {write_csv(corpus, options.csv)} melodies to {options.csv}")


def _lab(options: argparse.Namespace) -> None:
    """Open the learner's own copies, so that the course's notebooks stay as they are."""
    if shutil.which("jupyter-lab", path=str(Path(sys.executable).parent)) is None:
        raise MissingDependencyError(
            "JupyterLab is not installed beside this Python; install it with: make lab"
        )
    first = _copy_lessons(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={first.parent}"]
    command += [f"--LabApp.default_url=/lab/tree/{first.name}"]
    command += ["--no-browser"] if options.no_browser else []
    # In a container everybody is root, and Jupyter refuses root unless it is told.
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    status = subprocess.run(command, check=False).returncode
    if status not in (0, 130, -2, -15):
        raise ParameterError(f"JupyterLab ended with status {status}; its own words stand above")


def _copy_lessons(root: Path) -> Path:
    """Copy each lesson that the learner has no copy of yet; give the first one."""
    built = sorted((root / "notebooks").glob("*.ipynb"))
    if not built:
        raise InputError(
            f"{root / 'notebooks'} holds no lesson; take the whole repository, or rebuild them: "
            f"make lessons"
        )
    own = root / "my_lessons"
    for folder in (own, own / "solutions"):
        folder.mkdir(exist_ok=True)
    for file in (*built, *sorted((root / "notebooks" / "solutions").glob("*.ipynb"))):
        target = own / file.relative_to(root / "notebooks")
        if not target.exists():
            shutil.copy(file, target)
    return own / built[0].name


if __name__ == "__main__":
    sys.exit(main())
