"""Run the blocks of a page in this process; `blocks.py` starts it.

Python blocks share one namespace, as the cells of a notebook do. Lines that begin with ``melodyai``
call what the command calls; all others go to a shell.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path


def shell(line: str) -> None:
    """Run one line of a bash block."""
    words = shlex.split(line, comments=True)
    if words and words[0] == "melodyai":
        from melodyai_edu.cli import main

        status = main(words[1:])
        assert not status, f"{line}: exit status {status}"
    elif words:
        done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr)  # noqa: T201 - into what the block says
        assert not done.returncode, line


def main(plan: Path) -> None:
    """Run all blocks, and check after each what it promises."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for language, code, says, makes in json.loads(plan.read_text()):
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                if language == "python":
                    exec(compile(code, "<page>", "exec"), namespace)
                else:
                    for line in code.replace("\\\n", " ").splitlines():
                        shell(line)
        finally:
            sys.stdout.write(said.getvalue())
        for text in says:
            assert text in said.getvalue(), f"does not say {text!r}"
        for pattern in " ".join(makes).split():
            files = list(Path().glob(pattern))
            assert files, f"{pattern} is not there after:\n{code}"
            assert all(file.stat().st_size > 20 for file in files), pattern


if __name__ == "__main__":
    main(Path(sys.argv[1]))
