"""Three voices under a melody, drawn by the four-part network within the rules.

Conventions
-----------
The automaton of harmony says how each chord may be set so that the end can still be reached
(`melodyai_edu.constraints.harmony_automaton`), and Bach's counts weigh it. The network
(`melodyai_edu.models.chorale`) hears all four voices on the grid of 16ths. It weighs all these ways
as well, and draws what alto, tenor and bass do on the last eighth before the next chord, among what
is legal and leaves a legal way on (staying always does). Several harmonisations, the particles,
grow side by side; from time to time those in which the network finds the melody improbable give way
to copies of the others. So every rule is kept at every moment, and no dead end can be met.

Contents
--------
NoPassingParallels, Figures, draw_figures, write_figures

References
----------
Gordon, Salmond & Smith (1993), IEE Proceedings F 140(2), 107-113. Particles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from melodyai_edu.composition.chorale_moves import (
    STEP_WIDTH,
    figures_from,
    hidden_octaves,
    is_in_range,
    is_well_spaced,
    may_move,
    scale_of,
)
from melodyai_edu.constraints.voice_rules import HarmonyRule, NoParallels
from melodyai_edu.constraints.voicings import Voicings
from melodyai_edu.decoding.harmony import HarmonySampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.chorales import sounding
from melodyai_edu.models.chorale import ChoraleReader, ReaderState
from melodyai_edu.score import Note, Part, Score
from melodyai_edu.tokens.chorale_grid import LOWEST, ORDER, STEP, cells_of, places_of

__all__ = ["Figures", "NoPassingParallels", "draw_figures", "write_figures"]

_PARTICLES = 8
_LEAST = 0.01  # what the network finds less probable is not offered on an eighth
_BLEND = 0.25  # how much the counts say beside the network
#: Rules take away more ways to move than ways to stay. These make up for it, so that repeated notes
#: and eighths are about as common as in the valid pieces of the published split.
_LIVELY, _AGAIN = 2.5, 0.5
#: What a hidden octave between any two voices costs, so that there are no more than with Bach.
_HIDDEN = 0.5
_UNLIKELY = 9.0  # what counts weigh so much less than the best is not looked at [logarithm]
_EIGHTH = 2  # steps
_STAYS = 0  # what is written for a voice that keeps its pitch to the next chord
_LEAVING = 4  # semitones
_LOWER = tuple(voice for voice in ORDER if voice)


class NoPassingParallels(HarmonyRule):
    """No parallel fifths or octaves from the melody's last note over a chord to the next chord."""

    name = example = "no_passing_parallels"

    def allows_moves(self, before: Voicings, after: Voicings) -> np.ndarray:
        """Say which may follow which [shape=(N, M), bool, or what broadcasts to it]."""
        if len(before.slot.pitches) < 2:
            return np.ones((1, 1), bool)
        pitches = before.pitches.copy()
        pitches[:, 0] = before.slot.pitches[-1]
        last = Voicings(before.table, before.slot, before.chords, pitches)
        return NoParallels().allows_moves(last, after)


@dataclass(frozen=True, eq=False)
class Figures:
    """How chords are set, and what the voices do before the next.

    Parameters
    ----------
    ways : tuple of int
        How each slot is set, among its ways in the automaton.
    eighths : np.ndarray [shape=(slots, 4), int, MIDI]
        What each voice sings on the last eighth of the slot; 0 where it stays.
    """

    ways: tuple[int, ...]
    eighths: np.ndarray


@dataclass(eq=False)
class _Particles:
    """Several harmonisations of the beginning, side by side."""

    state: ReaderState
    weights: np.ndarray  # [N], logarithm
    ways: np.ndarray  # [N, slots]
    eighths: np.ndarray  # [N, slots, 4]

    def take(self, which: np.ndarray) -> _Particles:
        """Keep these, all equally likely from now on."""
        return _Particles(
            self.state.take(which), np.zeros(len(which)), self.ways[which], self.eighths[which]
        )


class _Drawing:
    """One run over a melody."""

    def __init__(
        self,
        score: Score,
        sampler: HarmonySampler,
        reader: ChoraleReader,
        random: np.random.Generator,
        particles: int,
    ) -> None:
        self.sampler, self.reader, self.random = sampler, reader, random
        self.layers = sampler.automaton.voicings
        self.melody = _melody_cells(score)
        self.places = places_of(score, len(self.melody))
        self.starts = [_step_of(layer.slot.onset) for layer in self.layers] + [len(self.melody)]
        self.ends = [_step_of(layer.slot.end) for layer in self.layers]
        size = len(self.layers)
        self.particles = _Particles(
            reader.start(particles),
            np.zeros(particles),
            np.zeros((particles, size), int),
            np.full((particles, size, 4), _STAYS),
        )
        self.scale = scale_of(sampler.automaton.table.key)

    def run(self) -> Figures:
        """Go through all slots, then choose one of the particles."""
        for step in range(self.starts[0]):
            self._hear(step, None)
        for slot in range(len(self.layers)):
            for step in range(self.starts[slot], self.starts[slot + 1]):
                self._hear(step, slot)
            self._resample()
        shares = _shares(self.particles.weights)
        chosen = int(self.random.choice(len(shares), p=shares))
        ways = self.particles.ways[chosen]
        return Figures(tuple(int(way) for way in ways), self.particles.eighths[chosen])

    def _hear(self, step: int, slot: int | None) -> None:
        """Let the network hear one step, and draw in it what is free."""
        state, number = self.particles.state, len(self.particles.weights)
        places = np.repeat(self.places[step][None], number, axis=0)
        self.reader.listen(state, places)
        named = np.zeros((number, 4), np.int16)
        named[:, 0] = self.melody[step]
        if slot is not None and step < self.ends[slot]:
            if step % _EIGHTH == 0:
                self._weigh(named, places)
            if step == self.starts[slot]:
                self._choose_ways(slot, named, places)
            named[:, 1:] = self._pitches(slot, step)[:, 1:] - LOWEST + 1
            if step == self._eighth(slot):
                self._draw_eighths(slot, step, named, places)
        self.reader.advance(state, named)

    def _weigh(self, named: np.ndarray, places: np.ndarray) -> None:
        """Weigh the particles by how probable the melody is after them."""
        chances = self._chances(self.particles.state, 0, named, places)
        self.particles.weights += chances[np.arange(len(named)), named[:, 0]]

    def _chances(
        self, state: ReaderState, voice: int, named: np.ndarray, places: np.ndarray
    ) -> np.ndarray:
        """Give the logarithm of the network's probability of each cell."""
        return _log_softmax(self.reader.logits(state, voice, named, places).astype(float))

    def _choose_ways(self, slot: int, named: np.ndarray, places: np.ndarray) -> None:
        """Draw how each particle sets a slot, by counts and by the network."""
        number = len(named)
        before = self.particles.ways[:, slot - 1] if slot else None
        logs = self.sampler.log_shares(slot, before, number)
        if slot:
            for particle in range(number):
                middle = self.particles.eighths[particle, slot - 1]
                logs[particle, ~self._follows(slot - 1, particle, middle)] = -np.inf
        likely = logs > logs.max(axis=1, keepdims=True) - _UNLIKELY
        some = np.flatnonzero(likely.any(axis=0))
        cells = self.layers[slot].pitches[some].astype(int) - LOWEST + 1
        with np.errstate(invalid="ignore"):
            logs = _BLEND * logs[:, some] + self._score_ways(cells, named, places)
        last = self.particles.state.grid.last[:, None].astype(int)
        again = (cells[None, :, 1:] == last[..., 1:]).sum(axis=2)
        logs += np.log(_AGAIN) * again + np.log(_HIDDEN) * hidden_octaves(last, cells[None])
        top = logs.max(axis=1, keepdims=True)
        shares = np.exp(logs - top)
        totals = np.cumsum(shares, axis=1)
        drawn = (totals <= self.random.random((number, 1)) * totals[:, -1:]).sum(axis=1)
        self.particles.ways[:, slot] = some[drawn]

    def _score_ways(self, cells: np.ndarray, named: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Let the network weigh ways to set a chord [shape=(N, M), float, logarithm]."""
        total = np.zeros((len(named), len(cells)))
        for place, voice in enumerate(_LOWER):
            before = list(_LOWER[:place])
            known, which = np.unique(cells[:, before], axis=0, return_inverse=True)
            rows = np.repeat(np.arange(len(named)), len(known))
            each = named[rows]
            each[:, before] = np.tile(known, (len(named), 1))
            chances = self._chances(self.particles.state.take(rows), voice, each, places[rows])
            chances = chances.reshape(len(named), len(known), -1)
            total += chances[:, which.ravel(), cells[:, voice]]
        return total

    def _eighth(self, slot: int) -> int:
        """Give the step of the last eighth before the next chord; -1 where voices stay."""
        start, after = self.starts[slot : slot + 2]
        is_free = slot + 1 < len(self.layers) and after - start >= 2 * _EIGHTH
        is_held = self.ends[slot] == after and after % _EIGHTH == 0
        return after - _EIGHTH if is_free and is_held else -1

    def _pitches(self, slot: int, step: int) -> np.ndarray:
        """Give what all voices sing at a step [shape=(N, 4)]; the soprano as the slot began."""
        ways = self.particles.ways[:, slot]
        pitches: np.ndarray = self.layers[slot].pitches[ways].astype(int)
        if 0 <= self._eighth(slot) <= step:
            eighths = self.particles.eighths[:, slot]
            pitches = np.where(eighths != _STAYS, eighths, pitches)
        return pitches

    def _draw_eighths(self, slot: int, step: int, named: np.ndarray, places: np.ndarray) -> None:
        """Draw bass, alto and tenor one after the other, by the network, among what is legal."""
        moves = self.sampler.automaton.moves(slot + 1, self.particles.ways[:, slot])
        for voice in _LOWER:
            chances = np.exp(self._chances(self.particles.state, voice, named, places))
            for particle in range(len(named)):
                likely = np.flatnonzero(chances[particle] > _LEAST) + LOWEST - 1
                free = self._legal(slot, step, particle, voice, moves[particle], likely)
                cells = [int(named[particle, voice]), *(pitch - LOWEST + 1 for pitch in free)]
                shares = chances[particle, cells] + 1e-12
                shares[1:] *= _LIVELY
                chosen = int(self.random.choice(len(cells), p=shares / shares.sum()))
                if chosen:
                    named[particle, voice] = cells[chosen]
                    pitch = cells[chosen] + LOWEST - 1
                    self.particles.eighths[particle, slot, voice] = pitch

    def _legal(
        self,
        slot: int,
        step: int,
        particle: int,
        voice: int,
        moves: np.ndarray,
        likely: np.ndarray,
    ) -> Iterator[int]:
        """Give the pitches that a voice may go to on the eighth, but for the one that it has."""
        layer, way = self.layers[slot], self.particles.ways[particle, slot]
        table, chord = layer.table, int(layer.chords[way])
        old = layer.pitches[way].astype(int)
        if old[voice] % 12 in (table.leading_tones[chord], table.sevenths[chord]):
            return
        sung = [_pitch(self.melody[s]) for s in (step - 1, step, self.starts[slot + 1] - 1)]
        if 0 in sung:
            return
        eighths = self.particles.eighths[particle, slot].copy()
        figures = figures_from(int(old[voice]), table.classes[chord], self.scale)
        for pitch in figures.intersection(likely.tolist()):
            eighths[voice] = pitch
            middle = [int(m) or int(o) for m, o in zip(eighths, old, strict=True)]
            last = [sung[2], *middle[1:]]
            middle[0] = sung[1]
            if (
                is_in_range(middle)
                and is_well_spaced(middle)
                and is_well_spaced(last)
                and may_move([sung[0], *old[1:]], np.array([middle]))[0]
                and (moves & self._follows(slot, particle, eighths)).any()
            ):
                yield pitch

    def _follows(self, slot: int, particle: int, eighths: np.ndarray) -> np.ndarray:
        """Say which ways to set the next slot may follow these eighths [shape=(M,), bool]."""
        after = self.layers[slot + 1].pitches.astype(int)
        moving = np.flatnonzero(eighths != _STAYS)
        if not len(moving):
            return np.ones(len(after), bool)
        layer, way = self.layers[slot], self.particles.ways[particle, slot]
        last = np.where(eighths != _STAYS, eighths, layer.pitches[way])
        last[0] = _pitch(self.melody[self.starts[slot + 1] - 1])
        legal = may_move(last, after)
        for voice in moving:
            leaving = np.abs(after[:, voice] - last[voice])
            is_chord = layer.table.classes[layer.chords[way], last[voice] % 12]
            steps = (leaving > 0) & (leaving <= STEP_WIDTH)
            legal &= steps | (bool(is_chord) & (leaving <= _LEAVING))
        return legal

    def _resample(self) -> None:
        """Let improbable particles give way where most of the weight lies on few."""
        shares = _shares(self.particles.weights)
        number = len(shares)
        if 1 / (shares**2).sum() < number / 2:
            points = (np.arange(number) + self.random.random()) / number
            which = np.minimum(np.searchsorted(np.cumsum(shares), points), number - 1)
            self.particles = self.particles.take(which)


def draw_figures(
    score: Score,
    sampler: HarmonySampler,
    reader: ChoraleReader,
    random: np.random.Generator,
    particles: int = _PARTICLES,
) -> Figures:
    """Draw three voices under a melody.

    Parameters
    ----------
    score : Score
        Its first part is the melody.
    sampler : HarmonySampler
        Of an automaton over the slots of this melody.
    reader : ChoraleReader
    random : np.random.Generator
    particles : int, default 8
        More follow the network more closely and take longer.

    Returns
    -------
    figures : Figures

    Raises
    ------
    ParameterError
        If a chord does not begin on a 16th, or the melody leaves the grid's pitches.
    """
    return _Drawing(score, sampler, reader, random, particles).run()


def write_figures(score: Score, layers: Sequence[Voicings], figures: Figures) -> Score:
    """Put what the voices do before the next chord into a score of block chords.

    Parameters
    ----------
    score : Score
        Of four parts, as `melodyai_edu.composition.harmonise.write_voices` gives it.
    layers : sequence of Voicings
        Of the automaton.
    figures : Figures

    Returns
    -------
    score : Score
    """
    parts: list[Part] = [score.parts[0]]
    for voice in (1, 2, 3):
        notes: list[Note] = []
        lines = zip(score.parts[voice].notes, layers, figures.eighths[:, voice], strict=True)
        for note, layer, eighth in lines:
            if eighth == _STAYS:
                notes.append(note)
                continue
            place = note.end - _EIGHTH * STEP
            spelling = layer.table.key.spell(int(eighth))
            notes.append(replace(note, duration=place - note.onset))
            notes.append(Note(place, _EIGHTH * STEP, int(eighth), spelling))
        parts.append(replace(score.parts[voice], notes=tuple(notes)))
    return replace(score, parts=tuple(parts))


def _step_of(onset: int) -> int:
    if onset % STEP:
        raise ParameterError(
            f"a chord begins at tick {onset}, between two 16ths, where the network hears nothing; "
            'use model="counts"'
        )
    return onset // STEP


def _melody_cells(score: Score) -> np.ndarray:
    pitches = sounding(replace(score, parts=score.parts[:1]))
    return cells_of(np.repeat(pitches, 4, axis=1))[:, 0]


def _pitch(cell: int) -> int:
    return int(cell) + LOWEST - 1 if cell else 0


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    top = logits.max(axis=1, keepdims=True)
    found: np.ndarray = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return found


def _shares(weights: np.ndarray) -> np.ndarray:
    shares = np.exp(weights - weights.max())
    found: np.ndarray = shares / shares.sum()
    return found
