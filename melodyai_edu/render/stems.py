"""Stems: each part of a score as a sound file and a MIDI file of its own, for a sequencer.

Conventions
-----------
All files are as long as the whole piece and begin where it begins, so they line up when they are
dropped into a sequencer at one place. All sounds have one gain, so their sum is the mix. Files
are named after their parts, in letters that every file system allows: ``02_acoustic_guitar.wav``.

Contents
--------
save_stems, stem_names
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.render.audio import audio_bytes, render_stems
from melodyai_edu.score import Score

__all__ = ["save_stems", "stem_names"]

_LONGEST_NAME = 40  # characters
_OTHER = re.compile(r"[^a-z0-9]+")
_BITS = 24  # a DAW's usual depth: the sum of many stems stays exact


def stem_names(score: Score) -> tuple[str, ...]:
    """Name the stems: a number, and the part's name in plain letters.

    Parameters
    ----------
    score : Score

    Returns
    -------
    names : tuple of str
        One for each part, all different, without a suffix.

    Examples
    --------
    >>> from melodyai_edu.score import Part
    >>> stem_names(Score((Part((), name="Flöte / ¿1?"), Part((), is_drums=True), Part(()))))
    ('01_flote_1', '02_drums', '03_part')
    """
    width = max(2, len(str(len(score.parts))))
    names = []
    for number, part in enumerate(score.parts, start=1):
        plain = unicodedata.normalize("NFKD", part.name).encode("ascii", "ignore").decode()
        word = _OTHER.sub("_", plain.lower()).strip("_")[:_LONGEST_NAME].strip("_")
        names.append(f"{number:0{width}}_{word or ('drums' if part.is_drums else 'part')}")
    return tuple(names)


def save_stems(
    score: Score,
    folder: str | os.PathLike[str],
    *,
    sr: int = 44100,
    tier: str | None = None,
    progress: bool = False,
) -> tuple[Path, ...]:
    """Save each part of a score as a WAV file and a MIDI file.

    Parameters
    ----------
    score : Score
        With at least one part.
    folder : path
        Made where it is missing; files of the same names in it are replaced.
    sr : int, default 44100 [samples a second]
        As in `melodyai_edu.render.render_audio`.
    tier : str, optional
        The same.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    paths : tuple of Path
        For each part its ``.wav`` (24 bits), then its ``.mid``.

    Raises
    ------
    ParameterError
        If the score has no part, a value is unknown, or the parts play for more than an hour
        together.
    OutputError
        If a file cannot be written.
    """
    from melodyai_edu.io.disk import as_path, save_bytes
    from melodyai_edu.io.midi_write import midi_bytes

    if not score.parts:
        raise ParameterError("parts=() must hold at least one part to give a stem")
    target = as_path(folder, OutputError)
    stems = render_stems(score, sr, tier, progress=progress)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be made a folder: {error.strerror}") from error
    paths: list[Path] = []
    for name, part, stem in zip(stem_names(score), score.parts, stems, strict=True):
        files = {
            target / f"{name}.wav": audio_bytes(stem, ".wav", bits=_BITS),
            target / f"{name}.mid": midi_bytes(replace(score, parts=(part,))),
        }
        for path, data in files.items():
            save_bytes(data, path)
        paths += files
    return tuple(paths)
