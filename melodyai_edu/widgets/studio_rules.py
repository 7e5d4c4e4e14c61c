"""Rules to be checked on and off, each with its sentence and, where it takes one, its value.

Conventions
-----------
What a control of its own asks for (bars, form, motif) is not listed twice. Rules that this list
does not know are kept and asked for as they came.

Contents
--------
RuleControls
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from melodyai_edu.widgets import studio_parts as parts

__all__ = ["RuleControls"]

#: Always so, or asked for elsewhere.
_ELSEWHERE = {"bars_filled", "bars", "form", "locked", "fixed"}


class RuleControls:
    """A list of rules.

    Attributes
    ----------
    boxes : dict of str to ipywidgets.Checkbox
        By the rule's name.
    values : dict of str to ipywidgets.Text
        Of those that take a value.
    widget : ipywidgets.Accordion
    """

    def __init__(self) -> None:
        from melodyai_edu.constraints import rules
        from melodyai_edu.constraints.catalogue import RULES

        self.boxes: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self._others: tuple[Any, ...] = ()
        groups: dict[str, list[Any]] = {}
        for fact in rules():
            is_listed = fact.name in RULES and RULES[fact.name].layer == fact.layer
            if is_listed and fact.name not in self.boxes and fact.name not in _ELSEWHERE:
                groups.setdefault(fact.layer, []).append(self._row(fact))
        sections = [(layer, parts.column(*rows)) for layer, rows in groups.items()]
        self.said = parts.html()
        self.widget = parts.column(self.said, parts.folded(sections))
        for control in (*self.boxes.values(), *self.values.values()):
            control.observe(self._tell, names="value")
        self._tell()

    def _row(self, fact: Any) -> Any:
        box = parts.check(fact.name)
        box.add_class("mai-rule")
        self.boxes[fact.name] = box
        name, has_value, value = fact.example.partition("=")
        said = parts.html(f"<div class='mai-sentence'>{html.escape(fact.sentence)}</div>")
        if not has_value:
            return parts.column(box, said)
        # The style sheet hides this label from eyes: the checkbox says it already.
        field = parts.text(f"value of {name}", value, hint=f"such as {value}", width="125px")
        field.add_class("mai-value")
        field.observe(lambda _: setattr(box, "value", True), names="value")
        self.values[name] = field
        return parts.column(parts.row(box, field), said)

    @property
    def asked(self) -> list[Any]:
        """The rules that are on, as a request takes them."""
        found = [
            f"{name}={self.values[name].value.strip()}" if name in self.values else name
            for name, box in self.boxes.items()
            if box.value
        ]
        return [*found, *self._others]

    def set(self, rules: Sequence[Any]) -> None:
        """Check these rules on, all others off.

        Parameters
        ----------
        rules : sequence of str or Rule
        """
        others: list[Any] = []
        for box in self.boxes.values():
            box.value = False
        for rule in rules:
            name, _, value = str(rule).partition("=")
            name = name.strip()
            if not isinstance(rule, str) or name not in self.boxes or self.boxes[name].value:
                others.append(rule)
                continue
            if name in self.values and value:
                self.values[name].value = value.strip()
            self.boxes[name].value = True
        self._others = tuple(others)
        self._tell()

    def _tell(self, _: object = None) -> None:
        asked = ", ".join(str(rule) for rule in self.asked)
        words = html.escape(asked) if asked else "none; every piece fills its bars exactly"
        self.said.value = f"<div class='mai-sentence'>On: {words}</div>"
