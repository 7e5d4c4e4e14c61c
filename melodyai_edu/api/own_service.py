"""A service of one's own: to try, to learn, to break.

Conventions
-----------
It is ``melodyai serve`` as a process of its own, at a free port of this computer, with everything
it keeps in a temporary folder. It ends with the program that started it, however that ends.

Contents
--------
Answer, OwnService
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from melodyai_edu.errors import InputError, MissingDependencyError, OutputError, ParameterError

__all__ = ["Answer", "OwnService"]

_LONGEST_START = 120.0  # seconds; a cold disk of a busy computer
_LONGEST_ANSWER = 180.0  # seconds
_FIXED = {"auth": ("keys",), "database": ("",), "log_level": ("info", "debug")}
_HERE = ("MELODYAI_HOME", "MELODYAI_PROFILE")  # of our environment the service gets these

#: Ends with whoever holds the other end of its standard input, even if that was killed.
_RUN = """\
import os, signal, sys, threading
from melodyai_edu.cli import main

def end_with_the_other():
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_the_other, daemon=True).start()
sys.exit(main(["serve"]))
"""


@dataclass(frozen=True)
class Answer:
    """What a service answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    data : bytes
    headers : mapping of str to str, optional
        Names in small letters.
    seconds : float, default 0.0
        How long it took.

    Examples
    --------
    >>> answer = Answer(403, b'{"error": "forbidden", "message": "this key may not compose"}')
    >>> answer.value["error"]
    'forbidden'
    >>> print(answer)
    403 Forbidden: this key may not compose
    """

    status: int
    data: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = 0.0

    @property
    def value(self) -> Any:
        """What the body holds, where it is JSON.

        Raises
        ------
        InputError
            If it is none.
        """
        try:
            return json.loads(self.data)
        except ValueError as error:
            raise InputError(
                f"this answer ({self.headers.get('content-type', 'of no type')}) is not JSON; "
                f"take its data"
            ) from error

    def __str__(self) -> str:
        from melodyai_edu.api.answers import phrase_of

        said = f"{self.status} {phrase_of(self.status)}"
        is_refusal = self.status >= HTTPStatus.BAD_REQUEST
        return f"{said}: {self.value['message']}" if is_refusal else said


class OwnService:
    """A running service that is only yours.

    Parameters
    ----------
    **settings
        As in the manual's table, without ``MELODYAI_`` and in small letters: ``queue_size=4``.
        Without any it needs keys, composes in one process, and lets callers wait for a minute; one
        key may have the whole queue, and 600 pieces a minute.

    Attributes
    ----------
    address : str
        Such as ``"http://127.0.0.1:40123"``.
    folder : Path
        Where it keeps everything; deleted when it ends.
    key : str
        A key for everything, which `call` sends when no other is given.

    Raises
    ------
    MissingDependencyError
        If the extra ``serve`` is not installed.
    ParameterError
        If a setting is impossible.
    OutputError
        If it does not start.

    Examples
    --------
    ``with OwnService() as service: print(service.call("GET", "/v1/moods"))`` prints ``200 OK``.

    >>> OwnService(queue_size=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: queue_size=0: input should be greater than or equal to 1...
    """

    def __init__(self, **settings: Any) -> None:
        _check({"auth": "keys"} | settings)
        keeper = tempfile.TemporaryDirectory(prefix="melodyai-service-", ignore_cleanup_errors=True)
        self.folder = Path(keeper.name)
        usual: dict[str, Any] = {
            "auth": "keys",
            "port": 0,
            "data_folder": self.folder / "service",
            "ratings_file": self.folder / "ratings.sqlite",
            "answer_seconds": 60,
            "compose_limit": "600/minute",
            "queue_share": 10_000,  # all callers are you
        }
        given = usual | settings
        self._data = Path(given["data_folder"])
        self._log = self.folder / "log"
        with self._log.open("wb") as log:
            process = _begin(given, log)
        self._end = weakref.finalize(self, _stop, process, keeper)
        try:
            self.address = _address(process, self._log)
            self.key = self.make_key("everything", ("read", "compose", "rate", "metrics"))
        except BaseException:
            self.stop()
            raise

    def make_key(self, name: str, scopes: Iterable[str] = ("read", "compose", "rate")) -> str:
        """Make a key, as ``melodyai keys create`` does.

        Parameters
        ----------
        name : str
            Whose it is, in words.
        scopes : iterable of str
            Of ``read``, ``compose``, ``rate``, ``metrics``.

        Returns
        -------
        key : str

        Raises
        ------
        ParameterError
            If the name or a scope is impossible.
        """
        from melodyai_edu.api.database import Database
        from melodyai_edu.api.keys import KeyRing

        database = Database(self._data / "service.sqlite")
        try:
            return KeyRing(database).create(name, scopes)[1]
        finally:
            database.close()

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> Answer:
        """Send one request, and wait for the answer, whatever it is.

        Parameters
        ----------
        method : str
            ``"GET"``, ``"POST"`` or ``"DELETE"``.
        path : str
            Such as ``"/v1/compositions"``.
        body : object, optional
            Sent as JSON.
        key : str, optional
            The service's own when left out; none if empty.
        **headers
            With ``_`` for ``-``: ``prefer="respond-async"``.

        Returns
        -------
        answer : Answer

        Raises
        ------
        InputError
            If nobody answers.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        key = self.key if key is None else key
        if key:
            sent["authorization"] = f"Bearer {key}"
        if body is not None:
            sent["content-type"] = "application/json"
        begun = time.monotonic()
        line = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=_LONGEST_ANSWER)
        try:
            line.request(method, path, None if body is None else json.dumps(body), sent)
            heard = line.getresponse()
            found = {name.lower(): value for name, value in heard.getheaders()}
            return Answer(heard.status, heard.read(), found, time.monotonic() - begun)
        except (OSError, http.client.HTTPException) as error:
            raise InputError(
                f"{self.address} does not answer ({error}): was it stopped?"
            ) from error
        finally:
            line.close()

    def wait_for(self, answer: Answer, seconds: float = _LONGEST_ANSWER) -> Answer:
        """Wait for the piece behind an answer: look at the job of a 202 until it ended.

        Parameters
        ----------
        answer : Answer
            To a request that makes a piece.
        seconds : float, optional
            For how long at most.

        Returns
        -------
        answer : Answer
            To a look at the piece; what was given, if that was no job; the job, if it failed.

        Raises
        ------
        InputError
            If it takes longer, or nobody answers.
        """
        end = time.monotonic() + seconds
        while answer.status == HTTPStatus.ACCEPTED:
            place = answer.headers["location"]
            looked = self.call("GET", place)
            state = looked.value["state"]
            if state == "done":
                return self.call("GET", f"/v1/compositions/{looked.value['piece']}")
            if state not in ("queued", "running"):
                return looked
            if time.monotonic() > end:
                raise InputError(f"{place} is still {state} after {seconds:g} seconds")
            time.sleep(0.2)
        return answer

    def stop(self) -> None:
        """End it, and delete what it kept; a second time nothing happens."""
        self._end()

    def __enter__(self) -> OwnService:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "stopped" if not self._end.alive else "ends with this program"
        return f"<OwnService at {self.address}, {state}>"


def _check(settings: Mapping[str, Any]) -> None:
    """Refuse what the service would refuse, before it is started."""
    try:
        from melodyai_edu.api.settings import load_settings
    except ImportError as error:
        raise MissingDependencyError(
            f"the service needs {error.name}; install it with: pip install 'melodyai-edu[serve]'"
        ) from error
    checked = load_settings(environment={}, **settings)
    for name, right in _FIXED.items():
        if getattr(checked, name) not in right:
            raise ParameterError(
                f"{name}={getattr(checked, name)!r} must be {' or '.join(map(repr, right))}: a "
                f"service of your own keeps its keys in its folder, and says where it listens"
            )


def _begin(settings: Mapping[str, Any], log: IO[bytes]) -> subprocess.Popen[bytes]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _HERE or not name.startswith("MELODYAI_")
    }
    named = {f"MELODYAI_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-c", _RUN],
        env=kept | named,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,  # a notebook's stop button is for the notebook
    )


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until it answers; give where."""
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n") and "running on http" in line:
                return f"http{json.loads(line)['message'].split('http')[1].split()[0]}"
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8").strip().splitlines()[-1:] or ["it said nothing"]
    raise OutputError(f"the service did not start: {last[0]}")


def _stop(process: subprocess.Popen[bytes], keeper: tempfile.TemporaryDirectory[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    keeper.cleanup()
