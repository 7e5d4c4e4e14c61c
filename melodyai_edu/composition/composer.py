"""One piece being made, module by module: plan, harmony, melody, arrangement.

Conventions
-----------
Every module draws by a generator of its own, seeded by the request, and can be asked alone. The
*lead* is what the first three make: the melody with chord symbols and sections above it. A melody
that stands alone is planned by its form only, and has no chords.

Contents
--------
Composer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from melodyai_edu.composition import library
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.form import Form, choose_form
from melodyai_edu.composition.form_plan import FormPlan, plan_form
from melodyai_edu.composition.harmony_stage import plan_harmony
from melodyai_edu.composition.plan_rules import PlannedPrediction
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.request_values import MODULES
from melodyai_edu.composition.staging import stage
from melodyai_edu.composition.style import learn_style
from melodyai_edu.composition.style_rules import compile_for_style
from melodyai_edu.composition.voice import begin, name_model, tokens_of
from melodyai_edu.constraints import Automaton, Rule
from melodyai_edu.constraints.structure import FormRule, Locked, bar_events
from melodyai_edu.decoding import Lookahead, Messages, Sampler, draw_piece
from melodyai_edu.decoding.contrast import Contrast
from melodyai_edu.decoding.copies import CopyWatch, find_watch, longest_copy
from melodyai_edu.evaluation.copying import CopyIndex
from melodyai_edu.score import ChordSymbol, Key, Meter, Part, Score, Section, TempoChange
from melodyai_edu.tokens import VOCABULARY, Encoding, decode

__all__ = ["Composer"]

#: What the model holds least likely, 3% of the whole, is never drawn: so leaps and chromatic notes
#: are as frequent as in the tunes (docs/LOG.md).
_TOP_P = 0.97

_END = VOCABULARY.id("Sequence_end")


class Composer:
    """Composes one piece.

    Parameters
    ----------
    request : CompositionRequest
    rules : sequence of Rule
        What must hold; those of the request, and locks.
    of : Composition, optional
        The piece that is composed anew in part: its plan stays.
    draw : sequence of int, optional
        What else decides the melody's draw, beside its seed.
    chords : sequence of ChordSymbol, optional
        Chords that are given; onsets count from the first whole bar [ticks].
    plan : FormPlan, optional
        A plan that is given.
    """

    def __init__(
        self,
        request: CompositionRequest,
        rules: Sequence[Rule],
        of: Composition | None = None,
        draw: Sequence[int] = (),
        chords: Sequence[ChordSymbol] = (),
        plan: FormPlan | None = None,
    ) -> None:
        self.request, self.rules, self.of = request, tuple(rules), of
        self.full = request.resolved()
        self.random = np.random.default_rng([self.full.seed_of("melody"), *draw])
        self.key, self.meter = Key.parse(str(self.full.key)), Meter.parse(str(self.full.meter))
        self.style = learn_style(self.full.genre, self.meter, self.key.mode, self.full.corpus)
        self.given_chords = tuple(chords)
        self.locked = frozenset(
            bar for rule in rules if isinstance(rule, Locked) for bar in rule.bars
        )
        self.given_plan = plan
        self.plan = plan or self.plan_form()
        self.form = self._form()

    def plan_form(self) -> FormPlan | None:
        """Plan the form of an arranged piece; one that is composed anew keeps its plan."""
        if self.of is not None and self.of.plan is not None and self.of.plan.bars == self.full.bars:
            return self.of.plan
        if not self.full.is_arranged:
            return None
        return plan_form(
            self.full.genre,
            self.meter,
            self.full.bars,
            self._generator("plan"),
            form=self.full.form,
            corpus=self.full.corpus,
        )

    def _form(self) -> Form:
        if self.plan is not None:
            return self.plan.form
        drawn = choose_form(self.style.rhythm.forms, self.full.bars, self.random)
        return self.of.form if self.locked and self.of is not None else drawn

    def _generator(self, module: str) -> np.random.Generator:
        """Give a module's own source of chance; the melody's is the piece's."""
        return np.random.default_rng([self.full.seed_of(module), MODULES.index(module)])

    def compose(self) -> Composition:
        """Plan, compile, draw, and arrange.

        Returns
        -------
        piece : Composition
        """
        chords = self.plan_harmony()
        automaton = self._compile(chords)
        encoding = self._write(automaton, chords)
        lead = self._lead(encoding, automaton, chords)
        form = Form(self._originals(automaton, lead), self.form.rhythms)
        return Composition(
            stage(lead, self.full),
            replace(self.request, model=name_model(self.full)),
            encoding,
            form,
            self.style,
            automaton,
            lead=lead,
            performance=stage(lead, self.full, is_played=True),
            plan=self.plan,
            given_plan=self.given_plan,
        )

    def plan_harmony(self) -> tuple[ChordSymbol, ...]:
        """Plan the chords of an arranged piece, from the first whole bar on.

        Returns
        -------
        chords : tuple of ChordSymbol
            None for a melody that stands alone.
        """
        if not self.full.is_arranged:
            return ()
        if self.given_chords:
            return self.given_chords
        return plan_harmony(self.full, self.rules, self.form, self.plan, self._generator("harmony"))

    def _compile(self, chords: Sequence[ChordSymbol]) -> Automaton:
        return compile_for_style(
            self.style,
            self.key,
            self.meter,
            self.full.bars,
            self.rules,
            self._free_form(),
            plan=self.plan,
            locked=self.locked,
            chords=chords,
            known=self._tunes(),
        )

    def _originals(self, automaton: Automaton, lead: Score) -> tuple[int, ...]:
        """Say which bars repeat which; locked bars that are equal still repeat each other."""
        originals = list(automaton.grid.plan.originals)
        bars = sorted(bar for bar in self.locked if 0 <= bar < len(originals))
        events = bar_events(lead) if bars else ()
        for bar in bars:
            if originals[bar] == bar:
                originals[bar] = next(other for other in bars if events[other] == events[bar])
        return tuple(originals)

    def _free_form(self) -> Form | None:
        """Give the style's form, as far as nobody asked for another."""
        if self.plan is None and any(rule.overrides("repeats") for rule in self.rules):
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

    def _write(self, automaton: Automaton, chords: Sequence[ChordSymbol]) -> Encoding:
        """Draw all tokens."""
        model = begin(self.full, self.style, automaton.tonic_pitch, chords)
        drawn = draw_piece(
            PlannedPrediction(model, self.plan) if self.plan else model,
            automaton,
            Sampler(self.full.temperature, top_p=_TOP_P),
            self.random,
            lookahead=Lookahead(Messages(automaton, self.style.small_model)),
            watch=self._watch(automaton),
            rhythms={b: twin for b, twin in enumerate(self.form.rhythms) if twin < b},
            contrast=self._contrast(),
        )
        token_ids = (*VOCABULARY.ids(tokens_of(self.full)), *drawn, _END)
        return Encoding(token_ids, self.key, automaton.tonic_pitch)

    def _contrast(self) -> Contrast | None:
        """Hold sections of different letters apart, where a form was asked for."""
        for rule in self.rules:
            if isinstance(rule, FormRule):
                letters = [section[0] for section in rule.sections]
                return Contrast(letters, self.full.bars // len(letters))
        return None

    def _tunes(self) -> CopyIndex | None:
        """Give the tunes that nothing may be copied from, if a rule asks for that."""
        return None if longest_copy(self.rules) is None else library.train_index(self.full.corpus)

    def _watch(self, automaton: Automaton) -> CopyWatch | None:
        """Give the guard against copied runs, if a rule asks for it."""
        tunes = self._tunes()
        return None if tunes is None else find_watch(automaton, tunes)

    def _lead(
        self, encoding: Encoding, automaton: Automaton, chords: Sequence[ChordSymbol]
    ) -> Score:
        """Put the melody under its chords and sections."""
        full, score = self.full, decode(encoding)
        pickup = automaton.grid.setting.pickup
        name = full.melody_instrument.capitalize()
        part = Part(score.parts[0].notes, name=name, program=full.program)
        return replace(
            score,
            parts=(part,),
            tempos=(TempoChange(0, float(full.tempo or 0)),),
            title=_title(full),
            chords=tuple(replace(c, onset=c.onset + pickup if c.onset else 0) for c in chords),
            sections=self._sections(pickup),
        )

    def _sections(self, pickup: int) -> tuple[Section, ...]:
        if self.plan is None:
            return ()
        bar = self.meter.bar_duration
        return tuple(
            Section(pickup + section.first_bar * bar if section.first_bar else 0, section.name)
            for section in self.plan.sections
        )


def _title(request: CompositionRequest) -> str:
    name = (request.genre or request.arrangement or "melody").capitalize()
    return f"{name} in {request.key}, no. {request.seed}"
