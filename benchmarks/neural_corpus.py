"""Every other tune on this machine: what a network may learn from before it meets a set.

A tune is left out if it shares a single fingerprint window (`melodyai_edu.io.fingerprint`: eight
notes or beats with their rhythm, in any key) with any melody of the two sets, or a run of twelve
intervals, rhythm aside. That is stricter than the rule by which the corpora are split.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from entropy_data import SETS, load_set
from neural_features import Heard, hear, join

from melodyai_edu.io.abc_read import parse_abc
from melodyai_edu.io.corpus import list_corpora, load
from melodyai_edu.io.fingerprint import fingerprint
from melodyai_edu.io.mxl import parse_mxl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from melodyai_edu.score import Score

CORPORA = ("essen", "chorales", "airds", "oneill", "ryan")
DANCES = CORPORA[2:]
RUN = 12
"""So many equal intervals in a row make two melodies relatives."""
HELD_OUT = 40
"""One tune in so many is not learned from: on these the progress is read off."""


class Others(NamedTuple):
    """Pitches of the tunes that are left, the corpus of each, and how many there were."""

    melodies: list[np.ndarray]
    corpus: list[str]
    offered: int


def load_others(cache: Path) -> Others:
    """Load the tunes that share nothing with the sets, from the cache if it has them.

    Raises
    ------
    ValueError
        If the Essen corpus has not been built.
    """
    if not cache.exists():
        if missing := set(CORPORA) - set(list_corpora()):
            msg = f"corpora {sorted(missing)} must be built: melodyai data build essen"
            raise ValueError(msg)
        cache.parent.mkdir(parents=True, exist_ok=True)
        _store(cache)
    with np.load(cache) as found:
        melodies = np.split(found["pitches"], np.cumsum(found["lengths"])[:-1])
        return Others(melodies, found["corpus"].tolist(), int(found["offered"]))


def _store(cache: Path) -> None:
    hashes, runs = _of_the_sets()
    kept, corpus, offered = [], [], 0
    for name in CORPORA:
        tunes = load(name)
        offered += len(tunes)
        for tune, prints in zip(tunes, tunes.fingerprints, strict=True):
            pitches = [note.pitch for note in tune.melody.notes]
            if len(pitches) > 2 and not (runs & _runs(pitches) or np.isin(prints, hashes).any()):
                kept.append(np.array(pitches, dtype=np.uint8))
                corpus.append(name)
    lengths = [len(pitches) for pitches in kept]
    np.savez(cache, pitches=np.concatenate(kept), lengths=lengths, corpus=corpus, offered=offered)


def _of_the_sets() -> tuple[np.ndarray, set[bytes]]:
    """Return all fingerprint windows and all runs of intervals of both sets."""
    folder = Path(find_spec("music21").submodule_search_locations[0]) / "corpus"
    book = (folder / "essenFolksong" / "kinder0.abc").read_text(encoding="utf-8")
    scores: list[Score] = [tune.score for tune in parse_abc(book)]
    for number in range(253, 439):
        scores.append(parse_mxl((folder / "bach" / f"bwv{number}.mxl").read_bytes()))
    hashes = np.unique(np.concatenate([fingerprint(score) for score in scores]))
    lines = [line.pitches for name in SETS for line in load_set(name)]
    return hashes, set().union(*map(_runs, lines))


def _runs(pitches: Sequence[int]) -> set[bytes]:
    """Return every run of `RUN` intervals, and the whole melody."""
    steps = np.diff(pitches).astype(np.int8)
    places = range(len(steps) - RUN + 1)
    return {steps.tobytes(), *(steps[place : place + RUN].tobytes() for place in places)}


def split_others(others: Others) -> tuple[Heard, np.ndarray, Heard]:
    """Hear all tunes: those to learn from, which of their notes are of dances, and the rest."""
    heard = [hear(melody[:400]) for melody in others.melodies]
    learned = [place for place in range(len(heard)) if place % HELD_OUT]
    is_dance = [
        np.full(len(heard[place].targets), others.corpus[place] in DANCES) for place in learned
    ]
    rest = [
        heard[place]
        for place in range(0, len(heard), HELD_OUT)
        if others.corpus[place] not in DANCES
    ]
    return join(heard[place] for place in learned), np.concatenate(is_dance), join(rest)
