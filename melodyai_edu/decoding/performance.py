"""Playing what is drawn: bars that repeat others sound as soon as all before them has sounded.

Conventions
-----------
*Drawn* tokens are those that an automaton knows; *played* tokens are the whole piece. A transposed
repeat moves every pitch; durations and rests stay.

Contents
--------
Performance, play
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from melodyai_edu.constraints import Automaton

__all__ = ["Performance", "play"]


class Performance:
    """A piece in progress.

    Parameters
    ----------
    automaton : Automaton
    hear : callable, optional
        Called with every token that is played.
    """

    def __init__(self, automaton: Automaton, hear: Callable[[int], None] | None = None) -> None:
        self._automaton, self._plan = automaton, automaton.grid.plan
        self._hear = hear
        self.played: list[int] = []
        self.bars: dict[int, list[int]] = {}  # the tokens of each bar, without its bar line
        self._bar = automaton.grid.setting.first_bar
        self._drawing: list[int] = []
        if self._bar < 0:
            self.bars[-1] = self._drawing

    @property
    def bar(self) -> int:
        """The bar that is being drawn, from 0; -1 for a pickup."""
        return self._bar

    def draw(self, token_id: int) -> None:
        """Take the next drawn token."""
        if token_id == self._automaton.bar_id:
            self._begin_bar()
        else:
            self._drawing.append(token_id)
            self._play(token_id)

    def _begin_bar(self) -> None:
        if self._drawing or self.bars:
            self._bar = self._repeat_until_new(self._bar + 1)
        self._play(self._automaton.bar_id)
        self._drawing = self.bars[self._bar] = []

    def _repeat_until_new(self, bar: int) -> int:
        """Play repeats up to the next bar that is drawn; give that bar."""
        plan = self._plan
        while bar < len(plan.originals) and plan.originals[bar] != bar:
            self._play(self._automaton.bar_id)
            tokens = self.bars[plan.originals[bar]]
            self.bars[bar] = [self._moved(token_id, plan.shifts[bar]) for token_id in tokens]
            for token_id in self.bars[bar]:
                self._play(token_id)
            bar += 1
        return bar

    def _moved(self, token_id: int, semitones: int) -> int:
        """Transpose a token: pitches stand in the vocabulary in order."""
        first = int(self._automaton.pitch_ids[0])
        last = int(self._automaton.pitch_ids[-1])
        return token_id + semitones if semitones and first <= token_id <= last else token_id

    def _play(self, token_id: int) -> None:
        self.played.append(token_id)
        if self._hear is not None:
            self._hear(token_id)

    def finish(self) -> list[int]:
        """Play what repeats are left; give the whole piece."""
        self._bar = self._repeat_until_new(self._bar + 1)
        return self.played


def play(automaton: Automaton, drawn: Iterable[int]) -> list[int]:
    """Give the whole piece for drawn tokens.

    Parameters
    ----------
    automaton : Automaton
    drawn : iterable of int

    Returns
    -------
    token_ids : list of int

    Examples
    --------
    >>> from melodyai_edu.constraints import compile_rules
    >>> from melodyai_edu.tokens import VOCABULARY
    >>> automaton = compile_rules(["form=AA", "range=C4-E4"], length=2)
    >>> drawn = VOCABULARY.ids(["Bar_line", "Duration_96", "Pitch_62"])
    >>> [VOCABULARY.token(i) for i in play(automaton, drawn)]
    ['Bar_line', 'Duration_96', 'Pitch_62', 'Bar_line', 'Duration_96', 'Pitch_62']
    """
    performance = Performance(automaton)
    for token_id in drawn:
        performance.draw(token_id)
    return performance.finish()
