"""The command line for ratings that change the model: ``melodyai train preference``.

Conventions
-----------
Exit status 0 means that there is a new model. 3 means that nothing was wrong and the old one stays:
there are too few pairs, or the guards did not hold. So a program can tell one from the other.

Contents
--------
STAYS, add_preference, train_preference
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["STAYS", "add_preference", "train_preference"]

#: The exit status where no model came of the ratings.
STAYS = 3


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


def train_preference(options: argparse.Namespace) -> int:
    """Learn from the ratings of a store, and say what came of it.

    Parameters
    ----------
    options : argparse.Namespace

    Returns
    -------
    status : int
        0 if there is a new model, otherwise `STAYS`.

    Raises
    ------
    ParameterError
        If a value is impossible.
    """
    from melodyai_edu.feedback import open_store
    from melodyai_edu.training.preference import FEWEST, learn_from_pairs

    pairs = open_store(options.store).pairs(options.rater)
    if len(pairs) < FEWEST:
        print(
            f"melodyai: pairs={len(pairs)} must be at least {FEWEST}: rate pieces of one genre "
            f"(melodyai feedback), or name another --store or --rater",
            file=sys.stderr,
        )
        return STAYS
    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("epochs", "learning_rate", "beta", "seed")
        if getattr(options, name) is not None
    }
    learned = learn_from_pairs(
        pairs, base=options.base, name=options.name, resume=options.resume, **given
    )
    print(learned)
    if not learned.is_accepted:
        return STAYS
    print(f"compose with it: melodyai compose --model {learned.model} --out piece.mid")
    print(
        f"choose among eight: melodyai compose --taste {learned.model} --candidates 8 "
        "--out piece.mid"
    )
    return 0
