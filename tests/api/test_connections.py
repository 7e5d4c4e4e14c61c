"""What is said to a running service without an HTTP client: slowly, wrongly, never to the end."""

import contextlib
import json
import runpy
import time
from pathlib import Path

import pytest

_HELP = runpy.run_path(str(Path(__file__).with_name("served.py")))
heard, statuses = _HELP["heard"], _HELP["statuses"]

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="measured as Linux says it")

SECONDS = 1.5
GET = b"GET /v1/moods HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/compositions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
LAST = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def served(start):
    return start(body_seconds=SECONDS, rate_limit="1000000/minute", compose_limit="1000000/minute")


@pytest.fixture(autouse=True)
def goes_on(served):
    """Whatever was said, the service answers afterwards, and nothing of ours broke."""
    yield
    assert statuses(served.say(HEALTH + LAST)) == [200]
    assert "Traceback" not in served.log
    assert '"status": 500' not in served.log


def body_of(answer):
    return json.loads(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "said",
    [
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 3, 3\r\n\r\nabc",
        POST + b"Content-Length: -3\r\n\r\nabc",
        POST + b"Content-Length: +3\r\n\r\nabc",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
        GET + b" folded: x\r\n\r\n",
        GET + b"X: a\r\n b\r\n\r\n",
        GET + b"X: a\0b\r\n\r\n",
        GET + b"X y: a\r\n\r\n",
        GET + b": a\r\n\r\n",
        b"GET /v1/moods HTTP/1.1\nHost: localhost\n\n",
        b"GET /v1/moods x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/\0moods HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/mo\xc3\xa9ds HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET v1/moods HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"get /v1/moods HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS
        b"\0" * 100,
    ],
)
def test_what_two_readers_may_read_in_two_ways_is_refused(served, said):
    answer = served.say(said + HEALTH + b"\r\n")  # smuggled behind it: never answered
    assert statuses(answer)[0] == 400, answer
    assert b'{"status":"ok"}' not in answer
    assert body_of(answer)["error"] == "bad_request"
    assert b"x-content-type-options: nosniff" in answer.lower()


def test_a_request_inside_of_a_body_is_none(served):
    inner = HEALTH + b"\r\n"
    length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(inner)
    assert statuses(served.say(POST + length + inner)) == [400]


def test_requests_one_after_the_other_are_answered_in_turn(served):
    answers = served.say(
        (GET + b"\r\n" + HEALTH + b"\r\n") * 20 + GET + b"Connection: close\r\n\r\n"
    )
    assert statuses(answers) == [200] * 41
    assert answers.count(b'{"status":"ok"}') == 20
    thousands = served.say((HEALTH + b"\r\n") * 3_000 + b"nonsense\r\n\r\n")
    assert set(statuses(thousands)) <= {200, 400}


@pytest.mark.parametrize("target", [b"http://evil.example/v1/moods", b"http://localhost/v1/moods"])
def test_an_address_with_a_name_is_held_to_the_name_of_the_service(served, target):
    evil = b"GET %s HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n" % target
    assert statuses(served.say(evil)) == [421]
    assert statuses(served.say(evil.replace(b"Host: evil.example", b"Host: localhost"))) == [200]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /v1/moods HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400),
        (b"GET /v1/moods HTTP/1.1\r\n", 421),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET //v1/moods HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1%2fmoods HTTP/1.1\r\nHost: localhost\r\n", 200),
        (b"GET /v1%252fmoods HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/../v1/moods HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/compositions/..%2f..%2fservice.sqlite HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/compositions/%2e%2e/%2e%2e HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/moods%00 HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/compositions/%ff%fe.mid HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/moods;a=b HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /v1/moods?a=%00&a=b&a HTTP/1.1\r\nHost: localhost\r\n", 200),
        (b"GET /v1/moods/ HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /V1/moods HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"TRACE /v1/moods HTTP/1.1\r\nHost: localhost\r\n", 405),
        (b"GET /v1/moods HTTP/0.9\r\nHost: localhost\r\n", 200),
        (b"POST /v1/moods HTTP/1.1\r\nHost: localhost\r\nX-HTTP-Method-Override: GET\r\n", 405),
        (GET + b"X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /metrics\r\n", 200),
    ],
)
def test_odd_addresses_and_headers(served, said, status):
    assert statuses(served.say(said + LAST)) == [status]


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c", b"TLS/1.0"])
def test_there_is_nothing_to_upgrade_to(served, upgrade):
    wish = b"Connection: Upgrade\r\nUpgrade: %s\r\nSec-WebSocket-Version: 13\r\n" % upgrade
    wish += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    found = statuses(served.say(HEALTH + wish, seconds=0.5))
    assert found in ([200], [200, 400])


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/moods?" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        GET + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
        GET + b"X: a\r\n" * 20_000 + b"\r\n",
        GET + b"X" * 50_000 + b": a\r\n\r\n",
        b"\r\n" * 300_000,
    ],
)
def test_a_long_head_ends(served, head):
    answer = served.say(head)
    assert statuses(answer) in ([431], [])  # nothing where it hung up while we still spoke
    assert not answer or "32,000 bytes" in body_of(answer)["message"]


def test_a_head_just_within_the_limit_is_read(served):
    head = GET + b"Connection: close\r\nX: " + b"a" * 31_000 + b"\r\n\r\n"
    assert statuses(served.say(head)) == [200]


def test_what_follows_a_body_is_no_header(served):
    keyed = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n"
    said = POST.replace(b"/v1/compositions", b"/v1/ratings") + keyed
    plain = served.say(said + b"\r\n")
    assert (
        served.say(said + b"Host: evil.example\r\nOrigin: http://evil.example\r\n\r\n")[:12]
        == (plain[:12])
    )


@pytest.mark.parametrize("around", [b"X: " + b"a" * 4_000 + b"\r\n", b"0" * 4_000])
def test_endless_words_around_a_body_end(served, around):
    """Trailers, and sizes of chunks with zeros before them."""
    begin = b"Transfer-Encoding: chunked\r\n\r\n" + (b"0\r\n" if b"X" in around else b"")
    before = served.megabytes()
    begun = time.monotonic()
    answer = served.say(POST + begin, *[around] * 2_000, seconds=5)
    assert time.monotonic() - begun < 10
    assert statuses(answer) in ([], [400], [408], [431])
    assert served.megabytes() - before < 20


def test_a_slow_head_is_ended(served):
    begun = time.monotonic()
    answer = served.say(*[bytes([byte]) for byte in GET], pause=0.2)
    assert SECONDS - 0.2 < time.monotonic() - begun < SECONDS + 8
    assert statuses(answer) in ([408], [])


@pytest.mark.parametrize("said", [b"", b"GET"])
def test_a_silent_connection_is_ended(served, said):
    with served.connect() as line:
        line.sendall(said)
        begun = time.monotonic()
        assert statuses(heard(line)) == ([408] if said else [])
        assert SECONDS - 0.5 < time.monotonic() - begun < SECONDS + 8


def test_a_slow_body_is_ended(served):
    begun = time.monotonic()
    answer = served.say(POST + b"Content-Length: 100\r\n\r\n", *[b" "] * 100, pause=0.2)
    assert statuses(answer) in ([408], [])
    assert time.monotonic() - begun < 2 * SECONDS + 8


def test_a_body_is_not_read_for_ever_once_it_is_answered(served):
    """Nobody may hold a connection with a body that nobody wants."""
    begun = time.monotonic()
    head = HEALTH + b"Transfer-Encoding: chunked\r\n\r\n"
    with served.connect() as line, contextlib.suppress(OSError):
        line.sendall(head)
        while time.monotonic() - begun < 20:
            line.sendall(b"3e8\r\n" + b"x" * 1_000 + b"\r\n")
            time.sleep(0.01)
    assert time.monotonic() - begun < SECONDS + 8


def test_a_length_that_is_a_lie_harms_nobody(served):
    head = POST + b"Content-Length: 50\r\n\r\n{}"
    with served.connect() as line:
        line.sendall(head)  # and goes
    assert statuses(served.say(POST + b"Content-Length: 99999999\r\n\r\n" + b" " * 70_000)) == [413]
    short = POST + b"Content-Length: 2\r\n\r\n" + b'{"bars": 0}'
    assert statuses(served.say(short))[-1] == 400  # the rest is no request


def test_who_does_not_read_is_left(served):
    """Answers wait for a client as long as a body may take, and not in memory without end."""
    docs = b"GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n"
    before, files = served.megabytes(), served.files()
    with served.connect(0.2) as line:
        begun = time.monotonic()
        with contextlib.suppress(OSError):  # full, or ended
            while time.monotonic() - begun < 20:
                line.sendall(docs * 1_000)
        assert served.megabytes() - before < 30
        while served.files() > files:
            assert time.monotonic() - begun < SECONDS + 30
            time.sleep(0.1)


def test_thousands_that_say_nothing_do_not_keep_others_out(served):
    """More connections than there is room for: the silent ones go first."""
    before = served.megabytes()
    lines = []
    try:
        for _ in range(3_000):
            lines.append(served.connect())
            if len(lines) % 500 == 0:
                begun = time.monotonic()
                assert statuses(served.say(HEALTH + LAST)) == [200]
                assert time.monotonic() - begun < 10
        assert served.files() < 1_100
        assert served.megabytes() - before < 60
    finally:
        for line in lines:
            line.close()


def test_who_leaves_in_the_middle_harms_nobody(served):
    body = b'{"genre": "jig", "model": "ngram", "bars": 4}'
    whole = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    for end in (10, len(whole) // 2, len(whole) - 1, len(whole)):
        for _ in range(10):
            with served.connect() as line:
                line.sendall(whole[:end])
                time.sleep(0.005)
    for _ in range(10):
        with served.connect() as line:
            line.sendall(GET + b"\r\n")
            line.recv(10)
