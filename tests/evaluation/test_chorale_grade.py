"""Fang's grade: what it counts is what music21 finds, and Bach comes out best."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.chorale_grade import (
    FEATURES,
    ChoraleGrader,
    count_faults,
    count_parallels,
    repeated_sequences,
)
from melodyai_edu.io.corpus import load
from melodyai_edu.io.music21_theory import find_parallels
from melodyai_edu.score import Melody, Part, Score


@pytest.fixture(scope="module")
def bach():
    return [tune.score for tune in load("chorales")[:60]]


@pytest.fixture(scope="module")
def grader(bach):
    return ChoraleGrader(bach)


def four(*lines):
    return Score(tuple(Part(Melody.from_events(line).notes) for line in lines))


def test_bach_is_graded_much_as_published(grader, bach):
    """The published medians: 0 parallels, 0.23 rhythm, 0.47 to 0.69 intervals; 4.91 in all."""
    grades = [grader.grade(score) for score in bach]
    medians = {name: np.median([grade.parts[name] for grade in grades]) for name in FEATURES}
    assert medians["parallels"] == 0
    assert medians["rhythm"] == pytest.approx(0.23, abs=0.1)
    for voice, published in (("soprano", 0.47), ("alto", 0.49), ("tenor", 0.53), ("bass", 0.69)):
        assert medians[f"{voice} intervals"] == pytest.approx(published, abs=0.15)
    assert 3.5 < np.median([grade.total for grade in grades]) < 6


def test_a_mock_is_graded_worse(grader, bach):
    """Bach's pitches in random order within each voice keep his rhythm and nothing else."""
    random, worse = np.random.default_rng(1), 0
    for score in bach[:10]:
        parts = []
        for part in score.parts:
            pitches = random.permutation([note.pitch for note in part.notes])
            pairs = zip(part.notes, pitches, strict=True)
            notes = tuple(replace(note, pitch=int(p), spelling=None) for note, p in pairs)
            parts.append(replace(part, notes=notes))
        mock = replace(score, parts=tuple(parts))
        worse += grader.grade(mock).total > 2 * grader.grade(score).total
    assert worse == 10


def test_parallels_are_those_of_music21(bach):
    """Ours are among music21's; those that it finds more come after a held or resting voice."""
    for score in bach[:8]:
        theirs = Counter(one.kind for one in find_parallels(score))
        ours = count_parallels(score)
        assert all(ours[kind] <= theirs[kind] for kind in ("fifths", "octaves"))
    lines = ([(72, 24), (74, 24)], [(67, 48)], [(64, 48)], [(48, 24), (50, 24)])
    assert count_parallels(four(*lines)) == {"octaves": 1, "fifths": 0}


def test_each_fault_is_found():
    lines = ([(67, 24), (72, 24)], [(69, 48)], [(55, 24), (56, 24)], [(46, 24), (53, 24)])
    found = count_faults(four(*lines), [(60, 71), (53, 74), (48, 69), (36, 62)])
    assert found["crossing"] == 1  # the alto lies above the soprano at first
    assert found["range"] == 1
    assert found["hidden fifths"] == 1
    assert found["spacing"] == 2


def test_repeated_sequences_are_counted_by_length():
    phrase = [(60, 24), (62, 24), (64, 48)]
    assert repeated_sequences(four([*phrase, (65, 24), *phrase])) == {8: 2}
    assert not repeated_sequences(four([(60, 24), (62, 24), (64, 24)]))


def test_what_cannot_be_graded(grader):
    with pytest.raises(ParameterError, match="a chorale here has four"):
        grader.grade(four([(60, 24)]))
    with pytest.raises(ParameterError, match=r"references=\(\) must hold one chorale or more"):
        ChoraleGrader([])
