"""A piece that keeps a rule, one note altered so that it must break it: the checker sees it."""

import runpy
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from melodyai_edu.score import Key, Melody, Meter, Pitch, Score


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


CHECKERS, MUSIC = load("checkers"), load("checkers_music")
METERS = {"4/4": 24, "6/8": 36, "5/8": 60, "12/8": 36, "3/4": 24}  # a note's ticks in each
NEIGHBOURS = {60: (62,), 62: (60, 64), 64: (62, 65), 65: (64, 67), 67: (65, 69), 69: (67,)}


@st.composite
def tunes(draw):
    """Draw a meter and pitches that step up and down from C4 to A4 and close D C."""
    meter = draw(st.sampled_from(list(METERS)))
    count = 4 * Meter.parse(meter).bar_duration // METERS[meter]
    pitches = [60]
    while len(pitches) < count - 2 if count > 4 else len(pitches) < 2:
        pitches.append(draw(st.sampled_from(NEIGHBOURS[pitches[-1]])))
    return meter, [*pitches, 62, 60]


def wrong_pitch(rule, pitches, n):
    """Give what must break a rule as the pitch of note ``n``; none where it cannot."""
    before, last = pitches[n - 1], n == len(pitches) - 1
    return {
        "in_key": 61,
        "scale=C major pentatonic": 65,
        "range=C4-A4": 70,
        "max_leap=9": before + 10,
        "leaps_recovered": before + 7 if last else None,
        "no_augmented_leap": before + 6,
        "longest_repetition=1": before,
        "end_on_tonic": 62 if last else None,
        "leading_tone_resolves": 59 if last else None,
        "one_climax": max(pitches) if n != pitches.index(max(pitches)) else None,
    }[rule]


RULES = [
    "in_key",
    "scale=C major pentatonic",
    "range=C4-A4",
    "max_leap=9",
    "leaps_recovered",
    "no_augmented_leap",
    "longest_repetition=1",
    "end_on_tonic",
    "leading_tone_resolves",
    "one_climax",
]


def judged(meter, events, rules, **more):
    melody = Melody.from_events(events)
    score = Score.of_melody(melody, meter=Meter.parse(meter))
    stream = MUSIC.parsed(score)
    known = {"key": "C major", "meter": meter, "bars": score.bar_count}
    return CHECKERS.violations(stream, rules, **known, **more)


def place_of(meter, n):
    bar, place = divmod(n * METERS[meter], Meter.parse(meter).bar_duration)
    beat = Meter.parse(meter).beat_onsets.index(place) + 1
    return f"bar {bar + 1} beat {beat}:"


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None, max_examples=12)
@given(data=st.data(), tune=tunes())
def test_one_wrong_pitch_is_caught_where_it_stands(rule, data, tune):
    meter, pitches = tune
    if rule == "scale=C major pentatonic":
        pitches = [{65: 64}.get(pitch, pitch) for pitch in pitches]
    events = [(pitch, METERS[meter]) for pitch in pitches]
    assume(judged(meter, events, [rule]) == [])
    places = [n for n in range(1, len(pitches)) if wrong_pitch(rule, pitches, n) is not None]
    place = data.draw(st.sampled_from(places))
    events[place] = (wrong_pitch(rule, pitches, place), METERS[meter])
    found = judged(meter, events, [rule])
    assert any(place_of(meter, place) in one for one in found) or (
        rule == "one_climax" and found  # the first of equal tops is the one that stays
    )


@settings(deadline=None, max_examples=30)
@given(data=st.data(), tune=tunes())
def test_one_note_moved_breaks_what_fixes_it(data, tune):
    meter, pitches = tune
    ticks = METERS[meter]
    events = [(pitch, ticks) for pitch in pitches]
    names = [Pitch(pitch, Key("C").spell(pitch)).name for pitch in pitches]
    length = f"{ticks // 12}/8"
    spots = [place_of(meter, n).split()[1::2] for n in range(len(pitches))]
    place = data.draw(st.integers(0, len(pitches) - 1))
    bar, beat = spots[place]
    motif = ", ".join(f"{name} {length}" for name in names)
    beat = beat.rstrip(":")
    rules = [f"fixed={bar}.{beat}: {names[place]} {length}", f"motif=1: {motif}"]
    original = MUSIC.parsed(Score.of_melody(Melody.from_events(events), meter=Meter.parse(meter)))
    rules += ["locked=1-4", "regenerate=9"]
    assert judged(meter, events, rules, original=original) == []
    events[place] = (pitches[place] + 1, ticks)
    found = judged(meter, events, rules, original=original)
    assert [one.partition(":")[0] for one in found] == [rule.partition(":")[0] for rule in rules]
    assert all(f"bar {bar} beat {beat}:" in one for one in found)


@settings(deadline=None, max_examples=30)
@given(data=st.data(), tune=tunes())
def test_one_note_split_breaks_rhythm_rules(data, tune):
    meter, pitches = tune
    ticks = METERS[meter]
    events = [(pitch, ticks) for pitch in pitches]
    per_bar = len(pitches) // 4
    rules = [f"durations={ticks // 12}/8", f"shortest={ticks // 12}/8", f"density=1-{per_bar}"]
    rules += [f"rhythm=all: {' '.join([f'{ticks // 12}/8'] * per_bar)}", "no_syncopation"]
    assert judged(meter, events, rules) == []
    place = data.draw(st.integers(0, len(pitches) - 1))
    events[place : place + 1] = [(pitches[place], 6), (pitches[place], ticks - 6)]
    found = judged(meter, events, rules)
    bar = place_of(meter, place).split()[1]
    assert {one.partition(":")[0].partition("=")[0] for one in found} == {
        rule.partition("=")[0] for rule in rules if rule != "no_syncopation" or syncopated(ticks)
    }
    assert all(f": bar {bar} beat" in one for one in found)


def syncopated(ticks):
    """Whether a note from 6 ticks after the beat to its end passes a stronger place."""
    return ticks > 12


@settings(deadline=None, max_examples=30)
@given(data=st.data(), tune=tunes())
def test_one_note_breaks_equal_bars(data, tune):
    meter, pitches = tune
    per_bar = len(pitches) // 4
    pitches = pitches[: 2 * per_bar] * 2
    events = [(pitch, METERS[meter]) for pitch in pitches]
    rules = ["form=AA", "same_bars=3-4 1-2"]
    assert judged(meter, events, rules) == []
    place = data.draw(st.integers(0, len(pitches) - 1))
    events[place] = (pitches[place] + 5, METERS[meter])
    bar = place // per_bar % 2 + 3
    found = judged(meter, events, rules)
    assert [one.partition(" beat")[0] for one in found] == [f"{rule}: bar {bar}" for rule in rules]


@settings(deadline=None, max_examples=30)
@given(data=st.data(), tune=tunes())
def test_one_note_completes_a_copy(data, tune):
    meter, pitches = tune
    assume(len(pitches) > 12)
    ticks, training = METERS[meter], [[(n * METERS[meter], p + 3) for n, p in enumerate(pitches)]]
    place = data.draw(st.integers(5, len(pitches) - 6))
    events = [(pitch, ticks) for pitch in pitches]
    events[place] = (90, ticks)
    rule = f"no_copy={max(place, len(pitches) - place - 1)}"
    assert judged(meter, events, [rule], training=training) == []
    events[place] = (pitches[place], ticks)
    assert judged(meter, events, [rule], training=training) != []


@settings(deadline=None, max_examples=30)
@given(tune=tunes())
def test_contour_and_cadence_break_with_one_note(tune):
    meter, pitches = tune
    per_bar = len(pitches) // 4
    firsts = pitches[::per_bar]
    rising = all(after >= before for before, after in pairwise(firsts))
    events = [(pitch, METERS[meter]) for pitch in pitches]
    found = judged(meter, events, ["contour=rising", "cadence=4 full"])
    assert (not rising) == any(one.startswith("contour") for one in found)
    assert not any(one.startswith("cadence") for one in found)
    for place, wrong in ((len(pitches) - 1, 64), (len(pitches) - 2, 65)):
        changed = list(events)
        changed[place] = (wrong, METERS[meter])
        found = judged(meter, changed, ["cadence=4 full"])
        assert found
        assert all("bar 4" in one for one in found)
