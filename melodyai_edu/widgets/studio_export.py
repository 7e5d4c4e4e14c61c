"""A take in files, and the code that makes it again.

Conventions
-----------
Files go into the studio's folder, and a link hands the same bytes to the browser, for where the
folder is on another machine. Beside each lies the piece's provenance, from which it can be rebuilt.

Contents
--------
ExportControls
"""

from __future__ import annotations

import html
import io
import json
import re
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.disk import save_bytes
from melodyai_edu.widgets import studio_parts as parts
from melodyai_edu.widgets import studio_ratings
from melodyai_edu.widgets.studio_code import command_for, python_for

if TYPE_CHECKING:
    from melodyai_edu.widgets.studio_state import Take

__all__ = ["ExportControls"]

_STEMS_ZIP, _STEMS_FOLDER, _PROVENANCE = "stems, one zip", "stems, a folder", ".json"
_LARGEST_LINK = 8_000_000  # bytes
_LONGEST_NAME = 80


class ExportControls:
    """Chooses a format and a name, saves, and shows the code.

    Parameters
    ----------
    folder : Path
    take : callable
        Gives the take at hand, or ``None``.
    run : callable
        ``run(what, work)`` does what takes a while.
    store : RatingStore, optional

    Attributes
    ----------
    python, command : ipywidgets.Textarea
    files, code : ipywidgets.VBox
    """

    def __init__(
        self,
        folder: Path,
        take: Callable[[], Take | None],
        run: Callable[..., Any],
        store: Any = None,
    ) -> None:
        from melodyai_edu.composition.composition import SUFFIXES

        self.folder, self.take, self.run, self.store = folder, take, run, store
        formats = (*SUFFIXES, _STEMS_ZIP, _STEMS_FOLDER, _PROVENANCE)
        self.format = parts.dropdown("export as", formats, ".mid")
        self.format.layout.width = "240px"
        self.name = parts.text("name", hint="the title", width="260px")
        self.button = parts.button("Export", self.export, tip="Write the piece to a file")
        self.said = parts.html(name="mai-status")
        self.files = parts.column(parts.row(self.format, self.name, self.button), self.said)
        self.python, self.command = _area("Python"), _area("command")
        self.command.rows = 3
        self.code = parts.column(
            parts.html("<div class='mai-sentence'>These make the same piece, note for note. An "
                       "edited piece is rebuilt from its .json, which every export writes.</div>"),
            self.python,
            self.command,
        )  # fmt: skip

    @property
    def stem(self) -> str:
        """The name of the files, without a suffix."""
        take = self.take()
        given = self.name.value.strip() or (take.piece.score.title if take else "")
        words = re.sub(r"\W+", "_", given.lower()).strip("_")[:_LONGEST_NAME]
        return words or "piece"

    def show(self, take: Take) -> None:
        """Show the code that makes a take.

        Parameters
        ----------
        take : Take
        """
        self.python.value = python_for(take, self.stem)
        self.command.value = command_for(take, self.stem)

    def export(self) -> None:
        """Write the piece at hand to its file."""
        self.said.value = ""
        self.run("exporting", self._export)

    def _export(self) -> str:
        take = self.take()
        if take is None:
            raise ParameterError("there is no piece yet: press Generate first")
        stem, kind = self.stem, self.format.value
        if kind == _STEMS_FOLDER:
            folder = self.folder / f"{stem}_stems"
            names = [path.name for path in take.piece.save_stems(folder)]
            said = f"saved {len(names)} files in {folder}"
        else:
            path = self.folder / f"{stem}{'_stems.zip' if kind == _STEMS_ZIP else kind}"
            _save(take, path, kind)
            said = f"saved as {path}"
            self.said.value = _link(path)
        if kind != _PROVENANCE and _has_provenance(take):
            _save(take, self.folder / f"{stem}{_PROVENANCE}", _PROVENANCE)
        self.show(take)
        studio_ratings.note_action(take.piece, "exported", self.store)
        return said


def _area(label: str) -> Any:
    import ipywidgets

    made = ipywidgets.Textarea(description=label, rows=9, style={"description_width": "92px"})
    made.layout.width = "100%"
    made.add_class("mai-code")
    return made


def _save(take: Take, path: Path, kind: str) -> None:
    """Write one file."""
    if kind == _PROVENANCE:
        save_bytes(json.dumps(take.piece.provenance, indent=1).encode(), path)
    elif kind == _STEMS_ZIP:
        save_bytes(_zipped_stems(take), path)
    else:
        take.piece.save(path)


def _has_provenance(take: Take) -> bool:
    try:
        return bool(take.piece.provenance)
    except ParameterError:  # a rule of one's own cannot be written down
        return False


def _zipped_stems(take: Take) -> bytes:
    stream = io.BytesIO()
    packed = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
    with packed, tempfile.TemporaryDirectory(prefix="stems_") as folder:
        for path in take.piece.save_stems(folder):
            packed.write(path, path.name)
    return stream.getvalue()


def _link(path: Path) -> str:
    """Hand a file to the browser, inside the page."""
    if path.stat().st_size > _LARGEST_LINK:
        return ""
    data = b64encode(path.read_bytes()).decode("ascii")
    name = html.escape(path.name, quote=True)
    return (
        f'<a download="{name}" href="data:application/octet-stream;base64,{data}">'
        f"Download {name}</a>"
    )
