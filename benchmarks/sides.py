"""Both sides of a comparison, one of them in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any


def elsewhere(maker: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Make a side in a process of its own, which sleeps until it is asked.

    Raises
    ------
    ImportError
        If its packages are missing.
    """
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=serve, args=(maker, there), daemon=True)
    process.start()
    there.close()
    answer = here.recv()
    if isinstance(answer, ImportError):
        raise answer

    def ask(*arguments: Any) -> Any:
        here.send(arguments)
        return here.recv()

    return ask


def serve(maker: Callable[[], Callable[..., Any]], connection: Any) -> None:
    """Answer until nobody asks any more."""
    try:
        side = maker()
    except ImportError as error:
        connection.send(error)
        return
    connection.send(None)
    while True:
        try:
            arguments = connection.recv()
        except EOFError:
            return
        connection.send(side(*arguments))
