"""Who may do what: with keys, from where, how often."""

import re

import pytest
from fastapi.testclient import TestClient

from melodyai_edu.api.music_generation_api import create_app
from melodyai_edu.api.pieces import new_name

OPEN = {"/healthz", "/readyz"}
MADE = {"title": "t", "facts": {}, "provenance": None, "rated": None, "tokens": 0}
FILES = {"mid": b"MThd", "player": b"<p>"}


@pytest.fixture(scope="module")
def service(settings_of):
    with TestClient(create_app(settings_of(auth="keys")), base_url="http://music") as opened:
        yield opened


def key_of(client, *scopes):
    info, token = client.app.state.service.keys.create(
        "test", scopes or ("read", "compose", "rate")
    )
    return info, {"Authorization": f"Bearer {token}"}


def piece_of(client, owner):
    store = client.app.state.service.pieces
    piece = store.keep_files(new_name(), owner, "composition", {**MADE, "files": FILES})
    with client.app.state.service.database.writing() as connection:
        store.add(connection, piece)
    return piece


def routes(client):
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            yield method, re.sub(r"\{\w+\}", "0" * 24, path)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer mai_000000000000_" + "A" * 43},
        {"Authorization": "Basic bWU6bWU="},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer é".encode()},
    ],
)
def test_every_route_needs_a_key(header, service):
    service.app.state.service.limits._limiter.storage.reset()
    for method, path in routes(service):
        answer = service.request(method, path, headers=header)
        assert answer.status_code == (200 if path in OPEN else 401), (method, path)
        assert path in OPEN or answer.headers["www-authenticate"] == "Bearer"


def test_every_route_needs_its_scope(service):
    _, metrics_only = key_of(service, "metrics")
    _, read_only = key_of(service, "read")
    for method, path in routes(service):
        answer = service.request(method, path, headers=metrics_only)
        assert answer.status_code == (200 if path in {*OPEN, "/metrics"} else 403), (method, path)
        if method == "post" or "raters" in path:
            assert service.request(method, path, headers=read_only).status_code == 403


def test_what_a_key_may_not_do_is_counted_too(settings_of, tmp_path):
    audit = tmp_path / "audit.jsonl"
    settings = settings_of(auth="keys", rate_limit="10/minute", audit_file=audit)
    with TestClient(create_app(settings), base_url="http://music") as client:
        _, rate_only = key_of(client, "rate")
        codes = [client.get("/v1/genres", headers=rate_only).status_code for _ in range(30)]
    assert codes == [403] * 10 + [429] * 20
    assert audit.read_text().count("key_refused") == 10


def test_a_body_of_a_stranger_is_not_read(service):
    service.app.state.service.limits._limiter.storage.reset()
    answer = service.post("/v1/harmonisations", files={"melody": ("a.mid", b"x" * 20_000_000)})
    assert answer.status_code == 401


def test_a_piece_is_its_owners(service):
    (mine, my_key), (_, other_key) = key_of(service), key_of(service)
    piece = piece_of(service, mine.owner)
    home = f"/v1/compositions/{piece.id}"
    assert service.get(home, headers=my_key).status_code == 200
    for method, path in (
        ("get", home),
        ("get", f"{home}.mid"),
        ("get", f"{home}.wav"),
        ("get", f"{home}/stems.zip"),
        ("get", f"{home}/player"),
        ("delete", home),
    ):
        assert service.request(method, path, headers=other_key).status_code == 404, path
    answer = service.post(f"{home}/regenerate", headers=other_key, json={"bars": [1, 2]})
    assert answer.status_code == 404
    rating = {"piece": piece.id, "stars": 3}
    assert service.post("/v1/ratings", headers=other_key, json=rating).status_code == 404
    assert service.get("/v1/compositions", headers=other_key).json() == {"pieces": []}
    keys = service.app.state.service.keys
    _, token = keys.rotate(mine.id)
    assert service.get(home, headers=my_key).status_code == 401
    rotated = {"Authorization": f"Bearer {token}"}
    assert service.get(home, headers=rotated).status_code == 200
    keys.revoke(mine.id)
    assert service.get(home, headers=rotated).status_code == 401


def test_there_is_no_page_without_an_account(service):
    assert service.get("/").status_code == 404


def test_keys_are_counted_and_headers_do_not_help(settings_of):
    app = create_app(settings_of(auth="keys", rate_limit="3/minute", compose_limit="1/minute"))
    client = TestClient(app)  # its workers are not needed
    (_, first), (_, second) = key_of(client), key_of(client)
    spoofed = ({**first, "X-Forwarded-For": f"10.0.0.{number}"} for number in range(9))
    answers = [client.get("/v1/moods", headers=next(spoofed)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 61
    assert client.get("/v1/moods", headers=second).status_code == 200
    posted = [client.post("/v1/compositions", headers=second, json={"bars": 0}) for _ in range(2)]
    assert [answer.status_code for answer in posted] == [422, 429]
    wrong = [client.get("/v1/moods", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(31)]
    assert wrong[0].status_code == 401
    assert wrong[-1].status_code == 429
    app.state.service.close()


def test_a_key_may_have_so_many_pieces(settings_of):
    app = create_app(settings_of(auth="keys", pieces_per_key=2))
    client = TestClient(app)
    info, header = key_of(client)
    for _ in range(2):
        piece_of(client, info.owner)
    answer = client.post("/v1/compositions", headers=header, json={"bars": 4})
    assert answer.status_code == 422
    assert "2 pieces, the limit" in answer.json()["message"]
    app.state.service.close()


def test_counting_that_breaks_lets_requests_pass(settings_of, monkeypatch):
    app = create_app(settings_of())
    limiter = app.state.service.limits._limiter

    def broken(*_):
        raise ConnectionError

    monkeypatch.setattr(limiter, "hit", broken)
    client = TestClient(app, base_url="http://localhost")
    assert client.get("/v1/moods").status_code == 200
    app.state.service.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1:8765"}, 200),
        ({"Host": "[::1]:8765"}, 200),
        ({"Host": ""}, 421),
    ],
)
def test_the_local_service_answers_to_its_names_only(client, headers, status):
    assert client.get("/v1/moods", headers=headers).status_code == status


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://[", "http://localhost:1"]
)
def test_a_page_from_elsewhere_may_not_call(client, origin):
    headers = {"Origin": origin}
    answer = client.post("/v1/ratings", headers=headers, json={})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    asked = {**headers, "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/ratings", headers=asked).status_code == 405


def test_a_page_that_was_named_may_call(settings_of):
    origin = "https://music.example"
    app = create_app(settings_of(auth="keys", cors_origins=origin))
    client = TestClient(app)
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = client.options("/v1/ratings", headers=asked)
    assert answer.headers["access-control-allow-origin"] == origin
    other = client.get("/healthz", headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers
    app.state.service.close()


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/v1/moods", "/nothing", "/v1/compositions/x.mid"]
)
def test_every_answer_has_the_headers(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    is_list = path in ("/openapi.json", "/v1/moods")
    assert headers["cache-control"] == ("private, no-cache" if is_list else "no-store")
    assert "server" not in headers


def test_a_mistake_of_ours_says_nothing_of_the_inside(client, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(client.app.state.service.pieces, "list", broken)
    answer = client.get("/v1/compositions")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["message"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" in caplog.text


def test_requests_are_counted_by_route(client, piece):
    client.get(piece["links"]["mid"])
    client.get("/nowhere/secret")
    text = client.get("/metrics").text
    assert 'route="/v1/compositions/{piece_id}.mid",status="200"' in text
    assert 'route="other",status="404"' in text
    assert piece["id"] not in text
    for name in ("queue_length", "generation_seconds_count", "tokens_total", "ratings_total"):
        assert f"melodyai_{name}" in text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, b'{"bars": 4}', 415),
        ({}, b'{"bars": 4}', 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"\x1f\x8b", 415),
        ({"Content-Type": "application/json"}, b'{"bars": NaN}', 400),
        ({"Content-Type": "application/json"}, b"[" * 1000, 400),
        ({"Content-Type": "application/json"}, b'{"seed": ' + b"1" * 5000 + b"}", 400),
        ({"Content-Type": "application/json"}, b" " * 64_001, 413),
    ],
)
def test_body_tricks(client, headers, body, status):
    answer = client.post("/v1/compositions", headers=headers, content=body)
    assert answer.status_code == status, answer.text


def test_a_body_without_a_length_is_counted_too(client):
    headers = {"Content-Type": "application/json"}
    pieces = (b" " * 1000 for _ in range(100))
    assert client.post("/v1/compositions", headers=headers, content=pieces).status_code == 413


def test_many_parts_of_a_form_are_refused(client):
    files = [("melody", ("a.mid", b"x"))] * 3
    assert client.post("/v1/harmonisations", files=files).status_code == 400
    fields = {f"f{number}": "x" for number in range(20)}
    answer = client.post("/v1/harmonisations", files=files[:1], data=fields)
    assert answer.status_code == 400
    answer = client.post("/v1/harmonisations", files=files[:1], data={"style": "x" * 20_000})
    assert answer.status_code == 400
    headers = {"Content-Type": "multipart/form-data"}
    assert client.post("/v1/harmonisations", headers=headers, content=b"x").status_code == 400
