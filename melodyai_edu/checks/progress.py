"""What a learner has tried and passed, on their own machine.

Conventions
-----------
One JSON file, ``progress.json``, in the folder ``MELODYAI_HOME`` (``.melodyai`` in the home folder
when not set). A file that cannot be read or written never stops a lesson: then nothing is kept.

Contents
--------
Progress, load_progress, record
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from melodyai_edu.errors import MelodyAIError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.json_text import read_json

__all__ = ["Progress", "load_progress", "record"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a learner is with one exercise: tries that failed, and whether one passed."""

    tries: int = 0
    passed: bool = False


def _file() -> Path:
    return home_folder().parent / "progress.json"


def load_progress() -> dict[str, Progress]:
    """Read what is kept.

    Returns
    -------
    progress : dict of str to Progress
        By the exercise's number; empty where nothing is kept.
    """
    try:
        kept = read_json(_file().read_bytes())
        return {
            str(number): Progress(int(entry["tries"]), bool(entry["passed"]))
            for number, entry in kept.items()
        }
    except (OSError, MelodyAIError, ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return {}


def record(number: str, passed: bool) -> Progress:
    """Keep one try.

    Parameters
    ----------
    number : str
    passed : bool

    Returns
    -------
    progress : Progress
        With this try counted.
    """
    progress = load_progress()
    before = progress.get(number, Progress())
    after = Progress(before.tries + (not passed), before.passed or passed)
    progress[number] = after
    text = json.dumps({name: asdict(entry) for name, entry in sorted(progress.items())}, indent=1)
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        save_bytes(text.encode(), _file())
    except (OSError, MelodyAIError):
        pass  # a lesson goes on where nothing can be kept
    return after
