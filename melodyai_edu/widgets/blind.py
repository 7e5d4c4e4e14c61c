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

import json
from collections.abc import Sequence
from pathlib import Path

from melodyai_edu.errors import MelodyAIError, ParameterError
from melodyai_edu.evaluation.blind import BlindResult, BlindTest
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.json_text import read_json
from melodyai_edu.render.panels import LETTERS, PairPanel
from melodyai_edu.score import Score

__all__ = ["BlindPanel", "blind_panel"]


class BlindPanel(PairPanel):
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

    _asked, _said = "the piece by the machine", "is the machine"

    def __init__(self, test: BlindTest, folder: str | Path | None = None) -> None:
        super().__init__()
        self.test = test
        self.file = (Path(folder) if folder else home_folder().parent) / "blind.json"
        self.answers: list[str] = _kept(self.file).get(test.fingerprint, [])[: len(test)]

    @property
    def result(self) -> BlindResult | None:
        """What came out; ``None`` before the last answer."""
        if len(self.answers) < len(self.test):
            return None
        return self.test.judge(self.answers)

    def present(self) -> Sequence[Score]:
        """Give the pair that is asked about; nothing after the last answer."""
        return () if self.result is not None else self.test.pair(len(self.answers))

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
        self.answers.append(self._read(letter))
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
