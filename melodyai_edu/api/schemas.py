"""What answers look like, for the description of the service.

Conventions
-----------
Nothing is made of these models: an answer is written as it is, and tests hold it to what is said
here. Where it says no more than ``object``, the keys are those of the composer.

Contents
--------
Accepted, Erased, Error, Genres, Job, Models, Moods, MyRatings, Piece, Pieces, Rated, Rules, Status
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Accepted",
    "Erased",
    "Error",
    "Genres",
    "Job",
    "Models",
    "Moods",
    "MyRatings",
    "Piece",
    "Pieces",
    "Rated",
    "Rules",
    "Status",
]

_Name = Field(pattern="^[0-9a-f]{24}$", examples=["0123456789abcdef01234567"])
_State = Literal["queued", "running", "done", "failed", "cancelled"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Error(_Answer):
    """Why a request is not fulfilled."""

    error: str
    message: str


class Piece(_Answer):
    """A piece that was made."""

    id: str = _Name
    kind: Literal["composition", "harmonisation"]
    created: float = Field(description="seconds since 1970")
    title: str
    request: dict[str, Any] | None = Field(description="what was asked for")
    facts: dict[str, Any]
    provenance: dict[str, Any] | None = Field(description="what makes it again; null if sent")
    links: dict[str, str] = Field(description="the piece as files")


class _Listed(_Answer):
    id: str = _Name
    title: str
    created: float


class Pieces(_Answer):
    """Pieces, the last one first."""

    pieces: list[_Listed] = Field(max_length=100)


class Accepted(_Answer):
    """A job that was taken."""

    id: str = _Name
    state: _State
    location: str


class Job(_Answer):
    """A job, and what came of it."""

    id: str = _Name
    state: _State
    piece: str | None = Field(default=None, description="when it is done")
    location: str | None = Field(default=None, description="when it is done")
    status: int | None = Field(default=None, description="when it failed")
    message: str | None = Field(default=None, description="when it failed")


class _Genre(_Answer):
    name: str
    meters: list[str]


class Genres(_Answer):
    """What can be asked for as genre and as arrangement."""

    genres: list[_Genre]
    arrangements: list[str]


class Moods(_Answer):
    """Moods, each with its valence and arousal."""

    moods: dict[str, list[float]]


class _Rule(_Answer):
    layer: str
    name: str
    sentence: str
    example: str


class Rules(_Answer):
    """Rules, each with an example that can be asked for."""

    rules: list[_Rule]


class Models(_Answer):
    """Models for melodies."""

    models: list[str]


class Rated(_Answer):
    """A rating as it is kept."""

    piece: str = _Name
    kind: Literal["thumb", "stars", "preference", "word", "action"]
    value: int | str | None
    word: str | None
    rater: str
    time: str


class MyRatings(BaseModel):
    """Everything that is kept of a rater."""

    rater: str
    ratings: list[dict[str, Any]]


class Erased(_Answer):
    """How many ratings there were."""

    rater: str
    erased: int = Field(ge=0)


class Status(_Answer):
    """That it works."""

    status: Literal["ok", "ready"]
