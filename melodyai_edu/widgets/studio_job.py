"""Work that takes a while: in a thread, with a bar that moves and a button that stops it.

Conventions
-----------
One job at a time. It is stopped between two notes, and then nothing of it is kept. What it ends
with, good or bad, is said in the widget; no exception leaves it.

Contents
--------
Job
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable

from melodyai_edu.decoding.progress import Cancelled, watching
from melodyai_edu.widgets import studio_parts as parts

__all__ = ["Job"]


class Job:
    """Runs one thing at a time.

    Parameters
    ----------
    is_threaded : bool, default True
        Off: everything is done before `run` returns, as tests want it.
    on_busy : callable, optional
        Hears ``True`` when work begins, ``False`` when it is over.

    Attributes
    ----------
    progress : ipywidgets.FloatProgress
    cancel_button : ipywidgets.Button
    status : ipywidgets.HTML
        What is going on, or what went wrong.
    """

    def __init__(
        self, is_threaded: bool = True, on_busy: Callable[[bool], None] | None = None
    ) -> None:
        import ipywidgets

        self.is_threaded, self.on_busy = is_threaded, on_busy
        self.progress = ipywidgets.FloatProgress(value=0, min=0, max=1)
        self.progress.layout.width, self.progress.layout.visibility = "160px", "hidden"
        self.cancel_button = parts.button("Cancel", self.cancel, tip="Stop what is being made")
        self.cancel_button.disabled = True
        self.status = parts.html(name="mai-status")
        self.thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def run(self, what: str, work: Callable[[], str | None], total: int = 0) -> bool:
        """Do some work.

        Parameters
        ----------
        what : str
            Said while it goes on.
        work : callable
            Gives what is said at its end.
        total : int, default 0
            Bars that it draws.

        Returns
        -------
        is_begun : bool
            False while something else is being done.
        """
        if not self._lock.acquire(blocking=False):
            return False
        self._stop.clear()
        self._begin(what)
        if not self.is_threaded:
            self._work(work, total)
            return True
        self.thread = threading.Thread(target=self._work, args=(work, total), daemon=True)
        self.thread.start()
        return True

    def cancel(self) -> None:
        """Ask the work to stop; it does before the next note."""
        self._stop.set()
        self.cancel_button.disabled = True
        self.say("stopping ...")

    def should_stop(self) -> bool:
        """Say whether somebody asked to stop."""
        return self._stop.is_set()

    def show_share(self, share: float) -> None:
        """Move the bar.

        Parameters
        ----------
        share : float [0-1]
            How much is done.
        """
        share = min(max(float(share), 0.0), 1.0)
        if share != self.progress.value:
            self.progress.value = share

    def tell(self, share: float) -> None:
        """Move the bar, or stop the work that tells.

        Parameters
        ----------
        share : float [0-1]

        Raises
        ------
        Cancelled
            If somebody asked to stop.
        """
        if self._stop.is_set():
            raise Cancelled("stopped; nothing was kept")
        self.show_share(share)

    def say(self, words: str) -> None:
        """Say a sentence; it is escaped."""
        self.status.value = f'<div role="status">{html.escape(words)}</div>' if words else ""

    def fail(self, error: BaseException) -> None:
        """Say what went wrong."""
        self.status.value = parts.error_html(error)

    def _begin(self, what: str) -> None:
        self.progress.value, self.progress.layout.visibility = 0, "visible"
        self.cancel_button.disabled = False
        self.say(f"{what} ...")
        if self.on_busy:
            self.on_busy(True)

    def _work(self, work: Callable[[], str | None], total: int) -> None:
        try:
            with watching(lambda bar: self.tell((bar + 1) / max(total, 1))):
                said = work()
            self.say(said or "")
        except Cancelled as error:
            self.say(str(error))
        except Exception as error:
            self.fail(error)
        finally:
            self.progress.layout.visibility = "hidden"
            self.cancel_button.disabled = True
            self._lock.release()
            if self.on_busy:
                self.on_busy(False)
