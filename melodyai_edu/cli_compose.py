"""The command line for pieces: ``melodyai compose`` and ``harmonise``.

Conventions
-----------
A face only: an option is a field of a request, and is left out where it was not given.

Contents
--------
add_compose, add_harmonise
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from melodyai_edu.cli_batch import add_batch, compose_batch
from melodyai_edu.errors import InputError, ParameterError

__all__ = ["add_compose", "add_harmonise"]

_FIELDS: dict[str, tuple[type, str]] = {
    "genre": (str, "such as jig, reel, hornpipe, air; all together when left out"),
    "key": (str, 'tonic and mode, such as "D major" or "E dorian"'),
    "meter": (str, "such as 6/8"),
    "bars": (int, "how many bars, 16 when left out"),
    "tempo": (float, "quarter notes a minute"),
    "seed": (int, "another seed is another piece, 0 when left out"),
    "temperature": (float, "0.1 is tame, 1 as in the tunes it learned from, 3 wild"),
    "corpus": (str, "a corpus of your own to learn from (melodyai data add)"),
    "model": (str, "what draws the notes: ngram, or a trained network; the best when left out"),
    "guidance": (float, "how far a network moves towards the genre, 1 to 5; 1 when left out"),
    "taste": (str, "a taste learned from your ratings, which chooses among candidates"),
    "candidates": (int, "how many melodies are drawn for the taste to choose from, 1 to 32"),
    "form": (str, "letters for equal sections, such as AABB"),
    "mood": (str, "such as happy, calm, tense, sad; or valence,arousal such as 0.5,-0.3"),
    "arrangement": (str, "how it is accompanied, such as jig, waltz, bossa nova, or a .toml file"),
    "harmony": (str, "the style of its chords: folk, pop or jazz"),
    "intro": (int, "bars of the accompaniment before the piece"),
    "ending": (int, "bars after it"),
}

#: Any of these asks for many pieces.
_BATCH = ("count", "out_folder", "formats", "workers", "scheduler")

#: The longest provenance that is read [bytes].
_LARGEST_PROVENANCE = 10_000_000


def add_compose(commands: Any) -> None:
    """Add the command that composes a piece.

    Parameters
    ----------
    commands : argparse subparsers
    """
    compose = commands.add_parser("compose", help="compose a piece")
    for name, (kind, text) in _FIELDS.items():
        compose.add_argument(f"--{name}", type=kind, help=text)
    compose.add_argument(
        "--rule",
        action="append",
        default=[],
        dest="rules",
        metavar="RULE",
        help='what must hold, such as "max_leap=9"; may be given several times (melodyai rules)',
    )
    compose.add_argument(
        "--instruments",
        metavar="NAMES",
        help='who plays, the melody first, such as "flute, acoustic guitar, drums"',
    )
    compose.add_argument(
        "--counter-melody", action="store_true", default=None, help="a second line goes along"
    )
    compose.add_argument(
        "--no-humanise",
        dest="humanise",
        action="store_false",
        default=None,
        help="play exactly what is written",
    )
    compose.add_argument(
        "--rhythm",
        metavar="MODEL",
        help="a network that writes the rhythm first, such as rhythm-small-transformer",
    )
    compose.add_argument(
        "--density", type=int, default=0, help="how many notes it writes, 1 (few) to 5 (many)"
    )
    _add_changes(compose)
    add_batch(compose)
    compose.set_defaults(run=_compose)


def _add_changes(compose: argparse.ArgumentParser) -> None:
    """Add what is done with a piece: changed, written down, made again."""
    compose.add_argument(
        "--regenerate",
        metavar="WHAT",
        help="then make anew: bars such as 5-8, or harmony, pitches, melody, arrangement",
    )
    compose.add_argument(
        "--stems", metavar="FOLDER", help="also write each part as WAV and MIDI into this folder"
    )
    compose.add_argument(
        "--provenance", metavar="FILE", help="also write down, as JSON, where the piece comes from"
    )
    compose.add_argument(
        "--rebuild", metavar="FILE", help="make the piece of such a file again, bit for bit"
    )
    compose.add_argument(
        "--of",
        metavar="FILE",
        help="a file with one voice whose bars are meant, by --regenerate or --rule locked=1-4",
    )
    compose.add_argument(
        "--out",
        action="append",
        default=[],
        metavar="FILE",
        help="where to: .mid .musicxml .mxl .abc .wav .mp3 .svg .png; may be given several times",
    )


def add_harmonise(commands: Any) -> None:
    """Add the command that harmonises a melody.

    Parameters
    ----------
    commands : argparse subparsers
    """
    harmonise = commands.add_parser("harmonise", help="put voices or chords to a melody")
    harmonise.add_argument("melody", help="a file with one voice: .mid .musicxml .mxl .abc")
    harmonise.add_argument(
        "--rule",
        action="append",
        dest="rules",
        metavar="RULE",
        help="what must hold; for a chorale its usual rules when left out (melodyai rules)",
    )
    harmonise.add_argument(
        "--style",
        default="chorale",
        help="chorale (four voices), folk, pop or jazz (chord symbols)",
    )
    harmonise.add_argument(
        "--chords",
        help='these chords: of a chorale one a slot, otherwise one a bar, "I | IV V | I"',
    )
    harmonise.add_argument(
        "--model",
        default="counts",
        help="of a chorale: counts (chords), or chorale-small (a network that moves the voices)",
    )
    harmonise.add_argument("--seed", type=int, default=0, help="another seed, other voices")
    harmonise.add_argument("--temperature", type=float, default=1.0, help="0.1 is tame, 3 wild")
    harmonise.add_argument(
        "--out", action="append", required=True, metavar="FILE", help="as for compose"
    )
    harmonise.set_defaults(run=_harmonise)


def _compose(options: argparse.Namespace) -> None:
    if any(getattr(options, name) is not None for name in _BATCH):
        return compose_batch(options, _asked(options))
    if not options.out:
        raise ParameterError("--out FILE is needed, or --count N with --out-folder FOLDER")
    piece = _piece(options)
    for name in options.out:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        piece.save(name)
        print(f"wrote {name}")
    if options.stems is not None:
        for path in piece.save_stems(options.stems):
            print(f"wrote {path}")
    if options.provenance is not None:
        from melodyai_edu.io.disk import save_bytes

        save_bytes(json.dumps(piece.provenance, indent=1).encode(), Path(options.provenance))
        print(f"wrote {options.provenance}")
    print(piece)


def _piece(options: argparse.Namespace) -> Any:
    """Compose what was asked for, or make a piece again."""
    from melodyai_edu.composition import compose, compose_over, rebuild

    if options.density and options.rhythm is None:
        raise ParameterError(
            f"density={options.density} needs --rhythm: the rule counts, density=2-6"
        )
    if options.rebuild is not None:
        piece = rebuild(_read_provenance(options.rebuild))
    elif options.rhythm is not None:
        piece = compose_over(options.rhythm, density=options.density, **_asked(options))
    elif options.of is not None:
        return compose(**{**_asked(options), **_fields_of(options)})
    else:
        piece = compose(**_asked(options))
    if options.regenerate is None:
        return piece
    is_module = options.regenerate.isalpha()
    return compose(
        regenerate=options.regenerate if is_module else _span(options.regenerate), of=piece
    )


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """Give the fields of a request that were given."""
    names = (*_FIELDS, "counter_melody", "humanise")
    given = {name: v for name in names if (v := getattr(options, name)) is not None}
    if options.instruments is not None:
        given["instruments"] = [name.strip() for name in options.instruments.split(",")]
    mood = given.get("mood", "")
    if "," in mood:
        given["mood"] = tuple(mood.split(","))
    return {**given, "rules": options.rules}


def _fields_of(options: argparse.Namespace) -> dict[str, Any]:
    """Give what a file says of the piece, and rules that lock its bars."""
    from melodyai_edu.constraints import as_rules
    from melodyai_edu.constraints.structure import Locked
    from melodyai_edu.io import read

    score = read(options.of)
    if len(score.parts) != 1:
        raise ParameterError(f"--of {options.of} has {len(score.parts)} parts: it must have one")
    bars = score.bar_count - bool(score.pickup)
    rules = [r.of(score) if isinstance(r, Locked) else r for r in as_rules(options.rules)]
    if options.regenerate is not None:
        first, last = _span(options.regenerate)
        if last > bars:
            raise ParameterError(f"regenerate={options.regenerate!r}: the file has {bars} bars")
        outside = [bar for bar in range(not score.pickup, bars + 1) if not first <= bar <= last]
        rules += [Locked(",".join(map(str, outside))).of(score)] if outside else []
    elif not any(isinstance(rule, Locked) for rule in rules):
        raise ParameterError(f"--of {options.of} needs --regenerate 5-8 or --rule locked=1-4")
    known = {"key": score.key.name, "meter": score.meter.name, "tempo": score.tempo, "bars": bars}
    given = {name: v for name in known if (v := getattr(options, name)) is not None}
    return {**known, **given, "rules": rules}


def _read_provenance(name: str) -> Any:
    from melodyai_edu.io.disk import read_bytes
    from melodyai_edu.io.json_text import read_json

    try:
        return read_json(read_bytes(Path(name), _LARGEST_PROVENANCE))
    except InputError as error:
        raise InputError(f"{name} must be JSON that --provenance wrote ({error})") from error


def _harmonise(options: argparse.Namespace) -> None:
    from melodyai_edu.composition import harmonise
    from melodyai_edu.io import read

    chosen = {} if options.rules is None else {"rules": options.rules}
    voices = harmonise(
        read(options.melody), style=options.style, chords=options.chords, seed=options.seed,
        temperature=options.temperature, **chosen,
    )  # fmt: skip
    for name in options.out:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        voices.save(name)
        print(f"wrote {name}")
    print(voices)


def _span(text: str) -> tuple[int, int]:
    """Read the first and the last bar of ``"5-8"``."""
    from melodyai_edu.constraints.text import read_bars

    bars = read_bars(text)
    if not bars or bars[-1] - bars[0] + 1 != len(bars):
        raise ParameterError(f"regenerate={text!r} must be bars in a row, such as 5-8")
    return bars[0] + 1, bars[-1] + 1
