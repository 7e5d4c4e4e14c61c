"""Many pieces at once are the same as one by one, on whatever engine, and go on after a stop."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from melodyai_edu.cli import main
from melodyai_edu.composition import CompositionRequest, compose, rebuild
from melodyai_edu.composition import batch as module
from melodyai_edu.composition.batch import compose_many
from melodyai_edu.constraints import Rule
from melodyai_edu.errors import MelodyAIError, OutputError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.io.corpus_columns import Columns, TuneRow

CORPUS = "batch_tunes"
JIGS = [{"genre": "jig", "bars": 4, "seed": seed, "corpus": CORPUS} for seed in range(4)]


@pytest.fixture(scope="module", autouse=True)
def few_tunes(tmp_path_factory):
    """A small corpus: what each new process learns first takes six seconds with all tunes."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "corpora" / CORPUS
    folder.mkdir(parents=True)
    rows = [
        TuneRow(tune.score, genre=genre, source=tune.source, split=split)
        for genre in ("jig", "reel")
        for split, size in (("train", 20), ("test", 4))
        for tune in load("oneill").filter(genre=genre, split=split)[:size]
    ]
    (folder / "tunes.npz").write_bytes(Columns.of(rows).packed())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MELODYAI_HOME", str(home))
        yield


def random_requests(seed, number):
    """What a person may ask for, and among it what nobody can have."""
    chance = random.Random(seed)
    asked = [
        CompositionRequest(
            genre=chance.choice(["jig", "reel"]),
            bars=chance.choice([4, 8]),
            seed=chance.randrange(1000),
            temperature=chance.choice([0.8, 1.0]),
            rules=chance.choice([(), ("max_leap=7",), ("end_on_tonic",)]),
            corpus=CORPUS,
            instruments=chance.choice([None, ("flute", "acoustic guitar")]),
        )
        for _ in range(number)
    ]
    conflict = {
        "genre": "jig",
        "bars": 4,
        "rules": ["range=C4-D4", "end_on_tonic"],
        "key": "G major",
    }
    asked.insert(2, conflict)
    asked.insert(5, {"bars": 0})
    return asked


def one_by_one(asked, folder):
    """Compose and save each alone; what is refused has no file."""
    folder.mkdir()
    for number, request in enumerate(asked, 1):
        try:
            fields = request if isinstance(request, dict) else request.to_dict()
            compose(**fields).save(folder / f"piece-{number:06d}.mid")
        except MelodyAIError:
            pass
    return contents(folder)


def contents(folder, suffix=".mid"):
    return {file.name: file.read_bytes() for file in folder.glob(f"*{suffix}")}


@pytest.fixture(scope="module")
def address(few_tunes):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as there:
        yield there.scheduler_address


@pytest.mark.slow
@pytest.mark.xdist_group("dask")
def test_the_same_pieces_on_every_engine(address, tmp_path):
    asked = random_requests(1, 4)
    alone = one_by_one(asked, tmp_path / "alone")
    assert len(alone) == 4
    for name, engine in {
        "one": {},
        "two": {"workers": 2},
        "cluster": {"scheduler": address},
    }.items():
        report = compose_many(asked, tmp_path / name, progress=False, **engine)
        assert contents(tmp_path / name) == alone, name
        assert [piece.state for piece in report.pieces] == [
            "made", "made", "refused", "made", "made", "refused"
        ]  # fmt: skip
        assert "bars=0 must be" in str(report)
    written = contents(tmp_path / "one", ".json")
    assert written == contents(tmp_path / "two", ".json") == contents(tmp_path / "cluster", ".json")


def test_only_what_is_missing_is_made_again(tmp_path):
    first = compose_many(JIGS, tmp_path, progress=False)
    before = contents(tmp_path)
    assert str(first) == f"{tmp_path}: 4 pieces, 4 made, 0 kept, 0 refused"
    (tmp_path / "piece-000001.mid").unlink()
    (tmp_path / "piece-000002.mid").write_bytes(before["piece-000002.mid"][:-1])
    (tmp_path / "piece-000003.json").write_text("{")
    again = compose_many(JIGS, tmp_path, progress=False)
    assert [piece.state for piece in again.pieces] == ["made", "made", "made", "kept"]
    assert contents(tmp_path) == before
    more = compose_many([*JIGS[:3], JIGS[0], JIGS[1]], tmp_path, progress=False)
    assert [piece.state for piece in more.pieces] == ["kept", "kept", "kept", "made", "made"]
    other = compose_many(JIGS[:1], tmp_path, formats=["mid", ".ABC"], progress=False)
    assert other.pieces[0].state == "made"
    assert "X:1\n" in (tmp_path / "piece-000001.abc").read_text()


def test_another_version_makes_it_again(tmp_path, monkeypatch):
    compose_many(JIGS[:1], tmp_path, progress=False)
    monkeypatch.setattr(module, "__version__", "9.9")
    assert compose_many(JIGS[:1], tmp_path, progress=False).pieces[0].state == "made"
    with pytest.raises(MelodyAIError, match=r"a worker has MelodyAI 9\.9, the batch 0\.0"):
        module._make("0.0", (".mid",), module._Job("piece", "{}"))


def test_what_lies_beside_a_piece_makes_it_again(tmp_path):
    compose_many(JIGS[:1], tmp_path, progress=False)
    written = json.loads((tmp_path / "piece-000001.json").read_text())
    assert written["asked"]["model"] == "ngram"
    rebuild(written).save(tmp_path / "again.mid")
    assert (tmp_path / "again.mid").read_bytes() == (tmp_path / "piece-000001.mid").read_bytes()


def test_a_killed_batch_goes_on(tmp_path):
    asked = [{**JIGS[0], "seed": seed, "model": "ngram"} for seed in range(80)]
    program = (
        "import json, sys; from melodyai_edu.composition import compose_many; "
        "compose_many(json.loads(sys.argv[1]), sys.argv[2], progress=False)"
    )
    command = [sys.executable, "-c", program, json.dumps(asked), str(tmp_path)]
    with subprocess.Popen(command) as running:
        while len(contents(tmp_path, ".json")) < 3:
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    there = len(contents(tmp_path, ".json"))
    assert there < 80
    report = compose_many(asked[: there + 2], tmp_path, progress=False)
    assert [piece.state for piece in report.pieces] == ["kept"] * there + ["made"] * 2
    compose(**asked[there]).save(tmp_path / "alone.mid")
    last = tmp_path / f"piece-{there + 1:06d}.mid"
    assert last.read_bytes() == (tmp_path / "alone.mid").read_bytes()


def test_a_wrong_request_is_a_line_in_the_report(tmp_path, monkeypatch):
    class Own(Rule):
        name = "own"

    asked = [CompositionRequest(bars=4, rules=(Own(),)), {"colour": "red"}, "jig", JIGS[0], JIGS[1]]
    plain = compose

    def broken(request):
        return 1 // 0 if request.seed == 1 else plain(request)

    monkeypatch.setattr(module, "compose", broken)
    report = compose_many(asked, tmp_path, progress=False)
    assert [piece.state for piece in report.pieces] == [*["refused"] * 3, "made", "refused"]
    reasons = [piece.reason for piece in report.refused]
    assert "cannot be written down" in reasons[0]
    assert "field='colour'" in reasons[1]
    assert "request='jig' must be a CompositionRequest or a mapping" in reasons[2]
    assert reasons[3].startswith("ZeroDivisionError: ")


def test_what_cannot_be_asked_for(tmp_path):
    with pytest.raises(ParameterError, match=r"formats=\['doc'\] must be of: \.mid"):
        compose_many(JIGS, tmp_path, formats=["doc"])
    with pytest.raises(ParameterError, match="workers=0 must be 1 or more"):
        compose_many(JIGS, tmp_path, workers=0)
    with pytest.raises(ParameterError, match=r"workers=2 are processes here .* give one"):
        compose_many(JIGS, tmp_path, workers=2, scheduler="tcp://127.0.0.1:1")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        compose_many(JIGS, tmp_path / "file" / "folder")


def test_command_line(tmp_path, capsys):
    asked = ["compose", "--genre", "jig", "--bars", "4", "--count", "2", "--seed", "5"]
    asked += ["--formats", "mid, musicxml", "--out-folder", str(tmp_path)]
    assert main(asked) == 0
    assert "2 pieces, 2 made, 0 kept, 0 refused" in capsys.readouterr().out
    compose(genre="jig", bars=4, seed=6).save(tmp_path / "alone.mid")
    assert (tmp_path / "piece-000002.mid").read_bytes() == (tmp_path / "alone.mid").read_bytes()
    assert (tmp_path / "piece-000002.musicxml").is_file()
    assert main([*asked, "--workers", "2"]) == 0
    assert "0 made, 2 kept" in capsys.readouterr().out
    assert main([*asked[:3], "--bars", "0", *asked[5:]]) == 2
    streams = capsys.readouterr()
    assert "piece-000001: bars=0 must be" in streams.out
    assert "2 of 2 pieces were refused" in streams.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--out FILE is needed, or --count N with --out-folder"),
        (["--workers", "2", "--out", "x.mid"], "--count N and --out-folder FOLDER are needed"),
        (["--count", "0", "--out-folder", "x"], "count=0 must be 1 or more"),
        (["--count", "2", "--out-folder", "x", "--of", "y.mid"], "--of: for one piece"),
    ],
)
def test_command_line_mistakes(words, message, capsys):
    assert main(["compose", *words]) == 2
    assert message in capsys.readouterr().err
