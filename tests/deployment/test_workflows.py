"""The workflows of GitHub Actions: their schema, and what they may."""

from __future__ import annotations

import copy
import re

import pytest
import yaml

from .places import ROOT, WORKFLOWS, read, schema_faults

FILES = sorted(WORKFLOWS.glob("*.yaml"))
FLOWS = {file.stem: read(file) for file in FILES}


def faults(flow: dict) -> list[str]:
    triggers = flow[True]  # YAML 1.1 reads `on` as yes
    found = [] if flow.get("permissions") == {} else ["begins with rights"]
    found += [] if "concurrency" in flow else ["may run against itself"]
    found += ["runs strangers' code with our rights"] if "pull_request_target" in triggers else []
    found += ["uses a kept secret"] if "secrets." in yaml.safe_dump(flow) else []
    for name, job in flow["jobs"].items():
        found += [f"{name}: {fault}" for fault in job_faults(job)]
    return found


def job_faults(job: dict) -> list[str]:
    found = [] if "timeout-minutes" in job else ["may run for ever"]
    rights = job.get("permissions", "all")
    found += ["has every right"] if isinstance(rights, str) else []
    found += ["runs on whatever is newest"] if job["runs-on"].endswith("latest") else []
    for step in job["steps"]:
        used, run = step.get("uses"), step.get("run", "")
        if used and not re.search(r"@(v\d+(\.\d+)*|[0-9a-f]{40})$", used):
            found.append(f"{used} has no version")
        if used and used.startswith("actions/checkout@"):
            kept = step.get("with", {}).get("persist-credentials", True)
            found += ["leaves its token in the checkout"] if kept else []
        if re.search(r"\$\{\{\s*github\.(event|head_ref)", run):
            found.append("lets a stranger's text into a shell")
        if "pip install" in run and not re.search(r"--require-hashes|--no-deps --no-index", run):
            found.append("installs what nobody checked")
    return found


@pytest.mark.parametrize("name", FLOWS)
def test_a_workflow_is_safe(name):
    assert faults(FLOWS[name]) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda flow: flow.pop("permissions"), "begins with rights"),
        (lambda flow: flow.pop("concurrency"), "against itself"),
        (lambda flow: flow[True].update(pull_request_target=None), "strangers' code"),
        (lambda flow: flow["jobs"]["test"].pop("timeout-minutes"), "for ever"),
        (lambda flow: flow["jobs"]["test"].update(permissions="write-all"), "every right"),
        (lambda flow: flow["jobs"]["test"].update({"runs-on": "ubuntu-latest"}), "newest"),
        (lambda flow: flow["jobs"]["test"]["steps"].append({"uses": "a/b@main"}), "no version"),
        (lambda flow: flow["jobs"]["test"]["steps"][0].pop("with"), "leaves its token"),
        (
            lambda flow: flow["jobs"]["test"]["steps"].append(
                {"run": "echo ${{ github.event.pull_request.title }}"}
            ),
            "stranger's text",
        ),
        (
            lambda flow: flow["jobs"]["test"]["steps"].append({"run": "pip install x"}),
            "nobody checked",
        ),
        (
            lambda flow: flow["jobs"]["test"]["steps"].append(
                {"run": "x", "env": {"T": "${{ secrets.TOKEN }}"}}
            ),
            "kept secret",
        ),
    ],
)
def test_a_planted_fault_is_found(change, fault):
    flow = copy.deepcopy(FLOWS["ci"])
    change(flow)
    assert any(fault in each for each in faults(flow))


def test_the_schemas_are_kept_and_a_fault_found():
    for flow in FLOWS.values():
        assert schema_faults(flow, "vendor.github-workflows") == []
    proposals = read(ROOT / ".github" / "dependabot.yml")
    assert schema_faults(proposals, "vendor.dependabot") == []
    wrong = copy.deepcopy(FLOWS["ci"])
    wrong["jobs"]["test"]["timeout"] = 5
    assert schema_faults(wrong, "vendor.github-workflows")
    proposals["updates"][0]["schedule"]["interval"] = "now and then"
    assert "now and then" in schema_faults(proposals, "vendor.dependabot")[0]


def test_what_they_run_is_here():
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        for path in re.findall(r"(?:deployment/scripts|\.ci|locks)/[\w.]*\w", text):
            assert (ROOT / path).exists(), path
        for target in re.findall(r"run: make (\w+)", text):
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M), target
