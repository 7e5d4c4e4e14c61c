"""The panel asks for what its controls say, and says what cannot be had."""

import runpy
from pathlib import Path

import ipywidgets
import pytest

import melodyai_edu as mai

LOOKING = runpy.run_path(str(Path(__file__).with_name("looking.py")))
kinds = LOOKING["kinds"]


@pytest.fixture
def panel(tmp_path):
    return mai.composer_panel(tmp_path)


def test_fields_follow_the_controls(panel):
    assert panel.fields == {"genre": "jig", "bars": 16, "seed": 1, "temperature": 1.0}
    for name, value in {"genre": "reel", "tonic": "D", "bars": 8, "tempo": 120, "seed": 3}.items():
        panel.controls[name].value = value
    assert panel.fields == {
        "genre": "reel", "key": "D major", "bars": 8, "tempo": 120, "seed": 3, "temperature": 1.0,
    }  # fmt: skip


def test_meters_are_those_of_the_genre(panel):
    assert "6/8" in panel.controls["meter"].options
    panel.controls["genre"].value = "reel"
    assert "6/8" not in panel.controls["meter"].options


def test_a_mode_needs_a_tonic(panel):
    assert panel.controls["mode"].disabled
    panel.controls["tonic"].value = "E"
    assert not panel.controls["mode"].disabled
    panel.controls["mode"].value = "minor"
    assert panel.fields["key"] == "E minor"


def test_the_same_notes_as_in_python(panel, capsys):
    panel.controls["bars"].value = 8
    panel.generate_button.click()
    same = mai.compose(genre="jig", bars=8, seed=1)
    assert panel.piece.score == same.score
    assert panel.status.value == ""


def test_export(panel, tmp_path):
    panel.export_button.click()
    assert panel.status.value == "Press Generate first."
    panel.controls["bars"].value = 8
    panel.generate()
    for suffix in (".mid", ".abc", ".musicxml"):
        panel.controls["suffix"].value = suffix
        panel.export_button.click()
        (file,) = tmp_path.glob(f"*{suffix}")
        assert str(file) in panel.status.value
        assert mai.read(file).note_count == panel.piece.score.note_count


def test_an_impossible_request_is_a_sentence(panel):
    panel.controls["tempo"].value = 10
    panel.generate()
    assert "tempo=10" in panel.status.value
    assert panel.piece is None


def test_export_that_fails_is_a_sentence(panel):
    panel.controls["bars"].value = 8
    panel.generate()
    panel.folder = panel.folder / "nowhere"
    panel.export()
    assert "nowhere" in panel.status.value


def test_only_what_both_versions_of_ipywidgets_have(panel):
    """Names and options of ipywidgets 7.7.1: no titles, no Stack, no tooltip on sliders."""
    old = {"VBox", "HBox", "Dropdown", "IntSlider", "FloatSlider", "BoundedIntText", "Button",
           "HTML", "Output"}  # fmt: skip

    assert isinstance(panel.widget, ipywidgets.VBox)
    assert set(kinds(panel.widget)) <= old


def test_every_tonic_in_every_mode_is_a_key(panel):
    for mode in panel.controls["mode"].options:
        panel.controls["mode"].value = mode
        for tonic in panel.controls["tonic"].options[1:]:
            panel.controls["tonic"].value = tonic
            assert mai.CompositionRequest.from_dict(panel.fields).key == panel.fields["key"]
