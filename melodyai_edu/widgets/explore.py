"""One thing changes, and a picture, a number and a sound change with it.

Conventions
-----------
What is shown is what the learner's own function gives; the controls are its arguments. Where there
are no widgets the first choice of each is shown. Only widgets and options that ipywidgets 7.7.1 and
8 share are used.

Contents
--------
Exploration, explore
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from melodyai_edu.errors import MelodyAIError, ParameterError

__all__ = ["Exploration", "explore"]

_STYLE = {"description_width": "120px"}
_MOST_CHOICES = 100


class Exploration:
    """A function with a control for each argument.

    Parameters
    ----------
    function : callable
        What it gives is shown: one value, or a tuple of several, one below the other.
    choices : mapping of str to sequence
        For each argument what it may be, the usual one first. Three numbers or more become a
        slider, others a list.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        By argument; empty where there are no widgets.
    """

    def __init__(
        self, function: Callable[..., Any], choices: Mapping[str, tuple[Any, ...]]
    ) -> None:
        self.function, self.choices = function, dict(choices)
        self.controls: dict[str, Any] = {}

    def at(self, **values: Any) -> tuple[Any, ...]:
        """Give what is shown for some values; the first choice of each argument left out.

        Parameters
        ----------
        **values
            Among the choices.

        Returns
        -------
        shown : tuple

        Raises
        ------
        ParameterError
            If there is no such argument or choice.
        """
        for name, value in values.items():
            known = self.choices.get(name)
            if known is None:
                raise ParameterError(f"{name} must be one of: {', '.join(self.choices)}")
            if value not in known:
                raise ParameterError(
                    f"{name}={value!r} must be one of: {', '.join(map(str, known))}"
                )
        first = {name: known[0] for name, known in self.choices.items()}
        given = self.function(**first | values)
        return given if isinstance(given, tuple) else (given,)

    def __repr__(self) -> str:
        words = (f"{name}: {', '.join(map(str, known))}" for name, known in self.choices.items())
        return f"Exploration of {self.function.__name__} by {'; '.join(words)}"

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        try:
            show(self._widget())
        except ImportError:
            for one in self.at():
                print(one) if isinstance(one, str) else show(one)  # noqa: T201 - words, no repr

    def _widget(self) -> Any:
        """Build the controls, and a page that follows them.

        It is no ``Output``: programs that execute a notebook wait for minutes now and then where
        one is filled while a cell runs.
        """
        import ipywidgets

        self.controls = {name: _control(name, known) for name, known in self.choices.items()}
        shown, status = ipywidgets.HTML(), ipywidgets.HTML()

        def follow(_: object = None) -> None:
            status.value = ""
            try:
                given = self.at(**{name: one.value for name, one in self.controls.items()})
            except MelodyAIError as error:  # a choice that music forbids is a sentence
                status.value = html.escape(str(error))
                return
            shown.value = "\n".join(map(_html, given))

        for control in self.controls.values():
            control.observe(follow, names="value")
        follow()
        return ipywidgets.VBox([*self.controls.values(), status, shown])


def explore(function: Callable[..., Any], /, **choices: Any) -> Exploration:
    """Change one argument at a time of a function of your own, and see and hear what changes.

    Parameters
    ----------
    function : callable
        Takes the arguments below; what it gives is shown, each of a tuple by itself: figures,
        pieces, scores, numbers, words.
    **choices : sequence
        For each argument what it may be, the usual one first.

    Returns
    -------
    exploration : Exploration
        A notebook shows it with its controls.

    Raises
    ------
    ParameterError
        If an argument has no choice, or more than a hundred.

    Examples
    --------
    >>> looks = explore(lambda bars, key: f"{bars} bars in {key}", bars=[8, 16], key=["G", "D"])
    >>> looks.at(), looks.at(key="D")
    (('8 bars in G',), ('8 bars in D',))
    """
    listed = {name: tuple(known) for name, known in choices.items()}
    for name, known in listed.items():
        if not 1 <= len(known) <= _MOST_CHOICES:
            raise ParameterError(
                f"{name} has {len(known)} choices; give 1 to {_MOST_CHOICES}, the usual one first"
            )
    return Exploration(function, listed)


def _control(name: str, known: tuple[Any, ...]) -> Any:
    import ipywidgets

    text = name.replace("_", " ")
    # The value must be told when it rests, not at each step on the way: some take a second to make.
    common = {"description": text, "style": _STYLE, "continuous_update": False}
    if _are_numbers(known):
        slider = ipywidgets.SelectionSlider
        return slider(options=sorted(set(known)), value=known[0], **common)
    return ipywidgets.Dropdown(
        options=[(str(one), one) for one in known], value=known[0], description=text, style=_STYLE
    )


def _are_numbers(known: tuple[Any, ...]) -> bool:
    """Say whether these make a scale."""
    return len(known) > 2 and all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in known
    )


def _html(one: Any) -> str:
    """Give what a notebook would show of a value, and words as words."""
    shown = None if isinstance(one, str) else getattr(one, "_repr_html_", None)
    page: str | None = shown() if shown is not None else None
    return page or f"<pre>{html.escape(one if isinstance(one, str) else repr(one))}</pre>"
