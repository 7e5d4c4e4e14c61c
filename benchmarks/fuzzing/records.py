"""Damage that knows records: protobuf messages, TFRecord, SQLite and Parquet files."""

from __future__ import annotations

import sqlite3
import struct
from io import BytesIO
from random import Random
from typing import Any

from fuzzing.damage import Damage, Unfit, number, packed, plain, replaced, word
from fuzzing.midi import variable

# -- protobuf

Field = tuple[int, int, Any]


def _varint(value: int) -> bytes:
    out = bytearray()
    value %= 1 << 64
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def fields_of(data: bytes) -> list[Field]:
    """Read the fields of a message, as (number, wire type, value)."""
    found: list[Field] = []
    place = 0
    try:
        while place < len(data):
            key, place = _read_varint(data, place)
            kind = key & 7
            if kind == 0:
                value, place = _read_varint(data, place)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
                value, place = data[place : place + size], place + size
            elif kind == 2:
                size, place = _read_varint(data, place)
                value, place = data[place : place + size], place + size
            else:
                raise Unfit
            found.append((key >> 3, kind, value))
    except IndexError as error:
        raise Unfit from error
    return found


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def message(fields: list[Field]) -> bytes:
    """Write fields as a message."""
    out = []
    for name, kind, value in fields:
        body = _varint(value) if kind == 0 else value
        out.append(_varint(name << 3 | kind) + (_varint(len(body)) if kind == 2 else b"") + body)
    return b"".join(out)


def field(data: bytes, chance: Random, depth: int = 0) -> bytes:
    """Change one field, at any depth."""
    fields = fields_of(data)
    if not fields:
        raise Unfit
    place = chance.randrange(len(fields))
    name, kind, value = fields[place]
    if kind == 2 and depth < 3 and chance.random() < 0.75:
        try:
            return message(replaced(fields, place, (name, 2, field(value, chance, depth + 1))))
        except Unfit:
            pass
    nonsense = struct.pack(
        "<d", chance.choice((float("nan"), float("inf"), -1.0, 1e300, 1e-300, 86_401.0))
    )
    drawn: Any = {
        0: number(chance),
        1: chance.choice((nonsense, nonsense, packed(chance, "<Q"))),
        2: chance.choice((word(chance).encode(), b"\xff\xfe", b"")),
        5: packed(chance, "<I"),
    }[kind]
    new = chance.choice(
        (
            ((name, kind, drawn),), ((name, kind, drawn),), ((name, kind, drawn),), (),
            (fields[place],) * chance.choice((2, 50, 3_000)),
            ((number(chance) % 2**29 or 1, kind, value),),
            (fields[place], (name, 0, number(chance))), (fields[chance.randrange(len(fields))],),
        )
    )  # fmt: skip
    return message(replaced(fields, place, *new))


def nested(data: bytes, chance: Random) -> bytes:
    """Put messages into each other, or open groups that nothing closes."""
    for _ in range(chance.choice((10, 99, 101, 3_000))):
        data = b"\x62" + _varint(len(data)) + data
        if len(data) > 100_000:
            break
    return chance.choice((data, b"\x63" * chance.choice((10, 200, 100_000)), data + variable(9)))


PROTOBUF: tuple[Damage, ...] = (field, field, field, field, nested, plain)


def tfrecord(data: bytes, chance: Random) -> bytes:
    """Damage a record and write its checksums anew, or have its length lie."""
    from melodyai_edu.io.tfrecord import pack_records, split_records

    try:
        records = [record.data for record in split_records(data)]
    except Exception as error:
        raise Unfit from error
    if not records:
        raise Unfit
    place = chance.randrange(len(records))
    one = records[place]
    new = chance.choice(
        (
            lambda: (chance.choice(PROTOBUF)(one, chance),),
            lambda: (chance.choice(PROTOBUF)(one, chance),),
            lambda: (), lambda: (one, one), lambda: (b"",) * chance.choice((1, 2_000)),
        )
    )()  # fmt: skip
    written = pack_records(replaced(records, place, *new))
    if chance.random() < 0.2:
        length = struct.pack("<Q", number(chance) % 2**64)
        return written + length + pack_records([length])[12:20] + b"rest"
    return written


TFRECORD: tuple[Damage, ...] = (tfrecord, tfrecord, tfrecord, plain)

# -- SQLite

_SQL = (
    "UPDATE {table} SET {column} = {value}", "UPDATE {table} SET {column} = {value}",
    "UPDATE {table} SET {column} = {value}", "UPDATE {table} SET {column} = {value}",
    "DELETE FROM {table}", "DROP INDEX ratings_piece", "DROP TABLE pieces",
    "PRAGMA user_version={number}", "ALTER TABLE {table} ADD COLUMN more",
    "CREATE VIEW v AS SELECT * FROM pieces, ratings",
    "CREATE TRIGGER t AFTER INSERT ON ratings BEGIN SELECT randomblob(1000000000); END",
    "CREATE INDEX more ON ratings (abs(number))", "PRAGMA application_id={number}",
    "CREATE TABLE generated (a, b AS (zeroblob(1000000000)))", "PRAGMA page_size=65536; VACUUM",
    "INSERT INTO ratings SELECT number+{number}, key||'x', kind, value, piece, other, word, rater, "
    "time, sha256 FROM ratings",
)  # fmt: skip
_COLUMNS = {
    "pieces": ("digest", "request", "token_ids", "music_key", "tonic_pitch", "model", "rules",
               "notes_sha256"),
    "ratings": ("number", "key", "kind", "value", "piece", "other", "word", "rater", "time",
                "sha256"),
}  # fmt: skip


def sql(data: bytes, chance: Random) -> bytes:
    """Change a store by SQL, as another program could."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.deserialize(data)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 3_000_000)
        connection.execute("PRAGMA writable_schema=ON")
        for _ in range(chance.choice((1, 1, 2))):
            table = chance.choice(("pieces", "ratings"))
            text = word(chance).replace("'", "").replace("\0", "")
            deep = "[" * 50_000
            values = (
                "NULL", "X'ff00fe'", "CAST(X'fffe80' AS TEXT)", "zeroblob(100000)", "1e999", "-1",
                f"'{text}'", f"'{deep}'", "'{{\"a\":NaN}}'", "'[1,2,3]'", "''",
                f"{number(chance)}.5",
            )  # fmt: skip
            statement = chance.choice(_SQL).format(
                table=table,
                column=chance.choice(_COLUMNS[table]),
                value=chance.choice(values),
                number=number(chance) % 2**31,
            )
            connection.executescript(statement)
        return connection.serialize()
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise Unfit from error
    finally:
        connection.close()


def schema(data: bytes, chance: Random) -> bytes:
    """Write other words of the same length into the statements that made the tables."""
    pairs = (
        (b"TEXT", b"BLOB"), (b"UNIQUE", b"      "), (b"NOT NULL", b"        "),
        (b"CREATE", b"DELETE"), (b"ratings", b"sqlite_"), (b"PRIMARY", b"VIRTUAL"),
        (b"INDEX", b"TABLE"), (b"digest", b"rowid "),
        (b"REFERENCES pieces", b"REFERENCES ratings"[:17]), (b"value,", b"AS(1),"),
    )  # fmt: skip
    old, new = chance.choice(pairs)
    if old not in data:
        raise Unfit
    return data.replace(old, new, chance.choice((1, 2, -1)))


def header(data: bytes, chance: Random) -> bytes:
    """Change a field of the file's header."""
    place, size = chance.choice(
        ((16, 2), (18, 1), (19, 1), (20, 1), (21, 3), (24, 4), (28, 4), (32, 4), (36, 4), (40, 4),
         (44, 4), (48, 4), (52, 4), (56, 4), (60, 4), (64, 4), (68, 4), (92, 4), (96, 4))
    )  # fmt: skip
    new = packed(chance, ">Q")[-size:]
    return data[:place] + new + data[place + size :]


def page(data: bytes, chance: Random) -> bytes:
    """Change the head of a page, the list of its cells or a cell; or swap whole pages."""
    size = struct.unpack(">H", data[16:18])[0] if len(data) > 100 else 0
    count = len(data) // size if size >= 512 else 0
    if not count:
        raise Unfit
    place = chance.randrange(count) * size
    there = chance.randrange(count) * size
    begin = place + (100 if place == 0 else 0)
    way = chance.randrange(5)
    if way == 0:
        return data[:place] + data[there : there + size] + data[place + size :]
    if way == 1:
        return data[:begin] + bytes([chance.choice((0, 2, 5, 10, 13, 255))]) + data[begin + 1 :]
    if way == 2:
        field = begin + chance.choice((1, 3, 5, 8))
        return data[:field] + packed(chance, ">H") + data[field + 2 :]
    if way == 3:
        pointer = begin + 8 + 2 * chance.randrange(20)
        return data[:pointer] + packed(chance, ">H") + data[pointer + 2 :]
    return (
        data[:place]
        + plain(data[place : place + size], chance)[:size].ljust(size, b"\0")
        + data[place + size :]
    )


SQLITE: tuple[Damage, ...] = (sql, sql, schema, header, page, page, page)

# -- Parquet


def footer(data: bytes, chance: Random) -> bytes:
    """Damage the description at the end of a file, or have its length lie."""
    if len(data) < 12 or data[-4:] != b"PAR1":
        raise Unfit
    size = struct.unpack("<I", data[-8:-4])[0]
    begin = max(len(data) - 8 - size, 4)
    said = data[begin:-8]
    if said and chance.random() < 0.85:
        said = plain(said, chance)
    stated = number(chance) % (1 << 32) if chance.random() < 0.15 else len(said)
    return data[:begin] + said + struct.pack("<I", stated) + b"PAR1"


def body(data: bytes, chance: Random) -> bytes:
    """Damage the pages and leave the description whole."""
    if len(data) < 12 or data[-4:] != b"PAR1":
        raise Unfit
    begin = max(len(data) - 8 - struct.unpack("<I", data[-8:-4])[0], 5)
    return (
        data[:4] + plain(data[4:begin], chance)[: begin - 4].ljust(begin - 4, b"\0") + data[begin:]
    )


def table(data: bytes, chance: Random) -> bytes:
    """Write the table anew: columns of other types, packed in other ways, far too long cells."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_table(BytesIO(data), use_threads=False)
        names = found.column_names
        name = chance.choice(names)
        place = names.index(name)
        rows = found.num_rows
        other: Any = chance.choice(
            (
                lambda: pa.array([number(chance) % 2**31] * rows, pa.int32()),
                lambda: pa.array([0.5] * rows),
                lambda: pa.array([["a"]] * rows),
                lambda: pa.array([{"a": 1}] * rows),
                lambda: pa.array([b"\xff\xfe"] * rows),
                lambda: pa.array([None] * rows, pa.string()),
                lambda: pa.array(["x" * 1_200_000] * rows),
                lambda: pa.array([word(chance)] * rows),
                lambda: pa.array([word(chance)] * rows),
                lambda: pa.array([word(chance)] * rows).dictionary_encode(),
                lambda: pa.nulls(rows),
            )
        )()
        changed = found.set_column(place, name, other)
        if chance.random() < 0.3:
            changed = pa.concat_tables([changed] * chance.choice((2, 30, 400)))
        stream = BytesIO()
        parquet.write_table(
            changed, stream,
            compression=chance.choice(("snappy", "gzip", "zstd", "lz4", "brotli", "none")),
            version=chance.choice(("1.0", "2.4", "2.6")),
            data_page_version=chance.choice(("1.0", "2.0")),
            use_dictionary=chance.choice((True, False)),
            row_group_size=chance.choice((1, 3, 1_000)),
        )  # fmt: skip
        return stream.getvalue()
    except Exception as error:
        raise Unfit from error


PARQUET: tuple[Damage, ...] = (footer, footer, footer, body, body, table)
