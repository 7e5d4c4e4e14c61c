"""The exercises of lesson 03: right answers pass, typical mistakes are heard."""

import numpy as np
import pytest

from melodyai_edu.checks.lesson_03 import (
    EXERCISES,
    PREDICTIONS,
    PROFILES,
    RECALL,
    SR,
    best_cut,
    draw,
    draw_moods,
    hummed_file,
    play,
    sung,
)
from melodyai_edu.features.audio import audio_features
from melodyai_edu.io.corpus import load


def reason(number, answer):
    return EXERCISES[number].test(answer)


def shares(events, *, octave=12, rests=False, timed=True, normed=True):
    found = np.zeros(max(12, octave))
    for pitch, duration in events:
        if pitch is not None:
            found[pitch % octave] += duration if timed else 1
        elif rests:
            found[0] += duration
    return found / found.sum() if normed else found


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (shares, None),
        (lambda events: shares(events).tolist(), None),
        (lambda events: shares(events, normed=False), "shares add up to 1"),
        (lambda events: shares(events, timed=False), "count time, not notes"),
        (lambda events: shares(events, rests=True), "a rest is silence"),
        (lambda events: shares([(p and p - 60, d) for p, d in events], octave=24)[:12],
         "two Cs an octave apart are one pitch class"),
        (lambda events: shares(events, octave=128), "twelve numbers are wanted"),
        (lambda events: "C", "twelve numbers are wanted"),
    ],
)  # fmt: skip
def test_shares(answer, heard):
    found = reason("3.1", answer)
    assert found is None if heard is None else heard in found


def key_of(given, modes=("major", "minor"), sign=1):
    fits = {
        (tonic, mode): np.corrcoef(np.roll(PROFILES[mode], sign * tonic), given)[0, 1]
        for mode in modes
        for tonic in range(12)
    }
    return max(fits, key=fits.get)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (key_of, None),
        (lambda given: list(key_of(given)), None),
        (lambda given: key_of(given, sign=-1), "the wrong way"),
        (lambda given: key_of(given, modes=("major",)), "the minor profile has to be tried"),
        (lambda given: (int(np.argmax(given)), "major"), "the minor profile"),
        (lambda given: (0, "major"), "the profile has to move"),
        (lambda given: "C major", "a pair is wanted"),
    ],
)
def test_key(answer, heard):
    found = reason("3.2", answer)
    assert found is None if heard is None else heard in found


def right(cut, slow, fast):
    return sum(value <= cut for value in slow) + sum(value > cut for value in fast)


def cut(slow, fast):
    return max([*slow, *fast], key=lambda value: right(value, slow, fast))


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (cut, None),
        (best_cut, None),
        (lambda slow, fast: max(slow), "let it go"),
        (lambda slow, fast: (np.mean(slow) + np.mean(fast)) / 2, "let it go"),
        (lambda slow, fast: (np.median(slow) + np.median(fast)) / 2, "count right names"),
        (lambda slow, fast: min(fast), "let it go|no tune need be misnamed"),
        (lambda slow, fast: float("nan"), "no tune need be misnamed"),
        (lambda slow, fast: None, "one number is wanted"),
    ],
)
def test_cut(answer, heard):
    found = reason("3.3", answer)
    assert found is None if heard is None else any(part in found for part in heard.split("|"))


def test_what_the_questions_say_is_true():
    """A hum is heard as more notes than the same air plucked, in the same key."""
    assert len(RECALL) == 5
    assert all(len(question.choices) == 3 for question in (*RECALL, *PREDICTIONS.values()))
    air = load("oneill").filter(genre="air", split="train")[9]
    hummed, plucked = (audio_features(sung(air, timbre=t), SR) for t in ("hum", "plucked"))
    assert hummed.key == plucked.key == air.key
    assert len(hummed.onsets) > 1.5 * len(plucked.onsets)
    assert plucked.onset_strength.max() > 1.5 * hummed.onset_strength.max()  # prediction 3.2
    assert len(draw(plucked).axes) == 2
    assert "audio" in play(sung(air)).data


def test_pictures_and_recordings(tmp_path):
    from melodyai_edu import hum

    tunes = [tune.melody_score for tune in load("oneill")[:5]]
    figure = draw_moods({"some": tunes[:3], "others": tunes[3:]})
    assert [len(line.get_xdata()) for line in figure.axes[0].lines[:2]] == [3, 2]
    line = hum(hummed_file(str(tmp_path / "a.wav")))
    assert line.key.name == "G major"
    assert len(line.parts[0].notes) == 8
