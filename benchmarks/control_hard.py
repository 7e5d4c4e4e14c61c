"""What is asked for as a rule or a fact, counted in the files that were written, read back.

Every piece asks for one value of each field, the values of a field falling on the pieces by
chance, each on a third of them. Beside it stand as many pieces, of all genres in turn, that ask
for none of it. What is counted is written out here and calls no rule.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.composition import compose, offered_genres
from melodyai_edu.composition.instruments import program_of
from melodyai_edu.evaluation.control import Share
from melodyai_edu.io import read
from melodyai_edu.score import SCALES, Key, Pitch, Score

GRID: dict[str, tuple[Any, ...]] = {
    "key": ("D major", "F# minor", "E dorian"),
    "meter": ("6/8", "4/4", "3/4"),
    "bars": (8, 12, 20),
    "range": ("C4-A4", "D4-G5", "G4-G5"),
    "instruments": (
        ("violin",),
        ("flute", "acoustic guitar (steel)", "acoustic bass"),
        ("acoustic grand piano", "cello", "acoustic bass", "drums"),
    ),
    "form": ("AABB", "AABA", "ABAC"),
}


def requests(pieces: int) -> list[dict[str, Any]]:
    """Deal the values; every tempo is its own, with two decimals."""
    random = np.random.default_rng(0)
    number = 3 * pieces
    dealt = {
        name: [values[i % 3] for i in random.permutation(number)] for name, values in GRID.items()
    }
    tempos = random.uniform(40, 240, number).round(2).tolist()
    return [
        {"tempo": tempos[i], **{name: values[i] for name, values in dealt.items()}}
        for i in range(number)
    ]


def has_key(score: Score, wanted: str, *, has_mode: bool = True) -> bool:
    """Hear the key that is written, the notes of its scale only, and its tonic at the end."""
    key, notes = Key.parse(wanted), score.parts[0].notes
    classes = {(key.tonic_pitch_class + step) % 12 for step in SCALES[key.mode]}
    if key.mode == "minor":
        classes |= {(key.tonic_pitch_class + step) % 12 for step in (9, 11)}
    written = score.key == key if has_mode else score.key.fifths == key.fifths
    is_home = notes[-1].pitch % 12 == key.tonic_pitch_class
    return written and is_home and {note.pitch % 12 for note in notes} <= classes


def has_meter(score: Score, wanted: str) -> bool:
    """See one meter, and nothing but whole bars of it."""
    names = {change.meter.name for change in score.meters}
    return names == {wanted} and score.duration % score.meter.bar_duration == 0


def has_range(score: Score, wanted: str) -> bool:
    """See where the melody's notes lie."""
    low, high = (Pitch.parse(name).midi for name in wanted.split("-"))
    return all(low <= note.pitch <= high for note in score.parts[0].notes)


def has_instruments(score: Score, wanted: tuple[str, ...]) -> bool:
    """See the same players, by program, in the same order."""
    programs = [None if name == "drums" else program_of(name) for name in wanted]
    return [None if part.is_drums else part.program for part in score.parts] == programs


def has_form(score: Score, wanted: str) -> bool:
    """Compare the melody's sections: equal where the letters are, and only there."""
    length = score.duration // len(wanted)
    sections = [
        {(n.onset % length, n.duration, n.pitch) for n in score.parts[0].notes
         if n.onset // length == place}
        for place in range(len(wanted))
    ]  # fmt: skip
    pairs = [(a, b) for a in range(len(wanted)) for b in range(a)]
    return all((sections[a] == sections[b]) == (wanted[a] == wanted[b]) for a, b in pairs)


def has_tempo(score: Score, wanted: float) -> bool:
    """Compare tempos as far as a MIDI file can say them: in whole microseconds a quarter note."""
    return round(6e7 / score.tempo) == round(6e7 / wanted)


CHECKS: dict[str, Callable[[Score, Any], bool]] = {
    "key": has_key,
    "meter": has_meter,
    "bars": lambda score, wanted: score.bar_count == wanted,
    "range": has_range,
    "instruments": has_instruments,
    "form": has_form,
    "tempo": has_tempo,
}


def write_and_read(asked: Mapping[str, Any], seed: int, folder: Path) -> tuple[Score, Score]:
    """Compose what is asked for; give its MusicXML and its MIDI as they are read back."""
    fields = {name: value for name, value in asked.items() if name != "range"}
    rules = [f"range={asked['range']}", "in_key", "end_on_tonic"]
    piece = compose(**fields, rules=rules, seed=seed, model="ngram")
    files = [folder / f"piece{ending}" for ending in (".musicxml", ".mid")]
    return tuple(read(piece.save(file)) for file in files)


def plain(number: int) -> Score:
    """Compose a piece that asks for nothing, genres in turn."""
    genres = offered_genres()
    return compose(genre=genres[number % len(genres)], bars=16, seed=number, model="ngram").score


def hard(pieces: int) -> bool:
    """Print how often each value was got; say whether always. May be interrupted."""
    from tqdm import tqdm

    found: dict[str, dict[Any, list[bool]]] = {name: defaultdict(list) for name in CHECKS}
    unasked: list[Score] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for seed, asked in enumerate(tqdm(requests(pieces), "asked for", mininterval=10)):
                sheet, midi = write_and_read(asked, seed, Path(folder))
                for name, check in CHECKS.items():
                    value = "any, 40 to 240" if name == "tempo" else asked[name]
                    is_got = check(sheet, asked[name]) and in_midi(name, midi, asked)
                    found[name][value].append(is_got)
                if seed % 3 == 2:
                    unasked.append(plain(seed // 3))
    except KeyboardInterrupt:
        print("interrupted: counted so far")
    report(found, unasked)
    return all(all(hits) for values in found.values() for hits in values.values())


def report(found: Mapping[str, Mapping[Any, list[bool]]], unasked: list[Score]) -> None:
    """Print a line for each value."""
    print(f"{'field':12}{'value':52}{'asked and got, both files':32}unasked")
    for name, values in found.items():
        for value, hits in values.items():
            wanted = 101.37 if name == "tempo" else value
            before = Share(sum(CHECKS[name](score, wanted) for score in unasked), len(unasked))
            text = ", ".join(value) if isinstance(value, tuple) else str(value)
            print(f"{name:12}{text:52}{Share(sum(hits), len(hits))!s:32}{before}")


def in_midi(name: str, midi: Score, asked: Mapping[str, Any]) -> bool:
    """Count in the MIDI what people's timing does not blur; it knows no mode but two."""
    if name == "key":
        return has_key(midi, asked[name], has_mode=False)
    return name == "form" or CHECKS[name](midi, asked[name])
