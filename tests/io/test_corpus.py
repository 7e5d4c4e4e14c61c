"""The shipped corpora: complete, quick to open, and split without leaks."""

import subprocess
import sys
import time
from collections import defaultdict

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import SPLITS, list_corpora, load, shipped_folder
from melodyai_edu.io.fingerprint import fingerprint
from melodyai_edu.io.genre import GENRES

SHIPPED = {"oneill": 2009, "ryan": 1058, "airds": 1180, "chorales": 365}


@pytest.mark.parametrize(("name", "tunes"), SHIPPED.items())
def test_complete(name, tunes):
    corpus = load(name)
    assert len(corpus) == tunes
    assert len({tune.name for tune in corpus}) == tunes
    assert {tune.split for tune in corpus} == set(SPLITS)
    assert set(corpus.genres) <= set(GENRES)
    assert all(tune.note_count > 0 and tune.corpus == name for tune in corpus)
    for word in ("origin", "editors", "licence", "meters", "keys", "genres", "How it was made"):
        assert word in corpus.card


def test_essen_is_not_shipped_but_described():
    assert (shipped_folder() / "essen" / "card.md").is_file()
    assert not (shipped_folder() / "essen" / "tunes.npz").exists()


def test_known_tunes():
    jig = load("oneill").filter(genre="jig", meter="6/8")[0]
    assert jig.meter.name == "6/8"
    first = load("oneill")[0]
    assert (first.title, first.key.name) == ("The Enchanted Valley", first.score.key.name)
    chorale = next(tune for tune in load("chorales") if "BWV 269" in tune.title)
    assert chorale.title == "Aus meines Herzens Grunde, BWV 269"
    assert (chorale.key.name, chorale.meter.name, chorale.genre) == ("G major", "3/4", "chorale")
    assert [part.name for part in chorale.score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    # The hymn's first line: g | g d' b | a g a  (Aus meines Herzens Grunde).
    assert chorale.melody.pitches[:4].tolist() == [67, 67, 74, 71]


def test_opens_in_under_two_seconds():
    program = (
        "import time; start = time.perf_counter(); import melodyai_edu as mai; "
        "corpus = mai.load('oneill'); corpus[0].melody; print(time.perf_counter() - start)"
    )
    best = min(
        float(
            subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        )
        for _ in range(3)
    )
    assert best < 2


def test_opening_again_is_free():
    load("oneill")
    start = time.perf_counter()
    load("oneill")
    assert time.perf_counter() - start < 0.1


def test_filter_and_table():
    corpus = load("ryan").filter(genre="reel", split="train")
    assert {(tune.genre, tune.split) for tune in corpus} == {("reel", "train")}
    table = corpus.to_pandas()
    assert len(table) == len(corpus)
    assert table.loc[0, "name"] == corpus[0].name
    assert table["genre"].eq("reel").all()
    assert corpus[2:4].name == "ryan"
    assert len(corpus[2:4]) == 2


def test_unknown_names_list_what_there_is():
    with pytest.raises(ParameterError, match=r"name='nobody' is no corpus .* oneill"):
        load("nobody")
    with pytest.raises(ParameterError, match=r"genre='tango' has no tune in ryan.* reel"):
        load("ryan").filter(genre="tango")


@pytest.mark.slow
def test_no_fingerprint_crosses_the_split():
    """Brute force over all shipped tunes: no pair on two sides shares a quarter of its windows."""
    tunes = [tune for name in SHIPPED for tune in load(name)]
    prints = [fingerprint(tune.score) for tune in tunes]
    owners = defaultdict(list)
    for index, hashes in enumerate(prints):
        for value in hashes.tolist():
            owners[value].append(index)
    rare = {value: own for value, own in owners.items() if 2 <= len(own) <= 50}
    for index, (tune, hashes) in enumerate(zip(tunes, prints, strict=True)):
        shared = defaultdict(int)
        for value in hashes.tolist():
            for other in rare.get(value, ()):
                shared[other] += 1
        for other, count in shared.items():
            if tunes[other].split != tune.split:
                smaller = min(len(hashes), len(prints[other]))
                assert count < max(0.25 * smaller, min(3, smaller)), (tune, tunes[other])
        assert index < len(tunes)


@pytest.mark.slow
def test_no_whole_melody_stands_on_two_sides():
    sides = defaultdict(set)
    for name in SHIPPED:
        for tune in load(name):
            melody = tune.melody
            figure = (*np.diff(melody.pitches), 99, *np.diff(melody.onsets))
            if len(melody) > 3:
                sides[figure].add(tune.split)
    assert all(len(own) == 1 for own in sides.values())
    assert len(sides) < sum(SHIPPED.values())


def test_list():
    assert set(SHIPPED) <= set(list_corpora())
