from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.evaluation.mood_classifier import MoodClassifier, mood_words
from melodyai_edu.features.mood import feel_mood, mood_of, nearest_mood
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, KeyChange, Meter, MeterChange, TempoChange


@pytest.fixture(scope="module")
def tunes():
    pool = [*load("oneill")[::2], *load("chorales")]
    return {split: [t for t in pool if t.split == split] for split in ("train", "test")}


@pytest.fixture(scope="module")
def listener(tunes):
    return MoodClassifier().fit(tunes["train"])


def test_it_hears_nothing_that_makes_the_label(tunes):
    """Another key signature, meter and tempo change a tune's label and not one word."""
    score = tunes["test"][0].melody_score
    other = replace(
        score,
        meters=(MeterChange(0, Meter(3, 8)),),
        pickup=0,
        keys=(KeyChange(0, Key("C", "phrygian")),),
        tempos=(TempoChange(0, 40),),
    )
    assert mood_of(score) != mood_of(other)
    assert mood_words(score) == mood_words(other)


def test_it_names_moods_of_new_tunes_much_better_than_chance(tunes, listener):
    assert {"calm", "happy", "sad"} <= set(listener.labels)
    shares = listener.accuracy(tunes["test"])
    balanced = sum(shares[mood].value for mood in listener.labels) / len(listener.labels)
    assert balanced > 0.2 + 1 / len(listener.labels)
    truth = Counter(mood_of(t.melody_score) for t in tunes["test"] if t.melody.notes)
    assert shares["all"].number == sum(truth[mood] for mood in listener.labels)


def test_valence_and_arousal_are_each_heard(tunes, listener):
    """The right half of the plane is found more often than the right quarter."""
    named = listener.name_tunes(tunes["test"])
    bright, busy = {"happy", "calm"}, {"happy", "tense"}
    for half in (bright, busy):
        sides = {True: [], False: []}
        for mood, names in named.items():
            sides[mood in half] += [(name in half) == (mood in half) for name in names]
        shares = [sum(side) / len(side) for side in sides.values()]
        assert sum(shares) / 2 > 0.65  # chance is 0.5


def test_another_label_can_be_named(tunes):
    quarters = ("happy", "calm", "tense", "sad")

    def place(score):
        return nearest_mood(feel_mood(score), quarters)

    listener = MoodClassifier(mood=place).fit(tunes["train"][:400])
    assert set(listener.labels) <= set(quarters)
    assert listener.label(tunes["test"][0]) == place(tunes["test"][0].melody_score)


def test_too_few_tunes_and_too_early(tunes):
    with pytest.raises(ParameterError, match="two moods of at least 60 tunes"):
        MoodClassifier().fit(tunes["train"][:20])
    with pytest.raises(ParameterError, match="must be fitted before it can name moods"):
        MoodClassifier().name([])
