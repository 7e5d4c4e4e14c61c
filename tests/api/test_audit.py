import json
import logging

import pytest

from melodyai_edu.api.audit import Audit
from melodyai_edu.cli import main
from melodyai_edu.errors import OutputError


def events(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_keys_are_written_down_without_their_secret(tmp_path, monkeypatch, capsys):
    file = tmp_path / "audit.jsonl"
    monkeypatch.setenv("MELODYAI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("MELODYAI_AUDIT_FILE", str(file))
    assert main(["keys", "create", "class 3b"]) == 0
    token = capsys.readouterr().out.strip()
    key = token.split("_")[1]
    assert main(["keys", "rotate", key]) == 0
    assert main(["keys", "revoke", key]) == 0
    found = events(file)
    assert [each["event"] for each in found] == ["key_created", "key_rotated", "key_revoked"]
    assert {each["key"] for each in found} == {key}
    assert token.split("_", 2)[2] not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0


def test_the_service_writes_down_what_it_deletes_and_refuses(tmp_path, settings_of):
    from fastapi.testclient import TestClient

    from melodyai_edu.api.music_generation_api import create_app

    file = tmp_path / "audit.jsonl"
    app = create_app(settings_of(auth="keys", audit_file=file, workers=1))
    info, token = app.state.service.keys.create("me", ["read", "rate"])
    header = {"Authorization": f"Bearer {token}"}
    with TestClient(app, base_url="http://localhost", headers=header) as client:
        assert client.delete("/v1/compositions/" + "0" * 24).status_code == 403
        assert client.get("/v1/raters/me").status_code == 200
        assert client.delete("/v1/raters/me").status_code == 200
    assert [each["event"] for each in events(file)] == [
        "service_started", "key_refused", "ratings_exported", "ratings_erased", "service_stopped",
    ]  # fmt: skip
    assert {each["key"] for each in events(file) if "key" in each} == {info.id}


def test_without_a_file_it_goes_into_the_log(caplog):
    with caplog.at_level(logging.INFO, "melodyai.audit"):
        Audit().write("ratings_erased", owner="owner-1")
    assert caplog.records[0].fields == {"event": "ratings_erased", "owner": "owner-1"}


def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path):
    with pytest.raises(OutputError, match=r"audit_file=.* cannot be written"):
        Audit(tmp_path / "none" / "audit.jsonl")
