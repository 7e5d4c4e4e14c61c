from __future__ import annotations

import json
import shutil
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.training.checkpoint import Checkpoint, commit, latest

FILES = ("arrays.npz", "state.json", "manifest.json")


def checkpoint(step):
    arrays = {
        "network/0": np.full((2, 3), step, np.float32),
        "seed": np.array([step, 7], np.uint32),
    }
    return Checkpoint(step, arrays, {"epoch": step, "losses": [[step, 0.1]], "best": float("inf")})


def flip(file, place, bits):
    data = bytearray(file.read_bytes())
    data[place % len(data)] ^= bits
    file.write_bytes(bytes(data))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_same(found, wanted):
    assert (found.step, found.state) == (wanted.step, wanted.state)
    assert found.arrays.keys() == wanted.arrays.keys()
    for name, array in wanted.arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


@pytest.fixture
def two(tmp_path):
    """A folder with the checkpoints of steps 3 and 5."""
    for step in (3, 5):
        commit(tmp_path, checkpoint(step))
    return tmp_path


def test_what_was_committed_comes_back(two):
    assert_same(latest(two), checkpoint(5))


@pytest.mark.parametrize("name", ["", "none"])
def test_no_checkpoint_is_none(tmp_path, name):
    assert latest(tmp_path / name) is None


def test_the_two_newest_are_kept(two):
    commit(two, checkpoint(11))
    assert names(two) == ["00000005", "00000011"]


def test_numbers_of_more_than_eight_digits_are_newest(tmp_path):
    for step in (99_999_999, 100_000_000):
        commit(tmp_path, checkpoint(step))
    assert latest(tmp_path).step == 100_000_000


def test_a_new_run_in_an_old_folder_replaces_what_came_later(two):
    commit(two, checkpoint(1))
    assert latest(two).step == 1
    commit(two, checkpoint(2))
    assert names(two) == ["00000001", "00000002"]


def test_going_on_from_the_one_before_keeps_it(two):
    (two / "00000005" / "manifest.json").unlink()
    commit(two, checkpoint(4))
    assert names(two) == ["00000003", "00000004"]


def test_the_same_step_can_be_committed_again(two):
    changed = checkpoint(5)._replace(state={"epoch": 9})
    commit(two, changed)
    assert_same(latest(two), changed)
    assert names(two) == ["00000003", "00000005"]


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_told_and_the_one_before_used(two, file):
    (two / "00000005" / file).unlink()
    with pytest.warns(RuntimeWarning, match="checkpoint 00000005 is damaged.*no such file"):
        assert_same(latest(two), checkpoint(3))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_torn_file_is_told_and_the_one_before_used(two, file, share):
    torn = two / "00000005" / file
    torn.write_bytes(torn.read_bytes()[: int(torn.stat().st_size * share)])
    with pytest.warns(RuntimeWarning, match="00000005 is damaged.*the one before it is used"):
        assert_same(latest(two), checkpoint(3))


def test_the_warning_names_the_altered_file(two):
    flip(two / "00000005" / "arrays.npz", 200, 1)
    with pytest.warns(RuntimeWarning, match=r"arrays\.npz: its checksum is not the one in manif"):
        latest(two)


def test_files_of_another_checkpoint_are_noticed(two):
    shutil.copy(two / "00000003" / "arrays.npz", two / "00000005" / "arrays.npz")
    with pytest.warns(RuntimeWarning, match="00000005 is damaged"):
        assert latest(two).step == 3


@pytest.mark.parametrize(
    "text", ["[]", "5", "null", "{}", '{"arrays.npz": 1}', "[" * 100_000, "\0"]
)
def test_a_manifest_that_is_none_is_told(two, text):
    (two / "00000005" / "manifest.json").write_text(text)
    with pytest.warns(RuntimeWarning, match="00000005 is damaged"):
        assert latest(two).step == 3


def test_all_damaged_is_none_with_a_warning_for_each(two):
    for folder in two.iterdir():
        flip(folder / "state.json", 3, 4)
    with pytest.warns(RuntimeWarning) as told:
        assert latest(two) is None
    assert [str(one.message).split()[1] for one in told] == ["00000005", "00000003"]


@pytest.mark.parametrize("files", range(4))
def test_a_folder_that_was_not_renamed_is_not_seen_and_cleared_away(two, files):
    """A run killed inside a save leaves a folder with some of the files."""
    partial = two / ".00000008.partial"
    partial.mkdir()
    for file in FILES[:files]:
        shutil.copy(two / "00000005" / file, partial / file)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same(latest(two), checkpoint(5))
        commit(two, checkpoint(7))
    assert names(two) == ["00000005", "00000007"]


def test_other_files_are_left_alone(two):
    (two / "notes.txt").write_text("mine")
    (two / "old").mkdir()
    (two / "00000099").write_text("a file, no folder")
    commit(two, checkpoint(7))
    assert names(two) == ["00000005", "00000007", "00000099", "notes.txt", "old"]
    assert latest(two).step == 7


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """What `two` gives, and the files of its newest; each example puts them back."""
    folder = tmp_path_factory.mktemp("shared")
    for step in (3, 5):
        commit(folder, checkpoint(step))
    return folder, {file: (folder / "00000005" / file).read_bytes() for file in FILES}


@given(st.sampled_from(FILES[:2]), st.integers(0, 2**20), st.integers(1, 255))
def test_any_flipped_byte_is_noticed(shared, file, place, bits):
    folder, whole = shared
    flip(folder / "00000005" / file, place, bits)
    with pytest.warns(RuntimeWarning, match="00000005 is damaged"):
        assert latest(folder).step == 3
    (folder / "00000005" / file).write_bytes(whole[file])


@given(st.integers(0, 2**20), st.integers(1, 255))
def test_a_flipped_byte_of_the_manifest_is_noticed_or_means_the_same(shared, place, bits):
    folder, whole = shared
    manifest = folder / "00000005" / "manifest.json"
    flip(manifest, place, bits)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        step = latest(folder).step
    if told:
        assert step == 3
    else:  # one white space became another
        assert json.loads(manifest.read_bytes()) == json.loads(whole["manifest.json"])
    manifest.write_bytes(whole["manifest.json"])


def test_arrays_that_would_run_code_are_refused(tmp_path):
    """Even with a right checksum, only numbers are read."""
    odd = np.array([{"a": 1}], dtype=object)
    commit(tmp_path, Checkpoint(1, {"odd": odd}, {}))
    with pytest.warns(RuntimeWarning, match="00000001 is damaged"):
        assert latest(tmp_path) is None
