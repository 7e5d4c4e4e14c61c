"""A piece that is drawn can be watched and stopped, and is the same piece."""

import threading

import pytest

import melodyai_edu as mai
from melodyai_edu.decoding import Cancelled, watching
from melodyai_edu.decoding.progress import watcher

ASKED = {"genre": "jig", "bars": 8, "model": "ngram", "seed": 3}


def test_watching_changes_nothing_and_hears_all_bars():
    heard = []
    with watching(heard.append):
        piece = mai.compose(**ASKED)
    assert piece.score == mai.compose(**ASKED).score
    assert heard == sorted(heard)
    assert set(heard) <= set(range(-1, 8))
    assert heard[-1] >= max(piece.automaton.grid.plan.originals)


def test_who_watches_can_stop():
    def stop(bar):
        if bar >= 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"), watching(stop):
        mai.compose(**ASKED)
    assert watcher() is None
    assert mai.compose(**ASKED).score.bar_count == 8


def test_other_threads_are_not_watched():
    heard = []
    with watching(heard.append):
        thread = threading.Thread(target=lambda: mai.compose(**ASKED))
        thread.start()
        thread.join()
    assert heard == []


def test_watchers_lie_inside_each_other():
    outer, inner = [], []
    with watching(outer.append):
        with watching(inner.append):
            watcher()(1)
        watcher()(2)
    assert (outer, inner) == ([2], [1])
