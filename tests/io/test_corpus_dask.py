"""Building corpora on a dask cluster: two processes of their own, a small part of each corpus."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest

from melodyai_edu.cli import main
from melodyai_edu.errors import MelodyAIError, MissingDependencyError, ParameterError
from melodyai_edu.io import cluster, corpus_build
from melodyai_edu.io.cluster import map_on_cluster
from melodyai_edu.io.corpus_build import build
from melodyai_edu.io.corpus_sources import SOURCES, CorpusSource

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.xdist_group("dask")

BAD = {"latin.abc": b"X:1\nT:Caf\xe9\nK:C\nCDEF|\n", "torn.mxl": b"PK\x03\x04torn"}


@pytest.fixture(scope="module")
def address():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as two:
        yield two.scheduler_address


def _smallest(files: list[Path]) -> list[Path]:
    few = sorted(files, key=lambda file: file.stat().st_size)[:4]
    return [file for file in files if file in few]


@pytest.fixture
def few_files(monkeypatch, tmp_path):
    """The four smallest files of each corpus, and among them files that nobody can read."""
    files = {name: _smallest(source.files()) for name, source in SOURCES.items()}
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    files["oneill"].insert(3, tmp_path / "latin.abc")
    files["chorales"].insert(1, tmp_path / "torn.mxl")
    files["ryan"].append(tmp_path / "gone.abc")
    monkeypatch.setattr(CorpusSource, "files", lambda source: files[source.name])


def contents(folder: Path) -> dict[str, bytes]:
    found = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(address, few_files, tmp_path):
    plain = build(folder=tmp_path / "plain", workers=1, progress=False)
    there = build(folder=tmp_path / "there", scheduler=address, progress=False)
    here = build(folder=tmp_path / "here", workers=2, scheduler="local", progress=False)
    assert contents(tmp_path / "plain") == contents(tmp_path / "here")
    assert all(one.tunes == other.tunes for one, other in zip(plain, here, strict=True))
    assert contents(tmp_path / "plain") == contents(tmp_path / "there")
    assert len(contents(tmp_path / "there")) == 2 * len(SOURCES)
    assert [str(report) for report in plain] == [str(report) for report in there]
    assert all(report.tunes > 0 for report in there)


def test_a_bad_file_never_stops_a_build(address, few_files, tmp_path):
    reports = build(["oneill", "chorales", "ryan"], tmp_path, scheduler=address, progress=False)
    reasons = {refused.source: refused.reason for report in reports for refused in report.refused}
    assert "UnicodeDecodeError" in reasons["latin.abc"]
    assert reasons["gone.abc"] == "it cannot be opened: No such file or directory"
    assert reasons["torn.mxl"]


def test_the_command_line_takes_an_address(address, few_files, tmp_path, capsys):
    assert main(["data", "build", "oneill", "--folder", str(tmp_path), "--scheduler", address]) == 0
    assert capsys.readouterr().out.startswith("oneill: ")
    assert (tmp_path / "oneill" / "tunes.npz").is_file()


def test_a_worker_with_other_versions_is_told(address, few_files, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus_build, "_versions", lambda: {"melodyai-edu": "0.0", "music21": "1"})
    with pytest.raises(MelodyAIError, match=r"the build needs .*'0\.0'.*: install the same"):
        build(["oneill"], tmp_path, scheduler=address, progress=False)
    assert not list(tmp_path.rglob("*.npz"))


def test_results_come_in_order_and_failures_are_ours(address):
    assert list(map_on_cluster(abs, list(range(-200, 0)), address)) == list(range(200, 0, -1))
    with pytest.raises(MelodyAIError, match=r"the cluster at .* failed \(TypeError: "):
        list(map_on_cluster(abs, ["text"], address))
    with pytest.raises(MelodyAIError, match=r"gave nothing for 0\.2 seconds"):
        list(map_on_cluster(time.sleep, [2], address, patience=0.2))


def test_no_scheduler_at_the_address(monkeypatch, capsys):
    monkeypatch.setattr(cluster.map_on_cluster, "__kwdefaults__", {"timeout": 1, "patience": 1})
    with socket.socket() as silent:  # it takes calls and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        quiet = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for address in ("tcp://127.0.0.1:1", quiet, "tcp://", "nonsense://x:1"):
            start = time.perf_counter()
            with pytest.raises(ParameterError, match=r"does not answer .*melodyai-edu\[dask\]"):
                list(map_on_cluster(abs, [1], address))
            assert time.perf_counter() - start < 10
    with pytest.raises(ParameterError, match="scheduler='' must be an address"):
        list(map_on_cluster(abs, [1], ""))
    assert main(["data", "build", "oneill", "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "dask scheduler" in capsys.readouterr().err


def test_a_scheduler_without_workers():
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as none,
        pytest.raises(ParameterError, match=r"has no worker after 0\.5 seconds; .*dask worker"),
    ):
        list(map_on_cluster(abs, [1], none.scheduler_address, timeout=0.5))


def test_dask_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "melodyai-edu\[dask\]"'):
        list(map_on_cluster(abs, [1], "tcp://127.0.0.1:8786"))


def test_processes_here_or_there_not_both():
    with pytest.raises(ParameterError, match="workers=2 are processes here and scheduler="):
        build(["oneill"], workers=2, scheduler="tcp://127.0.0.1:8786")
