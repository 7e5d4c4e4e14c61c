"""The tables of the service's database, the same in SQLite and in PostgreSQL.

Conventions
-----------
Times are seconds since 1970, UTC. Columns that came later can be empty, so that an older file is
brought up to date by adding them.

Contents
--------
METADATA, VERSION, about, jobs, keys, pieces, ratings
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

__all__ = ["METADATA", "VERSION", "about", "jobs", "keys", "pieces", "ratings"]

#: Of the tables; a service refuses those of a newer one.
VERSION = 2

METADATA = MetaData()

about = Table("about", METADATA, Column("version", Integer, nullable=False))

keys = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("revoked", Float),
)

#: A piece with a time in ``deleted`` is nobody's any more, and its files are being deleted.
pieces = Table(
    "pieces",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("record", JSON, nullable=False),
    Column("deleted", Float),
    Index("pieces_of_owner", "owner", "created"),
    Index("pieces_kept", "owner", "deleted"),  # to count them without reading them
)

#: ``replica`` says which service works at it, ``lease`` until when it is believed to.
jobs = Table(
    "jobs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("upload", LargeBinary),
    Column("state", Text, nullable=False),
    Column("piece", Text),
    Column("status", Integer),
    Column("error", Text),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("model", Text),
    Column("replica", Text),
    Column("lease", Float),
    Column("attempts", Integer),
    Index("jobs_by_state", "state", "created"),
)

ratings = Table(
    "ratings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("rater", Text, nullable=False),
    Column("record", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Index("ratings_of_rater", "rater", "created"),
)
