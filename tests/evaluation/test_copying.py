from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.evaluation import CopyIndex, CopyReport, HumanCopying, copy_report
from melodyai_edu.evaluation.copying import WINDOW
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Melody


def melody(pitches, durations=12):
    durations = [durations] * len(pitches) if isinstance(durations, int) else durations
    return Melody.from_events(zip(pitches, durations, strict=True))


def random_melody(random, length):
    return melody(
        random.integers(55, 80, length).tolist(), random.choice([6, 12, 18, 24], length).tolist()
    )


def tune(its_melody, title="A tune", genre="jig"):
    return SimpleNamespace(title=title, melody=its_melody, genre=genre)


def longest_by_hand(one, others):
    """Compare every place with every place, as one would on paper."""
    best = 0
    for other in others:
        for here in range(len(one)):
            for there in range(len(other)):
                length = 1
                while here + length < len(one) and there + length < len(other):
                    ours, theirs = (
                        one.notes[here : here + length + 1],
                        other.notes[there : there + length + 1],
                    )
                    if (
                        ours[-1].pitch - ours[-2].pitch != theirs[-1].pitch - theirs[-2].pitch
                        or ours[-1].onset - ours[-2].onset != theirs[-1].onset - theirs[-2].onset
                    ):
                        break
                    length += 1
                best = max(best, length if length > 1 else 0)
    return best


@given(
    st.lists(st.lists(st.integers(60, 62), min_size=2, max_size=25), min_size=1, max_size=4),
    st.lists(st.integers(60, 62), min_size=2, max_size=20),
)
def test_the_longest_run_is_the_one_found_by_hand(tunes, pitches):
    others = [melody(each) for each in tunes]
    index = CopyIndex(tune(each) for each in others)
    assert index.longest_run(melody(pitches))[0] == longest_by_hand(melody(pitches), others)


@pytest.mark.parametrize("transposed", [-7, 0, 5])
@pytest.mark.parametrize("length", [8, 9, 15, 40])
def test_a_planted_copy_is_found_exactly(length, transposed):
    random = np.random.default_rng(length)
    tunes = [random_melody(random, 120) for _ in range(30)]
    stolen = tunes[17].notes[33 : 33 + length]
    events = [(int(random.integers(30, 40)), 5) for _ in range(10)]
    gaps = np.diff([note.onset for note in stolen]).tolist()
    events += [(n.pitch + transposed, gap) for n, gap in zip(stolen, [*gaps, 7], strict=True)]
    events += [(int(random.integers(90, 100)), 5) for _ in range(10)]
    index = CopyIndex(tune(each, f"no. {number}") for number, each in enumerate(tunes))
    report = copy_report(Melody.from_events(events), index)
    assert (report.longest_run, report.source) == (length, "no. 17")
    windows = len(events) - WINDOW + 1
    assert report.window_share == pytest.approx((length - WINDOW + 1) / windows)


def test_unrelated_melodies_are_not_copies():
    random = np.random.default_rng(0)
    index = CopyIndex(tune(random_melody(random, 200)) for _ in range(50))
    for _ in range(10):
        report = copy_report(random_melody(random, 80), index)
        assert report.longest_run < WINDOW
        assert report.window_share == 0


def test_the_same_pitches_in_another_rhythm_are_no_copy():
    pitches = list(range(60, 72))
    index = CopyIndex([tune(melody(pitches, 12))])
    assert index.longest_run(melody(pitches, 24)) == (0, None)


def test_a_note_cut_short_before_a_rest_is_still_copied():
    whole = melody(list(range(60, 72)), 24)
    short = Melody.from_events(
        event for pitch in range(60, 72) for event in ((pitch, 12), (None, 12))
    )
    assert CopyIndex([tune(whole)]).longest_run(short) == (12, 0)


def test_a_run_does_not_cross_from_one_tune_into_the_next():
    index = CopyIndex([tune(melody([60, 62, 64])), tune(melody([65, 67, 69]))])
    assert index.longest_run(melody([60, 62, 64, 65, 67, 69]))[0] == 3


@pytest.mark.parametrize("pitches", [[], [60]])
def test_a_melody_of_no_moves_copies_nothing(pitches):
    index = CopyIndex([tune(melody([60, 62, 64]))])
    assert index.longest_run(melody(pitches)) == (0, None)
    assert index.window_share(melody(pitches)) == 0


def test_an_empty_corpus_has_nothing_to_copy():
    assert copy_report(melody([60, 62]), []) == CopyReport(0, None, 0.0)


def test_the_human_figures_are_those_of_the_tunes():
    known = melody(list(range(60, 80)))
    index = CopyIndex([tune(known)])
    strangers = [tune(melody([60, 61] * 10)) for _ in range(19)]
    human = HumanCopying.of([*strangers, tune(known)], index, "jig")
    assert human.num_tunes == 20
    assert human.longest_run[1] == 2
    assert human.longest_run[2] > 2
    assert human.window_share[1] == 0


def test_too_few_tunes_of_a_genre_give_way_to_all():
    index = CopyIndex([tune(melody([60, 62]))])
    human = HumanCopying.of([tune(melody([60, 62]))] * 5, index, "jig")
    assert (human.genre, human.num_tunes) == (None, 5)


def test_a_report_says_where_it_stands_among_humans():
    human = HumanCopying("jig", 50, (8, 10, 15), (0.0, 0.2, 0.5))
    assert CopyReport(15, "X", 0.5, human).is_within_human
    assert not CopyReport(16, "X", 0.1, human).is_within_human
    assert CopyReport(16, "X", 0.1).is_within_human is None
    first, second = CopyReport(9, "X", 0.25, human).lines()
    assert first == (
        "Longest run copied from the training tunes: 9 notes, from 'X' "
        "(50 held-out human jig tunes: median 10, 95% from 8 to 15)"
    )
    assert second.startswith("Windows of 8 notes found there: 25% (the same tunes: median 20%")


def test_a_real_tune_is_found_in_its_corpus():
    tunes = load("oneill")[:200]
    index = CopyIndex(tunes)
    for number in (3, 77, 150):
        notes, _ = index.longest_run(tunes[number].melody.transposed(2))
        assert notes == len(tunes[number].melody)
        assert index.window_share(tunes[number].melody) == 1


def test_a_run_of_moves_is_known_just_where_it_stands():
    melody = Melody.from_events([(60, 12), (67, 6), (55, 24), (56, 12), (56, 36)])
    index = CopyIndex([SimpleNamespace(title="One", melody=melody)])
    moves = list(zip(melody.intervals.tolist(), np.diff(melody.onsets).tolist(), strict=True))
    for first in range(4):
        for last in range(first + 1, 5):
            assert index.knows(moves[first:last])
    assert not index.knows([(7, 12), (-12, 12)])
    assert not index.knows([(1, 24), (-1, 12)])
    assert not CopyIndex([]).knows([(7, 12)])
