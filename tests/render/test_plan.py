"""The picture of a plan."""

from melodyai_edu.render.plan import draw_plan


def test_what_is_drawn():
    sections = [("A", 0, 4), ("A'", 4, 4), ("B", 8, 4)]
    returns = [0, 1, 2, 3, 0, 1, 6, 7, 8, 9, 10, 11]
    figure = draw_plan(sections, returns, {6: 2}, {3: "half", 11: "full"}, [0.5] * 12)
    axes = figure.axes[0]
    arcs = axes.patches[12:]
    assert [arc.get_linestyle() for arc in arcs] == ["-", "-", ":"]
    assert [arc.center for arc in arcs] == [(3, 1.04), (4, 1.04), (5, 1.04)]
    assert [text.get_text() for text in axes.texts] == ["A", "A'", "B", ",", "."]
    assert len({bar.get_facecolor() for bar in axes.patches[:12]}) == 2
    assert figure._repr_png_()[:4] == b"\x89PNG"
