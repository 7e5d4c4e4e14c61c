"""What tests and notebooks share: each worker compiles librosa's functions for itself.

Two processes that fill numba's cache at the same time can crash each other (seen in librosa's
``yin`` in one of three tries), so every worker of pytest has a cache of its own.
"""

import os
from pathlib import Path

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    cache = Path(__file__).parent / ".pytest_cache" / f"numba-{worker}"
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache))
