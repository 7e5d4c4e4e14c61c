import asyncio
import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.api.answers import Refusal
from melodyai_edu.api.body import BodyLimits, parse_json


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "must be a JSON object"),
        (b"[1]", "must be a JSON object, such as"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": -Infinity}', "-Infinity is no JSON"),
        (b'{"a": 1e999}', "too large or too long"),
        (b'{"a": ' + b"9" * 5000 + b"}", "5,000 digits"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested deeper than 64"),
        (b"[" * 60_000, "nested deeper than 64"),
        (b'{"a": "\\ud800"}', "UTF-8"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": 1', "must be a JSON object"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the name 'c' stands twice"),
        (b'{"a": 1, "\\u0061": 2}', "the name 'a' stands twice"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        (b'{"a": 1}\0', "must be a JSON object"),
        (b'{"a": 0x10}', "must be a JSON object"),
        (b'{"a": 1_000}', "must be a JSON object"),
        (b'{"a": 1} {"b": 2}', "must be a JSON object"),
        (b"{'a': 1}", "must be a JSON object"),
        (b'{"a": 1e400}', "too large or too long"),
        (b'{"a": ' + b"0." + b"1" * 5000 + b"}", "too large or too long"),
    ],
)
def test_what_is_no_json_of_ours_is_400(body, sentence):
    with pytest.raises(Refusal, match=sentence) as caught:
        parse_json(body)
    assert caught.value.status_code == 400


def test_brackets_inside_of_a_text_are_text():
    assert parse_json(b'{"a": "' + b"[" * 100 + b'\\"["}')["a"].startswith("[[")


def test_many_names_cost_little():
    names = ", ".join(f'"{number}": 1' for number in range(5_000))
    assert len(parse_json(f"{{{names}}}".encode())) == 5_000
    begun = time.perf_counter()
    with pytest.raises(Refusal, match="'4999' stands twice"):
        parse_json(f'{{{names}, "4999": 1}}'.encode())
    assert time.perf_counter() - begun < 5


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_an_object_or_a_refusal(body):
    with contextlib.suppress(Refusal):
        assert isinstance(parse_json(body), dict)


def run(limits, messages, seconds=0.0):
    """Send a body in pieces through the layer; give what came out of it."""
    waiting = list(messages)
    found = []

    async def receive():
        await asyncio.sleep(seconds)
        return waiting.pop(0)

    async def app(scope, receive, send):
        while True:
            message = await receive()
            found.append(message)
            if not message.get("more_body"):
                return

    layer = BodyLimits(app, **limits)
    scope = {"type": "http", "path": "/v1/compositions"}
    asyncio.run(layer(scope, receive, None))
    return found


def chunk(size, more=True):
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


LIMITS = {"json_bytes": 100, "upload_bytes": 1000, "seconds": 0.5}


def test_a_body_is_counted_while_it_streams():
    assert len(run(LIMITS, [chunk(50), chunk(50, False)])) == 2
    with pytest.raises(Refusal, match="longer than 100 bytes") as caught:
        run(LIMITS, [chunk(50)] * 100)
    assert caught.value.status_code == 413


def test_an_upload_may_be_longer():
    limits = {**LIMITS, "uploads": ("/v1/compositions",)}
    assert len(run(limits, [chunk(500), chunk(500, False)])) == 2


def test_a_slow_body_is_ended():
    with pytest.raises(Refusal, match=r"longer than 0\.5 seconds") as caught:
        run(LIMITS, [chunk(1)] * 100, seconds=0.2)
    assert caught.value.status_code == 408
