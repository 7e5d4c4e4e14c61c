"""A store in an empty folder."""

import pytest

from melodyai_edu.feedback import RatingStore


@pytest.fixture
def store(tmp_path):
    with RatingStore(tmp_path / "ratings.sqlite") as opened:
        yield opened


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
