"""What tests and notebooks share: compiled functions for each worker, seconds for each notebook.

Two processes that fill numba's cache at the same time can crash each other (seen in librosa's
``yin`` in one of three tries), so every worker of pytest has a cache of its own.

The last cell of a notebook gets a property with the processor seconds of the notebook's kernel,
which ``--junitxml`` writes into the report; tools/course_table.py reads it there.
"""

import os
from pathlib import Path

import pytest

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    cache = Path(__file__).parent / ".pytest_cache" / f"numba-{worker}"
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache))

_spent = 0.0  # by the kernels that have ended


def _seconds_of_children() -> float:
    try:
        import resource
    except ImportError:  # on Windows
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Say what a notebook took; its kernel has ended when the teardown of its last cell is over."""
    global _spent
    yield
    if item.path.suffix == ".ipynb" and (nextitem is None or nextitem.path != item.path):
        before, _spent = _spent, _seconds_of_children()
        path = item.path.relative_to(item.config.rootpath).as_posix()
        item.user_properties.append(("notebook_cpu_seconds", f"{path} {_spent - before:.1f}"))
