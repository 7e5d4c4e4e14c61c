"""What a person asks for: one validated value for notebook, command line and HTTP.

Conventions
-----------
What is left out (``None``) is chosen when the piece is composed, always in the same way: it
depends on nothing but the other fields. A tempo counts quarter notes a minute.

Contents
--------
CompositionRequest
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from melodyai_edu.composition import library
from melodyai_edu.composition.instruments import INSTRUMENTS, program_of
from melodyai_edu.composition.voice import check_model, default_model
from melodyai_edu.constraints import Rule, as_rules
from melodyai_edu.constraints.catalogue import RULES, parse_rule
from melodyai_edu.constraints.rhythm import Bars
from melodyai_edu.constraints.structure import FormRule
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter

__all__ = ["MAX_BARS", "CompositionRequest"]

#: The longest piece [bars].
MAX_BARS = 128

_SEEDS = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionRequest:
    """A piece to be composed.

    Parameters
    ----------
    genre : str, optional
        One of `library.offered_genres`. Left out: all genres together.
    key : str, optional
        Tonic and mode, such as ``"D major"`` or ``"E dorian"``. Left out: the genre's commonest.
    meter : str, optional
        One that the genre has, such as ``"6/8"``. Left out: the genre's commonest.
    bars : int, default 16
        From 1 to 128.
    tempo : float, optional [quarter notes a minute]
        From 20 to 400. Left out: the genre's usual one.
    seed : int, default 0
        The same request with another seed is another piece.
    temperature : float, default 1.0
        From 0.1 (the likeliest notes only) to 3 (nearly any).
    instruments : tuple of str, default ("acoustic grand piano",)
        One General MIDI name.
    corpus : str, optional
        A corpus of your own to learn from, such as ``"mine"``. Left out: those of the package.
    model : str, optional
        What draws the notes: ``"ngram"``, a network such as ``"melody-small-transformer"``, or a
        folder of one that you trained. Left out: the best at hand; the piece says which.
    guidance : float, default 1.0
        How far a network moves towards the genre: 1 as it learned, up to 5; an n-gram has no such
        dial.
    form : str, optional
        Letters for equal sections, such as ``"AABB"``. Left out: as a tune of the genre has it.
    rules : tuple of str or Rule, optional
        What must hold, such as ``"max_leap=9"``; see `melodyai_edu.rules`. A rule ``bars=...``
        comes before the field.

    Raises
    ------
    ParameterError
        If a value is unknown or impossible; the message lists what can be had.

    Examples
    --------
    >>> request = CompositionRequest(genre="jig", key="d major", seed=7)
    >>> request.key, request.bars
    ('D major', 16)
    >>> CompositionRequest.from_json(request.to_json()) == request
    True
    """

    genre: str | None = None
    key: str | None = None
    meter: str | None = None
    bars: int = 16
    tempo: float | None = None
    seed: int = 0
    temperature: float = 1.0
    instruments: tuple[str, ...] = (INSTRUMENTS[0],)
    corpus: str | None = None
    model: str | None = None
    guidance: float = 1.0
    form: str | None = None
    rules: tuple[str | Rule, ...] = ()

    def __post_init__(self) -> None:
        self._set("rules", tuple(_rule_text(rule) for rule in as_rules(self.rules)))
        for rule in self.all_rules:
            if isinstance(rule, Bars):
                self._set("bars", rule.bars)
        self._set("bars", _whole("bars", self.bars, 1, MAX_BARS))
        self._set("seed", _whole("seed", self.seed, 0, _SEEDS))
        self._set("temperature", _number("temperature", self.temperature, 0.1, 3.0))
        if self.tempo is not None:
            self._set("tempo", _number("tempo", self.tempo, 20, 400))
        self._set("guidance", _number("guidance", self.guidance, 1.0, 5.0))
        if self.model is not None:
            check_model(_text("model", self.model))
        self._set("instruments", _instruments(self.instruments))
        self._check_music()

    def _check_music(self) -> None:
        """Check what depends on the tunes that are learned from."""
        if self.corpus is not None:
            library.train_tunes(_text("corpus", self.corpus))
        if self.genre is not None:
            _choice("genre", self.genre, library.offered_genres(self.corpus))
        if self.meter is not None:
            self._set("meter", _meter(self.meter))
            kind = f" for genre={self.genre!r}" if self.genre else ""
            _choice("meter", self.meter, library.offered_meters(self.genre, self.corpus), kind)
        if self.key is not None:
            key = self.key if isinstance(self.key, Key) else Key.parse(_text("key", self.key))
            modes = library.offered_modes(self.corpus)
            _choice("mode", key.mode, modes, f" (in key={key.name!r})")
            self._set("key", key.name)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules, with the form as one of them."""
        form = () if self.form is None else (FormRule(_text("form", self.form)),)
        return (*as_rules(self.rules), *form)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields as they were given, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def program(self) -> int:
        """The instrument's program [General MIDI, 0-127]."""
        return program_of(self.instruments[0])

    def resolved(self) -> Self:
        """Fill in everything that was left out.

        Returns
        -------
        request : CompositionRequest
            Composes the same piece; no field is ``None`` but ``genre``, if all are pooled.

        Examples
        --------
        >>> CompositionRequest(genre="jig").resolved().meter
        '6/8'
        """
        meter = self.meter or library.offered_meters(self.genre, self.corpus)[0]
        return replace(
            self,
            meter=meter,
            key=self.key or library.usual_key(self.genre, meter, self.corpus),
            tempo=self.tempo or library.usual_tempo(self.genre, meter),
            model=self.model or default_model(self.corpus),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values.

        Raises
        ------
        ParameterError
            If a rule is one of your own: it has no text that another program could read.
        """
        for rule in self.rules:
            if isinstance(rule, Rule):
                raise ParameterError(
                    f"rule={rule.name!r} is one of your own, or knows a piece, and cannot be "
                    f"written down: leave it "
                    f"out of a request that travels"
                )
        return {**self.fields, "instruments": list(self.instruments), "rules": list(self.rules)}

    def to_json(self) -> str:
        """Write the request as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build a request from plain values.

        Raises
        ------
        ParameterError
            If a name is no field, or a value is impossible.

        Examples
        --------
        >>> CompositionRequest.from_dict({"genre": "reel", "bars": 8}).bars
        8
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            _choice("field", name, known)
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ParameterError
            If the text is no JSON object of known fields, or a value is impossible.
        """
        try:
            values = json.loads(text)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"request must be a JSON object ({error})") from error
        if not isinstance(values, dict):
            raise ParameterError(f"request={text[:80]!r} must be a JSON object")
        return cls.from_dict(values)


def _rule_text(rule: Rule) -> str | Rule:
    """Keep a rule as text, if that says all: a rule that knows a piece carries more."""
    is_text = RULES.get(rule.name) is type(rule) and parse_rule(str(rule)) == rule
    return str(rule) if is_text else rule


def _choice(name: str, value: object, choices: Any, circumstance: str = "") -> None:
    if value not in choices:
        listed = ", ".join(map(str, choices)) or "none, leave it out"
        raise ParameterError(f"{name}={value!r}{circumstance} must be one of: {listed}")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"{name}={value!r} must be text")
    return value


def _whole(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not low <= value < high + 1:  # type: ignore[operator]
        raise ParameterError(f"{name}={value!r} must be an integer from {low} to {high}")
    return int(value.__index__())


def _number(name: str, value: object, low: float, high: float) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, bool | str) or not low <= number <= high:
        raise ParameterError(f"{name}={value!r} must be a number from {low} to {high}")
    return number


def _meter(value: object) -> str:
    return value.name if isinstance(value, Meter) else Meter.parse(_text("meter", value)).name


def _instruments(value: object) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, tuple | list) or len(names) != 1:
        raise ParameterError(
            f"instruments={value!r} must name one instrument, such as ['flute']: a piece has one "
            f"part so far"
        )
    return (INSTRUMENTS[program_of(names[0])],)
