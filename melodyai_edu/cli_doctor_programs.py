"""Programs and devices: what shows a notebook, what plays, what trains fast.

Contents
--------
browser_parts, sound, gpu
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from melodyai_edu.cli_doctor_findings import Finding, as_version, installed, said_by

__all__ = ["browser_parts", "gpu", "sound"]

_LAB = "python -m pip install 'melodyai-edu[lab]' (in a checkout: make lab)"
_EXTENSION = "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/package.json"
_GPU_SECONDS = 120.0


def browser_parts() -> Iterator[Finding]:
    """Look at JupyterLab, at the widgets and at the part of them that runs in the browser."""
    yield _optional("JupyterLab", "jupyterlab", "the lessons and the studio are notebooks", _LAB)
    widgets = installed("ipywidgets")
    if widgets is not None:  # where it is missing, it was told as something needed
        yield _widgets_in_browser(widgets)
    yield _optional("Voila", "voila", "shows the studio as a page", "python -m pip install voila")
    there = shutil.which("chromium") or shutil.which("google-chrome")
    yield Finding(
        "Chromium", "ok" if there else "missing", there or "only MelodyAI's own tests need it"
    )


def _optional(name: str, package: str, use: str, remedy: str) -> Finding:
    found = installed(package)
    if found is None:
        return Finding(name, "missing", f"not installed: {use}", remedy)
    return Finding(name, "ok", found)


def _widgets_in_browser(widgets: str) -> Finding:
    """Compare ipywidgets with what it needs in JupyterLab, and look whether that is in place."""
    from packaging.requirements import Requirement

    name, again = "widgets in the browser", "python -m pip install --force-reinstall ipywidgets"
    texts = metadata.requires("ipywidgets") or ()
    wanted = next((r for r in map(Requirement, texts) if "labwidgets" in _plain(r.name)), None)
    found = installed(wanted.name) if wanted else None
    if wanted is None or found is None:
        lacking = wanted.name if wanted else "jupyterlab_widgets"
        why = f"{lacking} is not installed: sliders stay empty in JupyterLab"
        return Finding(name, "missing", why, f"{again} {lacking}")
    if not wanted.specifier.contains(found, prereleases=True):
        why = f"{wanted.name} {found} does not fit ipywidgets {widgets} ({wanted.specifier})"
        return Finding(name, "old", f"{why}: sliders stay empty", f"{again} {wanted.name}")
    places = (Path(sysconfig.get_path("data")), Path(sys.prefix), Path.home() / ".local")
    if not any(_is_extension(place / _EXTENSION) for place in places):
        why = f"{wanted.name} {found} is installed but its files for JupyterLab are not there"
        return Finding(name, "damaged", why, f"{again} {wanted.name}")
    return Finding(name, "ok", f"ipywidgets {widgets} with {wanted.name} {found}")


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace("jupyterlab", "lab")


def _is_extension(file: Path) -> bool:
    try:
        return bool(json.loads(file.read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def sound() -> Iterator[Finding]:
    """Look at the program and the soundfont that play best."""
    from melodyai_edu.render.synthesis import find_soundfont

    install = "on Debian: apt-get install fluidsynth fluidr3mono-gm-soundfont; on macOS: brew "
    install += "install fluid-synth"
    program = shutil.which("fluidsynth")
    if program is None:
        why = "not installed: pieces are played with plain tones"
        yield Finding("fluidsynth", "missing", why, install)
    else:
        yield Finding("fluidsynth", "ok", _version_of(program))
    font = find_soundfont()
    if font is None:
        yield Finding("soundfont", "missing", "none is installed", install)
    else:
        yield Finding("soundfont", "ok", font.name)


def _version_of(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=5, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return "it is there, but does not start"
    return str(as_version(done.stdout))


def gpu(*, is_asked: bool) -> Finding:
    """Look for a graphics processor, and for TensorFlow using it.

    Parameters
    ----------
    is_asked : bool
        Whether to start TensorFlow, in a process of its own.

    Returns
    -------
    finding : Finding
    """
    if not is_asked:
        has_driver = shutil.which("nvidia-smi") is not None
        said = "a driver for one is here" if has_driver else "no NVIDIA driver is here"
        more = "; whether TensorFlow sees it says: melodyai doctor --gpu" if has_driver else ""
        return Finding("GPU", "ok", f"{said}{more or '; training is slower, nothing else'}")
    if installed("tensorflow") is None:
        return Finding("GPU", "missing", "TensorFlow is not installed", _LAB)
    code = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"
    count = said_by(code, _GPU_SECONDS)
    if count is None:
        why = f"TensorFlow did not start within {_GPU_SECONDS:.0f} seconds, or crashed"
        return Finding("GPU", "damaged", why, "python -m pip install --force-reinstall tensorflow")
    if count == "0":
        remedy = "with an NVIDIA GPU: python -m pip install 'tensorflow[and-cuda]'"
        return Finding("GPU", "missing", "TensorFlow sees none; training is slower", remedy)
    return Finding("GPU", "ok", f"TensorFlow sees {count}")
