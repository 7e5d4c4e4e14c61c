"""The scripts: shellcheck, help, dry runs, and secrets."""

from __future__ import annotations

import os
import re
import stat
import tomllib

import pytest

from .places import DEPLOYMENT, SCRIPTS, ran, tool
from .pretended import Pretended

ALL = sorted(SCRIPTS.glob("*.sh"))
RUN = [script for script in ALL if script.name != "common.sh"]
WITH_TARGET = ("provision", "configure", "deploy", "rollback")


def script(name: str, *words: object, **more: str):
    environment = {**os.environ, **more}
    return ran(SCRIPTS / f"{name}.sh", *words, env=environment)


def test_shellcheck_has_nothing_to_say():
    done = ran(tool("shellcheck"), "-x", *ALL, DEPLOYMENT / "store" / "setup.sh")
    assert (done.returncode, done.stdout) == (0, "")


def test_shellcheck_finds_a_fault(tmp_path):
    (tmp_path / "bad.sh").write_text("#!/bin/bash\nrm -rf $1/*\n", encoding="utf-8")
    done = ran(tool("shellcheck"), tmp_path / "bad.sh")
    assert done.returncode != 0
    assert "SC2086" in done.stdout


@pytest.mark.parametrize("file", RUN, ids=lambda file: file.stem)
def test_a_script_is_strict_and_helps(file):
    text = file.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert file.stat().st_mode & stat.S_IXUSR
    done = ran(file, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 2
    assert "--dry-run" in done.stdout
    assert ran(file, "--nonsense").returncode == 2


@pytest.mark.parametrize("target", ["compose", "kubernetes"])
@pytest.mark.parametrize("name", WITH_TARGET)
def test_a_dry_run_only_says(name, target, tmp_path):
    more = ["--to", "3"] if name == "rollback" else []
    nowhere = str(tmp_path / "secrets")
    done = script(name, target, "--dry-run", *more, MELODYAI_SECRETS=nowhere, PATH="/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    tool_name = "docker" if target == "compose" else "kubectl"
    assert tool_name in done.stdout + done.stderr or "would make" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", WITH_TARGET)
def test_a_wrong_target_is_refused(name):
    done = script(name, "moon", "--dry-run")
    assert done.returncode == 2
    assert "compose or kubernetes" in done.stderr


@pytest.mark.parametrize("version", ["latest", "a b", "", "-x", "x" * 200])
def test_only_the_tag_of_one_build_is_deployed(version):
    done = script("deploy", "compose", "--dry-run", "--version", version)
    assert done.returncode != 0


@pytest.fixture
def secrets(tmp_path):
    folder = tmp_path / "secrets"
    done = script("configure", "compose", "--dry-run", MELODYAI_SECRETS=str(folder))
    assert done.returncode == 0
    assert not folder.exists()
    path = Pretended(tmp_path).path
    done = script("configure", "compose", MELODYAI_SECRETS=str(folder), PATH=path)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


def test_passwords_are_random_and_shown_to_nobody(secrets, tmp_path):
    folder, said = secrets
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    passwords = [text for name, text in texts.items() if name.endswith("_password")]
    assert len(set(passwords)) == len(passwords) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", text) for text in passwords)
    assert not any(text in said for text in passwords)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    settings = tomllib.loads(texts["settings.toml"])
    assert f"melodyai:{texts['database_password']}@database:5432" in settings["database"]
    assert f":{texts['redis_password']}@redis:6379" in settings["limit_storage"]
    assert f"requirepass {texts['redis_password']}\n" in texts["redis.conf"]
    assert f"= {texts['store_password']}\n" in texts["store_credentials"]


def test_what_compose_reads_is_what_was_made(secrets):
    from .places import read

    named = {s["file"] for s in read(DEPLOYMENT / "compose.yaml")["secrets"].values()}
    assert named == {f"secrets/{file.name}" for file in secrets[0].iterdir()}


def test_a_second_time_changes_nothing(secrets, tmp_path):
    folder, _ = secrets
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    (folder / "grafana_password").unlink()
    script("configure", "compose", MELODYAI_SECRETS=str(folder), PATH=Pretended(tmp_path).path)
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"grafana_password"}
