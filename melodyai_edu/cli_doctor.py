"""The command line for one's own computer: ``melodyai doctor``.

Conventions
-----------
A finding is one line, and where something is to be done a second one says what. The exit status is
1 only where something that MelodyAI cannot do without is missing, too old or damaged: what is
optional never fails.

Contents
--------
add_doctor, examine, report
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from melodyai_edu.cli_doctor_findings import Finding

__all__ = ["add_doctor", "examine", "report"]

_WIDTH = 96


def add_doctor(commands: Any) -> None:
    """Add the command that looks over this computer.

    Parameters
    ----------
    commands : argparse subparsers
    """
    doctor = commands.add_parser("doctor", help="look over this computer, and say how to mend it")
    doctor.add_argument("--gpu", action="store_true", help="also start TensorFlow and ask it")
    doctor.add_argument("--json", action="store_true", help="write the findings as JSON")
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    findings = examine(gpu=options.gpu)
    is_fine = not any(finding.is_serious for finding in findings)
    if options.json:
        print(
            json.dumps({"fine": is_fine, "findings": [asdict(one) for one in findings]}, indent=1)
        )
    else:
        print(report(findings))
    return 0 if is_fine else 1


def examine(*, gpu: bool = False) -> list[Finding]:
    """Look over this computer.

    Parameters
    ----------
    gpu : bool, default False
        Also start TensorFlow in a process of its own and ask which devices it sees, which takes
        as long as TensorFlow takes.

    Returns
    -------
    findings : list of Finding

    Examples
    --------
    >>> [one.state for one in examine() if one.name == "Python"]
    ['ok']
    """
    from melodyai_edu import cli_doctor_places as places
    from melodyai_edu import cli_doctor_programs as programs
    from melodyai_edu import cli_doctor_versions as versions

    return [
        *versions.package(),
        *versions.libraries(),
        *versions.extras(),
        *programs.browser_parts(),
        *programs.sound(),
        programs.gpu(is_asked=gpu),
        *places.shipped_files(),
        *places.home(),
        *places.environment(),
    ]


def report(findings: Sequence[Finding]) -> str:
    """Write findings as text.

    Parameters
    ----------
    findings : sequence of Finding

    Returns
    -------
    text : str

    Examples
    --------
    >>> print(report([Finding("drums", "missing", "no drums", "buy some", is_needed=True)]))
    missing  drums: no drums
             to mend it: buy some
    <BLANKLINE>
    1 of 1 needs mending before MelodyAI can work.
    """
    lines = []
    for one in findings:
        lines += _wrapped(f"{one.state:<8} {one.name}: {one.found}")
        if one.remedy:
            lines += _wrapped(
                f"{'':<8} {'to mend it' if one.is_serious else 'better'}: {one.remedy}"
            )
    return "\n".join([*lines, "", _sum(findings)])


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, subsequent_indent=" " * 11, break_long_words=False) or [line]


def _sum(findings: Sequence[Finding]) -> str:
    serious = sum(one.is_serious for one in findings)
    optional = sum(one.state != "ok" for one in findings) - serious
    if serious:
        needs = "needs" if serious == 1 else "need"
        return f"{serious} of {len(findings)} {needs} mending before MelodyAI can work."
    more = (
        f" {optional} {'thing' if optional == 1 else 'things'} could be better." if optional else ""
    )
    return f"All that MelodyAI needs is here.{more}"
