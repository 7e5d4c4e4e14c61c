"""Archives of arrays come back as numpy wrote them; what lies about itself is refused."""

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import InputError
from melodyai_edu.io.arrays import open_archive, read_arrays, unpack


def saved(*, packed=False, **arrays):
    stream = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["<f2", ">f4", "|b1", "|u1", "<i8", ">i4", "<U5", ">U3"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (0, 2), (2, 2, 2)])
def test_what_numpy_writes_comes_back(kind, shape, packed):
    array = np.arange(max(1, int(np.prod(shape)))).astype(kind)[: int(np.prod(shape))]
    array = array.reshape(shape)
    for written in (array, np.array(array, order="F")):
        read = read_arrays(saved(a=written, packed=packed), 1_000)["a"]
        assert read.dtype == array.dtype
        assert read.shape == array.shape
        assert (read == array).all()
        assert read.flags.writeable


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(-(2**60), 2**60), max_size=3))
def test_names_and_values_are_the_same(values):
    read = read_arrays(saved(**{name: np.array(value) for name, value in values.items()}), 10_000)
    assert {name: int(array) for name, array in read.items()} == values


def npy(header, body=b"", version=b"\1\0"):
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + body


def archive(data, method=zipfile.ZIP_DEFLATED, name="a.npy"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as opened:
        opened.writestr(name, data)
    return stream.getvalue()


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"


def test_the_hand_made_array_is_read():
    assert read_arrays(archive(npy(GOOD, bytes(8))), 100)["a"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (npy(GOOD, bytes(7)), r"does not hold the \(2,\) values"),
        (npy(GOOD, bytes(9)), "does not hold"),
        (npy(GOOD.replace("2,", "10000000000,"), bytes(8)), "does not hold"),
        (npy(GOOD.replace("2,", "-2,"), bytes(8)), "no array of numbers or texts"),
        (npy(GOOD.replace("2,", "1," * 40 + "2,"), bytes(8)), "does not hold|no array"),
        (npy(GOOD.replace("<f4", "|O"), bytes(8)), "no array of numbers"),
        (npy(GOOD.replace("<f4", "<U0"), b""), "does not hold"),
        (npy(GOOD.replace("<f4", "<f3"), bytes(6)), "damaged|no array|it is no whole archive"),
        (npy(GOOD.replace("False", "__import__('os')"), bytes(8)), "no array of numbers"),
        (npy("(" * 5_000 + ")" * 5_000), "no array of numbers"),
        (npy(GOOD, bytes(8), b"\2\0"), "no array of numbers"),
        (b"\x93NUMPY", "no array of numbers"),
        (b"", "no array of numbers"),
        (npy(GOOD.replace("<f4", "<U1"), b"\xff" * 8), "holds values that its type does not have"),
        (npy(GOOD.replace("<f4", "<U1"), b"\0\xd8\0\0" * 2), "holds values that its type"),
        (npy(GOOD.replace("<f4", "|b1"), b"\0\2"), "holds values that its type"),
    ],
)
def test_an_array_that_lies_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_arrays(archive(data), 100_000)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_way_of_packing_is_refused(method):
    with pytest.raises(InputError, match="packed in a way that we do not use"):
        read_arrays(archive(npy(GOOD, bytes(8)), method), 100)


def test_every_cut_of_an_archive_is_refused():
    data = saved(a=np.arange(3))
    for size in range(len(data)):
        with pytest.raises(InputError, match="it is no whole archive"):
            read_arrays(data[:size], 1_000)


def test_a_bomb_is_stopped_when_it_is_over_the_limit():
    data = archive(bytes(50_000_000))
    assert len(data) < 100_000
    with pytest.raises(InputError, match=r"bytes in 'a\.npy': the limit is 1,000"):
        read_arrays(data, 1_000)
    with open_archive(data) as opened:
        assert len(unpack(opened, "a.npy", 50_000_000)) == 50_000_000


def test_the_limit_is_for_all_arrays_together():
    data = saved(a=np.zeros(100), b=np.zeros(100))
    assert len(read_arrays(data, 2_000)) == 2
    with pytest.raises(InputError, match="the limit is"):
        read_arrays(data, 1_500)


def test_very_many_members_are_counted_before_they_are_read():
    with pytest.raises(InputError, match="200,000 archive members: the limit is 100,000"):
        read_arrays(b"PK\x01\x02" * 200_000, 1_000)
