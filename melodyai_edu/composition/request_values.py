"""What the values of a request may be, and how a wrong one is answered.

Conventions
-----------
Each function gives the value as a request keeps it, or raises a `ParameterError` that names the
field, the value, what it must be and, of words, what was perhaps meant.

Contents
--------
MODULES; choice, text, whole, number, truth, meter_name, instrument_names,
arrangement_name, mood_place, module_seeds, rule_text
"""

from __future__ import annotations

from collections.abc import Iterable

from melodyai_edu.composition.pattern_library import find_pattern
from melodyai_edu.composition.roles import assign_roles
from melodyai_edu.constraints import Rule
from melodyai_edu.constraints.catalogue import RULES, parse_rule
from melodyai_edu.errors import ParameterError, perhaps
from melodyai_edu.features.mood import parse_mood
from melodyai_edu.score import Meter

__all__ = [
    "MODULES",
    "arrangement_name",
    "choice",
    "instrument_names",
    "meter_name",
    "module_seeds",
    "mood_place",
    "number",
    "rule_text",
    "text",
    "truth",
    "whole",
]

#: What a piece is made by, one after the other; each may have a seed of its own.
MODULES = ("plan", "harmony", "melody", "arrangement")

_SEEDS = 2**63


def choice(name: str, value: object, choices: Iterable[object], circumstance: str = "") -> None:
    """Refuse what is not among the choices; suggest near matches.

    Parameters
    ----------
    name : str
        Of the field.
    value : object
    choices : iterable
    circumstance : str, optional
        Said behind the value.

    Raises
    ------
    ParameterError
        If the value is none of them.

    Examples
    --------
    >>> choice("genre", "jigg", ["jig", "reel"])
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: genre='jigg' must be one of: jig, reel (perhaps 'jig'?)
    """
    known = tuple(choices)
    if value in known:
        return
    listed = ", ".join(map(str, known)) or "none, leave it out"
    hint = perhaps(value, known)
    raise ParameterError(f"{name}={value!r}{circumstance} must be one of: {listed}{hint}")


def text(name: str, value: object) -> str:
    """Give a text, or refuse what is none.

    Raises
    ------
    ParameterError
        If the value is no text.
    """
    if not isinstance(value, str):
        raise ParameterError(f"{name}={value!r} must be text")
    return value


def whole(name: str, value: object, low: int, high: int) -> int:
    """Give a whole number from ``low`` to ``high``.

    Raises
    ------
    ParameterError
        If the value is none.

    Examples
    --------
    >>> whole("bars", 8, 1, 128)
    8
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or not low <= value < high + 1:  # type: ignore[operator]
        raise ParameterError(f"{name}={value!r} must be an integer from {low} to {high}")
    return int(value.__index__())


def number(name: str, value: object, low: float, high: float) -> float:
    """Give a number from ``low`` to ``high``.

    Raises
    ------
    ParameterError
        If the value is none.
    """
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = float("nan")
    if isinstance(value, bool | str) or not low <= found <= high:
        raise ParameterError(f"{name}={value!r} must be a number from {low} to {high}")
    return found


def truth(name: str, value: object) -> bool:
    """Give yes or no.

    Raises
    ------
    ParameterError
        If the value is neither.
    """
    if not isinstance(value, bool):
        raise ParameterError(f"{name}={value!r} must be True or False")
    return value


def meter_name(value: object) -> str:
    """Give a meter's name, such as ``"6/8"``."""
    return value.name if isinstance(value, Meter) else Meter.parse(text("meter", value)).name


def instrument_names(value: object) -> tuple[str, ...]:
    """Give the full names of instruments.

    Parameters
    ----------
    value : str or sequence of str
        The first plays the melody.

    Returns
    -------
    names : tuple of str

    Raises
    ------
    ParameterError
        If there is none, too many, or one is unknown.

    Examples
    --------
    >>> instrument_names(["Flute", "guitar", "drums"])
    ('flute', 'acoustic guitar (nylon)', 'drums')
    """
    if not isinstance(value, str | tuple | list):
        raise ParameterError(
            f"instruments={value!r} must be a list of names, the one with the melody first, such "
            f"as ['flute', 'acoustic guitar']"
        )
    names = [value] if isinstance(value, str) else [text("instrument", name) for name in value]
    return tuple(player.instrument for player in assign_roles(names))


def arrangement_name(value: object) -> str:
    """Give the name of a pattern, or the path of a file that holds one.

    Parameters
    ----------
    value : str

    Raises
    ------
    ParameterError
        If there is no such pattern.
    InputError
        If the file is none.

    Examples
    --------
    >>> arrangement_name("Bossa-Nova")
    'bossa nova'
    """
    asked = text("arrangement", value)
    pattern = find_pattern(asked)
    return asked if asked.lower().endswith(".toml") else pattern.name


def mood_place(value: object) -> str | tuple[float, float]:
    """Give a mood as a request keeps it: its name, or its place.

    Parameters
    ----------
    value : str or (float, float)
        A name of `melodyai_edu.features.mood.MOODS`, or valence and arousal from -1 to 1.

    Raises
    ------
    ParameterError
        If there is no such mood or place.

    Examples
    --------
    >>> mood_place("Happy"), mood_place([0.2, -0.5])
    ('happy', (0.2, -0.5))
    """
    place = parse_mood(value)  # type: ignore[arg-type]
    return value.strip().lower() if isinstance(value, str) else (place.valence, place.arousal)


def module_seeds(value: object) -> tuple[tuple[str, int], ...]:
    """Give seeds of single modules, in the order of `MODULES`.

    Parameters
    ----------
    value : mapping of str to int, or pairs

    Raises
    ------
    ParameterError
        If a module or a seed is none.

    Examples
    --------
    >>> module_seeds({"harmony": 3})
    (('harmony', 3),)
    """
    try:
        seeds = dict(value)  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"seeds={value!r} must be seeds by module, such as {{'harmony': 3}}"
        ) from error
    for name in seeds:
        choice("module", name, MODULES, " (in seeds)")
    return tuple(
        (name, whole(f"seeds[{name!r}]", seeds[name], 0, _SEEDS))
        for name in MODULES
        if name in seeds
    )


def rule_text(rule: Rule) -> str | Rule:
    """Keep a rule as text, if that says all: a rule that knows a piece carries more."""
    is_text = RULES.get(rule.name) is type(rule) and parse_rule(str(rule)) == rule
    return str(rule) if is_text else rule
