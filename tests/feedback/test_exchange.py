"""Tables and stores go out and come back whole, and strangers' files are refused."""

import contextlib
import csv
import json
import runpy
import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from melodyai_edu.errors import InputError, MissingDependencyError, OutputError, ParameterError
from melodyai_edu.feedback import Rating, RatingStore, exchange

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))
a_piece, better, stars, thumb = (PIECES[name] for name in ("a_piece", "better", "stars", "thumb"))
SUFFIXES = (".sqlite", ".csv", ".parquet")


def some_ratings():
    return [
        stars(4, a_piece(), word='=HYPERLINK("x")', key="a"),
        thumb(-1, a_piece(1), "'tis me", word="a, b; \"c\" 'd' é 🎵", key="-b"),
        better(a_piece(2), a_piece(), key="c"),
        Rating("action", "exported", a_piece(3, genre=None), "owl", key="d"),
        Rating("word", None, a_piece(4, model="@model"), "owl", word="-1", key="e"),
    ]


def give(store, suffix, name="class"):
    """Hand a store over as a file."""
    file = store.file.parent / f"{name}{suffix}"
    if suffix == ".sqlite":
        return store.file
    store.export(file)
    return file


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_merging_gives_the_same_and_merging_twice_adds_nothing(store, tmp_path, suffix):
    for rating in some_ratings():
        store.add(rating)
    file = give(store, suffix)
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        assert teacher.merge(file) == (5, 0)
        assert teacher.merge(file) == (0, 5)
        assert teacher.ratings() == store.ratings()


@settings(max_examples=12, deadline=None)
@given(st.lists(PIECES["ratings"](), max_size=4, unique_by=lambda rating: rating.key))
def test_export_and_merge_are_the_identity(ratings):
    with (
        tempfile.TemporaryDirectory() as folder,
        RatingStore(Path(folder) / "one.sqlite") as store,
    ):
        for rating in ratings:
            store.add(rating)
        kept = store.ratings()
        files = [give(store, suffix) for suffix in SUFFIXES]
        for number, file in enumerate(files):
            with RatingStore(Path(folder) / f"other-{number}.sqlite") as other:
                assert other.merge(file) == (len(ratings), 0)
                assert other.ratings() == kept


def test_a_class_comes_together(tmp_path):
    files = []
    for name in ("ann", "bob"):
        with RatingStore(tmp_path / f"{name}.sqlite") as store:
            store.add(stars(4, a_piece(), name))
            files.append(store.file)
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        for file in files:
            teacher.merge(file)
        assert teacher.raters() == {"ann": 1, "bob": 1}


def test_a_store_that_is_open_elsewhere_is_read_with_its_log(store, tmp_path):
    store.add(stars(4, a_piece()))
    assert store.file.with_name("ratings.sqlite-wal").stat().st_size
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        assert teacher.merge(store.file) == (1, 0)
    assert store.merge(store.file) == (0, 1)


def test_what_is_merged_is_left_without_a_trace(tmp_path):
    student = tmp_path / "student"
    with RatingStore(student / "ratings.sqlite") as store:
        store.add(stars(4, a_piece()))
    data = store.file.read_bytes()
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        teacher.merge(store.file)
    assert store.file.read_bytes() == data
    assert [file.name for file in student.iterdir()] == ["ratings.sqlite"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_key_with_another_content_refuses_the_whole_file(store, tmp_path, suffix):
    store.add(stars(5, a_piece(1), key="new", time="2026-01-01T00:00:00Z"))
    store.add(stars(4, a_piece(), key="k"))
    file = give(store, suffix)
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        teacher.add(stars(1, a_piece(), key="k"))
        with pytest.raises(InputError, match=rf"^{file.name}: key='k' is of another rating"):
            teacher.merge(file)
        assert [rating.key for rating in teacher.ratings()] == ["k"]


def test_a_spreadsheet_sees_no_formula(store, tmp_path):
    for rating in some_ratings():
        store.add(rating)
    with give(store, ".csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "@", "\t")), name
            assert not cell.startswith("-") or cell == "-1", name
    assert rows[0]["piece_genre"] == "jig"
    assert json.loads(rows[0]["piece_request"])["bars"] == 1


def test_parquet_is_a_table_of_text(store):
    for rating in some_ratings():
        store.add(rating)
    table = pd.read_parquet(give(store, ".parquet"))
    assert table["rater"].tolist().count("owl") == 4
    assert table["value"].tolist()[:2] == ["4", "-1"]


def test_an_empty_store_gives_a_table_without_rows(store, tmp_path):
    for suffix in (".csv", ".parquet"):
        file = give(store, suffix)
        with RatingStore(tmp_path / "teacher.sqlite") as teacher:
            assert teacher.merge(file) == (0, 0)


def test_a_suffix_that_is_none(store, tmp_path):
    with pytest.raises(ParameterError, match=r"must end in one of: \.csv, \.parquet$"):
        store.export(tmp_path / "ratings.xlsx")
    with pytest.raises(OutputError, match="there is no folder"):
        store.export(tmp_path / "nowhere" / "ratings.csv")


def test_parquet_names_its_extra(store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r"melodyai-edu\[parquet\]"):
        store.export(tmp_path / "ratings.parquet")
    (tmp_path / "class.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingDependencyError, match=r"melodyai-edu\[parquet\]"):
        store.merge(tmp_path / "class.parquet")


def exported(store, suffix):
    store.add(stars(4, a_piece(), key="k"))
    return give(store, suffix)


def altered(file, column, cell):
    """Put another cell into a table."""
    if file.suffix == ".csv":
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        table[column] = cell
        table.to_csv(file, index=False)
    else:
        table = pd.read_parquet(file)
        table[column] = cell
        table.to_parquet(file)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("value", "9", "stars=9 must be an integer"),
        ("value", "4.5", "value='4.5' must be an integer"),
        ("value", "9" * 5000, "value='999.* must be an integer"),
        ("kind", "star", r"kind='star' must be one of.*perhaps 'stars'"),
        ("rater", "", "rater='' must not be empty"),
        ("time", "now", "time='now' must be a moment"),
        ("word", "x" * 300, "at most 200"),
        ("piece_request", "{", "piece_request='{' must be JSON"),
        ("piece_request", "[" * 60_000, "must be JSON"),
        ("piece_request", '{"a":' * 20 + "1" + "}" * 20, "deeper than 16 levels"),
        ("piece_request", '{"a":NaN}', "NaN is no number"),
        ("piece_request", '{"a":1e999}', "finite numbers only"),
        ("piece_token_ids", "[2, 999]", "token_id=999 must be"),
        ("piece_token_ids", "[" + "9" * 5000 + "]", "must be JSON|must be an integer"),
        ("piece_tonic_pitch", "D", "piece_tonic_pitch='D' must be an integer"),
        ("piece_notes_sha256", "0", "must be 64 hex digits"),
        ("other_model", "ngram", "other_request='' must be JSON"),
    ],
)
def test_a_wrong_cell_is_named_by_its_row(store, tmp_path, suffix, column, cell, message):
    file = exported(store, suffix)
    altered(file, column, cell)
    with (
        RatingStore(tmp_path / "teacher.sqlite") as teacher,
        pytest.raises(InputError, match=rf"(?s)^class{suffix}: rating 1: .*({message})"),
    ):
        teacher.merge(file)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (3, "its column rater must be text"),
        (None, "rating 1: rater=None must be text|its column rater must be text"),
        (b"owl", "rating 1: rater=b'owl' must be text"),
        (["owl"], "no column rater"),
        ("x" * 1_000_001, "a cell of its column rater has 1,000,001 bytes"),
    ],
)
def test_a_column_that_is_no_text(store, cell, message):
    file = exported(store, ".parquet")
    altered(file, "rater", [cell])
    with pytest.raises(InputError, match=rf"^class\.parquet: .*({message})"):
        store.merge(file)


def test_a_small_file_that_unpacks_to_much(store):
    """Two thousand rows share one long word: some kilobytes would become two GB."""
    file = exported(store, ".parquet")
    table = pd.read_parquet(file)
    rows = pa.Table.from_pandas(pd.concat([table] * 2_000), preserve_index=False)
    word = pa.DictionaryArray.from_arrays(pa.array([0] * len(rows), pa.int32()), ["x" * 1_000_001])
    rows = rows.set_column(rows.schema.get_field_index("word"), "word", word)
    parquet.write_table(rows, file, compression="zstd", dictionary_pagesize_limit=10_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(InputError, match="a cell of its column word has 1,000,001 bytes"):
        store.merge(file)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", b"a,b\n1,2\n", "it has no column key, time, rater"),
        ("a.csv", b"\xff\xfe\x00k", "no table in UTF-8"),
        ("a.csv", b'"' + b"x" * 200_000, "no table in UTF-8"),
        ("a.parquet", b"PAR1 and nothing else", "no Parquet file, or damaged"),
        ("a.sqlite", b"SQLite format 3\0" + b"x" * 200, "another program"),
        ("a.txt", b"stars", "no store of ratings"),
    ],
)
def test_no_table_of_ratings(store, tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=rf"^{name}: .*{message}"):
        store.merge(tmp_path / name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_flipped_bytes_give_typed_errors(store, tmp_path, monkeypatch, suffix):
    """And never another kind of error; the file stays as it was."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    for number in range(10):
        store.add(stars(4, a_piece(number), key=f"k{number}"))
    store.close()
    with RatingStore(store.file) as again:
        again.export(tmp_path / "class.csv")
        again.export(tmp_path / "class.parquet")
    data = (store.file if suffix == ".sqlite" else tmp_path / f"class{suffix}").read_bytes()
    file, random = tmp_path / f"flipped{suffix}", np.random.default_rng(0)
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        for _ in range(60):
            place = int(random.integers(len(data)))
            flipped = data[:place] + bytes([random.integers(256)]) + data[place + 1 :]
            file.write_bytes(flipped[: int(random.integers(len(data) // 2, 2 * len(data)))])
            before = file.read_bytes()
            with contextlib.suppress(InputError):
                teacher.merge(file)
            assert file.read_bytes() == before


def test_half_a_parquet_file(store):
    file = exported(store, ".parquet")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match="no Parquet file, or damaged"):
        store.merge(file)


def test_limits(store, tmp_path, monkeypatch):
    for number in range(3):
        store.add(stars(4, a_piece(number)))
    files = [give(store, suffix) for suffix in SUFFIXES]
    with RatingStore(tmp_path / "teacher.sqlite") as teacher:
        monkeypatch.setattr(exchange, "_MOST_RATINGS", 2)
        for file in files:
            with pytest.raises(InputError, match=rf"^{file.name}: it holds more than 2 ratings"):
                teacher.merge(file)
        monkeypatch.setattr(exchange, "_LARGEST_FILE", 10)
        for file in files:
            with pytest.raises(InputError, match=rf"^{file.name}: .*the limit is 10"):
                teacher.merge(file)
        assert len(teacher) == 0


def test_a_store_of_a_stranger_has_our_tables_and_no_others(store, tmp_path):
    store.close()
    connection = sqlite3.connect(store.file)
    connection.execute("ALTER TABLE ratings RENAME TO hidden")
    connection.execute(
        "CREATE VIEW ratings AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT * FROM n"
    )
    connection.commit()
    connection.close()
    with (
        RatingStore(tmp_path / "teacher.sqlite") as teacher,
        pytest.raises(InputError, match=r"^ratings\.sqlite: its tables are not as we make them"),
    ):
        teacher.merge(store.file)


def test_there_is_no_such_file(store):
    with pytest.raises(InputError, match=r"^nowhere\.csv: there is no such file"):
        store.merge("nowhere.csv")
