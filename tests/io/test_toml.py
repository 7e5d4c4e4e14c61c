"""TOML is read within limits."""

import time

import pytest

from melodyai_edu.errors import InputError
from melodyai_edu.io.toml import read_toml


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = ", r"it must be TOML \("),
        (b"a = " + b"[\n" * 20_000, "it must be TOML"),
        (b"\xff", "byte 0 is no UTF-8 text"),
        (b"# " + b"x" * 4_000, "4,002 bytes in one line: the limit is 4,000"),
        (b"a = 1\n" * 20_000, "120,000 bytes: the limit is 100,000"),
        (b"a = 1\na = 2", "it must be TOML"),
    ],
)
def test_what_is_no_toml_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_toml(data, 100_000)


def test_the_worst_that_is_read_takes_no_time():
    line = b"a" + b".a" * 1_990
    data = b"\n".join(line + b".b%d = 1" % number for number in range(16))
    begin = time.process_time()
    assert read_toml(data, 100_000)
    assert time.process_time() - begin < 5
