"""What all tests share."""

import runpy
import secrets
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples at every run: a red test is red again when it is looked at.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def the_quick_model(request, monkeypatch):
    """Compose with the n-gram where a test names no model: a network takes ten times as long.

    Tests of the default itself are marked ``best_model``.
    """
    if request.node.get_closest_marker("best_model") is None:
        name = "melodyai_edu.composition.resolving.default_model"
        monkeypatch.setattr(name, lambda corpus: "ngram")


STORES = runpy.run_path(str(Path(__file__).parent / "io" / "stores.py"))


@pytest.fixture(scope="session")
def s3_port():
    """A whole S3 server on this computer, with the bucket ``music``."""
    with STORES["serving"]("s3") as port:
        yield port


@pytest.fixture(scope="session")
def gs_port():
    """The same for Google's buckets."""
    with STORES["serving"]("gs") as port:
        yield port


@pytest.fixture(params=["s3", "gs"])
def bucket(request, monkeypatch):
    """An address of its own in each kind of bucket, allowed and reachable."""
    port = request.getfixturevalue(f"{request.param}_port")
    for name, value in STORES["KEYS"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(STORES["ENDPOINT"][request.param], f"http://127.0.0.1:{port}")
    monkeypatch.setenv("MELODYAI_STORAGE_ALLOWED", f"{request.param}://music")
    return f"{request.param}://music/{secrets.token_hex(6)}"
