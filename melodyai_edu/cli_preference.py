"""The command line for ratings that change the model: ``melodyai train preference``.

Contents
--------
add_preference, train_preference
"""

from __future__ import annotations

import argparse
from typing import Any

from melodyai_edu.errors import ParameterError

__all__ = ["add_preference", "train_preference"]


def add_preference(train: argparse.ArgumentParser) -> None:
    """Add what only ``train preference`` has.

    Parameters
    ----------
    train : argparse.ArgumentParser
    """
    own = train.add_argument_group("preference", "only for ratings")
    own.add_argument("--rater", help="whose ratings; everybody's when left out")
    own.add_argument("--store", metavar="PATH", help="the file of ratings, your own when left out")
    own.add_argument(
        "--beta",
        type=float,
        help="how strongly the network is held to what it was; 0.2 if left out",
    )


def train_preference(options: argparse.Namespace) -> None:
    """Learn from the ratings of a store, and say what came of it.

    Parameters
    ----------
    options : argparse.Namespace

    Raises
    ------
    ParameterError
        If the store has too few pairs, or a value is impossible.
    """
    from melodyai_edu.feedback import open_store
    from melodyai_edu.training.preference import learn_from_pairs

    pairs = open_store(options.store).pairs(options.rater)
    if not pairs:
        raise ParameterError(
            "pairs=0 must be at least 10: rate pieces of one genre (melodyai feedback), or name "
            "another --store or --rater"
        )
    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("epochs", "learning_rate", "beta", "seed")
        if getattr(options, name) is not None
    }
    learned = learn_from_pairs(
        pairs, base=options.base, name=options.name, resume=options.resume, **given
    )
    print(learned)
    if learned.is_accepted:
        print(f"compose with it: melodyai compose --model {learned.model} --out piece.mid")
        print(
            f"choose among eight: melodyai compose --taste {learned.model} --candidates 8 "
            "--out piece.mid"
        )
