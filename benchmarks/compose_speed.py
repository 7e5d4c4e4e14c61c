"""How fast the first composer is: 100 pieces of 16 bars, target under 10 s.

The genres take turns and every piece has its own seed. The cold figure is a fresh process: import,
corpora, learning the first style and one piece. The warm one has learned all styles before.

Usage: python benchmarks/compose_speed.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

TARGET = 10.0  # seconds for 100 pieces

_COLD = """
import time
begin = time.perf_counter()
import melodyai_edu as mai
piece = mai.compose(genre="jig", bars=16, seed=0)
print(time.perf_counter() - begin)
"""


def main() -> int:
    """Time the first piece of a process, and 100 pieces after it."""
    pieces = 6 if os.environ.get("MELODYAI_PROFILE") == "smoke" else 100
    from melodyai_edu.composition import compose, offered_genres

    done = subprocess.run([sys.executable, "-c", _COLD], capture_output=True, text=True, check=True)
    print(f"cold: import, corpora, one style and one piece in {float(done.stdout):.2f} s")

    genres = offered_genres()[: max(pieces // 2, 1)]
    begin = time.perf_counter()
    for genre in genres:
        compose(genre=genre, bars=16, seed=0)
    print(f"{len(genres)} styles learned, one piece each, in {time.perf_counter() - begin:.2f} s")

    begin = time.perf_counter()
    for seed in range(pieces):
        piece = compose(genre=genres[seed % len(genres)], bars=16, seed=seed)
        assert piece.score.bar_count == 16
    seconds = time.perf_counter() - begin
    each = 1000 * seconds / pieces
    print(f"warm: {pieces} pieces of 16 bars in {seconds:.2f} s ({each:.0f} ms each)")
    projected = seconds * 100 / pieces
    print(f"100 pieces: {projected:.2f} s, target under {TARGET:.0f} s")
    print(f"load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return int(pieces == 100 and seconds >= TARGET)


if __name__ == "__main__":
    sys.exit(main())
