"""retrain.sh with ratings of real tunes: a model is promoted if its guards hold, or else not.

The script runs as it does in the container. Its ``melodyai`` asks this process, where Keras is
loaded already, so that a test takes seconds: a small network is tuned, nothing is compiled, and
what it would write, for the guard of distinct 4-grams, is not drawn.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import socketserver
import subprocess
import sys
import types
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace

import numpy as np
import pytest

from melodyai_edu.cli import main
from melodyai_edu.feedback import RatedPiece, Rating, RatingStore
from melodyai_edu.io.corpus import load
from melodyai_edu.models.described import FEATURES, describe
from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.models.saved import ModelCard, identify, list_models, save_model
from melodyai_edu.tokens import VOCABULARY, encode
from melodyai_edu.training import preference

from .places import SCRIPTS

pytest.importorskip("tensorflow", reason="needs TensorFlow")
pytestmark = pytest.mark.xdist_group("keras")

SIZES = Sizes("transformer", 8, 2, num_heads=2)
CLIENT = """#!{python}
import json, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect({place!r})
asked.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
status, out, err = json.loads(asked.makefile().readline())
print(out, end="")
print(err, end="", file=sys.stderr)
sys.exit(status)
"""


def first_bar(tune):
    """Give the first bar only, so that a network is quick to hear it."""
    whole = encode(tune)
    lines = [place for place, token in enumerate(whole.tokens) if token == "Bar_line"]
    head = VOCABULARY.ids([*whole.tokens[:3], "Length_1"])
    return replace(
        whole, token_ids=(*head, *whole.token_ids[4 : lines[1]], VOCABULARY.id("Sequence_end"))
    )


def rated(encoding):
    sha256 = hashlib.sha256(repr(encoding.token_ids).encode()).hexdigest()
    request = {"genre": "jig"}
    return RatedPiece(
        request, encoding.token_ids, encoding.key.name, encoding.tonic_pitch, "ngram", (), sha256
    )


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Ratings of somebody who likes wide ranges: enough, and too few."""
    folder = tmp_path_factory.mktemp("ratings")
    tunes = [first_bar(tune) for tune in load("oneill").filter(genre="jig")[:48]]
    place = FEATURES.index("pitch_range")
    for name, number in (("many", 24), ("few", 4)):
        with RatingStore(folder / name) as store:
            for one, other in list(zip(tunes[::2], tunes[1::2], strict=True))[:number]:
                if np.diff(describe((one, other))[:, place])[0] > 0:
                    one, other = other, one
                store.add(Rating("preference", None, rated(one), "owl", rated(other)))
    return folder


def pretend_to_draw(network, encodings, pieces, seed):
    return [types.SimpleNamespace(token_ids=one.token_ids) for one in encodings[:pieces]]


@pytest.fixture
def home(tmp_path, monkeypatch):
    import keras
    import tensorflow as tf

    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    for name in ("_REAL", "_VALID", "_PIECES"):
        monkeypatch.setattr(preference, name, 8)
    monkeypatch.setattr(preference, "draw_like", pretend_to_draw)
    keras.utils.set_random_seed(0)
    save_model(build(SIZES), ModelCard("melody", "tiny", SIZES), tmp_path / "home/models/base")
    tf.config.run_functions_eagerly(True)
    yield tmp_path / "home"
    tf.config.run_functions_eagerly(False)


class Asked(socketserver.StreamRequestHandler):
    """Runs one command of the command line, here."""

    def handle(self):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main(json.loads(self.rfile.readline()))
        self.wfile.write(json.dumps([status, out.getvalue(), err.getvalue()]).encode() + b"\n")


@pytest.fixture
def retrain(home, tmp_path):
    """Run the script to its end."""
    program = tmp_path / "bin" / "melodyai"
    program.parent.mkdir()
    place = str(tmp_path / "asked")
    program.write_text(CLIENT.format(python=sys.executable, place=place), encoding="utf-8")
    program.chmod(0o755)

    def run(*words):
        environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
        command = [str(SCRIPTS / "retrain.sh"), *map(str, words)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)
        while process.poll() is None:
            server.handle_request()
        return process.returncode, "".join(process.communicate())

    with socketserver.UnixStreamServer(place, Asked) as server:
        server.timeout = 0.2
        yield run


LEARN = ("--base", "base", "--", "--epochs", "2", "--learning-rate")


@pytest.mark.slow
def test_promoted_refused_and_taken_back(retrain, home, stores):
    status, said = retrain("--store", stores / "many", *LEARN, "1e-9")
    assert status == 0, said  # it learned nothing: its guards say so
    assert "no more than a coin" in said
    assert "no new model: what was promoted stays" in said
    assert not (home / "models" / "melody-promoted").exists()

    status, said = retrain("--store", stores / "many", *LEARN, "0.003")
    assert status == 0, said
    assert "accepted: melody-ratings-" in said
    promoted = home / "models" / "melody-promoted"
    first = str(promoted.readlink())
    assert f"promoted: melody-promoted is {first}" in said
    assert "melody-promoted" in list_models()
    assert identify("melody-promoted").startswith(f"{first} ")  # a piece remembers the very model

    (home / "models" / "promoted.log").write_text(f"base\n{first}\n", encoding="utf-8")
    status, said = retrain("--back")
    assert (status, str(promoted.readlink())) == (0, "base"), said
    status, said = retrain("--back")
    assert status == 1
    assert str(promoted.readlink()) == "base"


def test_too_few_ratings_are_no_fault(retrain, home, stores):
    status, said = retrain("--store", stores / "few", "--base", "base")
    assert status == 0
    assert "pairs=4 must be at least 10" in said
    assert "what was promoted stays" in said
    assert list_models().count("melody-promoted") == 0


def test_a_fault_is_a_fault_and_changes_nothing(retrain, home, stores, tmp_path):
    status, said = retrain("--store", stores / "many", "--base", "nobody")
    assert status == 2
    assert "nothing was changed" in said
    status, said = retrain("--store", tmp_path / "none")
    assert status == 2
    assert "there is no such store" in said
    assert sorted(path.name for path in (home / "models").iterdir()) == ["base"]


def test_a_dry_run_only_says(retrain, home):
    status, said = retrain("--dry-run", "--store", "r.sqlite", "--", "--epochs", "1")
    assert status == 0
    assert "melodyai train preference --store r.sqlite" in said
    assert said.rstrip().endswith("--epochs 1")
