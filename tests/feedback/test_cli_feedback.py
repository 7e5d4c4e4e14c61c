"""The command line for ratings."""

import json

import pytest

from melodyai_edu.cli import main
from melodyai_edu.composition import compose
from melodyai_edu.feedback import open_store, rater_name


@pytest.fixture(scope="module")
def provenances():
    return [compose(genre="jig", bars=4, seed=n, model="ngram").provenance for n in (1, 2)]


@pytest.fixture
def files(provenances, tmp_path):
    names = [tmp_path / "a.json", tmp_path / "b.json"]
    for name, provenance in zip(names, provenances, strict=True):
        name.write_text(json.dumps(provenance))
    return [str(name) for name in names]


def run(capsys, *arguments, status=0):
    assert main(["feedback", *arguments]) == status
    return capsys.readouterr()


def test_rate_prefer_list(capsys, files, provenances):
    digests = [provenance["notes_sha256"] for provenance in provenances]
    out = run(capsys, "rate", files[0], "--stars", "4", "--word", "lively", "--rater", "owl").out
    assert out.endswith(f'Z owl: {digests[0][:8]} jig: 4 of 5 stars "lively"\n')
    assert "thumb down" in run(capsys, "rate", files[0], "--thumb", "down").out
    assert "jig: kept" in run(capsys, "rate", files[0], "--action", "kept").out
    out = run(capsys, "prefer", files[1], files[0], "--rater", "owl").out
    assert f"{digests[1][:8]} jig: better than {digests[0][:8]}" in out
    out = run(capsys, "list").out
    assert len(out.splitlines()) == 5
    assert "4 ratings by 2 raters in " in out
    assert "2 ratings by 1 rater in" in run(capsys, "list", "--rater", "owl", "--last", "1").out
    with open_store() as store:
        assert len(store.pairs("owl")) == 1


def test_a_rating_is_sent_again(capsys, files):
    first = run(capsys, "rate", files[0], "--stars", "4", "--key", "k").out
    assert run(capsys, "rate", files[0], "--stars", "4", "--key", "k").out == first
    err = run(capsys, "rate", files[0], "--stars", "5", "--key", "k", status=2).err
    assert err.startswith("melodyai: key='k' is of another rating")


def test_a_known_piece_is_not_made_again(capsys, files, monkeypatch):
    run(capsys, "rate", files[0], "--stars", "4")

    def fail(_):
        raise AssertionError("it was rebuilt")

    monkeypatch.setattr("melodyai_edu.composition.rebuild", fail)
    run(capsys, "rate", files[0], "--stars", "5")


def test_out_and_back(capsys, files, tmp_path):
    run(capsys, "rate", files[0], "--stars", "4", "--rater", "owl")
    table, other = str(tmp_path / "class.csv"), str(tmp_path / "teacher.sqlite")
    assert run(capsys, "export", table).out == f"wrote 1 rating to {table}\n"
    (tmp_path / "bad.csv").write_text("no table")
    said = run(capsys, "merge", table, str(tmp_path / "bad.csv"), table, "--store", other, status=2)
    assert f"{table}: 1 new, 0 known\n{table}: 0 new, 1 known\n1 rating in" in said.out
    assert "left out: bad.csv: it is no table" in said.err
    assert "melodyai: 1 of 3 files were left out" in said.err


def test_take_along_and_erase(capsys, files, tmp_path):
    run(capsys, "rate", files[0], "--stars", "4")
    run(capsys, "rate", files[0], "--stars", "3", "--rater", "owl")
    name, file = rater_name(), str(tmp_path / "mine.json")
    assert run(capsys, "export-rater", file, "--mine").out == (
        f"wrote 1 rating of {name} to {file}\n"
    )
    out = run(capsys, "erase", "--mine").out
    assert f"erased 1 rating of {name}" in out
    assert "new pseudonym" in out
    assert rater_name() != name
    said = run(capsys, "erase", "--rater", "howl", status=2)
    assert "erased 0 ratings of howl" in said.out
    assert "rater='howl' must be one of: owl (perhaps 'owl'?)" in said.err
    assert "erased 1 rating of owl" in run(capsys, "erase", "--rater", "owl").out
    assert "0 ratings by 0 raters" in run(capsys, "list").out


def test_whose_must_be_said(capsys):
    with pytest.raises(SystemExit):
        main(["feedback", "erase"])
    assert "--rater --mine is required" in capsys.readouterr().err


def test_dashboard(capsys, files, tmp_path):
    assert "Nobody has rated" in run(capsys, "dashboard").out
    run(capsys, "rate", files[0], "--stars", "4")
    out = run(capsys, "dashboard", "--out", str(tmp_path / "page.png")).out
    assert "Liked, by genre: jig 75% (1)" in out
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be a file that melodyai compose --provenance wrote"),
        ("[]", "must be a file that melodyai compose"),
        ("{}", "must be a file that melodyai compose"),
        ('{"notes_sha256": "0"}', "must be what piece.provenance gave"),
        ("[" * 100_000, "must be a file that melodyai compose"),
    ],
)
def test_no_provenance(capsys, tmp_path, text, message):
    file = tmp_path / "piece.json"
    file.write_text(text)
    err = run(capsys, "rate", str(file), "--stars", "4", status=2).err
    assert message in err
    assert len(err.splitlines()) == 1


def test_mistakes_are_one_line(capsys, files, tmp_path):
    assert "no such file" in run(capsys, "rate", "nowhere.json", "--stars", "4", status=2).err
    assert "stars=7 must" in run(capsys, "rate", files[0], "--stars", "7", status=2).err
    assert "say one thing" in run(capsys, "rate", files[0], status=2).err
    assert "last=0 must" in run(capsys, "list", "--last", "0", status=2).err
    err = run(capsys, "list", "--store", str(tmp_path / "nowhere.sqlite"), status=2).err
    assert "there is no such store" in err
    assert not (tmp_path / "nowhere.sqlite").exists()
    (tmp_path / "broken.sqlite").write_text("broken")
    err = run(capsys, "list", "--store", str(tmp_path / "broken.sqlite"), status=2).err
    assert err.startswith("melodyai: broken.sqlite: it is no store of ratings, or damaged")
