"""The command line for the service: ``melodyai serve`` and ``melodyai keys``.

Conventions
-----------
A face only. A key is printed once, when it is made; nothing can show it again.

Contents
--------
add_serve, add_keys
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import MissingDependencyError

if TYPE_CHECKING:
    from melodyai_edu.api.audit import Audit
    from melodyai_edu.api.keys import KeyInfo, KeyRing
    from melodyai_edu.api.settings import Settings

__all__ = ["add_keys", "add_serve"]

_GRACE_SECONDS = 5
_MOST_HEAPS = -8  # M_ARENA_MAX in malloc.h of glibc


def add_serve(commands: Any) -> None:
    """Add the command that runs the service.

    Parameters
    ----------
    commands : argparse subparsers
    """
    serve = commands.add_parser("serve", help="compose over HTTP")
    _add_settings(serve)
    serve.add_argument("--host", help="the address to listen at, 127.0.0.1 when left out")
    serve.add_argument("--port", type=int, help="the port, 8765 when left out; 0 takes a free one")
    serve.add_argument("--workers", type=int, help="processes that compose, 1 when left out")
    serve.set_defaults(run=_serve)


def add_keys(commands: Any) -> None:
    """Add the command that looks after keys.

    Parameters
    ----------
    commands : argparse subparsers
    """
    keys = commands.add_parser("keys", help="who may call the service")
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key, and show it once")
    create.add_argument("name", help="whose it is, in words")
    create.add_argument(
        "--scopes", default="read,compose,rate", help="of: read, compose, rate, metrics"
    )
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", help="show all keys, without their secrets")
    listing.set_defaults(run=_list)
    revoke = actions.add_parser("revoke", help="let a key open nothing any more")
    revoke.set_defaults(run=_revoke)
    rotate = actions.add_parser("rotate", help="give a key a new secret; the old one ends")
    rotate.set_defaults(run=_rotate)
    for action in (revoke, rotate):
        action.add_argument("id", help="the id that list shows")
    for action in (create, listing, revoke, rotate):
        _add_settings(action)


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--settings", metavar="FILE", help="settings, as TOML")


def _settings(options: argparse.Namespace, **given: Any) -> Settings:
    try:
        from melodyai_edu.api.settings import load_settings
    except ImportError as error:
        raise MissingDependencyError(
            f"the service needs {error.name}; install it with: pip install 'melodyai-edu[serve]'"
        ) from error
    return load_settings(options.settings, **given)


def _serve(options: argparse.Namespace) -> None:
    settings = _settings(options, host=options.host, port=options.port, workers=options.workers)
    try:
        import uvicorn

        from melodyai_edu.api.connections import guarded
        from melodyai_edu.api.music_generation_api import create_app
    except ImportError as error:
        raise MissingDependencyError(
            f"the service needs {error.name}; install it with: pip install 'melodyai-edu[serve]'"
        ) from error
    _log_to_stderr(settings.log_level)
    _keep_memory_together()
    app = create_app(settings)

    class Server(uvicorn.Server):
        """Answers those who wait before it ends: their jobs are done at the next start."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.service.jobs.is_closing = True
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        http=guarded(settings.body_seconds),
        ws="none",
    )
    if settings.port:
        print(f"MelodyAI listens at http://{settings.host}:{settings.port}/ (Ctrl-C ends it)")
    Server(config).run()


def _keep_memory_together() -> None:
    """Let threads share what was freed: with a heap for each, a busy service grows for hours."""
    # Only the C library of Linux has it, and Windows has no library without a name.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MOST_HEAPS, 1)


def _log_to_stderr(level: str) -> None:
    """Write logs as JSON, one line each; of the server itself warnings, and where it listens."""
    from melodyai_edu.api.outer import JsonLines

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("melodyai.api", "melodyai.audit", "uvicorn"):
        log = logging.getLogger(name)
        log.handlers, log.propagate = [handler], False
        log.setLevel(level.upper())
    # No line says these, and looking for them costs more than the rest of it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None


def _ring(options: argparse.Namespace) -> tuple[KeyRing, Audit]:
    from melodyai_edu.api.audit import Audit
    from melodyai_edu.api.keys import KeyRing
    from melodyai_edu.api.service import open_database

    settings = _settings(options)
    return KeyRing(open_database(settings)), Audit(settings.audit_file)


def _create(options: argparse.Namespace) -> None:
    ring, audit = _ring(options)
    info, token = ring.create(options.name, [scope.strip() for scope in options.scopes.split(",")])
    audit.write("key_created", key=info.id, owner=info.owner, scopes=",".join(info.scopes))
    _show(info, token)


def _rotate(options: argparse.Namespace) -> None:
    ring, audit = _ring(options)
    info, token = ring.rotate(options.id)
    audit.write("key_rotated", key=info.id, owner=info.owner)
    _show(info, token)


def _show(info: KeyInfo, token: str) -> None:
    print(token)
    print(
        f"the key {info.id} of {info.name}, for {', '.join(info.scopes)}: keep it, it is not "
        f"shown again",
        file=sys.stderr,
    )


def _revoke(options: argparse.Namespace) -> None:
    ring, audit = _ring(options)
    info = ring.revoke(options.id)
    audit.write("key_revoked", key=info.id, owner=info.owner)
    print(_line(info))


def _list(options: argparse.Namespace) -> None:
    for info in _ring(options)[0].list():
        print(_line(info))


def _line(info: KeyInfo) -> str:
    made = time.strftime("%Y-%m-%d", time.gmtime(info.created))
    ended = "" if info.revoked is None else "  revoked"
    return f"{info.id}  {made}  {','.join(info.scopes):<25}  {info.name}{ended}"
