"""Score pages as SVG and PNG, drawn by verovio.

Conventions
-----------
Widths and heights are pixels at a zoom of 1. The same score gives the same SVG, ids included: the
ids are seeded by the music, so two scores can stand in one HTML page. Texts are escaped by verovio
and by us; no system font is needed for a PNG.

Contents
--------
PAGE_HEIGHT, PAGE_WIDTH, Engraving, engrave, engrave_timed, score_png, svg_png
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.render.description import describe, shortened
from melodyai_edu.score import TICKS_PER_QUARTER, Score

__all__ = [
    "PAGE_HEIGHT",
    "PAGE_WIDTH",
    "Engraving",
    "engrave",
    "engrave_timed",
    "score_png",
    "svg_png",
]

#: A sheet of A4 at about 100 pixels an inch, the usual width of a notebook's output.
PAGE_WIDTH, PAGE_HEIGHT = 840, 1188

_LONGEST_NAME, _LONGEST_TITLE = 40, 70  # characters
_FONTS = (
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSans"),
)
_SCALE = 40  # verovio's percentage; 100 verovio units are then 40 pixels
_SIZES = range(200, 10001)

#: SMuFL's glyphs for metronome marks, for the accidentals of chord symbols and for dynamics live in
#: a music font that only verovio has: write them with characters that every text font has.
#: SMuFL 1.4, ranges "Metronome marks", "Figured bass" and "Dynamics".
_PLAIN_TEXT = str.maketrans(
    {
        "\ueca2": "whole",
        "\ueca3": "half",
        "\ueca5": "♩",
        "\ueca7": "♪",
        "\ueca9": "sixteenth",
        "\uecb7": ".",
        "\uea64": "♭",
        "\uea65": "♮",
        "\uea66": "♯",
        "\ue520": "p",
        "\ue521": "m",
        "\ue522": "f",
    }
)
#: Double accidentals, which few text fonts have.
_DOUBLES = str.maketrans({"\U0001d12a": "♯♯", "\U0001d12b": "♭♭"})
_MUSIC_TEXT = re.compile(r'<tspan font-family="Leipzig" font-size="(\d+)px">([^<]*)</tspan>')
_SIZE = re.compile(r'width="(\d+)px" height="(\d+)px"')
_VEROVIO_NOTES = re.compile(r'<desc>Engraved by[^<]*</desc>|<title class="labelAttr">[^<]*</title>')


@dataclass(frozen=True, slots=True)
class Engraving:
    """Engraved pages, and when each printed note sounds.

    Parameters
    ----------
    pages : tuple of str
        One SVG document a page.
    marks : tuple of (str, int, int)
        The SVG id of a printed note, its onset and its end [ticks], in order of onset. A tied note
        has one mark for each of its printed heads.
    """

    pages: tuple[str, ...]
    marks: tuple[tuple[str, int, int], ...]


def _printable(score: Score) -> Score:
    """Shorten names that would push the staves off the page."""
    parts = tuple(replace(part, name=shortened(part.name, _LONGEST_NAME)) for part in score.parts)
    return replace(score, parts=parts, title=shortened(score.title, _LONGEST_TITLE))


def _toolkit(text: str, page_width: int, page_height: int) -> Any:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    # verovio sets this once, and only the thread that imports it sees it.
    verovio.setDefaultResourcePath(str(files("verovio") / "data"))
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "adjustPageHeight": True,
            "breaks": "auto",
            "footer": "none",
            "pageHeight": page_height * 100 // _SCALE,
            "pageWidth": page_width * 100 // _SCALE,
            "scale": _SCALE,
            "smuflTextFont": "none",
            "svgFormatRaw": True,
            "svgRemoveXlink": True,
            "xmlIdSeed": zlib.crc32(text.encode()) & 0x7FFFFFFF,
        }
    )
    if not toolkit.loadData(text):
        raise OutputError("the score cannot be engraved: verovio refuses its MusicXML")
    return toolkit


def _plain_text(match: re.Match[str]) -> str:
    size, text = match.groups()
    text = text.translate(_PLAIN_TEXT).replace(" .", ".")
    return f'<tspan font-size="{int(size) * 2 // 3}px">{text}</tspan>'


def _described(svg: str, title: str, description: str) -> str:
    """Put title and description where screen readers look, in place of verovio's own."""
    svg = _MUSIC_TEXT.sub(_plain_text, _VEROVIO_NOTES.sub("", svg)).translate(_DOUBLES)
    svg = _SIZE.sub(r'\g<0> viewBox="0 0 \1 \2"', svg, count=1)  # so that a narrow page shrinks it
    head, body = svg.split(">", 1)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return f'{head} role="img">{words}{body}'


def _marks(toolkit: Any) -> tuple[tuple[str, int, int], ...]:
    onsets: dict[str, int] = {}
    marks = []
    for event in toolkit.renderToTimemap():
        tick = round(event["qstamp"] * TICKS_PER_QUARTER)
        marks += [(note, onsets.pop(note), tick) for note in event.get("off", ())]
        onsets |= dict.fromkeys(event.get("on", ()), tick)
    return tuple(sorted(marks, key=lambda mark: (mark[1], mark[2], mark[0])))


def engrave_timed(
    score: Score, *, page_width: int = PAGE_WIDTH, page_height: int = PAGE_HEIGHT
) -> Engraving:
    """Engrave a score and say when each printed note sounds.

    Parameters
    ----------
    score : Score
    page_width, page_height : int, optional [pixels, 200-10000]
        Systems are wrapped at the width; pages are cut to what they hold.

    Returns
    -------
    engraving : Engraving

    Raises
    ------
    ParameterError
        If a size is out of range.
    OutputError
        If MusicXML cannot carry the score.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> engraving = engrave_timed(Score.of_melody(Melody.from_events([(60, 24), (64, 72)])))
    >>> [(onset, end) for _, onset, end in engraving.marks]
    [(0, 24), (24, 96)]
    """
    from melodyai_edu.io.musicxml_write import musicxml_text

    for name, size in (("page_width", page_width), ("page_height", page_height)):
        if size not in _SIZES:
            raise ParameterError(f"{name}={size} must be from 200 to 10000 pixels")
    toolkit = _toolkit(musicxml_text(_printable(score)), page_width, page_height)
    title = score.title.strip() or "Score"
    count = toolkit.getPageCount()
    pages = []
    for page in range(1, count + 1):
        heading = title if count == 1 else f"{title}, page {page} of {count}"
        pages.append(_described(toolkit.renderToSVG(page), heading, describe(score)))
    return Engraving(tuple(pages), _marks(toolkit))


def engrave(
    score: Score, *, page_width: int = PAGE_WIDTH, page_height: int = PAGE_HEIGHT
) -> list[str]:
    """Engrave a score as pages of SVG.

    Parameters
    ----------
    score : Score
    page_width, page_height : int, optional [pixels, 200-10000]
        Systems are wrapped at the width; pages are cut to what they hold.

    Returns
    -------
    pages : list of str
        One SVG document a page, each with a title and a description in words.

    Raises
    ------
    ParameterError
        If a size is out of range.
    OutputError
        If MusicXML cannot carry the score.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> score = Score.of_melody(Melody.from_events([(60, 96)] * 40))
    >>> len(engrave(score)), engrave(score) == engrave(score)
    (1, True)
    """
    return list(engrave_timed(score, page_width=page_width, page_height=page_height).pages)


def svg_png(svg: str, *, zoom: int = 2) -> bytes:
    """Draw an engraved page as a PNG on white.

    Text is set in STIX, as wide as the Times that verovio reckons with, and in DejaVu where STIX
    has no letter. matplotlib carries both, so no font need be installed.

    Parameters
    ----------
    svg : str
        A page from `engrave`.
    zoom : int, default 2
        Pixels of the picture for each pixel of the page.

    Returns
    -------
    png : bytes

    Raises
    ------
    OutputError
        If the SVG cannot be drawn.
    """
    import matplotlib
    import resvg_py

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=svg,
            background="#ffffff",
            skip_system_fonts=True,
            zoom=zoom,
            font_files=[str(fonts / f"{name}.ttf") for name in _FONTS],
            font_family="STIXGeneral",
            serif_family="STIXGeneral",
        )
    except ValueError as error:
        raise OutputError(f"the page cannot be drawn as PNG: {error}") from error
    return bytes(png)


def score_png(score: Score, *, page_width: int = PAGE_WIDTH, zoom: int = 2) -> bytes:
    """Draw a whole score as one PNG of up to 10,000 pixels height before zoom.

    Parameters
    ----------
    score : Score
    page_width : int, optional [pixels, 200-10000]
        Systems are wrapped at this width.
    zoom : int, default 2
        Pixels of the picture for each pixel of the page.

    Returns
    -------
    png : bytes

    Raises
    ------
    ParameterError
        If the width is out of range.
    OutputError
        If the score is too long for one picture; draw the pages of `engrave` with `svg_png`.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> score_png(Score.of_melody(Melody.from_events([(60, 96)])))[1:4]
    b'PNG'
    """
    pages = engrave(score, page_width=page_width, page_height=_SIZES[-1])
    if len(pages) > 1:
        raise OutputError(
            f"{score.bar_count} bars do not fit one picture: draw each page of engrave(score) "
            "with svg_png(page)"
        )
    return svg_png(pages[0], zoom=zoom)
