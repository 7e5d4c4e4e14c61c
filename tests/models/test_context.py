import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.context import ContextTable
from melodyai_edu.models.counts import CountMemory

SIZE, WIDTH = 4, 3
ROWS = st.lists(st.tuples(*[st.integers(0, 3)] * WIDTH, st.integers(0, SIZE - 1)), max_size=30)
CONTEXT = st.tuples(*[st.integers(0, 5)] * WIDTH)


def table(rows):
    data = np.array(rows, np.int64).reshape(-1, WIDTH + 1)
    return ContextTable(data[:, :-1], data[:, -1], SIZE)


@given(ROWS, CONTEXT)
def test_counts_are_what_a_reader_would_count(rows, context):
    counts = table(rows).counts(context)
    for length in range(WIDTH + 1):
        tail = context[WIDTH - length :]
        followers = [target for *seen, target in rows if tuple(seen[WIDTH - length :]) == tail]
        assert counts[length].tolist() == np.bincount(followers, minlength=SIZE).tolist()


@given(ROWS, CONTEXT)
def test_table_and_memory_count_alike(rows, context):
    memory = CountMemory(SIZE, WIDTH)
    for *seen, target in rows:
        memory.observe(seen, target)
    np.testing.assert_array_equal(table(rows).counts(context), memory.counts(context))


@pytest.mark.parametrize(
    ("contexts", "targets", "match"),
    [
        (np.zeros(3), np.zeros(3), r"must be \(N, K\) and \(N,\)"),
        (np.zeros((3, 2)), np.zeros(2), r"contexts \(3, 2\) and targets \(2,\)"),
        (np.zeros((1, 2)), [SIZE], "targets must lie from 0 to 3"),
        (np.zeros((1, 2)), [-1], "targets must lie from 0 to 3"),
        ([[0, -1]], [0], "numbers from 0 up"),
    ],
)
def test_bad_parameters(contexts, targets, match):
    with pytest.raises(ParameterError, match=match):
        ContextTable(contexts, targets, SIZE)
