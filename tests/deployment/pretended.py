"""A docker and a kubectl that only remember: what they are asked, and what would run then.

There is no Docker daemon and no cluster where the tests run. Each writes every call into ``calls``
beside itself, keeps what runs in a file, and fails where its words hold what ``DOCKER_FAILS`` or
``KUBECTL_FAILS`` says; for docker a full stop follows the last word.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

_DOCKER = """#!/bin/bash
here=$(dirname "$0")
echo "$MELODYAI_VERSION $*" >>"$here/calls"
case "$*." in *${DOCKER_FAILS:-no such words}*) exit 7 ;; esac
case "$*" in
  *"images api"*)
    tag=$(cat "$here/running" 2>/dev/null) &&
      printf '[{"Repository":"melodyai","Tag":"%s"}]\\n' "$tag" ;;
  *"keys create"*) echo mai_1234 ;;
  *"up --detach --wait" | *"--no-build --wait api") echo "$MELODYAI_VERSION" >"$here/running" ;;
esac
"""

#: As kubectl does: a template that is what runs makes no revision; one that ran before gets a new
#: number; "rollout undo" skips what runs already, and without a number takes the one before.
_KUBECTL = """#!{python} -IS
import json, os, sys, time
from pathlib import Path

here, words = Path(__file__).parent, sys.argv[1:]
text = " ".join(words)
with (here / "calls").open("a") as calls:
    calls.write(text + "\\n")
file = here / "cluster"
cluster = json.loads(file.read_text()) if file.exists() else {{"revisions": {{}}, "secrets": []}}
revisions = cluster["revisions"]
now = max(revisions, key=int, default="")

def run(version):
    if not now or revisions[now] != version:
        for number in [n for n, v in revisions.items() if v == version]:
            del revisions[number]
        revisions[str(int(now or 0) + 1)] = version
    file.write_text(json.dumps(cluster))

fails = os.environ.get("KUBECTL_FAILS", "no such words")
half = os.environ.get("HALF") == "yes"
if fails in text and not half and "undo" not in text:
    sys.exit("it cannot be done")
if "apply --kustomize" in text:
    overlay = (Path(words[-1]) / "kustomization.yaml").read_text()
    run(overlay.split('newTag: "')[1].split('"')[0])
    sys.exit("an Ingress is refused" if half and fails in text else 0)
elif "rollout undo" in text:
    asked = [word.split("=")[1] for word in words if word.startswith("--to-revision=")]
    older = sorted(set(revisions) - {{now}}, key=int)
    run(revisions.get((asked or older[-1:] or [""])[0]) or sys.exit("no rollout history found"))
elif "rollout status" in text and revisions[now] == os.environ.get("NEVER_READY"):
    sys.exit("timed out")
elif "get deployment" in text:
    print(now, end="")
elif "get pods" in text:
    print("old-pod ends True\\nnew-pod True\\nslow-pod False")
elif "get secret" in text and words[4] in cluster["secrets"]:
    print(f"secret/{{words[4]}}")
elif "create secret" in text:
    print(words[words.index("generic") + 1])
elif "apply --filename -" in text:
    cluster["secrets"].append(sys.stdin.read().strip())
    file.write_text(json.dumps(cluster))
elif "keys create" in text:
    print("mai_1234")
elif "port-forward" in text:
    (here / "forwarder").write_text(str(os.getpid()))
    print(f"Forwarding from 127.0.0.1:{{os.environ.get('FORWARD', '43210')}} -> 8765", flush=True)
    time.sleep(60)
"""


class Pretended:
    """Programs in a folder, and what became of what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir(exist_ok=True)
        for name, text in (
            ("docker", _DOCKER),
            ("kubectl", _KUBECTL.format(python=sys.executable)),
        ):
            (self.bin / name).write_text(text, encoding="utf-8")
            (self.bin / name).chmod(0o755)

    @property
    def path(self) -> str:
        return f"{self.bin}:{os.environ['PATH']}"

    @property
    def calls(self) -> list[str]:
        file = self.bin / "calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    @property
    def running(self) -> str:
        """The version that compose runs."""
        return (self.bin / "running").read_text(encoding="utf-8").strip()

    @property
    def cluster(self) -> dict:
        file = self.bin / "cluster"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def set_cluster(self, revisions: dict[str, str], *secrets: str) -> None:
        """Say what was deployed before, and which Secrets are there."""
        state = {"revisions": revisions, "secrets": secrets}
        (self.bin / "cluster").write_text(json.dumps(state), encoding="utf-8")

    @property
    def deployed(self) -> str:
        """The version that the cluster runs."""
        revisions = self.cluster["revisions"]
        return revisions[max(revisions, key=int)]
