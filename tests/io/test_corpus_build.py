"""Building corpora from music21's files."""

from pathlib import Path

import numpy as np
import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.io import corpus_build
from melodyai_edu.io.corpus import load, shipped_folder
from melodyai_edu.io.corpus_build import build
from melodyai_edu.io.corpus_columns import Columns
from melodyai_edu.io.corpus_sources import SOURCES, read_file

DAMAGED = {"Taiyang zhaozai chaqishan", "Hongtaiyang Haishangzhao", "Will Ye Go To Flanders"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Everything, with two processes."""
    folder = tmp_path_factory.mktemp("two")
    return folder, {
        report.name: report for report in build(folder=folder, workers=2, progress=False)
    }


@pytest.mark.slow
@pytest.mark.xdist_group("build")
def test_whole_corpus_is_there(built):
    _, reports = built
    tunes = {name: report.tunes for name, report in reports.items()}
    assert tunes == {"oneill": 2009, "ryan": 1058, "airds": 1180, "chorales": 365, "essen": 8511}
    for report in reports.values():
        assert all(refused.reason and refused.source for refused in report.refused)
    assert "is not closed before the next bar line" in str(reports["ryan"])
    # Three songs lost every note on their tonic, whose German name their converter did not know.
    assert {refused.title for refused in reports["essen"].refused} == DAMAGED


@pytest.mark.slow
@pytest.mark.xdist_group("build")
def test_one_worker_gives_the_same_bytes(built, tmp_path):
    folder, reports = built
    build(folder=tmp_path, workers=1, progress=False)
    for name in reports:
        for file in ("tunes.npz", "card.md"):
            assert (tmp_path / name / file).read_bytes() == (folder / name / file).read_bytes()


@pytest.mark.slow
@pytest.mark.xdist_group("build")
def test_shipped_corpora_are_what_a_build_gives(built):
    folder, reports = built
    for name in reports:
        card = (folder / name / "card.md").read_text()
        assert card == (shipped_folder() / name / "card.md").read_text()
        if SOURCES[name].is_shipped:
            fresh = Columns.read(folder / name / "tunes.npz").arrays
            shipped = Columns.read(shipped_folder() / name / "tunes.npz").arrays
            assert all(np.array_equal(fresh[column], shipped[column]) for column in fresh)


@pytest.mark.slow
@pytest.mark.xdist_group("build")
def test_essen_joins_the_others_groups(built, monkeypatch):
    """Built at home it opens by name, and near-duplicates of shipped tunes are on their side."""
    folder, _ = built
    table = Columns.read(folder / "essen" / "tunes.npz")
    assert set(table.arrays["split"].tolist()) == {"train", "valid", "test"}
    monkeypatch.setenv("MELODYAI_HOME", str(folder.parent / "home"))
    (folder.parent / "home").mkdir(exist_ok=True)
    (folder.parent / "home" / "corpora").symlink_to(folder)
    corpus = load("essen")
    assert corpus.genres["Chinese folk"] > 1000
    assert corpus.filter(genre="children's song", mode="minor")


def test_one_file_of_each_source():
    for name, source in SOURCES.items():
        file = source.files()[-1]  # of the chorales the first has five parts
        rows, refused = read_file(name, file)
        assert rows or "parts" in refused[0].reason
        assert all(row.score.note_count > 5 for row in rows)


def test_essen_mode_is_the_one_that_is_sung():
    file = next(file for file in SOURCES["essen"].files() if file.name == "han1.abc")
    modes = {row.score.key.mode for row in read_file("essen", file)[0]}
    assert "major" in modes
    assert len(modes) > 2


def test_unreadable_music_is_reported(tmp_path: Path):
    (tmp_path / "book.abc").write_text(
        "X:1\nT:Good\nM:2/4\nK:D\nF2A2|d4|\n\nX:2\nT:Bad\nK:C\n[CE|\n"
    )
    rows, refused = read_file("airds", tmp_path / "book.abc")
    assert len(rows) == 1
    assert (refused[0].source, refused[0].title) == ("book.abc X:2", "Bad")
    assert "not closed" in refused[0].reason


def test_unknown_name_and_workers():
    with pytest.raises(ParameterError, match=r"names=\['nobody'\] must be of: oneill"):
        build(["nobody"])
    with pytest.raises(ParameterError, match="workers=0 must be 1 or more"):
        build(["oneill"], workers=0)
    assert corpus_build.__doc__
