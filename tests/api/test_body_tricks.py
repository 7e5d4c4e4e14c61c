"""Bodies and headers that were made to confuse, slow down or get in."""

import gzip
import re
import time

import pytest

BOUNDARY = "multipart/form-data; boundary=b"
BOMB = gzip.compress(b" " * 20_000_000)


def part(name="melody", data=b"MThd", file="a.mid", more=b""):
    """Write one part of a form."""
    named = f'; filename="{file}"'.encode() if file is not None else b""
    return (
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + named + b"\r\n"
        + more + b"\r\n" + data + b"\r\n"
    )  # fmt: skip


def send(client, body, **headers):
    answer = client.post(
        "/v1/harmonisations", content=body, headers={"Content-Type": BOUNDARY, **headers}
    )
    assert answer.status_code < 500, answer.text
    return answer


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (part() + part(file="b.mid") + b"--b--\r\n", 400),
        (part() + part("style", b"folk", None) * 11 + b"--b--\r\n", 400),
        (part() + part("style", b"f" * 11_000, None) + b"--b--\r\n", 400),
        (part() + part("style", b"folk\xff", None) + b"--b--\r\n", 400),  # the file is read first
        (part() + part("style", b"folk\0", None) + b"--b--\r\n", 400),
        (part() + part("seed", b"9" * 5_000, None) + b"--b--\r\n", 422),
        (part() + part("seed", "٣".encode(), None) + b"--b--\r\n", 422),
        (part() + part("temperature", b"1e999", None) + b"--b--\r\n", 422),
        (part("melody", b"MThd", None) + b"--b--\r\n", 422),
        (part(file="../../../a.exe") + b"--b--\r\n", 422),
        (part(file="a.mid\0.exe") + b"--b--\r\n", 422),
        (part(file="") + b"--b--\r\n", 422),
        (part()[:40], 422),
        (b"", 422),
        (b"--b--\r\n", 422),
        (b"\r\n" * 10 + part(), 422),
        (b"--c\r\n\r\n", 400),
        (b"--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n", 400),
        (b"--b\r\n\r\nx\r\n--b--\r\n", 400),
    ],
)
def test_forms_that_are_none(client, body, status):
    answer = send(client, body)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize(
    "body",
    [
        b"\r\n" * 4_000_000,
        b"--" * 4_000_000,
        b"--b\r\n" * 1_500_000,
        part(more=b"X: " + b"a" * 8_000_000 + b"\r\n"),
        part(more=b"X: a\r\n" * 1_000_000),
        part("a" * 8_000_000),
        part(data=b"\r\n--" * 2_000_000),
        part(data=b"\r" * 8_000_000) + b"--b--\r\n",
        part("a", b"x", None) * 100_000,
    ],
)
def test_a_form_that_is_costly_to_read_is_not(client, body):
    begun = time.perf_counter()
    assert send(client, body).status_code in (400, 422)
    assert time.perf_counter() - begun < 8


@pytest.mark.parametrize("path", ["/v1/compositions", "/v1/harmonisations", "/v1/ratings"])
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "GZIP", "x"])
def test_what_is_packed_is_not_unpacked(client, path, encoding):
    headers = {"Content-Encoding": encoding}
    headers["Content-Type"] = BOUNDARY if "harmon" in path else "application/json"
    assert client.post(path, content=BOMB, headers=headers).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        {"piece": "0" * 24, "word": "a\x00b"},
        {"piece": "0" * 24 + "\n", "stars": 3},
        {"piece": "0" * 24 + "\x00", "stars": 3},
        {"piece": "../" * 8, "stars": 3},
        {"piece": "' OR 1=1 --", "stars": 3},
        {"piece": "\uff10" * 24, "stars": 3},
        {"piece": {"$ne": ""}, "stars": 3},
        {"piece": ["0" * 24], "stars": 3},
        {"piece": "0" * 24, "stars": True},
        {"piece": "0" * 24, "stars": 10**90},
        {"piece": "0" * 24, "__class__": "x", "stars": 3},
    ],
)
def test_no_name_gets_further_than_names_do(client, body):
    assert client.post("/v1/ratings", json=body).status_code in (404, 422)


@pytest.mark.parametrize(
    "key", ["a" * 201, "", "\x7f" * 20, "a\tb", "é" * 10, "'; DROP TABLE ratings"]
)
def test_odd_keys_of_ratings(client, piece, key):
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = client.post("/v1/ratings", headers=headers, json={"piece": piece["id"], "stars": 3})
    assert answer.status_code == (201 if 0 < len(key) <= 200 else 422), answer.text
    client.delete("/v1/raters/me")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=https"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "1"},
        {"X-Original-URL": "/metrics", "X-Rewrite-URL": "/metrics"},
        {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Client-IP": "127.0.0.1"},
        {"X-Request-Id": "mine"},
        {"Range": "bytes=0-1"},
        {"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "x" * 500},
    ],
)
def test_a_header_that_nobody_trusts_changes_nothing(client, piece, headers):
    plain = client.get(f"/v1/compositions/{piece['id']}")
    told = client.get(f"/v1/compositions/{piece['id']}", headers=headers)
    assert (told.status_code, told.json()) == (plain.status_code, plain.json())
    names = set(plain.headers) - {"x-request-id"}
    assert {name: told.headers[name] for name in names} == {n: plain.headers[n] for n in names}
    assert re.fullmatch("[0-9a-f]{20}", told.headers["x-request-id"])


@pytest.mark.parametrize("prefer", ["a\x7fb", "x" * 5_000, "respond-async; evil"])
def test_what_was_sent_stands_in_no_header(client, prefer):
    answer = client.post("/v1/compositions", json={"bars": 0}, headers={"Prefer": prefer})
    assert answer.status_code == 422
    assert prefer not in str(answer.headers)


@pytest.mark.parametrize(
    ("kind", "origin"),
    [
        ("text/plain", "http://evil.example"),
        ("application/x-www-form-urlencoded", "http://evil.example"),
        ("multipart/form-data; boundary=b", "null"),
        ("application/json", "http://localhost.evil.example"),
        ("application/json", "http://evil.example#localhost"),
        ("application/json", "http://localhost@evil.example"),
        ("application/json", "http://127.0.0.1"),
        ("application/json", "file://"),
    ],
)
def test_a_form_on_a_strangers_page_does_nothing(client, kind, origin):
    """In local mode there is no key: a page that the same browser shows must not act with it."""
    headers = {"Content-Type": kind, "Origin": origin}
    for path in ("/v1/compositions", "/v1/harmonisations", "/v1/ratings"):
        answer = client.post(path, content=b'{"bars": 4}', headers=headers)
        assert answer.status_code == 403
    assert client.delete("/v1/raters/me", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localhost@evil.example", "",
     "evil.example:8765", "127.0.0.2", "0.0.0.0", "[::]", "localhost,evil.example",
     "localhost:80:80", "localhost/", "2130706433", "localhost.", "loc\u0430lhost".encode()],
)  # fmt: skip
def test_a_name_that_was_bent_to_this_computer_is_refused(client, host):
    """DNS rebinding: the browser is right about the address, but tells the stranger's name."""
    assert client.get("/v1/moods", headers={"Host": host}).status_code == 421
