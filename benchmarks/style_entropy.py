"""What the composer's model holds of held-out tunes, and how its settings were chosen.

Bits per duration, on bars whose rhythm is new in their tune, and bits per pitch, on bars that are
new: the composer takes repeats from the form, so only these are drawn from the model. Settings are
compared on the validation tunes; the last line is the chosen model on the test tunes.

Usage: python benchmarks/style_entropy.py
"""

from __future__ import annotations

import os
import sys

import numpy as np

from melodyai_edu.composition.form import repeats_of
from melodyai_edu.composition.hearing import REST, hear, heard_bars, in_mode
from melodyai_edu.composition.library import (
    genre_distance,
    held_out_tunes,
    mode_distance,
    nearest_tunes,
)
from melodyai_edu.models.melody import MelodyNGram
from melodyai_edu.models.ngram import CombinedNGram
from melodyai_edu.models.smoothing import Escape
from melodyai_edu.score import Meter
from melodyai_edu.tokens import VOCABULARY

STYLES = (
    ("jig", "6/8", "major"),
    ("reel", "2/2", "major"),
    ("hornpipe", "2/4", "major"),
    ("air", "3/4", "major"),
    ("strathspey", "4/4", "major"),
    ("chorale", "4/4", "minor"),
)
DURATIONS, PITCHES = (frozenset(VOCABULARY.ids_of(kind)) for kind in ("Duration", "Pitch"))
BAR = VOCABULARY.id("Bar_line")


def learn(style: tuple[str, str, str], notes: tuple[int, int], model: MelodyNGram) -> MelodyNGram:
    """Learn a style as the composer does, from as many notes for pitch and for rhythm."""
    genre, meter, mode = style
    near = nearest_tunes(Meter.parse(meter), notes[0], mode_distance(genre, mode))
    alike = nearest_tunes(Meter.parse(meter), notes[1], genre_distance(genre))
    heard = {tune.name: encoding for tune in (*near, *alike) if (encoding := hear(tune))}
    sequences = [
        in_mode(heard[t.name].token_ids, t.key.mode, mode) for t in near if t.name in heard
    ]
    return model.fit(sequences, [heard[t.name].token_ids for t in alike if t.name in heard])


def bits(model: MelodyNGram, style: tuple[str, str, str], split: str, most: int) -> list[float]:
    """Give bits per duration and bits per pitch on the new bars of held-out tunes."""
    costs: tuple[list[float], list[float]] = ([], [])
    tunes = [
        tune
        for tune in held_out_tunes()
        if (tune.genre, tune.meter.name, tune.key.mode, tune.split) == (*style, split)
    ]
    for encoding in (hear(tune) for tune in tunes[:most]):
        piece, bar = model.start(), -1
        bars = heard_bars(encoding.token_ids) if encoding else ()
        rhythms = [tuple((ticks, sound == REST) for _, ticks, sound in heard) for heard in bars]
        repeats = {DURATIONS: repeats_of(rhythms), PITCHES: repeats_of(bars)}
        for token_id in encoding.token_ids if encoding else ():
            bar += token_id == BAR
            for place, kind in enumerate(repeats):
                if token_id in kind and bar >= 0 and repeats[kind][bar] == bar:
                    costs[place].append(-np.log2(piece.distribution()[token_id]))
            piece.observe(token_id)
    return [float(np.mean(each)) if each else float("nan") for each in costs]


def table(name: str, notes: tuple[int, int], model: MelodyNGram, split: str, most: int) -> None:
    """Print one line: both figures of each style, and their means."""
    figures = [bits(learn(style, notes, model), style, split, most) for style in STYLES]
    cells = "  ".join(f"{duration:4.2f} {pitch:4.2f}" for duration, pitch in figures)
    means = "  ".join(f"{mean:.3f}" for mean in np.nanmean(figures, axis=0))
    print(f"{name:32} {cells} | {means}", flush=True)


def votes(short_duration: float, short_pitch: float) -> MelodyNGram:
    """Build a model whose short-term parts leave as much to the long-term ones."""
    durations, sounds = (
        CombinedNGram(
            size, escape=Escape(constant=1, per_type=4), short_escape=Escape(2, per_type), bias=1
        )
        for size, per_type in ((len(DURATIONS), short_duration), (len(PITCHES), short_pitch))
    )
    return MelodyNGram(durations, sounds)


def main() -> int:
    """Compare settings on validation tunes, then measure the chosen ones on test tunes."""
    is_smoke = os.environ.get("MELODYAI_PROFILE") == "smoke"
    most = 1 if is_smoke else 25
    print("bits per duration and per pitch: ", ", ".join(genre for genre, *_ in STYLES), "| means")
    chosen = (15_000, 1_500)
    if not is_smoke:
        for notes in ((1_500, 1_500), chosen, (15_000, 15_000), (50_000, 1_500)):
            table(
                f"valid, from {notes[0]} and {notes[1]} notes", notes, MelodyNGram(), "valid", most
            )
        for short in ((5, 5), (20, 20), (80, 20), (320, 80)):
            table(f"valid, short-term escapes {short}", chosen, votes(*short), "valid", most)
    table("test, as the composer is", chosen, MelodyNGram(), "test", most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
