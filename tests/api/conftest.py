"""A service of one worker for many tests: starting one takes seconds."""

import importlib.util
import itertools
import runpy
import shutil
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

_name = "tests_api_servers"
_found = importlib.util.spec_from_file_location(_name, Path(__file__).with_name("servers.py"))
servers = importlib.util.module_from_spec(_found)
sys.modules[_name] = servers
_found.loader.exec_module(servers)


@pytest.fixture(scope="session")
def postgres():
    """The port of a PostgreSQL server."""
    if servers.postgres_program() is None:
        pytest.skip("needs PostgreSQL: install Debian's package postgresql")
    with servers.postgres() as port:
        yield port


@pytest.fixture(scope="session")
def make_database(postgres):
    """Make empty databases, and give their addresses."""
    numbers = itertools.count()
    return lambda: servers.new_database(postgres, f"test{next(numbers)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a database is: a file, or an address of PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path / "service.sqlite"
    return request.getfixturevalue("make_database")()


@pytest.fixture(scope="session")
def s3():
    """The port of an S3 server."""
    with servers.s3() as port:
        yield port


@pytest.fixture(scope="session")
def redis():
    """The port of a redis server."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis: install Debian's package redis-server")
    with servers.redis() as (port, _):
        yield port


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory):
    """Keep the service away from the learner's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MELODYAI_HOME", str(tmp_path_factory.mktemp("home") / "corpora"))
        yield


@pytest.fixture(scope="session")
def settings_of(own_home, tmp_path_factory):
    from melodyai_edu.api.settings import Settings

    def make(**given):
        folder = tmp_path_factory.mktemp("service")
        usual = {
            "data_folder": folder,
            "ratings_file": folder / "ratings.sqlite",
            "answer_seconds": 60,
            "rate_limit": "100000/minute",
            "compose_limit": "100000/minute",
        }
        return Settings(**(usual | given))

    return make


@pytest.fixture(scope="session")
def client(settings_of):
    """In local mode, without keys."""
    from fastapi.testclient import TestClient

    from melodyai_edu.api.music_generation_api import create_app

    with TestClient(create_app(settings_of()), base_url="http://localhost") as opened:
        yield opened


@pytest.fixture(scope="session")
def piece(client):
    """A short piece that was composed."""
    answer = client.post("/v1/compositions", json={**JIG})
    assert answer.status_code == 201, answer.text
    return answer.json()


JIG = {"genre": "jig", "key": "D major", "bars": 8, "seed": 7, "model": "ngram"}


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Start ``melodyai serve`` with settings; it ends with the tests at the latest."""
    served_class = runpy.run_path(str(Path(__file__).with_name("served.py")))["Served"]
    started = []

    def start(folder=None, **settings):
        started.append(served_class(folder or tmp_path_factory.mktemp("served"), **settings))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.stop(signal.SIGKILL)
