"""What must hold in an arrangement, judged from notes and chord symbols alone."""

from dataclasses import replace

from melodyai_edu.composition.ranges import compass_of
from melodyai_edu.score import ChordSymbol, Score
from melodyai_edu.theory.bar_chords import bar_chords

ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
KINDS = {"": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "7": (0, 4, 7, 10),
         "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10), "9": (0, 4, 7, 10, 2),
         "sus4": (0, 5, 7), "6": (0, 4, 7, 9), "5": (0, 7), "dim7": (0, 3, 6, 9)}  # fmt: skip
QUALITIES = {"major": "", "minor": "m", "diminished": "dim"}
WEAK_STEP = 2  # semitones


def with_chords(score: Score, sevenths: bool = False) -> Score:
    """Give each bar of a tune the triad that fits it best, or a seventh chord on it."""
    more = {"major": "maj7", "minor": "m7", "diminished": "m7b5"}
    symbols = []
    for onset, chord in zip(score.bar_onsets(), bar_chords(score), strict=True):
        if chord and not (score.pickup and onset == 0):
            degree, quality = chord
            kind = more[quality] if sevenths else QUALITIES[quality]
            kind = "7" if sevenths and degree == 7 else kind
            root = score.key.spell(score.key.tonic_pitch_class + degree)
            symbols.append(ChordSymbol(onset, root + kind))
    return replace(score, chords=tuple(symbols))


def pitch_class(name: str) -> int:
    return (ROOTS[name[0]] + name.count("#") - name[1:].count("b")) % 12


def tones(symbol: ChordSymbol) -> tuple[set[int], int]:
    """Give the pitch classes of a chord, its bass among them, and the bass."""
    root, bass = pitch_class(symbol.root), pitch_class(symbol.bass)
    return {(root + step) % 12 for step in KINDS[symbol.kind]} | {bass}, bass


def symbol_at(score: Score, tick: int) -> ChordSymbol | None:
    return next((c for c in reversed(score.chords) if c.onset <= tick), None)


def next_symbol(score: Score, tick: int) -> ChordSymbol | None:
    return next((c for c in score.chords if c.onset > tick), None)


def changes(score: Score) -> list[ChordSymbol]:
    """List the symbols that change something."""
    found = []
    for symbol in score.chords:
        if symbol.onset < score.duration and (not found or tones(found[-1]) != tones(symbol)):
            found.append(symbol)
    return found


def strangers(score: Score, part, *, is_bass: bool) -> list:
    """List the notes that sound against the chord, but steps to a new chord on weak places."""
    found = []
    for note in part.notes:
        ticks = [note.onset, *(c.onset for c in score.chords if note.onset < c.onset < note.end)]
        symbols = {symbol_at(score, tick) for tick in ticks}
        fits = all(symbol and note.pitch % 12 in tones(symbol)[0] for symbol in symbols)
        if not fits and not (is_bass and leads_on(score, part, note)):
            found.append(note)
    return found


def leads_on(score: Score, part, note) -> bool:
    """Say whether a note steps into the next chord from a place that is not strong."""
    following = next_symbol(score, note.onset)
    new = [other for other in part.notes if following and other.onset == following.onset]
    lowest = min((other.pitch for other in new), default=None)
    bar = max(onset for onset in score.bar_onsets() if onset <= note.onset)
    meter = score.meter_at(note.onset)
    half = meter.bar_duration // 2 if len(meter.groups) in (4, 6, 8) else None
    is_strong = note.onset - bar in (0, half)
    return lowest is not None and 0 < abs(lowest - note.pitch) <= WEAK_STEP and not is_strong


def silent_changes(score: Score, part) -> list:
    """List the changes of chord where the lowest note is not the chord's bass.

    Bars in which the part is silent do not count.
    """
    onsets = (*score.bar_onsets(), score.duration)
    found = []
    for symbol in changes(score):
        bar = max(index for index, onset in enumerate(onsets) if onset <= symbol.onset)
        inside = [n for n in part.notes if onsets[bar] <= n.onset < onsets[bar + 1]]
        here = [n.pitch for n in inside if n.onset == symbol.onset]
        if inside and (not here or min(here) % 12 != tones(symbol)[1]):
            found.append(symbol)
    return found


def out_of_range(part, instrument: str) -> list:
    if part.is_drums:
        return [note for note in part.notes if not 35 <= note.pitch <= 81]
    compass = compass_of(instrument)
    return [note for note in part.notes if not compass.low <= note.pitch <= compass.high]


def overlaps(part, *, one_voice: bool) -> list:
    """List notes that begin while their own pitch, or in one voice any pitch, still sounds."""
    found = []
    for index, note in enumerate(part.notes):
        for later in part.notes[index + 1 :]:
            if later.onset >= note.end:
                break
            if one_voice or later.pitch == note.pitch:
                found.append((note, later))
    return found
