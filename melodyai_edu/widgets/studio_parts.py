"""Small widgets that the studio is built of, and its style sheet.

Conventions
-----------
Only names and options that ipywidgets 7.7.1 and 8 share. What looks better with the style sheet
works without it.

Contents
--------
button, dropdown, slider, check, text, html, row, column, folded, labelled, style_sheet, error_html
"""

from __future__ import annotations

import html as escaping
import traceback
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from melodyai_edu.errors import MelodyAIError

__all__ = [
    "button",
    "check",
    "column",
    "dropdown",
    "error_html",
    "folded",
    "html",
    "labelled",
    "row",
    "slider",
    "style_sheet",
    "text",
]

_STYLE = {"description_width": "92px"}


def button(
    label: str, act: Callable[[], Any] | None = None, *, tip: str = "", kind: str = ""
) -> Any:
    """Build a button; ``tip`` is what a mouse over it and a screen reader say as well."""
    import ipywidgets

    made = ipywidgets.Button(description=label, tooltip=tip or label, button_style=kind)
    made.layout.width = "auto"
    if act is not None:
        made.on_click(lambda _: act())
    return made


def dropdown(label: str, options: Any, value: Any) -> Any:
    """Build a dropdown as wide as there is room."""
    import ipywidgets

    made = ipywidgets.Dropdown(options=options, value=value, description=label, style=_STYLE)
    made.layout.width = "auto"
    return made


def slider(
    label: str, low: float, high: float, value: float, step: float, *, is_whole: bool = False
) -> Any:
    """Build a slider of whole numbers or of others."""
    import ipywidgets

    kind = ipywidgets.IntSlider if is_whole else ipywidgets.FloatSlider
    made = kind(
        value=value, min=low, max=high, step=step, description=label, style=_STYLE,
        continuous_update=False,
    )  # fmt: skip
    made.layout.width = "auto"
    return made


def check(label: str, value: bool = False) -> Any:
    """Build a checkbox whose label stands right behind it."""
    import ipywidgets

    made = ipywidgets.Checkbox(value=value, description=label, indent=False)
    made.layout.width = "auto"
    return made


def text(label: str, value: str = "", hint: str = "", width: str = "auto") -> Any:
    """Build a line of text to be filled in."""
    import ipywidgets

    made = ipywidgets.Text(value=value, placeholder=hint, description=label, style=_STYLE)
    made.layout.width = width
    return made


def html(value: str = "", name: str = "") -> Any:
    """Build a piece of HTML; the caller has escaped what is not ours."""
    import ipywidgets

    made = ipywidgets.HTML(value)
    if name:
        made.add_class(name)
    return made


def row(*children: Any, name: str = "") -> Any:
    """Put widgets beside each other; they wrap where there is no room."""
    import ipywidgets

    made = ipywidgets.HBox(list(children))
    made.layout.flex_flow = "row wrap"
    made.layout.align_items = "center"
    made.add_class(name or "mai-row")
    return made


def column(*children: Any, name: str = "") -> Any:
    """Put widgets below each other."""
    import ipywidgets

    made = ipywidgets.VBox(list(children))
    if name:
        made.add_class(name)
    return made


def folded(sections: Sequence[tuple[str, Any]], *, first: int | None = None) -> Any:
    """Fold widgets away under titles; at most one is open."""
    import ipywidgets

    made = ipywidgets.Accordion([child for _, child in sections])
    for index, (title, _) in enumerate(sections):
        made.set_title(index, title)
    made.selected_index = first
    return made


def labelled(sections: Sequence[tuple[str, Any]]) -> Any:
    """Put widgets behind tabs."""
    import ipywidgets

    made = ipywidgets.Tab([child for _, child in sections])
    for index, (title, _) in enumerate(sections):
        made.set_title(index, title)
    return made


def style_sheet() -> Any:
    """Give the studio's style sheet as a widget that shows nothing."""
    css = files("melodyai_edu.widgets").joinpath("studio.css").read_text(encoding="utf-8")
    made = html(f"<style>{css}</style>")
    made.layout.display = "block"
    made.layout.height = "0px"
    made.layout.margin = "0"
    return made


def error_html(error: BaseException) -> str:
    """Say in one sentence what went wrong; how it came about lies behind a fold.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    html : str
        Everything in it is escaped.

    Examples
    --------
    >>> from melodyai_edu.errors import ParameterError
    >>> error_html(ParameterError("key='<b>' must be a key"))[:70]
    '<div class="mai-error" role="alert"><b>That did not work.</b> key=&#x2'
    """
    said = str(error).strip() or type(error).__name__
    if not isinstance(error, MelodyAIError):
        said = f"this should not happen, please report it ({type(error).__name__}: {said})"
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return (
        f'<div class="mai-error" role="alert"><b>That did not work.</b> {escaping.escape(said)}'
        f"<details><summary>How it came about</summary><pre>{escaping.escape(lines)}</pre>"
        "</details></div>"
    )
