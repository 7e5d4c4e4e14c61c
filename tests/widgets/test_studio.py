"""The studio without a browser: every button does what it says, every error is a sentence."""

import re
import runpy
import zipfile
from pathlib import Path

import ipywidgets
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.composition import SUFFIXES
from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets import studio_ratings

LOOKING = runpy.run_path(str(Path(__file__).with_name("looking.py")))
notes, kinds = LOOKING["notes"], LOOKING["kinds"]

OLD = {"VBox", "HBox", "GridBox", "Accordion", "Tab", "Dropdown", "Select", "IntSlider",
       "FloatSlider", "BoundedIntText", "Button", "Checkbox", "HTML", "Text", "Textarea",
       "FileUpload", "FloatProgress"}  # fmt: skip


@pytest.fixture
def ratings(monkeypatch):
    """Keep ratings in a list."""
    kept = []
    monkeypatch.setattr(
        studio_ratings, "rate", lambda piece, store=None, **said: kept.append((piece, said))
    )
    return kept


@pytest.fixture
def studio(tmp_path, ratings):
    studio = mai.studio(
        tmp_path, genre="jig", bars=8, arrangement="jig", model="ngram", seed=4, is_threaded=False
    )
    studio.controls.named["is_new_seed"].value = False
    return studio


@pytest.fixture
def busy(studio):
    studio.generate_button.click()
    assert "did not work" not in studio.job.status.value
    return studio


def test_generate_is_compose(busy):
    same = mai.compose(genre="jig", bars=8, arrangement="jig", model="ngram", seed=4)
    assert busy.piece.performance == same.performance
    assert "<iframe" in busy.player.value
    assert 'sandbox="allow-scripts"' in busy.player.value
    assert len(busy.roll.bars) == 8
    assert "Copying" in busy.about.value
    assert busy.job.progress.value == 1


def test_a_new_seed_at_each_press(busy):
    first = busy.piece
    busy.controls.named["is_new_seed"].value = True
    busy.generate_button.click()
    assert busy.controls.named["seed"].value == 5
    assert busy.piece.performance != first.performance
    assert len(busy.session.takes) == 2


def test_bars_on_the_roll_are_made_anew(busy):
    old = busy.piece
    busy.roll.bars[7].click()
    busy.roll.bars[4].click()
    assert busy.roll.field.value == "5-8"
    busy.actions.buttons["bars"].click()
    assert notes(busy.piece.score, range(1, 5)) == notes(old.score, range(1, 5))
    assert notes(busy.piece.score) != notes(old.score)
    busy.undo_button.click()
    assert busy.piece is old
    busy.redo_button.click()
    assert busy.piece is not old


def test_bars_typed_are_marked(busy):
    busy.roll.field.value = "bars 2-3"
    assert [bar.tooltip for bar in busy.roll.bars[:4]] == [
        "bar 1", "bar 2, chosen", "bar 3, chosen", "bar 4",
    ]  # fmt: skip
    busy.roll.field.value = "x"
    busy.actions.buttons["bars"].click()
    assert "must look like 5, 5-8" in busy.job.status.value
    busy.roll.field.value = ""
    busy.actions.buttons["bars"].click()
    assert "click on the roll" in busy.job.status.value


def test_a_locked_part_stays(busy):
    old, name = busy.piece, busy.session.part_names[2]
    busy.actions.locks[name].value = True
    busy.actions.buttons["arrangement"].click()
    assert notes(busy.piece.performance, part=name) == notes(old.performance, part=name)
    busy.actions.buttons["transpose"].click()
    assert "unlock them first" in busy.job.status.value
    busy.actions.locks[name].value = False
    busy.actions.buttons["transpose"].click()
    assert busy.session.take.action == "moved by +2 semitones"


@pytest.mark.parametrize("name", ["vary", "harmony", "pitches", "extend", "mood"])
def test_every_other_action(busy, name):
    busy.controls.mood.value = "sad"
    busy.actions.buttons[name].click()
    assert len(busy.session.takes) == 2, busy.job.status.value
    assert busy.piece.edits


def test_history_goes_back(busy):
    old = busy.piece
    busy.actions.buttons["vary"].click()
    assert busy.history.list.value == 2
    busy.history.list.value = 1
    assert "seed=4" in busy.history.details.value
    busy.history.button.click()
    assert busy.piece is old


def test_why_a_note(busy):
    busy.roll.bars[2].click()
    assert busy.why.bar.value == 3
    busy.why.button.click()
    assert "Bar 3 beat" in busy.why.table.value
    busy.why.beat.value = busy.why.beat.options[-1][1]
    busy.why.button.click()
    assert "chosen among" in busy.why.table.value


def test_an_error_is_one_sentence_with_a_fold(busy):
    busy.controls.named["form"].value = "<script>alert(1)</script>"
    busy.generate_button.click()
    said = busy.job.status.value
    assert 'role="alert"' in said
    assert "<details>" in said
    assert "<script>" not in said
    sentence = re.sub(r"<details>.*", "", said, flags=re.DOTALL)
    assert "Traceback" not in sentence
    assert len(busy.session.takes) == 1


def test_a_bug_is_said_as_one(busy, monkeypatch):
    monkeypatch.setattr(busy.session, "undo", lambda: 1 / 0)
    busy.undo_button.disabled = False
    busy.undo_button.click()
    assert "please report it (ZeroDivisionError" in busy.job.status.value
    busy.generate_button.click()
    assert busy.job.status.value == ""


def test_cancelling_keeps_nothing(studio):
    studio.job.on_busy = lambda is_busy: is_busy and studio.job.cancel()
    studio.generate_button.click()
    assert studio.piece is None
    assert "stopped; nothing was kept" in studio.job.status.value
    studio.job.on_busy = None
    studio.generate_button.click()
    assert studio.piece is not None


def test_in_a_thread(tmp_path, ratings):
    studio = mai.studio(tmp_path, genre="jig", bars=4, model="ngram")
    studio.generate_button.click()
    studio.job.thread.join(60)
    assert studio.piece is not None
    assert not studio.generate_button.disabled


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format(busy, tmp_path, suffix):
    busy.export.name.value = "../my <piece>"
    busy.export.format.value = suffix
    busy.export.button.click()
    assert (tmp_path / f"my_piece{suffix}").stat().st_size > 100, busy.job.status.value
    assert (tmp_path / "my_piece.json").is_file()
    assert "<a download=" in busy.export.said.value


def test_stems(busy, tmp_path, ratings):
    busy.export.name.value = "band"
    for kind in ("stems, one zip", "stems, a folder"):
        busy.export.format.value = kind
        busy.export.button.click()
    with zipfile.ZipFile(tmp_path / "band_stems.zip") as packed:
        names = set(packed.namelist())
    assert names == {path.name for path in (tmp_path / "band_stems").iterdir()}
    assert len(names) == 2 * len(busy.session.part_names)
    assert [said["action"] for _, said in ratings] == ["shown", "exported", "exported"]


def test_export_that_fails_is_a_sentence(busy):
    busy.export.folder = busy.export.folder / "nowhere"
    busy.export.button.click()
    assert "nowhere" in busy.job.status.value


def test_the_code_is_there_to_copy(busy):
    assert "mai.compose(" in busy.export.python.value
    assert busy.export.command.value.startswith("melodyai compose --genre=jig")
    busy.actions.buttons["vary"].click()
    assert "piece.vary(" in busy.export.python.value
    assert "--rebuild" in busy.export.command.value


def test_only_what_both_versions_of_ipywidgets_have(busy):
    assert set(kinds(busy.widget)) <= OLD
    assert isinstance(busy.widget, ipywidgets.VBox)


def test_simple_has_few_controls(tmp_path, ratings):
    simple = mai.studio(tmp_path, simple=True, genre="reel", bars=4, model="ngram",
                        is_threaded=False)  # fmt: skip
    simple.generate_button.click()
    assert simple.piece.request.genre == "reel"
    assert simple.piece.request.model == "ngram"
    simple.export.button.click()
    assert len(list(tmp_path.glob("*.mid"))) == 1
    assert sum(kind in ("Dropdown", "IntSlider") for kind in kinds(simple.widget)) == 4


def test_fields_that_cannot_be_had(tmp_path):
    with pytest.raises(ParameterError, match="genre='jigg'"):
        mai.studio(tmp_path, genre="jigg")
    with pytest.raises(ParameterError, match="field='colour'"):
        mai.studio(tmp_path, colour="red")


def test_cancel_stops_a_thread_between_two_notes(tmp_path, ratings):
    import threading

    studio = mai.studio(tmp_path, genre="jig", bars=64, model="ngram", seed=1)
    begun = threading.Event()
    tell = studio.job.tell

    def slow(share):
        begun.set()
        while not studio.job.should_stop():
            pass
        tell(share)

    studio.job.tell = slow
    studio.generate_button.click()
    assert begun.wait(60)
    assert studio.generate_button.disabled
    assert not studio.job.cancel_button.disabled
    studio.generate_button.click()  # one thing at a time
    studio.job.cancel_button.click()
    studio.job.thread.join(60)
    assert studio.piece is None
    assert "stopped; nothing was kept" in studio.job.status.value
    assert not studio.generate_button.disabled
