"""Near-duplicates are found through transposition and light variation, strangers are not."""

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.io import fingerprint as module
from melodyai_edu.io.corpus import load
from melodyai_edu.io.fingerprint import fingerprint, groups, near_duplicates, split_of
from melodyai_edu.score import Part, Score


@pytest.fixture(scope="module")
def tunes():
    return [tune for tune in load("oneill")[700:1000] if len(tune.melody) >= 60]


def varied(score, rate, seed):
    """Move this share of the notes by a step, and everything by a fourth."""
    random_of = random.Random(seed)
    notes = [
        replace(n, pitch=n.pitch + 5 + random_of.choice((-2, 2)) * (random_of.random() < rate),
                spelling="")
        for n in score.parts[0].notes
    ]  # fmt: skip
    return replace(score, parts=(Part(tuple(notes)),))


def together(a, b):
    return bool(near_duplicates([fingerprint(a), fingerprint(b)]))


def test_transposed_tunes_are_the_same(tunes):
    for tune in tunes[:50]:
        a, b = fingerprint(tune.score), fingerprint(varied(tune.score, 0, 0))
        assert np.array_equal(a, b)


def test_light_variation_is_found(tunes):
    found = [together(tune.score, varied(tune.score, 0.05, n)) for n, tune in enumerate(tunes)]
    assert np.mean(found) > 0.95


def test_ornaments_are_seen_through(tunes):
    """Each long note cut into three, as a roll is played: the beats still tell."""

    def rolled(score):
        notes = []
        for n in score.parts[0].notes:
            third = n.duration // 3
            if n.duration >= 24 and third:
                notes += [replace(n, duration=third, ties=())]
                notes += [
                    replace(
                        n,
                        onset=n.onset + third,
                        duration=third,
                        pitch=n.pitch + 2,
                        spelling="",
                        ties=(),
                    )
                ]
                notes += [
                    replace(n, onset=n.onset + 2 * third, ties=(), duration=n.duration - 2 * third)
                ]
            else:
                notes.append(n)
        return replace(score, parts=(Part(tuple(notes)),))  # fmt: skip

    assert np.mean([together(tune.score, rolled(tune.score)) for tune in tunes]) > 0.9


def test_strangers_stay_apart(tunes):
    """A jig and the same notes in random order have nothing in common."""
    for number, tune in enumerate(tunes[:50]):
        notes = tune.score.parts[0].notes
        pitches = [note.pitch for note in notes]
        random.Random(number).shuffle(pitches)
        mixed = tuple(
            replace(note, pitch=pitch, spelling="")
            for note, pitch in zip(notes, pitches, strict=True)
        )
        assert not together(tune.score, replace(tune.score, parts=(Part(mixed),)))


def test_groups_join_through_others():
    a = np.arange(0, 10, dtype=np.uint64)
    b = np.arange(6, 16, dtype=np.uint64)
    c = np.arange(12, 22, dtype=np.uint64)
    alone = np.arange(100, 110, dtype=np.uint64)
    assert near_duplicates([a, b, c, alone]) == [(0, 1), (1, 2)]
    assert groups([a, b, c, alone]).tolist() == [0, 0, 0, 3]


def test_commonplaces_join_nobody():
    """A window that sixty tunes share is a habit of the style."""
    shared = np.arange(5, dtype=np.uint64)
    prints = [np.concatenate((shared, [np.uint64(1000 + i)])) for i in range(60)]
    assert near_duplicates(prints) == []


def test_copies_are_one_group_however_many():
    tune, other = np.arange(5, dtype=np.uint64), np.arange(10, 15, dtype=np.uint64)
    assert groups([other, *[tune] * 60]).tolist() == [0, *[1] * 60]


def counted(prints):
    """Count what every two tunes share, one window at a time."""
    owners = {}
    for index, hashes in enumerate(prints):
        for value in hashes.tolist():
            owners.setdefault(value, []).append(index)
    telling = (own for own in owners.values() if len(own) <= 50)
    shared = Counter(pair for own in telling for pair in combinations(own, 2))
    smaller = {pair: min(len(prints[one]) for one in pair) for pair in shared}
    return sorted(
        pair for pair, count in shared.items()
        if count >= max(0.25 * smaller[pair], min(3, smaller[pair]))
    )  # fmt: skip


@given(
    st.lists(st.sets(st.integers(0, 40), max_size=12), max_size=80),
    st.sampled_from([1, 7, 100, 10**6]),
)
def test_pairs_are_those_of_plain_counting(sets, at_once):
    prints = [np.array(sorted(one), dtype=np.uint64) for one in sets]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        assert near_duplicates(prints) == counted(prints)
        first = groups(prints) if prints else np.zeros(0, dtype=int)
    assert all(first[a] == first[b] for a, b in counted(prints))
    assert (first <= np.arange(len(first))).all()
    assert (first[first] == first).all()


def test_empty_and_short():
    assert len(fingerprint(Score(()))) == 0
    assert groups([np.zeros(0, dtype=np.uint64)] * 2).tolist() == [0, 1]


def test_split_is_fixed_and_in_proportion():
    names = [f"oneill-{number:04d}" for number in range(5000)]
    sides = split_of(names)
    assert sides == split_of(names)
    assert sides[:3] == split_of(names[:3])
    assert abs(sides.count("train") / 5000 - 0.8) < 0.02
    assert abs(sides.count("test") / 5000 - 0.1) < 0.015
