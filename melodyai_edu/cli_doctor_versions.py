"""Versions: of Python, of the packages that MelodyAI needs and can use, of the libraries beneath.

Conventions
-----------
What a package needs is read from its own description as it is installed. A library beneath Python
is *old* where a known fault of it touches what we do with it; systems sometimes mend a fault and
keep the number, so this never fails.

References
----------
Each minimum in ``LIBRARIES`` names its source.

Contents
--------
package, libraries, extras, LIBRARIES, Library
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from melodyai_edu.cli_doctor_findings import Finding, as_version, installed, said_by
from melodyai_edu.version import __version__

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["LIBRARIES", "Library", "extras", "libraries", "package"]

_PACKAGE = "melodyai-edu"
_OLDEST_PYTHON = (3, 11)
_AGAIN = f"python -m pip install --upgrade {_PACKAGE} (in a checkout: make lab)"

#: What each extra is for; those for building and testing MelodyAI itself are left out.
_EXTRAS = {
    "neural": "trained networks",
    "train": "training networks",
    "audio": "recordings and humming",
    "lab": "the lessons and the studio in JupyterLab",
    "serve": "composing over HTTP",
    "cloud": "corpora and models in object stores",
    "shared": "services that share a database",
    "traces": "traces of requests",
    "dask": "building corpora on several machines",
    "magenta": "NoteSequences",
    "parquet": "ratings as Parquet",
}


def package() -> list[Finding]:
    """Look at Python, at MelodyAI itself and at every package that it cannot do without."""
    return [_python(), _itself(), *map(_requirement, _requirements(""))]


def _python() -> Finding:
    found = platform.python_version()
    if sys.version_info[:2] >= _OLDEST_PYTHON:
        return Finding("Python", "ok", found, is_needed=True)
    oldest = ".".join(map(str, _OLDEST_PYTHON))
    remedy = f"install Python {oldest} or newer, then: make PYTHON=python{oldest} lab"
    return Finding("Python", "old", f"{found}, {oldest} is needed", remedy, is_needed=True)


def _itself() -> Finding:
    found = installed(_PACKAGE)
    if found is None:
        why = "it runs from a folder and is not installed, so its needs are not known"
        return Finding(_PACKAGE, "missing", why, "python -m pip install -e . (or: make lab)")
    if found != __version__:
        why = f"{found} is installed, {__version__} is running"
        return Finding(_PACKAGE, "old", why, _AGAIN)
    return Finding(_PACKAGE, "ok", found)


def _requirements(extra: str) -> list[Requirement]:
    """List what MelodyAI, or one of its extras, needs on this computer, extras of extras too."""
    from packaging.requirements import Requirement

    try:
        listed = [Requirement(text) for text in metadata.requires(_PACKAGE) or ()]
    except metadata.PackageNotFoundError:
        return []
    found: list[Requirement] = []
    for one in listed:
        is_of_extra = one.marker is not None and "extra" in str(one.marker)
        applies = one.marker is None or one.marker.evaluate({"extra": extra})
        if not applies or is_of_extra != bool(extra):
            continue
        if one.name == _PACKAGE:
            found += [inner for name in sorted(one.extras) for inner in _requirements(name)]
        else:
            found.append(one)
    return found


def _requirement(one: Requirement) -> Finding:
    found = installed(one.name)
    if found is None:
        return Finding(one.name, "missing", "not installed", _AGAIN, is_needed=True)
    if not one.specifier.contains(found, prereleases=True):
        why = f"{found}, {one.specifier} is needed"
        remedy = f'python -m pip install "{one.name}{one.specifier}"'
        return Finding(one.name, "old", why, remedy, is_needed=True)
    return Finding(one.name, "ok", found, is_needed=True)


def extras() -> list[Finding]:
    """Look at what can be added."""
    return [_extra(name, use) for name, use in _EXTRAS.items()]


def _extra(name: str, use: str) -> Finding:
    needs = _requirements(name)
    lacking = [one.name for one in needs if installed(one.name) is None]
    old = [one for one in needs if one.name not in lacking and not _is_new(one)]
    title = f"extra {name}"
    install = f"python -m pip install '{_PACKAGE}[{name}]'"
    if lacking or not needs:
        why = f"for {use}; not installed: {', '.join(lacking) or 'unknown'}"
        return Finding(title, "missing", why, install)
    if old:
        shown = ", ".join(f"{one.name} {installed(one.name)} ({one.specifier})" for one in old)
        return Finding(title, "old", f"for {use}: {shown}", f"{install} --upgrade")
    versions = ", ".join(f"{one.name} {installed(one.name)}" for one in needs[:2])
    return Finding(title, "ok", f"for {use}: {versions}{', ...' if len(needs) > 2 else ''}")


def _is_new(one: Requirement) -> bool:
    return one.specifier.contains(installed(one.name) or "0", prereleases=True)


# -- beneath


class Library(NamedTuple):
    """A library beneath Python, or a package with a known fault.

    Parameters
    ----------
    name : str
    version : callable
        Gives what it calls itself, or ``None`` where it is not there.
    mended : tuple of str
        Versions from which on the fault is mended, the newest series first; of an older series the
        version that mended it there.
    fault : str
        What may happen below, in plain words.
    remedy : str
    """

    name: str
    version: Callable[[], str | None]
    mended: tuple[str, ...]
    fault: str
    remedy: str


def _expat() -> str:
    import pyexpat

    return pyexpat.EXPAT_VERSION


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version


def _zlib() -> str:
    import zlib

    return zlib.ZLIB_RUNTIME_VERSION


def _openssl() -> str:
    import ssl

    return ssl.OPENSSL_VERSION


def _sndfile() -> str | None:
    # In a process of its own: it is loaded from a wheel or from the system, and may not load.
    return said_by("import soundfile; print(soundfile.__libsndfile_version__)", 20)


_SYSTEM = "update your system, or take a newer Python (a conda environment brings its own)"

LIBRARIES = (
    # CVE-2026-45186: time by the square of the number of attributes that a document declares
    # (release notes of Expat 2.8.1). Our own check refuses such documents before.
    Library("expat (MusicXML)", _expat, ("2.8.1",), "a small file can keep it busy for minutes; "
            "MelodyAI refuses such files itself", _SYSTEM),
    # CVE-2021-3246, CVE-2021-4156, CVE-2022-33064: writes and reads outside of its memory by a
    # damaged file. What is open in 1.2.2 (CVE-2024-50612) meets the child process that decodes.
    Library("libsndfile (recordings)", _sndfile, ("1.2.2",), "a damaged recording can crash it",
            'python -m pip install --upgrade "soundfile>=0.13"'),
    # "The WAL-reset bug", https://sqlite.org/wal.html#walresetbug: present from 3.7.0 to 3.51.2,
    # mended in 3.51.3 and, in older series, in 3.50.7 and 3.44.6.
    Library("SQLite (ratings, service)", _sqlite, ("3.51.3", "3.50.7", "3.44.6"),
            "two programs that write to one store in the same instant may, very rarely, damage it",
            f"keep one program at a time on a store of ratings, and {_SYSTEM}"),
    # CVE-2022-37434: a write outside of its memory by a damaged file (ChangeLog of zlib 1.2.13).
    Library("zlib (archives)", _zlib, ("1.2.13",), "a damaged archive can crash it", _SYSTEM),
    # The series 1.1.1 is not mended any more since 2023-09-11 (openssl-library.org, policy on
    # release strategy).
    Library("OpenSSL (downloads, checksums)", _openssl, ("3.0",), "its series is not mended any "
            "more", _SYSTEM),
    # CVE-2026-1462: a model file of a stranger runs code although it is opened in safe mode
    # (GHSA-4f3f-g24h-fr8m). MelodyAI never opens such files; other notebooks may.
    Library("Keras", lambda: installed("keras"), ("3.13.2",),
            "its own model files can run code when they are opened; MelodyAI never opens them",
            "python -m pip install --upgrade keras"),
)  # fmt: skip


def libraries() -> Iterator[Finding]:
    """Look at the libraries beneath, and at packages with known faults."""
    for library in LIBRARIES:
        found = library.version()
        if found is None:
            if library.name != "Keras":  # that one is told as an extra
                yield Finding(library.name, "missing", "it does not load", library.remedy)
        elif _is_mended(found, library.mended):
            yield Finding(library.name, "ok", str(as_version(found)))
        else:
            why = f"{as_version(found)}, before {library.mended[0]}: {library.fault}"
            why += " (unless your system mended it)"
            yield Finding(library.name, "old", why, library.remedy)


def _is_mended(found: str, mended: tuple[str, ...]) -> bool:
    version = as_version(found)
    newest, *older = map(as_version, mended)
    return version >= newest or any(
        version.release[:2] == one.release[:2] and version >= one for one in older
    )
