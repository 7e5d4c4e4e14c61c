"""Compose the gallery: twelve pieces over genres and moods, as MIDI, one-page score and request.

Conventions
-----------
The requests stand here; nothing was picked by ear. The score is the lead: the melody with chord
symbols and sections, on one page. Run it again after a change of the composer.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery"
_COLOURS = 16  # of a picture: black on white needs no more

#: Twelve requests; all other fields are left to the composer, the seed is 1 throughout.
REQUESTS: tuple[dict[str, Any], ...] = (
    {"genre": "jig", "mood": "happy", "arrangement": "jig", "form": "AABB"},
    {"genre": "reel", "mood": "excited", "arrangement": "reel"},
    {"genre": "air", "mood": "sad", "arrangement": "air"},
    {"genre": "hornpipe", "mood": "playful", "arrangement": "hornpipe"},
    {"genre": "march", "mood": "restless", "arrangement": "march"},
    {"genre": "chorale", "mood": "calm", "arrangement": "chorale", "bars": 8},
    {"genre": "air", "mood": "tender", "arrangement": "waltz", "meter": "3/4", "form": "AABA"},
    {"genre": "air", "mood": "wistful", "arrangement": "pop ballad", "meter": "4/4", "intro": 2},
    {"mood": "tense", "arrangement": "rock", "meter": "4/4", "rules": ["density=2-8"]},
    {"mood": "calm", "arrangement": "lo-fi", "meter": "4/4", "intro": 2, "ending": 1},
    {"mood": "happy", "arrangement": "jazz swing", "meter": "4/4", "form": "AABA", "bars": 32},
    {"mood": "peaceful", "arrangement": "bossa nova", "meter": "4/4", "counter_melody": True},
)


def main() -> None:
    """Compose all pieces and write them down."""
    from PIL import Image
    from tqdm import tqdm

    from melodyai_edu.composition import compose
    from melodyai_edu.render import score_png

    GALLERY.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Gallery",
        "",
        "Twelve pieces, seed 1 throughout, none picked by ear; `python tools/build_gallery.py`",
        "makes them again. Each score is the lead: what the band plays stands in the MIDI file.",
        "What is good and what is not in each is said in the [log](../LOG.md).",
    ]
    for number, fields in enumerate(tqdm(REQUESTS, unit="piece"), 1):
        piece = compose(**fields, seed=1)
        name = f"{number:02d}_{fields['arrangement'].replace(' ', '_').replace('-', '')}"
        piece.save(GALLERY / f"{name}.mid")
        with Image.open(io.BytesIO(score_png(piece.lead))) as picture:
            small = picture.convert("L").resize((900, round(900 * picture.height / picture.width)))
            small.quantize(_COLOURS).save(GALLERY / f"{name}.png", optimize=True)
        asked = ", ".join(f"{field}={value!r}" for field, value in fields.items())
        facts = piece.facts
        lines += [
            "",
            f"## {number}. {piece.score.title}",
            "",
            f"`mai.compose({asked}, seed=1)`",
            "",
            f"{facts['key']}, {facts['meter']}, {facts['bars']} bars, {facts['tempo']} quarter "
            f"notes a minute; {facts['instruments']}. {facts['model']}. [MIDI]({name}.mid)",
            "",
            f"![The lead of {piece.score.title}]({name}.png)",
        ]
    (GALLERY / "requests.json").write_text(json.dumps(REQUESTS, indent=1) + "\n", encoding="utf-8")
    (GALLERY / "index.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
