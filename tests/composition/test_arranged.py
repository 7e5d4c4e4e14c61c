"""Whole pieces: a plan, chords, a melody and a band, under the rules that were asked for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from melodyai_edu.composition import CompositionRequest, compose
from melodyai_edu.composition.pattern_library import list_patterns
from melodyai_edu.composition.ranges import compass_of
from melodyai_edu.errors import ParameterError
from melodyai_edu.io import read
from melodyai_edu.theory.harmony import parse_chord_symbol
from melodyai_edu.theory.rhythm import strong_beats


def chord_at(score, onset):
    return [chord for chord in score.chords if chord.onset <= onset][-1]


@pytest.fixture(scope="module")
def piece():
    return compose(genre="jig", key="D major", bars=16, arrangement="jig", model="ngram", seed=4)


def test_a_band_plays_under_sections_and_chords(piece):
    assert len(piece.score.parts) >= 3
    assert piece.score.bar_count == 16
    assert piece.score.chords[0].onset == piece.score.sections[0].onset == 0
    assert {part.duration <= piece.score.duration for part in piece.score.parts} == {True}
    assert piece.facts["arrangement"] == "jig"
    assert piece.plan.bars == 16


def test_strong_beats_belong_to_the_chords(piece):
    lead, strong = piece.lead, strong_beats(piece.lead.meter)
    on_strong = [n for n in lead.parts[0].notes if n.onset % lead.meter.bar_duration in strong]
    assert len(on_strong) > 10
    for note in on_strong:
        chord = parse_chord_symbol(chord_at(lead, note.onset).text)
        assert note.pitch % 12 in chord.pitch_classes, f"{note.pitch_name} over {chord.name}"


def test_a_bar_that_comes_again_has_its_chords_again(piece):
    bar = piece.lead.meter.bar_duration
    for number, original in enumerate(piece.form.bars):
        for place in range(0, bar, bar // 2):
            assert (
                chord_at(piece.lead, number * bar + place).text
                == chord_at(piece.lead, original * bar + place).text
            )


def test_what_is_played_is_what_is_written(piece):
    for written, played in zip(piece.score.parts, piece.performance.parts, strict=True):
        assert len(written.notes) == len(played.notes)
        assert sorted(n.pitch for n in written.notes) == sorted(n.pitch for n in played.notes)
    assert piece.performance != piece.score
    still = compose(piece.request.__class__(**{**piece.request.fields, "humanise": False}))
    assert still.performance == still.score == piece.score


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".mxl"])
def test_every_note_is_exported(piece, tmp_path, suffix):
    back = read(piece.save(tmp_path / f"piece{suffix}"))
    assert [len(part.notes) for part in back.parts] == [len(p.notes) for p in piece.score.parts]
    assert [part.name for part in back.parts] == [part.name for part in piece.score.parts]
    assert [section.name for section in back.sections] == [s.name for s in piece.score.sections]
    assert [chord.text for chord in back.chords] == [chord.text for chord in piece.score.chords]


def test_abc_is_a_lead_sheet(piece, tmp_path):
    text = piece.save(tmp_path / "piece.abc").read_text()
    assert f'"{piece.lead.chords[0].text}"' in text


def test_an_intro_and_an_ending_stand_around_the_piece():
    bare = compose(genre="air", bars=8, arrangement="air", model="ngram", seed=1)
    framed = compose(
        genre="air", bars=8, arrangement="air", model="ngram", seed=1, intro=2, ending=1
    )
    bar = framed.score.meter.bar_duration
    assert framed.score.bar_count == 11
    assert [framed.score.sections[0].name, framed.score.sections[-1].name] == ["Intro", "Ending"]
    melody = framed.score.parts[0].notes
    assert melody[0].onset >= 2 * bar
    assert melody[-1].end <= 10 * bar
    assert framed.lead == bare.lead


@pytest.mark.slow
@pytest.mark.parametrize("name", list_patterns())
def test_every_arrangement_is_in_range_and_fills_the_piece(name):
    request = CompositionRequest(arrangement=name, bars=8, model="ngram", seed=3)
    piece = compose(request)
    full = request.resolved()
    assert [p.program for p in piece.score.parts if not p.is_drums]
    for part, instrument in zip(piece.score.parts, full.instruments, strict=True):
        if not part.is_drums:
            assert all(note.pitch in compass_of(instrument) for note in part.notes)
    for before, after in pairwise(piece.lead.parts[0].notes):
        assert before.end <= after.onset


def test_rules_hold_and_their_chords_are_played():
    piece = compose(
        genre="reel",
        bars=8,
        key="D major",
        form="AABA",
        rules=["in_key", "max_leap=7", "chord_tones=I IV V7 I"],
        instruments=["flute", "acoustic guitar", "acoustic bass"],
        model="ngram",
        seed=2,
    )
    assert [chord.text for chord in piece.lead.chords][:4] == ["D", "G", "A7", "D"]
    notes = piece.lead.parts[0].notes
    assert max(abs(b.pitch - a.pitch) for a, b in pairwise(notes)) <= 7
    assert piece.form.bars[:2] == piece.form.bars[2:4] == piece.form.bars[6:]
    assert [part.name for part in piece.score.parts] == [
        "Flute",
        "Acoustic guitar (nylon)",
        "Acoustic bass",
    ]


def test_an_instrument_that_cannot_play_where_a_rule_wants_is_refused():
    asked = {"bars": 4, "arrangement": "jig", "rules": ["range=C4-A4"], "model": "ngram"}
    with pytest.raises(ParameterError, match=r"range=C4-A4 cannot be kept by instrument='piccolo'"):
        compose(**asked, instruments=["piccolo", "acoustic guitar"])
    piece = compose(**asked, instruments=["violin", "acoustic guitar"])
    assert {note.pitch for note in piece.score.parts[0].notes} <= set(range(60, 70))


def test_a_section_has_chords_of_its_own_key():
    piece = compose(
        genre="air",
        key="G major",
        bars=16,
        rules=["section_key=9-16 D major"],
        arrangement="air",
        model="ngram",
        seed=1,
    )
    bar = piece.lead.meter.bar_duration
    late = {chord.text for chord in piece.lead.chords if chord.onset >= 8 * bar}
    assert late <= {"D", "Em", "F#m", "G", "A", "Bm", "A7", "C", "Em7", "C#dim", "Am", "D7", "F#"}
    assert chord_at(piece.lead, 16 * bar - 1).text == "D"


def test_a_melody_alone_is_as_it_was():
    """What a request gave before there were arrangements."""
    piece = compose(genre="jig", key="G major", bars=16, seed=2, model="ngram")
    assert piece.performance is piece.score
    assert piece.lead is piece.score
    assert piece.plan is None
    assert (len(piece.score.parts), piece.score.chords) == (1, ())


def test_a_plan_of_ones_own_is_kept():
    import numpy as np

    from melodyai_edu.composition.form_plan import plan_form

    plan = plan_form("reel", "2/2", 16, np.random.default_rng(3), form="AABA")
    piece = compose(genre="reel", meter="2/2", plan=plan, model="ngram", seed=1)
    assert piece.score.bar_count == 16
    assert piece.form.bars[:4] == piece.form.bars[4:8] == piece.form.bars[12:]
    with pytest.raises(ParameterError, match="bars=8 must be those of the plan, 16"):
        compose(genre="reel", meter="2/2", plan=plan, bars=8)
