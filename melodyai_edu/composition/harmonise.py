"""Chords to a melody: four voices under it, or symbols above it.

Conventions
-----------
In the style of chorales the melody is the soprano and stays as it is, note for note; the other
styles give a `melodyai_edu.composition.lead_sheet.LeadSheet`. Alto, tenor and bass are drawn from
what was counted in Bach's chorales (`melodyai_edu.composition.harmony_counts`), given that every
rule is kept; the draw is exact, nothing is tried and thrown away. The same arguments give the same
notes.

Contents
--------
USUAL_RULES, Harmonisation, harmonise, write_voices
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.composition.chord_plan import check_style
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.harmony_counts import learn_chorales
from melodyai_edu.composition.lead_sheet import LeadSheet, lead_sheet
from melodyai_edu.composition.library import usual_tempo
from melodyai_edu.composition.showing import Harmonised
from melodyai_edu.constraints.harmony import Chords, HarmonyRule, as_harmony_rules
from melodyai_edu.constraints.harmony_automaton import HarmonyAutomaton
from melodyai_edu.constraints.harmony_compile import compile_harmony
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.voicings import ChordSlot, Voicings, chord_slots
from melodyai_edu.decoding.harmony import HarmonySampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, KeyChange, Melody, Meter, MeterChange, Note, Part, Score
from melodyai_edu.theory.voicing import VOICES

__all__ = ["USUAL_RULES", "Harmonisation", "harmonise", "write_voices"]

#: What is kept where nothing else is asked for.
USUAL_RULES = (
    "voice_ranges",
    "no_crossing",
    "spacing",
    "no_parallels",
    "no_hidden",
    "leading_tone_resolves",
    "seventh_resolves",
    "complete_chords",
)

_CHOIR = 52  # General MIDI: choir aahs
#: The tempo of a melody that comes without one [quarter notes a minute].
_TEMPOS = {"chorale": usual_tempo("chorale", "4/4"), "folk": 100.0, "pop": 100.0, "jazz": 120.0}


@dataclass(frozen=True, eq=False)
class Harmonisation(Harmonised):
    """A melody with three voices under it.

    Made by `harmonise`.

    Parameters
    ----------
    score : Score
        Parts Soprano, Alto, Tenor, Bass.
    ways : tuple of int
        How each slot is set, among its ways in the automaton.
    sampler : HarmonySampler
        What it was drawn from.
    seed : int
    model : str
        What weighed it, in words.
    """

    score: Score
    ways: tuple[int, ...] = field(repr=False)
    sampler: HarmonySampler = field(repr=False)
    seed: int
    model: str = "chords and voices counted in Bach's chorales"

    @property
    def automaton(self) -> HarmonyAutomaton:
        """The rules it keeps, compiled."""
        return self.sampler.automaton

    @property
    def chords(self) -> tuple[tuple[int, str], ...]:
        """Where each chord begins [ticks], and its Roman numeral."""
        settings = zip(self.automaton.voicings, self.ways, strict=True)
        return tuple((voicings.slot.onset, voicings.name(way)) for voicings, way in settings)

    def chord_text(self) -> str:
        """Write the chords bar by bar, as ``"I V6 | vi IV"``."""
        words, bar = [], self.automaton.slots[0].bar
        for slot, (_, name) in zip(self.automaton.slots, self.chords, strict=True):
            words += ["|"] * (slot.bar != bar) + [name]
            bar = slot.bar
        return " ".join(words)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What can be said of it, as plain values."""
        return {
            "key": self.score.key.name,
            "meter": self.score.meter.name,
            "bars": self.score.bar_count,
            "chords": self.chord_text(),
            "seed": self.seed,
            "temperature": self.sampler.temperature,
            "model": self.model,
            "rules kept": ", ".join(map(str, self.automaton.rules)),
        }

    def why(self, bar: int, beat: float = 1) -> str:
        """Say why the chord at a place is as it is.

        Parameters
        ----------
        bar : int [from 1; 0 is a pickup]
        beat : float, default 1 [from 1]

        Returns
        -------
        text : str
            What else was legal between the chords around it, and what each rule forbade.

        Raises
        ------
        ParameterError
            If no chord sounds there.
        """
        from melodyai_edu.composition.harmony_reasons import explain_chord

        return explain_chord(self.sampler, self.ways, self._slot_at(bar, beat))

    def _slot_at(self, bar: int, beat: float) -> int:
        slots = self.automaton.slots
        inside = [slot for slot in slots if slot.bar == bar - 1]
        found = [slot for slot in inside if float(slot.beat) <= beat]
        if not found:
            places = ", ".join(slot.place for slot in (inside or slots)[:4])
            raise ParameterError(f"bar={bar}, beat={beat} has no chord; there is one at {places}")
        return found[-1].number


def harmonise(
    melody: Melody | Score | Composition | Any,
    *,
    key: str | Key | None = None,
    meter: str | Meter | None = None,
    rules: Iterable[str | Rule] | None = None,
    chords: str | Sequence[str] | None = None,
    style: str = "chorale",
    seed: int = 0,
    temperature: float = 1.0,
    model: str | Path = "counts",
) -> Harmonisation | LeadSheet:
    """Harmonise a melody: for four voices, or with chord symbols.

    Chorale: chords are drawn by what was counted in Bach's chorales, training side: which chord
    follows which, and how voices move. Folk, pop and jazz: chord symbols with a simple
    accompaniment, drawn by what was inferred for dance tunes or by listed progressions, and by how
    the melody's notes fit.

    Parameters
    ----------
    melody : Melody, Score, Composition or Tune
        Of a score the first part; in four voices one note at a time.
    key : str or Key, optional
        The score's when left out; of a melody alone C major.
    meter : str or Meter, optional
        The score's when left out; of a melody alone 4/4.
    rules : iterable of str or Rule, optional
        Of four voices `USUAL_RULES` when left out; see
        `melodyai_edu.constraints.harmony.HARMONY_RULES`. Of chord symbols none when left out; see
        `melodyai_edu.constraints.chord_rules.CHORD_RULES`.
    chords : str or sequence of str, optional
        These chords, as Roman numerals or symbols: one a slot for four voices, ``"I IV V7 I"``; one
        a bar for chord symbols, or up to two between bar lines, ``"I | IV V7 | I"``.
    style : str, default "chorale"
        ``"chorale"``, ``"folk"``, ``"pop"`` or ``"jazz"``.
    seed : int, default 0
    temperature : float, default 1.0
        Below 1 the usual becomes more usual.
    model : str or Path, default "counts"
        ``"counts"`` sets one chord after the other; ``"chorale-small"``, or the folder of a
        four-part network of your own, also lets the voices move between chords.

    Returns
    -------
    harmonisation : Harmonisation or LeadSheet

    Raises
    ------
    ParameterError
        If a value cannot be used, a rule does not belong to the style, or the rules cannot be kept
        over this melody; the message names a smallest set of rules and the place.

    Examples
    --------
    >>> melody = Melody.from_events([(67, 24), (69, 24), (71, 24), (72, 24)])
    >>> harmony = harmonise(melody, rules=[*USUAL_RULES, "cadence=1 authentic"], seed=1)
    >>> [part.name for part in harmony.score.parts]
    ['Soprano', 'Alto', 'Tenor', 'Bass']
    >>> harmony.chords[-1]
    (72, 'I')
    >>> harmonise(melody, style="folk", rules=["cadence=1 authentic"]).chord_text(symbols=True)
    'G C'
    """
    check_style(style)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed={seed!r} must be a whole number from 0")
    score = _as_score(melody, key, meter, style)
    if style != "chorale":
        _check_counts(model, style)
        return lead_sheet(
            score, style=style, rules=rules or (), chords=chords, seed=int(seed),
            temperature=temperature,
        )  # fmt: skip
    asked = as_harmony_rules(USUAL_RULES if rules is None else rules) + _chord_rules(chords)
    if model != "counts":
        return _with_network(score, asked, temperature, int(seed), model)
    sampler = _sampler(asked, chord_slots(score), score.key, temperature)
    ways = sampler.draw(np.random.default_rng(seed))
    return Harmonisation(
        write_voices(score, sampler.automaton.voicings, ways), ways, sampler, int(seed)
    )


def _with_network(
    score: Score,
    asked: tuple[HarmonyRule, ...],
    temperature: float,
    seed: int,
    model: str | Path,
) -> Harmonisation:
    """Set the chords and let the voices move between them."""
    from melodyai_edu.composition import chorale_harmony as figured
    from melodyai_edu.models.chorale import ChoraleReader, load_chorale_model

    reader, slots = ChoraleReader(load_chorale_model(model)), chord_slots(score)
    stricter = (figured.NoPassingParallels(),) * any(str(r) == "no_parallels" for r in asked)
    try:
        sampler = _sampler(asked + stricter, slots, score.key, temperature)
    except ParameterError:  # what was asked for may still be possible
        sampler = _sampler(asked, slots, score.key, temperature)
    layers = sampler.automaton.voicings
    figures = figured.draw_figures(score, sampler, reader, np.random.default_rng(seed))
    blocks = write_voices(score, layers, figures.ways)
    written = figured.write_figures(blocks, layers, figures)
    named = f"{reader.model.identity} and counts of Bach's chorales"
    return Harmonisation(written, figures.ways, sampler, seed, named)


@lru_cache(maxsize=16)
def _sampler(
    rules: tuple[HarmonyRule, ...], slots: tuple[ChordSlot, ...], key: Key, temperature: float
) -> HarmonySampler:
    automaton = compile_harmony(rules, slots, key)
    return HarmonySampler(automaton, learn_chorales(key.mode), temperature)


def _chord_rules(chords: str | Sequence[str] | None) -> tuple[HarmonyRule, ...]:
    if chords is None:
        return ()
    return (Chords(chords if isinstance(chords, str) else " ".join(chords)),)


def _check_counts(model: str | Path, style: str) -> None:
    if model != "counts":
        raise ParameterError(
            f"model={str(model)!r} sets four voices: it needs style='chorale', not {style!r}"
        )


def _as_score(
    melody: Any, key: str | Key | None, meter: str | Meter | None, style: str = "chorale"
) -> Score:
    """Give the melody as a score of one part, in the key and the meter asked for."""
    if isinstance(melody, Melody):
        score = Score.of_melody(melody, tempo=_TEMPOS[style])
    else:
        score = getattr(melody, "melody_score", None) or getattr(melody, "score", melody)
    if not isinstance(score, Score):
        raise ParameterError(
            f"melody={type(melody).__name__} must be a Melody, a Score or a Composition; "
            f"mai.read(path) gives a Score"
        )
    if key is not None:
        score = replace(
            score, keys=(KeyChange(0, Key.parse(key) if isinstance(key, str) else key),)
        )
    if meter is not None:
        meter = Meter.parse(meter) if isinstance(meter, str) else meter
        score = replace(score, meters=(MeterChange(0, meter),))
    return replace(score, parts=score.parts[:1])


def write_voices(score: Score, layers: Sequence[Voicings], ways: Sequence[int]) -> Score:
    """Put a melody and drawn voices into a score of four parts.

    Parameters
    ----------
    score : Score
        Its first part is the melody.
    layers : sequence of Voicings
        Of the automaton.
    ways : sequence of int
        How each slot is set.

    Returns
    -------
    score : Score
        Parts Soprano, Alto, Tenor, Bass.
    """
    notes: list[list[Note]] = [[], [], []]
    for voicings, way in zip(layers, ways, strict=True):
        slot, names = voicings.slot, voicings.spellings(way)
        for voice in (1, 2, 3):
            pitch = int(voicings.pitches[way, voice])
            notes[voice - 1].append(Note(slot.onset, slot.end - slot.onset, pitch, names[voice]))
    soprano = replace(score.parts[0], name="Soprano", program=_CHOIR, is_drums=False)
    lower = (
        Part(tuple(n), name=name.capitalize(), program=_CHOIR)
        for n, name in zip(notes, VOICES[1:], strict=True)
    )
    return replace(score, parts=(soprano, *lower))
