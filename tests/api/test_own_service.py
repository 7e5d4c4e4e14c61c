"""A service of one's own: it answers, and it never outlives the one who started it."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import melodyai_edu as mai
from melodyai_edu.api.own_service import Answer, OwnService
from melodyai_edu.errors import InputError, ParameterError

JIG = {"genre": "jig", "bars": 4, "seed": 7, "model": "ngram"}


@pytest.fixture(scope="module")
def service():
    with OwnService(queue_size=2) as service:
        yield service


def test_it_answers_with_the_same_piece(service, tmp_path):
    answer = service.wait_for(service.call("POST", "/v1/compositions", JIG))
    midi = service.call("GET", answer.value["links"]["mid"]).data
    assert midi == mai.compose(**JIG).save(tmp_path / "here.mid").read_bytes()


def test_a_job_is_waited_for(service):
    answer = service.call("POST", "/v1/compositions", JIG, prefer="respond-async")
    assert str(answer) == "202 Accepted"
    assert service.wait_for(answer).value["facts"]["bars"] == 4


def test_a_job_that_failed_says_so(service):
    rules = ["end_on_tonic", "range=C#4-D4", "chord_tones"]
    answer = service.call(
        "POST", "/v1/compositions", JIG | {"key": "C minor", "rules": rules},
        prefer="respond-async",
    )  # fmt: skip
    ended = service.wait_for(answer)
    assert ended.status == 422 or ended.value["state"] == "failed"


def test_keys_open_what_they_are_for(service):
    reader = service.make_key("a reader", ["read"])
    assert service.call("GET", "/v1/moods", key=reader).status == 200
    assert "this key may not compose" in str(
        service.call("POST", "/v1/compositions", JIG, key=reader)
    )
    assert service.call("GET", "/v1/moods", key="").status == 401
    with pytest.raises(ParameterError, match="scope='sing' must be one of"):
        service.make_key("a singer", ["sing"])


def test_anybody_may_call_it_without_us(service):
    with urllib.request.urlopen(f"{service.address}/healthz") as answer:
        assert answer.status == 200


def test_an_answer_that_is_no_json_says_what_it_is():
    with pytest.raises(InputError, match=r"\(audio/midi\) is not JSON; take its data"):
        Answer(200, b"MThd", {"content-type": "audio/midi"}).value  # noqa: B018


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"queue_size": 0}, "queue_size=0"),
        ({"colour": "red"}, "colour is no setting"),
        ({"auth": "local"}, "auth='local' must be 'keys'"),
        ({"log_level": "error"}, "must be 'info' or 'debug'"),
    ],
)
def test_wrong_settings_are_told_before_it_starts(settings, said):
    with pytest.raises(ParameterError, match=said):
        OwnService(**settings)


STARTER = """
import os, sys
from melodyai_edu.api.own_service import OwnService
service = OwnService()
print(service.address, service._end.peek()[2][0].pid, service.folder, flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.name == "nt", reason="looks at processes as POSIX has them")
@pytest.mark.parametrize("how", ["ended", "killed"])
def test_it_ends_with_the_one_who_started_it(how):
    done = subprocess.run(
        [sys.executable, "-c", STARTER, how], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode == 0) == (how == "ended"), done.stderr
    address, pid, folder = done.stdout.split()
    end = time.monotonic() + 20
    while _is_alive(int(pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _is_alive(int(pid))
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)
    assert Path(folder).exists() == (how == "killed")
    shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_second_stop_does_nothing():
    service = OwnService()
    service.stop()
    service.stop()
    assert "stopped" in repr(service)
    with pytest.raises(InputError, match=r"was it stopped\?"):
        service.call("GET", "/healthz")
