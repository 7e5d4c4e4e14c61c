"""Files and settings: what is shipped is whole, one's own folder can be written, names are known.

Conventions
-----------
Beside files that are shipped lies ``SHA256SUMS``, in the form that ``sha256sum --check`` reads;
``python tools/build_checksums.py`` writes them.

Contents
--------
SUMS, shipped_files, check_sums, home, environment
"""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from melodyai_edu.cli_doctor_findings import Finding
from melodyai_edu.errors import MelodyAIError

__all__ = ["SUMS", "check_sums", "environment", "home", "shipped_files"]

SUMS = "SHA256SUMS"
_AGAIN = "python -m pip install --force-reinstall melodyai-edu (in a checkout: git checkout "
_FREE = 1_000_000_000  # bytes: corpora, checkpoints, a few models
#: Read by the package, its notebooks and its tests, beside the settings of the service.
_NAMES = ("MELODYAI_HOME", "MELODYAI_LAB_PYTHON", "MELODYAI_PROFILE", "MELODYAI_SETTINGS",
          "MELODYAI_STUDIO_PICTURES")  # fmt: skip


def shipped_files() -> Iterator[Finding]:
    """Look whether the tunes and the networks that are shipped are whole."""
    from melodyai_edu.io.corpus import shipped_folder
    from melodyai_edu.models.saved import models_folder

    yield check_sums("shipped tunes", shipped_folder())
    yield check_sums("shipped networks", models_folder())


def check_sums(name: str, folder: Path) -> Finding:
    """Compare the files of a folder with its list of checksums.

    Parameters
    ----------
    name : str
        What the finding is called.
    folder : Path

    Returns
    -------
    finding : Finding
    """
    again = f"{_AGAIN}{folder.name})"
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        sums = {file: wanted for wanted, file in pairs}
    except (OSError, ValueError):
        why = f"{folder.name}/{SUMS} is missing or damaged"
        return Finding(name, "damaged", why, again, is_needed=True)
    wrong = [file for file, wanted in sums.items() if _sum(folder / file) != wanted]
    if wrong:
        shown = ", ".join(wrong[:3]) + (", ..." if len(wrong) > 3 else "")
        why = f"{len(wrong)} of {len(sums)} files are missing or altered: {shown}"
        return Finding(name, "damaged", why, again, is_needed=True)
    return Finding(name, "ok", f"{len(sums)} files, all whole", is_needed=True)


def _sum(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def home() -> Iterator[Finding]:
    """Look whether one's own folder can be written to, and how much room there is."""
    from melodyai_edu.io.corpus import home_folder

    folder = home_folder().parent
    name, there = "your own folder", _nearest(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=there):
            pass
    except OSError as error:
        why = f"{folder} cannot be written to ({error.strerror})"
        remedy = "choose another one: export MELODYAI_HOME=/path/to/a/folder"
        yield Finding(name, "damaged", why, remedy, is_needed=True)
        return
    yield Finding(name, "ok", f"{folder} can be written to", is_needed=True)
    free = shutil.disk_usage(there).free
    if free < _FREE:
        why = f"{free / 1e6:,.0f} MB are free, training and own corpora want {_FREE / 1e6:,.0f}"
        remedy = "make room, or set MELODYAI_HOME to a folder on a larger disk"
        yield Finding("free space", "missing", why, remedy)
    else:
        yield Finding("free space", "ok", f"{free / 1e9:,.0f} GB")


def _nearest(folder: Path) -> Path:
    """Give the folder, or the nearest one above that is there."""
    return next((place for place in (folder, *folder.parents) if place.is_dir()), Path.cwd())


def environment(variables: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Look for settings in the environment that nobody reads, or that say something impossible.

    Parameters
    ----------
    variables : mapping, optional
        The process's own when left out.

    Yields
    ------
    finding : Finding
    """
    found = dict(os.environ if variables is None else variables)
    names = sorted(name for name in found if name.startswith("MELODYAI_"))
    if not names:
        yield Finding("environment", "ok", "no setting of MelodyAI is set")
        return
    known = [*_NAMES, *_settings()]
    odd = [name for name in names if name not in known]
    for name in odd:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        why = f"nobody reads it{f'; did you mean {near[0]}?' if near else ''}"
        yield Finding(name, "unknown", why, f"correct its name, or: unset {name}")
    fine = [name for name in names if name not in odd]
    if fine:
        yield _checked({name: found[name] for name in fine})


def _settings() -> list[str]:
    """List the settings of the service, where it is installed."""
    try:
        from melodyai_edu.api.settings import PREFIX, Settings
    except ImportError:
        return []
    return [f"{PREFIX}{field}".upper() for field in Settings.model_fields]


def _checked(variables: Mapping[str, str]) -> Finding:
    """Have the service check its settings."""
    names = ", ".join(variables)
    try:
        from melodyai_edu.api.settings import load_settings

        load_settings(environment=variables)
    except ImportError:
        return Finding("environment", "ok", f"{names} (not checked: the service is not installed)")
    except MelodyAIError as error:
        return Finding("environment", "damaged", str(error), "correct it, or unset it")
    return Finding("environment", "ok", names)
