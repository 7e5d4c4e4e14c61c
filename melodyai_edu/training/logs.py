"""What training leaves behind while it runs: a table, TensorBoard's events, a live picture.

Conventions
-----------
All of it follows from a `Report`, so a resumed run writes the same table as an unbroken one.

Contents
--------
write_csv, TensorBoardLog, LivePlot
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import MissingDependencyError
from melodyai_edu.io.disk import save_bytes

if TYPE_CHECKING:
    from melodyai_edu.training.recipe import Report

__all__ = ["LivePlot", "TensorBoardLog", "write_csv"]


def write_csv(report: Report, file: Path) -> None:
    """Write all losses as a table: step, loss, valid_loss [nats a token].

    Parameters
    ----------
    report : Report
    file : Path
    """
    valid = dict(report.valid_steps)
    lines = ["step,loss,valid_loss"]
    for step, loss in report.losses:
        lines.append(
            f"{step},{loss:.6f},{valid[step]:.6f}" if step in valid else f"{step},{loss:.6f},"
        )
    save_bytes(("\n".join(lines) + "\n").encode(), file)


class TensorBoardLog:
    """Writes losses as TensorBoard reads them; call it with each report.

    Parameters
    ----------
    folder : Path
        Look at it with ``tensorboard --logdir FOLDER``.

    Raises
    ------
    MissingDependencyError
        If TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        if find_spec("tensorflow") is None or find_spec("tensorboard") is None:
            raise MissingDependencyError(
                'TensorBoard is not installed: pip install "melodyai-edu[train]", or leave '
                "--tensorboard out; losses.csv is written in any case"
            )
        import tensorflow as tf

        self._summary: Any = tf.summary
        self._writer = tf.summary.create_file_writer(str(folder))

    def __call__(self, report: Report) -> None:
        """Write what is new."""
        with self._writer.as_default():
            self._summary.scalar("loss", report.losses[-1][1], report.step)
            if report.batch == 0:
                self._summary.scalar("valid_loss", report.valid_losses[-1][1], report.step)
        self._writer.flush()


class LivePlot:
    """Draws the curve anew in a notebook after each report; elsewhere it does nothing.

    Parameters
    ----------
    title : str, optional
    """

    def __init__(self, title: str = "") -> None:
        self._title = title
        self._handle: Any = None

    def __call__(self, report: Report) -> None:
        """Draw."""
        if not _is_notebook():
            return
        from IPython.display import display

        from melodyai_edu.render.curves import draw_losses

        figure = draw_losses(report.losses, report.valid_steps, self._title)
        if self._handle is None:
            self._handle = display(figure, display_id=True)  # type: ignore[no-untyped-call] # IPython
        else:
            self._handle.update(figure)


def _is_notebook() -> bool:
    """Say whether a notebook's kernel runs this."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return type(get_ipython()).__name__ in ("ZMQInteractiveShell", "Shell")
