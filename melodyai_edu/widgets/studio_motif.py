"""A motif that somebody brings: typed as ABC, uploaded, or hummed into a file.

Conventions
-----------
Files go through the same readers as everywhere, in a folder of their own that is gone afterwards;
their names and contents are strangers' text.

Contents
--------
MotifControls
"""

from __future__ import annotations

import html
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import InputError, MelodyAIError
from melodyai_edu.widgets import studio_parts as parts

if TYPE_CHECKING:
    from melodyai_edu.score import Score

__all__ = ["MotifControls"]

_NOTATION = (".abc", ".mid", ".midi", ".musicxml", ".xml", ".mxl")
_SOUND = (".wav", ".flac", ".ogg", ".mp3")
_LARGEST = 50_000_000  # bytes: the largest file that any reader takes
_LONGEST_NAME = 60


class MotifControls:
    """Takes a motif, and says what was understood.

    Parameters
    ----------
    run : callable, optional
        Does the reading: ``run(what, work)``; at once when left out.
    on_read : callable, optional
        Hears the score, or ``None`` when the motif is taken away.

    Attributes
    ----------
    score : Score or None
    abc : ipywidgets.Textarea
    upload : ipywidgets.FileUpload
    widget : ipywidgets.VBox
    """

    def __init__(
        self,
        run: Callable[..., Any] | None = None,
        on_read: Callable[[Score | None], None] | None = None,
    ) -> None:
        import ipywidgets

        self.score: Score | None = None
        self._run, self._on_read = run or (lambda _, work: work()), on_read
        self.abc = ipywidgets.Textarea(placeholder="K:D\nFAd fed | ...", rows=3)
        self.abc.layout.width = "100%"
        self.upload = ipywidgets.FileUpload(
            accept=",".join((*_NOTATION, *_SOUND)), multiple=False, description="Upload a file"
        )
        self.upload.layout.width = "auto"
        self.use_button = parts.button(
            "Use this text", self.use_text, tip="Read the ABC text above as the motif"
        )
        self.drop_button = parts.button("No motif", self.drop, tip="Take the motif away")
        self.said = parts.html()
        self.widget = parts.column(
            parts.html(
                "<div class='mai-sentence'>The piece begins with your motif. Type ABC, or upload "
                "ABC, MIDI, MusicXML, or a recording of one hummed line.</div>"
            ),
            self.abc,
            parts.row(self.use_button, self.upload, self.drop_button),
            self.said,
        )
        self.upload.observe(self._hear_upload, names="value")

    def use_text(self) -> None:
        """Read the text as ABC."""
        text = self.abc.value.strip()
        if not re.search(r"^K:", text, flags=re.MULTILINE):
            text = f"L:1/8\nK:C\n{text}"
        if not text.startswith("X:"):
            text = f"X:1\n{text}"
        self.read("motif.abc", f"{text}\n".encode())

    def _hear_upload(self, _: object) -> None:
        for name, data in _uploaded(self.upload.value):
            self.read(name, data)

    def read(self, name: str, data: bytes) -> None:
        """Read a file that somebody gave.

        Parameters
        ----------
        name : str
            Its suffix says what it is.
        data : bytes
        """
        self._run("reading the motif", lambda: self._take(name, data))

    def _take(self, name: str, data: bytes) -> str:
        score = _read(name, data)
        notes = sum(len(part.notes) for part in score.parts)
        if not notes:
            raise InputError(f"{_plain(name)}: there is no note in it")
        self.score = score
        words = f"{notes} notes in {score.key.name}, {score.meter.name}"
        self.said.value = f"<div class='mai-sentence'>Motif: {html.escape(words)}</div>"
        if self._on_read:
            self._on_read(score)
        return f"The motif has {words}; the next piece begins with it."

    def drop(self) -> None:
        """Take the motif away."""
        self.score, self.said.value = None, ""
        if self._on_read:
            self._on_read(None)

    def rules(self, **piece: Any) -> tuple[str, ...]:
        """Say in rules that a piece begins with the motif.

        Parameters
        ----------
        **piece
            ``meter``, ``key``, ``bars``, ``instrument``; see
            `melodyai_edu.composition.motif.motif_rules`.
        """
        from melodyai_edu.composition.motif import motif_rules

        return () if self.score is None else motif_rules(self.score, **piece)


def _uploaded(value: Any) -> Iterator[tuple[str, bytes]]:
    """Give name and content of what was uploaded, by ipywidgets 7 or 8."""
    if isinstance(value, dict):
        for name, file in value.items():
            yield str(name), bytes(file["content"])
        return
    for file in value:
        yield str(file["name"]), bytes(file["content"])


def _plain(name: str) -> str:
    """Give a file name without folders and odd characters."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[^\w. -]", "_", last).strip(". ")[-_LONGEST_NAME:] or "motif"


def _read(name: str, data: bytes) -> Score:
    from melodyai_edu.features.hum import hum
    from melodyai_edu.io import read

    plain = _plain(name)
    suffix = Path(plain).suffix.lower()
    if suffix not in (*_NOTATION, *_SOUND):
        offered = ", ".join((*_NOTATION, *_SOUND))
        raise InputError(f"{plain}: its name must end in one of: {offered}")
    if len(data) > _LARGEST:
        raise InputError(f"{plain}: {len(data)} bytes must be {_LARGEST} at most; cut it")
    with tempfile.TemporaryDirectory(prefix="motif_") as folder:
        file = Path(folder) / plain
        file.write_bytes(data)
        try:
            return hum(file) if suffix in _SOUND else read(file)
        except MelodyAIError as error:
            said = str(error).replace(f"{folder}/", "").replace(str(Path(folder)), "")
            raise InputError(said) from error
