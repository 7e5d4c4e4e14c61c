"""Keras that is missing is told before anything else is done."""

from __future__ import annotations

import sys

import pytest

from melodyai_edu.errors import MissingDependencyError
from melodyai_edu.models.quiet import import_keras, require_keras

WAY_OUT = r'pip install "melodyai-edu\[neural\]"'


@pytest.mark.parametrize("missing", ["keras", "tensorflow"])
def test_what_is_missing_is_named_with_the_way_out(missing, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    for need in (require_keras, import_keras):
        with pytest.raises(MissingDependencyError, match=rf"{missing}.*{WAY_OUT}"):
            need()


def test_nothing_is_imported_where_all_is_there(monkeypatch):
    imported = []
    monkeypatch.setattr("melodyai_edu.models.quiet.import_keras", lambda: imported.append(1))
    require_keras()
    assert not imported
