from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.errors import ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Key, Melody, Meter, MeterChange, Note, Part, Score
from melodyai_edu.tokens import VOCABULARY, Encoding, conditioning_tokens, decode, encode
from melodyai_edu.tokens.vocabulary import METERS

SHIPPED = ("oneill", "ryan", "airds", "chorales")


def as_carried(score):
    """What the module promises to keep: no spelling but the key's, no loudness, the first key."""
    notes = tuple(
        replace(note, spelling=score.key.spell(note.pitch), velocity=80)
        for note in score.parts[0].notes
    )
    return Score(
        (Part(notes),),
        score.meters,
        score.keys[:1],
        pickup=score.pickup,
        duration=score.duration,
    )


def melody_of(tune):
    return replace(tune.score, parts=(Part(tune.melody.notes),))


def differing(tunes):
    scores = ((tune.name, melody_of(tune), tune.genre) for tune in tunes)
    return [
        name
        for name, score, genre in scores
        if decode(encode(score, genre=genre)) != as_carried(score)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_every_tune_comes_back_as_it_was(name):
    assert differing(load(name)) == []


def test_a_few_tunes_come_back_as_they_were():
    assert [differing(load(name)[::101]) for name in SHIPPED] == [[]] * len(SHIPPED)


@st.composite
def scores(draw):
    meter = Meter.parse(draw(st.sampled_from(METERS)))
    events = draw(
        st.lists(
            st.tuples(st.none() | st.integers(55, 80), st.integers(1, 200)), min_size=1, max_size=12
        )
    )
    return Score.of_melody(
        Melody.from_events(events),
        meter=meter,
        key=Key.parse(draw(st.sampled_from(["C major", "F# minor", "Bb dorian"]))),
        pickup=draw(st.integers(0, meter.bar_duration - 1)),
    )


@given(scores())
def test_any_melody_comes_back_as_it_was(score):
    if score.parts[0].notes and score.duration > score.pickup:
        assert decode(encode(score)) == as_carried(score)


@given(scores())
def test_the_events_of_a_bar_fill_it(score):
    bars, length = [], 0
    for token in encode(score).tokens:
        if token in ("Bar_line", "Sequence_end"):
            bars.append(length)
            length = 0
        elif token.startswith("Duration_"):
            length += int(token.partition("_")[2])
    lines = [*score.bar_onsets(), score.duration]
    # Before the first bar line stands the pickup, or nothing.
    wanted = [b - a for a, b in pairwise(lines)]
    assert bars == (wanted if score.pickup else [0, *wanted])


@given(st.integers(-12, 12))
def test_a_transposed_melody_has_the_same_tokens(semitones):
    melody = Melody.from_events([(67, 24), (71, 24), (74, 48)])
    key = Key.parse("G major")
    there = Score.of_melody(
        melody.transposed(semitones, key.transposed(semitones)), key=key.transposed(semitones)
    )
    assert encode(there).tokens == encode(Score.of_melody(melody, key=key)).tokens


def test_a_change_of_meter_comes_back():
    melody = Melody.from_events([(60, 72), (62, 96), (64, 72)])
    meters = tuple(
        MeterChange(o, Meter.parse(m)) for o, m in ((0, "3/4"), (72, "4/4"), (168, "3/4"))
    )
    score = Score((Part(melody.notes),), meters)
    assert decode(encode(score)) == as_carried(score)


def test_an_unusual_meter_comes_back_by_the_length_of_its_bars():
    score = Score.of_melody(Melody.from_events([(60, 264)]), meter=Meter(11, 4))
    encoding = encode(score)
    assert "Meter_other" in encoding.tokens
    assert decode(encoding).meter == Meter(11, 4)


def test_written_ties_come_back():
    score = Score((Part((Note(0, 48, 60, ties=(12,)),)),))
    assert decode(encode(score)).parts[0].notes[0].ties == (12,)


def test_what_leads_a_sequence():
    tokens = conditioning_tokens(genre="jig", meter=Meter(6, 8), mode="dorian", bars=16)
    assert tokens == ("Genre_jig", "Meter_6/8", "Mode_dorian", "Length_16")
    assert conditioning_tokens() == (
        "Genre_unknown",
        "Meter_unknown",
        "Mode_unknown",
        "Length_unknown",
    )
    assert conditioning_tokens(genre="tango", bars=1000)[::3] == ("Genre_unknown", "Length_unknown")


def test_a_tune_brings_its_genre():
    tune = SimpleNamespace(
        genre="reel", melody_score=Score.of_melody(Melody.from_events([(60, 96)]))
    )
    assert encode(tune).tokens[0] == "Genre_reel"


def test_several_parts_are_refused():
    part = Part((Note(0, 24, 60),))
    with pytest.raises(ParameterError, match="has 2: encode one of them"):
        encode(Score((part, part)))


def test_a_pitch_far_from_the_tonic_is_refused():
    wide = Melody.from_events([(60, 24), (60, 24), (120, 24)])
    with pytest.raises(ParameterError, match="pitch=120 lies 60 semitones from the tonic 60"):
        encode(Score.of_melody(wide))


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["Pitch_60"], "must have a Duration before a Pitch"),
        (["Duration_24", "Bar_line"], "must have a Pitch after its Duration"),
        (["Duration_24"], "the last Duration must have a Pitch"),
        (["Duration_24", "Pitch_hold"], "must follow a note"),
        (["Duration_24", "Pitch_rest", "Duration_24", "Pitch_hold"], "must follow a note"),
    ],
)
def test_tokens_out_of_order_are_refused(tokens, message):
    with pytest.raises(ParameterError, match=message):
        decode(Encoding(VOCABULARY.ids(tokens)))


def test_a_pitch_outside_midi_is_refused():
    with pytest.raises(ParameterError, match="must be from 0 to 127: choose another tonic_pitch"):
        decode(Encoding(VOCABULARY.ids(["Duration_24", "Pitch_108"]), tonic_pitch=84))


def test_the_tonic_pitch_is_a_tonic():
    with pytest.raises(ParameterError, match="tonic_pitch=61 must be a C, the tonic of C major"):
        Encoding((), tonic_pitch=61)
