"""deploy.sh and rollback.sh: what runs afterwards, if all is well and if something fails."""

from __future__ import annotations

import os
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from .impostor import Impostor
from .places import SCRIPTS, ran, system_tool
from .pretended import Pretended


class Place:
    """Scripts and releases of its own, with a smoke test that says what it is told."""

    def __init__(self, folder: Path) -> None:
        self.pretended = Pretended(folder)
        self.here, self.secrets = folder / "deployment", folder / "secrets"
        (self.here / "scripts").mkdir(parents=True)
        for file in SCRIPTS.glob("*.sh"):
            self.put(file.name, file.read_text(encoding="utf-8"))
        calls = self.pretended.bin / "calls"
        self.put("smoke_test.sh", f'#!/bin/bash\necho "smoke $*" >>{calls}\nexit ${{SMOKE:-0}}\n')

    def put(self, name: str, text: str) -> None:
        file = self.here / "scripts" / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def run(self, name: str, *words: str, **more: str):
        environment = {
            **os.environ,
            "PATH": self.pretended.path,
            "MELODYAI_SECRETS": str(self.secrets),
            **more,
        }
        before = len(self.pretended.calls)
        done = ran(self.here / "scripts" / f"{name}.sh", *words, env=environment)
        return done, self.pretended.calls[before:]

    def well(self, target: str, *versions: str) -> None:
        for version in versions:
            done, _ = self.run("deploy", target, "--version", version)
            assert done.returncode == 0, done.stderr

    @property
    def releases(self) -> list[str]:
        file = self.here / "releases"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [line.split()[-1] for line in lines]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def compose(place):
    done, _ = place.run("configure", "compose")
    assert done.returncode == 0, done.stderr
    return place


def deploy(place, target, version, **more):
    return place.run("deploy", target, "--version", version, **more)


def test_a_deployment_makes_a_key_and_is_remembered(compose):
    done, calls = deploy(compose, "compose", "1.0.0")
    assert done.returncode == 0, done.stderr
    assert (compose.here / "releases").read_text().split() == ["compose", "melodyai", "1.0.0"]
    assert (compose.secrets / "metrics_key").read_text() == "mai_1234\n"
    assert "mai_1234" not in done.stdout + done.stderr
    order = [line.split("compose.yaml ")[-1].split()[0] for line in calls]
    assert order == ["images", "up", "up", "run", "up", "smoke"]
    assert calls[-1].endswith(f"8765 --metrics-key-file {compose.secrets}/metrics_key")
    _, calls = deploy(compose, "compose", "1.0.1")
    assert not any("keys create" in line for line in calls)


@pytest.mark.parametrize("fails", [{"DOCKER_FAILS": "up --detach --wait."}, {"SMOKE": "1"}])
def test_what_does_not_become_ready_is_taken_back(compose, fails):
    """The version that ran, not the one before it: where an image is missing it still runs."""
    compose.well("compose", "1.0.0", "2.0.0")
    done, calls = deploy(compose, "compose", "3.0.0", **fails)
    assert done.returncode != 0
    assert "going back" in done.stderr
    assert compose.pretended.running == "2.0.0"
    assert calls[-1].startswith("2.0.0 ")
    assert "up --detach --no-build --wait api" in calls[-1]
    assert compose.releases[-1] == "2.0.0"


@pytest.mark.parametrize("fails", ["wait database", "exit-code-from", "keys create"])
def test_a_service_that_was_not_touched_is_left_alone(compose, fails):
    compose.well("compose", "1.0.0", "2.0.0")
    (compose.secrets / "metrics_key").write_text("")
    done, calls = deploy(compose, "compose", "3.0.0", DOCKER_FAILS=fails)
    assert done.returncode == 7
    assert "was left as it is" in done.stderr
    assert not any("up --detach --no-build" in line for line in calls)
    assert compose.pretended.running == "2.0.0"
    assert compose.releases == ["1.0.0", "2.0.0"]


def test_nothing_is_configured(place):
    done, calls = deploy(place, "compose", "1.0.0")
    assert done.returncode == 2
    assert "configure.sh compose" in done.stderr
    assert calls == []


def test_where_there_is_nothing_to_go_back_to(compose):
    done, calls = deploy(compose, "compose", "1.0.0", SMOKE="1")
    assert done.returncode == 1
    assert "nothing to go back to" in done.stderr
    assert "--no-build" not in calls[-1]


def test_the_same_version_again_is_no_reason_for_an_older_one(compose):
    compose.well("compose", "1.0.0", "2.0.0")
    done, _ = deploy(compose, "compose", "2.0.0", SMOKE="1")
    assert done.returncode == 1
    assert "nothing to go back to" in done.stderr
    assert compose.pretended.running == "2.0.0"


def test_a_version_that_never_was_well_and_is_tried_again(compose):
    compose.well("compose", "1.0.0")
    (compose.pretended.bin / "running").write_text("2.0.0\n")
    done, _ = deploy(compose, "compose", "2.0.0", SMOKE="1")
    assert "went back to 1.0.0" in done.stderr
    assert compose.pretended.running == "1.0.0"


def test_a_new_checkout_knows_what_runs(compose):
    (compose.pretended.bin / "running").write_text("2.0.0\n")
    done, _ = deploy(compose, "compose", "3.0.0", SMOKE="1")
    assert "went back to 2.0.0" in done.stderr
    assert compose.pretended.running == "2.0.0"


def test_going_back_by_hand(compose):
    compose.well("compose", "1.0.0")
    done, _ = compose.run("rollback", "compose")
    assert done.returncode == 2
    assert "no version before this one is known" in done.stderr
    compose.well("compose", "2.0.0", "3.0.0")
    for version in ("2.0.0", "3.0.0"):  # and back again
        done, _ = compose.run("rollback", "compose")
        assert done.returncode == 0, done.stderr
        assert compose.pretended.running == version
    done, _ = compose.run("rollback", "compose", "--to", "1.0.0")
    assert compose.pretended.running == "1.0.0"


@pytest.fixture
def cluster(place):
    """One that has 1.0.0 and 2.0.0 behind it, and the key that was made with the first."""
    place.pretended.set_cluster({"1": "1.0.0", "2": "2.0.0"})
    place.secrets.mkdir()
    (place.secrets / "metrics_key").write_text("mai_1234\n")
    return place


def is_gone(process: int) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_cluster_whose_secrets_are_filled_by_others(place):
    """Without settings.toml here: only the key for Prometheus is ours to make."""
    done, calls = deploy(place, "kubernetes", "1.0.0")
    assert done.returncode == 0, done.stderr
    assert place.pretended.deployed == "1.0.0"
    assert place.pretended.cluster["secrets"] == ["melodyai-metrics"]
    assert not any("undo" in line for line in calls)
    assert (place.secrets / "metrics_key").read_text() == "mai_1234\n"
    assert "mai_1234" not in done.stdout + done.stderr + "".join(calls)
    assert place.releases == ["1.0.0"]
    assert not place.here.joinpath("secrets").exists()


def test_a_new_replica_is_tried_out(place):
    """Not the one that kubectl would choose: the oldest, which is about to end."""
    done, calls = deploy(place, "kubernetes", "1.0.0")
    assert done.returncode == 0, done.stderr
    assert (
        calls[-1] == f"smoke http://127.0.0.1:43210 --metrics-key-file {place.secrets}/metrics_key"
    )
    assert calls[-2].endswith("port-forward --address 127.0.0.1 pod/new-pod :8765")
    assert any("exec new-pod -- melodyai keys create" in line for line in calls)
    assert is_gone(int((place.pretended.bin / "forwarder").read_text()))
    assert "erminated" not in done.stderr


def test_the_smoke_test_reaches_it(place):
    """The script itself, through the port that kubectl names, against one that is not well."""
    system_tool("curl", "curl")
    place.put("smoke_test.sh", (SCRIPTS / "smoke_test.sh").read_text(encoding="utf-8"))
    for fault, message in (("", "is as it should be"), ("mute", "FAILED: what came is no MIDI")):
        handler = type("Planted", (Impostor,), {"fault": fault})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            done, _ = deploy(
                place, "kubernetes", f"1.0.{len(fault)}", FORWARD=str(server.server_port)
            )
            server.shutdown()
        assert message in done.stderr
        assert place.pretended.deployed == "1.0.0"


@pytest.mark.parametrize(
    "fails",
    [
        {"SMOKE": "1"},
        {"NEVER_READY": "3.0.0"},
        {"KUBECTL_FAILS": "port-forward --address"},
        {"KUBECTL_FAILS": "get pods"},
        {"KUBECTL_FAILS": "apply --kustomize", "HALF": "yes"},
        {"KUBECTL_FAILS": "apply --kustomize"},  # refused: what ran goes on running
    ],
)
def test_a_cluster_goes_back_to_what_ran(cluster, fails):
    done, calls = deploy(cluster, "kubernetes", "3.0.0", **fails)
    assert done.returncode != 0
    assert "going back" in done.stderr
    assert any(line.endswith("rollout undo deployment/melodyai --to-revision=2") for line in calls)
    assert cluster.pretended.deployed == "2.0.0"
    assert cluster.releases == []


@pytest.mark.parametrize("fails", ["auth can-i", "get deployment"])
def test_a_cluster_that_was_not_touched_is_left_alone(cluster, fails):
    done, calls = deploy(cluster, "kubernetes", "3.0.0", KUBECTL_FAILS=fails)
    assert done.returncode != 0
    assert "was left as it is" in done.stderr
    assert not any("undo" in line or "apply" in line for line in calls)
    assert cluster.pretended.deployed == "2.0.0"


def test_the_first_deployment_has_nothing_to_go_back_to(place):
    done, calls = deploy(place, "kubernetes", "1.0.0", SMOKE="1")
    assert done.returncode == 1
    assert "nothing to go back to" in done.stderr
    assert not any("undo" in line for line in calls)


def test_a_difference_that_cannot_be_shown_stops_nothing(place):
    done, _ = deploy(place, "kubernetes", "1.0.0", KUBECTL_FAILS="kubectl diff")
    assert done.returncode == 0, done.stderr


def test_a_key_that_a_secret_manager_gave_stays(place):
    place.pretended.set_cluster({}, "melodyai-metrics")
    done, calls = deploy(place, "kubernetes", "1.0.0")
    assert done.returncode == 0, done.stderr
    assert "left as it is: melodyai-metrics" in done.stderr
    assert not any("keys create" in line or "create secret" in line for line in calls)
    assert calls[-1] == "smoke http://127.0.0.1:43210"
    done, calls = deploy(place, "kubernetes", "1.0.1", KUBECTL_FAILS="get secret")
    assert done.returncode == 0, done.stderr
    assert not any("create secret" in line for line in calls)


def test_a_key_that_was_emptied_is_made_anew(cluster):
    cluster.pretended.set_cluster({"1": "1.0.0"}, "melodyai-metrics")
    (cluster.secrets / "metrics_key").write_text("")
    done, calls = deploy(cluster, "kubernetes", "1.0.0")
    assert done.returncode == 0, done.stderr
    assert any("keys create" in line for line in calls)
    assert (cluster.secrets / "metrics_key").read_text() == "mai_1234\n"
