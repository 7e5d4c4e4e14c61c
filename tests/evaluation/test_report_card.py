"""The report card counts what a musician would, on melodies where the answer is plain."""

from types import SimpleNamespace

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.report_card import report_card, statistics
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Score


def melody(pitches, duration=24, key="C"):
    return Score.of_melody(Melody.from_events([(p, duration) for p in pitches]), key=Key(key))


def test_a_scale_is_all_steps():
    counts = statistics(melody((60, 62, 64, 65, 67, 65, 64, 60)))
    assert counts["notes a bar"] == 4
    assert counts["range [semitones]"] == 7
    assert counts["widest leap [semitones]"] == 4
    assert counts["steps [%]"] == pytest.approx(100 * 6 / 7, abs=0.1)
    assert counts["notes in the key [%]"] == 100
    assert counts["bars heard before [%]"] == 0
    assert counts["ends on the tonic [%]"] == 100


def test_repeats_and_strange_notes():
    counts = statistics(melody((60, 60, 66, 66) * 2))
    assert counts["bars heard before [%]"] == 50
    assert counts["notes in the key [%]"] == 50
    assert counts["repeated notes [%]"] == pytest.approx(100 * 4 / 7, abs=0.1)
    assert counts["ends on the tonic [%]"] == 0


def test_card_marks_what_is_unlike_the_tunes():
    tunes = [SimpleNamespace(score=melody((60, 62, 64, 62, 60, 62, 64, 60)), note_count=8)] * 20
    card = report_card(melody((60, 84, 60, 84)), tunes)
    assert "widest leap [semitones]" in card.unlike
    assert "<- unlike them" in str(card)
    assert "20 human tunes" in str(card)
    same = report_card(tunes[0].score, tunes)
    assert same.unlike == ()


def test_most_real_tunes_are_like_real_tunes():
    """By its making: a tune is marked in each count with a chance of a tenth."""
    jigs = load("oneill").filter(genre="jig")
    cards = [report_card(tune.score, jigs[:100]) for tune in jigs[100:160]]
    marks = sum(len(card.unlike) for card in cards) / sum(len(card.rows) for card in cards)
    assert marks < 0.2


def test_too_little_to_count():
    with pytest.raises(ParameterError, match="notes=1 must be 2 or more"):
        statistics(melody((60,)))
    with pytest.raises(ParameterError, match="must hold at least one tune"):
        report_card(melody((60, 62)), [])
