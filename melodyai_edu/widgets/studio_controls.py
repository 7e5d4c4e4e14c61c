"""Every control of a request, and the fields that they ask for together.

Conventions
-----------
What is left at its first choice is left out of the request, so the composer chooses, always in the
same way. Choices are what the composer offers.

Contents
--------
RequestControls
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key
from melodyai_edu.widgets import studio_parts as parts
from melodyai_edu.widgets.keys import SHARPER, TONICS, key_name
from melodyai_edu.widgets.mood_pad import MoodPad
from melodyai_edu.widgets.studio_band import BandControls
from melodyai_edu.widgets.studio_motif import MotifControls
from melodyai_edu.widgets.studio_rules import RuleControls

if TYPE_CHECKING:
    from melodyai_edu.score import Score

__all__ = ["RequestControls"]

_ANY, _BEST = "any", "the best at hand"
_FLATTER = {sharp: flat for flat, sharp in SHARPER.items()} | {"Gb": "F#", "Cb": "B"}
_BAND = ("arrangement", "harmony", "instruments", "humanise")


class RequestControls:
    """Controls from genre to motif.

    Parameters
    ----------
    run : callable, optional
        How a motif is read; see `melodyai_edu.widgets.studio_motif.MotifControls`.
    is_simple : bool, default False
        Whether only genre, mood, bars and seed are shown.

    Attributes
    ----------
    named : dict of str to ipywidgets.Widget
        ``genre``, ``tonic``, ``mode``, ``meter``, ``bars``, ``tempo``, ``form``, ``temperature``,
        ``guidance``, ``model``, ``seed``, ``is_new_seed``.
    mood : MoodPad
    band : BandControls
    rules : RuleControls
    motif : MotifControls
    widget : ipywidgets.VBox
    """

    def __init__(self, run: Callable[..., Any] | None = None, *, is_simple: bool = False) -> None:
        self.named = _named()
        self.mood = MoodPad(has_sliders=not is_simple)
        self.band, self.rules = BandControls(), RuleControls()
        self.motif = MotifControls(run, self._suit_motif)
        self._fixed: dict[str, Any] = {}
        self.named["genre"].observe(self._offer_meters, names="value")
        self.named["tonic"].observe(self._offer_modes, names="value")
        self.named["model"].observe(self._offer_guidance, names="value")
        self._offer_meters()
        self._offer_modes()
        self.widget = self._simple() if is_simple else self._full()

    def _simple(self) -> Any:
        one = self.named
        seed = parts.row(one["seed"], one["is_new_seed"])
        return parts.column(one["genre"], self.mood.widget, one["bars"], seed)

    def _full(self) -> Any:
        one = self.named
        key = parts.row(one["tonic"], one["mode"], name="mai-pair")
        first = [one["genre"], one["bars"], key, one["meter"], one["tempo"], one["form"]]
        model = [one["model"], one["temperature"], one["guidance"], one["seed"], one["is_new_seed"]]
        sections = [
            ("Mood", self.mood.widget),
            ("Band", self.band.widget),
            ("Rules", self.rules.widget),
            ("Model and chance", parts.column(*model)),
            ("Your motif", self.motif.widget),
        ]
        return parts.column(*first, parts.folded(sections, first=0))

    def _offer_meters(self, _: object = None) -> None:
        """Offer the meters of the chosen genre; keep the one that was chosen if it has it."""
        from melodyai_edu.composition import library

        genre, chosen = self.named["genre"].value, self.named["meter"].value
        offered = (_ANY, *library.offered_meters(None if genre == _ANY else genre))
        self.named["meter"].options = offered
        self.named["meter"].value = chosen if chosen in offered else _ANY

    def _offer_modes(self, _: object = None) -> None:
        """Offer modes only with a tonic: without one the genre's own keys are drawn."""
        self.named["mode"].disabled = self.named["tonic"].value == _ANY

    def _offer_guidance(self, _: object = None) -> None:
        """Offer guidance only where there is a network to guide."""
        is_ngram = self.named["model"].value == "ngram"
        self.named["guidance"].disabled = is_ngram
        if is_ngram:
            self.named["guidance"].value = 1.0

    @property
    def fields(self) -> dict[str, Any]:
        """What is asked for, as the fields of a `melodyai_edu.CompositionRequest`."""
        value = {name: control.value for name, control in self.named.items()}
        asked = {name: value[name] for name in ("genre", "meter") if value[name] != _ANY}
        if self.mood.value is not None:
            asked["mood"] = self.mood.value
        if value["tonic"] != _ANY:
            asked["key"] = key_name(value["tonic"], value["mode"])
        if value["tempo"].strip():
            asked["tempo"] = _number("tempo", value["tempo"])
        if value["form"].strip():
            asked["form"] = value["form"].strip()
        asked |= {"bars": value["bars"], "seed": value["seed"]} | self.band.fields
        if value["model"] != _BEST:
            asked["model"] = value["model"]
        for name in ("temperature", "guidance"):
            if value[name] != 1.0:
                asked[name] = value[name]
        rules = [*self._motif_rules(asked), *self.rules.asked]
        return self._fixed | asked | ({"rules": rules} if rules else {})

    def _motif_rules(self, asked: dict[str, Any]) -> tuple[str, ...]:
        if self.motif.score is None:
            return ()
        from melodyai_edu.composition import CompositionRequest

        meter = CompositionRequest.from_dict(asked).resolved().meter
        instrument = self.band.melody_instrument
        return self.motif.rules(
            meter=meter, key=asked.get("key"), bars=asked["bars"], instrument=instrument
        )

    def _suit_motif(self, score: Score | None) -> None:
        """Ask for the motif's own key and meter, as far as they are offered."""
        if score is None:
            return
        self._set_key(score.key.name)
        if score.meter.name in self.named["meter"].options:
            self.named["meter"].value = score.meter.name

    def _set_key(self, name: str) -> None:
        key = Key.parse(name)
        tonic = _FLATTER.get(key.tonic, key.tonic)
        if tonic in TONICS and key.mode in self.named["mode"].options:
            self.named["tonic"].value, self.named["mode"].value = tonic, key.mode

    def set(self, **fields: Any) -> None:
        """Show the fields of a request.

        Parameters
        ----------
        **fields
            Of a `melodyai_edu.CompositionRequest`. Those without a control are asked for as they
            are.

        Raises
        ------
        ParameterError
            If a value cannot be had.
        """
        from melodyai_edu.composition import CompositionRequest

        request = CompositionRequest.from_dict(fields)
        given = {name: request.fields[name] for name in fields}
        self.band.set(**{name: given.pop(name) for name in _BAND if name in given})
        self.mood.value = given.pop("mood", None)
        self.rules.set(given.pop("rules", ()))
        if key := given.pop("key", None):
            self._set_key(key)
        self.named["genre"].value = given.pop("genre", None) or _ANY
        for name in [name for name in given if name in self.named]:
            self._show(name, given.pop(name))
        self._fixed = {name: value for name, value in given.items() if value is not None}

    def _show(self, name: str, value: Any) -> None:
        control = self.named[name]
        if value is None:
            return
        if name == "model" and value not in control.options:
            control.options = (*control.options, value)
        if name == "tempo":
            value = f"{value:g}"
        control.value = value
        if control.value != value:
            raise ParameterError(
                f"{name}={value!r} must be from {control.min} to {control.max} in the studio"
            )

    def next_seed(self) -> None:
        """Count the seed up, if a new one is asked for at each press."""
        if self.named["is_new_seed"].value:
            self.named["seed"].value += 1

    @property
    def model(self) -> str | None:
        """The model that composes; ``None`` for the best at hand."""
        name = self.named["model"].value
        return None if name == _BEST else str(name)

    def offer_model(self, name: str | None) -> None:
        """Choose a model; one that is new is added to the list.

        Parameters
        ----------
        name : str or None
            ``None``: the best at hand.
        """
        self._show("model", name or _BEST)


def _number(name: str, text: str) -> float:
    """Read a number that somebody typed."""
    try:
        return float(text)
    except ValueError as error:
        raise ParameterError(f"{name}={text!r} must be a number, such as 112") from error


def _models() -> tuple[str, ...]:
    """List what draws melodies."""
    from melodyai_edu.composition.voice import check_model
    from melodyai_edu.models.saved import list_models

    found = []
    for name in list_models():
        try:
            check_model(name)
        except ParameterError:
            continue
        found.append(name)
    return ("ngram", *found)


def _named() -> dict[str, Any]:
    """Build the controls that stand for one field each."""
    import ipywidgets

    from melodyai_edu.composition import library

    tonic = parts.dropdown("key", (_ANY, *TONICS), _ANY)
    mode = parts.dropdown("", library.offered_modes(), "major")
    seed = ipywidgets.BoundedIntText(
        value=1, min=0, max=2**31 - 1, description="seed", style={"description_width": "92px"}
    )
    seed.layout.width = "190px"
    return {
        "genre": parts.dropdown("genre", (_ANY, *library.offered_genres()), "jig"),
        "bars": parts.slider("bars", 1, 128, 16, 1, is_whole=True),
        "tonic": tonic,
        "mode": mode,
        "meter": parts.dropdown("meter", (_ANY,), _ANY),
        "tempo": parts.text("tempo", hint="usual; quarter notes a minute"),
        "form": parts.text("form", hint="the genre's; such as AABB"),
        "temperature": parts.slider("temperature", 0.1, 3.0, 1.0, 0.05),
        "guidance": parts.slider("guidance", 1.0, 5.0, 1.0, 0.1),
        "model": parts.dropdown("model", (_BEST, *_models()), _BEST),
        "seed": seed,
        "is_new_seed": parts.check("a new one at each press", True),
    }
