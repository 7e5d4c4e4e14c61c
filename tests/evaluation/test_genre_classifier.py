from __future__ import annotations

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.control import Share, control_table
from melodyai_edu.evaluation.genre_classifier import GenreClassifier, genre_words
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, Score

KNOWN = ("chorale", "hornpipe", "jig")


@pytest.fixture(scope="module")
def tunes():
    pool = [*load("chorales"), *load("oneill")]
    return {
        split: [
            tune
            for genre in KNOWN
            for tune in [t for t in pool if t.genre == genre and t.split == split][:most]
        ]
        for split, most in (("train", 90), ("test", 25))
    }


@pytest.mark.parametrize("has_meter", [True, False])
def test_it_names_real_tunes_that_it_never_heard(tunes, has_meter):
    classifier = GenreClassifier(has_meter=has_meter).fit(tunes["train"])
    assert classifier.genres == KNOWN
    named = classifier.name([tune.melody_score for tune in tunes["test"]])
    hits = sum(name == tune.genre for name, tune in zip(named, tunes["test"], strict=True))
    assert hits / len(named) > 0.85
    chances = classifier.probabilities([tune.melody_score for tune in tunes["test"][:3]])
    assert chances.sum(axis=1) == pytest.approx([1, 1, 1])


def test_without_the_meter_bar_lines_are_not_heard():
    """The same notes with any meter and any pickup are the same words."""
    events = [(60, 24), (62, 12), (64, 36), (65, 24), (67, 48)]
    melody = Melody.from_events(events)
    scores = [Score.of_melody(melody, meter=Meter(*m)) for m in ((4, 4), (3, 4), (6, 8))]
    deaf, hearing = (
        [genre_words(score, has_meter=has_meter) for score in scores] for has_meter in (False, True)
    )
    assert deaf[0] == deaf[1] == deaf[2]
    assert hearing[0] != hearing[1] != hearing[2]


def test_accuracy_is_counted_by_genre(tunes):
    classifier = GenreClassifier().fit(tunes["train"])
    shares = classifier.accuracy(tunes["test"])
    assert set(shares) == {*KNOWN, "all"}
    assert shares["all"].number == len(tunes["test"]) == sum(shares[g].number for g in KNOWN)
    rows = control_table({"jig": ["jig"]}, classifier.name_tunes(tunes["test"]), [])
    assert rows[0].real == shares["jig"]
    assert classifier.accuracy([])["all"] == Share(0, 0)


def test_a_tune_is_the_same_in_every_key():
    line = [(60, 24), (64, 24), (67, 48)]
    higher = [(pitch + 5, duration) for pitch, duration in line]
    words = [
        genre_words(Score.of_melody(Melody.from_events(events), key=Key(tonic)))
        for events, tonic in ((line, "C"), (higher, "F"))
    ]
    assert words[0] == words[1]


def test_too_few_tunes_and_too_early(tunes):
    with pytest.raises(ParameterError, match="two genres of at least 60 tunes"):
        GenreClassifier().fit(tunes["train"][:20])
    with pytest.raises(ParameterError, match="must be fitted before"):
        GenreClassifier().name([])


def test_shares_are_counted():
    rows = control_table(
        {"jig": ["jig"] * 9 + ["reel"], "reel": ["jig", "reel"]},
        {"jig": ["jig"] * 19 + ["reel"]},
        ["jig", "reel", "reel", "reel"],
    )
    assert rows[0].got == Share(9, 10)
    assert rows[0].real == Share(19, 20)
    assert rows[0].unasked == Share(1, 4)
    assert rows[0].against_real == pytest.approx(0.9 / 0.95)
    assert str(rows[0].got).startswith("90.0% [59.6%, 98.2%] of 10")
    assert rows[1].real.number == 0
    assert rows[1].against_real == 0
