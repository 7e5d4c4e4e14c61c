"""The image: what hadolint says, and what no linter knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .places import DEPLOYMENT, ROOT, is_literal_secret, ran, tag_fault, tool

FILE = DEPLOYMENT / "Dockerfile"
TEXT = FILE.read_text(encoding="utf-8")


def instructions(text: str) -> list[tuple[str, str]]:
    """Give each instruction with its words, lines put together and remarks left out."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = (line.split(None, 1) for line in joined.splitlines() if line.strip())
    return [(words[0].upper(), words[1] if len(words) > 1 else "") for words in found]


def faults(text: str) -> list[str]:
    """Say what is unsafe about an image."""
    found = []
    parts = instructions(text)
    of = {name: [words for n, words in parts if n == name] for name, _ in parts}
    bases = dict(words.split("=", 1) for words in of.get("ARG", []) if "=" in words)
    for words in of["FROM"]:
        base = re.sub(r"\$\{(\w+)\}", lambda m: bases.get(m[1], m[0]), words.split()[0])
        found.append(tag_fault(base))
    users = of.get("USER", ["root"])
    if not re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]):
        found.append(f"USER {users[-1]}: must be a number, and not root's")
    for name in ("ENV", "ARG"):
        for key, value in re.findall(r"(\w+)=(\S+)", " ".join(of.get(name, []))):
            if is_literal_secret(key, value):
                found.append(f"{name} {key}: a secret in the image")
    for words in of.get("RUN", []):
        for command in re.split(r"&&|;", words):
            if "pip install" in command and not re.search(
                r"--require-hashes|--no-deps --no-index", command
            ):
                found.append(f"{command.strip()}: takes what nobody checked")
    found += [f"ADD {words}: use COPY" for words in of.get("ADD", [])]
    found += [f"COPY {w}: copies everything" for w in of.get("COPY", []) if w.split()[0] == "."]
    found += [] if "HEALTHCHECK" in of else ["no HEALTHCHECK"]
    found += [] if len(of["FROM"]) > 1 else ["builds in the image that runs"]
    return [fault for fault in found if fault]


def test_the_image_is_safe():
    assert faults(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("python:3.11-slim-bookworm", "python:latest", "needs a version"),
        ("python:3.11-slim-bookworm", "python", "needs a version"),
        ("python:3.11-slim-bookworm", "registry.example.org/python:3.11", "names a registry"),
        ("USER 10001:10001", "USER root", "not root's"),
        ("USER 10001:10001", "USER melodyai", "must be a number"),
        ("USER 10001:10001", "", "not root's"),
        ("MELODYAI_AUTH=keys", "MELODYAI_AUTH=keys STORE_PASSWORD=letmein", "secret in the image"),
        ("--require-hashes --only-binary :all: ", "", "nobody checked"),
        ("HEALTHCHECK", "LABEL", "no HEALTHCHECK"),
        ("COPY datasets datasets", "COPY . .", "copies everything"),
        ("COPY datasets", "ADD datasets", "use COPY"),
    ],
)
def test_a_planted_fault_is_found(old, new, fault):
    assert old in TEXT
    assert any(fault in each for each in faults(TEXT.replace(old, new)))


def test_hadolint_has_nothing_to_say():
    done = ran(tool("hadolint"), FILE)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("FROM python\n", "DL3006"),
        ("FROM python:3.11\nRUN apt-get update && apt-get install -y fluidsynth\n", "DL3008"),
        ("FROM python:3.11\nRUN cd /tmp && echo $undefined | grep x\n", "DL3003|DL4006"),
    ],
)
def test_hadolint_finds_faults(tmp_path, line, rule):
    (tmp_path / "Dockerfile").write_text(line, encoding="utf-8")
    done = ran(tool("hadolint"), tmp_path / "Dockerfile")
    assert done.returncode != 0
    assert re.search(rule, done.stdout)


def test_the_build_sees_what_it_copies_and_nothing_else():
    """The list of what is let through begins with nothing at all."""
    lines = (DEPLOYMENT / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_through = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = set()
    for name, words in instructions(TEXT):
        if name == "COPY" and "--from" not in words:
            copied |= {word for word in words.split()[:-1] if not word.startswith("--")}
    for path in copied:
        assert (ROOT / path).exists(), path
        assert any(path == one or path.startswith(f"{one}/") for one in let_through), path
    assert {path.split("/")[0] for path in copied} == {path.split("/")[0] for path in let_through}


def test_it_is_of_the_python_that_the_tests_run_on():
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11"' in metadata
    assert "ARG BASE=python:3.11-" in TEXT
    assert "lib/python3.11/" in TEXT


def test_its_soundfont_is_where_it_is_looked_for():
    from melodyai_edu.render import synthesis

    assert "fluidr3mono-gm-soundfont" in TEXT
    source = Path(synthesis.__file__).read_text(encoding="utf-8")
    assert "/usr/share/sounds/sf3/FluidR3Mono_GM.sf3" in source
