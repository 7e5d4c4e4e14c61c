"""What a plan asks of the notes: cadences and keys as rules, varied returns as a leaning.

Conventions
-----------
A plan is a wish, like all that a style adds: its rules are given up where what was asked for needs
it. Its varied returns are no rules at all; they make likely what they keep.

Contents
--------
PlanCadences, plan_keys, plan_cadences, PlannedPrediction
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from melodyai_edu.constraints import Rule, Slot
from melodyai_edu.constraints.structure import SectionKey
from melodyai_edu.constraints.text import write_bars
from melodyai_edu.score import Key
from melodyai_edu.theory.melody import leading_tones
from melodyai_edu.tokens import VOCABULARY

if TYPE_CHECKING:
    from melodyai_edu.composition.form_plan import FormPlan
    from melodyai_edu.composition.style import Steps
    from melodyai_edu.decoding.drawing import Prediction

__all__ = ["PlanCadences", "PlannedPrediction", "plan_cadences", "plan_keys"]

#: How sure it is that a varied bar keeps what its plan keeps; how far tension lifts pitches
#: [nats an octave, the tensest bar beside the calmest]; how far what all bars before have at a
#: place is avoided there [nats]. Chosen on training tunes (docs/LOG.md).
_SURE, _LIFT, _FRESH = 0.98, 2.0, 5.0

_OPEN_DEGREES = (2, 5)  # and the leading note; Caplin (1998), Classical Form, chapter 4

_BAR = VOCABULARY.id("Bar_line")
_DURATIONS = frozenset(VOCABULARY.ids_of("Duration"))
_SOUNDS = tuple(VOCABULARY.ids_of("Pitch"))
_HEIGHTS = {i: VOCABULARY.token(i).partition("_")[2] for i in _SOUNDS}
_PITCHED = {i: int(height) for i, height in _HEIGHTS.items() if height.isdigit()}


class PlanCadences(Rule):
    """Phrases close as planned: full on the tonic and at rest, half over a dominant chord."""

    name, layer, title = "plan_cadences", "structure", "the plan's cadences"

    def __init__(self, cadences: dict[int, str], calm: Steps) -> None:
        self.cadences, self.calm = cadences, calm

    @property
    def value(self) -> str:
        bars = ",".join(f"{bar}:{kind}" for bar, kind in self.cadences.items())
        return f"{bars};{hash(self.calm)}"

    def allows_event(self, slot: Slot) -> bool:
        kind = self.cadences.get(slot.bar) if slot.ends_bar else None
        if kind == "full":
            return not slot.is_rest and (slot.position, slot.duration) in self.calm
        return not (slot.is_rest and kind == "half")

    def key_of(self, slot: Slot) -> tuple[str, Key] | None:
        kind = self.cadences.get(slot.bar) if slot.ends_bar else None
        return (kind, slot.setting.key_at(slot.bar)) if kind else None

    def allows(self, pitch: int, slot: Slot) -> bool:
        found = self.key_of(slot)
        if found is None:
            return True
        kind, key = found
        if kind == "full":
            return pitch % 12 == key.tonic_pitch_class
        return key.scale.degree(pitch) in _OPEN_DEGREES or pitch % 12 in leading_tones(key)


def plan_cadences(
    plan: FormPlan, calm: Steps, without: Collection[int] = ()
) -> tuple[PlanCadences, ...]:
    """Give the cadences of a plan as rules: all of them, and the full ones alone.

    Parameters
    ----------
    plan : FormPlan
    calm : frozenset of (position, duration) [ticks]
        The notes on which a bar comes to rest.
    without : collection of int, optional
        Bars that are left out.

    Returns
    -------
    rules : tuple of PlanCadences
        Each asks for less than the one before.
    """
    every = {bar: kind for bar, kind in plan.cadences if bar not in without}
    full = {bar: kind for bar, kind in every.items() if kind == "full"}
    return tuple(PlanCadences(some, calm) for some in (every, full) if some)


def plan_keys(plan: FormPlan, without: Collection[int] = ()) -> tuple[SectionKey, ...]:
    """Give the keys of a plan's sections as rules.

    Parameters
    ----------
    plan : FormPlan
    without : collection of int, optional
        Bars that are left out.

    Returns
    -------
    rules : tuple of SectionKey
    """
    rules = []
    for section in plan.sections:
        bars = range(section.first_bar, section.first_bar + section.bars)
        kept = tuple(bar for bar in bars if bar not in without)
        if section.key is not None and kept:
            rules.append(SectionKey(f"{write_bars(kept)} {section.key.name}"))
    return tuple(rules)


class PlannedPrediction:
    """A model that follows a plan: it remembers its bars, and varies them where they return.

    Parameters
    ----------
    prediction : Prediction
        The model itself; at the beginning of a piece without a pickup.
    plan : FormPlan
    sure : float, default 0.98 [0-1]
        How likely a note is that the plan keeps; 0 leaves the model alone.
    lift : float, default 2.0 [nats an octave]
        How much likelier a pitch is than the one an octave below, in the tensest bar against the
        calmest; 0 leaves the model alone.
    fresh : float, default 5.0 [nats]
        How far the pitches that bars before had at the same place are avoided where the plan
        wants something new; 0 leaves the model alone.
    """

    def __init__(
        self,
        prediction: Prediction,
        plan: FormPlan,
        sure: float = _SURE,
        lift: float = _LIFT,
        fresh: float = _FRESH,
    ) -> None:
        self.prediction, self.plan, self.sure = prediction, plan, sure
        self.fresh = fresh
        self._varied = {one.bar: one for one in plan.varied}
        self._bar, self._position = -1, 0
        self._duration: int | None = None
        self._events: dict[int, dict[int, tuple[int, int]]] = {}
        heights = np.zeros(len(VOCABULARY))
        heights[list(_PITCHED)] = [(pitch - 60) / 12 for pitch in _PITCHED.values()]
        self._lifts = [np.exp(lift * (tension - 0.5) * heights) for tension in plan.tension]

    def distribution(self) -> np.ndarray:
        """Predict the next token [shape=(V,), float]."""
        probabilities = self.prediction.distribution()
        if not 0 <= self._bar < self.plan.bars:
            return probabilities
        wanted, is_kept = self._wanted()
        if is_kept and wanted is not None:
            probabilities = (1 - self.sure) * probabilities
            probabilities[wanted] += self.sure
        elif self._duration is not None:
            probabilities = probabilities * self._lifts[self._bar] * self._freshness()
            if wanted is not None:
                probabilities[wanted] *= 1 - self.sure
            probabilities = probabilities / probabilities.sum()
        return probabilities

    def observe(self, token_id: int) -> None:
        """Hear what came."""
        self.prediction.observe(token_id)
        if token_id == _BAR:
            self._bar, self._position, self._duration = self._bar + 1, 0, None
            self._events[self._bar] = {}
        elif token_id in _DURATIONS:
            self._duration = token_id
        elif self._duration is not None and self._bar >= 0:
            self._events[self._bar][self._position] = (self._duration, token_id)
            self._position += _ticks(self._duration)
            self._duration = None

    def _wanted(self) -> tuple[int | None, bool]:
        """Give the token that the varied bar has here, and whether it stays."""
        change = self._varied.get(self._bar)
        event = self._events[change.original].get(self._position) if change else None
        if change is None or event is None:
            return None, False
        is_kept = change.keeps(self._position, _ticks(event[0]))
        return event[self._duration is not None], is_kept

    def _freshness(self) -> np.ndarray:
        """Weigh what bars before had here: the more of them, the less likely it is."""
        others = [events for bar, events in self._events.items() if bar < self._bar]
        counts = np.zeros(len(VOCABULARY))
        for events in others:
            if self._position in events:
                counts[events[self._position][1]] += 1
        weights: np.ndarray = np.exp(-self.fresh * counts / max(len(others), 1))
        return weights


def _ticks(duration_id: int) -> int:
    return int(VOCABULARY.token(duration_id).partition("_")[2])
