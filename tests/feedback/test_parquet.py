"""Parquet is read in the child process, group by group and a few rows at a time."""

import runpy
import time
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as arrow

from melodyai_edu.errors import InputError
from melodyai_edu.feedback import parquet
from melodyai_edu.feedback.exchange import read_ratings, write_ratings
from melodyai_edu.io import sandbox

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))


@pytest.fixture
def file(tmp_path):
    """A table of 60 ratings."""
    rated = [PIECES["stars"](1 + n % 5, PIECES["a_piece"](n), key=f"k{n}") for n in range(60)]
    write_ratings(rated, tmp_path / "class.parquet")
    return tmp_path / "class.parquet"


def regrouped(file, rows):
    arrow.write_table(arrow.read_table(file), file, row_group_size=rows)
    return file


@pytest.mark.parametrize("rows", [1, 7, 20, 59, 60, 1_000])
def test_groups_of_any_size_give_the_same_rows_in_order(file, rows):
    keys = [rating.key for rating in read_ratings(regrouped(file, rows))]
    assert keys == [f"k{n}" for n in range(60)]


def test_a_group_that_is_larger_than_an_answer_comes_in_parts(file):
    table = arrow.read_table(file)
    words = pa.array([f"{n} " + "x" * 900_000 for n in range(60)])
    place = table.schema.get_field_index("word")
    arrow.write_table(table.set_column(place, "word", words), file, row_group_size=60)
    parts = [len(parquet.read_rows(str(file), first)) for first in (0, 20, 40, 50)]
    assert parts == [20, 20, 20, 10]
    assert parquet.read_rows(str(file), 60) == []
    found = [row["word"].split()[0] for row in parquet.parquet_rows(file)]
    assert found == [str(n) for n in range(60)]


def test_the_reader_runs_in_a_child_process(file, monkeypatch):
    """A reader that crashes is an error here, and the next file is read."""
    asked = []

    def run_limited(function, *args):
        asked.append(function.__name__)
        return sandbox.run_limited(function, *args)

    monkeypatch.setattr(parquet, "run_limited", run_limited)
    assert len(list(read_ratings(file))) == 60
    assert asked == ["count_rows", "read_rows"]


def test_every_cut_is_refused(file):
    data = file.read_bytes()
    for size in range(1, len(data), 997):
        file.write_bytes(data[:size])
        with pytest.raises(InputError, match=r"^class\.parquet: it is no Parquet file, or damaged"):
            list(read_ratings(file))


def test_a_table_of_very_many_groups_is_read_in_time(file):
    table = pa.concat_tables([arrow.read_table(file)] * 20)
    arrow.write_table(table, file, row_group_size=1)
    begin = time.perf_counter()
    assert sum(1 for _ in parquet.parquet_rows(file)) == 1_200
    assert time.perf_counter() - begin < 20
