"""How long it takes to see and hear a piece, beside other ways to the same.

A tune of 32 bars and a chorale: engraved score, piano roll, player page, and sound. Peers in the
same run: for the score, music21's MusicXML writer with verovio behind it; for the sound, the plain
``pretty_midi.synthesize``.

Usage: python benchmarks/render.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from io import BytesIO

from melodyai_edu import compose, load
from melodyai_edu.io.midi_write import midi_bytes
from melodyai_edu.io.music21_convert import to_music21
from melodyai_edu.render import audio_bytes, engrave, piano_roll, player_html, render_audio
from melodyai_edu.render.audio import available_tiers
from melodyai_edu.score import Score

REPEATS = 1 if os.environ.get("MELODYAI_PROFILE") == "smoke" else 5


def seconds(work: Callable[[], object]) -> float:
    """Give the best time of a few, after one that warms up."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def engrave_with_music21(score: Score) -> None:
    """Engrave through music21's own export, as its ``show`` does."""
    import verovio
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    text = GeneralObjectExporter(to_music21(score)).parse().decode()
    toolkit = verovio.toolkit()
    toolkit.loadData(text)
    for page in range(1, toolkit.getPageCount() + 1):
        toolkit.renderToSVG(page)


def synthesize_plainly(score: Score) -> None:
    """Synthesize with pretty_midi alone."""
    import pretty_midi

    pretty_midi.PrettyMIDI(BytesIO(midi_bytes(score))).synthesize(fs=44100)


def main() -> None:
    """Print every figure."""
    jig = compose(genre="jig", bars=32, seed=1, model="ngram").score
    chorale = load("chorales")[0].score
    for name, score in (("jig, 32 bars", jig), (f"chorale, {chorale.bar_count} bars", chorale)):
        print(f"{name}, {score.note_count} notes, {score.seconds:.0f} s of music")
        ours = seconds(lambda score=score: engrave(score))
        peer = seconds(lambda score=score: engrave_with_music21(score))
        print(
            f"  score: {ours:.3f} s; by way of music21 {peer:.3f} s, {peer / ours:.1f} times ours"
        )
        print(f"  piano roll: {seconds(lambda score=score: piano_roll(score)):.3f} s")
        page = player_html(score)
        print(
            f"  player: {seconds(lambda score=score: player_html(score)):.3f} s, "
            f"{len(page) / 1000:.0f} kB"
        )
        for tier in available_tiers():
            time_taken = seconds(lambda score=score, tier=tier: render_audio(score, tier=tier))
            print(
                f"  sound, {tier}: {time_taken:.2f} s, {score.seconds / time_taken:.0f} x real time"
            )
        plain = seconds(lambda score=score: synthesize_plainly(score))
        print(f"  sound, plain pretty_midi: {plain:.2f} s")
        audio = render_audio(score)
        mp3 = len(audio_bytes(audio)) / 1000
        print(f"  MP3: {seconds(lambda audio=audio: audio_bytes(audio)):.2f} s, {mp3:.0f} kB")


if __name__ == "__main__":
    main()
