"""The manifests: their schema, and that nothing in them is more than it must be."""

from __future__ import annotations

import copy
import shutil

import kubernetes_validate
import pytest
import yaml

from .places import KUBERNETES, is_literal_secret, ran, read, tag_fault

KUSTOMIZATION = read(KUBERNETES / "kustomization.yaml")
VERSIONS = ("1.30", "1.37")


def load_all() -> list[dict]:
    found = []
    for name in KUSTOMIZATION["resources"]:
        found += yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8"))
    return found


MANIFESTS = load_all()


def pod_of(manifest: dict) -> dict | None:
    if manifest["kind"] == "Deployment":
        return manifest["spec"]["template"]["spec"]
    if manifest["kind"] == "CronJob":
        return manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return None


def find(manifests: list[dict], kind: str, name: str | None = None) -> dict:
    wanted = (m for m in manifests if m["kind"] == kind and name in (None, m["metadata"]["name"]))
    return next(wanted, {})


def faults(manifests: list[dict], kustomization: dict = KUSTOMIZATION) -> list[str]:
    found = [tag_fault(f"{i['name']}:{i.get('newTag', '')}") for i in kustomization["images"]]
    known = {image["name"] for image in kustomization["images"]}
    for manifest in manifests:
        name, pod = f"{manifest['kind']} {manifest['metadata']['name']}", pod_of(manifest)
        if pod is not None:
            found += [f"{name}: {fault}" for fault in pod_faults(pod, known) if fault]
        if manifest["kind"] == "Secret":
            found.append(f"{name}: secrets are made by configure.sh, not written here")
        if manifest["kind"] == "ServiceAccount" and manifest["automountServiceAccountToken"]:
            found.append(f"{name}: has a token")
        if manifest["kind"] == "Ingress":
            found += ingress_faults(manifest)
        if manifest["kind"] == "ConfigMap":
            found += [
                f"{name}: {k}" for k, v in manifest["data"].items() if is_literal_secret(k, v)
            ]
    return [fault for fault in [*found, *together_faults(manifests)] if fault]


def pod_faults(pod: dict, known: set[str]) -> list[str]:
    security = pod.get("securityContext", {})
    found = [
        text
        for is_wrong, text in (
            (not security.get("runAsNonRoot"), "may be root"),
            (security.get("seccompProfile", {}).get("type") != "RuntimeDefault", "any system call"),
            (pod.get("automountServiceAccountToken") is not False, "has a token"),
            (pod.get("enableServiceLinks") is not False, "MELODYAI_PORT becomes an address"),
            (any(pod.get(f"host{n}") for n in ("Network", "PID", "IPC")), "shares its node"),
            (any("hostPath" in volume for volume in pod["volumes"]), "mounts its node"),
        )
        if is_wrong
    ]
    for container in pod["containers"]:
        found += container_faults(container, known)
    return found


def container_faults(container: dict, known: set[str]) -> list[str]:
    security = container.get("securityContext", {})
    resources = container.get("resources", {})
    image = container["image"]
    return [
        "" if image in known else tag_fault(image),
        *(
            text
            for is_wrong, text in (
                (security.get("allowPrivilegeEscalation") is not False, "may rise"),
                (security.get("privileged"), "is privileged"),
                (security.get("readOnlyRootFilesystem") is not True, "can write into its system"),
                (security.get("runAsNonRoot") is not True, "may be root"),
                (security.get("capabilities") != {"drop": ["ALL"]}, "has capabilities"),
                ({"cpu", "memory"} - set(resources.get("limits", {})), "has no limits"),
                ({"cpu", "memory"} - set(resources.get("requests", {})), "asks for nothing"),
            )
            if is_wrong
        ),
        *(
            f"{entry['name']} is a secret that stands there"
            for entry in container.get("env", [])
            if is_literal_secret(entry["name"], entry.get("value"))
        ),
    ]


def ingress_faults(ingress: dict) -> list[str]:
    spec = ingress["spec"]
    covered = {host for tls in spec.get("tls", []) for host in tls["hosts"] if tls["secretName"]}
    plain = {rule["host"] for rule in spec["rules"]} - covered
    paths = [path["path"] for rule in spec["rules"] for path in rule["http"]["paths"]]
    return [
        *(f"{host} without TLS" for host in plain),
        *(f"{path} is open to the world" for path in paths if path in ("/", "/metrics")),
    ]


def together_faults(manifests: list[dict]) -> list[str]:
    """What is missing, rather than wrong."""
    deployment, denial = find(manifests, "Deployment"), find(manifests, "NetworkPolicy", "deny-all")
    pod = pod_of(deployment) or {}
    zones = [each["topologyKey"] for each in pod.get("topologySpreadConstraints", [])]
    container = pod["containers"][0]
    is_closed = denial.get("spec") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    level = find(manifests, "Namespace")["metadata"]["labels"]
    scaler = find(manifests, "HorizontalPodAutoscaler").get("spec", {})
    has_probes = all(f"{n}Probe" in container for n in ("startup", "readiness", "liveness"))
    return [
        text
        for is_wrong, text in (
            (not is_closed, "everybody reaches everybody"),
            (not has_probes, "is not asked how it is"),
            ("topology.kubernetes.io/zone" not in zones, "may lie in one zone"),
            (not find(manifests, "PodDisruptionBudget"), "may be emptied at once"),
            (scaler.get("minReplicas", 0) < 2, "one replica is none"),
            (level.get("pod-security.kubernetes.io/enforce") != "restricted", "any pod is let in"),
        )
        if is_wrong
    ]


def test_the_manifests_are_safe():
    assert faults(MANIFESTS) == []


API = ("Deployment", "spec", "template", "spec")
CONTAINER = (*API, "containers", 0)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ((*API, "securityContext", "runAsNonRoot"), False, "may be root"),
        ((*API, "securityContext", "seccompProfile"), {}, "any system call"),
        ((*API, "automountServiceAccountToken"), True, "has a token"),
        ((*API, "enableServiceLinks"), True, "becomes an address"),
        ((*API, "hostNetwork"), True, "shares its node"),
        ((*API, "volumes"), [{"name": "x", "hostPath": {"path": "/"}}], "mounts its node"),
        ((*API, "topologySpreadConstraints"), [], "one zone"),
        ((*CONTAINER, "securityContext", "allowPrivilegeEscalation"), True, "may rise"),
        ((*CONTAINER, "securityContext", "privileged"), True, "is privileged"),
        ((*CONTAINER, "securityContext", "readOnlyRootFilesystem"), False, "can write"),
        ((*CONTAINER, "securityContext", "capabilities"), {"drop": []}, "has capabilities"),
        ((*CONTAINER, "resources", "limits"), {}, "has no limits"),
        ((*CONTAINER, "resources", "requests"), {}, "asks for nothing"),
        ((*CONTAINER, "image"), "melodyai:latest", "needs a version"),
        ((*CONTAINER, "image"), "another", "needs a version"),
        ((*CONTAINER, "env"), [{"name": "DB_PASSWORD", "value": "x"}], "stands there"),
        ((*CONTAINER, "livenessProbe"), None, "not asked"),
        (("ServiceAccount", "automountServiceAccountToken"), True, "has a token"),
        (("Ingress", "spec", "tls"), [], "without TLS"),
        (("HorizontalPodAutoscaler", "spec", "minReplicas"), 1, "one replica"),
        (("NetworkPolicy", "spec", "ingress"), [{}], "everybody"),
        (("Namespace", "metadata", "labels"), {}, "any pod"),
    ],
)
def test_a_planted_fault_is_found(path, value, fault):
    changed = copy.deepcopy(MANIFESTS)
    place = find(changed, path[0])
    for word in path[1:-1]:
        place = place[word]
    place[path[-1]] = value
    if value is None:
        del place[path[-1]]
    assert any(fault in each for each in faults(changed))


def test_a_secret_among_them_is_found():
    secret = {"kind": "Secret", "metadata": {"name": "s"}, "data": {"password": "aGVsbG8="}}
    assert any("made by configure.sh" in fault for fault in faults([*MANIFESTS, secret]))
    images = [{"name": "melodyai", "newTag": "latest"}]
    assert any("needs a version" in f for f in faults(MANIFESTS, {"images": images}))


@pytest.mark.parametrize("version", VERSIONS)
def test_they_keep_to_the_schema(version):
    for manifest in MANIFESTS:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schema_finds_a_fault():
    wrong = copy.deepcopy(find(MANIFESTS, "Deployment"))
    pod_of(wrong)["containers"][0]["ports"][0]["containerPort"] = "many"
    with pytest.raises(kubernetes_validate.ValidationError, match="many"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_what_is_named_is_there():
    """Names that must agree, where nothing but a cluster would notice."""
    deployment, job = find(MANIFESTS, "Deployment"), find(MANIFESTS, "CronJob")
    account = find(MANIFESTS, "ServiceAccount")["metadata"]["name"]
    claim = find(MANIFESTS, "PersistentVolumeClaim")["metadata"]["name"]
    settings = {each["name"] for each in KUSTOMIZATION["configMapGenerator"]}
    for pod in map(pod_of, (deployment, job)):
        assert pod["serviceAccountName"] == account
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert volumes["home"]["persistentVolumeClaim"]["claimName"] == claim
        container = pod["containers"][0]
        assert {source["configMapRef"]["name"] for source in container["envFrom"]} <= settings
        assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget"):
        selector = find(MANIFESTS, kind)["spec"]["selector"]
        assert selector.get("matchLabels", selector).items() <= labels.items()
    target = find(MANIFESTS, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target["name"] == deployment["metadata"]["name"]
    service = find(MANIFESTS, "Service")["metadata"]["name"]
    for rule in find(MANIFESTS, "Ingress")["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            assert path["backend"]["service"]["name"] == service


def test_who_only_reads_cannot_write():
    api, job = (pod_of(find(MANIFESTS, kind)) for kind in ("Deployment", "CronJob"))
    home = [m for m in api["containers"][0]["volumeMounts"] if m["name"] == "home"]
    assert home[0]["readOnly"] is True
    assert job["containers"][0]["command"] == ["melodyai-retrain"]


def test_every_setting_is_one():
    """The settings of the cluster are read by the service itself."""
    from melodyai_edu.api.settings import Settings, load_settings

    lines = (KUBERNETES / "settings.env").read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    values.pop("MELODYAI_SETTINGS")
    known = {f"MELODYAI_{name.upper()}" for name in Settings.model_fields}
    ours = {name for name in values if name.startswith("MELODYAI_")} - {"MELODYAI_HOME"}
    assert ours <= known, ours - known
    settings = load_settings(environment=values)
    assert settings.auth == "keys"
    assert settings.ratings_file is None  # one file a replica would lose them


def test_kustomize_puts_them_together():
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = ran("kubectl", "kustomize", KUBERNETES)
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    assert len(built) == len(MANIFESTS) + 1  # and the settings
    images = {c["image"] for m in built for c in (pod_of(m) or {"containers": []})["containers"]}
    assert images == {f"melodyai:{KUSTOMIZATION['images'][0]['newTag']}"}
    for manifest in built:
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
        assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "melodyai"
    name = find(built, "ConfigMap")["metadata"]["name"]
    source = pod_of(find(built, "Deployment"))["containers"][0]["envFrom"][0]
    assert source["configMapRef"]["name"] == name != "melodyai-settings"
