import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.models.counts import CountMemory, CountTable

SIZE = 5
SEQUENCES = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=12), max_size=6)
CONTEXTS = st.lists(st.integers(0, SIZE - 1), max_size=10)


@given(SEQUENCES, CONTEXTS, st.integers(0, 4))
def test_table_and_memory_count_alike(sequences, context, order):
    memory = CountMemory(SIZE, order)
    for sequence in sequences:
        for place, token_id in enumerate(sequence):
            memory.observe(sequence[:place], token_id)
    table = CountTable(sequences, SIZE, order)
    np.testing.assert_array_equal(table.counts(context), memory.counts(context))
    assert table.num_cells == memory.num_cells


@given(SEQUENCES, CONTEXTS, st.integers(0, 4))
def test_counts_are_what_a_reader_would_count(sequences, context, order):
    counts = CountTable(sequences, SIZE, order).counts(context)
    marked = [[-1, *sequence] for sequence in sequences]
    ending = [-1, *context]
    for length in range(min(order, len(ending)) + 1):
        tail = ending[len(ending) - length :]
        followers = [
            sequence[place]
            for sequence in marked
            for place in range(max(1, length), len(sequence))
            if sequence[place - length : place] == tail
        ]
        assert counts[length].tolist() == np.bincount(followers, minlength=SIZE).tolist()
