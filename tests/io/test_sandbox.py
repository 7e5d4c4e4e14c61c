import math
import operator
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from melodyai_edu.errors import InputError
from melodyai_edu.io import sandbox
from melodyai_edu.io.sandbox import close_children, run_limited
from melodyai_edu.score import Meter

is_posix = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX systems")


def test_result_and_values_of_ours_come_back():
    assert run_limited(divmod, 17, 5) == (3, 2)
    assert run_limited(Meter.parse, "6/8") == Meter(6, 8)


def test_child_is_used_again():
    close_children()
    assert run_limited(os.getpid) == run_limited(os.getpid)
    assert run_limited(os.getpid) != os.getpid()


def test_exception_becomes_an_input_error():
    with pytest.raises(InputError, match=r"make no sense \(ValueError: math domain error\)"):
        run_limited(math.sqrt, -1)


def test_crash_becomes_an_input_error_and_the_next_file_is_read():
    with pytest.raises(InputError, match="crashed on it"):
        run_limited(os.abort)
    assert run_limited(math.isqrt, 9) == 3


def test_hang_is_ended():
    begin = time.monotonic()
    with pytest.raises(InputError, match=r"longer than 0\.5 seconds"):
        run_limited(time.sleep, 60, seconds=0.5)
    assert time.monotonic() - begin < 20


@is_posix
@pytest.mark.slow
def test_endless_computing_is_ended():
    with pytest.raises(InputError, match="seconds of computing"):
        run_limited(eval, "[0 for _ in iter(int, 1) if 0]")


@is_posix
def test_memory_is_limited():
    with pytest.raises(InputError, match="more than 512 MB"):
        run_limited(operator.mul, b"x", 2_000_000_000)
    assert run_limited(math.isqrt, 9) == 3


def test_deep_recursion_is_an_input_error():
    with pytest.raises(
        InputError, match=r"make no sense|nested too deeply|more than \d+ MB of memory"
    ):
        run_limited(eval, "-" * 100_000 + "1")


def test_answer_may_not_name_code():
    with pytest.raises(InputError, match=r"the answer names"):
        run_limited(operator.attrgetter, "system")


def test_what_a_library_prints_goes_nowhere(capfd):
    run_limited(print, "noise")
    assert capfd.readouterr().out == ""


def test_threads_share_the_children():
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda n: run_limited(math.isqrt, n * n), range(40))) == [
            *range(40)
        ]


def test_temporary_folder_of_a_child_is_its_own_and_goes_with_it():
    import tempfile

    folder = Path(run_limited(tempfile.gettempdir))
    assert folder != Path(tempfile.gettempdir())
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o777 == 0o700
    close_children()
    assert not folder.exists()


def test_child_that_does_not_start_is_an_input_error(monkeypatch):
    close_children()
    monkeypatch.setattr(sandbox.sys, "executable", "/no/such/python")
    with pytest.raises(InputError, match="did not start"):
        run_limited(math.isqrt, 9)
