"""What an address and a name may be, and every way around it that was thought of."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import InputError, ParameterError, StorageError
from melodyai_edu.io.storage import open_storage
from melodyai_edu.io.storage_places import Place, check_name, find_place

S3 = ["s3://music/mine"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a",
        "https://example.org/a",
        "ftp://a/b",
        "memory://a",
        "gcs://music/mine",
        "S3://music/mine",
        "github://a/b",
        "sftp://a/b",
        "simplecache::s3://music/mine",
        "zip://a.abc::s3://music/mine",
        "s3://music/mine::file:///etc",
        "simplecache::/etc",
        "s3://music/mine?versionId=1",
        "s3://music/mine#x",
        "s3://music/mi%2e%2e",
        "s3://key:secret@music/mine",
        "s3://music@169.254.169.254/mine",
        "s3://music/mine/../other",
        "s3://music/./mine",
        "s3://music//mine",
        "s3:///mine",
        "s3://",
        "s3://m",
        "s3://MUSIC/mine",
        "s3://music\\mine",
        "s3://music/mine\n",
        "s3://music/a b",
        "s3://169.254.169.254:80/latest",
        "file://localhost/etc",
        "file://etc",
        "file:////host/share",
        "file:///srv/../etc",
        "file:///srv/music?a=b",
        "/srv/../etc",
        " s3://music/mine",
        "",
        "\0",
    ],
)
def test_what_is_no_address_of_ours_is_refused(url):
    with pytest.raises((ParameterError, InputError), match=r"url=|name=|path="):
        find_place(url, allowed=["s3://music/mine", "file:///srv"])


def test_what_a_message_shows_has_no_credentials():
    for url in ("s3://key:secret@music/a", "s3://music/a?X-Amz-Signature=secret", "x://a:secret@b"):
        with pytest.raises(ParameterError, match="url=") as caught:
            find_place(url)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "s3://music",
        "s3://music/mine2",
        "s3://music/min",
        "s3://music2/mine",
        "gs://music/mine",
        "file:///music/mine",
        "/music/mine",
    ],
)
def test_what_is_not_listed_is_refused_with_the_way_out(url):
    with pytest.raises(ParameterError, match=r"not among .* MELODYAI_STORAGE_ALLOWED="):
        find_place(url, allowed=S3)


def test_what_is_listed_is_allowed_with_all_inside():
    assert find_place("s3://music/mine", S3) == Place("s3", "music/mine")
    assert find_place("s3://music/mine/", S3).url == "s3://music/mine"
    assert find_place("s3://music/mine/a/b", S3).root == "music/mine/a/b"
    assert find_place("gs://music", ["gs://music"]).root == "music"


def test_the_environment_lists_what_is_allowed(monkeypatch, tmp_path):
    monkeypatch.delenv("MELODYAI_STORAGE_ALLOWED", raising=False)
    assert find_place(tmp_path).protocol == "file"
    with pytest.raises(ParameterError, match="not among"):
        find_place("s3://music/mine")
    monkeypatch.setenv("MELODYAI_STORAGE_ALLOWED", " s3://music/mine , gs://other")
    assert find_place("s3://music/mine/a").root == "music/mine/a"
    assert find_place("gs://other").root == "other"
    with pytest.raises(ParameterError, match="not among"):
        find_place(tmp_path)
    assert find_place(tmp_path, allowed=[str(tmp_path)]).root == os.path.realpath(tmp_path)


def test_a_link_does_not_lead_out_of_what_is_allowed(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "way").symlink_to(outside)
    with pytest.raises(ParameterError, match="not among"):
        find_place(inside / "way", allowed=[str(inside)])
    with pytest.raises(ParameterError, match="not among"):
        find_place(f"file://{inside}/way/deeper", allowed=[f"file://{inside}"])


def test_a_link_inside_a_storage_does_not_lead_out(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (outside / "secret").mkdir(parents=True)
    storage = open_storage(root)
    storage.put("a/b", b"la")
    (root / "names" / "way").symlink_to(outside)
    for act in (
        lambda: storage.put("way/x", b"la"),
        lambda: storage.get("way/x", 9),
        lambda: storage.delete("way/x"),
    ):
        with pytest.raises(StorageError, match="link inside it leads out"):
            act()
    assert [file.name for file in outside.rglob("*")] == ["secret"]
    (outside / "passwd").write_bytes(b"root")
    (root / "names" / "c!").symlink_to(outside / "passwd")
    with pytest.raises(StorageError, match="cannot read 'c'"):
        storage.get("c", 9)


@pytest.mark.parametrize(
    "name",
    [
        *("", "/a", "a/", "a//b", "..", "a/../b", ".", "a/./b", "...", "a b", "a\\b", "a\0", "ä"),
        *("a!", "a\n", "a?b", "a%2e", "~", "x" * 121, "a/" * 300 + "a", None, 7, b"a"),
    ],
)
def test_what_is_no_name_is_refused(name, tmp_path):
    storage = open_storage(tmp_path)
    for act in (
        lambda: storage.put(name, b""),
        lambda: storage.put_file(name, tmp_path / "x"),
        lambda: storage.get(name, 9),
        lambda: storage.get_file(name, tmp_path / "x"),
        lambda: storage.open(name),
        lambda: storage.has(name),
        lambda: storage.delete(name),
        lambda: storage.publish(name, tmp_path),
        lambda: storage.fetch(name, tmp_path / "x"),
    ):
        with pytest.raises(ParameterError, match="must be parts of letters"):
            act()


@given(st.text(max_size=40))
def test_a_name_that_passes_stays_below_its_folder(name):
    try:
        check_name(name)
    except ParameterError:
        return
    path = os.path.normpath(f"/names/{name}!")
    assert path == f"/names/{name}!"


@given(st.text(alphabet="s3gfile:/.?#@%abc-\\", max_size=30))
def test_any_address_is_read_or_refused_by_one_kind_of_error(url):
    try:
        place = find_place(url, allowed=["s3://abc", "gs://abc", "file:///abc"])
    except (ParameterError, InputError):
        return
    assert place.root.startswith(("abc", "/abc"))
