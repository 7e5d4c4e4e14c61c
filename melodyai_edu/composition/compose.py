"""From a request to a piece: form, rules, automaton, notes.

Conventions
-----------
All chance comes from one generator, seeded by the request. What was asked for always holds; what
the style adds of itself yields where a rule needs it to. Nothing is tried and thrown away.

Contents
--------
compose
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from melodyai_edu.composition import library
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.form import Form, choose_form
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.style import learn_style
from melodyai_edu.composition.style_rules import compile_for_style
from melodyai_edu.composition.voice import begin
from melodyai_edu.constraints import Automaton, Rule
from melodyai_edu.constraints.structure import Locked, bar_events, is_repeat
from melodyai_edu.constraints.text import write_bars
from melodyai_edu.decoding import Lookahead, Messages, Sampler, draw_piece
from melodyai_edu.decoding.copies import CopyWatch, find_watch, longest_copy
from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.copying import CopyIndex
from melodyai_edu.score import Key, Meter, Part, Score, TempoChange
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode

__all__ = ["compose"]

#: What the model holds least likely, 3% of the whole, is never drawn: so leaps and chromatic notes
#: are as frequent as in the tunes (docs/LOG.md).
_TOP_P = 0.97

_END = VOCABULARY.id("Sequence_end")


def compose(
    request: CompositionRequest | None = None,
    *,
    regenerate: tuple[int, int] | None = None,
    of: Composition | None = None,
    **fields: Any,
) -> Composition:
    """Compose a piece, or some bars of one anew.

    Parameters
    ----------
    request : CompositionRequest, optional
    regenerate : (int, int), optional [bars, from 1]
        First and last bar to compose anew; every note outside stays as it is, a pickup as well.
        A rule that makes a bar inside equal to one outside (``form=``, ``same_bars=``) is given
        up; the piece's ``facts`` say so.
    of : Composition, optional
        The piece whose bars are meant, by ``regenerate`` or by a rule ``locked=...``.
    **fields
        Fields of `CompositionRequest`, instead of a request; of ``of``'s request if that is given.

    Returns
    -------
    piece : Composition
        Has exactly the bars asked for, each filled, and keeps every rule that its facts name.

    Raises
    ------
    ParameterError
        If a value cannot be had, rules are in conflict, or both a request and fields are given.

    Examples
    --------
    >>> piece = compose(genre="jig", key="D major", bars=8, rules=["max_leap=7"], seed=7)
    >>> piece.score.bar_count, piece.score.meter.name
    (8, '6/8')
    >>> other = compose(regenerate=(3, 4), of=piece)
    >>> other.score.parts[0].notes[0] == piece.score.parts[0].notes[0]
    True
    """
    request = _request(request, of, fields)
    if regenerate is not None:
        rules = _locked_outside(request, regenerate, of)
    else:
        rules = tuple(_bound(rule, of) for rule in request.all_rules)
    random = np.random.default_rng([request.seed, *(regenerate or ())])
    return _Composer(request, rules, of, random).compose()


def _request(
    request: CompositionRequest | None, of: Composition | None, fields: dict[str, Any]
) -> CompositionRequest:
    if request is not None and fields:
        raise ParameterError(
            f"{', '.join(fields)} must be given inside the request: use dataclasses.replace"
        )
    if request is not None:
        return request
    if of is not None:
        return CompositionRequest.from_dict({**of.request.fields, **fields})
    return CompositionRequest.from_dict(fields)


def _locked_outside(
    request: CompositionRequest, regenerate: tuple[int, int], of: Composition | None
) -> tuple[Rule, ...]:
    """Lock what lies outside the bars to compose anew, and keep the rules that this lets hold."""
    if of is None:
        raise ParameterError(f"regenerate={regenerate} needs the piece: compose(..., of=piece)")
    bars = of.score.bar_count - bool(of.score.pickup)
    first, last = (int(bar) for bar in regenerate)
    if not 1 <= first <= last <= bars:
        raise ParameterError(
            f"regenerate={regenerate} must be the first and the last bar to compose anew, from 1 "
            f"to {bars}"
        )
    first_bar = -1 if of.score.pickup else 0
    outside = tuple(bar for bar in range(first_bar, bars) if not first - 1 <= bar < last)
    locked = (Locked(write_bars(outside)).of(of.score),) if outside else ()
    rules = tuple(_bound(rule, of) for rule in request.all_rules)
    return (*(rule for rule in rules if not _is_undone(rule, of, set(outside))), *locked)


def _is_undone(rule: Rule, of: Composition, locked: set[int]) -> bool:
    """Say whether a rule makes a bar composed anew equal to a locked one, or locked bars differ."""
    events = bar_events(of.score)
    return any(
        not is_repeat(repeat, events)
        if repeat.bar in locked and repeat.original in locked
        else (repeat.bar in locked or repeat.original in locked) and not repeat.is_first_only
        for repeat in rule.repeats(of.automaton.grid.setting)
    )


def _bound(rule: Rule, of: Composition | None) -> Rule:
    if of is None or not isinstance(rule, Locked) or rule.events:
        return rule
    return rule.of(of.score)


class _Composer:
    """Composes one piece."""

    def __init__(
        self,
        request: CompositionRequest,
        rules: Sequence[Rule],
        of: Composition | None,
        random: np.random.Generator,
    ) -> None:
        self.request, self.rules, self.random = request, tuple(rules), random
        self.full = request.resolved()
        self.key, self.meter = Key.parse(str(self.full.key)), Meter.parse(str(self.full.meter))
        self.style = learn_style(self.full.genre, self.meter, self.key.mode, self.full.corpus)
        self.form = choose_form(self.style.rhythm.forms, self.full.bars, random)
        self.locked = frozenset(
            bar for rule in rules if isinstance(rule, Locked) for bar in rule.bars
        )
        if self.locked and of is not None:
            self.form = of.form

    def compose(self) -> Composition:
        """Compile, draw, and put the piece together."""
        full = self.full
        automaton = compile_for_style(
            self.style, self.key, self.meter, full.bars, self.rules, self._free_form(),
            self._tunes(),
        )  # fmt: skip
        encoding = self._write(automaton)
        part = Part((), name=full.instruments[0].capitalize(), program=full.program)
        score = decode(encoding)
        score = replace(
            score,
            parts=(replace(part, notes=score.parts[0].notes),),
            tempos=(TempoChange(0, float(full.tempo or 0)),),
            title=_title(full),
        )
        form = Form(self._originals(automaton, score), self.form.rhythms)
        return Composition(score, self.request, encoding, form, self.style, automaton)

    def _originals(self, automaton: Automaton, score: Score) -> tuple[int, ...]:
        """Say which bars repeat which; locked bars that are equal still repeat each other."""
        originals = list(automaton.grid.plan.originals)
        bars = sorted(bar for bar in self.locked if 0 <= bar < len(originals))
        events = bar_events(score) if bars else ()
        for bar in bars:
            if originals[bar] == bar:
                originals[bar] = next(other for other in bars if events[other] == events[bar])
        return tuple(originals)

    def _free_form(self) -> Form | None:
        """Give the style's form, as far as nobody asked for another."""
        if any(rule.overrides("repeats") for rule in self.rules):
            return None
        if not self.locked:
            return self.form
        # What is locked keeps its notes; bars that are composed anew repeat each other only.
        return Form(
            tuple(
                bar if bar in self.locked or original in self.locked else original
                for bar, original in enumerate(self.form.bars)
            ),
            self.form.rhythms,
        )

    def _write(self, automaton: Automaton) -> Encoding:
        """Draw all tokens."""
        head = conditioning_tokens(
            genre=self.full.genre, meter=self.meter, mode=self.key.mode, bars=self.full.bars
        )
        drawn = draw_piece(
            begin(self.full, self.style, automaton.tonic_pitch),
            automaton,
            Sampler(self.full.temperature, top_p=_TOP_P),
            self.random,
            lookahead=Lookahead(Messages(automaton, self.style.small_model)),
            watch=self._watch(automaton),
            rhythms={b: twin for b, twin in enumerate(self.form.rhythms) if twin < b},
        )
        token_ids = (*VOCABULARY.ids(head), *drawn, _END)
        return Encoding(token_ids, self.key, automaton.tonic_pitch)

    def _tunes(self) -> CopyIndex | None:
        """Give the tunes that nothing may be copied from, if a rule asks for that."""
        return None if longest_copy(self.rules) is None else library.train_index(self.full.corpus)

    def _watch(self, automaton: Automaton) -> CopyWatch | None:
        """Give the guard against copied runs, if a rule asks for it."""
        tunes = self._tunes()
        return None if tunes is None else find_watch(automaton, tunes)


def _title(request: CompositionRequest) -> str:
    name = (request.genre or "melody").capitalize()
    return f"{name} in {request.key}, no. {request.seed}"
