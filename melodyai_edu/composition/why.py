"""Why a note is what it is: what was legal there, what forbade the rest, what the model thought.

Conventions
-----------
The piece is walked through again, token by token, with the automaton and the model that made it.
A pitch that no rule forbids there may still be illegal: no legal piece goes on from it. Then the
rules are named without which one would.

Contents
--------
Choice, Why, explain_note
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.composition.facts import begin_again
from melodyai_edu.composition.library import train_index
from melodyai_edu.constraints import Automaton, State
from melodyai_edu.constraints.compile import compile_or_none
from melodyai_edu.constraints.explain import refusals, spell
from melodyai_edu.constraints.text import write_duration
from melodyai_edu.decoding import Performance
from melodyai_edu.decoding.copies import CopyWatch, longest_copy
from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY

if TYPE_CHECKING:
    from melodyai_edu.composition.composition import Composition

__all__ = ["Choice", "Why", "explain_note"]


class Choice(NamedTuple):
    """One pitch that might have sounded.

    Parameters
    ----------
    pitch : str
        Its name, or ``"rest"``.
    probability : float [0-1]
        What the model gave it before any rule was heard, among all sounds.
    forbidden_by : tuple of str
        Rules; empty if it was legal.
    is_chosen : bool
    """

    pitch: str
    probability: float
    forbidden_by: tuple[str, ...]
    is_chosen: bool


@dataclass(frozen=True, slots=True, repr=False)
class Why:
    """What stood to choice at one place.

    Parameters
    ----------
    place : str
        ``"bar 3 beat 2"``.
    text : str
        One sentence.
    choices : tuple of Choice
        From the highest pitch down; a rest last.
    """

    place: str
    text: str
    choices: tuple[Choice, ...]

    @property
    def legal(self) -> tuple[str, ...]:
        """The names of what was legal."""
        return tuple(choice.pitch for choice in self.choices if not choice.forbidden_by)

    def __str__(self) -> str:
        rows = [
            f"{'>' if c.is_chosen else ' '} {c.pitch:<5} {c.probability:6.1%}  "
            f"{'legal' if not c.forbidden_by else 'forbidden: ' + ', '.join(c.forbidden_by)}"
            for c in self.choices
        ]
        return "\n".join([self.text, *rows])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{'&#9654;' if c.is_chosen else ''}</td><td>{html.escape(c.pitch)}</td>"
            f"<td>{c.probability:.1%}</td><td style='text-align:left'>"
            f"{html.escape(', '.join(c.forbidden_by)) or 'legal'}</td></tr>"
            for c in self.choices
        )
        return (
            f"<p>{html.escape(self.text)}</p><table><tr><th></th><th>sound</th>"
            f"<th>the model's probability</th><th>forbidden by</th></tr>{rows}</table>"
        )


def explain_note(piece: Composition, bar: int, beat: float = 1.0) -> Why:
    """Explain what sounds at a place.

    Parameters
    ----------
    piece : Composition
    bar : int [from 1; 0 for a pickup]
    beat : float, default 1 [from 1]

    Returns
    -------
    why : Why

    Raises
    ------
    ParameterError
        If the piece has no such place.
    """
    automaton = piece.automaton
    position = _position(automaton, bar, beat)
    original = bar - 1 if bar == 0 else automaton.grid.plan.originals[bar - 1]
    drawn = _drawn_tokens(piece)
    place = _find(automaton, drawn, original, position)
    state = _state_after(automaton, drawn[:place])
    repeated = f" (bar {bar} repeats bar {original + 1})" if original != bar - 1 else ""
    value = write_duration(automaton.grid.durations[state.column])
    choices = _choices(piece, drawn, place, state)
    chosen = next(choice for choice in choices if choice.is_chosen)
    number = sum(not choice.forbidden_by for choice in choices)
    text = (
        f"{automaton.place(state).capitalize()}{repeated}: {chosen.pitch} for {value}, chosen "
        f"among {number} legal of {len(choices)}."
    )
    return Why(automaton.place(state), text, choices)


def _position(automaton: Automaton, bar: int, beat: float) -> int:
    setting = automaton.grid.setting
    meter, first = setting.meter, 0 if setting.pickup else 1
    if not first <= bar <= setting.bars:
        raise ParameterError(f"bar={bar} must be from {first} to {setting.bars}")
    beats = len(meter.beat_onsets)
    if not 1 <= beat < beats + 1:
        raise ParameterError(f"beat={beat} must be from 1 to under {beats + 1} in {meter.name}")
    whole = int(beat) - 1
    return meter.beat_onsets[whole] + round((beat - 1 - whole) * meter.beat_durations[whole])


def _drawn_tokens(piece: Composition) -> list[int]:
    """Keep the tokens of the bars that were drawn."""
    automaton = piece.automaton
    setting, plan = automaton.grid.setting, automaton.grid.plan
    bar, drawn = setting.first_bar - (not setting.pickup), []
    for token_id in piece.encoding.token_ids[4:-1]:  # between conditioning and end
        bar += token_id == automaton.bar_id
        if bar < 0 or plan.originals[bar] == bar:
            drawn.append(token_id)
    return drawn


def _find(automaton: Automaton, drawn: Sequence[int], bar: int, position: int) -> int:
    """Find the token of what sounds at a position: its sound, not its duration."""
    state = automaton.start()
    for place, token_id in enumerate(drawn):
        if state.column >= 0 and automaton.grid.bars[state.node] == bar:
            onset = int(automaton.grid.positions[state.node])
            if onset <= position < onset + automaton.grid.durations[state.column]:
                return place
        state = automaton.next(state, token_id)
    raise ParameterError(f"bar={bar + 1} has nothing at tick {position}: ask for another beat")


def _state_after(automaton: Automaton, drawn: Sequence[int]) -> State:
    state = automaton.start()
    for token_id in drawn:
        state = automaton.next(state, token_id)
    return state


def _choices(
    piece: Composition, drawn: Sequence[int], place: int, state: State
) -> tuple[Choice, ...]:
    automaton = piece.automaton
    chances = _probabilities(piece, drawn[:place])
    legal = automaton.mask(state)
    judge = _Judge(automaton, drawn[:place], state, _watch(piece, drawn))
    found = []
    low = automaton.pitch_ids[0] - automaton.line.pitches[0]  # from a pitch to its token
    for pitch in sorted(automaton.grid.setting.pitches, reverse=True):
        token_id = int(pitch + low)
        forbidden = judge.copying(token_id) if legal[token_id] else judge.reasons(pitch, token_id)
        name = spell(pitch, automaton.key)
        found.append(Choice(name, float(chances[token_id]), forbidden, token_id == drawn[place]))
    rest = automaton.rest_id
    forbidden = judge.copying(rest) if legal[rest] else judge.reasons(None, rest)
    found.append(Choice("rest", float(chances[rest]), forbidden, rest == drawn[place]))
    return tuple(found)


def _probabilities(piece: Composition, drawn: Sequence[int]) -> np.ndarray:
    """Ask the model again, having heard the piece up to there: what it gave each sound."""
    prediction = begin_again(piece)
    performance = Performance(piece.automaton, prediction.observe)
    for token_id in drawn:
        performance.draw(token_id)
    among_sounds = np.zeros(len(VOCABULARY))
    sounds = list(VOCABULARY.ids_of("Pitch"))
    among_sounds[sounds] = prediction.distribution()[sounds]
    shares: np.ndarray = among_sounds / among_sounds.sum()
    return shares


def _watch(piece: Composition, drawn: Sequence[int]) -> CopyWatch | None:
    """Give the guard against copied runs, if a rule asked for it; the piece is its witness."""
    longest = longest_copy(piece.automaton.rules)
    if longest is None:
        return None
    return CopyWatch(piece.automaton, train_index(piece.request.corpus), longest, witness=drawn)


class _Judge:
    """Says why a sound is illegal."""

    def __init__(
        self,
        automaton: Automaton,
        drawn: Sequence[int],
        state: State,
        watch: CopyWatch | None,
    ) -> None:
        self.automaton, self.drawn, self.state = automaton, drawn, state
        self.watch = watch
        self.relaxed: list[tuple[str, Automaton | None]] | None = None

    def copying(self, token_id: int) -> tuple[str, ...]:
        """Name the rule against copying, where only that forbids a sound."""
        drawn = [*self.drawn, token_id]
        if self.watch is None or self.watch.is_open(drawn):
            return ()
        later = "" if self.watch.copies(drawn) else " (later)"
        return (f"no_copy={self.watch.longest}{later}",)

    def reasons(self, pitch: int | None, token_id: int) -> tuple[str, ...]:
        if pitch is not None:
            direct = refusals(self.automaton, self.state, pitch)
            if direct:
                return tuple(rule.title for rule in direct)
        slot = self.automaton.grid.slot(self.state.node, self.state.column, pitch is None)
        rhythm = [r.title for r in self.automaton.rules if not r.allows_event(slot)]
        if rhythm:
            return tuple(rhythm)
        later = tuple(name for name, other in self._relaxed() if self._opens(other, token_id))
        return tuple(f"{name} (later)" for name in later) or ("what must come later",)

    def _relaxed(self) -> list[tuple[str, Automaton | None]]:
        """Compile without each rule in turn, once."""
        if self.relaxed is None:
            automaton = self.automaton
            self.relaxed = [
                (
                    rule.title,
                    compile_or_none(
                        automaton.setting,
                        [other for other in automaton.rules if other is not rule],
                        vocabulary=VOCABULARY,
                        tonic_pitch=automaton.tonic_pitch,
                    ),
                )
                for rule in automaton.rules
            ]
        return self.relaxed

    def _opens(self, other: Automaton | None, token_id: int) -> bool:
        """Say whether the same beginning and this token are legal there."""
        if other is None:
            return False
        try:
            _state_after(other, [*self.drawn, token_id])
        except ParameterError:
            return False
        return True
