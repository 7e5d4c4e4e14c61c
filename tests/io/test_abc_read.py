import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyai_edu.errors import InputError
from melodyai_edu.io.abc_read import parse_abc, parse_abc_book


def tune(music, **fields):
    """Read a tune in quarter notes, 4/4, C major unless fields say otherwise."""
    header = {"X": "1", "M": "4/4", "L": "1/4", "K": "C"} | fields
    key = header.pop("K")
    text = "".join(f"{letter}:{value}\n" for letter, value in header.items())
    return parse_abc(f"{text}K:{key}\n{music}\n")[0]


def names(music, **fields):
    return [note.pitch_name for note in tune(music, **fields).score.parts[0].notes]


def lengths(music, **fields):
    return [note.duration for note in tune(music, **fields).score.parts[0].notes]


def test_pitches_and_octaves():
    assert names("C,, C c c'' | ^F _B __D ^^G") == [
        "C2", "C4", "C5", "C7", "F#4", "Bb4", "Dbb4", "G##4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "f_and_c"),
    [
        ("D", ["F#4", "C#5"]),
        ("Dm", ["F4", "C5"]),
        ("Ador", ["F#4", "C5"]),
        ("A Mixolydian", ["F#4", "C#5"]),
        ("HP", ["F4", "C5"]),
        ("Hp", ["F#4", "C#5"]),
        ("C ^c", ["F4", "C#5"]),
        ("none", ["F4", "C5"]),
    ],
)
def test_signatures(key, f_and_c):
    assert names("F c", K=key) == f_and_c


def test_accidental_holds_to_the_end_of_the_bar_in_every_octave():
    assert names("^F f F, | F") == ["F#4", "F#5", "F#3", "F4"]
    assert names("^F =F F | ^F") == ["F#4", "F4", "F4", "F#4"]


def test_book_may_say_how_accidentals_hold():
    header = "X:1\n%%propagate-accidentals {}\nL:1/4\nK:C\n^F F f|\n"
    for rule, expected in (
        ("not", [66, 65, 77]),
        ("octave", [66, 66, 77]),
        ("pitch", [66, 66, 78]),
    ):
        notes = parse_abc(header.format(rule))[0].score.parts[0].notes
        assert [note.pitch for note in notes] == expected


def test_lengths():
    assert lengths("C C2 C/ C/4 C3/2 C// z C") == [24, 48, 12, 6, 36, 6, 24]
    assert lengths("C>D C<<D") == [36, 12, 6, 42]
    assert lengths("(3CDE (3:2:2CD2 (2CD", M="6/8") == [16, 16, 16, 16, 32, 36, 36]


def test_unit_without_a_field_follows_the_meter():
    assert lengths("C", M="2/4", L="1/8") == [12]
    text = "X:1\nM:{}\nK:C\nC|\n"
    assert parse_abc(text.format("2/4"))[0].score.duration == 6
    assert parse_abc(text.format("3/4"))[0].score.duration == 12


def test_ties_join_notes_and_accidentals():
    notes = tune("^F4- | F2 F2").score.parts[0].notes
    assert [(note.duration, note.pitch) for note in notes] == [(144, 66), (48, 65)]


def test_ties_that_nothing_forces_are_kept():
    assert tune("C- C C2").score.parts[0].notes[0].ties == (24,)
    assert tune("C4- | C4").score.parts[0].notes[0].ties == ()


def test_chords_have_the_length_of_their_first_note():
    notes = tune("[CEG]2 [C2E]").score.parts[0].notes
    assert [note.duration for note in notes] == [48, 48, 48, 48, 48]


def test_what_is_left_out():
    assert names('"Am"A !trill!B {cd}c "^slowly"d (ef) .g ~a Hb') == [
        "A4", "B4", "C5", "D5", "E5", "F5", "G5", "A5", "B5",
    ]  # fmt: skip


def test_repeats_are_read_once_with_both_endings():
    assert len(names("|: C D E F |1 G4 :|2 A4 |]")) == 6


def test_pickup_and_short_bars():
    score = tune("G | C D E F | G3 :| A | B4 |").score
    assert (score.pickup, score.bar_onsets()) == (24, (0, 24, 120, 216))


def test_voices_become_parts():
    score = tune('V:1 name="High"\ncdef|\nV:2 clef=bass octave=-1\n[V:2] C4|').score
    assert [part.name for part in score.parts] == ["High", ""]
    assert score.parts[1].notes[0].pitch == 48


def test_a_clef_in_a_name_moves_nothing():
    assert tune('V:1 name="Bass -8"\nC|').score.parts[0].notes[0].pitch == 60


def test_overlay_sounds_together():
    notes = tune("C4 & E2 G2 | C4").score.parts[0].notes
    assert [(note.onset, note.pitch) for note in notes] == [(0, 60), (0, 64), (48, 67), (96, 60)]


def test_fields_inside_the_music():
    score = tune("C4 | [K:G] [M:3/4] [Q:1/4=90] F3 | !f! F3").score
    assert [change.key.name for change in score.keys] == ["C major", "G major"]
    assert [(change.onset, change.meter.name) for change in score.meters] == [
        (0, "4/4"),
        (96, "3/4"),
    ]
    assert score.tempos[1].tempo == 90
    assert [(note.pitch, note.velocity) for note in score.parts[0].notes] == [
        (60, 80), (66, 80), (66, 96),
    ]  # fmt: skip


def test_instruments():
    score = tune("%%MIDI program 73\nC4").score
    assert score.parts[0].program == 73
    assert tune("[I:MIDI channel 10]C4").score.parts[0].is_drums


def test_headers_are_told():
    read = tune("C4", R="jig", T=r"Caf\'e &amp; Tea", C="Trad.")
    assert (read.headers["R"], read.title, read.score.composer) == (
        ("jig",),
        "Café & Tea",
        "Trad.",
    )


def test_irregular_bars_are_named():
    assert tune("C4 | C3 | C4 | C4").irregular_bars == (1,)
    assert tune("C4 | C3 | C | C4").irregular_bars == ()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("X:1\nK:C\n[CE|", "is not closed before the next bar line"),
        ("X:1\nK:C\n{CE|", "is never closed"),
        ('X:1\nK:C\n"CE|', "quotation mark is not closed"),
        ("X:1\nK:H\nC|", "must begin with a tonic from A to G"),
        ("X:1\nK:C\nC0|", "must be above 0"),
        ("X:1\nK:C\n^^^C|", "must be one of"),
        ("X:1\nM:x\nK:C\nC|", "M:x"),
        ("X:1\nL:9999\nK:C\nC|", "must be a length"),
        ("X:1\nK:C\n(12CDE|", "at most 9"),
        ("X:1\nK:C\nC'''''''|", "outside MIDI's range"),
        ("X:7\nT:a\nK:C\n\n", "X:7 .*neither notes nor rests"),
    ],
)
def test_what_is_wrong_is_said(text, match):
    with pytest.raises(InputError, match=match):
        parse_abc(text)


def test_bad_tune_does_not_stop_a_book():
    tunes, refused = parse_abc_book("X:1\nK:C\nC|\n\nX:2\nT:Two\nK:C\n[C|\n\nX:3\nK:C\nE|\n")
    assert [tune.reference for tune in tunes] == [1, 3]
    assert [(one.reference, one.title, one.line) for one in refused] == [(2, "Two", 5)]


@settings(deadline=None, max_examples=200)
@given(st.text("CDEFGABcdz^_=,'/2348-<>(){}[]|:!\"& KMV\n", max_size=60))
def test_any_music_is_read_or_refused(music):
    try:
        tunes = parse_abc(f"X:1\nK:C\nC|{music}")
    except InputError as error:
        assert str(error)  # noqa: PT017
    else:
        assert tunes[0].score.duration > 0
