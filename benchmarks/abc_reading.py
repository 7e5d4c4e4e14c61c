"""Our reading of ABC beside music21's, on a random sample of four corpora.

Every tune is read twice from the same text: by `melodyai_edu.io.abc_read`, and by music21 into its
streams. Onsets, durations and pitches must agree, ties joined, on our grid of 24 ticks a quarter.

music21 10 misreads some ABC: it drops notes that carry a fermata ``H``, for one. Where the readings
differ, the constructs that it is known to misread are written differently for music21 alone,
one kind after the other, until it agrees with our reading of the untouched text: that kind is the
cause. A difference that no rewriting removes is unexplained, and is what we are judged by.

Usage: python benchmarks/abc_reading.py [--tunes 500] [--seed 2]
"""

from __future__ import annotations

import argparse
import random
import re
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from melodyai_edu.errors import InputError
from melodyai_edu.io.abc_read import parse_abc
from melodyai_edu.score import TICKS_PER_QUARTER, Score

FOLDERS = ("oneills1850", "ryansMammoth", "airdsAirs", "essenFolksong")

Events = list[tuple[int, int, int]]


def corpus_tunes() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every ABC tune in the four corpora that music21 brings."""
    import music21

    root = Path(music21.__file__).parent / "corpus"
    for folder in FOLDERS:
        for file in sorted((root / folder).glob("*.abc")):
            books = re.split(r"(?m)^(?=X:)", file.read_text(encoding="utf-8"))
            for number, text in enumerate(books[1:], 1):
                yield f"{folder}/{file.stem}:{number}", text


def our_events(score: Score) -> list[Events]:
    """List (onset, duration, pitch) of each part [ticks, ticks, MIDI]."""
    return [
        sorted((note.onset, note.duration, note.pitch) for note in part.notes)
        for part in score.parts
    ]


def read_with_music21(text: str) -> Any:
    """Read one tune into a music21 score, without its cache."""
    from music21 import converter

    return converter.parse(text, format="abc", forceSource=True)


def music21_events(text: str) -> list[Events] | str:
    """List (onset, duration, pitch) of each part, or name the error that music21 raises."""
    try:
        return [_part_events(part) for part in read_with_music21(text).parts]
    except Exception as error:
        return f"music21 raises {type(error).__name__}"


def _part_events(part: Any) -> Events:
    """Join ties and leave out grace notes and chord symbols."""
    from music21 import harmony

    events: list[list[float]] = []
    tied: dict[int, int] = {}
    for note in part.flatten().notes:
        if isinstance(note, harmony.Harmony) or note.duration.isGrace:
            continue
        onset, length = float(note.offset), float(note.quarterLength)
        for pitch in note.pitches:
            place = tied.pop(pitch.midi, None)
            if place is not None and abs(sum(events[place][:2]) - onset) < 1e-4:
                events[place][1] = onset + length - events[place][0]
            else:
                place = len(events)
                events.append([onset, length, pitch.midi])
            if note.tie is not None and note.tie.type in ("start", "continue"):
                tied[pitch.midi] = place
    return sorted(_on_grid(*event) for event in events)


def _on_grid(onset: float, length: float, pitch: float) -> tuple[int, int, int]:
    start = int(onset * TICKS_PER_QUARTER + 0.5001)
    end = int((onset + length) * TICKS_PER_QUARTER + 0.5001)
    return start, max(end - start, 1), int(pitch)


def _in_music(pattern: str, by: str) -> Callable[[str], str]:
    """Give a function that rewrites the music of a tune, not its fields."""

    def rewrite(text: str) -> str:
        lines = text.split("\n")
        return "\n".join(
            line if re.match(r"[A-Za-z]:(?![|:])", line) else re.sub(pattern, by, line)
            for line in lines
        )

    return rewrite


#: What music21 10.5 misreads, and a way to write the same music that it reads right.
CAUSES: dict[str, Callable[[str], str]] = {
    "'>' between two notes is passed over beside a slur, tie, grace note or dot": _in_music(
        r"\((?!\d)|[).~uv]|\{[^}]*\}|-(?=[<>])|(?<=[<>])-", ""
    ),
    "a note behind the fermata H is dropped, an accidental behind T hidden": _in_music(
        r"[HJ-Wh-wx](?!:)", ""
    ),
    'a note behind the accent ">" is dropped': _in_music(r'"[^"]*"', ""),
    "'B::' is taken for a field, its line dropped": _in_music(r"::", " :||:"),
    "grace notes are counted in a tuplet": _in_music(r"\{[^}]*\}", ""),
    "voices that begin with [V:1] are read as one": _in_music(r"\[(V:\d)\]", r"\n\1\n"),
    "an accidental is forgotten in a note that is tied over a bar line": _in_music(
        r"(\^\^?|__?|=)([A-Ga-g][,']*)([\d/]*-\s*\|[\s|:]*)(?=\2)", r"\1\2\3\1"
    ),
    "an accidental holds for one note only": lambda text: "%abc-2.1\n" + text,
}


def explain(text: str) -> str | None:
    """Say why the readings of a tune differ; ``None`` if they agree."""
    try:
        ours = our_events(parse_abc(text)[0].score)
    except InputError as error:
        return f"refused by us: {error}"
    theirs = music21_events(text)
    if ours == theirs:
        return None
    everything = text
    for reason, rewrite in CAUSES.items():
        if music21_events(rewrite(text)) == ours:
            return reason
        everything = rewrite(everything)
    if music21_events(everything) == ours:
        return "several of these"
    if isinstance(theirs, str):
        return f"unexplained: {theirs}"
    return f"unexplained: {_first_difference(ours, theirs)}"


def _first_difference(ours: list[Events], theirs: list[Events]) -> str:
    if len(ours) != len(theirs):
        return f"{len(ours)} parts, music21 {len(theirs)}"
    mine, other = next(pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1])
    pairs = enumerate(zip(mine, other, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), min(len(mine), len(other)))
    here, there = mine[place : place + 1], other[place : place + 1]
    return f"note {place} of {len(mine)}: {here}, music21 {there}"


def _seconds(read: Callable[[str], Any], texts: list[str]) -> float:
    """Time a reader over all texts, those that it refuses included."""
    start = time.perf_counter()
    for text in texts:
        try:
            read(text)
        except Exception:
            continue
    return time.perf_counter() - start


def main() -> None:
    """Compare a sample, print the differences by cause, and time both readers on it."""
    parser = argparse.ArgumentParser(description="Our reading of ABC beside music21's.")
    parser.add_argument("--tunes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sample = random.Random(options.seed).sample(list(corpus_tunes()), options.tunes)
    texts = [text for _, text in sample]
    for read in (parse_abc, read_with_music21):
        read(texts[0])  # imports
    ours, theirs = _seconds(parse_abc, texts), _seconds(read_with_music21, texts)
    causes: Counter[str] = Counter()
    names: dict[str, list[str]] = {}
    for name, text in sample:
        if (reason := explain(text)) is not None:
            causes[reason] += 1
            names.setdefault(reason, []).append(name)
    unexplained = sum(n for reason, n in causes.items() if reason.startswith("unexplained"))
    print(f"tunes compared: {len(sample)}")
    print(f"read alike from the same text: {len(sample) - causes.total()}")
    print(f"differ where music21 misreads ABC: {causes.total() - unexplained}")
    for reason, count in causes.most_common():
        print(f"  {count:4}  {reason}; such as {', '.join(names[reason][:3])}")
    print(f"differ without such a cause: {unexplained} ({unexplained / len(sample):.2%})")
    print(
        f"speed: {len(sample) / ours:.0f} tunes/s, music21 {len(sample) / theirs:.0f} tunes/s, "
        f"{theirs / ours:.0f} times faster"
    )


if __name__ == "__main__":
    main()
