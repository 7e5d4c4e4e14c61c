"""How the service is put on other computers, to read: some files of ``deployment/``.

Conventions
-----------
A file is called by its place below ``deployment/``, such as ``"kubernetes/autoscaler.yaml"``. An
excerpt is found by how its lines begin, never by their numbers, which change.

Contents
--------
deployment_folder, deployment_files, deployment_file, excerpt
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from melodyai_edu.errors import InputError, ParameterError, perhaps

__all__ = ["deployment_file", "deployment_files", "deployment_folder", "excerpt"]

#: What comes along with the package.
_READ = ("Dockerfile", "kubernetes/*.yaml")


def deployment_folder() -> Path:
    """Give the folder of the files, which come with the package or lie in its checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "deployment"
    return inside if inside.is_dir() else package.parent / "deployment"


def deployment_files() -> list[str]:
    """List what `deployment_file` knows.

    Returns
    -------
    names : list of str
        Sorted; empty where the package came without them, as in the image of the service.

    Examples
    --------
    >>> {"Dockerfile", "kubernetes/deployment.yaml"} <= set(deployment_files())
    True
    """
    root = deployment_folder()
    found = [file for pattern in _READ for file in root.glob(pattern)]
    return sorted(file.relative_to(root).as_posix() for file in found)


def deployment_file(name: str) -> str:
    """Read one of the files.

    Parameters
    ----------
    name : str
        One of `deployment_files`.

    Returns
    -------
    text : str

    Raises
    ------
    ParameterError
        If there is none of this name.

    Examples
    --------
    >>> deployment_file("Dockerfile").splitlines()[0]
    '# The service in a container. Built from the root of the repository:'
    """
    known = deployment_files()
    if name not in known:
        raise ParameterError(
            f"name={name!r} is no file of deployment/ that comes along{perhaps(name, known)}; "
            f"use one of: {', '.join(known) or 'none, the package came without them'}"
        )
    return (deployment_folder() / name).read_text(encoding="utf-8")


def excerpt(name: str, *beginnings: str) -> str:
    """Cut out one instruction of a Dockerfile, or one key of a manifest with all that is in it.

    Parameters
    ----------
    name : str
        One of `deployment_files`.
    *beginnings : str
        How the first line begins. Several lead the way: the second is looked for after the first.

    Returns
    -------
    text : str
        The line, what is indented below it or continues it, and remarks right above it; as far to
        the left as it goes.

    Raises
    ------
    ParameterError
        If there is no such file, or no beginning is given.
    InputError
        If no line begins so.

    Examples
    --------
    >>> print(excerpt("kubernetes/disruption.yaml", "spec:", "maxUnavailable"))
    maxUnavailable: 1
    """
    lines = deployment_file(name).splitlines()
    if not beginnings:
        raise ParameterError(f"beginnings=() must say how a line of {name} begins, such as 'spec:'")
    first = -1
    for beginning in beginnings:
        first = _find(lines, beginning, first + 1)
        if first < 0:
            raise InputError(
                f"deployment/{name} has no line that begins with {beginning!r}"
                f"{_after(beginnings, beginning)}: it was changed; look for what it says now"
            )
    last = _end(lines, first)
    while first and _is_remark(lines[first - 1]):
        first -= 1
    return textwrap.dedent("\n".join(lines[first:last])).rstrip()


def _after(beginnings: tuple[str, ...], beginning: str) -> str:
    before = beginnings[: beginnings.index(beginning)]
    return f" after {' and '.join(map(repr, before))}" if before else ""


def _find(lines: list[str], beginning: str, start: int) -> int:
    places = (
        place
        for place in range(start, len(lines))
        if lines[place].lstrip().startswith(beginning)
        and not (place and lines[place - 1].endswith("\\"))  # the middle of an instruction
    )
    return next(places, -1)


def _end(lines: list[str], first: int) -> int:
    """Give the place after the last line that belongs to a line."""
    margin, last = _margin(lines[first]), first + 1
    while last < len(lines):
        continues = lines[last - 1].rstrip().endswith("\\")
        belongs = not lines[last].strip() or _margin(lines[last]) > margin
        if not (continues or (belongs and not _is_instruction(lines[first]))):
            break
        last += 1
    return last


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith("#")


def _is_instruction(line: str) -> bool:
    """Say whether a line is one of a Dockerfile, where backslashes hold lines together."""
    return re.match(r"[A-Z]+ ", line) is not None
