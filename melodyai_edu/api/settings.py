"""Settings of the service: from the environment, or from one TOML file.

Conventions
-----------
``MELODYAI_PORT`` sets ``port``, and so on; in the file the names are in lower case. The environment
comes before the file. Everything is checked at the start, and the first thing that is wrong is one
sentence.

Contents
--------
PREFIX, Settings, load_settings, settings_table
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from melodyai_edu.errors import InputError, MelodyAIError, ParameterError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import read_bytes
from melodyai_edu.io.storage_places import find_place
from melodyai_edu.io.toml import read_toml

__all__ = ["PREFIX", "Settings", "load_settings", "settings_table"]

#: Of the names of the environment.
PREFIX = "MELODYAI_"

#: Names with the prefix that are read elsewhere.
_ELSEWHERE = {
    "MELODYAI_HOME",
    "MELODYAI_PROFILE",
    "MELODYAI_SETTINGS",
    "MELODYAI_STORAGE_ALLOWED",
}
_LARGEST_FILE = 100_000  # bytes
_SECRET = {"database", "limit_storage"}  # may hold a password: never shown


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """All settings of the service.

    Raises
    ------
    pydantic.ValidationError
        If a value is impossible; `load_settings` says it in one sentence.

    Examples
    --------
    >>> Settings(port=9000).port
    9000
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="the address to listen at")
    port: int = Field(default=8765, ge=0, le=65535, description="the port; 0 takes a free one")
    auth: Literal["local", "keys"] = Field(
        default="local",
        description="`local`: no keys, this computer only; `keys`: every request needs one",
    )
    data_folder: Path = Field(
        default_factory=lambda: home_folder().parent / "service",
        description="where pieces, jobs and keys lie",
    )
    database: str = Field(
        default="",
        repr=False,
        description="`postgresql://USER:PASSWORD@HOST:5432/NAME`, which several services share; "
        "SQLite in the data folder when empty",
    )
    storage: str = Field(
        default="",
        description="where the files of pieces lie: `file:///FOLDER`, `s3://BUCKET/PREFIX` or "
        "`gs://BUCKET/PREFIX`; in the data folder when empty",
    )
    ratings_file: Path | None = Field(
        default=None,
        description="the store of ratings; this computer's own when left out, the database where "
        "it is PostgreSQL",
    )
    workers: int = Field(default=1, ge=1, le=64, description="processes that compose")
    batch_size: int = Field(
        default=8, ge=1, le=1_000, description="jobs of one model that a worker does in a row"
    )
    queue_size: int = Field(default=16, ge=1, le=10_000, description="jobs that may wait; then 503")
    queue_share: int = Field(
        default=8, ge=1, le=10_000, description="how many of them may be of one key; then 429"
    )
    pieces_per_key: int = Field(
        default=10_000, ge=1, le=10_000_000, description="how many pieces a key may have"
    )
    answer_bars: int = Field(
        default=16, ge=0, le=128, description="pieces up to this many bars are waited for"
    )
    answer_seconds: float = Field(
        default=10.0, ge=0, le=60, description="how long; then the answer is 202 and a job"
    )
    job_seconds: float = Field(
        default=120.0, gt=0, le=3600, description="a job that takes longer is ended"
    )
    lease_seconds: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        description="a service that is silent for so long loses its jobs to the others",
    )
    json_bytes: int = Field(
        default=64_000, ge=100, le=10_000_000, description="the longest JSON body"
    )
    upload_bytes: int = Field(
        default=10_000_000, ge=100, le=100_000_000, description="the longest upload"
    )
    body_seconds: float = Field(default=30.0, gt=0, le=600, description="how long a body may take")
    rate_limit: str = Field(default="1200/minute", description="requests for each key")
    compose_limit: str = Field(
        default="60/minute", description="requests for each key that make music"
    )
    limit_storage: str = Field(
        default="memory://",
        repr=False,
        description="where requests are counted: `memory://` or a `redis://` address",
    )
    cors_origins: str = Field(
        default="",
        description="origins whose pages may call, with commas between them; none when empty",
    )
    allowed_hosts: str = Field(
        default="",
        description="names this service is called by, with commas; in local mode this computer",
    )
    trusted_proxies: str = Field(
        default="",
        description="addresses or networks whose `X-Forwarded-For` is believed, with commas",
    )
    retention_days: float = Field(
        default=0.0, ge=0, le=36_500, description="older pieces and jobs are deleted; 0 keeps them"
    )
    audit_file: Path | None = Field(
        default=None, description="the audit log, JSON lines; in the usual log when left out"
    )
    traces: str = Field(
        default="",
        description="where OpenTelemetry traces go, OTLP over HTTP; none when empty",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="what is logged, as JSON, one line each"
    )

    @field_validator("rate_limit", "compose_limit")
    @classmethod
    def _check_limit(cls, value: str) -> str:
        from limits import parse

        try:
            parse(value)
        except ValueError as error:
            raise ValueError("it must be such as 60/minute") from error
        return value

    @field_validator("limit_storage")
    @classmethod
    def _check_storage(cls, value: str) -> str:
        if not value.startswith(("memory://", "redis://", "rediss://")):
            raise ValueError("it must begin with memory://, redis:// or rediss://")
        return value

    @field_validator("database")
    @classmethod
    def _check_database(cls, value: str) -> str:
        if value and not value.startswith("postgresql://"):
            raise ValueError("it must be postgresql://USER:PASSWORD@HOST:5432/NAME")
        return value

    @field_validator("storage")
    @classmethod
    def _check_place(cls, value: str) -> str:
        if value:
            try:
                find_place(value, [value])
            except MelodyAIError as error:
                raise ValueError(str(error)) from error
        return value

    @field_validator("traces")
    @classmethod
    def _check_traces(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it must be such as http://localhost:4318/v1/traces")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: str) -> str:
        for network in _listed(value):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{network!r} is no address and no network") from error
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: str) -> str:
        for origin in _listed(value):
            if not origin.startswith(("http://", "https://")):
                raise ValueError("origins must begin with http:// or https://; * is not one")
        return value

    @model_validator(mode="after")
    def _check_reach(self) -> Settings:
        if self.auth == "local" and not _is_loopback(self.host):
            raise ValueError(
                f"host={self.host!r} is reached from outside: it needs auth='keys' "
                f"(and keys: melodyai keys create)"
            )
        return self

    @model_validator(mode="after")
    def _check_shared(self) -> Settings:
        if self.database and not self.storage:
            raise ValueError(
                "database is shared, so the files of pieces must be, too: set storage "
                "(MELODYAI_STORAGE)"
            )
        if self.database and self.auth == "local":
            raise ValueError("database is shared, so callers must have keys: set auth='keys'")
        return self

    @property
    def storage_url(self) -> str:
        """Where the files of pieces lie."""
        return self.storage or (self.data_folder / "pieces").absolute().as_uri()

    @property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Whose word of an address is believed."""
        return tuple(ipaddress.ip_network(each) for each in _listed(self.trusted_proxies))

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins whose pages may call."""
        return _listed(self.cors_origins)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names that the service may be called by; all where there are none."""
        usual = ("localhost", "127.0.0.1", "[::1]") if self.auth == "local" else ()
        return _listed(self.allowed_hosts) or usual

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what is handed in: `load_settings` looks into the environment."""
        return (init_settings,)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def load_settings(
    file: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    **given: Any,
) -> Settings:
    """Collect and check the settings.

    Parameters
    ----------
    file : path, optional
        TOML; ``MELODYAI_SETTINGS`` when left out, or none.
    environment : mapping, optional
        The process's own when left out.
    **given
        Comes before everything; ``None`` is left out.

    Returns
    -------
    settings : Settings

    Raises
    ------
    ParameterError
        If a name is unknown or a value impossible.
    InputError
        If the file cannot be read.

    Examples
    --------
    >>> load_settings(environment={"MELODYAI_PORT": "9000"}).port
    9000
    >>> load_settings(environment={"MELODYAI_HOST": "0.0.0.0"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: host='0.0.0.0' is reached from outside: it needs ...
    """
    environment = os.environ if environment is None else environment
    named = file or environment.get("MELODYAI_SETTINGS")
    values: dict[str, Any] = _from_file(Path(named)) if named else {}
    values |= _from_environment(environment)
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise ParameterError(_sentence(error)) from None


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return read_toml(read_bytes(file, _LARGEST_FILE), _LARGEST_FILE)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in _ELSEWHERE:
            continue
        field = name.removeprefix(PREFIX).lower()
        if field in Settings.model_fields:
            found[field] = value
        elif _nearest(field):
            raise ParameterError(
                f"{name} is no setting: did you mean {PREFIX}{_nearest(field).upper()}?"
            )
    return found


def _nearest(field: str) -> str:
    """Give the setting that a name looks like; other programs' names are theirs."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(field, Settings.model_fields, n=1, cutoff=0.75)), "")


def _sentence(error: ValidationError) -> str:
    """Say the first thing that is wrong."""
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    text = first["msg"].removeprefix("Value error, ")
    if not name:
        return text
    if first["type"] == "extra_forbidden":
        return f"{name} is no setting; the settings are: {', '.join(Settings.model_fields)}"
    shown = "" if name in _SECRET else f"={first['input']!r}"
    return f"{name}{shown}: {text[:1].lower()}{text[1:]} ({PREFIX}{name.upper()})"


def settings_table() -> str:
    """Write all settings as a table in Markdown: the one in ``docs/serving.md``.

    Returns
    -------
    table : str
    """
    rows = ["| setting | when left out | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        usual = "in your own folder" if field.default_factory else field.default
        shown = f"`{usual}`" if usual not in (None, "", "in your own folder") else usual or ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)
