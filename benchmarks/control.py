"""Asked and got: rules that always hold, and wishes that a listener judges. Parts: hard genre mood.

*hard*: pieces that ask for key, meter, bars, tempo, range, instruments and form all at once, each
value by 200 of them; counted in the MIDI and the MusicXML that was written, read back. The n-gram
draws them; rules hold whichever model draws. *genre*, *mood*: the shipped network without any rule,
told what `mai.compose` would tell it: 16 bars, meter, mode and tonic of a random training tune of
that genre or mood, and the wish. A listener that was fitted on real tunes names what came; beside
it stand real held-out tunes, and the same questions with the wish left out. *composed*: a mood
given to `mai.compose` itself, with a genre and nothing else: there it moves mode and tempo, too.

Usage: python benchmarks/control.py [PART ...] [--pieces 200] [--guidance 1] [--temperature 1]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

import numpy as np
from control_hard import hard

from melodyai_edu.composition import compose, offered_genres
from melodyai_edu.composition.mood_lean import usual_density
from melodyai_edu.decoding import Sampler
from melodyai_edu.decoding.free import draw_free
from melodyai_edu.evaluation.control import ControlRow, Share, control_table
from melodyai_edu.evaluation.genre_classifier import GenreClassifier
from melodyai_edu.evaluation.mood_classifier import MoodClassifier
from melodyai_edu.features.mood import MOODS as MOOD_PLACES
from melodyai_edu.features.mood import feel_mood, mood_of, nearest_mood
from melodyai_edu.io.corpus import Tune, load
from melodyai_edu.models.saved import list_models, load_model
from melodyai_edu.score import Score
from melodyai_edu.tokens import Condition, encode
from melodyai_edu.training.run import CORPORA

SMOKE = os.environ.get("MELODYAI_PROFILE") == "smoke"
NETWORK = "melody-small-transformer"
MOODS = ("happy", "calm", "tense", "sad")
PARTS = ("hard", "genre", "mood", "composed")
TARGET = 0.9
BARS, MAX_LENGTH = 16, 448  # tokens
USUAL = {mood: usual_density(MOOD_PLACES[mood]) for mood in MOODS}  # as `compose` tells it


def condition(tune: Tune, genre: str | None, mood: str | None, density: int = 0) -> Condition:
    """Ask for 16 bars, as `compose` does by default, in a tune's meter, mode and register."""
    score = tune.melody_score
    return Condition(
        genre=genre,
        mood=mood,
        meter=score.meter,
        mode=score.key.mode,
        tonic=encode(score).tonic_pitch,
        bars=BARS,
        density=density,
    )


def draw(
    tunes: Sequence[Tune],
    options: argparse.Namespace,
    seed: int,
    *,
    genre: str | None = None,
    mood: str | None = None,
    density: int = 0,
    share: int = 1,
) -> list[Score]:
    """Draw a piece for each of some random tunes; give those that are music."""
    random, pieces = np.random.default_rng(seed), options.pieces // share
    chosen = [tunes[i] for i in random.integers(0, len(tunes), pieces)]
    pieces = draw_free(
        load_model(NETWORK).network,
        [condition(tune, genre, mood, density) for tune in chosen],
        [seed * 100_000 + i for i in range(pieces)],
        Sampler(options.temperature, top_p=options.top_p),
        guidance=options.guidance,
        batch=min(pieces, 50),
        max_length=MAX_LENGTH,
    )
    return [piece.score for piece in pieces if piece.score is not None]


def report(what: str, rows: Sequence[ControlRow], pieces: int) -> None:
    """Print a table; a piece that is no music counts as not got."""
    rows = [
        ControlRow(row.value, Share(row.got.hits, pieces), row.real, row.unasked) for row in rows
    ]
    print(f"\n{what}")
    print(f"{'value':12} {'asked and got':32} {'real tunes':32} {'unasked':32} {'ratio':>6}")
    for row in rows:
        print(
            f"{row.value:12} {row.got!s:32} {row.real!s:32} {row.unasked!s:32} "
            f"{row.against_real:6.2f}"
        )
    got, real = (np.mean([getattr(row, side).value for row in rows]) for side in ("got", "real"))
    verdict = "met" if got / real >= TARGET else "MISSED"
    print(f"mean over values, against real tunes: {got / real:.3f} ({TARGET} asked: {verdict})")


def genre(sides: dict[str, list[Tune]], options: argparse.Namespace) -> None:
    """Ask the network for each genre, and have it named with and without hearing the meter."""
    judges = {
        has_meter: GenreClassifier(has_meter=has_meter).fit(sides["train"])
        for has_meter in ((True,) if SMOKE else (True, False))
    }
    genres = next(iter(judges.values())).labels[: 2 if SMOKE else None]
    known = {g: [tune for tune in sides["train"] if tune.genre == g] for g in genres}
    asked = {g: draw(known[g], options, 11 + n, genre=g) for n, g in enumerate(genres)}
    unasked = draw([tune for tunes in known.values() for tune in tunes], options, 10)
    for has_meter, judge in judges.items():
        rows = control_table(
            {value: judge.name(scores) for value, scores in asked.items()},
            judge.name_tunes(sides["held out"]),
            judge.name(unasked),
        )
        heard = "hearing the meter" if has_meter else "not hearing the meter"
        report(f"genre named by a listener {heard}", rows, options.pieces)


def mood(sides: dict[str, list[Tune]], options: argparse.Namespace) -> None:
    """Ask the network for each mood; unasked are the same meters and modes without the wish."""
    judge = MoodClassifier().fit(sides["train"])
    moods = MOODS[: 2 if SMOKE else None]
    asked, plain = {}, {}
    for n, value in enumerate(moods):
        known = [tune for tune in sides["train"] if mood_of(tune.melody_score) == value]
        level = options.density.get(value, 0)
        asked[value] = draw(known, options, 31 + n, mood=value, density=level)
        plain[value] = draw(known, options, 41 + n, share=len(moods))
    real = judge.name_tunes(sides["held out"])
    pooled = judge.name([score for scores in plain.values() for score in scores])
    rows = control_table({v: judge.name(scores) for v, scores in asked.items()}, real, pooled)
    report("mood named by a listener told neither mode nor speed; key given", rows, options.pieces)
    print(
        "unasked, in keys and meters of tunes of that mood; and as the network was taught to hear"
    )
    for value, scores in asked.items():
        same_key = Share(judge.name(plain[value]).count(value), len(plain[value]))
        taught = Share(sum(mood_of(score) == value for score in scores), len(scores))
        before = Share(sum(mood_of(score) == value for score in plain[value]), len(plain[value]))
        print(f"{value:12} {same_key!s:32} {taught!s:32} {before}")


def composed(sides: dict[str, list[Tune]], options: argparse.Namespace) -> None:
    """Ask `compose` for each mood, genres in turn."""
    judge = MoodClassifier().fit(sides["train"])
    genres = offered_genres()[:4]

    def pieces(mood: str | None, first_seed: int) -> list[Score]:
        return [
            compose(
                genre=genres[i % len(genres)], mood=mood, model=options.model, seed=first_seed + i
            ).score
            for i in range(options.pieces)
        ]

    moods = MOODS[: 2 if SMOKE else None]
    asked = {value: pieces(value, 1000 * (n + 1)) for n, value in enumerate(moods)}
    unasked = pieces(None, 0)
    rows = control_table(
        {value: judge.name(scores) for value, scores in asked.items()},
        judge.name_tunes(sides["held out"]),
        judge.name(unasked),
    )
    report(f"mood as mai.compose does it, {options.model}", rows, options.pieces)
    for value, scores in asked.items():
        places = [nearest_mood(feel_mood(score), MOODS) for score in scores]
        before = [nearest_mood(feel_mood(score), MOODS) for score in unasked]
        got, without = (Share(found.count(value), len(found)) for found in (places, before))
        print(f"{value:12} by all five cues, tempo among them: {got}; unasked {without}")


def density_of(text: str) -> dict[str, int]:
    """Read ``happy=4,sad=1``."""
    return {
        name: int(level) for name, level in (pair.split("=") for pair in text.split(",") if text)
    }


def main() -> int:
    """Run the parts that were named, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", metavar="PART", default=[])
    parser.add_argument("--pieces", type=int, default=8 if SMOKE else 200)
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-p", type=float, default=0.97)
    parser.add_argument("--density", type=density_of, default=USUAL)
    parser.add_argument("--model", default="ngram")
    options = parser.parse_args([] if SMOKE else None)
    if not set(options.parts) <= set(PARTS):
        parser.error(f"PART must be one of: {', '.join(PARTS)}")
    begin = time.perf_counter()
    tunes = [tune for name in CORPORA for tune in load(name) if tune.melody.notes]
    sides = {
        "train": [tune for tune in tunes if tune.split == "train"],
        "held out": [tune for tune in tunes if tune.split != "train"],
    }
    dials = f"guidance {options.guidance}, temperature {options.temperature}, top-p {options.top_p}"
    is_met = True
    for part in options.parts or PARTS:
        if part in ("genre", "mood") and NETWORK not in list_models():
            print(f"{NETWORK} is not on this machine: melodyai train makes it")
            continue
        if part == "hard":
            is_met &= hard(options.pieces)
        else:
            print(f"\n{NETWORK}, {dials}" if part != "composed" else "")
            {"genre": genre, "mood": mood, "composed": composed}[part](sides, options)
        print(f"{part}: done after {time.perf_counter() - begin:.0f} s", flush=True)
    print(f"load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
