"""The published split: which pieces stand on which side, recognised by content alone."""

import json

import numpy as np
import pytest

from melodyai_edu.errors import MissingDependencyError
from melodyai_edu.io import chorales
from melodyai_edu.io.chorales import hash_grid, read_chorales, sounding, split_chorales
from melodyai_edu.io.corpus import shipped_folder
from melodyai_edu.score import Melody, Part, Score

SIZES = {"train": (221, 50290), "valid": (73, 16404), "test": (76, 17684)}


@pytest.fixture(scope="module")
def split():
    return split_chorales()


def test_every_piece_of_the_split_is_found(split):
    found = {side: (len(some), sum(len(c.pitches) for c in some)) for side, some in split.items()}
    assert found == SIZES


def test_no_piece_stands_on_two_sides(split):
    hashes = [chorale.hash for some in split.values() for chorale in some]
    assert len(hashes) == len(set(hashes))


def test_the_card_tells_the_counts_and_the_file_holds_no_music():
    folder = shipped_folder() / "bach_split"
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "train 221, valid 73, test 76" in card
    assert "train 50,290, valid 16,404, test 17,684" in card
    hashes = json.loads((folder / "split.json").read_text(encoding="utf-8"))["hashes"]
    assert all(len(name) == 24 for some in hashes.values() for name in some)


def test_a_choir_with_instruments_gives_the_choir():
    by_source = {chorale.source: chorale for chorale in read_chorales()}
    choir = by_source["bwv1.6.mxl"]
    names = [part.name for part in choir.score.parts]
    assert names == ["Soprano", "Alto", "Tenor", "Bass"]
    assert choir.pitches.shape == (len(choir.pitches), 4)
    assert "bwv846.mxl" not in by_source  # a prelude for one piano


def test_cells_agree_with_the_notes(split):
    chorale = split["test"][0]
    for voice, part in enumerate(chorale.score.parts):
        for note in part.notes:
            assert (chorale.pitches[note.onset // 6 : note.end // 6, voice] == note.pitch).all()


def test_one_cell_changes_the_hash():
    pitches = np.full((8, 4), 60)
    other = pitches.copy()
    other[3, 2] = 62
    assert hash_grid(pitches) != hash_grid(other)


def test_notes_shorter_than_a_16th_are_heard_if_they_meet_one():
    melody = Melody.from_events([(60, 3), (62, 3), (64, 6)])
    assert sounding(Score((Part(melody.notes),))).ravel().tolist() == [60, 64]


def test_another_edition_of_the_corpus_is_told_apart(monkeypatch):
    monkeypatch.setattr(chorales, "read_chorales", lambda: read_chorales()[:100])
    with pytest.raises(MissingDependencyError, match="chorales of the split are not in this"):
        split_chorales()
