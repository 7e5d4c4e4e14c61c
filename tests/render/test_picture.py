"""Every figure says in words what it shows, and stands on white on a dark page, too."""

import io
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import melodyai_edu
from melodyai_edu.errors import ParameterError
from melodyai_edu.render.curves import draw_losses
from melodyai_edu.render.graph import draw_graph
from melodyai_edu.render.likeness import draw_likeness
from melodyai_edu.render.piano_roll import piano_roll
from melodyai_edu.render.picture import make_figure, picture
from melodyai_edu.render.plan import draw_plan
from melodyai_edu.score import Melody, Score

TUNE = Score.of_melody(Melody.from_events([(60, 96), (67, 48)]), name="Flute")
FIGURES = {
    "curves": (lambda: draw_losses([(50, 3.1), (100, 2.0)], [(100, 2.1)]), "from 3.10 to 2.00"),
    "graph": (lambda: draw_graph({0: "a", 1: "b"}, {0: (0, 0), 1: (1, 0)}, [(0, 1, "C4")]),
              "a to b by C4"),
    "likeness": (lambda: draw_likeness(np.eye(4)), "Most alike: bars 1 apart (0.00)"),
    "piano roll": (lambda: piano_roll(TUNE), "C4"),
    "plan": (lambda: draw_plan([("A", 0, 2), ("B", 2, 1)], [0, 0, 2], {}, {2: "half"}, [0, 1, 0]),
             "B bars 3-3. Bars that come back: 1. Half close in bar 3. Most tense: bar 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_what_it_shows(name):
    make, said = FIGURES[name]
    assert said in make().description
    assert said in make()._repr_html_()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_stands_on_white(name):
    with mpl.rc_context({"figure.facecolor": "black", "savefig.facecolor": "auto"}):
        figure = FIGURES[name][0]()
        assert figure.get_facecolor() == (1, 1, 1, 1)
    assert "background:white" in figure._repr_html_()


def test_no_words_break_out_of_a_figure():
    shown = make_figure((1, 1), '"><script>')._repr_html_()
    assert "<script>" not in shown


def test_what_pyplot_drew_says_what_it_shows():
    with mpl.rc_context({"figure.facecolor": "black", "savefig.facecolor": "auto"}):
        plt.plot([60, 62], [1, 2])
        shown = picture("A line < that climbs.")
    assert plt.get_fignums() == []
    assert 'alt="A line &lt; that climbs."' in shown._repr_html_()
    corner = plt.imread(io.BytesIO(shown._repr_png_()))[0, 0, :3]
    assert corner.tolist() == [1, 1, 1]
    with pytest.raises(ParameterError, match="draw with pyplot first"):
        picture("Nothing.")
    plt.plot([1])
    with pytest.raises(ParameterError, match="must say what"):
        picture(" ")
    plt.close()


def test_figures_are_made_in_one_place():
    """Only there they learn to describe themselves."""
    package = Path(melodyai_edu.__file__).parent
    making = [
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        if re.search(
            r"(?<!def )\b(Figure\(figsize|(plt|pyplot)\.(subplots|figure)\()",
            file.read_text("utf-8"),
        )
    ]
    assert making == ["evaluation/report.py"]  # it saves files, and its page has the figures
