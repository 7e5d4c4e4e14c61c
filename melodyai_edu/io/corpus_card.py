"""The card of a corpus: what it is, whose it is, what is in it and how it was made.

Conventions
-----------
Markdown, counted from the tunes themselves, so that a card is never older than its corpus.

Contents
--------
card_of, added_card, counts_of, gaps_of
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from melodyai_edu.io.corpus_columns import Columns

if TYPE_CHECKING:
    from melodyai_edu.io.corpus import Corpus
    from melodyai_edu.io.corpus_sources import CorpusSource, Refused

__all__ = ["added_card", "card_of", "counts_of", "gaps_of"]

_CARD = """# {title}

| | |
|---|---|
| name | `{name}` |
| origin | {origin} |
| editors | {editors} |
| licence | {licence} |
| tunes | {tunes} |
| notes | {notes} |
{counts}

## How it was made

`melodyai data build {name}` reads {files} in the folder `{folder}` of music21's corpus and writes
`tunes.npz`. Repeats stay as written, once; grace notes, chord symbols, words and loudness are left
out. Times are on a grid of 24 ticks a quarter note. A genre comes from the file's own rhythm field,
heading or title, never from the notes. {note}
Near-duplicates, also in other keys and in the other corpora, stand on one side of the split into
train, valid and test (`melodyai_edu.io.fingerprint`).
{refused}"""

_NOTES = {
    "essen": "The files name the tonic as if every song were in major; the mode is the one that "
    "holds most of the song.",
    "chorales": "Files with more or fewer than four parts (instruments beside the voices) are set "
    "aside. The melody is the soprano.",
}


def counts_of(table: Columns) -> str:
    """Give the rows of a card that count meters, keys, modes, genres and splits.

    Parameters
    ----------
    table : Columns

    Returns
    -------
    rows : str
        Markdown table rows.
    """
    size = range(len(table))
    keys = [table.first_text(index, "key") for index in size]
    genres = [str(genre) or "unknown" for genre in table.arrays["genre"]]
    counted = {
        "genres": genres,
        "meters": [table.first_text(index, "meter") for index in size],
        "keys": keys,
        "modes": [key.partition(" ")[2] for key in keys],
        "splits": [str(split) for split in table.arrays["split"]],
    }
    return "\n".join(f"| {name} | {_counts(values)} |" for name, values in counted.items())


def _counts(values: Iterable[str]) -> str:
    ordered = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{value} {count}" for value, count in ordered)


def card_of(source: CorpusSource, table: Columns, refused: Sequence[Refused]) -> str:
    """Write the card of a corpus that was built from music21's files.

    Parameters
    ----------
    source : CorpusSource
    table : Columns
    refused : sequence of Refused

    Returns
    -------
    card : str
        Markdown.
    """
    return _CARD.format(
        title=source.title,
        name=source.name,
        origin=source.origin,
        editors=source.editors,
        licence=source.licence,
        tunes=len(table),
        notes=len(table.arrays["note_pitch"]),
        counts=counts_of(table),
        folder=source.folder,
        files="the MusicXML files" if source.name == "chorales" else "the ABC files",
        note=_NOTES.get(source.name, ""),
        refused=_refused(refused),
    )


#: What stands in a card that a machine wrote, where only its owner knows.
_OWN_FILES = "files of your own"
_UNKNOWN = "you know it: it is your music, or somebody's who let you use it"

_ADDED = """# {name}

| | |
|---|---|
| name | `{name}` |
| origin | {files} {own} |
| licence | {unknown} |
| tunes | {tunes} |
| notes | {notes} |
{counts}

Made with `melodyai data add {name} FOLDER`: of each piece the melody alone, on a grid of 24 ticks a
quarter note.
{remarks}{refused}"""


def added_card(
    name: str, table: Columns, files: int, remarks: Sequence[str], refused: Sequence[Refused]
) -> str:
    """Write the card of a corpus that a learner made.

    Parameters
    ----------
    name : str
    table : Columns
    files : int
    remarks : sequence of str
    refused : sequence of Refused

    Returns
    -------
    card : str
        Markdown.
    """
    lines = "".join(f"- {remark}\n" for remark in remarks)
    return _ADDED.format(
        name=name,
        files=files,
        own=_OWN_FILES,
        unknown=_UNKNOWN,
        tunes=len(table),
        notes=len(table.arrays["note_pitch"]),
        counts=counts_of(table),
        remarks=f"\n## Estimated or changed\n\n{lines}" if remarks else "",
        refused=_refused(refused),
    )


def _refused(refused: Sequence[Refused]) -> str:
    if not refused:
        return "\nNo tune was refused.\n"
    lines = [f"- {one.source} {one.title}: {one.reason}" for one in refused]
    return "\n## Refused\n\n" + "\n".join(lines) + "\n"


def gaps_of(corpus: Corpus) -> list[str]:
    """Say what the card of a corpus leaves open, and why somebody will ask.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    gaps : list of str
        A sentence each; empty if the card is complete.

    Examples
    --------
    >>> from melodyai_edu.io.corpus import load
    >>> gaps_of(load("oneill"))
    []
    """
    rows = _rows(corpus.card)
    sides = Counter(tune.split for tune in corpus)
    found = {
        "origin: nobody can look it up. Which book, recording or archive, or who wrote it down?": (
            not rows.get("origin") or rows["origin"].endswith(_OWN_FILES)
        ),
        "whose music: no name of a person, and no word that there is none. Who made it?": not any(
            rows.get(name) for name in ("whose music", "composers", "editors")
        ),
        "licence: whoever gets the corpus does not know what you know. What may they do?": (
            not rows.get("licence") or rows["licence"] == _UNKNOWN
        ),
        f"tunes: the card must say {len(corpus)}, as there are. Was it changed since?": (
            rows.get("tunes") != str(len(corpus))
        ),
        f"splits: the card must say {_counts(sides.elements())}, or no exam on it is fair.": (
            rows.get("splits") != _counts(sides.elements())
        ),
    }
    return [sentence for sentence, is_open in found.items() if is_open]


def _rows(card: str) -> dict[str, str]:
    """Read the rows of a card's table."""
    cells = (
        [cell.strip() for cell in line.strip().strip("|").split("|", 1)]
        for line in card.splitlines()
        if line.startswith("| ")
    )
    return {row[0]: row[1] for row in cells if len(row) == 2}
