"""What a person asks for: one validated value for notebook, command line and HTTP.

Conventions
-----------
What is left out (``None``) is chosen when the piece is composed, always in the same way: it
depends on nothing but the other fields. A tempo counts quarter notes a minute.

Contents
--------
MAX_BARS, CompositionRequest
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from melodyai_edu.composition import library
from melodyai_edu.composition import request_values as values_of
from melodyai_edu.composition.instruments import INSTRUMENTS, program_of
from melodyai_edu.composition.pattern import HARMONY_STYLES
from melodyai_edu.composition.pattern_library import list_patterns
from melodyai_edu.composition.resolving import resolve
from melodyai_edu.composition.taste import MAX_CANDIDATES, check_taste
from melodyai_edu.composition.voice import check_model
from melodyai_edu.constraints import Rule, as_rules
from melodyai_edu.constraints.rhythm import Bars
from melodyai_edu.constraints.structure import FormRule
from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.json_text import read_json
from melodyai_edu.score import Key

__all__ = ["MAX_BARS", "CompositionRequest"]

#: The longest piece [bars].
MAX_BARS = 128

_SEEDS = 2**63

#: The most bars before and after a piece.
_MOST_AROUND = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionRequest:
    """A piece to be composed.

    Parameters
    ----------
    genre : str, optional
        One of `library.offered_genres`. Left out: all genres together.
    mood : str or (float, float), optional
        A name such as ``"happy"``, or valence and arousal from -1 to 1
        (`melodyai_edu.features.mood`). Steers mode, tempo, a network, and how it is played; what
        is given here as well comes first.
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
    instruments : tuple of str, optional
        General MIDI names, the one that plays the melody first, ``"drums"`` among them. Left out:
        the arrangement's own, or a piano where the melody stands alone.
    arrangement : str, optional
        How it is accompanied: a pattern such as ``"jig"`` or ``"bossa nova"``
        (`melodyai_edu.composition.arrange`), or a file of one. Left out: one that suits the genre
        where several instruments are asked for; else the melody alone.
    harmony : str, optional
        The style of the chords: ``"folk"``, ``"pop"`` or ``"jazz"``. Left out: the arrangement's.
    counter_melody : bool, default False
        Whether a second line goes along.
    humanise : bool, default True
        Whether loudness and timing vary as when people play.
    intro, ending : int, default 0 [bars]
        Bars of the accompaniment before and after the piece, up to 16 each; on top of ``bars``.
    corpus : str, optional
        A corpus of your own to learn from, such as ``"mine"``. Left out: those of the package.
    model : str, optional
        What draws the notes: ``"ngram"``, a network such as ``"melody-small-transformer"``, or a
        folder of one that you trained; with its checksum behind it, as a piece says it, no other
        is taken. Left out: the best at hand; the piece says which.
    guidance : float, default 1.0
        How far a network moves towards the genre: 1 as it learned, up to 5; an n-gram has no such
        dial.
    taste : str, optional
        A taste that was learned from ratings, such as ``"melody-mine-1"``, or a ``.json`` file of
        one; with its checksum behind it, as a piece says it, no other is taken.
    candidates : int, default 1
        So many melodies are drawn, up to 32, and the one that the taste likes most is taken.
    form : str, optional
        Letters for equal sections, such as ``"AABB"``. Left out: as a tune of the genre has it.
    rules : tuple of str or Rule, optional
        What must hold, such as ``"max_leap=9"``; see `melodyai_edu.rules`. A rule ``bars=...``
        comes before the field.
    seeds : mapping of str to int, optional
        Seeds of single modules (plan, harmony, melody, arrangement) instead of ``seed``: the same
        melody with other chords has another ``"harmony"``.

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
    mood: str | tuple[float, float] | None = None
    key: str | None = None
    meter: str | None = None
    bars: int = 16
    tempo: float | None = None
    seed: int = 0
    temperature: float = 1.0
    instruments: tuple[str, ...] | None = None
    arrangement: str | None = None
    harmony: str | None = None
    counter_melody: bool = False
    humanise: bool = True
    intro: int = 0
    ending: int = 0
    corpus: str | None = None
    model: str | None = None
    guidance: float = 1.0
    taste: str | None = None
    candidates: int = 1
    form: str | None = None
    rules: tuple[str | Rule, ...] = ()
    seeds: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        self._set("rules", tuple(values_of.rule_text(rule) for rule in as_rules(self.rules)))
        for rule in self.all_rules:
            if isinstance(rule, Bars):
                self._set("bars", rule.bars)
        self._check_numbers()
        if self.model is not None:
            check_model(values_of.text("model", self.model), self.guidance)
        check_taste(self.taste, self.candidates)
        self._check_music()
        self._check_playing()

    def _check_numbers(self) -> None:
        self._set("bars", values_of.whole("bars", self.bars, 1, MAX_BARS))
        self._set("seed", values_of.whole("seed", self.seed, 0, _SEEDS))
        self._set("candidates", values_of.whole("candidates", self.candidates, 1, MAX_CANDIDATES))
        self._set("seeds", values_of.module_seeds(self.seeds))
        self._set("temperature", values_of.number("temperature", self.temperature, 0.1, 3.0))
        self._set("guidance", values_of.number("guidance", self.guidance, 1.0, 5.0))
        if self.tempo is not None:
            self._set("tempo", values_of.number("tempo", self.tempo, 20, 400))
        for name in ("intro", "ending"):
            self._set(name, values_of.whole(name, getattr(self, name), 0, _MOST_AROUND))
        for name in ("counter_melody", "humanise"):
            values_of.truth(name, getattr(self, name))

    def _check_music(self) -> None:
        """Check what depends on the tunes that are learned from."""
        if self.corpus is not None:
            library.train_tunes(values_of.text("corpus", self.corpus))
        if self.genre is not None:
            values_of.choice("genre", self.genre, library.offered_genres(self.corpus), _idiom(self))
        if self.mood is not None:
            self._set("mood", values_of.mood_place(self.mood))
        if self.meter is not None:
            self._set("meter", values_of.meter_name(self.meter))
            kind = f" for genre={self.genre!r}" if self.genre else ""
            offered = library.offered_meters(self.genre, self.corpus)
            values_of.choice("meter", self.meter, offered, kind)
        if self.key is not None:
            key = (
                self.key
                if isinstance(self.key, Key)
                else Key.parse(values_of.text("key", self.key))
            )
            modes = library.offered_modes(self.corpus)
            values_of.choice("mode", key.mode, modes, f" (in key={key.name!r})")
            self._set("key", key.name)

    def _check_playing(self) -> None:
        """Check who plays, and what."""
        if self.instruments is not None:
            self._set("instruments", values_of.instrument_names(self.instruments))
        if self.arrangement is not None:
            self._set("arrangement", values_of.arrangement_name(self.arrangement))
        if self.harmony is not None:
            values_of.choice("harmony", self.harmony, HARMONY_STYLES)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules, with the form as one of them."""
        form = () if self.form is None else (FormRule(values_of.text("form", self.form)),)
        return (*as_rules(self.rules), *form)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields as they were given, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def is_arranged(self) -> bool:
        """Whether there is more than the melody alone."""
        several = self.instruments is not None and len(self.instruments) > 1
        return several or self.arrangement is not None or self.counter_melody

    @property
    def melody_instrument(self) -> str:
        """Who plays the melody."""
        return self.instruments[0] if self.instruments else INSTRUMENTS[0]

    @property
    def program(self) -> int:
        """The melody's program [General MIDI, 0-127]."""
        return program_of(self.melody_instrument)

    def seed_of(self, module: str) -> int:
        """Give the seed of a module: its own, or the piece's.

        Parameters
        ----------
        module : str
            One of `melodyai_edu.composition.request_values.MODULES`.

        Examples
        --------
        >>> request = CompositionRequest(seed=7, seeds={"harmony": 3})
        >>> request.seed_of("harmony"), request.seed_of("melody")
        (3, 7)
        """
        values_of.choice("module", module, values_of.MODULES)
        return dict(self.seeds).get(module, self.seed)

    def resolved(self) -> Self:
        """Fill in everything that was left out.

        Returns
        -------
        request : CompositionRequest
            Composes the same piece; no field is ``None`` but ``genre``, if all are pooled,
            ``mood``, ``taste``, ``form`` and ``corpus``, and what belongs to an arrangement, if
            there is none.

        Examples
        --------
        >>> CompositionRequest(genre="jig").resolved().meter
        '6/8'
        """
        return resolve(self)

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
                    f"written down: leave it out of a request that travels"
                )
        plain = {n: list(v) if isinstance(v, tuple) else v for n, v in self.fields.items()}
        return plain | {"seeds": dict(self.seeds)}

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
        if not isinstance(values, Mapping):
            raise ParameterError(f"request={str(values)[:80]} must be a dict of fields")
        known = [field.name for field in fields(cls)]
        for name in values:
            values_of.choice("field", name, known)
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
            values = read_json(text)
        except (TypeError, InputError) as error:
            raise ParameterError(f"request must be a JSON object ({error})") from error
        if not isinstance(values, dict):
            raise ParameterError(f"request={text[:80]!r} must be a JSON object")
        return cls.from_dict(values)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Describe a request for other programs: a JSON schema, draft 2020-12.

        Returns
        -------
        schema : dict
            Every field with its type, what it means, what it may be, and its default.

        Examples
        --------
        >>> CompositionRequest.json_schema()["properties"]["bars"]["maximum"]
        128
        """
        from melodyai_edu.composition.request_schema import request_schema

        return request_schema(cls)


def _idiom(request: CompositionRequest) -> str:
    """Point to an arrangement, where one was asked for as a genre."""
    name = str(request.genre).lower()
    if name in list_patterns() and name not in library.offered_genres():
        return f" is an arrangement, arrangement={name!r}; a genre"
    return ""
