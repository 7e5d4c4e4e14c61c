"""The blind panel keeps answers, tells nothing before the end, and works without widgets."""

import json

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.blind import BlindTest
from melodyai_edu.render.panels import find_spec
from melodyai_edu.score import Melody, Score
from melodyai_edu.widgets import blind_panel, composer_panel


def score(step):
    return Score.of_melody(Melody.from_events([(60 + step * place, 24) for place in range(8)]))


@pytest.fixture
def test():
    return BlindTest([score(1)] * 3, [score(2)] * 3, bars=1)


test.__test__ = False


def right(test):
    return [test.machine(number) for number in range(len(test))]


def test_buttons_lead_to_the_result(test, tmp_path):
    panel = blind_panel(test, tmp_path)
    title, shown, _ = panel._widget().children
    for number, letter in enumerate(right(test), 1):
        assert f"Pair {number} of 3" in title.value
        assert shown.value.count("<audio") == 2
        assert panel.result is None
        panel.buttons["AB".index(letter)].click()
    assert (panel.result.right, shown.value) == (3, "")
    assert "right in 100.0%" in title.value
    assert all(button.disabled for button in panel.buttons)


def test_answers_are_kept_for_these_pairs_alone(test, tmp_path):
    blind_panel(test, tmp_path).answer("a").answer("B")
    assert blind_panel(test, tmp_path).answers == ["A", "B"]
    other = BlindTest([score(1)] * 3, [score(3)] * 3, bars=1)
    assert blind_panel(other, tmp_path).answers == []
    blind_panel(other, tmp_path).answer("A")
    assert blind_panel(test, tmp_path).forget().answers == []
    assert sorted(json.loads((tmp_path / "blind.json").read_text()).values()) == [[], ["A"]]


def test_the_learners_own_folder(test, tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    blind_panel(test).answer("A")
    assert (tmp_path / "home" / "blind.json").is_file()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "no json"])
def test_a_broken_file_is_no_answer(test, tmp_path, text):
    (tmp_path / "blind.json").write_text(text)
    assert blind_panel(test, tmp_path).answers == []


def test_without_widgets_it_is_text(test, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        "melodyai_edu.render.panels.find_spec",
        lambda name: None if name == "ipywidgets" else find_spec(name),
    )
    panel = blind_panel(test, tmp_path)
    panel._ipython_display_()
    assert "Hear both with .hear(), then say .answer('A')" in repr(panel)
    assert repr(panel.hear()) == "Pair 1 of 3: which one is by the machine?"
    for letter in right(test):
        panel.answer(letter)
    assert repr(panel).startswith("right in 100.0%")
    assert panel.hear()._repr_html_().startswith("right in")


def test_wrong_letters_and_too_many(test, tmp_path):
    panel = blind_panel(test, tmp_path)
    with pytest.raises(ParameterError, match="letter='C' must be A or B"):
        panel.answer("C")
    for _ in range(3):
        panel.answer("A")
    with pytest.raises(ParameterError, match="all 3 pairs are answered"):
        panel.answer("A")


def test_both_panels_are_found():
    assert callable(composer_panel)
