"""MelodyAI: learn how a machine composes music, and keep the tool afterwards.

Conventions
-----------
``import melodyai_edu as mai`` is quick: every name below is fetched from its module when it is
first used, and heavy libraries only where they work.

Contents
--------
compose, compose_many, compose_over, draw_rhythm, plan_form, develop, CompositionRequest,
Composition, rebuild, harmonise; rules, Rule, compile_rules; read, write, load, list_corpora, show,
picture; read_audio, hum; the values of ``melodyai_edu.score``; check, predict, recall, progress;
rate; rating_panel, composer_panel, studio, explore; the errors
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import (
    InputError,
    MelodyAIError,
    MissingDependencyError,
    OutputError,
    ParameterError,
)
from melodyai_edu.version import __version__ as __version__

if TYPE_CHECKING:
    from melodyai_edu.checks import check, predict, recall
    from melodyai_edu.checks.progress_view import progress
    from melodyai_edu.composition import (
        Composition,
        CompositionRequest,
        compose,
        compose_many,
        compose_over,
        draw_rhythm,
        harmonise,
        plan_form,
        rebuild,
    )
    from melodyai_edu.constraints import FORBIDDEN, Rule, compile_rules, rules
    from melodyai_edu.features.audio import read_audio
    from melodyai_edu.features.hum import hum
    from melodyai_edu.feedback import rate
    from melodyai_edu.io import read, write
    from melodyai_edu.io.corpus import Corpus, Tune, list_corpora, load
    from melodyai_edu.render import show
    from melodyai_edu.render.picture import picture
    from melodyai_edu.score import Key, Melody, Meter, Note, Part, Pitch, Scale, Score
    from melodyai_edu.theory.development import develop
    from melodyai_edu.widgets import composer_panel, explore, rating_panel, studio

__all__ = [
    "FORBIDDEN",
    "Composition",
    "CompositionRequest",
    "Corpus",
    "InputError",
    "Key",
    "Melody",
    "MelodyAIError",
    "Meter",
    "MissingDependencyError",
    "Note",
    "OutputError",
    "ParameterError",
    "Part",
    "Pitch",
    "Rule",
    "Scale",
    "Score",
    "Tune",
    "check",
    "compile_rules",
    "compose",
    "compose_many",
    "compose_over",
    "composer_panel",
    "develop",
    "draw_rhythm",
    "explore",
    "harmonise",
    "hum",
    "list_corpora",
    "load",
    "picture",
    "plan_form",
    "predict",
    "progress",
    "rate",
    "rating_panel",
    "read",
    "read_audio",
    "rebuild",
    "recall",
    "rules",
    "show",
    "studio",
    "write",
]

_HOMES = {
    "melodyai_edu.checks": ("check", "predict", "recall"),
    "melodyai_edu.checks.progress_view": ("progress",),
    "melodyai_edu.composition": (
        "Composition",
        "CompositionRequest",
        "compose",
        "compose_many",
        "compose_over",
        "draw_rhythm",
        "harmonise",
        "plan_form",
        "rebuild",
    ),
    "melodyai_edu.constraints": ("FORBIDDEN", "Rule", "compile_rules", "rules"),
    "melodyai_edu.features.audio": ("read_audio",),
    "melodyai_edu.features.hum": ("hum",),
    "melodyai_edu.feedback": ("rate",),
    "melodyai_edu.io": ("read", "write"),
    "melodyai_edu.io.corpus": ("Corpus", "Tune", "list_corpora", "load"),
    "melodyai_edu.render": ("show",),
    "melodyai_edu.render.picture": ("picture",),
    "melodyai_edu.score": ("Key", "Melody", "Meter", "Note", "Part", "Pitch", "Scale", "Score"),
    "melodyai_edu.theory.development": ("develop",),
    "melodyai_edu.widgets": ("composer_panel", "explore", "rating_panel", "studio"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'melodyai_edu' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
