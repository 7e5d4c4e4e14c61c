"""The course's widgets: controls around what the layers below do.

Conventions
-----------
Plain ipywidgets, from 7.7.1 on (as on Colab) to 8; nothing here knows music.

Contents
--------
explore; panel: a composer; blind, stars: pieces judged; keys: names for all.
studio_page: the studio. studio_state: what it remembers. studio_controls, studio_band,
studio_motif, studio_rules, mood_pad: what is asked for. studio_actions, studio_compare,
studio_ratings, studio_export, studio_code, studio_job: what is done. studio_views, studio_parts,
roll_picker: what is shown.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from melodyai_edu.widgets.blind import blind_panel
    from melodyai_edu.widgets.explore import explore
    from melodyai_edu.widgets.panel import composer_panel
    from melodyai_edu.widgets.stars import rating_panel
    from melodyai_edu.widgets.studio_page import studio

__all__ = ["blind_panel", "composer_panel", "explore", "rating_panel", "studio"]

_HOMES = {
    "blind_panel": "blind",
    "composer_panel": "panel",
    "explore": "explore",
    "rating_panel": "stars",
    "studio": "studio_page",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'melodyai_edu.widgets' has no attribute {name!r}")
    return getattr(importlib.import_module(f"melodyai_edu.widgets.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
