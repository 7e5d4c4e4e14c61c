"""Prometheus and Grafana: every figure that is named is one that the service gives."""

from __future__ import annotations

import copy
import json
import re

import pytest
import yaml

from melodyai_edu.api.metrics import Metrics

from .places import DEPLOYMENT, KUBERNETES, ran, read, system_tool

PROMETHEUS = DEPLOYMENT / "prometheus"
RULES = read(PROMETHEUS / "rules.yaml")
DASHBOARD_FILE = DEPLOYMENT / "grafana" / "dashboards" / "melodyai.json"
DASHBOARD = json.loads(DASHBOARD_FILE.read_text(encoding="utf-8"))
SERIES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}  # fmt: skip
#: Labels that Prometheus sets, or that a histogram has.
USUAL = {"le", "job", "instance", "namespace"}


def known() -> dict[str, set[str]]:
    """Give every series of the service with its labels."""
    labels = {"requests": {"method", "route", "status"}, "request_seconds": {"route"}}
    metrics, found = Metrics(), {}
    named = {getattr(one, "_name", ""): set(getattr(one, "_labelnames", ())) for one in vars(
        metrics
    ).values()}  # fmt: skip
    assert named["melodyai_requests"] == labels["requests"]
    for family in metrics.registry.collect():
        for ending in SERIES[family.type]:
            found[family.name + ending] = named[family.name] | USUAL
    return found


KNOWN = known()
RECORDED = {
    rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule
}


def expressions(rules: dict, dashboard: dict) -> list[str]:
    found = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return found + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def faults(texts: list[str], series: dict[str, set[str]] = KNOWN) -> list[str]:
    found = []
    for text in texts:
        found += [f"{n} is recorded nowhere" for n in re.findall(r"melodyai:[\w:]+", text)
                  if n not in RECORDED]  # fmt: skip
        for name, matchers in re.findall(r"\b(melodyai_\w+)(?:\{([^}]*)\})?", text):
            labels = set(re.findall(r"(\w+)\s*[=!]~?", matchers))
            if name not in series:
                found.append(f"{name} is no figure of the service")
            elif labels - series[name]:
                found.append(f"{name} has no label {', '.join(labels - series[name])}")
        every = set().union(*(series.get(n, set()) for n in re.findall(r"melodyai_\w+", text)))
        for words in re.findall(r"\bby \(([^)]*)\)", text):
            strange = {word.strip() for word in words.split(",")} - every
            found += [f"no series here has the label {label}" for label in strange]
    return found


def test_every_figure_is_one_of_the_service():
    text = Metrics().text().decode()
    for name in KNOWN:
        assert re.sub(r"_(total|bucket|sum|count)$", "", name) in text
    assert faults(expressions(RULES, DASHBOARD)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rate(melodyai_request_total[5m])", "melodyai_request_total is no figure"),
        ("melodyai_request_seconds", "is no figure"),
        ('melodyai_jobs_total{status="done"}', "has no label status"),
        ("sum by (route) (rate(melodyai_jobs_total[5m]))", "no series here has the label route"),
        ("melodyai:nothing:rate5m > 1", "is recorded nowhere"),
    ],
)
def test_a_wrong_name_is_found(text, fault):
    assert any(fault in each for each in faults([text]))


def test_all_that_is_measured_is_shown_or_watched():
    texts = " ".join(expressions(RULES, DASHBOARD))
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in KNOWN}
    unseen = {name for name in families if name not in texts}
    assert unseen == set()


def test_the_dashboard_fits_together():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    source = read(DEPLOYMENT / "grafana/provisioning/datasources/melodyai.yaml")["datasources"][0]
    assert DASHBOARD["uid"] == source["uid"] == "melodyai"
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    provider = read(DEPLOYMENT / "grafana/provisioning/dashboards/melodyai.yaml")["providers"][0]
    compose = read(DEPLOYMENT / "compose.yaml")
    mounted = [v.split(":")[1] for v in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted


def promtool(*words: object):
    return ran(system_tool("promtool", "prometheus"), *words, timeout=60)


def test_prometheus_takes_its_settings(tmp_path):
    text = (PROMETHEUS / "prometheus.yaml").read_text(encoding="utf-8")
    (tmp_path / "key").write_text("mai_x", encoding="utf-8")
    here = text.replace("/run/secrets/metrics_key", str(tmp_path / "key"))
    (tmp_path / "prometheus.yaml").write_text(here, encoding="utf-8")
    (tmp_path / "rules.yaml").write_bytes((PROMETHEUS / "rules.yaml").read_bytes())
    done = promtool("check", "config", tmp_path / "prometheus.yaml")
    assert done.returncode == 0, done.stderr
    assert f"{len(all_rules())} rules found" in done.stdout
    (tmp_path / "prometheus.yaml").write_text(here.replace("job_name", "jobname"), encoding="utf-8")
    assert promtool("check", "config", tmp_path / "prometheus.yaml").returncode != 0


def all_rules() -> list[dict]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def test_prometheus_understands_what_the_dashboard_asks(tmp_path):
    asked = [t["expr"] for panel in DASHBOARD["panels"] for t in panel["targets"]]
    rules = [{"record": f"asked:{number}", "expr": text} for number, text in enumerate(asked)]
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": rules}]}), encoding="utf-8")
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stderr
    assert f"{len(asked)} rules found" in done.stdout


def test_alerts_ring_when_they_must_and_only_then():
    done = promtool("test", "rules", PROMETHEUS / "rules_test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("MelodyAIDown", "vector(0) > 1"),
        ("MelodyAIErrors", 'sum(rate(melodyai_requests_total{status=~"5.."}[5m])) > 0'),
        (
            "MelodyAIRefusesWork",  # every 503, over every POST
            'sum(rate(melodyai_requests_total{status="503"}[5m]))'
            '/ clamp_min(sum(rate(melodyai_requests_total{method="POST"}[5m])), 1e-9) > 0.05',
        ),
        ("MelodyAIRefusesWork", "sum(rate(melodyai_refused_total[5m])) > 0"),
        ("MelodyAIRefusesWork", "vector(1)"),
        (
            "melodyai:error_share:rate5m",  # no 503 at all
            '(sum(rate(melodyai_requests_total{status=~"5..", status!="503"}[5m])) or vector(0))'
            "/ clamp_min(sum(rate(melodyai_requests_total[5m])), 1e-9)",
        ),
        (
            "melodyai:error_share:rate5m",  # every 503
            '(sum(rate(melodyai_requests_total{status=~"5.."}[5m])) or vector(0))'
            "/ clamp_min(sum(rate(melodyai_requests_total[5m])), 1e-9)",
        ),
        ("MelodyAIQueueStands", "max(melodyai_queue_length) > 0"),
        ("MelodyAISlow", "melodyai:request_seconds:p99 > 0.5"),
    ],
)
def test_the_tests_of_alerts_find_a_wrong_rule(tmp_path, name, expression):
    rules = copy.deepcopy(RULES)
    for group in rules["groups"]:
        for rule in group["rules"]:
            if name in (rule.get("alert"), rule.get("record")):
                rule["expr"] = expression
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    tests = (PROMETHEUS / "rules_test.yaml").read_bytes()
    (tmp_path / "rules_test.yaml").write_bytes(tests)
    assert promtool("test", "rules", tmp_path / "rules_test.yaml").returncode != 0


def test_every_alert_has_a_test_and_says_what_to_do():
    tested = {
        each["alertname"]
        for test in read(PROMETHEUS / "rules_test.yaml")["tests"]
        for each in test.get("alert_rule_test", [])
    }
    alerts = [rule for rule in all_rules() if "alert" in rule]
    assert {rule["alert"] for rule in alerts} == tested
    readme = (DEPLOYMENT / "README.md").read_text(encoding="utf-8")
    for rule in alerts:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["alert"] in readme


def test_kubernetes_has_the_same_rules():
    assert read(KUBERNETES / "monitoring" / "rules.yaml")["spec"] == RULES


def test_the_autoscaler_and_the_adapter_name_one_figure():
    rule = read(KUBERNETES / "monitoring" / "prometheus-adapter.yaml")["rules"]["external"][0]
    metric = read(KUBERNETES / "autoscaler.yaml")["spec"]["metrics"][0]["external"]["metric"]
    assert rule["name"]["as"] == metric["name"]
    assert re.match(r"\w+", rule["seriesQuery"])[0] in KNOWN
