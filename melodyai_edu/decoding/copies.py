"""Keeping a piece free of long runs of notes from the training tunes.

Conventions
-----------
A run is copied if its intervals and the times between its onsets stand in a tune. Remembering that
would take a state for nearly every run of notes in the corpus, too many for an automaton; so this
guard keeps a *witness* instead, one whole piece that begins with what is drawn so far and keeps
every rule. A token is open if a witness goes on with it. As there always is one, a dead end
cannot be met, however few tokens are open.

Contents
--------
CopyWatch, find_watch, longest_copy, refuse_no_copy
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from melodyai_edu.constraints import Automaton, Rule
from melodyai_edu.constraints.explain import spell
from melodyai_edu.constraints.phrase import NoCopy
from melodyai_edu.decoding.witness import Finding, KnownRuns, Place, WitnessSearch
from melodyai_edu.errors import ParameterError

__all__ = ["CopyWatch", "find_watch", "longest_copy", "refuse_no_copy"]

#: How many places a search looks at: before a token counts as closed; and at the very beginning,
#: where it begins again with another chance, ever longer.
_MOST, _MOST_AT_FIRST = 400, (1_000, 4_000, 16_000)


def longest_copy(rules: Sequence[Rule]) -> int | None:
    """Give the longest run that rules let be copied [notes]; None if they let any.

    Examples
    --------
    >>> from melodyai_edu.constraints import as_rules
    >>> longest_copy(as_rules(["no_copy=8", "no_copy=6"])), longest_copy(as_rules(["in_key"]))
    (6, None)
    """
    return min((rule.notes for rule in rules if isinstance(rule, NoCopy)), default=None)


def refuse_no_copy(automaton: Automaton, who: str) -> None:
    """Refuse an automaton whose rules forbid copying, for who cannot keep that.

    Raises
    ------
    ParameterError
        If a rule ``no_copy=...`` is among the automaton's.
    """
    longest = longest_copy(automaton.rules)
    if longest is not None:
        raise ParameterError(
            f"no_copy={longest} is more than an automaton remembers, and {who} cannot keep it: "
            f"leave it out, or draw with draw_piece(..., watch=CopyWatch(...)), as compose does"
        )


class CopyWatch:
    """Says which tokens leave a piece free of copied runs.

    Parameters
    ----------
    automaton : Automaton
    known : KnownRuns
        Such as a `melodyai_edu.evaluation.copying.CopyIndex`.
    longest : int [notes]
        The longest run that may be copied.
    witness : sequence of int, optional
        The drawn tokens of a piece that keeps to it, if one is known.

    Raises
    ------
    ParameterError
        If no piece is found that keeps to it.
    """

    def __init__(
        self,
        automaton: Automaton,
        known: KnownRuns,
        longest: int,
        *,
        witness: Sequence[int] = (),
    ) -> None:
        self._automaton, self.longest = automaton, longest
        self._search = WitnessSearch(automaton, known, longest)
        self._guide: dict[int, tuple[int, int]] = {}
        self._goals: dict[Hashable, list[int]] = {}
        self._begin()
        found = list(witness) or self._first()
        if found is None:
            raise ParameterError(
                f"no_copy={longest}: no piece that keeps the other rules was found that is free "
                f"of runs of {longest + 1} notes from the training tunes; allow longer runs"
            )
        self._keep(self._place, [], Finding(found), automaton)

    def _begin(self) -> None:
        self._drawn: list[int] = []
        self._place = self._search.start()

    def _first(self) -> list[int] | None:
        for most in _MOST_AT_FIRST:
            finding = self._search.find(self._place, self._automaton, {}, {}, most)
            if finding.new is not None or finding.is_sure:
                return finding.new
        return None

    def is_open(self, drawn: Sequence[int], automaton: Automaton | None = None) -> bool:
        """Say whether the tokens so far can be finished.

        Parameters
        ----------
        drawn : sequence of int
            The last is the one in question; those before it are open.
        automaton : Automaton, optional
            The one in force, if it holds the bar to a rhythm.
        """
        automaton = automaton or self._automaton
        if self._witness[: len(drawn)] == list(drawn) and automaton in self._in_force:
            return True
        place = self._reach(drawn)
        if place is None:
            return False
        finding = self._search.find(place, automaton, self._guide, self._goals, _MOST)
        if finding.new is None:
            return False
        self._keep(place, drawn, finding, automaton)
        return True

    def copies(self, drawn: Sequence[int]) -> bool:
        """Say whether the last token itself ends a run that is too long."""
        return self._reach(drawn) is None

    def follow(self, prompt: Sequence[int]) -> None:
        """Check a legal prompt.

        Raises
        ------
        ParameterError
            If it copies, or nothing legal goes on from it; the message names bar and beat.
        """
        automaton, state = self._automaton, self._automaton.start()
        for number, token_id in enumerate(prompt):
            drawn = prompt[: number + 1]
            if not self.is_open(drawn):
                pitches = dict(
                    zip(automaton.pitch_ids.tolist(), automaton.line.pitches, strict=True)
                )
                pitch = pitches.get(token_id)
                name = "a rest" if pitch is None else spell(pitch, automaton.key)
                later = "" if self.copies(drawn) else " (later)"
                raise ParameterError(
                    f"the prompt's first illegal note is {name} at {automaton.place(state)}: it "
                    f"breaks no_copy={self.longest}{later}"
                )
            state = automaton.next(state, token_id)

    def _reach(self, drawn: Sequence[int]) -> Place | None:
        """Give the place after tokens; all but the last are kept for the next question."""
        before = list(drawn[:-1])
        if before[: len(self._drawn)] != self._drawn:
            self._begin()
        for token_id in before[len(self._drawn) :]:
            place = self._search.after(self._place, token_id)
            if place is None:
                return None
            self._drawn.append(token_id)
            self._place = place
        return self._search.after(self._place, drawn[-1]) if drawn else self._place

    def _keep(
        self, place: Place, drawn: Sequence[int], finding: Finding, automaton: Automaton
    ) -> None:
        """Take a new witness: remember what it does where, and the way from each of its bars."""
        new, self._in_force = finding.new or [], (self._automaton, automaton)
        self._witness = [*drawn, *new, *finding.known]
        reached: Place | None = place
        for number, token_id in enumerate(new):
            assert reached is not None  # a witness copies nothing too long
            if reached.state.column >= 0:
                self._guide[reached.state.node] = reached.state.column, token_id
            elif number and token_id == self._automaton.bar_id:
                self._goals[self._search.key(reached)] = [*new[number:], *finding.known]
            reached = self._search.after(reached, token_id)


def find_watch(automaton: Automaton, known: KnownRuns) -> CopyWatch | None:
    """Watch over the rules ``no_copy=...`` of an automaton, if a piece is found that keeps them.

    Parameters
    ----------
    automaton : Automaton
        Has such a rule.
    known : KnownRuns

    Returns
    -------
    watch : CopyWatch or None
    """
    longest = longest_copy(automaton.rules)
    assert longest is not None
    try:
        return CopyWatch(automaton, known, longest)
    except ParameterError:
        return None
