"""The command line for many pieces: ``melodyai compose --count``.

Conventions
-----------
A face only: the pieces differ by their seeds, which count up from the one that was given.

Contents
--------
add_batch, compose_batch
"""

from __future__ import annotations

import argparse
from typing import Any

from melodyai_edu.errors import ParameterError

__all__ = ["add_batch", "compose_batch"]

#: What belongs to one piece only.
_ALONE = ("out", "stems", "provenance", "rebuild", "of", "regenerate", "rhythm")


def add_batch(compose: argparse.ArgumentParser) -> None:
    """Add the options for many pieces.

    Parameters
    ----------
    compose : argparse.ArgumentParser
    """
    batch = compose.add_argument_group("many pieces, with seeds in a row")
    batch.add_argument("--count", type=int, help="so many pieces, into --out-folder")
    batch.add_argument(
        "--out-folder",
        metavar="FOLDER",
        help="where to; begun again, it goes on with the pieces that are missing",
    )
    batch.add_argument(
        "--formats", metavar="NAMES", help='such as "mid, musicxml"; mid when left out'
    )
    batch.add_argument("--workers", type=int, help="processes; this one when left out")
    batch.add_argument(
        "--scheduler", metavar="ADDRESS", help='a dask cluster composes; "local" starts one here'
    )


def compose_batch(options: argparse.Namespace, asked: dict[str, Any]) -> None:
    """Compose many pieces and say what became of them.

    Parameters
    ----------
    options : argparse.Namespace
    asked : dict
        The fields of the request.

    Raises
    ------
    ParameterError
        If options do not go together, or a piece was refused.
    """
    from melodyai_edu.composition.batch import compose_many

    _check(options)
    first = asked.pop("seed", 0)
    formats = (options.formats or "mid").split(",")
    report = compose_many(
        ({**asked, "seed": first + number} for number in range(options.count)),
        options.out_folder,
        formats=formats,
        workers=options.workers,
        scheduler=options.scheduler,
    )
    print(report)
    if report.refused:
        raise ParameterError(f"{len(report.refused)} of {options.count} pieces were refused")


def _check(options: argparse.Namespace) -> None:
    if options.count is None or options.out_folder is None:
        raise ParameterError("--count N and --out-folder FOLDER are needed together")
    if options.count < 1:
        raise ParameterError(f"count={options.count} must be 1 or more")
    given = [f"--{name}" for name in _ALONE if getattr(options, name)]
    if given:
        raise ParameterError(f"{', '.join(given)}: for one piece, not together with --count")
