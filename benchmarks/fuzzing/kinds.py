"""Every kind of file that we read: good ones, ways to damage them, and how they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from fuzzing import archives, midi, readers, records, seeds, sound, texts, xml
from fuzzing.damage import Damage, cut, plain, several, splice

#: A few damages to a text can double it again and again; no case is larger [bytes].
LARGEST = 30_000_000


@dataclass(frozen=True)
class Case:
    """A damaged file, and whether it was only cut off and must be refused for it."""

    data: bytes
    must_be_refused: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    file : str
        What the file is called.
    seeds : callable
        Gives good files.
    ways : tuple of Damage
        That know the format.
    read : callable
        Reads a file.
    share : int
        How many cases of this kind for one of another.
    whole : callable, optional
        Gives good files of which every beginning must be refused.
    """

    file: str
    seeds: Callable[[], list[bytes]]
    ways: tuple[Damage, ...]
    read: Callable[[Path], None]
    share: int = 1
    whole: Callable[[], list[bytes]] | None = None

    @cached_property
    def good(self) -> list[bytes]:
        """Good files."""
        return self.seeds()

    @cached_property
    def whole_files(self) -> list[bytes]:
        """Good files of which every beginning must be refused."""
        return self.whole() if self.whole else []

    def case(self, seed: int, number: int) -> Case:
        """Make a damaged file; the same for the same numbers."""
        case = self._drawn(Random(f"{self.file} {seed} {number}"))
        return replace(case, data=case.data[:LARGEST])

    def _drawn(self, chance: Random) -> Case:
        if self.whole_files and chance.random() < 0.08:
            return Case(cut(chance.choice(self.whole_files), chance), must_be_refused=True)
        data, roll = chance.choice(self.good), chance.random()
        if roll < 0.15:
            return Case(plain(data, chance))
        if roll < 0.22:
            return Case(splice(data, chance.choice(self.good), chance))
        return Case(several(self.ways)(data, chance))


def _sign(name: str) -> Callable[[dict[str, Any]], None]:
    """Put the checksum of all other values under a name."""

    def sign(values: dict[str, Any]) -> None:
        values.pop(name, None)
        values[name] = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    return sign


JSON, TEXT = texts.JSON, (*texts.LINES, texts.word_in)

KINDS: dict[str, Kind] = {
    "midi": Kind("file.mid", seeds.midi, midi.WAYS, readers.music, 12, seeds.whole_midi),
    "musicxml": Kind("file.musicxml", seeds.musicxml, xml.WAYS, readers.music, 10),
    "mxl": Kind(
        "file.mxl", seeds.mxl, archives.of_members(*xml.WAYS), readers.music, 6, seeds.mxl
    ),
    "abc": Kind("file.abc", seeds.abc, texts.ABC, readers.music, 10),
    "wav": Kind("file.wav", seeds.wav, sound.WAV, readers.sound, 5, seeds.whole_wav),
    "aiff": Kind("file.aiff", seeds.aiff, sound.AIFF, readers.sound, 2),
    "flac": Kind("file.flac", seeds.flac, sound.FLAC, readers.sound, 4),
    "ogg": Kind("file.ogg", seeds.ogg, sound.OGG, readers.sound, 4),
    "mp3": Kind("file.mp3", seeds.mp3, sound.MP3, readers.sound, 3),
    "note_sequence": Kind(
        "file.pb", seeds.note_sequence, records.PROTOBUF, readers.note_sequence, 3
    ),
    "tfrecord": Kind("file.tfrecord", seeds.tfrecord, records.TFRECORD, readers.tfrecord, 2),
    "corpus": Kind("tunes.npz", seeds.corpus, archives.NPZ, readers.corpus, 4, seeds.corpus),
    "corpus_csv": Kind("file.csv", seeds.corpus_csv, texts.CSV, readers.corpus_csv, 2),
    "automaton": Kind(
        "file.npz", seeds.automaton, archives.NPZ, readers.automaton, 2, seeds.automaton
    ),
    "weights": Kind("weights.npz", seeds.weights, archives.NPZ, readers.weights, 3, seeds.weights),
    "card": Kind(
        "card.json", seeds.card, texts.checked(JSON, _sign("card_sha256")), readers.card, 2
    ),
    "chorale_card": Kind("chorale.json", seeds.chorale_card, JSON, readers.chorale_card),
    "taste": Kind("file.json", seeds.taste, texts.checked(JSON, _sign("sha256")), readers.taste),
    "checkpoint_arrays": Kind(
        "arrays.npz", seeds.checkpoint_arrays, archives.NPZ,
        readers._checkpoint("arrays.npz"), 2,
    ),
    "checkpoint_state": Kind(
        "state.json", seeds.checkpoint_state, JSON, readers._checkpoint("state.json")
    ),
    "checkpoint_manifest": Kind(
        "manifest.json", seeds.checkpoint_manifest, JSON, readers._checkpoint("manifest.json")
    ),
    "ratings_store": Kind(
        "file.sqlite", seeds.ratings_store, records.SQLITE, readers.ratings_store, 5,
        seeds.ratings_store,
    ),
    "ratings_csv": Kind(
        "file.csv", seeds.ratings_csv, (*texts.CSV, texts.json_cell, texts.json_cell),
        readers.ratings, 2,
    ),
    "ratings_parquet": Kind(
        "file.parquet", seeds.ratings_parquet, records.PARQUET, readers.ratings, 4,
        seeds.ratings_parquet,
    ),
    "rating_json": Kind("file.json", seeds.rating_json, JSON, readers.rating_json),
    "pattern": Kind("file.toml", seeds.pattern, texts.TOML, readers.pattern, 3),
    "settings": Kind("file.toml", seeds.settings, texts.TOML, readers.settings, 2),
    "request": Kind("file.json", seeds.request, JSON, readers.request, 3),
    "provenance": Kind("file.json", seeds.provenance, JSON, readers.provenance, 1),
    "vocabulary": Kind("file.json", seeds.vocabulary, JSON, readers.vocabulary),
    "progress": Kind(
        "file.json", seeds.progress, JSON, readers._kept("progress.json", readers._progress)
    ),
    "answers": Kind(
        "file.json", seeds.answers, JSON, readers._kept("answers.json", readers._answers)
    ),
    "features": Kind(
        "file.json", seeds.features, JSON,
        readers._kept("features/symbolic-1/00.json", readers._features),
    ),
    "pseudonym": Kind(
        "file.txt", seeds.pseudonym, TEXT, readers._kept("rater.txt", readers._pseudonym)
    ),
    "words": Kind("file.txt", seeds.words, TEXT, readers.words, 3),
}  # fmt: skip
