"""Whatever breaks on the way to a bucket, nobody ever sees half of anything.

A writer goes through a proxy that breaks its requests by a plan drawn from a seed. After every
single request that reached the store, a second reader, whose way is not disturbed, looks: that is
every moment at which anything can have changed.
"""

import itertools
import random
import runpy
from pathlib import Path

import pytest

from melodyai_edu.errors import InputError, MelodyAIError, NotStoredError, StorageError
from melodyai_edu.io import storage_shelf
from melodyai_edu.io.storage import open_storage
from melodyai_edu.io.storage_retry import Retries

FAULTS = runpy.run_path(str(Path(__file__).with_name("faults.py")))
ENDPOINT = runpy.run_path(str(Path(__file__).with_name("stores.py")))["ENDPOINT"]
RETRIES = Retries(attempts=16, seconds=60, first=0.002, longest=0.01, timeout=0.7)
PART = 70_000
SEEDS = range(6)


@pytest.fixture
def ways(bucket, request, monkeypatch):
    """Two ways to one place: through the proxy, and straight."""
    monkeypatch.setattr(storage_shelf, "PART_BYTES", PART)
    protocol = bucket.partition(":")[0]
    straight = open_storage(bucket)
    straight.has("connected")
    with FAULTS["FaultProxy"](request.getfixturevalue(f"{protocol}_port")) as proxy:
        monkeypatch.setenv(ENDPOINT[protocol], proxy.url)
        disturbed = open_storage(bucket, retries=RETRIES)
        disturbed.has("connected")
        yield disturbed, straight, proxy


def plan_of(seed):
    """Draw what goes wrong: half of all requests, and one in three plans has one that hangs."""
    chance = random.Random(seed)
    kinds = [500, 503, 429, "reset", "stale", "request", "request", "answer", "answer"]
    plan = []
    for _ in range(60):
        kind = chance.choice(kinds) if chance.random() < 0.5 else None
        plan.append((kind, chance.randrange(100_000)) if kind in ("request", "answer") else kind)
    if seed % 3 == 0:
        plan[chance.randrange(6)] = "hang"
    return plan


def bytes_of(version, size):
    return random.Random(version).randbytes(size)


def put(storage, folder, files):
    storage.put("thing", files["x"])


def put_file(storage, folder, files):
    (folder / "from").write_bytes(files["x"])
    storage.put_file("thing", folder / "from")


def publish(storage, folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    storage.publish("thing", folder)


def look(storage, folder, is_tree):
    """Read what is there, whole, or give None."""
    try:
        if not is_tree:
            return {"x": storage.get("thing", 10**6)}
        storage.fetch("thing", folder, replace=True)
        return {path.name: path.read_bytes() for path in folder.iterdir()}
    except NotStoredError:
        return None


@pytest.mark.parametrize(
    ("write", "size"),
    [(put, 1_000), (put_file, 2 * PART + 10_000), (publish, 2 * PART + 10_000)],
)
def test_a_reader_sees_the_old_the_new_or_nothing(ways, write, size, tmp_path):
    disturbed, straight, proxy = ways
    is_tree = write is publish
    (tmp_path / "tree").mkdir()
    failures = moments = 0
    old = None
    for seed in SEEDS[::2] if is_tree else SEEDS:
        new = {"x": bytes_of(seed, size), **({"y": bytes_of(-seed, 99)} if is_tree else {})}
        seen = []
        proxy.watch = lambda seen=seen: seen.append(look(straight, tmp_path / "seen", is_tree))
        proxy.plan = plan_of(seed)
        try:
            write(disturbed, tmp_path / "tree", new)
        except StorageError:
            failures += 1
        else:
            seen.append(look(straight, tmp_path / "seen", is_tree))
            assert seen[-1] == new
        proxy.plan, proxy.watch = [], lambda: None
        moments += len(seen)
        assert all(state in (old, new) for state in seen)
        changes = [a == b for a, b in itertools.pairwise(seen)].count(False)
        assert changes <= 1  # and never back again
        old = look(straight, tmp_path / "seen", is_tree)
    assert failures <= 1
    assert proxy.injected > moments / 4


def test_a_reader_through_faults_gets_the_whole_or_an_error(ways, tmp_path):
    disturbed, straight, proxy = ways
    data = {"small": bytes_of(1, 1_000), "large": bytes_of(2, 2 * PART + 10_000)}
    (tmp_path / "tree").mkdir()
    for name, each in data.items():
        straight.put(name, each)
        (tmp_path / "tree" / name).write_bytes(each)
    straight.publish("tree", tmp_path / "tree")
    failures = 0
    for seed in SEEDS[::2]:
        for name, each in data.items():
            proxy.plan = plan_of(seed)
            try:
                assert disturbed.get(name, 10**6) == each
                disturbed.get_file(name, tmp_path / "to")
                assert (tmp_path / "to").read_bytes() == each
                assert b"".join(disturbed.open(name)[1]) == each
            except MelodyAIError:
                failures += 1
        proxy.plan = plan_of(seed)
        disturbed.fetch("tree", tmp_path / f"out{seed}")
        out = {path.name: path.read_bytes() for path in (tmp_path / f"out{seed}").iterdir()}
        assert out == data
    proxy.plan = []
    assert failures <= 1


def test_a_download_that_was_cut_goes_on_where_it_was(ways, tmp_path):
    disturbed, straight, proxy = ways
    data = bytes_of(1, 4 * PART)
    straight.put("large", data)
    proxy.plan = [None, None, None, *[("answer", 5_000)] * 50]
    with pytest.raises(StorageError, match="cannot read 'large'"):
        disturbed.get_file("large", tmp_path / "to")
    assert not (tmp_path / "to").exists()
    (partial,) = tmp_path.iterdir()
    assert partial.stat().st_size == 2 * PART
    proxy.plan, proxy.paths = [], []
    disturbed.get_file("large", tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == data
    asked = [path for path in proxy.paths if "parts" in path]
    assert len(asked) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["to"]


def test_a_download_goes_on_only_with_what_is_right(ways, tmp_path):
    disturbed, straight, proxy = ways
    data = bytes_of(1, 4 * PART)
    straight.put("large", data)
    proxy.plan = [None, None, None, None, *[500] * 50]
    with pytest.raises(StorageError, match="cannot read 'large'"):
        disturbed.get_file("large", tmp_path / "to")
    (partial,) = tmp_path.iterdir()
    spoilt = bytearray(partial.read_bytes())
    spoilt[PART + 7] ^= 1
    partial.write_bytes(spoilt)
    proxy.plan = []
    disturbed.get_file("large", tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == data


def test_a_fetch_that_was_cut_goes_on_with_the_missing_files(ways, tmp_path):
    disturbed, straight, proxy = ways
    files = {str(number): bytes_of(number, 1_000) for number in range(12)}
    (tmp_path / "tree").mkdir()
    for name, data in files.items():
        (tmp_path / "tree" / name).write_bytes(data)
    straight.publish("tree", tmp_path / "tree")
    proxy.plan = [None] * 6 + [500] * 400
    with pytest.raises(StorageError, match="cannot read 'tree'"):
        disturbed.fetch("tree", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    proxy.plan, proxy.paths = [], []
    disturbed.fetch("tree", tmp_path / "out")
    assert len(proxy.paths) <= 1 + 12 - 3
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == files


def test_a_publish_that_was_cut_leaves_the_old_folder(ways, tmp_path):
    disturbed, straight, proxy = ways
    (tmp_path / "tree").mkdir()
    for version in (1, 2):
        for name in "xyz":
            (tmp_path / "tree" / name).write_bytes(bytes([version]) * 1_000)
        if version == 1:
            straight.publish("tree", tmp_path / "tree")
    proxy.plan = [None, None, *[("request", 500)] * 400]
    with pytest.raises(StorageError, match="cannot write 'tree'"):
        disturbed.publish("tree", tmp_path / "tree")
    straight.fetch("tree", tmp_path / "out")
    assert {path.read_bytes() for path in (tmp_path / "out").iterdir()} == {b"\1" * 1_000}


def test_stale_listings_hide_names_but_no_bytes(ways):
    disturbed, _, proxy = ways
    disturbed.put("old", b"1")
    assert disturbed.names() == ["old"]
    disturbed.put("new", b"2")
    disturbed.delete("old")
    proxy.plan = ["stale"] * 9
    assert disturbed.names() == ["old"]
    assert disturbed.get("new", 9) == b"2"
    with pytest.raises(NotStoredError, match="holds nothing named 'old'"):
        disturbed.get("old", 9)
    proxy.plan = []
    assert disturbed.names() == ["new"]


def test_a_delete_through_faults_removes_all_bytes(ways):
    disturbed, straight, proxy = ways
    for seed in SEEDS[1::2]:
        straight.put("thing", bytes_of(seed, 3 * PART))
        straight.put("thing", bytes_of(-seed, 3 * PART))
        proxy.plan = [fault for fault in plan_of(seed) if fault != "stale"]
        disturbed.delete("thing")
        proxy.plan = []
        assert straight.names() == []
        assert straight._shelf.keys("parts/") == []


def test_an_answer_of_nonsense_is_an_error_of_ours(ways):
    disturbed, straight, _ = ways
    straight._shelf.objects.write("names/thing!", b"<html>a page of a captive portal</html>")
    with pytest.raises(InputError, match="'thing' is damaged"):
        disturbed.get("thing", 10**6)
