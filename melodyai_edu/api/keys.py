"""Who may call: keys of the service, and what each is for.

Conventions
-----------
A key is ``mai_ID_SECRET``; the secret has 256 random bits, so that one SHA-256 of it is kept, and
nothing else. It is shown once, when it is made. Pieces, jobs and ratings belong to the key's owner,
a random name that stays when the key is rotated. Where a key is looked up it is known for a second,
so that each of its requests need not read the database: a key that is revoked opens nothing after
that, in every replica.

Contents
--------
SCOPES, Caller, KeyInfo, KeyRing, local_caller
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update

from melodyai_edu.api.database import Database
from melodyai_edu.api.tables import keys
from melodyai_edu.errors import ParameterError

__all__ = ["SCOPES", "Caller", "KeyInfo", "KeyRing", "local_caller"]

#: What a key can be for.
SCOPES = ("read", "compose", "rate", "metrics")

_TOKEN = re.compile(r"mai_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_LONGEST_NAME = 80
_KNOWN = 1.0  # seconds
_MOST_KNOWN = 10_000
_NOTHING = b"\0" * 32  # compared where there is no such key, so that it takes as long


@dataclass(frozen=True)
class Caller:
    """Who calls.

    Parameters
    ----------
    key : str
        Of which key, by its id; ``"local"`` without keys.
    owner : str
        Whose pieces these are.
    rater : str
        The pseudonym of their ratings.
    scopes : frozenset of str
    """

    key: str
    owner: str
    rater: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class KeyInfo:
    """What is known of a key; the secret is not.

    Parameters
    ----------
    id, owner, name : str
    scopes : tuple of str
    created : float [seconds since 1970]
    revoked : float or None [seconds since 1970]
    """

    id: str
    owner: str
    name: str
    scopes: tuple[str, ...]
    created: float
    revoked: float | None


def local_caller() -> Caller:
    """Give the one who calls where there are no keys: this computer."""
    from melodyai_edu.feedback import rater_name

    return Caller("local", "local", rater_name(), frozenset(SCOPES))


class KeyRing:
    """All keys.

    Parameters
    ----------
    database : Database

    Examples
    --------
    >>> import tempfile, pathlib
    >>> ring = KeyRing(Database(pathlib.Path(tempfile.mkdtemp()) / "service.sqlite"))
    >>> info, token = ring.create("class 3b", ["read", "compose"])
    >>> ring.find(token).owner == info.owner, ring.find(token[:-1] + "_") is None
    (True, True)
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[float, Caller]] = {}

    def create(self, name: str, scopes: Iterable[str] = SCOPES[:3]) -> tuple[KeyInfo, str]:
        """Make a key.

        Parameters
        ----------
        name : str
            Says to people whose it is.
        scopes : iterable of str
            Some of `SCOPES`.

        Returns
        -------
        info : KeyInfo
        token : str
            The key itself; it is kept nowhere.

        Raises
        ------
        ParameterError
            If the name or a scope is impossible.
        """
        chosen = tuple(dict.fromkeys(scopes))
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise ParameterError(
                f"name={name[:90]!r} must be 1 to {_LONGEST_NAME} characters that can be printed"
            )
        for scope in chosen or ("",):
            if scope not in SCOPES:
                raise ParameterError(f"scope={scope!r} must be one of: {', '.join(SCOPES)}")
        key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        owner = f"owner-{secrets.token_hex(8)}"
        self._database.write(
            insert(keys).values(
                id=key, owner=owner, name=name, digest=_digest(secret),
                scopes=" ".join(chosen), created=time.time(),
            )
        )  # fmt: skip
        return self.info(key), f"mai_{key}_{secret}"

    def info(self, key: str) -> KeyInfo:
        """Give what is known of a key.

        Raises
        ------
        ParameterError
            If there is none with this id.
        """
        found = [info for info in self.list() if info.id == key]
        if not found:
            known = ", ".join(info.id for info in self.list()) or "none yet: melodyai keys create"
            raise ParameterError(f"key={key[:40]!r} must be the id of a key, one of: {known}")
        return found[0]

    def list(self) -> list[KeyInfo]:
        """List all keys, the oldest first, the revoked ones too."""
        return [
            KeyInfo(
                row.id, row.owner, row.name, tuple(row.scopes.split()), row.created, row.revoked
            )
            for row in self._database.rows(select(keys).order_by(keys.c.created))
        ]

    def revoke(self, key: str) -> KeyInfo:
        """Revoke a key: from now on it opens nothing; its pieces stay.

        Raises
        ------
        ParameterError
            If there is none with this id.
        """
        self.info(key)
        is_open = (keys.c.id == key, keys.c.revoked.is_(None))
        self._database.write(update(keys).where(*is_open).values(revoked=time.time()))
        self._known.clear()
        return self.info(key)

    def rotate(self, key: str) -> tuple[KeyInfo, str]:
        """Give a key a new secret; the old one opens nothing any more.

        Returns
        -------
        info : KeyInfo
        token : str

        Raises
        ------
        ParameterError
            If there is none with this id, or it is revoked.
        """
        if self.info(key).revoked is not None:
            raise ParameterError(f"key={key!r} is revoked: create another one")
        secret = secrets.token_urlsafe(32)
        self._database.write(update(keys).where(keys.c.id == key).values(digest=_digest(secret)))
        self._known.clear()
        return self.info(key), f"mai_{key}_{secret}"

    def known(self, token: str) -> Caller | None:
        """Say whose key this is, if that was looked up within the last second.

        Parameters
        ----------
        token : str

        Returns
        -------
        caller : Caller or None
            None if it has to be looked up.
        """
        until, caller = self._known.get(_digest(token), (0.0, None))
        return caller if time.monotonic() < until else None

    def find(self, token: str) -> Caller | None:
        """Say whose key this is.

        Parameters
        ----------
        token : str

        Returns
        -------
        caller : Caller or None
            None if it is no key, or a revoked one.
        """
        if (known := self.known(token)) is not None:
            return known
        asked = time.monotonic()
        caller = self._look_up(token)
        if caller is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[_digest(token)] = asked + _KNOWN, caller
        return caller

    def _look_up(self, token: str) -> Caller | None:
        match = _TOKEN.fullmatch(token)
        key, secret = match.groups() if match else ("", "")
        rows = self._database.rows(_OPEN_KEY, {"key": key})
        owner, digest, scopes = tuple(rows[0]) if rows else ("", _NOTHING, "")
        is_right = hmac.compare_digest(_digest(secret), bytes(digest))
        if not (is_right and rows):
            return None
        return Caller(key, owner, _rater(owner), frozenset(scopes.split()))


_OPEN_KEY = select(keys.c.owner, keys.c.digest, keys.c.scopes).where(
    keys.c.id == bindparam("key"), keys.c.revoked.is_(None)
)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _rater(owner: str) -> str:
    """Give the owner's pseudonym: who reads a rating does not learn which key it was."""
    return f"rater-{hashlib.sha256(b'rater ' + owner.encode()).hexdigest()[:12]}"
