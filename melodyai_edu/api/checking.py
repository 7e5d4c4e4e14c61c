"""What a request may hold when it comes from outside.

Conventions
-----------
In a notebook a model, a taste, a corpus or an arrangement may be a file of yours; over HTTP each is
a name from a list, and nothing else. Types are checked here, music where it is composed.

Contents
--------
UPLOADS, check_composition, check_regeneration, check_harmonisation, check_rating
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from melodyai_edu.composition import CompositionRequest
from melodyai_edu.composition.pattern_library import find_pattern, list_patterns
from melodyai_edu.composition.request_values import choice, number, text, whole
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import list_corpora
from melodyai_edu.models.saved import list_models
from melodyai_edu.models.tastes import list_tastes

__all__ = [
    "UPLOADS",
    "check_composition",
    "check_harmonisation",
    "check_rating",
    "check_regeneration",
]

#: Files that can be sent.
UPLOADS = (".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc")

_LONGEST_TEXT = 500
_MOST_RULES = 50
_MOST_SEED = 2**63
_CHECKSUM = re.compile(r" [0-9a-f]{12,64}")
_MODULES = ("harmony", "pitches", "melody", "arrangement")
_RATED = ("stars", "thumb", "better_than", "word", "action")


def check_composition(values: dict[str, Any]) -> CompositionRequest:
    """Build a request from what was sent.

    Parameters
    ----------
    values : dict

    Returns
    -------
    request : CompositionRequest

    Raises
    ------
    ParameterError
        If a name is no field, a value is impossible, or names a file.

    Examples
    --------
    >>> check_composition({"genre": "jig", "bars": 8}).bars
    8
    >>> check_composition({"arrangement": "/etc/passwd.toml"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: arrangement='/etc/passwd.toml' must be one of: ...
    """
    for name, value in values.items():
        _check_plain(name, value)
    _check_name("model", values.get("model"), ("ngram", *list_models()))
    _check_name("taste", values.get("taste"), list_tastes())
    _check_name("corpus", values.get("corpus"), list_corpora())
    if values.get("arrangement") is not None:
        _check_arrangement(text("arrangement", values["arrangement"]))
    rules = values.get("rules", [])
    if not isinstance(rules, list) or len(rules) > _MOST_RULES:
        raise ParameterError(f"rules must be a list of at most {_MOST_RULES} texts")
    for rule in rules:
        text("rule", rule)
    return CompositionRequest.from_dict({**values, "rules": tuple(rules)})


def _check_arrangement(name: str) -> None:
    """Refuse what is no pattern from the list, nor a genre of one."""
    is_file = name.lower().endswith(".toml") or bool(set(name) & set("/\\\0~"))
    try:
        if not is_file:
            find_pattern(name)
            return
    except ParameterError:  # it speaks of files, too
        pass
    choice("arrangement", name, list_patterns())


def _check_name(field: str, value: object, known: Iterable[str]) -> None:
    """Refuse what is no name from the list; a checksum may stand behind it."""
    if value is not None:
        choice(field, _CHECKSUM.sub("", text(field, value)), known)


def _check_plain(name: str, value: object) -> None:
    """Refuse texts that are too long, and objects where there can be none."""
    inside = value if isinstance(value, list) else [value]
    for each in inside if len(inside) <= _LONGEST_TEXT else [""] * 2:
        if isinstance(each, list) or (isinstance(each, dict) and name != "seeds"):
            raise ParameterError(f"{name[:40]} must be a plain value, or a list of such")
        if isinstance(each, str) and len(each) > _LONGEST_TEXT:
            raise ParameterError(f"{name[:40]} has a text of {len(each):,} characters: the limit "
                                 f"is {_LONGEST_TEXT}")  # fmt: skip
    if len(inside) > _LONGEST_TEXT or len(name) > _LONGEST_TEXT:
        raise ParameterError(f"{name[:40]} is too long: the limit is {_LONGEST_TEXT}")


def check_regeneration(values: dict[str, Any]) -> dict[str, Any]:
    """Read what is to be made anew.

    Parameters
    ----------
    values : dict
        ``bars`` (first and last, from 1) or ``module``; perhaps ``seed`` and ``lock``.

    Returns
    -------
    payload : dict

    Raises
    ------
    ParameterError
        If a name is unknown or a value impossible.

    Examples
    --------
    >>> check_regeneration({"bars": [5, 8], "seed": 3})
    {'what': [5, 8], 'lock': [], 'seed': 3}
    """
    for name, value in values.items():
        choice("field", name, ("bars", "module", "seed", "lock"))
        _check_plain(name, value)
    bars, module, lock = values.get("bars"), values.get("module"), values.get("lock", [])
    if (bars is None) == (module is None):
        raise ParameterError(f"say what is to be made anew: bars=[5, 8], or module, one of: "
                             f"{', '.join(_MODULES)}")  # fmt: skip
    if bars is not None:
        if not isinstance(bars, list) or len(bars) != 2:
            raise ParameterError("bars must be the first and the last bar, such as [5, 8]")
        bars = [whole("bar", bar, 1, 1_000) for bar in bars]
    else:
        choice("module", module, _MODULES)
    if not isinstance(lock, list) or len(lock) > _MOST_RULES:
        raise ParameterError("lock must be a list of parts' names")
    payload: dict[str, Any] = {"what": bars or module, "lock": [text("lock", n) for n in lock]}
    if values.get("seed") is not None:
        payload["seed"] = whole("seed", values["seed"], 0, _MOST_SEED)
    return payload


def check_harmonisation(form: dict[str, str]) -> dict[str, Any]:
    """Read how a melody is to be harmonised, from the fields of a form.

    Parameters
    ----------
    form : dict of str to str
        ``style``, ``seed``, ``temperature``, ``chords``, ``key``, ``meter``, and ``rules`` with
        semicolons between them.

    Returns
    -------
    asked : dict
        For `melodyai_edu.harmonise`.

    Raises
    ------
    ParameterError
        If a name is unknown or a value impossible.

    Examples
    --------
    >>> check_harmonisation({"style": "folk", "seed": "3"})
    {'style': 'folk', 'seed': 3}
    """
    fields = ("style", "seed", "temperature", "chords", "key", "meter", "rules")
    asked: dict[str, Any] = {}
    for name, value in form.items():
        choice("field", name, fields)
        _check_plain(name, value)
        if value.strip():
            asked[name] = value.strip()
    if "seed" in asked:
        digits = asked["seed"]
        is_whole = digits.isascii() and digits.isdigit() and len(digits) < 20
        asked["seed"] = whole("seed", int(digits) if is_whole else digits, 0, _MOST_SEED)
    if "temperature" in asked:
        asked["temperature"] = number("temperature", _float(asked["temperature"]), 0.1, 3.0)
    if "rules" in asked:
        asked["rules"] = [rule.strip() for rule in asked["rules"].split(";") if rule.strip()]
    return asked


def _float(written: str) -> float:
    try:
        return float(written)
    except ValueError as error:
        raise ParameterError(f"temperature={written!r} must be a number") from error


def check_rating(values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Read a rating.

    Parameters
    ----------
    values : dict
        ``piece`` and one of ``stars``, ``thumb``, ``better_than``, ``word``, ``action``.

    Returns
    -------
    piece : str
    said : dict
        For `melodyai_edu.rate`; ``better_than`` is still a name.

    Raises
    ------
    ParameterError
        If a name is unknown, or the piece is not named.
    """
    for name, value in values.items():
        choice("field", name, ("piece", *_RATED))
        _check_plain(name, value)
    said = {name: values[name] for name in _RATED if values.get(name) is not None}
    for name in ("better_than", "word", "action"):
        if name in said:
            text(name, said[name])
    if not isinstance(values.get("piece"), str):
        raise ParameterError("piece must be the id of a piece of yours")
    return values["piece"], said
