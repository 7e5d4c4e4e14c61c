"""A panel for blind listening: two pieces, two buttons, the result at the end.

Conventions
-----------
Nothing is told before the last answer, or the ear would learn from it. Answers are kept in one
file, ``blind.json``, in the learner's own folder, under the fingerprint of the pairs: after a
break the test goes on where it stopped. Without widgets the same is done by `BlindPanel.answer`.

Contents
--------
BlindPanel, blind_panel
"""

from __future__ import annotations

import html
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from melodyai_edu.errors import MelodyAIError, ParameterError
from melodyai_edu.evaluation.blind import LETTERS, BlindResult, BlindTest
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.json_text import read_json

__all__ = ["BlindPanel", "blind_panel"]


class BlindPanel:
    """Leads through a blind test, pair by pair.

    Parameters
    ----------
    test : BlindTest
    folder : path, optional
        Where ``blind.json`` lies; the learner's own folder when left out.

    Attributes
    ----------
    answers : list of str
        For the first pairs in order, the letter taken for the machine's.
    """

    def __init__(self, test: BlindTest, folder: str | Path | None = None) -> None:
        self.test = test
        self.file = (Path(folder) if folder else home_folder().parent) / "blind.json"
        self.answers: list[str] = _kept(self.file).get(test.fingerprint, [])[: len(test)]
        self.buttons: list[Any] = []

    @property
    def result(self) -> BlindResult | None:
        """What came out; ``None`` before the last answer."""
        if len(self.answers) < len(self.test):
            return None
        return self.test.judge(self.answers)

    def answer(self, letter: str) -> BlindPanel:
        """Say which piece of the present pair is by the machine.

        Parameters
        ----------
        letter : str
            ``"A"`` or ``"B"``.

        Returns
        -------
        self : BlindPanel

        Raises
        ------
        ParameterError
            If it is no letter of a pair, or all pairs are answered.
        """
        if self.result is not None:
            raise ParameterError(f"all {len(self.test)} pairs are answered; begin again: .forget()")
        if str(letter).strip().upper() not in LETTERS:
            raise ParameterError(f"letter={letter!r} must be A or B: the piece by the machine")
        self.answers.append(str(letter).strip().upper())
        self._keep()
        return self

    def forget(self) -> BlindPanel:
        """Drop the answers to these pairs, on the disk as well."""
        self.answers.clear()
        self._keep()
        return self

    def _keep(self) -> None:
        kept = _kept(self.file) | {self.test.fingerprint: self.answers}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            save_bytes(json.dumps(kept, indent=1).encode(), self.file)
        except (OSError, MelodyAIError):
            pass  # the test goes on where nothing can be kept

    def __str__(self) -> str:
        if self.result is not None:
            return str(self.result)
        return f"Pair {len(self.answers) + 1} of {len(self.test)}: which one is by the machine?"

    def __repr__(self) -> str:
        if self.result is not None:
            return str(self)
        return f"{self} Hear both with .hear(), then say .answer('A') or .answer('B')."

    def hear(self) -> Any:
        """Show the present pair.

        Returns
        -------
        heard : object
            A notebook shows two players; elsewhere it is a line of text.
        """
        return _Heard(self)

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        if find_spec("ipywidgets") is None:
            show({"text/plain": repr(self)}, raw=True)
            return
        show(self._widget())

    def _widget(self) -> Any:
        """Build the question, the two pieces and the two buttons."""
        import ipywidgets

        title, shown = ipywidgets.HTML(), ipywidgets.HTML()
        self.buttons = [
            ipywidgets.Button(description=f"{letter} is the machine") for letter in LETTERS
        ]

        def update() -> None:
            title.value = f"<b>{html.escape(str(self))}</b>"
            is_over = self.result is not None
            shown.value = "" if is_over else self.hear()._repr_html_()
            for button in self.buttons:
                button.disabled = is_over

        def press(letter: str) -> None:
            self.answer(letter)
            update()

        for letter, button in zip(LETTERS, self.buttons, strict=True):
            button.on_click(lambda _, letter=letter: press(letter))
        update()
        return ipywidgets.VBox([title, shown, ipywidgets.HBox(self.buttons)])


class _Heard:
    """The two pieces of the present pair."""

    def __init__(self, panel: BlindPanel) -> None:
        self.panel = panel

    def __repr__(self) -> str:
        return str(self.panel)

    def _repr_html_(self) -> str:
        if self.panel.result is not None:
            return html.escape(str(self.panel))
        from melodyai_edu.render.show import show

        pair = self.panel.test.pair(len(self.panel.answers))
        heard = [show(score, ["sound"])._repr_html_() for score in pair]
        rows = [f"<p><b>{letter}</b></p>{one}" for letter, one in zip(LETTERS, heard, strict=True)]
        return "\n".join(rows)


def _kept(file: Path) -> dict[str, list[str]]:
    """Read all answers; a file that cannot be read holds none."""
    try:
        kept = read_json(file.read_bytes())
        return {
            str(name): [letter for letter in answers if letter in LETTERS]
            for name, answers in kept.items()
        }
    except (OSError, MelodyAIError, TypeError, AttributeError):
        return {}


def blind_panel(test: BlindTest, folder: str | Path | None = None) -> BlindPanel:
    """Lead through a blind test, with buttons where there are widgets.

    Parameters
    ----------
    test : BlindTest
    folder : path, optional
        Where the answers are kept; the learner's own folder when left out.

    Returns
    -------
    panel : BlindPanel
        A notebook shows it; `BlindPanel.result` is what came out.
    """
    return BlindPanel(test, folder)
