"""A motif becomes rules, and the piece begins with it in any key, meter and arrangement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import melodyai_edu as mai
from melodyai_edu.composition.motif import motif_rules
from melodyai_edu.composition.ranges import compass_of
from melodyai_edu.constraints import as_rules
from melodyai_edu.score import Melody, Meter, Note, Part, Score


def line(*events):
    return Score.of_melody(Melody.from_events(list(events)))


def read_back(rules, meter):
    """Read notes off the rules [(onset, duration, pitch)]."""
    bar = Meter.parse(meter).bar_duration
    return [
        (rule.bar * bar + event.position, event.duration, event.pitch)
        for rule in as_rules(rules)
        for event in rule.events
        if event.pitch is not None
    ]


@given(
    st.lists(st.tuples(st.integers(60, 80), st.sampled_from([6, 12, 24, 36, 48])), min_size=1,
             max_size=12),
    st.sampled_from(["4/4", "3/4", "6/8", "9/8"]),
)  # fmt: skip
def test_no_note_is_lost_and_none_crosses_a_bar_line(events, meter):
    rules = motif_rules(line(*events), meter=meter, bars=64, instrument="acoustic grand piano")
    bar, notes = Meter.parse(meter).bar_duration, read_back(rules, meter)
    assert sum(duration for _, duration, _ in notes) == sum(duration for _, duration in events)
    assert all(onset // bar == (onset + duration - 1) // bar for onset, duration, _ in notes)
    assert [onset for onset, *_ in notes] == sorted(onset for onset, *_ in notes)
    assert {pitch for *_, pitch in notes} == {pitch for pitch, _ in events}


@pytest.mark.parametrize("instrument", ["piccolo", "cello", "tuba", "violin"])
def test_it_is_put_where_the_instrument_plays(instrument):
    compass = compass_of(instrument)
    notes = read_back(motif_rules(line((60, 24), (67, 24)), instrument=instrument), "4/4")
    assert all(compass.easy_low <= pitch <= compass.easy_high for *_, pitch in notes)
    assert notes[1][2] - notes[0][2] == 7


def test_rests_stay_and_what_is_before_the_first_note_goes():
    score = Score((Part((Note(48, 24, 60), Note(96, 24, 62))),))
    assert motif_rules(score, meter="4/4") == ("fixed=1.1: C4 1/4 r1/4 D4 1/4",)


def test_drums_are_no_motif_and_neither_is_silence():
    with pytest.raises(mai.ParameterError, match="the motif has no note"):
        motif_rules(Score((Part((Note(0, 24, 60),), is_drums=True), Part(()))))


def test_it_must_leave_bars_to_compose():
    with pytest.raises(mai.ParameterError, match="bars=2 must be more than the motif's 2"):
        motif_rules(line((60, 96), (62, 24)), meter="4/4", bars=2)


@pytest.mark.parametrize("fields", [{}, {"arrangement": "waltz"}, {"form": "AABB"}])
def test_the_piece_begins_with_it(fields):
    meter = "3/4" if "arrangement" in fields else "6/8"
    score = line((62, 24), (66, 12), (69, 36))
    rules = motif_rules(score, meter=meter, key="G major", bars=8, instrument="violin")
    piece = mai.compose(
        key="G major", meter=meter, bars=8, rules=rules, model="ngram", seed=2, **fields
    )
    drawn = [(n.onset, n.duration, n.pitch) for n in piece.score.parts[0].notes]
    wanted = read_back(rules, meter)
    assert drawn[: len(wanted)] == wanted
    assert piece.provenance["request"]["rules"] == list(rules)
