"""Why a token is illegal: the rules that forbid it, here or for what would have to follow.

Conventions
-----------
A rule that forbids a token by itself is named by its title. Where none does, no legal piece goes
on from the token; then the rules are named without which one would, with ``(later)``.

Contents
--------
Judge, refusal_text, refusals
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from melodyai_edu.constraints.automaton import DURATION, Automaton, State
from melodyai_edu.constraints.compile import compile_or_none
from melodyai_edu.constraints.explain import next_text, spell
from melodyai_edu.constraints.grid import occurrence_slots
from melodyai_edu.constraints.rule import Memory, Rule, Slot, is_forbidden
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.constraints.text import write_duration
from melodyai_edu.errors import ParameterError

__all__ = ["Judge", "refusal_text", "refusals"]


def refusals(automaton: Automaton, state: State, pitch: int | None) -> tuple[Rule, ...]:
    """List the rules that forbid a sound by themselves where one is awaited.

    Parameters
    ----------
    automaton : Automaton
    state : State
        With a duration that waits for its sound.
    pitch : int or None [MIDI]
        None for a rest.

    Returns
    -------
    rules : tuple of Rule
        Empty if the sound is legal, or illegal only for what would have to follow.
    """
    duration = automaton.grid.durations[state.column]
    slot = automaton.grid.slot_of(state.node, duration, is_rest=pitch is None)
    broken = _refuse_event(automaton, slot)
    if pitch is None:
        return broken
    number = int(automaton.line.previous[state.line])
    previous = automaton.line.pitches[number] if number >= 0 else None
    memories = dict(
        zip(automaton.line.remembering, automaton.line.memories[state.line], strict=True)
    )
    is_guarded = slot.begins_bar and slot.bar in automaton.grid.plan.guarded_entries
    before = None if is_guarded and slot.bar else previous
    return tuple(
        rule
        for rule in automaton.rules
        if rule in broken
        or _refuses(rule, memories.get(rule, rule.start), before, pitch, slot, automaton)
    )


def _refuse_event(automaton: Automaton, slot: Slot) -> tuple[Rule, ...]:
    """List the rules that forbid a note, or a rest, so long at a place."""
    slots = [each for each, _ in occurrence_slots(slot, automaton.grid.plan)]
    locked = [rule for rule in automaton.rules if isinstance(rule, Locked)]
    deciding = [rule for rule in locked if any(each.bar in rule.events for each in slots)]
    return tuple(
        rule
        for rule in deciding or automaton.rules
        if not all(rule.allows_event(each) for each in slots)
    )


def _refuses(
    rule: Rule,
    memory: Memory,
    previous: int | None,
    pitch: int,
    slot: Slot,
    automaton: Automaton,
) -> bool:
    places = occurrence_slots(slot, automaton.grid.plan)
    for each, shift in places[:1] if rule.hears_once else places:
        before = None if previous is None else previous + shift
        if not rule.allows(pitch + shift, each):
            return True
        if before is not None and not rule.follows(before, pitch + shift, each):
            return True
        if rule.overrides("step") and is_forbidden(
            rule.step(rule.shifted(memory, shift), before, pitch + shift, each)
        ):
            return True
    return False


class Judge:
    """Says why tokens are illegal after a beginning.

    Parameters
    ----------
    automaton : Automaton
    drawn : sequence of int
        Legal tokens of the bars that are drawn.

    Examples
    --------
    >>> from melodyai_edu.constraints import compile_rules
    >>> from melodyai_edu.tokens import VOCABULARY
    >>> automaton = compile_rules(["longest=1/4", "in_key"], length=1)
    >>> judge = Judge(automaton, VOCABULARY.ids(["Bar_line", "Duration_48"]))
    >>> judge.reasons(VOCABULARY.id("Pitch_61"))
    ('longest=1/4', 'in_key')
    """

    def __init__(self, automaton: Automaton, drawn: Sequence[int]) -> None:
        self.automaton, self.drawn = automaton, tuple(drawn)
        self.state = _state_after(automaton, self.drawn)

    def reasons(self, token_id: int) -> tuple[str, ...]:
        """Name the rules that forbid an illegal token; nothing if it is out of place.

        Parameters
        ----------
        token_id : int

        Returns
        -------
        reasons : tuple of str
        """
        kind, _, value = self.automaton.vocabulary.token(token_id).partition("_")
        if self.state.column >= 0 and kind == "Pitch":
            pitch = None if value == "rest" else self._pitch(int(value))
            broken = [rule.title for rule in refusals(self.automaton, self.state, pitch)]
            if not broken and pitch not in (None, *self.automaton.grid.setting.pitches):
                broken = ["the pitches at hand"]
        elif self.state.column == DURATION and kind == "Duration":
            broken = self._against_duration(int(value))
        else:
            return ()
        later = () if broken else self._later(token_id)
        return tuple(broken) or later or ("what must come later",)

    def _pitch(self, number: int) -> int:
        """Give the pitch [MIDI] that a token stands for."""
        return number - 60 + self.automaton.tonic_pitch

    def _against_duration(self, duration: int) -> list[str]:
        """Name the rules that let neither a note nor a rest be so long here."""
        grid = self.automaton.grid
        slots = [grid.slot_of(self.state.node, duration, is_rest=rest) for rest in (False, True)]
        if slots[0].end > grid.setting.meter.bar_duration:
            return ["bars_filled"]
        note, rest = (_refuse_event(self.automaton, slot) for slot in slots)
        return list(dict.fromkeys(r.title for r in (*note, *rest))) if note and rest else []

    def _later(self, token_id: int) -> tuple[str, ...]:
        """Name the rules without which the same beginning and this token are legal."""
        return tuple(
            f"{name} (later)"
            for name, other in self._relaxed
            if other is not None and _is_legal(other, [*self.drawn, token_id])
        )

    @cached_property
    def _relaxed(self) -> list[tuple[str, Automaton | None]]:
        """Compile without each rule in turn, once."""
        automaton = self.automaton
        return [(rule.title, _compile_without(automaton, rule)) for rule in automaton.rules]


def _compile_without(automaton: Automaton, rule: Rule) -> Automaton | None:
    try:
        return compile_or_none(
            automaton.setting,
            [other for other in automaton.rules if other is not rule],
            vocabulary=automaton.vocabulary,
            tonic_pitch=automaton.tonic_pitch,
        )
    except ParameterError:  # such as a cadence in a bar that the rule brings
        return None


def _state_after(automaton: Automaton, drawn: Sequence[int]) -> State:
    state = automaton.start()
    for token_id in drawn:
        state = automaton.next(state, token_id)
    return state


def _is_legal(automaton: Automaton, drawn: Sequence[int]) -> bool:
    try:
        _state_after(automaton, drawn)
    except ParameterError:
        return False
    return True


def refusal_text(automaton: Automaton, drawn: Sequence[int], token_id: int) -> str:
    """Say why a prompt is refused at a token.

    Parameters
    ----------
    automaton : Automaton
    drawn : sequence of int
        The legal tokens before it.
    token_id : int

    Returns
    -------
    text : str
    """
    judge = Judge(automaton, drawn)
    place = automaton.place(judge.state)
    if automaton.is_end(judge.state):
        return "the prompt goes on after the end of the piece: leave out what stands there"
    why = ", ".join(judge.reasons(token_id))
    token = automaton.vocabulary.token(token_id)
    follows = next_text(automaton, judge.state)
    if not why:
        return f"the prompt is not legal at {place}: {token}. {follows}"
    kind, _, value = token.partition("_")
    if kind == "Duration":
        name = f"one of length {write_duration(int(value))}"
    elif value == "rest":
        name = "a rest"
    else:
        name = spell(int(value) - 60 + automaton.tonic_pitch, automaton.key)
    return f"the prompt's first illegal note is {name} at {place}: it breaks {why}. {follows}"
