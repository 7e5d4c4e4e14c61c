"""Another player: Magenta.js' html-midi-player, for those who know it from Magenta's pages.

Conventions
-----------
As `melodyai_edu.render.player`: one page that holds everything, with a content policy that names
its scripts by their hashes and forbids every address. Its synthesizer is Magenta.js' own, which
plays all instruments with a few oscillators; soundfonts would have to be fetched.

Contents
--------
magenta_player_html, magenta_player_iframe
"""

from __future__ import annotations

import re
from html import escape

from melodyai_edu.io.note_sequence import note_sequence_json
from melodyai_edu.render.description import describe
from melodyai_edu.render.page import as_json, bundled, framed, policy, script
from melodyai_edu.score import Score

__all__ = ["magenta_player_html", "magenta_player_iframe"]

_SCRIPTS = {
    "tone": "vendor/tone.js",  # version 14.7.58, MIT
    "magenta": "vendor/magenta-music-core.js",  # version 1.23.1, Apache-2.0
    "elements": "vendor/html-midi-player.min.js",  # version 1.6.0, BSD-2-Clause
    "start": "player_magenta.js",
}
#: What the player and its piano roll use of a NoteSequence; its times already follow the tempos.
_USED = ("notes", "totalTime")
_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
#: Tone.js keeps time in a worker that it makes of a text of its own; it is no address.
_WORKER = "worker-src blob:"
_HEIGHT = 420  # pixels


def magenta_player_html(score: Score) -> str:
    """Build the page of html-midi-player.

    Parameters
    ----------
    score : Score

    Returns
    -------
    page : str
        A whole HTML document that works offline: play, stop, seek, a piano roll.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> page = magenta_player_html(Score.of_melody(Melody.from_events([(60, 96)]), title="<b>"))
    >>> "&lt;b&gt;" in page, "sound-font=" in page
    (True, False)
    """
    codes = {name: _code(path) for name, path in _SCRIPTS.items()}
    sequence = note_sequence_json(score)
    fields = {
        "policy": f"{policy(*codes.values())}; {_WORKER}",
        "title": escape(score.title.strip() or "Untitled piece"),
        "description": escape(describe(score)),
        "data": as_json({name: sequence[name] for name in _USED}),
        **{name: script(code) for name, code in codes.items()},
    }
    page = bundled("player_magenta.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: fields[match[1]], page)


def _code(path: str) -> str:
    """Give a script in plain ASCII, so that its hash holds in a page of any encoding."""
    code = _MAP.sub("", bundled(path))
    return code.encode("ascii", "backslashreplace").decode()


def magenta_player_iframe(score: Score, *, height: int = _HEIGHT) -> str:
    """Put the page into a frame for a notebook's output.

    Parameters
    ----------
    score : Score
    height : int, default 420 [pixels]

    Returns
    -------
    html : str
        The frame has no rights but to run its own scripts and to sound.
    """
    return framed(magenta_player_html(score), f"Magenta player. {describe(score)}", height)
