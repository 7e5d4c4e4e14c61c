"""A panel that composes: controls on top, the piece below.

Conventions
-----------
The choices are what the composer offers; a request that cannot be met is a sentence under the
buttons, not a traceback. Only widgets and options that ipywidgets 7.7.1 and 8 share are used.

Contents
--------
ComposerPanel, composer_panel
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from melodyai_edu.errors import MelodyAIError
from melodyai_edu.widgets.keys import TONICS, key_name

__all__ = ["ComposerPanel", "composer_panel"]

_ANY = "any"
_EXPORTS = (".mid", ".musicxml", ".abc", ".mp3", ".wav", ".png")
_STYLE = {"description_width": "120px"}


class ComposerPanel:
    """Controls for a request, a button that composes, a button that exports.

    Parameters
    ----------
    folder : path, default "."
        Where exported files go.
    genre : str, default "jig"
        What the panel begins with.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        ``genre``, ``tonic``, ``mode``, ``meter``, ``bars``, ``tempo``, ``seed``, ``temperature``,
        ``suffix``.
    piece : Composition or None
        The last one.
    widget : ipywidgets.VBox
        All of it.
    """

    def __init__(self, folder: str | Path = ".", genre: str = "jig") -> None:
        import ipywidgets

        self.folder = Path(folder)
        self.piece: Any = None
        self.controls = _controls(genre)
        self.status = ipywidgets.HTML()
        self.shown = ipywidgets.Output()
        self.generate_button = _button("Generate", "primary", self.generate)
        self.export_button = _button("Export", "", self.export)
        self.export_button.disabled = True
        self.controls["genre"].observe(self._offer_meters, names="value")
        self._offer_meters()
        self.controls["tonic"].observe(self._offer_modes, names="value")
        self._offer_modes()
        self.widget = self._layout()

    def _layout(self) -> Any:
        import ipywidgets

        row: Any = ipywidgets.HBox
        named = self.controls
        return ipywidgets.VBox(
            [
                row([named["genre"], named["meter"]]),
                row([named["tonic"], named["mode"]]),
                row([named["bars"], named["tempo"]]),
                row([named["temperature"], named["seed"]]),
                row([self.generate_button, named["suffix"], self.export_button]),
                self.status,
                self.shown,
            ]
        )

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Any = display.display
        show(self.widget)

    def _offer_meters(self, _: object = None) -> None:
        """Offer the meters of the chosen genre."""
        from melodyai_edu.composition import library

        genre = self.controls["genre"].value
        meters = library.offered_meters(None if genre == _ANY else genre)
        self.controls["meter"].options = (_ANY, *meters)
        self.controls["meter"].value = _ANY

    def _offer_modes(self, _: object = None) -> None:
        """Offer modes only with a tonic: without one the genre's own keys are drawn."""
        self.controls["mode"].disabled = self.controls["tonic"].value == _ANY

    @property
    def fields(self) -> dict[str, Any]:
        """What the controls ask for, as the fields of a `CompositionRequest`."""
        value = {name: control.value for name, control in self.controls.items()}
        asked = {name: value[name] for name in ("genre", "meter") if value[name] != _ANY}
        if value["tonic"] != _ANY:
            asked["key"] = key_name(value["tonic"], value["mode"])
        if value["tempo"]:
            asked["tempo"] = value["tempo"]
        return asked | {name: value[name] for name in ("bars", "seed", "temperature")}

    def generate(self, _: object = None) -> None:
        """Compose what the controls ask for, and show it."""
        from IPython import display

        from melodyai_edu.composition import compose

        self._say("composing ...")
        try:
            self.piece = compose(**self.fields)
        except MelodyAIError as error:
            self._say(str(error))
            return
        self.export_button.disabled = False
        show: Any = display.display
        with self.shown:
            self.shown.clear_output(wait=True)
            show(self.piece)
        self._say("")

    def export(self, _: object = None) -> None:
        """Save the piece beside the notebook, named after what it is."""
        if self.piece is None:
            self._say("Press Generate first.")
            return
        name = "".join(c if c.isalnum() else "_" for c in self.piece.score.title.lower())
        path = self.folder / f"{name}{self.controls['suffix'].value}"
        try:
            self.piece.save(path)
        except MelodyAIError as error:
            self._say(str(error))
            return
        self._say(f"saved as {path}")

    def _say(self, text: str) -> None:
        self.status.value = html.escape(text)


def composer_panel(folder: str | Path = ".", genre: str = "jig") -> ComposerPanel:
    """Show controls that compose a piece: genre, key, meter, bars, tempo, seed, temperature.

    Parameters
    ----------
    folder : path, default "."
        Where exported files go.
    genre : str, default "jig"
        What the panel begins with.

    Returns
    -------
    panel : ComposerPanel
        A notebook shows it; `ComposerPanel.piece` is the last piece.

    Raises
    ------
    MissingDependencyError
        If ipywidgets is not installed.
    """
    from importlib.util import find_spec

    from melodyai_edu.errors import MissingDependencyError

    if find_spec("ipywidgets") is None:
        raise MissingDependencyError(
            "the panel needs ipywidgets; install it: pip install ipywidgets"
        )
    return ComposerPanel(folder, genre)


def _button(text: str, style: str, act: Any) -> Any:
    import ipywidgets

    button = ipywidgets.Button(description=text, button_style=style)
    button.on_click(act)
    return button


def _controls(genre: str) -> dict[str, Any]:
    """Build the controls, with what the composer offers as choices."""
    import ipywidgets

    from melodyai_edu.composition import library

    return {
        "genre": _dropdown("genre", (_ANY, *library.offered_genres()), genre),
        "meter": _dropdown("meter", (_ANY,), _ANY),
        "tonic": _dropdown("tonic", (_ANY, *TONICS), _ANY),
        "mode": _dropdown("mode", library.offered_modes(), "major"),
        "bars": ipywidgets.IntSlider(
            value=16, min=4, max=64, step=4, description="bars", style=_STYLE
        ),
        "tempo": ipywidgets.IntSlider(
            value=0, min=0, max=300, step=10, description="tempo (0 = usual)", style=_STYLE
        ),
        "temperature": ipywidgets.FloatSlider(
            value=1.0, min=0.3, max=2.0, step=0.1, description="temperature", style=_STYLE
        ),
        "seed": ipywidgets.BoundedIntText(
            value=1, min=0, max=2**31 - 1, description="seed", style=_STYLE
        ),
        "suffix": _dropdown("export as", _EXPORTS, ".mid"),
    }


def _dropdown(name: str, options: Any, value: str) -> Any:
    import ipywidgets

    return ipywidgets.Dropdown(options=options, value=value, description=name, style=_STYLE)
