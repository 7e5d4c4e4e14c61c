"""compose.yaml: its schema, and that no service is more than it must be."""

from __future__ import annotations

import copy
import re
import shutil

import pytest

from .places import DEPLOYMENT, ROOT, is_literal_secret, ran, read, schema_faults, tag_fault

FILE = DEPLOYMENT / "compose.yaml"
COMPOSE = read(FILE)
ROLES = {"api", "redis", "database", "store", "prometheus", "grafana"}
OPEN = {"api", "grafana"}  # have a port on this computer
ROOT_BY_NEED = {"store", "store-setup"}  # see the remark in the file


def faults(compose: dict) -> list[str]:
    found = []
    for name, service in compose["services"].items():
        found += [f"{name}: {fault}" for fault in _faults(name, service) if fault]
    if not compose["networks"]["inside"].get("internal"):
        found.append("the network inside is open to the world")
    for name, secret in compose["secrets"].items():
        if set(secret) != {"file"} or not secret["file"].startswith("secrets/"):
            found.append(f"secret {name} must be a file that configure.sh makes")
    return found


def _faults(name: str, service: dict) -> list[str]:
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    published = [str(port) for port in service.get("ports", [])]
    image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", service["image"])
    return [
        tag_fault(image),
        *(
            text
            for is_wrong, text in (
                (not service.get("read_only"), "can write into its own system"),
                (service.get("cap_drop") != ["ALL"] or "cap_add" in service, "has capabilities"),
                ("no-new-privileges:true" not in service.get("security_opt", []), "may rise"),
                (service.get("privileged"), "is privileged"),
                ({"cpus", "memory", "pids"} - set(limits), "has no limits"),
                ("healthcheck" not in service, "is never asked how it is"),
                (name not in ROOT_BY_NEED and not _is_number(service), "may be root"),
                (published and name not in OPEN, "has a port"),
                (not all(p.startswith("127.0.0.1:") for p in published), "is open to all"),
                (name not in OPEN and service.get("networks") != ["inside"], "sees the world"),
                ("logging" not in service, "may fill the disk with its log"),
                (any(str(v).startswith("/var/run/docker") for v in _volumes(service)), "socket"),
            )
            if is_wrong
        ),
        *(
            f"{key} is a secret that stands there"
            for key, value in service.get("environment", {}).items()
            if is_literal_secret(key, value)
        ),
    ]


def _is_number(service: dict) -> bool:
    return bool(re.fullmatch(r"[1-9]\d*:\d+", str(service.get("user", ""))))


def _volumes(service: dict) -> list[str]:
    return [str(volume) for volume in service.get("volumes", [])]


def test_the_file_is_safe():
    assert faults(COMPOSE) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("services", "database", "image"), "postgres:latest", "needs a version"),
        (("services", "api", "image"), "melodyai", "needs a version"),
        (("services", "api", "read_only"), False, "can write into its own system"),
        (("services", "redis", "cap_drop"), [], "has capabilities"),
        (("services", "store", "cap_add"), ["CHOWN"], "has capabilities"),
        (("services", "api", "security_opt"), [], "may rise"),
        (("services", "api", "privileged"), True, "is privileged"),
        (("services", "grafana", "deploy"), {}, "has no limits"),
        (("services", "api", "user"), "root", "may be root"),
        (("services", "database", "ports"), ["5432:5432"], "has a port"),
        (("services", "api", "ports"), ["8765:8765"], "is open to all"),
        (("services", "store", "networks"), ["inside", "outside"], "sees the world"),
        (("services", "api", "logging"), None, "fill the disk"),
        (("services", "api", "healthcheck"), None, "never asked"),
        (("services", "api", "volumes"), ["/var/run/docker.sock:/s"], "socket"),
        (
            ("services", "database", "environment"),
            {"POSTGRES_PASSWORD": "postgres"},
            "POSTGRES_PASSWORD is a secret that stands there",
        ),
        (("networks", "inside"), {}, "open to the world"),
        (("secrets", "settings"), {"environment": "SETTINGS"}, "must be a file"),
    ],
)
def test_a_planted_fault_is_found(path, value, fault):
    changed = copy.deepcopy(COMPOSE)
    place = changed
    for word in path[:-1]:
        place = place[word]
    place[path[-1]] = value
    if value is None:
        del place[path[-1]]
    assert any(fault in each for each in faults(changed))


def test_it_has_everything_that_was_promised():
    assert set(COMPOSE["services"]) >= ROLES
    needs = COMPOSE["services"]["api"]["depends_on"]
    assert needs["database"]["condition"] == needs["redis"]["condition"] == "service_healthy"
    environment = COMPOSE["services"]["api"]["environment"]
    assert environment["MELODYAI_AUTH"] == "keys"
    assert environment["MELODYAI_HOST"] == "0.0.0.0"
    assert "MELODYAI_RATINGS_FILE" not in environment  # ratings lie in the database


def test_what_is_mounted_from_here_is_here():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            known = source in COMPOSE["volumes"] or (DEPLOYMENT / source).exists()
            assert known, volume
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_the_schema_is_kept_and_a_fault_found():
    assert schema_faults(COMPOSE, "vendor.compose-spec") == []
    wrong = copy.deepcopy(COMPOSE)
    wrong["services"]["api"]["prots"] = ["80:80"]
    assert "prots" in schema_faults(wrong, "vendor.compose-spec")[0]


def test_docker_reads_it_where_it_can(tmp_path):
    """`docker compose config` needs no daemon, but its plugin."""
    if shutil.which("docker") is None or ran("docker", "compose", "version").returncode:
        pytest.skip("Docker's compose plugin is not installed")
    done = ran("docker", "compose", "--file", FILE, "config", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_git_and_the_image_never_see_the_secrets():
    assert ran("git", "check-ignore", DEPLOYMENT / "secrets" / "settings.toml").returncode == 0
    assert ran("git", "ls-files", DEPLOYMENT / "secrets", cwd=ROOT).stdout == ""
