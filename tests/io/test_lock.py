"""Who holds a lock is alone, and nothing stays locked behind a program that ended."""

import subprocess
import sys
import threading

import pytest

from melodyai_edu.io.lock import lock_beside

HOLD = """
import sys, time, pathlib
from melodyai_edu.io.lock import lock_beside
with lock_beside(pathlib.Path(sys.argv[1])) as is_held:
    print(is_held, flush=True)
    time.sleep(60)
"""


def test_two_programs_do_not_hold_it_at_once_and_a_killed_one_lets_go(tmp_path):
    file = tmp_path / "notes.json"
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"True\n"
        with lock_beside(file, seconds=0.05) as is_held:
            assert not is_held
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    with lock_beside(file, seconds=5) as is_held:
        assert is_held


def test_threads_wait_for_each_other(tmp_path):
    file = tmp_path / "count.txt"
    file.write_text("0")

    def add():
        for _ in range(20):
            with lock_beside(file) as is_held:
                assert is_held
                file.write_text(str(int(file.read_text()) + 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read_text() == "80"


def test_a_folder_that_is_missing_is_the_callers_business(tmp_path):
    with pytest.raises(FileNotFoundError), lock_beside(tmp_path / "no" / "notes.json"):
        pass
