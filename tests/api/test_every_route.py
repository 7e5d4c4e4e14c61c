"""Every route, as the description lists them: a new one fails until it is said what it is for."""

import re

import jsonschema
import pytest
from fastapi.testclient import TestClient

from melodyai_edu.api.music_generation_api import create_app
from melodyai_edu.api.pieces import new_name
from melodyai_edu.api.settings import Settings

OPEN = {"get_health", "get_readiness"}

#: What each operation is for; the one list that is written by hand.
SCOPES = {
    "compose": "compose",
    "regenerate": "compose",
    "harmonise": "compose",
    "delete_piece": "compose",
    "cancel_job": "compose",
    "rate": "rate",
    "get_my_ratings": "rate",
    "erase_my_ratings": "rate",
    "get_metrics": "metrics",
    **dict.fromkeys(
        [
            "list_pieces", "get_piece", "get_piece_mid", "get_piece_musicxml", "get_piece_wav",
            "get_piece_svg", "get_piece_stems", "get_piece_player", "get_job",
            "list_genres", "list_moods", "list_rules", "list_models",
        ],
        "read",
    ),
}  # fmt: skip
MUSIC = {"compose", "regenerate", "harmonise"}
MADE = {"title": "t", "facts": {}, "provenance": None, "rated": None, "tokens": 0}
FILES = {kind: b"x" for kind in ("mid", "musicxml", "wav", "svg", "stems", "player")}


def description(tmp_path_factory):
    settings = Settings(auth="keys", data_folder=tmp_path_factory.mktemp("described"))
    app = create_app(settings)
    app.state.service.close()
    return app.openapi()


@pytest.fixture(scope="session")
def schema(own_home, tmp_path_factory):
    return description(tmp_path_factory)


def operations(schema):
    """Give the name, the method, the path and the description of every operation."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method, path, operation


@pytest.fixture
def service(settings_of):
    """With keys, without workers: no piece is made here."""
    made = []

    def make(**given):
        app = create_app(settings_of(auth="keys", **{"answer_seconds": 0.1, **given}))
        made.append(app)
        return TestClient(app, base_url="http://music")

    yield make
    for app in made:
        app.state.service.close()


def key_of(client, *scopes):
    info, token = client.app.state.service.keys.create("test", scopes)
    return info, {"Authorization": f"Bearer {token}"}


def call(client, method, path, name="0" * 24, **more):
    return client.request(method, re.sub(r"\{\w+\}", name, path), **more)


def right_body(name, piece):
    """Give a body that would be taken from who may send it."""
    return {
        "compose": {"json": {"bars": 0}},
        "regenerate": {"json": {"bars": [1, 1]}},
        "harmonise": {"files": {"melody": ("a.mid", b"MThd")}},
        "rate": {"json": {"piece": piece, "stars": 3}},
    }.get(name, {})


def forget_wrong_keys(client):
    client.app.state.service.limits._limiter.storage.reset()


def test_every_route_is_known(schema):
    assert {name for name, *_ in operations(schema)} == {*OPEN, *SCOPES}


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer mai_000000000000_" + "A" * 43},
        {"Authorization": "bearer"},
        {"Authorization": "Basic bWU6bWU="},
        {"Authorization": b"Bearer \xe9"},
        {"Authorization": "Bearer " + "a" * 10_000},
        {"X-Api-Key": "mai_000000000000_" + "A" * 43, "Cookie": "key=mai"},
    ],
)
def test_401_without_a_key(service, schema, header):
    client = service()
    for name, method, path, _ in operations(schema):
        forget_wrong_keys(client)
        answer = call(client, method, path, headers=header, **right_body(name, "0" * 24))
        if name in OPEN:
            assert answer.status_code in (200, 503), name
            continue
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"] == "unauthorized"


def test_403_with_a_key_for_something_else(service, schema):
    client = service()
    keys = {s: key_of(client, *({"read", "compose", "rate", "metrics"} - {s}))[1]
            for s in ("read", "compose", "rate", "metrics")}  # fmt: skip
    for name, method, path, _ in operations(schema):
        if name in SCOPES:
            header = keys[SCOPES[name]]
            answer = call(client, method, path, headers=header, **right_body(name, "0" * 24))
            assert answer.status_code == 403, name
            assert f"this key may not {SCOPES[name]}" in answer.json()["message"]


def test_401_with_a_key_that_was_revoked(service, schema):
    client = service()
    info, header = key_of(client, "read", "compose", "rate", "metrics")
    client.app.state.service.keys.revoke(info.id)
    for name, method, path, _ in operations(schema):
        if name in SCOPES:
            forget_wrong_keys(client)
            assert call(client, method, path, headers=header).status_code == 401, name


def test_404_for_what_is_somebody_elses(service, schema):
    """Each route with a name in it: to a stranger it is as if it were not there at all."""
    client = service()
    (mine, _), (_, stranger) = (key_of(client, "read", "compose", "rate") for _ in range(2))
    piece = piece_of(client, mine.owner)
    job = job_of(client, mine.owner)
    for name, method, path, _ in operations(schema):
        if "{" in path or name == "rate":
            there = job if "job_id" in path else piece
            body = right_body(name, there)
            answer = call(client, method, path, there, headers=stranger, **body)
            missing = call(
                client, method, path, "f" * 24, headers=stranger, **right_body(name, "f" * 24)
            )
            assert (answer.status_code, answer.json()) == (404, missing.json()), name
    for name, method, path in (
        ("list", "get", "/v1/compositions"),
        ("mine", "get", "/v1/raters/me"),
    ):
        found = call(client, method, path, headers=stranger).json()
        assert found.get("pieces", found.get("ratings")) == [], name


def piece_of(client, owner):
    """Keep a piece that was never composed."""
    service = client.app.state.service
    made = {**MADE, "files": FILES}
    piece = service.pieces.keep_files(new_name(), owner, "composition", made)
    with service.database.writing() as connection:
        service.pieces.add(connection, piece)
    return piece.id


def job_of(client, owner):
    """Put a job into a line where nobody works."""
    payload = {"piece": new_name(), "request": {}}
    return client.app.state.service.jobs.submit(owner, "compose", payload).id


def test_413_where_a_body_is_read(service, schema):
    client = service(json_bytes=1_000, upload_bytes=2_000)
    _, header = key_of(client, "read", "compose", "rate")
    piece = piece_of(client, header_owner(client, header))
    for name, method, path, operation in operations(schema):
        if "requestBody" not in operation:
            continue
        kind = next(iter(operation["requestBody"]["content"]))
        sent = {**header, "Content-Type": f"{kind}; boundary=a" if "form" in kind else kind}
        for body in (b" " * 3_000, iter([b" " * 1_500] * 2)):  # with a length, and without
            answer = call(client, method, path, piece, headers=sent, content=body)
            assert answer.status_code == 413, name


def header_owner(client, header):
    return client.app.state.service.keys.find(header["Authorization"].split()[1]).owner


@pytest.mark.parametrize(
    "sent",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "text/json, application/json"},
        {"Content-Type": "multipart/mixed; boundary=a"},
        {"Content-Type": "RIGHT", "Content-Encoding": "gzip"},
        {"Content-Type": "RIGHT", "Content-Encoding": "identity, br"},
        {},
    ],
)
def test_415_where_a_body_is_of_another_kind(service, schema, sent):
    client = service()
    _, header = key_of(client, "read", "compose", "rate")
    piece = piece_of(client, header_owner(client, header))
    for name, method, path, operation in operations(schema):
        if "requestBody" not in operation:
            continue
        kind = next(iter(operation["requestBody"]["content"]))
        headers = {**header, **sent}
        if sent.get("Content-Type") == "RIGHT":
            headers["Content-Type"] = kind
        answer = call(client, method, path, piece, headers=headers, content=b"{}")
        assert answer.status_code == 415, name


def test_429_on_every_route_that_needs_a_key(service, schema):
    client = service(rate_limit="1/hour")
    for name, method, path, _ in operations(schema):
        if name in OPEN:
            continue
        _, header = key_of(client, SCOPES[name])
        spoofed = {**header, "X-Forwarded-For": "10.0.0.1", "X-Real-IP": "10.0.0.1"}
        first = call(client, method, path, headers=header, **right_body(name, "0" * 24))
        assert first.status_code != 429, name
        second = call(client, method, path, headers=spoofed, **right_body(name, "0" * 24))
        assert second.status_code == 429, name
        assert 1 <= int(second.headers["retry-after"]) <= 3_601


def test_429_where_music_is_made(service, schema):
    client = service(compose_limit="1/hour")
    for name, method, path, _ in operations(schema):
        _, header = key_of(client, "read", "compose", "rate", "metrics")
        statuses = [call(client, method, path, headers=header).status_code for _ in range(2)]
        assert (statuses[1] == 429) == (name in MUSIC), name


def test_open_routes_say_nothing(service, schema):
    client = service()
    for name, method, path, _ in operations(schema):
        if name in OPEN:
            answer = call(client, method, path)
            assert set(answer.json()) <= {"status", "error", "message"}
    assert client.get("/openapi.json").status_code == client.get("/docs").status_code == 200


def test_every_answer_is_described_with_an_example(schema):
    assert not {"HTTPValidationError", "ValidationError"} & set(schema["components"]["schemas"])
    for name, _, path, operation in operations(schema):
        answers = operation["responses"]
        good = {status for status in answers if status < "300"}
        assert len(good) == 1 or (name in MUSIC and good == {"201", "202"})
        if name in SCOPES:
            assert {"401", "403", "429", "503"} <= set(answers), name
            assert operation["security"] == [{"key": []}]
        if "{" in path:
            assert "404" in answers
        if "requestBody" in operation:
            assert {"400", "408", "413", "415", "422"} <= set(answers), name
            content = operation["requestBody"]["content"]
            assert all("example" in each or "form" in kind for kind, each in content.items())
        for status, answer in answers.items():
            check_answer(schema, name, status, answer)


def check_answer(schema, name, status, answer):
    """Hold an example to its schema."""
    if status in ("204", "304"):
        assert "content" not in answer
        return
    (kind, content), *more = answer["content"].items()
    assert not more
    if kind != "application/json":
        return
    whole = {**content["schema"], "components": schema["components"]}
    jsonschema.Draft202012Validator(whole).validate(content["example"])
    if status >= "400":
        assert content["schema"]["$ref"].endswith("/Error"), (name, status)
    if status in ("429", "503"):
        assert "Retry-After" in answer["headers"]


def test_the_methods_of_an_address_are_told(service, schema):
    client = service()
    for path, methods in schema["paths"].items():
        answer = call(client, "PATCH", path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == ", ".join(sorted(method.upper() for method in methods))
        assert answer.json()["error"] == "method_not_allowed"


def test_a_list_is_not_sent_twice(service):
    client = service()
    _, header = key_of(client, "read")
    for name in ("genres", "moods", "rules", "models"):
        first = client.get(f"/v1/{name}", headers=header)
        tag = first.headers["etag"]
        again = client.get(f"/v1/{name}", headers={**header, "If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        other = client.get(f"/v1/{name}", headers={**header, "If-None-Match": '"other"'})
        assert other.json() == first.json()
        assert client.get(f"/v1/{name}", headers={"If-None-Match": tag}).status_code == 401
