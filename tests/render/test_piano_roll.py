import io
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from melodyai_edu.errors import ParameterError
from melodyai_edu.render import describe, piano_roll
from melodyai_edu.render.palette import COLOURS, colour_of, hatch_of
from melodyai_edu.render.piano_roll import pitch_labels
from melodyai_edu.score import Key, KeyChange, Note, Part, Score


def drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=50)
    return buffer.getvalue()


def test_parts_differ_by_colour_and_by_hatch(satb):
    figure = piano_roll(satb)
    collections = figure.axes[0].collections
    assert [to_hex(one.get_facecolor()[0]).upper() for one in collections] == list(COLOURS[:4])
    assert len({one.get_hatch() for one in collections}) == 4
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["Soprano", "Alto", "Tenor", "Bass"]


def test_no_two_of_forty_parts_look_alike():
    assert len({(colour_of(index), hatch_of(index)) for index in range(42)}) == 42


def relative_luminance(colour):
    """WCAG 2.2's definition of relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_colours_stand_out_from_white():
    assert min(1.05 / (relative_luminance(colour) + 0.05) for colour in COLOURS) > 2


def test_bar_lines_and_numbers_follow_the_pickup(jig):
    axes = piano_roll(jig).axes[0]
    lines = [line.get_xdata()[0] for line in axes.lines]
    assert tuple(lines) == jig.bar_onsets()
    assert [label.get_text() for label in axes.get_xticklabels()][:3] == ["0", "1", "2"]


def test_pitches_are_spelled_in_the_key(satb):
    labels = [label.get_text() for label in piano_roll(satb).axes[0].get_yticklabels()]
    assert {"Eb4", "G4", "Bb4"} <= set(labels)
    assert not any("#" in label for label in labels)


def test_taller_rolls_name_fewer_pitches():
    score = Score((Part(()),))
    assert list(pitch_labels(score, 60, 72).values())[:3] == ["C4", "D4", "E4"]
    assert list(pitch_labels(score, 48, 84).values())[:3] == ["C3", "E3", "G3"]
    assert list(pitch_labels(score, 24, 96).values())[:3] == ["C1", "C2", "C3"]


@pytest.mark.parametrize("name", ["$x_1$ and $", "_hidden", "</script>", "x" * 300, "\\frac{1"])
def test_names_are_shown_as_they_are(name):
    score = Score((Part((Note(0, 24, 60),), name=name),), title=name)
    figure = piano_roll(score)
    assert drawn(figure)[1:4] == b"PNG"
    shown = figure.legends[0].get_texts()[0].get_text()
    assert shown == name if len(name) < 30 else shown == "x" * 29 + "…"


def test_the_same_score_gives_the_same_picture(jig):
    assert drawn(piano_roll(jig)) == drawn(piano_roll(jig))


def test_it_carries_its_words(jig):
    assert piano_roll(jig).get_label() == describe(jig)


def test_pyplot_stays_out():
    program = (
        "import sys; from melodyai_edu.render import piano_roll; from melodyai_edu.score import *;"
        "piano_roll(Score((Part((Note(0, 24, 60),)),))); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_size_is_checked(jig):
    with pytest.raises(ParameterError, match=r"width=0, height=4\.0 must be above 0 inches"):
        piano_roll(jig, width=0)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 99), st.integers(0, 127)), max_size=5)
)
def test_any_score_has_a_roll(rows):
    notes = tuple(Note(*row) for row in rows)
    assert drawn(piano_roll(Score((Part(notes, is_drums=True), Part(notes))), width=3, height=2))


def test_scale_names_follow_the_mode():
    score = Score((Part(()),), keys=(KeyChange(0, Key("A", "minor")),))
    assert list(pitch_labels(score, 57, 64).values()) == ["A3", "B3", "C4", "D4", "E4"]
