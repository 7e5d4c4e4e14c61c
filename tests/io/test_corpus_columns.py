"""Scores survive being taken apart and packed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from melodyai_edu.errors import InputError
from melodyai_edu.io.corpus import load
from melodyai_edu.io.corpus_columns import Columns, TuneRow
from melodyai_edu.score import Key, KeyChange, Melody, Meter, MeterChange, Note, Part, Score

SCORE = Score(
    parts=(
        Part((Note(0, 12, 67), Note(12, 36, 66, "Gb", ties=(12,))), name="Flute", program=73),
        Part((Note(0, 48, 43), Note(0, 48, 47))),
    ),
    meters=(MeterChange(0, Meter(6, 8)), MeterChange(48, Meter(5, 8, (2, 3)))),
    keys=(KeyChange(0, Key("G")), KeyChange(48, Key("E", "dorian"))),
    pickup=48,
    duration=108,
    title="Ó Riada — “two”",
    composer="Nobody",
)


def test_identity_on_a_full_score():
    table = Columns.of([TuneRow(SCORE, genre="jig", source="x", region="y", split="test")])
    assert table.score(0) == SCORE
    assert str(table.arrays["split"][0]) == "test"


def test_identity_through_a_file_and_a_join(tmp_path: Path):
    tunes = [tune.score for tune in load("airds")[:200]]
    halves = [Columns.of(map(TuneRow, tunes[:90])), Columns.of(map(TuneRow, tunes[90:]))]
    data = Columns.joined(halves).packed()
    assert data == Columns.of(map(TuneRow, tunes)).packed()
    (tmp_path / "tunes.npz").write_bytes(data)
    table = Columns.read(tmp_path / "tunes.npz")
    assert [table.score(index) for index in range(len(table))] == tunes


@pytest.mark.parametrize("damage", ["cut", "text", "columns", "counts"])
def test_damaged_file_is_one_error(tmp_path: Path, damage: str):
    table = Columns.of([TuneRow(SCORE)])
    path = tmp_path / "tunes.npz"
    if damage == "cut":
        path.write_bytes(table.packed()[:300])
    elif damage == "text":
        path.write_text("no npz")
    elif damage == "columns":
        np.savez(path, title=np.array(["a"]))
    else:
        path.write_bytes(
            replace(table, arrays={**table.arrays, "note_count": np.array([9])}).packed()
        )
    with pytest.raises(InputError, match=r"tunes.npz of the corpus .* is damaged .* melodyai data"):
        Columns.read(path)


def test_pickled_file_is_refused(tmp_path: Path):
    path = tmp_path / "tunes.npz"
    arrays = dict(Columns.of([TuneRow(Score.of_melody(Melody.from_events([(60, 24)])))]).arrays)
    np.savez(path, **{**arrays, "title": np.array([{"run": "me"}], dtype=object)})
    with pytest.raises(InputError, match="damaged"):
        Columns.read(path)
