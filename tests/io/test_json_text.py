"""JSON is read as JSON says, and no other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import InputError
from melodyai_edu.io.json_text import read_json

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
).filter(lambda value: "Infinity" not in json.dumps(value))


@given(VALUES)
def test_what_json_writes_comes_back(value):
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "must be JSON"),
        ("[1", "must be JSON"),
        ("NaN", "NaN is no number that JSON knows"),
        ("[-Infinity]", "is no number"),
        ("9" * 5_000, "a number has 5,000 digits"),
        ("[" * 65 + "]" * 65, "65 levels of brackets: the limit is 64"),
        ('{"a":' * 200_000, "65 levels of brackets"),
        ('"\\ud800"', "must be JSON"),
        (b"\xff", "must be JSON"),
        (b"[" + b"0" * 100, "101 bytes of JSON: the limit is 100"),
        (None, "must be JSON"),
    ],
)
def test_what_is_no_json_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_json(data if data is not None else "nul", 100 if data and len(data) == 101 else 10**7)


def test_brackets_inside_texts_are_not_counted():
    text = json.dumps(["[{" * 500, '"[' * 300, "\\" * 99])
    assert read_json(text) == json.loads(text)
