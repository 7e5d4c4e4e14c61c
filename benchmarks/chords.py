"""What the chord models know: bits per chord, Bach's own chords, chord tones on strong beats.

*Bits per chord*: chords read on every beat from the voices of chorales that nothing was learned
from; each is predicted from the one before (whether it changes, and to what), and by the share that
the chord has of all. *Bach's root*: how often the likeliest chords under a chorale's soprano have
the root that he gave the beat, where his chord is known; beside it the best triad of each bar, and
a tonic throughout. *Chord tones*: how many melody notes on strong beats of held-out dances belong
to the chord above them, and how long chords last. *Cadences*: how often the last bar of a held-out
dance in a major key gets V-I or IV-I without being told.

Usage: python benchmarks/chords.py
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

import numpy as np

DANCES = ("oneill", "ryan", "airds")
STYLES = ("folk", "pop", "jazz")


def held_out(*names: str) -> list:
    """Give the test tunes of some corpora."""
    from melodyai_edu.io.corpus import load

    return [t for name in names for t in load(name) if t.split == "test" and t.note_count]


def chorale_places(tune) -> tuple:
    """Give the beats of a chorale, and the chord that Bach has on each; -1 where none is known."""
    from melodyai_edu.composition.harmony_counts import chords_at
    from melodyai_edu.constraints.chord_places import melody_places

    places = melody_places(tune.melody_score, per="beat")
    return places, chords_at(tune, np.array([place.onset for place in places]))


def bits_per_chord(tunes: Sequence) -> None:
    """Print bits per chord of the unigram and of the chord model, on the same chords."""
    from melodyai_edu.composition.chord_chain import counted_moves, shares
    from melodyai_edu.composition.chord_counts import read_counts
    from melodyai_edu.composition.chord_tables import home_names, style_table

    costs: dict[str, list[float]] = {"unigram": [], "model": [], "unigram, changes": [],
                                     "model, changes": []}  # fmt: skip
    for tune in tunes:
        places, chords = chorale_places(tune)
        table = style_table("chorale", tune.key)
        own = read_counts("chorale", tune.key.mode)[0].among(home_names(table))
        moves = counted_moves(places, "chorale", own, own)
        even = np.full(len(table), 1 / len(table))
        heard = own.follow.sum(axis=(0, 1)) + own.stay_chord[:, :, 0].sum(axis=0)
        usual = np.log2(shares(heard, even))
        for number in range(1, len(places)):
            before, after = chords[number - 1 : number + 1]
            if before < 0 or after < 0:
                continue
            pair = -usual[after], -moves[number - 1][before, after] / np.log(2)
            for name, cost in zip(("unigram", "model"), pair, strict=True):
                costs[name].append(cost)
                if before != after:
                    costs[f"{name}, changes"].append(cost)
    for name, values in costs.items():
        print(f"bits per chord, {name}: {np.mean(values):.3f} ({len(values)} beats)")


def bachs_roots(tunes: Sequence) -> None:
    """Print how often the root is Bach's, for each way to find chords."""
    from melodyai_edu.composition.chord_sheet import ChordSheet
    from melodyai_edu.composition.chord_tables import style_table
    from melodyai_edu.constraints.chord_places import melody_places
    from melodyai_edu.theory.bar_chords import bar_chords

    right: dict[str, int] = {}
    known = 0
    for tune in tunes:
        places, chords = chorale_places(tune)
        bach = style_table("chorale", tune.key).roots
        found = {"tonic throughout": dict.fromkeys(range(-1, 999), 0)}
        bars = bar_chords(tune.melody_score)
        found["bar_chords"] = {
            n - bool(tune.pickup): chord[0] if chord else 0 for n, chord in enumerate(bars)
        }
        by_bar = {name: [roots[place.bar] for place in places] for name, roots in found.items()}
        for style in ("chorale", *STYLES):
            own = melody_places(tune.melody_score, per="beat" if style == "chorale" else "half")
            best = ChordSheet(own, style, where=(tune.meter.name,)).best()
            roots = style_table(style, tune.key).roots
            onsets = np.array([place.onset for place in own])
            under = [max(np.searchsorted(onsets, p.onset, "right") - 1, 0) for p in places]
            by_bar[style] = [int(roots[best[n]]) for n in under]
        is_known = chords >= 0
        known += int(is_known.sum())
        for name, roots in by_bar.items():
            same = (np.array(roots) == bach[chords]) & is_known
            right[name] = right.get(name, 0) + int(same.sum())
    for name, count in right.items():
        print(f"Bach's root, {name}: {count / known:.1%} of {known} beats")


def chord_tones(tunes: Sequence) -> None:
    """Print the share of chord tones on strong beats, and how long chords last."""
    from melodyai_edu.composition.chord_plan import fit_chords
    from melodyai_edu.theory.bar_chords import bar_chords
    from melodyai_edu.theory.harmony import parse_chord_symbol

    for style in (*STYLES, "bar_chords"):
        inside = strong = bars = chords = 0
        begin = time.perf_counter()
        for tune in tunes:
            score = tune.melody_score
            if style == "bar_chords":
                triads = bar_chords(score)
                marks = [
                    (onset, _triad(chord, score.key.tonic_pitch_class))
                    for onset, chord in zip(score.bar_onsets(), triads, strict=True)
                    if chord
                ]
            else:
                fitted = fit_chords(score, style=style, seed=1)
                marks = [(c.onset, set(parse_chord_symbol(c.text).pitch_classes))
                         for c in fitted.chords]  # fmt: skip
            hit, all_notes = _strong(score, marks)
            inside, strong = inside + hit, strong + all_notes
            bars, chords = bars + score.bar_count, chords + len(marks)
        rate = len(tunes) / (time.perf_counter() - begin)
        print(
            f"chord tones on strong beats, {style}: {inside / strong:.1%} of {strong} notes; "
            f"{chords / bars:.2f} chords a bar; {rate:.0f} tunes a second"
        )


def _triad(chord: tuple[int, str], tonic: int) -> set[int]:
    steps = {"major": (0, 4, 7), "minor": (0, 3, 7), "diminished": (0, 3, 6)}[chord[1]]
    return {(tonic + chord[0] + step) % 12 for step in steps}


def _strong(score, marks: list[tuple[int, set[int]]]) -> tuple[int, int]:
    from melodyai_edu.theory.rhythm import strong_beats

    strong = {
        o + beat
        for o in score.bar_onsets()[bool(score.pickup) :]
        for beat in strong_beats(score.meter_at(o))
    }
    notes = [n for n in score.parts[0].notes if n.onset in strong and n.onset >= score.pickup]
    onsets = [onset for onset, _ in marks]
    hits = 0
    for note in notes:
        under = int(np.searchsorted(onsets, note.onset, "right")) - 1
        hits += under >= 0 and note.pitch % 12 in marks[under][1]
    return hits, len(notes)


def cadences(tunes: Sequence) -> None:
    """Print how the last two chords go, for each style."""
    from melodyai_edu.composition.chord_sheet import ChordSheet
    from melodyai_edu.constraints.chord_places import melody_places

    major = [tune for tune in tunes if tune.key.mode == "major"]
    for style in STYLES:
        ends, closes = 0, 0
        for tune in major:
            sheet = ChordSheet(melody_places(tune.melody_score), style, where=(tune.meter.name,))
            last = [chord.numeral for chord in sheet.planned(sheet.best())][-2:]
            ends += last[-1] in ("I", "I7")
            closes += last[-1] in ("I", "I7") and last[0] in ("V", "V7", "IV", "subV7")
        print(f"ends on I, {style}: {ends / len(major):.0%}, after V or IV: "
              f"{closes / len(major):.0%} of {len(major)} tunes")  # fmt: skip


def main() -> int:
    """Measure all four."""
    most = 12 if os.environ.get("MELODYAI_PROFILE") == "smoke" else None
    chorales, dances = held_out("chorales")[:most], held_out(*DANCES)[:most]
    begin = time.perf_counter()
    bits_per_chord(chorales)
    bachs_roots(chorales)
    chord_tones(dances)
    cadences(dances)
    print(f"{len(chorales)} chorales, {len(dances)} dances, {time.perf_counter() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
