"""A piece in files: its suffix says as what.

Conventions
-----------
Notation and pictures hold what is written, MIDI and sound what is played.

Contents
--------
SUFFIXES, save_piece
"""

from __future__ import annotations

from pathlib import Path

from melodyai_edu.errors import OutputError
from melodyai_edu.score import Score

__all__ = ["SUFFIXES", "save_piece"]

_MIDI = (".mid", ".midi")
_NOTATION = (".musicxml", ".xml", ".mxl", ".abc")
_SOUND = (".wav", ".mp3", ".ogg")
_PICTURE = (".svg", ".png")

#: What a piece can be saved as.
SUFFIXES = (*_MIDI, *_NOTATION, *_SOUND, *_PICTURE)


def save_piece(path: str | Path, written: Score, played: Score | None = None) -> Path:
    """Write a piece to a file.

    Parameters
    ----------
    path : str or Path
        Ends in one of ``SUFFIXES``. A picture as SVG has the first page only.
    written : Score
    played : Score, optional
        As it sounds; as it is written when left out.

    Returns
    -------
    path : Path

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    path = Path(path)
    suffix, sounding = path.suffix.lower(), played or written
    if suffix not in SUFFIXES:
        raise OutputError(f"path={str(path)!r} must end in one of: {', '.join(SUFFIXES)}")
    if suffix in (*_MIDI, *_NOTATION):
        from melodyai_edu.io import write

        write(sounding if suffix in _MIDI else written, path)
    elif suffix in _SOUND:
        from melodyai_edu.render import write_audio

        write_audio(sounding, path)
    else:
        _write_picture(written, path)
    return path


def _write_picture(score: Score, path: Path) -> None:
    from melodyai_edu.io.disk import save_bytes
    from melodyai_edu.render import engrave, score_png

    is_svg = path.suffix.lower() == ".svg"
    save_bytes(engrave(score)[0].encode() if is_svg else score_png(score), path)
