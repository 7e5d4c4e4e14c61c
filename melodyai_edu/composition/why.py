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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyai_edu.composition.facts import begin_again
from melodyai_edu.composition.hearing import TONIC
from melodyai_edu.composition.library import train_index
from melodyai_edu.constraints import Automaton, Setting
from melodyai_edu.constraints.explain import spell
from melodyai_edu.constraints.judge import Judge
from melodyai_edu.constraints.text import write_duration
from melodyai_edu.decoding import Performance
from melodyai_edu.decoding.copies import CopyWatch, longest_copy
from melodyai_edu.errors import ParameterError
from melodyai_edu.tokens import VOCABULARY

if TYPE_CHECKING:
    from melodyai_edu.composition.composition import Composition

__all__ = ["Choice", "Why", "explain_note"]


class Choice(NamedTuple):
    """One pitch that might have sounded, or one length that it might have had.

    Parameters
    ----------
    pitch : str
        Its name, or ``"rest"``; a length as a note value.
    probability : float [0-1]
        What the model gave it before any rule was heard, among all of its kind.
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
        Every pitch between the lowest and the highest at hand, from above; a rest last.
    lengths : tuple of Choice
        The same for how long it might have been, before the sound was chosen.
    """

    place: str
    text: str
    choices: tuple[Choice, ...]
    lengths: tuple[Choice, ...] = ()

    @property
    def legal(self) -> tuple[str, ...]:
        """The names of what was legal."""
        return tuple(choice.pitch for choice in self.choices if not choice.forbidden_by)

    def __str__(self) -> str:
        return "\n".join([self.text, *_rows(self.choices), "Its length:", *_rows(self.lengths)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        sounds, lengths = _table("sound", self.choices), _table("length", self.lengths)
        return f"<p>{html.escape(self.text)}</p>{sounds}{lengths}"


def _rows(choices: Iterable[Choice]) -> list[str]:
    return [
        f"{'>' if c.is_chosen else ' '} {c.pitch:<5} {c.probability:6.1%}  "
        f"{'legal' if not c.forbidden_by else 'forbidden: ' + ', '.join(c.forbidden_by)}"
        for c in choices
    ]


def _table(kind: str, choices: Iterable[Choice]) -> str:
    rows = "".join(
        f"<tr><td>{'&#9654;' if c.is_chosen else ''}</td><td>{html.escape(c.pitch)}</td>"
        f"<td>{c.probability:.1%}</td><td style='text-align:left'>"
        f"{html.escape(', '.join(c.forbidden_by)) or 'legal'}</td></tr>"
        for c in choices
    )
    return (
        f"<table><tr><th></th><th>{kind}</th><th>the model's probability</th>"
        f"<th>forbidden by</th></tr>{rows}</table>"
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
    state = automaton.follow(drawn[:place])
    repeated = f" (bar {bar} repeats bar {original + 1})" if original != bar - 1 else ""
    value = write_duration(automaton.grid.durations[state.column])
    choices = _choices(piece, drawn, place, _sounds(automaton))
    lengths = _choices(piece, drawn, place - 1, _lengths(automaton))
    chosen = next(choice for choice in choices if choice.is_chosen)
    number = sum(not choice.forbidden_by for choice in choices)
    text = (
        f"{automaton.place(state).capitalize()}{repeated}: {chosen.pitch} for {value}, chosen "
        f"among {number} legal of {len(choices)}."
    )
    return Why(automaton.place(state), text, choices, lengths)


def _position(automaton: Automaton, bar: int, beat: float) -> int:
    setting = automaton.grid.setting
    meter, first = setting.meter, 0 if setting.pickup else 1
    if not hasattr(bar, "__index__") or isinstance(beat, str):
        raise ParameterError(f"bar={bar!r} and beat={beat!r} must be numbers, such as 3 and 1.5")
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


def _choices(
    piece: Composition, drawn: Sequence[int], place: int, named: Iterable[tuple[str, int]]
) -> tuple[Choice, ...]:
    """Judge all that might have stood at a place: sounds, or lengths."""
    named = tuple(named)
    chances = _probabilities(piece, drawn[:place], [token_id for _, token_id in named])
    judge, watch = Judge(piece.automaton, drawn[:place]), _watch(piece, drawn)
    legal = piece.automaton.mask(judge.state)
    found = []
    for name, token_id in named:
        with_it = [*drawn[:place], token_id]
        forbidden = _copying(watch, with_it) if legal[token_id] else judge.reasons(token_id)
        found.append(Choice(name, float(chances[token_id]), forbidden, token_id == drawn[place]))
    return tuple(found)


def _sounds(automaton: Automaton) -> list[tuple[str, int]]:
    """List name and token of every pitch from the highest to the lowest, and of the rest."""
    pitches, found = automaton.grid.setting.pitches, []
    for pitch in range(max(pitches), min(pitches) - 1, -1):
        token = f"Pitch_{pitch - automaton.tonic_pitch + TONIC}"
        if token in VOCABULARY:
            found.append((spell(pitch, automaton.key), VOCABULARY.id(token)))
    return [*found, ("rest", automaton.rest_id)]


def _lengths(automaton: Automaton) -> list[tuple[str, int]]:
    """List every usual length, and the style's own."""
    lengths = sorted({*automaton.grid.durations, *Setting().durations})
    return [(write_duration(d), VOCABULARY.id(f"Duration_{d}")) for d in lengths]


def _probabilities(piece: Composition, drawn: Sequence[int], tokens: Sequence[int]) -> np.ndarray:
    """Ask the model again, having heard the piece up to there: what it gave each of its kind."""
    prediction = begin_again(piece)
    performance = Performance(piece.automaton, prediction.observe)
    for token_id in drawn:
        performance.draw(token_id)
    kind, _, _ = VOCABULARY.token(tokens[0]).partition("_")
    chances, among = prediction.distribution(), np.zeros(len(VOCABULARY))
    same = list(VOCABULARY.ids_of(kind))
    among[same] = chances[same]
    shares: np.ndarray = among / among.sum()
    return shares


def _watch(piece: Composition, drawn: Sequence[int]) -> CopyWatch | None:
    """Give the guard against copied runs, if a rule asked for it; the piece is its witness."""
    longest = longest_copy(piece.automaton.rules)
    if longest is None:
        return None
    return CopyWatch(piece.automaton, train_index(piece.request.corpus), longest, witness=drawn)


def _copying(watch: CopyWatch | None, drawn: Sequence[int]) -> tuple[str, ...]:
    """Name the rule against copying, where only that forbids the last token."""
    if watch is None or watch.is_open(drawn):
        return ()
    return (f"no_copy={watch.longest}{'' if watch.copies(drawn) else ' (later)'}",)
