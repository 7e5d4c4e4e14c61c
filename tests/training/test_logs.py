from __future__ import annotations

import pytest

from melodyai_edu.training.logs import LivePlot, TensorBoardLog, write_csv
from melodyai_edu.training.recipe import Report

REPORT = Report(
    step=25,
    epoch=2,
    batch=5,
    losses=[(5, 3.0), (10, 2.5), (15, 2.2), (20, 2.0), (25, 1.9)],
    valid_losses=[(1, 2.6), (2, 2.1)],
    best=2.1,
)


def test_a_validation_loss_stands_beside_the_step_it_was_measured_at(tmp_path):
    write_csv(REPORT, tmp_path / "losses.csv")
    lines = (tmp_path / "losses.csv").read_text().splitlines()
    assert lines[0] == "step,loss,valid_loss"
    assert lines[2] == "10,2.500000,2.600000"
    assert lines[4] == "20,2.000000,2.100000"
    assert lines[5] == "25,1.900000,"


def test_before_the_first_epoch_nothing_was_validated(tmp_path):
    write_csv(Report(step=5, batch=5, losses=[(5, 3.0)]), tmp_path / "losses.csv")
    assert (tmp_path / "losses.csv").read_text() == "step,loss,valid_loss\n5,3.000000,\n"


def test_outside_a_notebook_nothing_is_drawn(capsys):
    LivePlot("curve")(REPORT)
    assert capsys.readouterr().out == ""


def test_in_a_notebook_one_picture_is_drawn_anew(monkeypatch):
    import IPython.display

    shown = []

    class Handle:
        def update(self, figure):
            shown.append(("update", figure))

    def display(figure, display_id):
        shown.append(("display", figure))
        return Handle()

    monkeypatch.setattr("melodyai_edu.training.logs._is_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", display)
    plot = LivePlot("curve")
    plot(REPORT)
    plot(REPORT)
    assert [what for what, _ in shown] == ["display", "update"]
    assert shown[0][1].axes[0].get_title() == "curve"


@pytest.mark.xdist_group("keras")
def test_tensorboard_reads_what_was_written(tmp_path):
    TensorBoardLog(tmp_path)(REPORT)
    (file,) = tmp_path.iterdir()
    assert b"loss" in file.read_bytes()
