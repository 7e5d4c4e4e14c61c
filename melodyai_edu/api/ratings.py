"""Where ratings are kept: in the learner's own store, or in a database that services share.

Conventions
-----------
On one computer the service and the notebooks share one store. Services that share a database keep
the ratings there; for training they are written into a store of their own, by `TableRatings.pull`.

Contents
--------
FileRatings, TableRatings, Ratings
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import delete, insert, select

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.database import Database
from melodyai_edu.api.tables import ratings
from melodyai_edu.errors import InputError, OutputError, ParameterError
from melodyai_edu.feedback import Rating, RatingStore, open_store

__all__ = ["FileRatings", "Ratings", "TableRatings"]

_log = logging.getLogger("melodyai.api")


class Ratings(Protocol):
    """What the routes need."""

    def add(self, rating: Rating) -> Rating:
        """Keep a rating; one whose key is known is given as it was kept."""

    def export(self, rater: str) -> dict[str, Any]:
        """Give everything that is kept of somebody."""

    def erase(self, rater: str) -> int:
        """Erase everything of somebody; give how many ratings there were."""


class FileRatings:
    """Ratings in a store of this computer.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, rating: Rating) -> Rating:
        """Keep a rating; see `melodyai_edu.feedback.RatingStore.add`."""
        with self._opened() as store:
            return store.add(rating)

    def export(self, rater: str) -> dict[str, Any]:
        """Give everything that is kept of somebody."""
        with self._opened() as store:
            return {"rater": rater, "ratings": [each.to_dict() for each in store.ratings(rater)]}

    def erase(self, rater: str) -> int:
        """Erase everything of somebody, byte for byte."""
        with self._opened() as store:
            return store.erase(rater)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[RatingStore]:
        """Open the store; what is wrong with it is nothing that a caller could mend."""
        try:
            with open_store(self._file) as store:
                yield store
        except (InputError, OutputError) as error:
            _log.error("ratings cannot be kept or read: %s", error)
            raise Refusal(
                503, "the ratings cannot be reached; come again later", 60, "store"
            ) from error


class TableRatings:
    """Ratings in the service's database.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rating: Rating) -> Rating:
        """Keep a rating.

        Raises
        ------
        ParameterError
            If its key is known with another content.
        """
        with self._database.writing(alone=True) as connection:
            known = select(ratings.c.record).where(ratings.c.key == rating.key)
            record = connection.scalar(known)
            if record is not None:
                return _same(Rating.from_dict(record), rating)
            connection.execute(
                insert(ratings).values(
                    key=rating.key, rater=rating.rater, record=rating.to_dict(), created=time.time()
                )
            )
        return rating

    def export(self, rater: str) -> dict[str, Any]:
        """Give everything that is kept of somebody, in the order in which it came."""
        return {"rater": rater, "ratings": self._records(rater)}

    def erase(self, rater: str) -> int:
        """Erase everything of somebody: for PostgreSQL's files, see the manual on privacy."""
        return self._database.write(delete(ratings).where(ratings.c.rater == rater))

    def pull(self, file: Path) -> int:
        """Write all ratings into a store, to train with.

        Parameters
        ----------
        file : Path
            Of a store; begun where there is none.

        Returns
        -------
        ratings : int
            How many were new to it.
        """
        with open_store(file) as store:
            before = len(store)
            for record in self._records(None):
                store.add(Rating.from_dict(record))
            return len(store) - before

    def _records(self, rater: str | None) -> list[dict[str, Any]]:
        wanted = select(ratings.c.record).order_by(ratings.c.created, ratings.c.key)
        if rater is not None:
            wanted = wanted.where(ratings.c.rater == rater)
        return [row.record for row in self._database.rows(wanted)]


def _same(kept: Rating, sent: Rating) -> Rating:
    if not kept.is_same(sent):
        raise ParameterError(
            f"key={sent.key!r} is of another rating ({kept.kind}): give this one a key of its own"
        )
    return kept
