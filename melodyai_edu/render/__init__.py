"""Scores made visible and audible: engraving, piano roll, player, audio, and words.

Conventions
-----------
Every function is pure: a `Score` in, text, bytes or a figure out. Nothing here needs a network, a
display or a system program; a soundfont player is used where it is installed. Each picture carries
the text of `describe`.

Contents
--------
engraving, piano_roll, description: a score on paper, as a roll, in words.
audio, synthesis, stems, singing: as sound. player, player_magenta, page: in a player.
show, html, panels, picture: in a notebook. palette: in colours.
plan, likeness, curves, graph, service_map, visits: other pictures that lessons show.
"""

from melodyai_edu.render.audio import (
    Audio,
    audio_bytes,
    available_tiers,
    render_audio,
    render_stems,
    write_audio,
)
from melodyai_edu.render.description import describe
from melodyai_edu.render.engraving import engrave, score_png, svg_png
from melodyai_edu.render.html import audio_html, roll_html, score_html
from melodyai_edu.render.piano_roll import piano_roll
from melodyai_edu.render.player import player_html, player_iframe
from melodyai_edu.render.player_magenta import magenta_player_html, magenta_player_iframe
from melodyai_edu.render.show import show
from melodyai_edu.render.stems import save_stems

__all__ = [
    "Audio",
    "audio_bytes",
    "audio_html",
    "available_tiers",
    "describe",
    "engrave",
    "magenta_player_html",
    "magenta_player_iframe",
    "piano_roll",
    "player_html",
    "player_iframe",
    "render_audio",
    "render_stems",
    "roll_html",
    "save_stems",
    "score_html",
    "score_png",
    "show",
    "svg_png",
    "write_audio",
]
