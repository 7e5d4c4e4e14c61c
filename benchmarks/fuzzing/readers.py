"""How a file of each kind is read: the function that a user calls, on a file in a folder.

Most reading is done in a child process (`melodyai_edu.io.sandbox`). Here the functions run without
it, so that nothing hides what they raise; `in_this_process` takes it out.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fuzzing import seeds

SANDBOXED = ("files", "audio_read", "corpus_add", "corpus_records", "midi_read")


@contextlib.contextmanager
def in_this_process() -> Iterator[None]:
    """Have the functions that read run here instead of in the child process."""
    modules = [importlib.import_module(f"melodyai_edu.io.{name}") for name in SANDBOXED]
    modules.append(importlib.import_module("melodyai_edu.feedback.parquet"))
    kept = [(module, module.run_limited) for module in modules if hasattr(module, "run_limited")]
    for module, _ in kept:
        module.run_limited = lambda function, *args, seconds=None: function(*args)
    try:
        yield
    finally:
        for module, function in kept:
            module.run_limited = function


def music(file: Path) -> None:
    """Call `melodyai_edu.read`; for a quarter of the files, what a corpus of one's own does."""
    from melodyai_edu.errors import InputError
    from melodyai_edu.io.corpus_add import _read_file
    from melodyai_edu.io.files import read_all

    if zlib.crc32(file.read_bytes()) % 4:
        for score in read_all(file):  # what was read can be written down
            texts = (score.title, score.composer, *(part.name for part in score.parts))
            "".join(texts).encode()
        return
    found = _read_file(file.parent, file)
    if found.refused:
        raise InputError(found.refused[0].reason)


def sound(file: Path) -> None:
    """Call `melodyai_edu.io.audio_read.read_samples`, with which `read_audio` begins."""
    from melodyai_edu.io.audio_read import read_samples

    read_samples(file)


def note_sequence(file: Path) -> None:
    """Read one message."""
    from melodyai_edu.io.note_sequence_read import parse_note_sequence

    parse_note_sequence(file.read_bytes())


def tfrecord(file: Path) -> None:
    """Read as a corpus of one's own is made; refuse where no record gives a tune."""
    from melodyai_edu.errors import InputError
    from melodyai_edu.io.corpus_records import record_readings

    entries, refused = record_readings(file)
    if refused and not entries:
        raise InputError(refused[0][1])


def corpus(file: Path) -> None:
    """Call `melodyai_edu.load`, and build every score of the corpus."""
    from melodyai_edu.io.corpus import load

    home = file.parent / "home"
    target = home / "corpora" / "mine"
    target.mkdir(parents=True)
    shutil.copy(file, target / "tunes.npz")
    (target / "card.md").write_bytes(b"# A card\n")
    with _home(home):
        found = load("mine")
        for tune in found:
            _ = tune.score, tune.melody


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[None]:
    before = os.environ.get("MELODYAI_HOME")
    os.environ["MELODYAI_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MELODYAI_HOME"]
        else:
            os.environ["MELODYAI_HOME"] = before


def _kept(name: str, read: Callable[[Path], object]) -> Callable[[Path], None]:
    """Read a file that lies under a fixed name in the learner's own folder."""

    def reader(file: Path) -> None:
        with _home(file.parent / "home"):
            target = file.parent / "home" / name
            target.parent.mkdir(parents=True)
            shutil.copy(file, target)
            read(target)

    return reader


def corpus_csv(file: Path) -> None:
    """Read the column of melodies."""
    from melodyai_edu.io.corpus_csv import read_melody_sequences

    read_melody_sequences(file)


def automaton(file: Path) -> None:
    """Read rules that were compiled."""
    from melodyai_edu.constraints.saving import load_automaton

    load_automaton(file)


def card(file: Path) -> None:
    """Read the card of a network."""
    from melodyai_edu.models.card import read_card

    read_card(file.parent)


def chorale_card(file: Path) -> None:
    """Read the network for chorales, of which the card is damaged."""
    from melodyai_edu.models.chorale import load_chorale_model

    weights = seeds.PACKAGE / "models/shipped/chorale-small/weights.npz"
    shutil.copy(weights, file.parent)
    load_chorale_model(file.parent)


def weights(file: Path) -> None:
    """Read weights by the function that every model's go through."""
    from melodyai_edu.models.saved import read_weights

    read_weights(file.read_bytes(), seeds.tiny_weights()[1], "model")


def taste(file: Path) -> None:
    """Read a taste that was learned."""
    from melodyai_edu.models.tastes import load_taste

    load_taste(file)


def _checkpoint(name: str) -> Callable[[Path], None]:
    """Read a checkpoint of which one file is damaged; its checksum is right again."""

    def reader(file: Path) -> None:
        from melodyai_edu.training.checkpoint import latest

        files = {**seeds._checkpoint_files(), name: file.read_bytes()}
        if name != "manifest.json":
            sums = {
                n: hashlib.sha256(d).hexdigest() for n, d in files.items() if n != "manifest.json"
            }
            files["manifest.json"] = json.dumps(sums).encode()
        path = file.parent / "run" / "00000003"
        path.mkdir(parents=True)
        for each, data in files.items():
            (path / each).write_bytes(data)
        latest(path.parent)

    return reader


def ratings(file: Path) -> None:
    """Read every rating of a file."""
    from melodyai_edu.feedback.exchange import read_ratings

    list(read_ratings(file))


def ratings_store(file: Path) -> None:
    """Read a store as a stranger's file; then open it to be written to, and read it again."""
    from melodyai_edu.feedback import RatingStore, database

    database._PAUSES = (0.0,)  # nobody writes to it: another look sees the same
    ratings(file)
    with RatingStore(file) as store:
        store.ratings()


def rating_json(file: Path) -> None:
    """Read one rating."""
    from melodyai_edu.feedback.rating import Rating
    from melodyai_edu.feedback.values import read_json

    Rating.from_dict(read_json("rating", _text(file), 1_000_000))


def _text(file: Path) -> str:
    from melodyai_edu.errors import InputError

    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError("it is no text") from error


def pattern(file: Path) -> None:
    """Read a pattern of accompaniment."""
    from melodyai_edu.composition.pattern_file import read_pattern

    read_pattern(file)


def settings(file: Path) -> None:
    """Read settings of the service."""
    from melodyai_edu.api.settings import load_settings

    load_settings(file, environment={})


def request(file: Path) -> None:
    """Read a wish for a piece, as JSON text and as the body of an HTTP request."""
    from melodyai_edu.api.body import parse_json
    from melodyai_edu.composition import CompositionRequest

    CompositionRequest.from_json(_text(file))
    CompositionRequest.from_dict(parse_json(file.read_bytes())).to_json()


def provenance(file: Path) -> None:
    """Make a piece again from what it remembers, as the command line does it.

    Request, plan and edits are read; in place of the first piece always the same one is edited,
    since to learn from the tunes of any genre may take seconds, and is no reading.
    """
    from melodyai_edu.cli_compose import _read_provenance
    from melodyai_edu.composition import rebuild

    module = importlib.import_module("melodyai_edu.composition.compose")
    compose, piece = module.compose, seeds.small_piece()
    module.compose = lambda request, plan=None: piece
    try:
        rebuild(_read_provenance(str(file)))
    finally:
        module.compose = compose


def vocabulary(file: Path) -> None:
    """Read a vocabulary."""
    from melodyai_edu.tokens import Vocabulary

    Vocabulary.from_json(_text(file))


def _progress(_: Path) -> None:
    from melodyai_edu.checks.progress import load_progress, record

    load_progress()
    record("1.1", passed=True)


def _answers(file: Path) -> None:
    from melodyai_edu.widgets.blind import _kept

    _kept(file)


def _features(_: Path) -> None:
    from melodyai_edu.features.kept import KeptRows

    rows = KeptRows("symbolic")
    rows.get("00ff")
    rows.put("00fe", {"a": 1.0})
    rows.save()


def _pseudonym(_: Path) -> None:
    from melodyai_edu.feedback.pseudonym import rater_name

    rater_name()


def words(file: Path) -> None:
    """Read a short text that somebody typed."""
    from melodyai_edu.constraints.catalogue import parse_rule
    from melodyai_edu.constraints.chord_rules import parse_chord_rule
    from melodyai_edu.constraints.text import read_bars
    from melodyai_edu.score import ChordSymbol, Key, Meter, Pitch

    readers: dict[str, Callable[[str], Any]] = {
        "rule": parse_rule, "chord_rule": parse_chord_rule, "key": Key.parse, "meter": Meter.parse,
        "pitch": Pitch.parse, "bars": read_bars, "chord": lambda text: ChordSymbol(0, text),
    }  # fmt: skip
    kind, _, text = _text(file).partition(" ")
    readers.get(kind, parse_rule)(text)
