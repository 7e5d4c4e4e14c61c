"""Chord symbols in ABC: what is one, and that reading them moves no note."""

import re

import pytest

from melodyai_edu.io.abc_chords import chord_of_text, hidden_mark, mark_line
from melodyai_edu.io.abc_read import parse_abc
from melodyai_edu.io.abc_write import abc_text
from melodyai_edu.io.corpus import load
from melodyai_edu.score import ChordSymbol, Melody, Note, Part, Score, Section

HEAD = "X:1\nM:4/4\nL:1/8\nK:G\n"
#: A note with its accidental, outside chords and grace notes.
NOTE = re.compile(r"(\[[^\]]*\]|\{[^}]*\}|\"[^\"]*\"|![^!]*!)|(?:\^\^|__|[_^=])?[A-Ga-gz]")


@pytest.mark.parametrize(
    "text",
    ["C", "Am", "F#m7b5", "Bb/D", "G7sus4", "Dmaj7", "Edim", "A+", "Emin7", "Cadd9", "D7(b9)"],
)
def test_chord_symbols(text):
    assert chord_of_text(text) == text
    assert ChordSymbol(0, chord_of_text(text)).text == text


@pytest.mark.parametrize(
    "text",
    ["", "Fine", "D.C.", "D.S. al Fine", "Bass", "Coda", "^A", "_G", "<D", "@1,2 C", "N.C.", "H7",
     "am", "(Em)", "Gm/", "A or D", "Chorus"],
)  # fmt: skip
def test_what_is_no_chord_symbol(text):
    assert chord_of_text(text) == ""
    assert parse_abc(f'{HEAD}"{text}"G8|]')[0].score.chords == ()


def test_hidden_marks_come_back():
    for text in ("Am", "a] %\\ | é 音", "\ud800"):
        kind, back = hidden_mark(mark_line("section", text).removeprefix("I: "))
        assert (kind, back) == ("section", text.replace("\ud800", "?"))
    assert hidden_mark("chord xx") is None


def test_places():
    music = 'P:A\n"G"G2>"Am"A2 (3"D7"BAB "Fine"G2|"Em/B"[GBe]4 {"C"a}"C"c4-|"^hi"c4 "D"d4 "G"|]\n'
    score = parse_abc(HEAD + music)[0].score
    assert [(chord.onset, chord.text) for chord in score.chords] == [
        (0, "G"), (36, "Am"), (48, "D7"), (96, "Em/B"), (144, "C"), (240, "D"),
    ]  # fmt: skip
    assert score.sections == (Section(0, "A"),)


def test_the_first_voice_that_has_chord_symbols_gives_them():
    voices = 'V:1\nG8|A8|]\nV:2\n"G"G,8|"D"D8|]\nV:3\n"C"C8|"F"F8|]\n'
    assert [chord.text for chord in parse_abc(HEAD + voices)[0].score.chords] == ["G", "D"]


def test_sections_by_line_and_inline():
    music = "P:A part\nG8|[P:B]A8|\nP: \nP:\\u0020\nB8|]\n"
    score = parse_abc(HEAD.replace("K:", "P:AAB\nK:") + music)[0].score
    assert score.sections == (Section(0, "A part"), Section(96, "B"))


def test_chord_symbols_before_every_note_move_no_note():
    """In 150 real tunes, whatever stands around their notes."""
    for tune in load("ryan")[::7][:150]:
        plain = abc_text(tune.score)
        head, music = plain.split("\nK:")
        key, music = music.split("\n", 1)
        marked = NOTE.sub(lambda match: match[0] if match[1] else f'"Em7/B"{match[0]}', music)
        before, after = (parse_abc(f"{head}\nK:{key}\n{text}")[0].score for text in (music, marked))
        assert after.chords[:1] == (ChordSymbol(0, "Em7/B"),)
        assert len(after.chords) > before.note_count / 2  # notes of one chord share theirs
        assert after.parts == before.parts
        assert (after.meters, after.pickup, after.duration) == (
            before.meters, before.pickup, before.duration,
        )  # fmt: skip


def test_a_lead_sheet_reads_like_one():
    tune = Melody.from_events([(67, 96), (69, 48), (71, 48)])
    score = Score.of_melody(tune)
    score = Score(
        score.parts,
        chords=(ChordSymbol(0, "G"), ChordSymbol(72, "D7"), ChordSymbol(96, "Am")),
        sections=(Section(0, "A"), Section(96, "100% ] | B")),
    )
    lines = abc_text(score).splitlines()
    assert lines[-4:] == ["P:A", '"G"G8 & x6 "D7"x2 |', "P:100\\% ] | B", '"Am"A4 B4 |]']
    assert parse_abc(abc_text(score))[0].score == score


def test_odd_symbols_break_nothing():
    odd = ('C"', "C%", "C\\", "C&amp;", 'G"|]')
    score = Score((Part((Note(0, 96, 60),)),), chords=tuple(ChordSymbol(0, text) for text in odd))
    assert parse_abc(abc_text(score))[0].score.parts == score.parts


def test_only_a_lead_sheet_is_accompanied_by_players():
    part = Part((Note(0, 96, 60),))
    chords = (ChordSymbol(0, "C"),)
    assert "gchordoff" not in abc_text(Score((part,), chords=chords))
    assert abc_text(Score((part, part), chords=chords)).count("%%MIDI gchordoff") == 1
