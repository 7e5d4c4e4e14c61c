"""One thing changes, and what is shown changes with it."""

import builtins

import matplotlib as mpl
import matplotlib.figure
import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets.explore import explore


def look(bars, key):
    if (bars, key) == (16, "D"):
        raise ParameterError("bars=16 in D <is> too much")
    return f"{bars} bars", key


def test_each_argument_has_a_control_that_fits():
    found = explore(look, bars=[8, 4, 16], key=["G", "D"])
    found._widget()
    assert type(found.controls["bars"]).__name__ == "SelectionSlider"
    assert found.controls["bars"].options == (4, 8, 16)
    assert found.controls["bars"].value == 8
    assert found.controls["bars"].continuous_update is False
    assert type(found.controls["key"]).__name__ == "Dropdown"
    assert found.controls["key"].value == "G"


def test_what_is_shown_follows_the_control():
    found = explore(look, bars=[8, 4, 16], key=["G", "D"])
    shown = found._widget().children[-1]
    assert shown.value == "<pre>8 bars</pre>\n<pre>G</pre>"
    found.controls["bars"].value = 4
    assert shown.value == "<pre>4 bars</pre>\n<pre>G</pre>"
    found.controls["key"].value = "D"
    assert shown.value == "<pre>4 bars</pre>\n<pre>D</pre>"


def test_what_music_forbids_is_a_sentence_and_the_last_picture_stays():
    found = explore(look, bars=[8, 4, 16], key=["G", "D"])
    *_, status, shown = found._widget().children
    found.controls["key"].value = "D"
    found.controls["bars"].value = 16
    assert status.value == "bars=16 in D &lt;is&gt; too much"
    assert shown.value == "<pre>8 bars</pre>\n<pre>D</pre>"
    found.controls["bars"].value = 4
    assert status.value == ""


def test_figures_sounds_and_numbers_are_shown_as_a_notebook_shows_them():
    class Sound:
        def _repr_html_(self):
            return "<audio></audio>"

    def many(n):
        return Sound(), n, {"a < b": n}, mpl.figure.Figure()

    shown = explore(many, n=[1, 2])._widget().children[-1].value.split("\n")
    assert shown[:3] == ["<audio></audio>", "<pre>1</pre>", "<pre>{&#x27;a &lt; b&#x27;: 1}</pre>"]
    assert "Figure" in shown[3]  # pyplot's own has no page; `mai.picture` makes one of it


def test_a_piece_can_be_shown_beside_its_number():
    def tune(seed):
        piece = mai.compose(genre="jig", bars=4, seed=seed, model="ngram")
        return piece.score.note_count, piece

    found = explore(tune, seed=[1, 2])
    count, piece = found.at(seed=2)
    assert count == piece.score.note_count
    assert found.at()[1].score == tune(1)[1].score != piece.score


def test_without_widgets_the_first_choice_is_shown(monkeypatch, capsys):
    usual = builtins.__import__

    def without(name, *rest):
        if name == "ipywidgets":
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    explore(look, bars=[8, 4], key=["G"])._ipython_display_()
    out = capsys.readouterr().out
    assert "8 bars" in out
    assert "G" in out


def test_it_says_in_words_what_can_be_chosen():
    said = repr(explore(look, bars=[8, 4], key=["G", "D"]))
    assert said == "Exploration of look by bars: 8, 4; key: G, D"


def test_wrong_choices():
    found = explore(look, bars=[8, 4], key=["G"])
    with pytest.raises(ParameterError, match="bars=3 must be one of: 8, 4"):
        found.at(bars=3)
    with pytest.raises(ParameterError, match="tempo must be one of: bars, key"):
        found.at(tempo=3)
    with pytest.raises(ParameterError, match="bars has 0 choices; give 1 to 100"):
        explore(look, bars=[])
    with pytest.raises(ParameterError, match="bars has 200 choices"):
        explore(look, bars=range(200))
