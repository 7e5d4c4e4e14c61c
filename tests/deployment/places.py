"""Where things lie, and how the tools that check them are called."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOYMENT = ROOT / "deployment"
KUBERNETES = DEPLOYMENT / "kubernetes"
SCRIPTS = DEPLOYMENT / "scripts"
LOCKS = ROOT / "locks"
WORKFLOWS = ROOT / ".github" / "workflows"

#: A value that stands there, under a name that promises a secret.
SECRET_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|ACCESS_KEY|CREDENTIAL|API_KEY", re.I)
POINTS_TO_A_FILE = re.compile(r"(_FILE|__FILE)$", re.I)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tool(name: str) -> str:
    """Find a tool beside this Python, as the developers' environment has it."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed beside this Python")
    return found


def system_tool(name: str, package: str) -> str:
    """Find a program of the system."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return found


def ran(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; it must not wait for anybody."""
    usual: dict[str, Any] = {"timeout": 120, "stdin": subprocess.DEVNULL, "cwd": ROOT}
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, **(usual | options))


def is_literal_secret(name: str, value: object) -> bool:
    is_path = str(value).startswith(("/run/secrets/", "/secrets/"))
    named = SECRET_NAME.search(name) and not POINTS_TO_A_FILE.search(name)
    return bool(named and value and not is_path)


def schema_faults(value: Any, schema: str) -> list[str]:
    """Judge a file by a published schema, of those that check-jsonschema brings along."""
    from check_jsonschema.builtin_schemas import get_builtin_schema
    from jsonschema.validators import validator_for

    rules = get_builtin_schema(schema)
    plain = json.loads(json.dumps(value).replace('"true":', '"on":', 1))  # YAML reads `on` as yes
    found = validator_for(rules)(rules).iter_errors(plain)
    return [f"{error.json_path}: {error.message}" for error in found]


def tag_fault(image: str) -> str:
    """Say what is wrong with the version of an image."""
    name = image.partition("@")[0]
    tag = name.rpartition("/")[2].partition(":")[2]
    if "." in name.split("/")[0] and "/" in name:
        return f"{image}: names a registry"
    return "" if tag and tag != "latest" else f"{image}: needs a version"
