"""Work on several processes: order, lost processes, how much is under way."""

import sys
from itertools import count, islice

import pytest

from melodyai_edu.errors import MelodyAIError, MissingDependencyError, ParameterError
from melodyai_edu.io.processes import map_jobs, map_on_processes

#: As text for ``eval``, which every process can import: end the process, or end it the first time.
DIE = "__import__('os')._exit(9)"
DIE_ONCE = (
    "(lambda path, os: 'again' if path.exists() else (path.touch(), os._exit(9)))"
    "(__import__('pathlib').Path({!r}), __import__('os'))"
)


def sums(path):
    """Forty sums, and in the middle of them the loss of a process."""
    return [*map(str, range(20)), DIE_ONCE.format(str(path)), *map(str, range(20))]


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers):
    assert list(map_jobs(abs, range(-100, 0), workers=workers)) == list(range(100, 0, -1))


def test_a_lost_process_is_replaced(tmp_path):
    done = list(map_jobs(eval, sums(tmp_path / "once"), workers=2))
    assert done == [*range(20), "again", *range(20)]


def test_lost_again_and_again():
    with pytest.raises(MelodyAIError, match="4 times a process was lost over the same work"):
        list(map_jobs(eval, ["1", DIE], workers=2))


def test_errors_of_the_work_are_passed_on():
    with pytest.raises(ZeroDivisionError):
        list(map_jobs(eval, ["1", "1/0"], workers=2))


def test_only_some_jobs_are_under_way():
    taken = count()
    results = map_on_processes(abs, (next(taken) for _ in iter(int, 1)), 2)  # jobs without end
    assert list(islice(results, 10)) == list(range(10))
    results.close()
    assert next(taken) <= 10 + 32 * 2


@pytest.mark.xdist_group("dask")
def test_a_cluster_started_here_replaces_a_lost_worker(tmp_path):
    pytest.importorskip("distributed")
    jobs = sums(tmp_path / "once")
    done = list(map_jobs(eval, jobs, workers=2, scheduler="local"))
    assert done == [*range(20), "again", *range(20)]


@pytest.mark.xdist_group("dask")
def test_only_some_jobs_are_with_a_cluster():
    distributed = pytest.importorskip("distributed")
    taken = count()
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as one:
        jobs = (next(taken) for _ in iter(int, 1))
        results = map_jobs(abs, jobs, scheduler=one.scheduler_address)
        assert list(islice(results, 40)) == list(range(40))
        results.close()
    assert next(taken) <= 40 + 16 + 64


def test_what_cannot_be_asked_for(monkeypatch):
    with pytest.raises(ParameterError, match="workers=0 must be 1 or more"):
        map_jobs(abs, [1], workers=0)
    with pytest.raises(ParameterError, match=r"workers=2 are processes here .* give one"):
        map_jobs(abs, [1], workers=2, scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"melodyai-edu\[dask\]"):
        list(map_jobs(abs, [1], scheduler="local"))
