"""Write the lists of checksums by which ``melodyai doctor`` sees that what is shipped is whole.

Usage: python tools/build_checksums.py [--check]
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Folders, and which of their files are listed.
LISTED = {
    "datasets": ("*/tunes.npz", "*/split.json"),
    "melodyai_edu/models/shipped": ("*/*.json", "*/weights.npz"),
}


def sums(folder: Path, patterns: tuple[str, ...]) -> str:
    """Give the list of a folder, as ``sha256sum`` writes it."""
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    lines = (
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}\n"
        for file in files
    )
    return "".join(lines)


def main() -> int:
    """Write each list, or with ``--check`` say which one is not as it must be."""
    stale = []
    for name, patterns in LISTED.items():
        file = ROOT / name / "SHA256SUMS"
        text = sums(file.parent, patterns)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            stale.append(file)
            if "--check" not in sys.argv:
                file.write_text(text, encoding="utf-8")
    for file in stale:
        print(f"{file.relative_to(ROOT)} {'is stale' if '--check' in sys.argv else 'written'}")
    return bool(stale) and "--check" in sys.argv


if __name__ == "__main__":
    sys.exit(main())
