"""Excerpts of deployment/: found by their words; what is not there is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io import deployment
from melodyai_edu.io.deployment import deployment_file, deployment_files, excerpt


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one recipe and one manifest of our own."""
    (tmp_path / "kubernetes").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key.yaml").write_text("password: 1\n")
    (tmp_path / "Dockerfile").write_text(
        "# The base.\nFROM x\n\n# Two steps.\nRUN one \\\n && two\n"
        "HEALTH a \\\n  CMD c\nCMD serve\n"
    )
    (tmp_path / "kubernetes" / "a.yaml").write_text(
        "kind: A\nspec:\n  # how many\n  most: 3\n\n  inner:\n    most: 5\n    - name: x\nend: 1\n"
    )
    monkeypatch.setattr(deployment, "deployment_folder", lambda: tmp_path)
    return tmp_path


def test_only_what_may_be_read_is_listed(folder):
    assert deployment_files() == ["Dockerfile", "kubernetes/a.yaml"]
    with pytest.raises(ParameterError, match=r"is no file of deployment/ that comes along"):
        deployment_file("secrets/key.yaml")
    with pytest.raises(ParameterError, match=r"use one of: Dockerfile, kubernetes/a\.yaml"):
        deployment_file("../Dockerfile")


def test_an_instruction_with_its_remark_and_what_continues_it(folder):
    assert excerpt("Dockerfile", "RUN") == "# Two steps.\nRUN one \\\n && two"


def test_the_middle_of_an_instruction_is_no_beginning(folder):
    assert excerpt("Dockerfile", "CMD") == "CMD serve"


def test_a_key_with_all_that_is_in_it(folder):
    assert excerpt("kubernetes/a.yaml", "inner:") == "inner:\n  most: 5\n  - name: x"
    assert excerpt("kubernetes/a.yaml", "spec:").count("\n") == 6
    assert excerpt("kubernetes/a.yaml", "most:") == "# how many\nmost: 3"


def test_several_beginnings_lead_the_way(folder):
    assert excerpt("kubernetes/a.yaml", "inner:", "most:") == "most: 5"


@pytest.mark.parametrize(
    ("beginnings", "said"),
    [
        (("least:",), "has no line that begins with 'least:': it was changed"),
        (("end:", "most:"), "begins with 'most:' after 'end:': it was changed"),
    ],
)
def test_what_is_not_there_is_said(folder, beginnings, said):
    with pytest.raises(InputError, match=said):
        excerpt("kubernetes/a.yaml", *beginnings)


def test_a_beginning_is_needed(folder):
    with pytest.raises(ParameterError, match="must say how a line of Dockerfile begins"):
        excerpt("Dockerfile")


def test_a_package_that_came_without_them(tmp_path, monkeypatch):
    monkeypatch.setattr(deployment, "deployment_folder", lambda: tmp_path / "none")
    assert deployment_files() == []
    with pytest.raises(ParameterError, match="none, the package came without them"):
        deployment_file("Dockerfile")


@given(st.data())
def test_every_line_of_every_file_can_be_asked_for(data):
    name = data.draw(st.sampled_from(deployment_files()))
    lines = [line.strip() for line in deployment_file(name).splitlines() if line.strip()]
    text = excerpt(name, data.draw(st.sampled_from(lines[:1] + lines[-1:])))
    assert text
    assert all(line.strip() in lines for line in text.splitlines() if line.strip())
