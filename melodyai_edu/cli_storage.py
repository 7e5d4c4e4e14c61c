"""The command line for storages: ``melodyai data push``, ``pull``; ``melodyai models``.

Contents
--------
add_data_storage, add_models
"""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add_data_storage", "add_models"]

_URL = "s3://bucket/prefix, gs://bucket/prefix or file:///folder; see docs/storage.md"


def add_data_storage(actions: Any) -> None:
    """Add ``push`` and ``pull`` to the actions of ``melodyai data``.

    Parameters
    ----------
    actions : subparsers of argparse
    """
    push = _action(actions, "push", "publish a corpus in a storage", "a corpus")
    push.set_defaults(run=_push_data)
    pull = _action(actions, "pull", "fetch a corpus from a storage, and check it", "a corpus")
    pull.add_argument("--replace", action="store_true", help="in place of your own of that name")
    pull.set_defaults(run=_pull_data)


def add_models(commands: Any) -> None:
    """Add ``models`` to the commands.

    Parameters
    ----------
    commands : subparsers of argparse
    """
    models = commands.add_parser("models", help="models and tastes, here and in a storage")
    actions = models.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="show all that are here").set_defaults(run=_list)
    push = _action(actions, "push", "publish a model in a storage", "a model, or a taste")
    push.set_defaults(run=_push)
    pull = _action(actions, "pull", "fetch a model from a storage, and check it", "a model")
    pull.add_argument("--replace", action="store_true", help="in place of your own of that name")
    pull.set_defaults(run=_pull)
    for action in (push, pull):
        action.add_argument("--taste", action="store_true", help="NAME is a taste, not a model")


def _action(actions: Any, name: str, text: str, what: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=text)
    action.add_argument("name", help=what)
    action.add_argument("url", help=_URL)
    return action


def _push_data(options: argparse.Namespace) -> None:
    from melodyai_edu.io.corpus_storage import push

    stored = push(options.name, options.url)
    print(f"published {stored.name} in {options.url}")


def _pull_data(options: argparse.Namespace) -> None:
    from melodyai_edu.io.corpus_storage import pull

    folder = pull(options.name, options.url, replace=options.replace)
    print(f"fetched {folder}\nopen it with: mai.load({options.name!r})")


def _list(_: argparse.Namespace) -> None:
    from melodyai_edu.models.saved import find_model, list_models, read_card
    from melodyai_edu.models.tastes import list_tastes

    for name in list_models():
        card = read_card(find_model(name))
        print(f"{name:<40} {card.kind:<8} {card.preset:<6} {card.sha256[:12]}")
    for name in list_tastes():
        print(f"{name:<40} taste")


def _push(options: argparse.Namespace) -> None:
    from melodyai_edu.models.storing import push_model, push_taste

    stored = (push_taste if options.taste else push_model)(options.name, options.url)
    print(f"published {stored.name} in {options.url}")


def _pull(options: argparse.Namespace) -> None:
    from melodyai_edu.models.storing import pull_model, pull_taste

    pull = pull_taste if options.taste else pull_model
    print(f"fetched {pull(options.name, options.url, replace=options.replace)}")
