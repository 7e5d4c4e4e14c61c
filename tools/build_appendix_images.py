"""Draw the pictures of docs/reading_music.md: scores, a piano roll, and the keys of a piano.

Conventions
-----------
What a picture shows is said twice: here as a score, and on the page as its alternative text. A
test holds the two lists of names together, and the pictures to 200 KB in all. Run it without
arguments after a change of the engraving.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from melodyai_edu.score import Score

IMAGES = Path(__file__).parents[1] / "docs" / "images"
#: Pixels: the greatest width of a picture, of the page that is engraved, and of the margin.
_WIDTH, _PAGE, _MARGIN = 1500, 900, 16
_COLOURS = 16  # of a picture: black on white needs no more

#: Frère Jacques, as lesson 01 has it: (pitch, ticks).
SONG = (
    *[(60, 24), (62, 24), (64, 24), (60, 24)] * 2,
    *[(64, 24), (65, 24), (67, 48)] * 2,
)
#: A bar of each length, then a dot and a rest.
LENGTHS = (
    (67, 96),
    *[(67, 48)] * 2,
    *[(67, 24)] * 4,
    *[(67, 12)] * 8,
    *[(67, 36), (67, 12), (None, 24), (67, 24)],
)
G_MAJOR = tuple((pitch, 24) for pitch in (67, 69, 71, 72, 74, 76, 78, 79))
#: I, IV, V, I: three notes together over the root, an octave or two lower.
CHORDS = ((48, 64, 67, 72), (53, 65, 69, 72), (55, 62, 67, 71), (48, 64, 67, 72))
#: White keys from C4 on, and the black key to the right of each, if there is one.
_WHITE = ("C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5", "D5", "E5")
_BLACK = {0: "C♯ D♭", 1: "D♯ E♭", 3: "F♯ G♭", 4: "G♯ A♭", 5: "A♯ B♭", 7: "C♯ D♭", 8: "D♯ E♭"}


def melody_score(events: Any, key: str = "C", **names: str) -> Score:
    """Make a score in 4/4 of a line of (pitch, ticks)."""
    from melodyai_edu.score import Key, Melody, Meter, Score

    melody = Melody.from_events(list(events))
    return Score.of_melody(melody, meter=Meter(4, 4), key=Key(key), **names)


def chord_score() -> Score:
    """Make a score of four chords, a half note each."""
    from melodyai_edu.score import Note, Part, Score

    notes = tuple(
        Note(48 * place, 48, pitch) for place, chord in enumerate(CHORDS) for pitch in sorted(chord)
    )
    return Score((Part(notes),))


def jig_score() -> Score:
    """Take the first four bars of The Angry Peeler out of O'Neill's book."""
    from melodyai_edu.checks.lesson_07_maps import excerpt
    from melodyai_edu.io.corpus import load

    peeler = next(tune for tune in load("oneill") if tune.title == "The Angry Peeler")
    return replace(excerpt(peeler.melody_score, range(1, 5)), title="")


def keyboard() -> Figure:
    """Draw the keys of a piano with their names and numbers."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from melodyai_edu.score import Pitch

    figure = Figure(figsize=(9, 2.6), facecolor="white")
    axes = figure.add_axes((0.01, 0.02, 0.98, 0.96))
    for place, name in enumerate(_WHITE):
        axes.add_patch(Rectangle((place, 0), 1, 3, facecolor="white", edgecolor="black"))
        words = f"{name}\n{Pitch.parse(name).midi}"
        axes.text(place + 0.5, 0.45, words, ha="center", va="center", fontsize=11)
        if place in _BLACK:
            axes.add_patch(Rectangle((place + 0.66, 1.1), 0.68, 1.9, facecolor="0.15", zorder=2))
            words = _BLACK[place].replace(" ", "\n") + f"\n{Pitch.parse(name).midi + 1}"
            look: dict[str, Any] = {
                "ha": "center",
                "va": "center",
                "fontsize": 10,
                "color": "white",
            }
            axes.text(place + 1, 2.0, words, zorder=3, **look)
    axes.set(xlim=(-0.02, len(_WHITE) + 0.02), ylim=(-0.05, 3.05))
    axes.set_axis_off()
    return figure


def pictures() -> dict[str, Any]:
    """List each picture by its name: a score to engrave, or a figure."""
    from melodyai_edu.render import piano_roll

    song = melody_score(SONG, title="Frère Jacques", name="voice")
    return {
        "reading_music_song": melody_score(SONG),
        "reading_music_roll": piano_roll(song, width=8.0, height=2.8),
        "reading_music_keyboard": keyboard(),
        "reading_music_scale": melody_score(G_MAJOR, "G"),
        "reading_music_lengths": melody_score(LENGTHS),
        "reading_music_chords": chord_score(),
        "reading_music_jig": jig_score(),
    }


def png_of(picture: Any) -> bytes:
    """Draw a score or a figure."""
    from melodyai_edu.render import score_png
    from melodyai_edu.score import Score

    if isinstance(picture, Score):
        return score_png(picture, page_width=_PAGE, zoom=3)
    stream = io.BytesIO()
    picture.savefig(stream, format="png", dpi=200)
    return stream.getvalue()


def main() -> None:
    """Draw all pictures, cut off what is blank, and keep them small."""
    from PIL import Image, ImageOps
    from tqdm import tqdm

    for name, picture in tqdm(pictures().items(), unit="picture"):
        with Image.open(io.BytesIO(png_of(picture))) as drawn:
            page = Image.new("RGB", drawn.size, "white")
            page.paste(drawn, mask=drawn.getchannel("A") if "A" in drawn.getbands() else None)
        grey = page.convert("L")
        inked = grey.crop(ImageOps.invert(grey).getbbox())
        inked.thumbnail((_WIDTH, _WIDTH))
        framed = ImageOps.expand(inked, _MARGIN, fill=255)
        framed.quantize(_COLOURS).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
