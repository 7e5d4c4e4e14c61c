"""The lessons' exercises: checks with musical reasons, predictions, recall questions.

Conventions
-----------
An exercise is called by its number, ``"5.2"``: lesson and place. A face only: what is measured
is measured by the layers below. What a learner has passed is kept on their own machine.

Contents
--------
check, predict, recall: what a lesson's cells call; from exercise, stops, faces.
progress, outline, progress_view, progress_picture: what a learner has done.
lesson_NN: the exercises of a lesson; lesson_NN_*: what else its cells call.
grading, grading_*: a class's notebooks, run behind walls and judged.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from melodyai_edu.checks.faces import check, predict, recall

__all__ = ["check", "predict", "recall"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'melodyai_edu.checks' has no attribute {name!r}")
    return getattr(importlib.import_module("melodyai_edu.checks.faces"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
