"""The command line for ratings: ``melodyai feedback``.

Conventions
-----------
A face only. A piece is named by the file that ``melodyai compose --provenance`` wrote: it is made
again from it, bit for bit, or taken from the store if it was rated before.

Contents
--------
add_feedback
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import InputError, MelodyAIError, ParameterError

if TYPE_CHECKING:
    from melodyai_edu.feedback import RatedPiece, Rating, RatingStore

__all__ = ["add_feedback"]

#: The longest provenance that is read [bytes].
_LARGEST_PROVENANCE = 10_000_000
_THUMBS = {"up": 1, "down": -1}


def add_feedback(commands: Any) -> None:
    """Add ``feedback`` to the commands.

    Parameters
    ----------
    commands : subparsers of argparse
    """
    feedback = commands.add_parser("feedback", help="rate pieces, and look after the ratings")
    actions = feedback.add_subparsers(required=True, metavar="ACTION")
    _add_rating(actions)
    listing = _action(actions, "list", "show the ratings on this computer", _list)
    listing.add_argument("--rater", help="only this one's")
    listing.add_argument("--last", type=int, default=20, help="how many, 20 when left out")
    export = _action(actions, "export", "write all ratings as a table", _export)
    export.add_argument("file", help="ends in .csv or .parquet")
    merge = _action(actions, "merge", "add the ratings of other files", _merge)
    merge.add_argument("files", nargs="+", metavar="FILE", help="stores, or exported tables")
    erase = _action(actions, "erase", "erase everything of one rater", _erase)
    _add_whose(erase)
    one = _action(actions, "export-rater", "write everything of one rater", _export_rater)
    one.add_argument("file", help="ends in .json, .csv or .parquet")
    _add_whose(one)
    pull = actions.add_parser("pull", help="copy the ratings of services that share a database")
    pull.add_argument("file", help="the store to write them into")
    pull.add_argument("--settings", metavar="FILE", help="settings of the service, as TOML")
    pull.set_defaults(run=_pull)
    page = _action(actions, "dashboard", "say and draw how well pieces are liked", _dashboard)
    page.add_argument("--out", metavar="FILE", help="also draw it: .png, .svg or .pdf")


def _action(actions: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=text)
    action.add_argument("--store", metavar="FILE", help="another store than this computer's own")
    action.set_defaults(run=run)
    return action


def _add_rating(actions: Any) -> None:
    rate = _action(actions, "rate", "rate a piece", _rate)
    rate.add_argument("piece", help="a file that compose --provenance wrote")
    rate.add_argument("--stars", type=int, help="from 1 to 5")
    rate.add_argument("--thumb", choices=tuple(_THUMBS))
    rate.add_argument("--action", help="what was done with it: shown, kept or exported")
    prefer = _action(actions, "prefer", "say which of two pieces is better", _prefer)
    prefer.add_argument("piece", help="the better one, a file that compose --provenance wrote")
    prefer.add_argument("other", help="the other one")
    for action in (rate, prefer):
        action.add_argument("--word", help="what you would say of it")
        action.add_argument("--rater", help="a pseudonym; your own random one when left out")
        action.add_argument("--key", help="a rating sent again with the same key counts once")


def _add_whose(action: argparse.ArgumentParser) -> None:
    whose = action.add_mutually_exclusive_group(required=True)
    whose.add_argument("--rater", help="a pseudonym (melodyai feedback list)")
    whose.add_argument("--mine", action="store_true", help="your own pseudonym")


def _open(options: argparse.Namespace, *, is_new: bool = False) -> RatingStore:
    """Open the store; another one than the usual is begun only to write into it."""
    from melodyai_edu.feedback import open_store

    if options.store is not None and not is_new and not Path(options.store).exists():
        raise InputError(f"{options.store}: there is no such store; check its name")
    return open_store(options.store)


def _piece(name: str, store: RatingStore) -> RatedPiece:
    """Take a piece from the store by its provenance, or make it again."""
    from melodyai_edu.composition import rebuild
    from melodyai_edu.feedback import RatedPiece
    from melodyai_edu.io.disk import read_bytes
    from melodyai_edu.io.json_text import read_json

    try:
        data = read_bytes(Path(name), _LARGEST_PROVENANCE)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    try:
        provenance = read_json(data)
        digest = str(provenance["notes_sha256"])
    except (InputError, KeyError, TypeError) as error:
        raise InputError(
            f"{name} must be a file that melodyai compose --provenance wrote"
        ) from error
    return store.find_piece(digest) or RatedPiece.of(rebuild(provenance))


def _rate(options: argparse.Namespace) -> None:
    from melodyai_edu.feedback import rate

    with _open(options, is_new=True) as store:
        print(_told(rate(
            _piece(options.piece, store),
            stars=options.stars,
            thumb=_THUMBS.get(options.thumb),
            action=options.action,
            word=options.word,
            rater=options.rater,
            key=options.key,
            store=store,
        )))  # fmt: skip


def _prefer(options: argparse.Namespace) -> None:
    from melodyai_edu.feedback import rate

    with _open(options, is_new=True) as store:
        print(_told(rate(
            _piece(options.piece, store),
            better_than=_piece(options.other, store),
            word=options.word,
            rater=options.rater,
            key=options.key,
            store=store,
        )))  # fmt: skip


def _told(rating: Rating) -> str:
    """Say a rating on one line."""
    value = (
        {1: "up", -1: "down"}[int(str(rating.value))] if rating.kind == "thumb" else rating.value
    )
    said = {
        "stars": f"{value} of 5 stars",
        "thumb": f"thumb {value}",
        "preference": "better than",
        "word": "said",
        "action": str(value),
    }[rating.kind]
    other = f" {rating.other.notes_sha256[:8]}" if rating.other else ""
    piece = f"{rating.piece.notes_sha256[:8]} {rating.piece.genre or 'all genres'}"
    word = f' "{rating.word}"' if rating.word else ""
    return f"{rating.time[:16]}Z {rating.rater}: {piece}: {said}{other}{word}"


def _list(options: argparse.Namespace) -> None:
    if options.last < 1:
        raise ParameterError(f"last={options.last} must be an integer from 1 on")
    with _open(options) as store:
        ratings = store.ratings(options.rater)
        for rating in ratings[-options.last :]:
            print(_told(rating))
        raters = len({rating.rater for rating in ratings})
    by = f"{raters} rater{'s' * (raters != 1)}"
    print(f"{_count(len(ratings))} by {by} in {store.file}")


def _count(ratings: int) -> str:
    return f"{ratings:,} rating{'s' * (ratings != 1)}"


def _export(options: argparse.Namespace) -> None:
    with _open(options) as store:
        print(f"wrote {_count(store.export(options.file))} to {options.file}")


def _merge(options: argparse.Namespace) -> None:
    """Merge each file, whatever the others are like."""
    import sys

    refused = 0
    with _open(options, is_new=True) as store:
        for name in options.files:
            try:
                merged = store.merge(name)
            except MelodyAIError as error:
                refused += 1
                print(f"left out: {error}", file=sys.stderr)
                continue
            print(f"{name}: {merged.added} new, {merged.known} known")
        print(f"{_count(len(store))} in {store.file}")
    if refused:
        raise InputError(f"{refused} of {len(options.files)} files were left out, see above")


def _whose(options: argparse.Namespace) -> str:
    from melodyai_edu.feedback import rater_name

    return rater_name() if options.mine else str(options.rater)


def _erase(options: argparse.Namespace) -> None:
    from melodyai_edu.feedback import forget_rater
    from melodyai_edu.feedback.erasing import check_rater

    rater = _whose(options)
    with _open(options) as store:
        known = store.raters()
        print(f"erased {_count(store.erase(rater))} of {rater}")
        if not options.mine:
            check_rater(rater, known)
    if options.mine:
        forget_rater()
        print("your next rating is under a new pseudonym")
    print("files that were exported or merged before hold what they held: erase there too")


def _pull(options: argparse.Namespace) -> None:
    from melodyai_edu.api.ratings import TableRatings
    from melodyai_edu.api.service import open_database
    from melodyai_edu.api.settings import load_settings

    settings = load_settings(options.settings)
    if not settings.database:
        raise ParameterError(
            "database='' is not shared: its ratings lie in a store of this computer already; "
            "use that, or set MELODYAI_DATABASE"
        )
    number = TableRatings(open_database(settings)).pull(Path(options.file))
    print(f"{number} new ratings in {options.file}")


def _export_rater(options: argparse.Namespace) -> None:
    rater = _whose(options)
    with _open(options) as store:
        number = store.export_rater(rater, options.file)
        print(f"wrote {_count(number)} of {rater} to {options.file}")


def _dashboard(options: argparse.Namespace) -> None:
    from melodyai_edu.feedback import describe_dashboard

    with _open(options) as store:
        print(describe_dashboard(store))
        if options.out is not None:
            from melodyai_edu.feedback.dashboard import save_dashboard

            print(f"wrote {save_dashboard(store, options.out)}")
