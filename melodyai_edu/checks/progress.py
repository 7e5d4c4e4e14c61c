"""What a learner has tried and passed, predicted and recalled, on their own machine.

Conventions
-----------
One JSON file, ``progress.json``, in the folder ``MELODYAI_HOME`` (``.melodyai`` in the home folder
when not set). Notebooks that write at the same time wait for each other. A damaged file is set
aside as ``progress.json.damaged``, never written over. A file that cannot be read or written never
stops a lesson: then nothing is kept, and the sentence that comes back says so.

Contents
--------
KINDS, Progress, progress_file, load_progress, read_progress, record, reset_progress
"""

from __future__ import annotations

import contextlib
import json
import stat
from pathlib import Path
from typing import Any, NamedTuple

from melodyai_edu.errors import MelodyAIError
from melodyai_edu.io.corpus import home_folder
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.io.json_text import read_json
from melodyai_edu.io.lock import lock_beside

__all__ = [
    "KINDS",
    "Progress",
    "load_progress",
    "progress_file",
    "read_progress",
    "record",
    "reset_progress",
]

#: What is kept, each by its number: ``"5.2"`` is an exercise or a prediction of lesson 5, and of
#: what is recalled its second question.
KINDS = ("exercises", "predictions", "recall")
_MOST = 10_000_000  # bytes


class Progress(NamedTuple):
    """How far a learner is with one thing: tries that failed, and whether one passed.

    A prediction or a question that was answered rightly at once has passed with no failed try.
    """

    tries: int = 0
    passed: bool = False


def progress_file() -> Path:
    """Say where progress is kept.

    Returns
    -------
    file : Path
        Whether it is there or not.
    """
    return home_folder().parent / "progress.json"


def load_progress(kind: str = "exercises") -> dict[str, Progress]:
    """Read what is kept of one kind.

    Parameters
    ----------
    kind : str, default "exercises"
        One of `KINDS`.

    Returns
    -------
    progress : dict of str to Progress
        By number; empty where nothing is kept.
    """
    return read_progress()[0][kind]


def read_progress() -> tuple[dict[str, dict[str, Progress]], str]:
    """Read all that is kept, and say what is wrong with the file.

    Returns
    -------
    kept : dict of str to dict of str to Progress
        By kind, then by number.
    trouble : str
        One sentence, or nothing: that the file was damaged and where it lies now, or why it cannot
        be read.
    """
    trouble, book = "", None
    try:
        if progress_file().exists():
            with contextlib.suppress(OSError), lock_beside(progress_file()):
                book, trouble = _read()
            if book is None:  # a folder to which nothing can be written can still be read
                book, trouble = _read()
    except OSError as error:
        trouble = _unreadable(error)
    entries = {kind: _entries((book or {}).get(kind, {})) for kind in KINDS}
    return entries, trouble or _set_aside_before()


def record(number: str, passed: bool, kind: str = "exercises") -> tuple[Progress, str]:
    """Keep one try.

    Parameters
    ----------
    number : str
    passed : bool
    kind : str, default "exercises"
        One of `KINDS`.

    Returns
    -------
    progress : Progress
        With this try counted.
    trouble : str
        One sentence where the file was damaged or cannot be used, else nothing.
    """
    this_alone = Progress(int(not passed), passed)
    try:
        progress_file().parent.mkdir(parents=True, exist_ok=True)
        with lock_beside(progress_file()) as is_held:
            if not is_held:
                return this_alone, "Your progress is in use elsewhere, so this try is not kept."
            book, trouble = _read()
            if book is None:
                return this_alone, trouble
            before = _entries(book.get(kind, {})).get(number, Progress())
            after = Progress(before.tries + (not passed), before.passed or passed)
            entry = book.setdefault(kind, {}).setdefault(number, {})
            entry |= after._asdict()  # what a newer version wrote beside it stays
            _write(book)
            return after, trouble
    except OSError as error:
        return this_alone, _unreadable(error)
    except MelodyAIError as error:
        return this_alone, f"Your progress cannot be kept: {error}."


def reset_progress() -> str:
    """Begin anew: what was kept goes to ``progress.json.before``, in the place of an older one.

    Returns
    -------
    sentence : str
        What was done.
    """
    file = progress_file()
    target = file.with_name(f"{file.name}.before")
    try:
        if not file.is_file():
            return "Nothing is kept, so there is nothing to begin anew."
        with lock_beside(file):
            file.replace(target)
    except OSError as error:
        return _unreadable(error)
    return f"You begin anew. What was kept lies in {target}; rename it to have it back."


def _read() -> tuple[dict[str, Any] | None, str]:
    """Read the file as it is; none where nothing may be written, and a sentence if it is bad."""
    file = progress_file()
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return None, f"{file} is no file, so your progress is not kept; rename it."
        with file.open("rb") as opened:
            data = opened.read(_MOST + 1)
    except FileNotFoundError:
        return {}, ""
    try:
        book = read_json(data)
        return _checked(book), ""
    except (MelodyAIError, ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return {}, _set_aside(file)


def _checked(book: dict[str, Any]) -> dict[str, Any]:
    """Give a whole book by kinds; before there were kinds, every entry was an exercise."""
    if not set(KINDS) & set(book):
        book = {"exercises": book} if book else {}
    for kind in KINDS:
        _entries(book.get(kind, {}))
    return book


def _entries(kept: dict[str, Any]) -> dict[str, Progress]:
    return {
        str(number): Progress(int(entry["tries"]), bool(entry["passed"]))
        for number, entry in kept.items()
    }


def _write(book: dict[str, Any]) -> None:
    save_bytes(json.dumps(book, indent=1, sort_keys=True).encode(), progress_file())


def _places_aside(file: Path) -> list[Path]:
    """Name where damaged files are set aside, one after the other."""
    plain = f"{file.name}.damaged"
    return [file.with_name(name) for name in (plain, *(f"{plain}-{n}" for n in range(2, 10)))]


def _set_aside(file: Path) -> str:
    """Rename a damaged file, over none that was set aside before, if there are not nine already."""
    places = _places_aside(file)
    target = next((place for place in places if not place.exists()), places[-1])
    file.replace(target)
    return _damaged(target)


def _set_aside_before() -> str:
    try:
        found = [place for place in _places_aside(progress_file()) if place.exists()]
    except OSError:
        return ""
    return _damaged(found[-1]) if found else ""


def _damaged(target: Path) -> str:
    return (
        f"The file of your progress was damaged: it lies beside the new one as {target.name}, and "
        "what it held is not counted until you mend it, or delete it."
    )


def _unreadable(error: OSError) -> str:
    return f"Your progress is not kept: {progress_file()} cannot be used ({error.strerror})."
