"""What a student's program may use up, and the walls around it.

Conventions
-----------
Memory and files are bytes, times are seconds. What a system does not have is left out, and
`Walls.missing` says so: Linux has everything, macOS only the limits of a process, Windows none.

Contents
--------
Limits, Walls, best_walls, lower_limits, processes_below, shut_doors
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melodyai_edu.errors import ParameterError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

__all__ = ["Limits", "Walls", "best_walls", "lower_limits", "processes_below", "shut_doors"]

_KINDS = ("--user", "--map-root-user", "--net", "--ipc", "--pid", "--mount", "--mount-proc")
_UNSHARE = ("unshare", *_KINDS, "--fork", "--kill-child")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one notebook may use.

    Parameters
    ----------
    seconds : float, default 900
        For the whole notebook, by the clock.
    cell_seconds : float, default 300
        For one cell, and for one call of an answer.
    memory : int, default 4_000_000_000 [bytes]
        Of all its processes together.
    processes : int, default 64
    output : int, default 20_000_000 [bytes]
        Of everything that it prints.
    file : int, default 200_000_000 [bytes]
        For each file that it writes.

    Raises
    ------
    ParameterError
        If one of them is not above 0.
    """

    seconds: float = 900
    cell_seconds: float = 300
    memory: int = 4_000_000_000
    processes: int = 64
    output: int = 20_000_000
    file: int = 200_000_000

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name}={getattr(self, name)} must be above 0")


@dataclass(frozen=True, slots=True)
class Walls:
    """How a program is started so that it cannot reach out.

    Parameters
    ----------
    command : tuple of str
        What stands before the program's own command; empty where there are no walls.
    missing : str
        What is not kept out, for people; empty where all walls stand.
    """

    command: tuple[str, ...]
    missing: str


@functools.cache
def best_walls() -> Walls:
    """Try which walls this system has.

    Returns
    -------
    walls : Walls
    """
    program = shutil.which(_UNSHARE[0])
    if program is None:
        return Walls((), "the network and your files (there is no program `unshare` here)")
    command = (program, *_UNSHARE[1:])
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return Walls((), "the network and your files (`unshare` does not run here)")
    if tried.returncode:
        return Walls((), "the network and your files (this system allows no namespaces)")
    return Walls(command, "")


def lower_limits(limits: Limits) -> None:
    """Limit this process and those that it starts, as far as the system can.

    Parameters
    ----------
    limits : Limits
    """
    if resource is None:
        return
    wanted = {
        "RLIMIT_DATA": limits.memory,
        "RLIMIT_CPU": int(limits.seconds * (os.cpu_count() or 1)) + 1,
        "RLIMIT_FSIZE": limits.file,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (value, value))


def shut_doors(scratch: str, limits: Limits) -> list[str]:
    """Shut off the file system and give up every right, inside the namespaces of `best_walls`.

    Only loopback is left of the network, everything but the scratch folder is read-only, and no
    process inside can undo it.

    Parameters
    ----------
    scratch : str
        The one folder that stays writable.
    limits : Limits

    Returns
    -------
    open_doors : list of str
        What could not be shut.
    """
    library = ctypes.CDLL(None, use_errno=True)
    found = []
    steps: Sequence[tuple[str, Any]] = (
        ("loopback", _raise_loopback),
        ("files", lambda: _only_writable(library, scratch)),
        ("rights", lambda: _drop_rights(library)),
    )
    for name, step in steps:
        try:
            step()
        except (OSError, AttributeError) as error:
            found.append(f"{name} ({error})")
    if resource is not None:
        with contextlib.suppress(OSError, ValueError):
            most = 16 * limits.processes  # threads count here as well
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    return found


def _raise_loopback() -> None:
    """Bring up the loopback device of a new network namespace: lesson 13 talks to itself."""
    import fcntl
    import socket

    get_flags, set_flags, is_up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(line, get_flags, request))[1]
        fcntl.ioctl(line, set_flags, struct.pack("16sH14s", b"lo", flags | is_up, b""))


def _only_writable(library: Any, folder: str) -> None:
    """Make every mount read-only but that of one folder."""
    bind, recursive_bit, private = 0x1000, 0x4000, 0x40000
    mount_setattr, here, recursive, read_only = 442, -100, 0x8000, 0x1
    name = os.fsencode(folder)
    _checked(library.mount(b"none", b"/", None, recursive_bit | private, None))
    _checked(library.mount(name, name, None, bind, None))
    for path, flags, (on, off) in (
        (b"/", recursive, (read_only, 0)),
        (name, 0, (0, read_only)),
    ):
        wish = struct.pack("QQQQ", on, off, 0, 0)
        _checked(library.syscall(mount_setattr, here, path, flags, wish, len(wish)))


def _drop_rights(library: Any) -> None:
    """Give up all capabilities for good."""
    drop_bound, no_new = 24, 38
    last = 40
    for right in range(last + 1):
        library.prctl(drop_bound, right, 0, 0, 0)
    _checked(library.prctl(no_new, 1, 0, 0, 0))
    version_3 = 0x20080522
    header, nothing = struct.pack("Ii", version_3, 0), struct.pack("6I", *[0] * 6)
    _checked(library.capset(header, nothing))


def _checked(status: int) -> None:
    if status:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def processes_below(root: int) -> dict[int, int]:
    """Find all processes below one.

    Parameters
    ----------
    root : int
        Its number.

    Returns
    -------
    memory : dict of int to int
        What each holds [bytes], by its number; empty where the system has no ``/proc``.

    Examples
    --------
    >>> processes_below(2**30)
    {}
    """
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(words[1])
    found, before = {root}, 0
    while len(found) > before:
        before = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return {pid: _memory_of(pid) for pid in found - {root}}


def _memory_of(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/statm").read_text().split()
        return int(words[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
