"""A storage keeps what it was given, in a folder and in both kinds of bucket."""

import json
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from melodyai_edu.errors import (
    InputError,
    MissingDependencyError,
    NotStoredError,
    OutputError,
    ParameterError,
    StorageError,
)
from melodyai_edu.io import storage_record, storage_shelf
from melodyai_edu.io.storage import Stored, open_storage
from melodyai_edu.io.storage_retry import Retries

FAULTS = runpy.run_path(str(Path(__file__).with_name("faults.py")))
PART = 50_000
SIZES = [0, 1, 64 * 1024, 64 * 1024 + 1, 3 * PART, 3 * PART + 1]


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of 50 kB instead of 1 MB, so that a test's files have several."""
    monkeypatch.setattr(storage_shelf, "PART_BYTES", PART)


@pytest.fixture
def storage(tmp_path):
    return open_storage(tmp_path / "storage")


def some(size, seed=0):
    import numpy as np

    return np.random.default_rng(seed).bytes(size)


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def write_tree(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def check_all_verbs(storage, folder):
    """Say everything that a storage understands, once."""
    for size in SIZES:
        data = some(size, size)
        stored = storage.put("a/bytes", data)
        assert stored == Stored("a/bytes", size, storage_record.sha256(data))
        assert storage.get("a/bytes", size) == data
        (folder / "from").write_bytes(data)
        assert storage.put_file("a", folder / "from")[1:] == stored[1:]
        assert storage.get_file("a", folder / "to")[1:] == stored[1:]
        assert (folder / "to").read_bytes() == data
        found, chunks = storage.open("a")
        assert found[1:] == stored[1:]
        assert b"".join(chunks) == data
    files = {"x": some(10), "deep/er/y": some(3 * PART), "empty": b"", "same": some(10)}
    storage.publish("a/tree", write_tree(folder / "tree", files))
    fetched = storage.fetch("a/tree", folder / "new" / "tree")
    assert tree(folder / "new" / "tree") == files
    assert {file.name: file.size for file in fetched} == {k: len(v) for k, v in files.items()}
    assert storage.names() == ["a", "a/bytes", "a/tree"]
    assert storage.names("a/") == storage.names("a") == storage.names()
    assert storage.names("a/b") == []
    assert storage.has("a")
    assert not storage.has("b")
    storage.delete("a")
    storage.delete("a")
    assert storage.names() == ["a/bytes", "a/tree"]
    assert storage.delete_all("a") == 2
    assert storage.names() == []
    with pytest.raises(NotStoredError, match=r"holds nothing named 'a'; check"):
        storage.get("a", 9)


def test_a_slow_reader_holds_little(tmp_path):
    """One part for each, whatever the size of the file."""
    storage = open_storage(tmp_path / "s")
    storage.put("a", bytes(8_000_000))
    tracemalloc.start()
    opened = [storage.open("a")[1] for _ in range(4)]
    for chunks in opened:
        next(chunks)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < len(opened) * 1_500_000


def test_a_folder_keeps_what_it_was_given(storage, tmp_path, small_parts):
    check_all_verbs(storage, tmp_path)
    left = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert left == []


def test_a_bucket_keeps_what_it_was_given(bucket, tmp_path, small_parts):
    storage = open_storage(bucket)
    check_all_verbs(storage, tmp_path)
    assert storage._shelf.keys("parts/") == []


def test_parts_of_full_size_come_together(storage, tmp_path):
    data = some(storage_record.PART_BYTES + 1)
    storage.put("large", data)
    assert storage.get("large", len(data)) == data


def test_bytes_that_look_like_the_protocol_arrive_as_they_are(bucket):
    storage = open_storage(bucket)
    for data in (b"\r", b"\n", b"\r\n", b"a\n--==0==--", b"\n--==0==\n\n", b"0\r\n\r\n"):
        for padding in (b"", bytes(70_000)):
            storage.put("a", padding + data)
            assert storage.get("a", 10**6) == padding + data


def test_what_is_over_the_limit_is_refused_unread(storage, tmp_path):
    storage.put("a", bytes(100))
    with pytest.raises(InputError, match=r"100 bytes of 'a': the limit is 99"):
        storage.get("a", 99)
    with pytest.raises(InputError, match="limit is 10"):
        storage.open("a", limit=10)
    storage.publish("tree", write_tree(tmp_path / "tree", {"x": bytes(60), "y": bytes(61)}))
    with pytest.raises(InputError, match=r"121 bytes in 'tree': the limit is 120"):
        storage.fetch("tree", tmp_path / "out", limit=120)
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_file_and_a_file_no_folder(storage, tmp_path):
    storage.publish("tree", write_tree(tmp_path / "tree", {"x": b"1"}))
    storage.put("file", b"1")
    with pytest.raises(NotStoredError, match="'tree' is a folder"):
        storage.get("tree", 10_000)
    with pytest.raises(NotStoredError, match="'file' is no folder"):
        storage.fetch("file", tmp_path / "out")


def test_files_that_cannot_be_sent_are_refused(storage, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no such file"):
        storage.put_file("a", tmp_path / "missing")
    for path in ("pipe", "."):
        with pytest.raises(InputError, match=r"pipe or a device|is a folder"):
            storage.put_file("a", tmp_path / path)
    with pytest.raises(InputError, match="links or pipes"):
        storage.publish("a", tmp_path)
    folder = write_tree(tmp_path / "tree", {"not a name": b""})
    with pytest.raises(ParameterError, match="'not a name'"):
        storage.publish("a", folder)
    with pytest.raises(InputError, match="no such folder"):
        storage.publish("a", tmp_path / "missing")
    assert storage.names() == []


def test_a_file_that_changes_while_it_is_sent_is_not_stored(storage, tmp_path, small_parts):
    file = write_tree(tmp_path, {"x": some(3 * PART)}) / "x"
    write = storage._shelf.objects.write

    def write_and_change(key, data):
        write(key, data)
        file.write_bytes(some(3 * PART, 1) + b"more")

    storage._shelf.objects.write = write_and_change
    with pytest.raises(InputError, match="changed while it was sent"):
        storage.put_file("a", file)
    assert not storage.has("a")


def test_destinations_that_cannot_be_had_are_refused(storage, tmp_path):
    storage.put("a", b"la")
    storage.publish("tree", write_tree(tmp_path / "tree", {"x": b"1"}))
    with pytest.raises(OutputError, match="no folder"):
        storage.get_file("a", tmp_path / "missing" / "a")
    with pytest.raises(OutputError, match="a folder or a device"):
        storage.get_file("a", tmp_path)
    full = write_tree(tmp_path / "full", {"own": b"precious"})
    with pytest.raises(OutputError, match="already and not empty"):
        storage.fetch("tree", full)
    assert tree(full) == {"own": b"precious"}
    storage.fetch("tree", full, replace=True)
    assert tree(full) == {"x": b"1"}
    (tmp_path / "way").symlink_to(full)
    with pytest.raises(OutputError, match="a file or a link"):
        storage.fetch("tree", tmp_path / "way", replace=True)


def test_damage_is_told_and_can_be_written_over(tmp_path, small_parts):
    storage = open_storage(tmp_path / "storage")
    data = some(3 * PART)
    storage.put("a", data)
    (part,) = (tmp_path / "storage").rglob("00001")
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    _, chunks = storage.open("a")
    assert len(next(chunks)) == PART
    with pytest.raises(InputError, match="'a' is damaged"):
        list(chunks)
    with pytest.raises(InputError, match=r"'a' is damaged .part 1"):
        storage.get("a", len(data))
    with pytest.raises(InputError, match="'a' is damaged"):
        storage.get_file("a", tmp_path / "to")
    assert not (tmp_path / "to").exists()
    record = tmp_path / "storage" / "names" / "a!"
    record.write_bytes(record.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"'a' is damaged .its record is cut"):
        storage.get("a", len(data))
    storage.put("a", b"new")
    assert storage.get("a", 9) == b"new"
    record.write_bytes(b"")
    storage.delete("a")
    assert not storage.has("a")


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": 10**18},
        {"size": 2.5},
        {"size": True},
        {"sha256": "0" * 64},
        {"version": "../../etc"},
        {"version": "0" * 32},
        {"parts": ["x"]},
        {"parts": 7},
        {"part_bytes": 0},
        {"part_bytes": 10**12},
        {"part_bytes": "8"},
        {"kind": "link"},
        {"retired": [["../..", 1, 0]]},
        {"retired": [["0" * 32, 10**12, 0]]},
        {"retired": 1},
    ],
)
def test_a_record_that_a_stranger_wrote_is_refused(storage, tmp_path, change):
    storage.put("a", b"la")
    record = tmp_path / "storage" / "names" / "a!"
    header, _, data = record.read_bytes().partition(b"\n")[2].partition(b"\n")
    body = json.dumps({**json.loads(header), **change}).encode() + b"\n" + data
    record.write_bytes(storage_record.sha256(body).encode() + b"\n" + body)
    with pytest.raises(InputError, match="'a' is damaged"):
        storage.get("a", 9)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "", "x\\..\\y", "a!", "con:", "x" * 500]
)
def test_a_list_of_files_that_a_stranger_wrote_is_refused(storage, tmp_path, name):
    storage.publish("tree", write_tree(tmp_path / "tree", {"x": b"1"}))
    shelf = storage._shelf
    values = json.loads(shelf.record("tree").data)
    listing = json.dumps({name: values["x"]}).encode()
    item = storage_record.Item(len(listing), storage_record.sha256(listing))
    shelf.commit("tree", "folder", item, listing)
    with pytest.raises((InputError, ParameterError), match=r"damaged|must be parts"):
        storage.fetch("tree", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["storage", "tree"]


def test_who_reads_what_is_replaced_gets_the_old_whole(storage, tmp_path, small_parts):
    old, new = some(3 * PART, 1), some(3 * PART, 2)
    storage.put("a", old)
    _, chunks = storage.open("a")
    first = next(chunks)
    storage.put("a", new)
    assert first + b"".join(chunks) == old
    assert storage.get("a", len(new)) == new


def test_what_was_replaced_is_removed_after_its_time(tmp_path, small_parts):
    storage = open_storage(tmp_path / "storage", grace=0)
    for seed in range(5):
        storage.put("a", some(3 * PART, seed))
    assert len(list((tmp_path / "storage" / "parts").rglob("00000"))) <= 2
    _, chunks = storage.open("a")
    next(chunks)
    storage.put("a", b"x")
    storage.put("a", b"y")
    with pytest.raises(InputError, match="replaced or removed while it was read"):
        list(chunks)


def test_a_published_folder_is_sent_again_only_where_it_changed(tmp_path, small_parts):
    storage = open_storage(tmp_path / "storage", grace=0)
    folder = write_tree(tmp_path / "tree", {"x": some(10), "y": some(3 * PART)})
    storage.publish("tree", folder)
    parts = set((tmp_path / "storage" / "parts").rglob("0000?"))
    write_tree(folder, {"x": b"changed"})
    for _ in range(3):
        storage.publish("tree", folder)
    kept = parts & set((tmp_path / "storage" / "parts").rglob("0000?"))
    assert len(kept) == 3  # those of y
    storage.fetch("tree", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)


def test_a_name_may_become_a_folder_and_a_file_again(storage, tmp_path):
    folder = write_tree(tmp_path / "tree", {"x": b"1"})
    storage.put("a", b"1")
    storage.publish("a", folder)
    storage.fetch("a", tmp_path / "out")
    storage.put("a", b"2")
    assert storage.get("a", 9) == b"2"


def test_sweeping_removes_only_what_no_name_leads_to(tmp_path, small_parts):
    root = tmp_path / "storage"
    storage = open_storage(root)
    storage.put("a", some(3 * PART))
    storage.put("a", some(3 * PART, 1))
    folder = write_tree(tmp_path / "tree", {"x": some(10)})
    storage.publish("tree", folder)
    import io

    storage._shelf.add("a", io.BytesIO(some(3 * PART)))
    storage._shelf.add("lost", io.BytesIO(some(3 * PART)))
    (root / "partial" / "left").write_bytes(b"half")
    assert storage.sweep() == 0
    assert storage.sweep(0) == 6
    assert storage.sweep(0) == 0
    assert not any((root / "partial").iterdir())
    assert storage.get("a", 10**6) == some(3 * PART, 1)
    storage.fetch("tree", tmp_path / "out")


def test_threads_never_see_a_mixture(storage, small_parts):
    versions = {some(2 * PART + n, n) for n in range(4)}
    storage.put("a", next(iter(versions)))
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            if storage.get("a", 10**6) not in versions:
                wrong.append("mixture")

    def write(data):
        for _ in range(15):
            storage.put("a", data)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(data,)) for data in versions]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert wrong == []


def test_names_that_come_and_go_do_not_disturb_each_other(storage):
    """Empty folders are removed while others are about to write into them."""
    errors = []

    def work(number):
        try:
            for turn in range(40):
                storage.put(f"deep/er/{number}", bytes([turn]))
                assert storage.get(f"deep/er/{number}", 9) == bytes([turn])
                storage.delete(f"deep/er/{number}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_delete_does_not_take_what_is_being_written(storage, small_parts):
    storage.put("a", some(3 * PART, 1))
    write, deleted = storage._shelf.objects.write, []

    def write_and_delete(key, data):
        write(key, data)
        if key.endswith("/00002") and not deleted:
            deleted.append(open_storage(storage._shelf.place.root).delete("a"))

    storage._shelf.objects.write = write_and_delete
    storage.put("a", some(3 * PART, 2))
    assert deleted
    assert storage.get("a", 10**6) == some(3 * PART, 2)


def test_a_file_that_is_published_again_is_not_removed_as_replaced(tmp_path, small_parts):
    """Another publisher drops a file, between our last look at its list and our own record."""
    storage = open_storage(tmp_path / "storage", grace=0)
    folder = write_tree(tmp_path / "tree", {"x": some(10), "y": some(20)})
    other = write_tree(tmp_path / "other", {"y": some(30)})
    storage.publish("tree", folder)
    commit, calls = type(storage._shelf).commit, []

    def commit_late(shelf, *arguments):
        calls.append(1)
        if len(calls) == 1:
            open_storage(tmp_path / "storage").publish("tree", other)
        return commit(shelf, *arguments)

    patch = pytest.MonkeyPatch()
    patch.setattr(type(storage._shelf), "commit", commit_late)
    storage.publish("tree", folder)
    patch.undo()
    for number in range(3):  # each removes what its forerunner replaced
        storage.publish("tree", write_tree(folder, {"z": bytes([number])}))
    storage.fetch("tree", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(folder)


def _put_from_elsewhere(storage, name):
    storage.put(name, name.encode())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking with threads, on purpose
@pytest.mark.parametrize(
    ("bucket", "method"), [("s3", "spawn"), ("s3", "fork"), ("gs", "fork")], indirect=["bucket"]
)
def test_a_storage_works_in_another_process(bucket, method):
    storage = open_storage(bucket)
    storage.put("here", b"here")
    process = multiprocessing.get_context(method).Process(
        target=_put_from_elsewhere, args=(storage, "there")
    )
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert storage.get("there", 9) == b"there"


KILLED = """
import sys, pathlib
from melodyai_edu.io import storage_shelf
storage_shelf.PART_BYTES = 50_000
from melodyai_edu.io.storage import open_storage
root, folder = map(pathlib.Path, sys.argv[1:])
storage, number = open_storage(root / "storage"), 0
while True:
    number += 1
    data = number.to_bytes(4, "big") * 40_000
    storage.put("bytes", data)
    for name in ("x", "y"):
        (folder / name).write_bytes(data)
    storage.publish("tree", folder)
    storage.fetch("tree", root / "out", replace=True)
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_nothing_half_written(tmp_path, small_parts):
    storage = open_storage(tmp_path / "storage")
    acknowledged = 0
    for turn in range(8):
        folder = tmp_path / f"tree{turn}"
        folder.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        process.stdout.readline()
        time.sleep(0.013 * turn)
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().split()
        process.wait()
        acknowledged = int(said[-1]) if said else 1
        data = storage.get("bytes", 10**6)
        assert int.from_bytes(data[:4], "big") >= acknowledged
        assert data == data[:4] * 40_000
        storage.fetch("tree", tmp_path / "seen", replace=True)
        seen = tree(tmp_path / "seen")
        assert set(seen) == {"x", "y"}
        assert seen["x"] == seen["y"] == seen["x"][:4] * 40_000
        assert int.from_bytes(seen["x"][:4], "big") >= acknowledged
        if (tmp_path / "out").exists():
            out = tree(tmp_path / "out")
            assert out["x"] == out["y"] == out["x"][:4] * 40_000
    storage.sweep(0)
    assert not any((tmp_path / "storage" / "partial").glob("*"))


def test_a_library_that_is_missing_is_named(monkeypatch):
    for protocol, library in (("s3", "s3fs"), ("gs", "gcsfs")):
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingDependencyError, match=r'pip install "melodyai-edu\[cloud\]"'):
            open_storage(f"{protocol}://music/a", allowed=[f"{protocol}://music"])


def test_what_stays_wrong_is_asked_once(bucket, request, monkeypatch):
    protocol = bucket.partition(":")[0]
    port = request.getfixturevalue(f"{protocol}_port")
    with FAULTS["FaultProxy"](port) as proxy:
        name = {"s3": "AWS_ENDPOINT_URL_S3", "gs": "STORAGE_EMULATOR_HOST"}[protocol]
        monkeypatch.setenv(name, proxy.url)
        storage = open_storage(bucket)
        for status in (401, 403):
            proxy.plan, proxy.paths = [status] * 50, []
            with pytest.raises(
                StorageError, match=r"(?s)cannot read 'a' .*; check the credentials"
            ):
                storage.get("a", 9)
            assert len(proxy.paths) == 1
        proxy.plan, proxy.paths = [], []
        with pytest.raises(NotStoredError, match="holds nothing named 'a'"):
            storage.get("a", 9)
        assert len(proxy.paths) == 1
        proxy.plan, proxy.paths = [500] * 50, []
        impatient = open_storage(bucket, retries=Retries(attempts=3, first=0.01))
        with pytest.raises(StorageError, match=r"cannot read 'a' .* try again later"):
            impatient.get("a", 9)
        assert len(proxy.paths) == 3
        proxy.plan, began = [500] * 50, time.monotonic()
        with pytest.raises(StorageError, match="try again later"):
            open_storage(bucket, retries=Retries(attempts=10**6, seconds=0.5)).get("a", 9)
        assert time.monotonic() - began < 30


def test_a_bucket_that_is_not_there_is_named(bucket):
    url = bucket.replace("music", "nosuch")
    storage = open_storage(url, allowed=[url])
    with pytest.raises(StorageError, match="there is no bucket 'nosuch'"):
        storage.put("a", b"la")
    with pytest.raises(StorageError, match="there is no bucket 'nosuch'"):
        storage.names()
    with pytest.raises((StorageError, NotStoredError), match=r"nosuch"):
        storage.get("a", 9)


def test_a_server_that_is_away_is_told_without_its_password(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://me:secret@127.0.0.1:9")
    storage = open_storage(bucket, retries=Retries(attempts=1))
    with pytest.raises(StorageError, match="cannot read 'a'") as caught:
        storage.get("a", 9)
    assert "secret" not in str(caught.value)
