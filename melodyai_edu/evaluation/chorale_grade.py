"""How much a four-part piece is like Bach's chorales: the grading function of Fang et al.

Conventions
-----------
Nine features, each 0 for what is quite like Bach, add up to the grade: lower is better. Eight
compare a histogram of the piece with the same histogram of all reference chorales by Wasserstein's
distance over ranks: categories stand in the order of how common they are with Bach, what he never
wrote after them. The ninth is the share of parallel fifths and octaves in all notes, in units of
Bach's own share, times the distance between the kinds.

Where ours differs from the published program: pitches and intervals are taken as they sound, not as
they are spelled; chords are named by what sounds, as in `melodyai_edu.theory.naming` and in a
shorter list of the rarer ones; parallels over the ends of phrases count, for a `Score` has no
fermatas. How repeated sequences are counted is not published in full: ours are counted as
`repeated_sequences` says, in eighths, for then Bach's median (1.2) is nearest to the published one
(1.29). So grades are compared with Bach's own by the same program, not with a printed table only.

Contents
--------
FEATURES, VOICE_FAULTS, ChoraleGrade, ChoraleGrader, count_parallels, count_faults,
repeated_sequences
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.estimate import estimate_key
from melodyai_edu.io.music21_theory import moments
from melodyai_edu.score import Note, Score
from melodyai_edu.theory.naming import find_chord

__all__ = [
    "FEATURES",
    "VOICE_FAULTS",
    "ChoraleGrade",
    "ChoraleGrader",
    "count_faults",
    "count_parallels",
    "repeated_sequences",
]

FEATURES = (
    "notes",
    "rhythm",
    "parallels",
    "chords",
    "soprano intervals",
    "alto intervals",
    "tenor intervals",
    "bass intervals",
    "repetition",
)

#: Faults that the published program counts beside parallels.
VOICE_FAULTS = ("hidden octaves", "hidden fifths", "overlap", "crossing", "spacing", "range")

_STEP = 6  # ticks of a 16th
_VOICES = ("soprano", "alto", "tenor", "bass")
_FIFTH, _OCTAVE, _TOO_WIDE = 7, 0, 12
_BY_MODE = ("notes", "chords", *(f"{voice} intervals" for voice in _VOICES))

#: From the table of chord kinds in music21's `harmony` module, as intervals over the root.
_FURTHER_KINDS = {
    frozenset(intervals): name
    for name, intervals in {
        "pedal": (0,), "power": (0, 7), "suspended": (0, 5, 7), "suspended seventh": (0, 5, 7, 10),
        "minor-major seventh": (0, 3, 7, 11), "augmented-major seventh": (0, 4, 8, 11),
        "augmented seventh": (0, 4, 8, 10), "seventh with flat fifth": (0, 4, 6, 10),
        "major ninth": (0, 2, 4, 7, 11), "dominant ninth": (0, 2, 4, 7, 10),
        "minor ninth": (0, 2, 3, 7, 10), "Italian": (0, 4, 10), "Tristan": (0, 3, 6, 9, 10),
    }.items()
}  # fmt: skip

Histogram = Mapping[Hashable, float]


@dataclass(frozen=True, slots=True)
class ChoraleGrade:
    """A piece's grade and its nine parts.

    Parameters
    ----------
    parts : dict of str to float
        One for each of ``FEATURES``.
    """

    parts: dict[str, float]

    @property
    def total(self) -> float:
        """The grade; lower is more like Bach."""
        return sum(self.parts.values())


class ChoraleGrader:
    """Grades pieces against reference chorales.

    Parameters
    ----------
    references : sequence of Score
        Four parts each, soprano first.

    Raises
    ------
    ParameterError
        If there is none, or one has not four parts.

    References
    ----------
    Fang, Liu, Seetharaman & Pardo (2020), "Bach or Mock? A Grading Function for Chorales in the
    Style of J.S. Bach", ICML workshop on Machine Learning for Media Discovery.
    """

    def __init__(self, references: Sequence[Score]) -> None:
        if not references:
            raise ParameterError("references=() must hold one chorale or more")
        self._totals: dict[tuple[str, str], Counter[Hashable]] = {}
        self._parallels: Counter[Hashable] = Counter({"fifths": 0, "octaves": 0})
        notes = 0
        for score in references:
            mode, histograms = _read(score)
            for name, histogram in histograms.items():
                self._totals.setdefault(_place(name, mode), Counter()).update(histogram)
            self._parallels.update(count_parallels(score))
            notes += score.note_count
        self._share = sum(self._parallels.values()) / notes

    def grade(self, score: Score) -> ChoraleGrade:
        """Grade a piece.

        Parameters
        ----------
        score : Score
            Of four parts, soprano first.

        Returns
        -------
        grade : ChoraleGrade

        Raises
        ------
        ParameterError
            If there are not four parts.
        """
        mode, histograms = _read(score)
        parts = {
            name: (
                _length_distance(histogram, self._totals[_place(name, mode)])
                if name == "repetition"
                else _rank_distance(histogram, self._totals.get(_place(name, mode), Counter()))
            )
            for name, histogram in histograms.items()
        }
        parts["parallels"] = self._parallel_part(score)
        return ChoraleGrade({name: float(parts[name]) for name in FEATURES})

    def _parallel_part(self, score: Score) -> float:
        found = count_parallels(score)
        if not sum(found.values()) or not self._share:
            return 0.0
        ratio = sum(found.values()) / score.note_count / self._share
        return ratio * _rank_distance(found, self._parallels)


def _place(name: str, mode: str) -> tuple[str, str]:
    return name, mode if name in _BY_MODE else ""


def _read(score: Score) -> tuple[str, dict[str, Counter[Hashable]]]:
    """Give the mode of a piece and all its histograms."""
    if len(score.parts) != len(_VOICES):
        raise ParameterError(f"score has {len(score.parts)} parts; a chorale here has four")
    key = estimate_key(score.parts)
    found: dict[str, Counter[Hashable]] = {"notes": Counter(), "rhythm": Counter()}
    for part in score.parts:
        for pitch, duration in _events(part.notes, score.duration):
            degree = "rest" if pitch is None else (pitch - key.tonic_pitch_class) % 12
            found["notes"][degree] += duration // _STEP
            found["rhythm"][duration] += 1
    found["chords"] = Counter(_qualities(score))
    for voice, part in zip(_VOICES, score.parts, strict=True):
        steps = (after.pitch - before.pitch for before, after in pairwise(part.notes))
        found[f"{voice} intervals"] = Counter(steps)
    found["repetition"] = repeated_sequences(score)
    return ("minor" if key.mode == "minor" else "major"), found


def _events(notes: Sequence[Note], duration: int) -> Iterator[tuple[int | None, int]]:
    """Give every note and rest as pitch (None for a rest) and duration."""
    end = 0
    for note in notes:
        if note.onset > end:
            yield None, note.onset - end
        yield note.pitch, note.duration
        end = note.end
    if duration > end:
        yield None, duration - end


def _qualities(score: Score) -> Iterator[str]:
    """Name the kind of chord at each onset."""
    for _, notes in moments(score):
        pitches = [note.pitch for note in notes if note is not None]
        harmony = find_chord(pitches) if pitches else None
        yield _further_kind(pitches) if harmony is None else harmony.quality


def _further_kind(pitches: list[int]) -> str:
    """Name those chords that music21 knows beside triads and seventh chords."""
    classes = {pitch % 12 for pitch in pitches}
    for root in sorted(classes):
        kind = _FURTHER_KINDS.get(frozenset((pitch - root) % 12 for pitch in classes))
        if kind is not None:
            return kind
    return "unnamed"


def _rank_distance(found: Histogram, reference: Histogram) -> float:
    """Give Wasserstein's distance over the categories, the commonest of the reference first."""
    known = sorted(reference, key=lambda item: (-reference[item], str(item)))
    others = sorted(set(found) - set(known), key=lambda item: (found[item], str(item)))
    order = [*known, *others]
    return _distance([found.get(item, 0) for item in order], [reference.get(i, 0) for i in order])


def _length_distance(found: Histogram, reference: Histogram) -> float:
    """Give Wasserstein's distance over lengths [eighths]; none at all counts as length 0."""
    lengths = [int(str(length)) for length in (*found, *reference)]
    order = range(max(lengths, default=0) + 1)
    own = [found.get(length, 0) for length in order] if found else [1.0, *([0.0] * order[-1])]
    return _distance(own, [reference.get(length, 0) for length in order])


def _distance(found: Sequence[float], reference: Sequence[float]) -> float:
    """Give the area between the two cumulative distributions."""
    if not sum(found) or not sum(reference):
        return 0.0
    gaps = np.cumsum(np.array(found) / sum(found) - np.array(reference) / sum(reference))
    return float(np.abs(gaps).sum())


def _moves(score: Score) -> Iterator[tuple[int, int, tuple[int, int, int, int]]]:
    """Give every two voices that begin a note together, each right after another note."""
    lines = [part.notes for part in score.parts]
    arrivals = [
        {new.onset: (old.pitch, new.pitch) for old, new in pairwise(line) if old.end == new.onset}
        for line in lines
    ]
    for upper, lower in combinations(range(len(lines)), 2):
        for onset in arrivals[upper].keys() & arrivals[lower].keys():
            yield upper, lower, (*arrivals[upper][onset], *arrivals[lower][onset])


def count_parallels(score: Score) -> Counter[Hashable]:
    """Count parallel fifths and octaves between voices that begin a note together.

    Parameters
    ----------
    score : Score

    Returns
    -------
    counts : Counter
        Keys ``"fifths"`` and ``"octaves"``; unisons are among the octaves.

    Examples
    --------
    >>> from melodyai_edu.score import Melody, Part
    >>> lines = ([(67, 24), (69, 24)], [(60, 24), (62, 24)])
    >>> parts = [Part(Melody.from_events(line).notes) for line in lines]
    >>> count_parallels(Score(tuple(parts)))["fifths"]
    1
    """
    found: Counter[Hashable] = Counter({"fifths": 0, "octaves": 0})
    for _, _, (high, new_high, low, new_low) in _moves(score):
        if high == new_high or low == new_low:
            continue
        gap = (new_high - new_low) % 12
        if (high - low) % 12 == gap and gap in (_FIFTH, _OCTAVE):
            found["fifths" if gap == _FIFTH else "octaves"] += 1
    return found


def count_faults(score: Score, ranges: Sequence[tuple[int, int]]) -> Counter[Hashable]:
    """Count the other faults of voice leading.

    Parameters
    ----------
    score : Score
        Of four parts, soprano first.
    ranges : sequence of (int, int) [MIDI]
        The lowest and highest pitch of each voice.

    Returns
    -------
    counts : Counter
        Keys ``VOICE_FAULTS``.
    """
    found: Counter[Hashable] = Counter(dict.fromkeys(VOICE_FAULTS, 0))
    for _, _, (high, new_high, low, new_low) in _moves(score):
        found["overlap"] += new_low > high or new_high < low
        rises, falls = new_high > high and new_low > low, new_high < high and new_low < low
        gap, is_new = (new_high - new_low) % 12, (high - low) % 12 != (new_high - new_low) % 12
        is_leap = abs(new_high - high) > 2
        if (rises or falls) and is_new and is_leap:
            found["hidden fifths"] += gap == _FIFTH
            found["hidden octaves"] += gap == _OCTAVE
    for _, notes in moments(score):
        for upper, lower in combinations(range(4), 2):
            one, other = notes[upper], notes[lower]
            if one is None or other is None:
                continue
            found["crossing"] += one.pitch < other.pitch
            is_close = (upper, lower) in ((0, 1), (1, 2))
            found["spacing"] += is_close and one.pitch - other.pitch > _TOO_WIDE
    for part, (lowest, highest) in zip(score.parts, ranges, strict=True):
        found["range"] += sum(not lowest <= note.pitch <= highest for note in part.notes)
    return found


def repeated_sequences(score: Score) -> Counter[Hashable]:
    """Count how long the sequences are that a voice repeats exactly.

    A sequence is two notes or more, same pitches and durations. It counts as often as it occurs in
    its voice; one that is part of a longer one, and occurs no oftener, is left out.

    Parameters
    ----------
    score : Score

    Returns
    -------
    counts : Counter
        By length [eighths].
    """
    found: Counter[Hashable] = Counter()
    for part in score.parts:
        for run, count in _repeats(tuple(_events(part.notes, 0))):
            found[sum(duration for _, duration in run) // (2 * _STEP)] += count
    return found


Run = tuple[tuple[int | None, int], ...]


def _repeats(events: Run) -> Iterator[tuple[Run, int]]:
    """Give every repeated run of events with its number, if no longer one has the same."""
    length, runs = 2, _runs(events, 2)
    while runs:
        longer = _runs(events, length + 1)
        covered = {(part, n) for run, n in longer.items() for part in (run[1:], run[:-1])}
        yield from ((run, n) for run, n in runs.items() if (run, n) not in covered)
        length, runs = length + 1, longer


def _runs(events: Run, length: int) -> dict[Run, int]:
    """Count the runs of a length that occur more than once."""
    counts = Counter(events[i : i + length] for i in range(len(events) - length + 1))
    return {run: count for run, count in counts.items() if count > 1}
