"""Framing and checksums, against known values, TensorFlow's reader and every kind of damage."""

import pytest

from melodyai_edu.errors import InputError
from melodyai_edu.io import limits
from melodyai_edu.io.tfrecord import check_record, crc32c, pack_records, split_records


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_the_values_of_rfc_3720(data, checksum):
    assert crc32c(data) == checksum


def test_the_bytes_that_tensorflow_writes():
    """``tf.io.TFRecordWriter`` on b"note" and b"", not run here: it loads slowly."""
    written = bytes.fromhex(TENSORFLOW)
    assert pack_records([b"note", b""]) == written
    assert [check_record(record) for record in split_records(written)] == [b"note", b""]


TENSORFLOW = "0400000000000000424552046e6f7465da7d7a67000000000000000029039807d8ea82a2"


def test_every_cut_and_every_flipped_bit_is_noticed():
    whole = pack_records([b"first", b"second one"])
    for length in range(1, len(whole)):
        if length not in (21, len(whole)):  # behind the first record: a whole, shorter file
            with pytest.raises(InputError, match=r"cut off|damaged"):
                [check_record(record) for record in split_records(whole[:length])]
    for place in range(8 * len(whole)):
        broken = bytearray(whole)
        broken[place // 8] ^= 1 << place % 8
        with pytest.raises(InputError, match=r"cut off|damaged"):
            [check_record(record) for record in split_records(bytes(broken))]


def test_limits(monkeypatch):
    monkeypatch.setattr(limits, "RECORDS", 2)
    with pytest.raises(InputError, match="3 records or more: the limit is 2; split the file"):
        split_records(pack_records([b"", b"", b""]))
    monkeypatch.setattr(limits, "RECORD_BYTES", 4)
    with pytest.raises(InputError, match="5 bytes in record 1: the limit is 4"):
        split_records(pack_records([b"12345"]))
    monkeypatch.setattr(limits, "RECORD_FILE_BYTES", 10)
    with pytest.raises(InputError, match="16 bytes: the limit is 10"):
        split_records(pack_records([b""]))


def test_nothing_is_no_record():
    assert split_records(b"") == []
    with pytest.raises(InputError, match="byte 0, record 1: its length is damaged, or this is no"):
        split_records(b"MThd" * 10)
