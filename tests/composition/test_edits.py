"""Changes to a piece keep what they promise to keep, and can be made again."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from melodyai_edu.composition import compose, rebuild
from melodyai_edu.composition.edits import EDITS
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key


@pytest.fixture(scope="module")
def piece():
    return compose(
        genre="jig",
        key="G major",
        bars=16,
        rules=["in_key", "max_leap=12"],
        arrangement="jig",
        model="ngram",
        seed=1,
        intro=1,
    )


@pytest.fixture(scope="module")
def alone():
    return compose(genre="reel", key="D major", bars=8, model="ngram", seed=1)


def melody(piece):
    return [(note.onset, note.duration, note.pitch) for note in piece.lead.parts[0].notes]


def rhythm(piece):
    return [(note.onset, note.duration) for note in piece.lead.parts[0].notes]


def outside(old, new, begin, end):
    """Pair up, part by part, what is written and played outside of a span."""
    for a, b, c, d in zip(
        old.score.parts,
        old.performance.parts,
        new.score.parts,
        new.performance.parts,
        strict=True,
    ):
        yield (
            [
                pair
                for pair in zip(a.notes, b.notes, strict=True)
                if not begin <= pair[0].onset < end
            ],
            [
                pair
                for pair in zip(c.notes, d.notes, strict=True)
                if not begin <= pair[0].onset < end
            ],
        )


@pytest.mark.parametrize("span", [(1, 1), (5, 8), (16, 16), (1, 16)])
def test_bars_anew_leave_every_other_note_of_every_part(piece, span):
    other = compose(regenerate=span, of=piece, seed=9)
    bar, intro = piece.score.meter.bar_duration, 1
    begin, end = (intro + span[0] - 1) * bar, (intro + span[1]) * bar
    assert all(before == after for before, after in outside(piece, other, begin, end))
    if span != (16, 16):  # of a last bar there may be but one
        assert melody(other) != melody(piece)
    assert other.score.bar_count == piece.score.bar_count


def test_new_harmony_keeps_the_melody(piece):
    other = compose(regenerate="harmony", of=piece)
    assert melody(other) == melody(piece)
    assert [c.text for c in other.lead.chords] != [c.text for c in piece.lead.chords]


def test_new_pitches_keep_the_rhythm_and_the_chords(piece):
    other = compose(regenerate="pitches", of=piece)
    assert rhythm(other) == rhythm(piece)
    assert melody(other) != melody(piece)
    assert other.lead.chords == piece.lead.chords


def test_a_new_melody_keeps_the_chords(piece):
    other = compose(regenerate="melody", of=piece)
    assert melody(other) != melody(piece)
    assert other.lead.chords == piece.lead.chords


def test_a_new_arrangement_keeps_melody_chords_and_locked_parts(piece):
    other = compose(regenerate="arrangement", of=piece, lock=["acoustic bass"])
    names = [part.name for part in piece.score.parts]
    bass = names.index("Acoustic bass")
    assert melody(other) == melody(piece)
    assert other.score.parts[bass] == piece.score.parts[bass]
    assert other.performance.parts[bass] == piece.performance.parts[bass]
    assert other.performance.parts != piece.performance.parts


def test_twice_anew_is_not_the_same_again(piece):
    first = compose(regenerate="melody", of=piece)
    assert melody(compose(regenerate="melody", of=first)) != melody(first)


def test_varied_keeps_most_bars(piece):
    other = piece.vary(0.25)
    bar = piece.lead.meter.bar_duration
    changed = {onset // bar for onset, *_ in set(melody(piece)) ^ set(melody(other))}
    assert 1 <= len(changed) <= 4
    assert melody(piece.vary(0.0)) == melody(piece)
    with pytest.raises(ParameterError, match="amount=2 must be a number from 0"):
        piece.vary(2)


def test_extended_goes_on(piece):
    longer = piece.extend(8)
    assert longer.lead.bar_count == 24
    assert melody(longer)[: len(melody(piece))] == melody(piece)
    assert len(melody(longer)) > len(melody(piece)) + 8


def test_transposed_is_the_same_elsewhere(piece, alone):
    for one in (piece, alone):
        moved = one.transpose(3)
        assert [p - q for (*_, p), (*_, q) in zip(melody(moved), melody(one), strict=True)] == [
            3
        ] * len(melody(one))
        assert (
            Key.parse(moved.request.key).tonic_pitch_class
            == (Key.parse(one.request.resolved().key).tonic_pitch_class + 3) % 12
        )
        assert melody(moved.transpose(-3)) == melody(one)


def test_transposing_out_of_a_range_is_refused():
    piece = compose(
        genre="jig", key="D major", bars=4, rules=["range=D4-B5"], model="ngram", seed=1
    )
    with pytest.raises(ParameterError, match="range=D4-B5"):
        piece.transpose(12)


def test_another_mood_changes_mode_tempo_and_touch(piece):
    sad = piece.change_mood("sad")
    assert Key.parse(sad.request.key) == Key("G", "minor")
    assert sad.score.tempo < piece.score.tempo
    assert rhythm(sad) == rhythm(piece)
    assert sad.facts["mood"] == "sad"


@pytest.mark.parametrize("module", ["harmony", "arrangement"])
def test_what_a_melody_alone_has_not_cannot_be_made_anew(alone, module):
    with pytest.raises(ParameterError, match="needs an arrangement"):
        compose(regenerate=module, of=alone)


def test_unknown_modules_parts_and_missing_pieces_are_refused(piece):
    with pytest.raises(ParameterError, match=r"regenerate='harmny' must be one of.*'harmony'"):
        compose(regenerate="harmny", of=piece)
    with pytest.raises(ParameterError, match="lock='trumpet' must be one of"):
        compose(regenerate="arrangement", of=piece, lock=["trumpet"])
    with pytest.raises(ParameterError, match="needs the piece"):
        compose(regenerate="harmony")


def edited(piece):
    return (
        compose(regenerate=(3, 6), of=piece, seed=5),
        compose(regenerate="harmony", of=piece).vary(0.2),
        piece.transpose(2).change_mood("calm"),
        piece.extend(4, seed=2),
    )


def test_every_edited_piece_is_rebuilt_note_for_note(piece):
    assert set(EDITS) >= {"bars", "harmony", "pitches", "melody", "arrangement", "vary", "mood"}
    for other in edited(piece):
        again = rebuild(json.loads(json.dumps(other.provenance)))
        assert again.score == other.score
        assert again.performance == other.performance


def test_a_fresh_process_rebuilds_the_same_bytes(piece, tmp_path):
    other = compose(regenerate=(3, 6), of=piece).transpose(-2)
    (tmp_path / "piece.json").write_text(json.dumps(other.provenance))
    command = [sys.executable, "-m", "melodyai_edu.cli", "compose"]
    command += ["--rebuild", str(tmp_path / "piece.json"), "--out", str(tmp_path / "again.mid")]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "again.mid").read_bytes() == other.save(tmp_path / "one.mid").read_bytes()


def test_notes_that_come_out_otherwise_are_no_surprise(piece):
    wrong = {**piece.provenance, "notes_sha256": "0" * 64}
    with pytest.raises(ParameterError, match="gives other notes here"):
        rebuild(wrong)
    with pytest.raises(ParameterError, match=r"must be what piece\.provenance gave"):
        rebuild({"request": {}})


def test_provenance_says_what_it_was_learned_from(piece):
    found = piece.provenance
    assert set(found["data"]) == {"oneill", "ryan", "airds", "chorales"}
    assert all("public domain" in licence for licence in found["data"].values())
    assert found["rules kept"] == ["in_key", "max_leap=12"]
    assert found["copying"][0].startswith("Longest run copied")
    assert set(found["seeds"]) == {"plan", "harmony", "melody", "arrangement"}
