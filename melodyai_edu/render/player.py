"""The player: one small page that shows, plays and mutes a score, with nothing to download.

Conventions
-----------
The page holds everything: data, drawing, synthesizer. It stands in a frame without rights: its
scripts are named by their hashes in a content policy, so text from a score can never run, and no
address can be fetched. Its own times are ticks; the tempo slider scales the score's own tempos.

Contents
--------
player_html, player_iframe
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from melodyai_edu.render.description import bar_number, describe, part_label
from melodyai_edu.render.engraving import engrave_timed
from melodyai_edu.render.page import as_json, bundled, framed, policy, script
from melodyai_edu.render.palette import colour_of
from melodyai_edu.score import Score

__all__ = ["player_html", "player_iframe"]

_SYNTHESIZER = "vendor/webaudio-tinysynth.min.js"  # version 1.1.3, Apache-2.0
_TALL_PAGE = 10000  # pixels: the page scrolls, so the score is wrapped but not paged
_TALLEST_FRAME, _CONTROLS_HEIGHT = 640, 340  # pixels
_NEEDLESS = re.compile(
    r'<g (?:id="\w+" )?class="\w+"/>|<text [^>]*/>|(?<=<g )id="\w+" (?=class="(?!note|rest))'
)


def _data(score: Score, marks: tuple[tuple[str, int, int], ...]) -> dict[str, Any]:
    return {
        "title": score.title.strip() or "Untitled piece",
        "duration": score.duration,
        "tempos": [[change.onset, change.tempo] for change in score.tempos],
        "bars": [[onset, bar_number(score, bar)] for bar, onset in enumerate(score.bar_onsets())],
        "beats": [[change.onset, change.meter.beat_durations] for change in score.meters],
        "parts": [
            {
                "name": part_label(part, index),
                "colour": colour_of(index),
                "program": part.program,
                "drums": part.is_drums,
                "notes": [
                    [note.onset, note.duration, note.pitch, note.velocity, note.pitch_name]
                    for note in part.notes
                ],
            }
            for index, part in enumerate(score.parts)
        ],
        "marks": marks,
    }


def player_html(score: Score, written: Score | None = None) -> str:
    """Build the player's page.

    Parameters
    ----------
    score : Score
        What sounds.
    written : Score, optional
        What is printed, where that is not the same; on the same grid of ticks.

    Returns
    -------
    page : str
        A whole HTML document that works offline. Play, pause, seek, tempo, a switch for each
        part, and a cursor over roll and score; all of it by keyboard too.

    Raises
    ------
    OutputError
        If the score cannot be engraved.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> page = player_html(Score.of_melody(Melody.from_events([(60, 96)]), title="<script>"))
    >>> page.count("<script>"), "http:" in page.replace("http://www.w3.org/", "")
    (2, False)
    """
    engraving = engrave_timed(written or score, page_height=_TALL_PAGE)
    synthesizer, player = bundled(_SYNTHESIZER), bundled("player.js")
    fields = {
        "policy": policy(synthesizer, player),
        "title": escape(score.title.strip() or "Untitled piece"),
        "description": escape(describe(score)),
        "style": bundled("player.css"),
        "score": "\n".join(_NEEDLESS.sub("", page) for page in engraving.pages),
        "data": as_json(_data(score, engraving.marks)),
        "synthesizer": script(synthesizer),
        "player": script(player),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: fields[match[1]], bundled("player.html"))


def player_iframe(
    score: Score,
    *,
    written: Score | None = None,
    height: int | None = None,
    tallest: int = _TALLEST_FRAME,
) -> str:
    """Put the player's page into a frame for a notebook's output.

    Parameters
    ----------
    score : Score
        What sounds.
    written : Score, optional
        What is printed, where that is not the same; on the same grid of ticks.
    height : int, optional [pixels]
        As tall as the score needs, up to ``tallest``, when left out; a longer score scrolls inside.
    tallest : int, default 640 [pixels]

    Returns
    -------
    html : str
        The frame has no rights but to run its own scripts and to sound.

    Raises
    ------
    OutputError
        If the score cannot be engraved.
    """
    page = player_html(score, written)
    if height is None:
        score_height = sum(map(int, re.findall(r'<svg width="\d+px" height="(\d+)px"', page)))
        height = min(tallest, _CONTROLS_HEIGHT + score_height)
    return framed(page, f"Player. {describe(score)}", height)
