"""What all tests share."""

import pytest
from hypothesis import settings

# The same examples at every run: a red test is red again when it is looked at.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def the_quick_model(request, monkeypatch):
    """Compose with the n-gram where a test names no model: a network takes ten times as long.

    Tests of the default itself are marked ``best_model``.
    """
    if request.node.get_closest_marker("best_model") is None:
        name = "melodyai_edu.composition.resolving.default_model"
        monkeypatch.setattr(name, lambda corpus: "ngram")
