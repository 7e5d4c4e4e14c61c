"""What lesson 13 says of deployment/ is what stands there."""

import contextlib
import io
import re
from pathlib import Path

import jupytext
import pytest

from melodyai_edu.io.deployment import deployment_file, excerpt

LESSON = Path(__file__).parents[2] / "lessons" / "13_ship_it.py"


def cells():
    found = jupytext.reads(LESSON.read_text(encoding="utf-8"), fmt="py:percent").cells
    return [
        cell.source for cell in found if "excerpt(" in cell.source and "import" not in cell.source
    ]


@pytest.mark.parametrize("source", cells(), ids=["Dockerfile", "manifests"])
def test_every_excerpt_is_found_and_short(source):
    """Fails with the name of the file and the words that are no longer in it."""
    longest = 0

    def measured(*words):
        nonlocal longest
        text = excerpt(*words)
        longest = max(longest, text.count("\n") + 1)
        return text

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(source, {"excerpt": measured})
    assert 2 <= longest <= 10
    assert printed.getvalue().count("\n") <= 30


def test_nobody_in_particular():
    """Prediction 13.3: the service is not root."""
    assert re.fullmatch(
        r"USER [1-9]\d*(:[1-9]\d*)?", excerpt("Dockerfile", "USER").splitlines()[-1]
    )
    recipe = deployment_file("Dockerfile")
    last = recipe.rindex("USER ")
    assert last < recipe.index("RUN melodyai"), "the lesson says that nobody in particular composes"


def test_one_at_a_time_when_a_computer_is_emptied():
    """Prediction 13.4."""
    assert excerpt("kubernetes/disruption.yaml", "spec:", "maxUnavailable:") == "maxUnavailable: 1"


def test_the_autoscaler_is_that_of_the_exercise():
    """Exercise 13.2: jobs for each replica, doubling at most, one fewer at most."""
    text = excerpt("kubernetes/autoscaler.yaml", "spec:")
    assert "name: melodyai_queue_length" in text
    assert re.search(r'type: AverageValue, averageValue: "\d+"', text)
    policy = r"{}:\n(?: .*\n)*? +policies: \[{{type: {}, value: {}, periodSeconds: 60}}\]"
    assert re.search(policy.format("scaleUp", "Percent", 100), text)
    assert re.search(policy.format("scaleDown", "Pods", 1), text)


def test_readiness_and_life_are_two_questions():
    assert "path: /readyz" in excerpt("kubernetes/deployment.yaml", "readinessProbe:")
    assert "path: /healthz" in excerpt("kubernetes/deployment.yaml", "livenessProbe:")


def test_on_colab_the_extra_is_installed_too():
    built = LESSON.parents[1] / "notebooks" / "13_ship_it.ipynb"
    text = built.read_text(encoding="utf-8")
    assert r"%pip install -q \"melodyai-edu[serve] @ git+https://github.com/" in text
