"""Good files of every kind, made here; nothing is taken from elsewhere.

Each function gives a list of files as bytes, the same at every run.
"""

from __future__ import annotations

import json
import runpy
import tempfile
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

import melodyai_edu as mai

ROOT = Path(__file__).parents[2]
PACKAGE = Path(mai.__file__).parent


@cache
def _hand_made() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tests" / "io" / "bad_files.py"))


@cache
def _scores() -> list[mai.Score]:
    """Give a jig, a chorale, and an arranged piece with chords, sections and drums."""
    jig = mai.load("oneill").filter(genre="jig")[0].score
    piece = mai.compose(genre="jig", bars=4, model="ngram", seed=1, form="AABB", key="E dorian")
    return [jig, mai.load("chorales")[0].score, piece.score, piece.performance]


def _of_file(suffix: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"file{suffix}"
        write(file)
        return file.read_bytes()


def _written(suffix: str) -> list[bytes]:
    return [_of_file(suffix, partial(mai.write, score)) for score in _scores()]


def midi() -> list[bytes]:
    """Give our own files, and odd but legal ones."""
    odd = _hand_made()["odd_midi"]()
    names = ("running status", "sysex", "RIFF container", "25 frames of 40 parts", "format 2",
             "every controller", "every text event", "F7 escape")  # fmt: skip
    return [*_written(".mid"), _hand_made()["GOOD_MIDI"], *(odd[name][0] for name in names)]


def whole_midi() -> list[bytes]:
    """Give the files that end where their last track ends."""
    return [*_written(".mid"), _hand_made()["GOOD_MIDI"]]


def musicxml() -> list[bytes]:
    """Give scores as MusicXML."""
    return [*_written(".musicxml"), _hand_made()["GOOD_XML"]]


def mxl() -> list[bytes]:
    """Give scores as compressed MusicXML."""
    return [*_written(".mxl"), _hand_made()["mxl"]()]


_ABC = b"""X:2
T:Everything at once
C:nobody
M:C|
L:1/8
Q:1/4=96
P:AAB
U:T = !trill!
m:~n2 = (3o/n/m/ n
V:1 name="Flute"
V:2 clef=bass
K:Ador
V:1
[P:A]|:"Am"A2 (3Bcd {f}e2 .d>c|!f!T[Ace]4 (A-A) z2|[1 "G7"_B,/2^c''=d z4:|[2 A8|]
w: one two * three-four
[P:B][M:3/4][K:D][L:1/4] d e & A B | f3 | [Q:1/4=120] x2 y Z1 |
V:2
|:A,,4 E,4|A,,8|[1 z8:|[2 A,,8|]
A,2 B,|D3|z3|Z|
"""


def abc() -> list[bytes]:
    """Give tunes as ABC, one by one and as a book."""
    own = _written(".abc")
    return [*own, own[0] + b"\n" + own[1], _ABC, _hand_made()["GOOD_ABC"]]


def _samples(channels: int, seconds: float = 0.12) -> np.ndarray:
    time = np.arange(int(8_000 * seconds)) / 8_000
    tone = 0.5 * np.sin(2 * np.pi * 440 * time)
    return np.stack([tone] * channels, axis=1)


def _sound(kind: str, coding: str, channels: int = 1) -> bytes:
    import soundfile

    stream = BytesIO()
    soundfile.write(stream, _samples(channels), 8_000, format=kind, subtype=coding)
    return stream.getvalue()


def wav() -> list[bytes]:
    """Give recordings as WAV, coded in several ways."""
    codings = ("PCM_16", "PCM_24", "PCM_U8", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM",
               "MS_ADPCM", "GSM610", "G721_32", "NMS_ADPCM_16")  # fmt: skip
    plain = [_sound("WAV", coding) for coding in codings]
    return [
        *plain,
        _sound("WAV", "PCM_16", 2),
        _sound("WAVEX", "PCM_24", 6),
        _sound("RF64", "PCM_16"),
    ]


def whole_wav() -> list[bytes]:
    """Give those whose header says how long the file is."""
    return [_sound("WAV", "PCM_16"), _sound("WAV", "FLOAT", 2)]


def aiff() -> list[bytes]:
    """Give recordings as AIFF."""
    return [_sound("AIFF", coding) for coding in ("PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM")]


def flac() -> list[bytes]:
    """Give recordings as FLAC."""
    return [_sound("FLAC", "PCM_16"), _sound("FLAC", "PCM_24", 2)]


def ogg() -> list[bytes]:
    """Give recordings as Ogg, with the number of their stream fixed: it is drawn by the clock."""
    from fuzzing.sound import pages_of, signed

    files = [_sound("OGG", "VORBIS"), _sound("OGG", "VORBIS", 2), _sound("OGG", "OPUS")]
    return [b"".join(signed(page, 1) for page in pages_of(data)) for data in files]


def mp3() -> list[bytes]:
    """Give recordings as MP3."""
    return [_sound("MP3", "MPEG_LAYER_III"), _sound("MP3", "MPEG_LAYER_III", 2)]


def note_sequence() -> list[bytes]:
    """Give pieces as Magenta's message."""
    from melodyai_edu.io.note_sequence import to_note_sequence

    return [to_note_sequence(score).SerializeToString(deterministic=True) for score in _scores()]


def tfrecord() -> list[bytes]:
    """Give files of such messages."""
    from melodyai_edu.io.tfrecord import pack_records

    messages = note_sequence()
    return [pack_records(messages[:1]), pack_records(messages)]


def corpus() -> list[bytes]:
    """Give small corpora."""
    from melodyai_edu.io.corpus_columns import Columns, TuneRow

    rows = [TuneRow(score, genre="jig", source="a", split="train") for score in _scores()]
    return [Columns.of(rows[:1]).packed(), Columns.of(rows).packed()]


def corpus_csv() -> list[bytes]:
    """Give tables of melodies."""
    from melodyai_edu.io.corpus_csv import write_csv

    tunes = mai.load("oneill")[:4]
    lists = b'melody_sequence\n"[60, 62, 64]"\n60;62\n'
    return [_of_file(".csv", lambda file: write_csv(tunes, file)), lists]


def automaton() -> list[bytes]:
    """Give rules that were compiled."""
    from melodyai_edu.constraints.saving import save_automaton

    compiled = mai.compile_rules(["in_key", "max_leap=7"], length=2, meter="3/4")
    return [_of_file(".npz", lambda file: save_automaton(compiled, file))]


def _shipped(pattern: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((PACKAGE / "models/shipped").glob(pattern))]


def card() -> list[bytes]:
    """Give cards of networks."""
    return _shipped("*-tiny-*/card.json")


def chorale_card() -> list[bytes]:
    """Give the card of the network for chorales."""
    return _shipped("chorale-small/chorale.json")


@cache
def tiny_weights() -> tuple[bytes, list[np.ndarray]]:
    """Give a small archive of weights, and arrays of the shapes that it must have."""
    arrays = [np.full(shape, 0.5, np.float16) for shape in ((3, 4), (4,), (2, 2, 2), ())]
    stream = BytesIO()
    np.savez_compressed(stream, **{f"{n:04d}": array for n, array in enumerate(arrays)})
    return stream.getvalue(), arrays


def weights() -> list[bytes]:
    """Give archives of weights."""
    return [tiny_weights()[0]]


def taste() -> list[bytes]:
    """Give a taste that was learned."""
    from melodyai_edu.models.described import FEATURES
    from melodyai_edu.models.preference import PreferenceModel

    size = len(FEATURES)
    model = PreferenceModel("features", np.zeros(size), np.ones(size), np.ones(size), np.eye(size))
    return [_of_file(".json", model.save)]


def _checkpoint() -> Any:
    from melodyai_edu.training.checkpoint import Checkpoint

    arrays = {"weights/0": np.ones((3, 4), np.float32), "random": np.arange(6, dtype=np.uint64)}
    return Checkpoint(3, arrays, {"epoch": 1, "seed": 7, "history": [0.5, 0.25], "best": None})


@cache
def _checkpoint_files() -> dict[str, bytes]:
    from melodyai_edu.training.checkpoint import commit

    with tempfile.TemporaryDirectory() as folder:
        path = commit(Path(folder), _checkpoint())
        return {file.name: file.read_bytes() for file in path.iterdir()}


def checkpoint_arrays() -> list[bytes]:
    """Give the numbers of a checkpoint."""
    return [_checkpoint_files()["arrays.npz"]]


def checkpoint_state() -> list[bytes]:
    """Give the other facts of a checkpoint."""
    return [_checkpoint_files()["state.json"]]


def checkpoint_manifest() -> list[bytes]:
    """Give the list of checksums of a checkpoint."""
    return [_checkpoint_files()["manifest.json"]]


@cache
def _ratings() -> list[Any]:
    made = runpy.run_path(str(ROOT / "tests" / "feedback" / "pieces.py"))
    piece = made["a_piece"]
    time = "2026-01-02T03:04:05.000006Z"
    return [
        made["stars"](4, piece(), word="lively", key="a", time=time),
        made["thumb"](-1, piece(1), word='a, b; "c"', key="b", time=time),
        made["better"](piece(2), piece(), key="c", time=time),
    ]


def ratings_csv() -> list[bytes]:
    """Give a table of ratings."""
    return [_exported(".csv")]


def ratings_parquet() -> list[bytes]:
    """Give a table of ratings."""
    return [_exported(".parquet")]


def _exported(suffix: str) -> bytes:
    from melodyai_edu.feedback.exchange import write_ratings

    return _of_file(suffix, lambda file: write_ratings(_ratings(), file))


def ratings_store() -> list[bytes]:
    """Give a store of ratings."""
    from melodyai_edu.feedback import RatingStore

    def write(file: Path) -> None:
        with RatingStore(file) as store:
            for rating in _ratings():
                store.add(rating)

    return [_of_file(".sqlite", write)]


def rating_json() -> list[bytes]:
    """Give ratings as the service and one rater's own file hold them."""
    return [json.dumps(rating.to_dict()).encode() for rating in _ratings()]


def pattern() -> list[bytes]:
    """Give patterns of accompaniment."""
    folder = PACKAGE / "composition" / "patterns"
    return [file.read_bytes() for file in sorted(folder.glob("*.toml"))[:6]]


def settings() -> list[bytes]:
    """Give settings of the service."""
    return [
        b'host = "127.0.0.1"\nport = 9000\nworkers = 2\nrate_limit = "60/minute"\n'
        b'cors_origins = "https://a.example"\nlog_level = "info"\nanswer_seconds = 2.5\n',
        b'auth = "keys"\nhost = "0.0.0.0"\nlimit_storage = "redis://localhost"\nqueue_size = 4\n',
    ]


_REQUESTS: tuple[dict[str, Any], ...] = (
    {
        "genre": "jig", "mood": "happy", "key": "D major", "meter": "6/8", "bars": 4, "tempo": 112,
        "form": "AABB", "instruments": ["flute", "acoustic guitar"], "seed": 7, "temperature": 1.0,
        "rules": ["in_key", "max_leap=12", "end_on_tonic", "range=D4-G5", "contour=arch"],
        "seeds": {"melody": 3}, "model": "ngram", "humanise": True, "intro": 2, "ending": 1,
    },
    {"genre": "waltz", "mood": [0.3, -0.2], "bars": 4, "model": "ngram", "harmony": "folk"},
)  # fmt: skip


def request() -> list[bytes]:
    """Give wishes for a piece."""
    return [json.dumps(values).encode() for values in _REQUESTS]


@cache
def small_piece() -> mai.Composition:
    """Compose four bars."""
    return mai.compose(genre="jig", bars=4, model="ngram", seed=1)


def provenance() -> list[bytes]:
    """Give what pieces remember of how they were made."""
    piece = small_piece()
    edited = piece.transpose(2)
    plan = mai.plan_form("jig", "6/8", 8, np.random.default_rng(0), form="AABB")
    planned = mai.compose(genre="jig", bars=8, model="ngram", seed=1, plan=plan)
    return [json.dumps(one.provenance).encode() for one in (piece, edited, planned)]


def vocabulary() -> list[bytes]:
    """Give a vocabulary."""
    from melodyai_edu.tokens import VOCABULARY

    return [VOCABULARY.to_json().encode()]


def progress() -> list[bytes]:
    """Give what a learner has passed."""
    return [b'{"1.1": {"tries": 2, "passed": true}, "1.2": {"tries": 0, "passed": false}}']


def answers() -> list[bytes]:
    """Give the answers to a blind test."""
    return [b'{"one": ["A", "B", "A"], "two": []}']


def features() -> list[bytes]:
    """Give rows of features that were kept."""
    return [b'{"00ff": {"onset_density": 1.5, "range": 12.0}}']


def pseudonym() -> list[bytes]:
    """Give a rater's pseudonym."""
    return [b"rater-5f02c47bd91e\n"]


def words() -> list[bytes]:
    """Give short texts that people type: rules, keys, meters, pitches, chords."""
    rules = [f"rule {fact.example}".encode() for fact in mai.rules()]
    chords = [b"chord_rule use=V7", b"chord F#m7b5/A", b"chord Cmaj7#11"]
    return [*rules, *chords, b"key F# dorian", b"meter 2+3/8", b"pitch Bb4", b"bars 1-4,7"]
