"""Three voices under a melody, drawn by the four-part network within the rules.

Conventions
-----------
The automaton of harmony sets the chords (`melodyai_edu.constraints.harmony_automaton`): it gives
every particle a legal next chord from which the end can still be reached, drawn by Bach's counts.
The network (`melodyai_edu.models.chorale`) hears all four voices on the grid of 16ths. It draws
what alto, tenor and bass do on the last eighth before the next chord, among what is legal there
(staying always is), and it weighs the particles by how probable it finds everything; from time to
time the improbable ones give way to copies of the others. So the result follows counts times
network, and every rule is kept at every moment.

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
from itertools import combinations, pairwise

import numpy as np

from melodyai_edu.constraints.voice_rules import HarmonyRule, NoParallels
from melodyai_edu.constraints.voicings import Voicings
from melodyai_edu.decoding.harmony import HarmonySampler
from melodyai_edu.errors import ParameterError
from melodyai_edu.io.chorales import sounding
from melodyai_edu.models.chorale import ChoraleReader, ReaderState
from melodyai_edu.score import SCALES, Key, Note, Part, Score
from melodyai_edu.theory.voicing import VOICE_RANGES
from melodyai_edu.tokens.chorale_grid import LOWEST, ORDER, STEP, cells_of, places_of

__all__ = ["Figures", "NoPassingParallels", "draw_figures", "write_figures"]

_PARTICLES = 12
_EIGHTH = 2  # steps
_STAYS = 0  # what is written for a voice that keeps its pitch to the next chord
_STEP_WIDTH, _LEAP_WIDTH, _LEAVING, _TRITONE = 2, 7, 4, 6
_PERFECT = (0, 7)
_LOWER = tuple(voice for voice in ORDER if voice)

Four = tuple[int, int, int, int]


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
            np.zeros((particles, size + 1), int),
            np.full((particles, size, 4), _STAYS),
        )
        self.scale = _scale(sampler.automaton.table.key)

    def run(self) -> Figures:
        """Go through all slots, then choose one of the particles."""
        self._draw_ways(0)
        for step in range(self.starts[0]):
            self._hear(step, None, is_weighed=False)
        for slot in range(len(self.layers)):
            if slot + 1 < len(self.layers):
                self._draw_ways(slot + 1)
            for step in range(self.starts[slot], self.starts[slot + 1]):
                self._hear(step, slot, is_weighed=step % 2 == 0)
            self._resample()
        shares = _shares(self.particles.weights)
        chosen = int(self.random.choice(len(shares), p=shares))
        ways = self.particles.ways[chosen, : len(self.layers)]
        return Figures(tuple(int(way) for way in ways), self.particles.eighths[chosen])

    def _draw_ways(self, slot: int) -> None:
        """Draw how each particle sets a slot, by counts and by what can still follow."""
        before = self.particles.ways[:, slot - 1] if slot else None
        shares = self.sampler.shares(slot, before, len(self.particles.ways))
        totals = np.cumsum(shares, axis=1)
        drawn = (totals < self.random.random((len(totals), 1)) * totals[:, -1:]).sum(axis=1)
        self.particles.ways[:, slot] = drawn

    def _hear(self, step: int, slot: int | None, *, is_weighed: bool) -> None:
        """Let the network hear one step, and draw in it what is free."""
        state, number = self.particles.state, len(self.particles.weights)
        places = np.repeat(self.places[step][None], number, axis=0)
        self.reader.listen(state, places)
        named = np.zeros((number, 4), np.int16)
        named[:, 0] = self.melody[step]
        if slot is not None and step < self.ends[slot]:
            named[:, 1:] = self._pitches(slot, step)[:, 1:] - LOWEST + 1
            if step == self._eighth(slot):
                self._draw_eighths(slot, step, named, places)
            elif is_weighed:
                for voice in ORDER:
                    self._weigh(state, voice, named, places)
        self.reader.advance(state, named)

    def _weigh(self, state: ReaderState, voice: int, named: np.ndarray, places: np.ndarray) -> None:
        chances = _log_softmax(self.reader.logits(state, voice, named, places))
        self.particles.weights += chances[np.arange(len(named)), named[:, voice]]

    def _eighth(self, slot: int) -> int:
        """Give the step of the last eighth before the next chord; -1 where voices stay."""
        start, after = self.starts[slot : slot + 2]
        is_free = slot + 1 < len(self.layers) and after - start >= 2 * _EIGHTH
        is_held = self.ends[slot] == after and after % _EIGHTH == 0
        return after - _EIGHTH if is_free and is_held else -1

    def _pitches(self, slot: int, step: int) -> np.ndarray:
        """Give what all voices sing at a step [shape=(N, 4)]; the soprano as the slot began."""
        ways = self.particles.ways[:, slot]
        pitches = self.layers[slot].pitches[ways].astype(int)
        if 0 <= self._eighth(slot) <= step:
            eighths = self.particles.eighths[:, slot]
            pitches = np.where(eighths != _STAYS, eighths, pitches)
        return pitches

    def _draw_eighths(self, slot: int, step: int, named: np.ndarray, places: np.ndarray) -> None:
        """Draw bass, alto and tenor one after the other, by the network, among what is legal."""
        state = self.particles.state
        self._weigh(state, 0, named, places)
        for voice in _LOWER:
            logits = self.reader.logits(state, voice, named, places).astype(float)
            chances = np.exp(_log_softmax(logits))
            for particle in range(len(named)):
                free = [*self._legal(slot, step, particle, voice, named[particle])]
                cells = np.array([int(named[particle, voice]), *free])
                shares = chances[particle, cells] + 1e-12
                self.particles.weights[particle] += np.log(shares.sum())
                chosen = int(self.random.choice(len(cells), p=shares / shares.sum()))
                if chosen:
                    named[particle, voice] = cells[chosen]
                    pitch = int(cells[chosen]) + LOWEST - 1
                    self.particles.eighths[particle, slot, voice] = pitch

    def _legal(
        self, slot: int, step: int, particle: int, voice: int, named: np.ndarray
    ) -> Iterator[int]:
        """Give the cells that a voice may go to on the eighth, but for the one that it has."""
        layer, after = self.layers[slot : slot + 2]
        way, following = self.particles.ways[particle, slot : slot + 2]
        table, chord = layer.table, int(layer.chords[way])
        old: Four = tuple(map(int, layer.pitches[way]))  # type: ignore[assignment]
        new: Four = tuple(map(int, after.pitches[following]))  # type: ignore[assignment]
        if old[voice] % 12 in (table.leading_tones[chord], table.sevenths[chord]):
            return
        sung = [_pitch(self.melody[s]) for s in (step - 1, step, self.starts[slot + 1] - 1)]
        if 0 in sung:
            return
        middle = [sung[1], *(int(cell) + LOWEST - 1 for cell in named[1:])]
        for pitch in _figures(old[voice], new[voice], table.classes[chord], self.scale):
            middle[voice] = pitch
            if _is_legal((sung[0], *old[1:]), middle, new, sung[2]):
                yield pitch - LOWEST + 1

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
    particles : int, default 12
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


def _scale(key: Key) -> frozenset[int]:
    """Give the pitch classes of a key; in minor the raised sixth and seventh too."""
    steps = {*SCALES[key.mode], *((9, 11) if SCALES[key.mode][2] == 3 else ())}
    return frozenset((step + key.tonic_pitch_class) % 12 for step in steps)


def _figures(old: int, new: int, classes: np.ndarray, scale: frozenset[int]) -> Iterator[int]:
    """Give passing and neighbouring notes, and leaps to other notes of the chord."""
    for pitch in range(old - _LEAP_WIDTH, old + _LEAP_WIDTH + 1):
        width, leaving = abs(pitch - old), abs(new - pitch)
        if not width or _TRITONE in (width, leaving):
            continue
        is_step = width <= _STEP_WIDTH and 0 < leaving <= _STEP_WIDTH and pitch % 12 in scale
        is_leap = width > _STEP_WIDTH and leaving <= _LEAVING and bool(classes[pitch % 12])
        if is_step or is_leap:
            yield pitch


def _is_legal(old: Sequence[int], middle: Sequence[int], new: Sequence[int], last: int) -> bool:
    """Say whether four voices may go from one chord over an eighth to the next.

    The melody may pass on once more after the eighth; `last` is what it sings before `new`.
    """
    then = (last, *middle[1:])
    ranges = zip(middle[1:], VOICE_RANGES[1:], strict=True)
    return (
        all(low <= pitch <= high for pitch, (low, high) in ranges)
        and all(_stands(four) for four in (middle, then))
        and all(_moves(*pair) for pair in ((old, middle), (then, new)))
    )


def _stands(four: Sequence[int]) -> bool:
    gaps = [upper - lower for upper, lower in pairwise(four)]
    return min(gaps) >= 0 and gaps[0] <= 12 and gaps[1] <= 12 and gaps[2] <= 24


def _moves(old: Sequence[int], new: Sequence[int]) -> bool:
    """Say whether no voice passes a neighbour, and no two move in parallel or to a hidden one."""
    for upper in range(3):
        lower = upper + 1
        if new[lower] > old[upper] and new[lower] != old[lower]:
            return False
        if new[upper] < old[lower] and new[upper] != old[upper]:
            return False
    for one, other in combinations(range(4), 2):
        gap = abs(new[one] - new[other]) % 12
        both = new[one] != old[one] and new[other] != old[other]
        if both and gap in _PERFECT and abs(old[one] - old[other]) % 12 == gap:
            return False
    soprano, bass = new[0] - old[0], new[3] - old[3]
    is_hidden = abs(soprano) > _STEP_WIDTH and soprano * bass > 0
    return not (is_hidden and (new[0] - new[3]) % 12 in _PERFECT)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    top = logits.max(axis=1, keepdims=True)
    found: np.ndarray = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return found


def _shares(weights: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.exp(weights - weights.max())
    return shares / shares.sum()
