"""What a widget shows in an executed notebook, for pages on which no kernel answers it."""

from __future__ import annotations

from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_MODEL = "IPY_MODEL_"


def outputs_in(book: Any, output: Any) -> list[Any]:
    """Give what the widget of an output shows, in its order; nothing if there is none."""
    import nbformat

    view = output.get("data", {}).get(VIEW)
    states = book.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    found: list[Any] = []

    def collect(model: str) -> None:
        state = states.get(model, {}).get("state", {})
        if state.get("_model_name") == "HTMLModel" and state.get("value"):
            page = {"text/html": state["value"]}
            found.append(nbformat.v4.new_output("display_data", page))
        found.extend(nbformat.from_dict(one) for one in state.get("outputs", ()))
        for child in state.get("children", ()):
            collect(child.removeprefix(_MODEL))

    if view:
        collect(view["model_id"])
    return found
