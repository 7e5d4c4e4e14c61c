"""A pseudonym is drawn once, and says nothing."""

import getpass
import re

import pytest

from melodyai_edu.errors import InputError, OutputError
from melodyai_edu.feedback import forget_rater, rater_name


def test_it_is_drawn_once(tmp_path):
    name = rater_name()
    assert re.fullmatch(r"rater-[0-9a-f]{12}", name)
    assert rater_name() == name
    assert getpass.getuser() not in name
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["rater.txt"]


def test_another_home_has_another(tmp_path, monkeypatch):
    name = rater_name()
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "other"))
    assert rater_name() != name


def test_it_can_be_forgotten():
    name = rater_name()
    forget_rater()
    forget_rater()
    assert rater_name() != name


def test_a_file_with_something_else_is_left_alone(tmp_path):
    file = tmp_path / "home" / "rater.txt"
    file.parent.mkdir()
    file.write_text("Ann Example")
    with pytest.raises(InputError, match=r"rater\.txt: it holds no pseudonym of ours"):
        rater_name()
    assert file.read_text() == "Ann Example"


def test_a_home_that_cannot_be_made(tmp_path):
    (tmp_path / "home").write_text("x")
    with pytest.raises(OutputError, match=r"rater\.txt: no pseudonym can be kept"):
        rater_name()
