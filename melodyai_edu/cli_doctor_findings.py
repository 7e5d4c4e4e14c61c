"""What the doctor finds: one value for each thing that was looked at.

Conventions
-----------
Nothing heavy is imported here or in the modules beside: versions are looked up in the lists that
installers keep, and what might crash is asked in a process of its own.

Contents
--------
Finding, installed, as_version, said_by
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

__all__ = ["Finding", "as_version", "installed", "said_by"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
    state : str
        ``"ok"``, ``"old"``, ``"missing"``, ``"damaged"`` or ``"unknown"``.
    found : str
        In plain words.
    remedy : str
        How to mend it; empty where nothing is to be done.
    is_needed : bool
        Whether MelodyAI cannot do without it.
    """

    name: str
    state: str
    found: str
    remedy: str = ""
    is_needed: bool = False

    @property
    def is_serious(self) -> bool:
        """Whether something that is needed is not as it must be."""
        return self.is_needed and self.state != "ok"


def installed(name: str) -> str | None:
    """Give the version of an installed package; nothing is imported.

    Parameters
    ----------
    name : str

    Returns
    -------
    version : str or None

    Examples
    --------
    >>> installed("numpy") is None, installed("no-such-package") is None
    (False, True)
    """
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def as_version(text: str) -> Version:
    """Make a version of what a library calls itself.

    Parameters
    ----------
    text : str
        Such as ``"expat_2.5.0"`` or ``"OpenSSL 3.0.19 27 Jan 2026"``.

    Returns
    -------
    version : Version
        0 where it says none.

    Examples
    --------
    >>> as_version("expat_2.5.0") < as_version("2.8.1")
    True
    """
    import re

    from packaging.version import Version

    found = re.search(r"\d+(?:\.\d+)+", text)
    return Version(found[0] if found else "0")


def said_by(code: str, seconds: float) -> str | None:
    """Run a line of Python in a process of its own and give what it prints.

    Parameters
    ----------
    code : str
    seconds : float
        How long to wait.

    Returns
    -------
    text : str or None
        ``None`` if it failed, crashed or took longer.

    Examples
    --------
    >>> said_by("print(6 * 7)", 20), said_by("import no_such_module", 20)
    ('42', None)
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, timeout=seconds, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().rpartition("\n")[2]
