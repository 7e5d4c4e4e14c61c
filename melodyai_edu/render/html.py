"""Pictures and sound as pieces of HTML that survive everywhere.

Conventions
-----------
An untrusted notebook drops scripts, frames and inline SVG; an ``img`` and an ``audio`` whose data
stand in the page itself still show. So these carry PNG and MP3 as data, and a description in words.

Contents
--------
score_html, roll_html, audio_html
"""

from __future__ import annotations

import io
from base64 import b64encode
from html import escape

from melodyai_edu.render.audio import Audio, audio_bytes
from melodyai_edu.render.description import describe
from melodyai_edu.render.engraving import engrave, svg_png
from melodyai_edu.render.piano_roll import piano_roll
from melodyai_edu.render.picture import image_html
from melodyai_edu.score import Score

__all__ = ["audio_html", "roll_html", "score_html"]

_ROLL_DPI = 110


def score_html(score: Score, *, most_pages: int = 3) -> str:
    """Give the engraved score as images with a description.

    Parameters
    ----------
    score : Score
    most_pages : int, default 3
        Later pages are left out, and a line says so.

    Returns
    -------
    html : str

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> score_html(Score.of_melody(Melody.from_events([(60, 96)]), title="<b>"))[:25]
    '<img alt="&lt;b&gt;. C ma'
    """
    pages = engrave(score)
    words = describe(score)
    images = [image_html(svg_png(page), words) for page in pages[:most_pages]]
    if len(pages) > most_pages:
        images.append(f"<p>Pages 1 to {most_pages} of {len(pages)}; save the piece to see all.</p>")
    return "\n".join(images)


def roll_html(score: Score) -> str:
    """Give the piano roll as an image with a description.

    Parameters
    ----------
    score : Score

    Returns
    -------
    html : str
    """
    buffer = io.BytesIO()
    piano_roll(score).savefig(buffer, format="png", dpi=_ROLL_DPI)
    return image_html(buffer.getvalue(), f"Piano roll. {describe(score)}")


def audio_html(audio: Audio, label: str = "The piece as sound") -> str:
    """Give sound as a player of the browser's own, its MP3 inside the page.

    Parameters
    ----------
    audio : Audio
    label : str, optional
        What a screen reader says.

    Returns
    -------
    html : str

    Examples
    --------
    >>> import numpy as np
    >>> audio_html(Audio(np.zeros((2, 8000), np.float32), 8000, "sines"), '"')[:44]
    '<audio controls aria-label="&quot;" src="dat'
    """
    mono = Audio(audio.mono[None], audio.sr, audio.tier)  # half the bytes; a notebook stays small
    data = b64encode(audio_bytes(mono, ".mp3")).decode("ascii")
    return (
        f'<audio controls aria-label="{escape(label)}" src="data:audio/mpeg;base64,{data}"></audio>'
    )
