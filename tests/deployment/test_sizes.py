"""Room for the longest sound: what workers write to /tmp and hold, and what they are given.

A sound is two channels of four bytes, as fluidsynth writes it into the folder for temporary files.
Making one took 2.0 (WAV) to 2.3 times (stems) as much memory when it was measured, with the
numbers that numpy holds at once; three times is counted.
"""

from __future__ import annotations

import copy
import inspect
import re

from melodyai_edu.api import work
from melodyai_edu.render.audio import TAIL_SECONDS, render_audio

from .places import DEPLOYMENT, KUBERNETES, read

COMPOSE = read(DEPLOYMENT / "compose.yaml")
POD = read(KUBERNETES / "deployment.yaml")
ENVIRONMENT = (KUBERNETES / "settings.env").read_text(encoding="utf-8")
UNITS = {"k": 10, "ki": 10, "m": 20, "mi": 20, "g": 30, "gi": 30}
COPIES = 3
NETWORK = 1_075_000_000  # a worker with a network and its first pieces, as docs/scale.md has it
SERVICE = 250 << 20  # with PostgreSQL and the object store; 103 MB were measured without
LEFT = 1  # sounds in /tmp that nobody deletes: of a process that was killed


def bytes_of(text: str) -> int:
    """Read a size as Docker and Kubernetes write it; Docker's units are powers of two."""
    number, unit = re.fullmatch(r"(\d+)([a-zA-Z]*)", text).groups()
    return int(number) << UNITS[unit.lower()]


def sound() -> int:
    """Give the bytes of the longest sound, with what rings out at the synthesizer's own will."""
    sr = inspect.signature(render_audio).parameters["sr"].default
    return int((work._LONGEST_SOUND + 4 * TAIL_SECONDS) * sr * 2 * 4)


def compose_faults(compose: dict) -> list[str]:
    api = compose["services"]["api"]
    workers = int(api["environment"]["MELODYAI_WORKERS"])
    sizes = [re.match(r"/tmp:size=(\w+)", each) for each in api["tmpfs"]]
    folder = next(bytes_of(size[1]) for size in sizes if size)
    memory = bytes_of(api["deploy"]["resources"]["limits"]["memory"])
    needed = SERVICE + workers * (NETWORK + COPIES * sound()) + folder  # a tmpfs is memory
    return folder_faults(folder, workers) + memory_faults(memory, needed)


def pod_faults(deployment: dict, settings: str) -> list[str]:
    pod = deployment["spec"]["template"]["spec"]
    workers = int(re.search(r"^MELODYAI_WORKERS=(\d+)$", settings, re.M)[1])
    sizes = {v["name"]: bytes_of(v["emptyDir"]["sizeLimit"])
             for v in pod["volumes"] if "emptyDir" in v}  # fmt: skip
    resources = pod["containers"][0]["resources"]
    limits, requests = resources["limits"], resources["requests"]
    always = SERVICE + workers * NETWORK
    found = folder_faults(sizes["tmp"], workers)
    found += memory_faults(bytes_of(limits["memory"]), always + workers * COPIES * sound())
    if bytes_of(requests["memory"]) < always:
        found.append(f"asks for less memory than the {always:,} bytes that it always has")
    if bytes_of(limits["ephemeral-storage"]) < sum(sizes.values()):
        found.append("may not fill its own folders")
    return found


def folder_faults(size: int, workers: int) -> list[str]:
    needed = (workers + LEFT) * sound()
    return [f"/tmp: {size:,} bytes, {needed:,} needed"] if size < needed else []


def memory_faults(size: int, needed: int) -> list[str]:
    return [f"memory: {size:,} bytes, {needed:,} needed"] if size < needed else []


def test_every_deployment_has_room_for_the_longest_sound():
    assert compose_faults(COMPOSE) == []
    assert pod_faults(POD, ENVIRONMENT) == []


def test_a_longer_sound_would_be_noticed(monkeypatch):
    monkeypatch.setattr(work, "_LONGEST_SOUND", 1_800)
    for faults in (compose_faults(COMPOSE), pod_faults(POD, ENVIRONMENT)):
        assert [fault.split(":")[0] for fault in faults] == ["/tmp", "memory"]


def test_more_workers_would_be_noticed():
    changed = copy.deepcopy(COMPOSE)
    changed["services"]["api"]["environment"]["MELODYAI_WORKERS"] = "4"
    assert len(compose_faults(changed)) == 2
    assert pod_faults(POD, ENVIRONMENT.replace("WORKERS=2", "WORKERS=4"))


def test_the_sizes_that_were_too_small_are_found():
    compose, deployment = copy.deepcopy(COMPOSE), copy.deepcopy(POD)
    compose["services"]["api"]["tmpfs"] = ["/tmp:size=512m,mode=1777"]
    assert "/tmp: 536,870,912 bytes" in compose_faults(compose)[0]
    compose["services"]["api"]["deploy"]["resources"]["limits"]["memory"] = "3G"
    assert len(compose_faults(compose)) == 2
    resources = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]
    resources["limits"]["memory"] = "3Gi"
    resources["requests"]["memory"] = "1Gi"
    resources["limits"]["ephemeral-storage"] = "1Gi"
    assert len(pod_faults(deployment, ENVIRONMENT)) == 3
