import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from melodyai_edu.score import Key, Pitch


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))


CHECKERS, MUSIC = load("checkers"), load("checkers_music")

FULL = "C5|E4|G3|C3"
V_I = "D5 E5|B4 C5|G4 G4|G3 C3"
V7_I = "B4 C5|F4 E4|D4 C4|G3 C3"
V7_I_MINOR = "B4 C5|G#4 A4|D4 E4|E3 A2"
V_VI = "B4 C5|G4 A4|D4 C4|G3 A3"
LATE = "E5 D5 D5 D5 C5|C5 B4 B4 B4 C5|G4 G4 G4 G4 E4|C3 G3 G3 G3 C3"
LATE_IV = "E5 F5 F5 F5 E5|C5 C5 C5 C5 C5|G4 A4 A4 A4 G4|C3 F3 F3 F3 C3"
NONE, MINOR = "", "A minor"

#: Rule, voices that keep it and their chords, voices that break it and theirs, beat, key.
CASES = [
    ("voice_ranges", "C4 A5|F3 D5|A4 C3|D4 E2", NONE, "C5 Bb5|E4 E4|G3 G3|C3 C3", NONE, 2),
    ("voice_ranges", FULL, "I", "B3|G3|G3|C3", NONE, 1),
    ("voice_ranges", FULL, "I", "C5 C5|E4 E3|G3 G3|C3 C3", NONE, 2),
    ("voice_ranges", FULL, "I", "C5|C5|Bb4|C3", NONE, 1),
    ("voice_ranges", FULL, "I", "C5 C5|E4 E4|G3 G3|C3 Eb2", NONE, 2),
    ("no_crossing", FULL, "I", "E4|C5|G3|C3", "I", 1),
    ("no_crossing", "C5|E4|E4|E4", NONE, "C5 C5|E4 E4|G3 E3|E3 G3", "I I", 2),
    ("no_crossing", "C5 E5|E4 C5|G3 G3|C3 C3", "I I", "C5 G5|E4 E5|G3 G3|C3 C3", "I I", 2),
    ("no_crossing", "C5 G4|E4 E4|G3 G3|C3 C3", "I I", "C5 E4|G4 C4|G3 G3|C3 C3", "I I", 2),
    ("spacing", "E5|E4|E3|E2", NONE, "C5|B3|G3|C3", NONE, 1),
    ("spacing", "C5|C4|C4|C2", NONE, "C5 C5|E4 C4|C4 C4|C3 B1", NONE, 2),
    ("no_parallels", "C5 D5|E4 G4|G3 B3|C3 G2", "I V", "C5 B4|E4 D4|G3 A3|C3 D3", NONE, 2),
    ("no_parallels", "F4 G4|B3 C4|D3 E3|G2 C3", "V7 I", "C5 B4|E4 D4|G3 D4|C3 G2", "I V", 2),
    ("no_parallels", "C5 C5|E4 E4|G3 G3|C3 C3", "I I", "C5 G5|E4 D4|G3 B3|C3 G2", "I V", 2),
    ("no_hidden", "C5 D5|E4 D4|G3 B3|C3 G3", "I V", "C5 A5|E4 F4|G3 A3|C3 D3", "I ii", 2),
    ("no_hidden", "C5 G5|E4 G4|G3 E3|C3 C3", "I I", "G5 C5|E4 E4|C4 G3|E3 C3", "I I", 2),
    ("leading_tone_resolves", V_I, "V I", "B4 G4|G4 E4|D4 C4|G3 C3", "V I", 2),
    (
        "leading_tone_resolves",
        "D5 E5|B4 G4|G4 C4|G3 C3",
        "V I",
        "D5 E5|B4 E4|G4 C4|G3 C3",
        "V I",
        2,
    ),
    ("leading_tone_resolves", V7_I, "V7 I", "B4 C5|F4 E4|B3 C4|D3 C3", "viio6 I", 1),
    ("leading_tone_resolves", V_VI, "V vi", "B4 A4|G4 E4|D4 C4|G3 A3", "V vi", 2),
    ("leading_tone_resolves", V7_I_MINOR, "V7 i", "B4 C5|G#4 C4|D4 E4|E3 A2", "V7 i", 2, MINOR),
    (
        "leading_tone_resolves",
        "B4 A4|G#4 E4|D4 C4|E3 A2",
        "V7 i",
        "G#4 E4|E4 C4|B3 A3|E3 A2",
        "V i",
        2,
        MINOR,
    ),
    (
        "leading_tone_resolves",
        "E5 F5|B4 C5|G#4 A4|E3 F3",
        "V VI",
        "B4 C5|G#4 C4|E4 A3|E3 F3",
        "V VI",
        2,
        MINOR,
    ),
    ("leading_tone_resolves", V_I, NONE, "B4 G4|G4 E4|D4 C4|G3 C3", NONE, 2),
    ("seventh_resolves", V7_I, "V7 I", "B4 C5|F4 G4|D4 E4|G3 C3", "V7 I", 2),
    (
        "seventh_resolves",
        "A4 A4|F4 F4|C4 C4|D3 F3",
        "ii7 IV",
        "A4 C5|F4 A4|C4 F4|D3 F3",
        "ii7 IV",
        2,
    ),
    ("seventh_resolves", "B4 D5|F4 B4|D4 F4|G3 G3", "V7 V7", "B4 C5|F4 C4|D4 E4|G3 G2", NONE, 2),
    ("complete_chords", "B4|F4|D4|G3", "V7", "B4|F4|G3|G2", "V7", 1),
    ("complete_chords", "C5|E4|G3|C3", NONE, "E5 C5|C5 C5|G4 G4|C3 C3", NONE, 2),
    (
        "chords=I V7 I",
        "C5 B4 C5|E4 F4 E4|G3 D4 G3|C3 G3 C3",
        NONE,
        "C5 A4 C5|E4 F4 E4|G3 C4 G3|C3 F3 C3",
        NONE,
        2,
    ),
    ("chords=Am E", "C5 B4|E4 G#4|A3 E4|A2 E3", "i V", "C5 B4|E4 G4|A3 E4|A2 E3", "i v", 2, MINOR),
    ("chords=I V7", "C5 B4|E4 F4|G3 D4|C3 G3", "I V7", "C5 B4|E4 D4|G3 D4|C3 G3", "I V", 2),
    ("cadence=1 authentic", V_I, "V I", "D5 E5|B4 C5|G4 G4|B3 C3", "V I", 2),
    ("cadence=1 authentic", V_I, NONE, "D5 E5|B4 C5|G4 G4|G3 E3", NONE, 2),
    ("cadence=1 authentic", V7_I_MINOR, "V7 i", "B4 C5|G4 A4|E4 E4|E3 A2", "v i", 2, MINOR),
    ("cadence=2 authentic", LATE, "I V V V I", LATE_IV, "I IV IV IV I", 1),
    ("cadence=2 plagal", LATE_IV, "I IV IV IV I", LATE, "I V V V I", 1),
    ("cadence=1 half", "C5 B4|E4 D4|G3 G3|C3 G3", "I V", "C5 C5|E4 E4|G3 G3|C3 C3", "I I", 2),
    (
        "cadence=1 half",
        "C5 B4|E4 G#4|A3 E4|A2 E3",
        "i V",
        "C5 B4|E4 G4|A3 E4|A2 E3",
        "i v",
        2,
        MINOR,
    ),
    ("cadence=1 deceptive", V_VI, "V vi", V_I, "V I", 2),
    ("cadence=1 deceptive", "B4 C5|E4 A4|G#3 C4|E3 F3", "V VI", V7_I_MINOR, "V7 i", 2, MINOR),
]


def quartet(text, key, meter="4/4"):
    """Give a score of four voices, a quarter a note, the last bar filled with the last note."""
    voices = [voice.split() for voice in text.split("|")]
    length = max(map(len, voices))
    full = -(-length // 4) * 4
    texts = []
    for voice in voices:
        voice = voice + voice[-1:] * (length - len(voice))
        ends = "" if full == length else f"*{1 + full - length}"
        texts.append(" ".join(voice) + ends)
    return MUSIC.piece(*texts, key=key, meter=meter, unit=24)


def judge(text, rules, chords=None, key="C major"):
    claims = [(float(n), text) for n, text in enumerate(chords.split())] if chords else None
    stream = quartet(text, key)
    return CHECKERS.harmony_violations(stream, rules, key=key, meter="4/4", chords=claims)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[4]}")
def test_each_rule_is_kept_and_broken(case):
    rule, kept, kept_chords, broken, broken_chords, beat, *key = case
    key = key[0] if key else "C major"
    assert judge(kept, [rule], kept_chords, key) == []
    found = judge(broken, [rule], broken_chords, key)
    assert found, "the fault is not caught"
    assert all(one.startswith(f"{rule}: ") for one in found)
    bar = 2 if "=2" in rule else 1
    assert f"bar {bar} beat {beat}:" in found[0]


CLOSE = "C5 C5 B4 C5|G4 A4 G4 G4|E4 F4 D4 E4|C3 F2 G2 C3"
EVERY = [
    *("voice_ranges", "no_crossing", "spacing", "no_parallels", "no_hidden", "seventh_resolves"),
    *("leading_tone_resolves", "complete_chords", "chords=I IV V I", "cadence=1 authentic"),
]


def test_a_close_keeps_every_rule():
    assert judge(CLOSE, EVERY, "I IV V I") == []
    assert judge(CLOSE, EVERY) == []


@pytest.mark.parametrize("semitones", [-1, 1])
@pytest.mark.parametrize("voice", range(4))
@pytest.mark.parametrize("slot", range(4))
def test_one_altered_note_is_caught_where_it_stands(voice, slot, semitones):
    voices = [text.split() for text in CLOSE.split("|")]
    midi = Pitch.parse(voices[voice][slot]).midi + semitones
    voices[voice][slot] = Pitch(midi, Key("C").spell(midi)).name
    found = judge("|".join(map(" ".join, voices)), EVERY, "I IV V I")
    assert any(one.startswith("four parts") and f"beat {slot + 1}:" in one for one in found)
    assert any(one.startswith("chords=") and f"beat {slot + 1}:" in one for one in found)


def test_every_rule_has_a_case():
    assert set(CHECKERS.HARMONY_RULES) == {case[0].partition("=")[0] for case in CASES}


def test_notes_outside_the_claimed_chord_are_named():
    found = judge("C5 D5|E4 E4|G3 G3|C3 C3", [], "I I")
    assert found == ["four parts: bar 1 beat 2: a voice sounds a note outside I"]
    assert "the bass is not that of I6" in judge(FULL, [], "I6")[0]
    assert judge("C5|G4|C4|E3", [], "I6") == []
    assert "3 parts" in judge("C5|E4|C3", [], "I")[0]


def test_passing_notes_are_free_in_the_soprano_only():
    claims = [(0, "I"), (1, "I"), (2, "I")]
    known = {"key": "C major", "meter": "3/4", "chords": claims}
    voices = ["C5 D5 E5*4", "G4*6", "E4*6", "C3*6"]
    stream = MUSIC.piece(*voices, meter="3/4")
    assert CHECKERS.harmony_violations(stream, list(CHECKERS.HARMONY_RULES)[:7], **known) == []
    stream = MUSIC.piece("C5*6", "G4*6", "E4*6", "C3 D3 E3*4", meter="3/4")
    found = CHECKERS.harmony_violations(stream, [], **known)
    assert found == ["four parts: bar 1 beat 1.5: bass D3 not in I"]


def test_crossing_between_beats_is_seen():
    stream = MUSIC.piece("C5 G4 C5*2", "A4*4", "E4*4", "A2*4", meter="2/4")
    found = CHECKERS.harmony_violations(stream, ["no_crossing"], key="A minor", meter="2/4")
    assert found[0] == "no_crossing: bar 1 beat 1.5: alto lies above soprano"


def test_resolution_through_a_passing_note_counts():
    known = {"key": "C major", "meter": "2/4", "chords": [(0, "V7"), (1, "I")]}
    stream = MUSIC.piece("F5 E5 G5*2", "B4*2 C5*2", "G4*2 E4*2", "G3*2 C3*2", meter="2/4")
    assert CHECKERS.harmony_violations(stream, ["seventh_resolves"], **known) == []


def test_unknown_rule_does_not_pass():
    with pytest.raises(KeyError, match="no_paralels"):
        judge(FULL, ["no_paralels"])
