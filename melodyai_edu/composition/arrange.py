"""Melody plus chords become a piece for several instruments.

Conventions
-----------
The first part of a score is its melody, `Score.chords` say what sounds under it. What an idiom
plays comes from a pattern file (docs/patterns.md); what a mood changes from
`melodyai_edu.composition.expression`. An arrangement is *written* first, on straight, notatable
places; ``humanise`` then *plays* it: swing, articulation, small shifts and touch, never another
note. The rules below hold for what is written, whatever the pattern asks for:

- every note lies in the range of its instrument;
- every note of bass and accompaniment belongs to the chord that sounds, for as long as it sounds,
  but for a bass step towards a new chord on a weak place just before it;
- on every change of chord the bass has the chord's bass;
- a counter-melody has chord notes on strong beats, and no parallel fifths or octaves with the
  melody.

Contents
--------
arrange
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from melodyai_edu.composition.accompaniment import (
    tidy,
    voicings_of,
    write_chords,
    write_drums,
    write_pad,
)
from melodyai_edu.composition.bass_line import Strike, play_bars, write_bass
from melodyai_edu.composition.chord_line import chord_line
from melodyai_edu.composition.counter_melody import write_counter_melody
from melodyai_edu.composition.expression import bar_levels, bar_tension, express
from melodyai_edu.composition.human_timing import perform
from melodyai_edu.composition.instruments import DRUM_KIT, program_of
from melodyai_edu.composition.pattern import Groove, Pattern
from melodyai_edu.composition.pattern_library import choose_pattern, find_pattern, groove_for
from melodyai_edu.composition.ranges import Compass, compass_of, fit_octaves
from melodyai_edu.composition.roles import Player, assign_roles, usual_players
from melodyai_edu.composition.textures import plan_bars
from melodyai_edu.composition.voice_chords import Room
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import DYNAMICS, Dynamic, Meter, Note, Part, Score
from melodyai_edu.theory.rhythm import metric_strength

__all__ = ["arrange"]

#: The melody stands out [MIDI velocity], a little more on strong places.
_MELODY, _ACCENT = 86, 1.5
#: Where chords and bass lie in the middle [MIDI]: around middle C and an octave and a half below.
#: Adler (2016), The Study of Orchestration, 4th ed., on background and bass.
_CHORD_CENTRE, _BASS_CENTRE = 59, 40
_HALF_ROOM = 11  # semitones that a chord may lie above or below its centre
_BASS_OF_CHORDS = 19  # semitones at the bottom of an instrument that plays its own bass
_HIGHEST_BASS = 52  # E3, or an octave above the lowest note of a higher instrument


def arrange(
    score: Score,
    *,
    pattern: str | os.PathLike[str] | None = None,
    instruments: Sequence[str] | None = None,
    seed: int = 0,
    humanise: bool = True,
    counter_melody: bool = False,
    valence: float = 0.0,
    arousal: float = 0.0,
    tension: Sequence[float] | None = None,
) -> Score:
    """Arrange a melody with chords for several instruments.

    Parameters
    ----------
    score : Score
        Its first part is the melody, ``chords`` must be filled; ``sections`` named ``"Intro"`` and
        ``"Ending"`` are played thinner, sections of another letter than the first varied.
    pattern : str or path, optional
        A name of `melodyai_edu.composition.pattern_library.list_patterns`, a genre, or a file that
        ends in ``.toml``. Left out: the one usual in the meter. Where the pattern has no bars for
        a meter, bars are derived from the meter's strong and weak places.
    instruments : sequence of str, optional
        General MIDI names, or ``"drums"``; the first plays the melody, and the others what
        `melodyai_edu.composition.roles.assign_roles` says. Without a bass among them the
        first accompaniment plays the bass too. Left out: the pattern's usual ones.
    seed : int, default 0
        Chooses variations and human timing; the same arguments give the same notes.
    humanise : bool, default True
        Swing, articulation, touch, and shifts of a tick where a tick is under 30 ms. Without it
        the score holds what is written: the same notes, ready for a printed page.
    counter_melody : bool, default False
        Add a second melody, if the instruments do not hold one anyway.
    valence, arousal : float, default 0 [-1 to 1]
        The mood: changes loudness, articulation, register, density and usual instruments.
    tension : sequence of float, optional [0-1]
        One for each bar, a pickup counted as one; the music is louder where it is high. Left out:
        estimated from melody and chords.

    Returns
    -------
    arrangement : Score
        A part for each player, melody first; everything else as in ``score``. All parts end with
        it.

    Raises
    ------
    ParameterError
        If there is no melody or no chord symbol, a name is unknown (with the nearest ones), or a
        number is out of range.
    InputError
        If a pattern file cannot be read.

    Examples
    --------
    >>> from melodyai_edu.score import ChordSymbol, Melody
    >>> tune = Score.of_melody(Melody.from_events([(72, 24), (76, 24), (79, 24)] * 4),
    ...                        meter=Meter(3, 4))
    >>> tune = replace(tune, chords=(ChordSymbol(0, "C"), ChordSymbol(144, "Am")))
    >>> band = arrange(tune, pattern="waltz", instruments=["flute", "piano", "acoustic bass"])
    >>> [part.name for part in band.parts]
    ['Flute', 'Acoustic grand piano', 'Acoustic bass']
    """
    if not score.parts or not score.parts[0].notes or score.parts[0].is_drums:
        raise ParameterError("score has no melody to arrange: its first part must have notes")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed={seed!r} must be an integer of 0 or more")
    chosen = choose_pattern(meter=score.meter) if pattern is None else find_pattern(pattern)
    arranger = _Arranger(score, chosen, int(seed), valence, arousal, tension)
    players = arranger.players(instruments, counter_melody)
    return arranger.arrange(players, humanise)


class _Arranger:
    """Arranges one score in one pattern."""

    def __init__(
        self,
        score: Score,
        pattern: Pattern,
        seed: int,
        valence: float,
        arousal: float,
        tension: Sequence[float] | None,
    ) -> None:
        self.score, self.pattern, self.seed = score, pattern, seed
        self.expression = express(valence, arousal)
        self.line = chord_line(score)
        self.plans = plan_bars(score, self.expression.density, seed)
        tension = bar_tension(score) if tension is None else tension
        self.levels = bar_levels(score, tension, self.expression)

    def players(
        self, instruments: Sequence[str] | None, counter_melody: bool
    ) -> tuple[Player, ...]:
        """Say who plays; a second accompaniment holds the chords as a pad."""
        mood = self.expression.mood
        if instruments is None:
            return usual_players(self.pattern, mood, counter_melody=counter_melody)
        players = assign_roles(instruments)
        if counter_melody and "counter_melody" not in [player.role for player in players]:
            name = self.pattern.instrument("counter_melody", mood) or "cello"
            players = (*players, Player("counter_melody", name))
        first = next((n for n, p in enumerate(players) if p.role == "accompaniment"), None)
        return tuple(
            Player("pad", player.instrument)
            if player.role == "accompaniment" and number != first
            else player
            for number, player in enumerate(players)
        )

    def arrange(self, players: Sequence[Player], humanise: bool) -> Score:
        """Write all parts, shade them, and play them if asked to."""
        self.has_bass = any(player.role == "bass" for player in players)
        self.melody = self._melody(players[0].instrument)
        self.lines: list[Sequence[Note]] = [self.melody]
        roles = [player.role for player in players]
        names = _names(players)
        parts = [
            self._part(player, name, number)
            for number, (player, name) in enumerate(zip(players, names, strict=True))
        ]
        if humanise:
            parts = list(
                perform(
                    parts, roles, self.score, self.plans, self.pattern, self.expression, self.seed
                )
            )
        return replace(self.score, parts=tuple(parts), duration=self.score.duration)

    def _part(self, player: Player, name: str, number: int) -> Part:
        notes = self._notes(player, number)
        is_drums = player.instrument == DRUM_KIT
        program = 0 if is_drums else program_of(player.instrument)
        shaded = self._shaded(notes, is_melody=player.role == "melody")
        return Part(shaded, name, program, is_drums, dynamics=_marks(shaded, self._starts))

    def _notes(self, player: Player, number: int) -> Sequence[Note]:
        """Write what one player plays."""
        if player.role == "melody":
            return self.melody
        if player.role == "drums":
            return write_drums(self._strikes("drums"))
        compass = compass_of(player.instrument)
        if player.role == "bass":
            return self._bass(compass)
        if player.role == "counter_melody":
            random = np.random.default_rng([self.seed, 4, number])
            found = write_counter_melody(
                self.lines, self.line, self.plans, compass, self.score.key_at, random
            )
            self.lines.append(found)
            return found
        return self._chords(compass, player.role)

    def _melody(self, instrument: str) -> tuple[Note, ...]:
        notes = self.score.parts[0].notes
        shifts = fit_octaves(notes, compass_of(instrument))
        return tuple(
            replace(note, pitch=note.pitch + shift)
            for note, shift in zip(notes, shifts, strict=True)
        )

    def _bass(self, compass: Compass) -> tuple[Note, ...]:
        low = compass.easy_low
        high = min(compass.easy_high, max(_HIGHEST_BASS, low + 12))
        compass = compass._replace(easy_high=high)
        centre = float(np.clip(_BASS_CENTRE + self.expression.register, low + 6, high - 6))
        strikes = self._strikes("bass")
        return write_bass(strikes, self.line, self.plans, compass, centre, self.score.key_at)

    def _chords(self, compass: Compass, role: str) -> tuple[Note, ...]:
        """Write chords, with the bass under them where nobody else plays it."""
        plays_bass = role == "accompaniment" and not self.has_bass
        room = self._room(compass, plays_bass)
        voicings = voicings_of(self.line, self.plans, room, self.melody)
        key_at = self.score.key_at
        if role == "pad":
            return write_pad(self.plans, self.line, voicings, compass, key_at)
        strikes = self._strikes("accompaniment")
        chords = write_chords(strikes, self.line, voicings, compass, key_at)
        if not plays_bass:
            return chords
        top = min(compass.easy_low + _BASS_OF_CHORDS, compass.easy_high)
        return tidy((*self._bass(compass._replace(easy_high=top)), *chords))

    def _room(self, compass: Compass, plays_bass: bool) -> Room:
        """Give the place for voicings: around middle C, or as near as the instrument gets."""
        low, high = compass.easy_low + 7 * plays_bass, compass.easy_high
        centre = _CHORD_CENTRE + self.expression.register
        bottom = int(np.clip(centre - _HALF_ROOM, low, max(low, high - 2 * _HALF_ROOM)))
        top = min(bottom + 2 * _HALF_ROOM, high)
        return Room(bottom, top, (bottom + top) / 2, self.pattern.voices)

    def _strikes(self, role: str) -> list[Strike]:
        return play_bars(role, self.plans, self._groove_of, self.score.duration)

    def _groove_of(self, meter: Meter) -> Groove:
        return groove_for(self.pattern, meter)

    @cached_property
    def _bounds(self) -> list[int]:
        return [plan.onset for plan in self.plans]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(sorted({0, *(section.onset for section in self.score.sections)}))

    def _shaded(self, notes: Sequence[Note], *, is_melody: bool) -> tuple[Note, ...]:
        """Bring the dynamics of the bars into the velocities."""
        found = []
        for note in notes:
            bar = bisect_right(self._bounds, note.onset) - 1
            base = self._accented(note, bar) if is_melody else note.velocity
            velocity = min(max(round(base + self._level(note.onset)), 1), 127)
            found.append(replace(note, velocity=velocity))
        return tuple(found)

    def _level(self, onset: int) -> float:
        """Give the loudness at a place: from the middle of a bar to that of the next it grows."""
        middles = [(plan.onset + plan.end) / 2 for plan in self.plans]
        return float(np.interp(onset, middles, self.levels))

    def _accented(self, note: Note, bar: int) -> float:
        plan = self.plans[bar]
        whole = plan.meter.bar_duration
        late = whole - (plan.end - plan.onset) if not plan.texture else 0
        level = metric_strength(plan.meter)[(note.onset - plan.onset + late) % whole]
        return _MELODY + _ACCENT * (int(level) - 3)


def _names(players: Sequence[Player]) -> list[str]:
    """Name the parts by their instruments, numbered where two are alike."""
    counts = Counter(player.instrument for player in players)
    seen: Counter[str] = Counter()
    names = []
    for player in players:
        seen[player.instrument] += 1
        number = f" {seen[player.instrument]}" if counts[player.instrument] > 1 else ""
        names.append(player.instrument.capitalize() + number)
    return names


def _marks(notes: Sequence[Note], starts: Sequence[int]) -> tuple[Dynamic, ...]:
    """Write a dynamic mark where a section begins and the loudness is another than before."""
    marks: list[Dynamic] = []
    for start, end in zip(starts, (*starts[1:], 1 << 60), strict=True):
        inside = [note for note in notes if start <= note.onset < end]
        if not inside:
            continue
        mean = sum(note.velocity for note in inside) / len(inside)
        mark = min(DYNAMICS, key=lambda name: abs(DYNAMICS[name] - mean))
        if not marks or marks[-1].mark != mark:
            marks.append(Dynamic(inside[0].onset, mark))
    return tuple(marks)
