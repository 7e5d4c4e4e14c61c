"""A phrase spelled out of a motif."""

import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody
from melodyai_edu.theory.development import (
    OPERATIONS,
    develop,
    fragment,
    inverted_in_key,
    joined,
    repeated,
    sequenced,
)
from melodyai_edu.theory.motif import (
    augmented,
    diminished,
    inverted,
    is_same_motif,
    retrograde,
    shifted_in_key,
    transposed,
)

C = Key("C")


@pytest.fixture
def motif():
    return Melody.from_events([(67, 12), (67, 12), (None, 12), (64, 36), (65, 24)])


def test_joined_keeps_silence(motif):
    both = joined(motif, motif)
    assert both.duration == 2 * motif.duration
    assert is_same_motif(Melody(both.notes[:4]), Melody(both.notes[4:]))
    assert joined() == Melody(())


def test_repeated(motif):
    assert repeated(motif, 3) == joined(motif, motif, motif)
    with pytest.raises(ParameterError, match="times=0 must be a positive integer"):
        repeated(motif, 0)


def test_a_sequence_goes_on(motif):
    found = sequenced(motif, -1, C, 2)
    assert found == joined(shifted_in_key(motif, -1, C), shifted_in_key(motif, -2, C))
    with pytest.raises(ParameterError, match="F4 must belong to G major"):
        sequenced(motif, 1, Key("G"))


def test_fragment(motif):
    assert fragment(motif).pitches.tolist() == [67, 67]
    assert fragment(motif).duration == 36  # the rest belongs to it
    assert fragment(motif, 2, is_last=True).durations.tolist() == [36, 24]
    assert fragment(motif, 4) == motif
    cut = fragment(motif, ticks=48)
    assert (cut.durations.tolist(), cut.duration) == ([12, 12, 12], 48)
    assert fragment(motif, ticks=30, is_last=True).pitches.tolist() == [64, 65]
    with pytest.raises(ParameterError, match="notes=5 must be from 1 to 4"):
        fragment(motif, 5)
    with pytest.raises(ParameterError, match="ticks=97 must be from 1 to 96"):
        fragment(motif, ticks=97)
    with pytest.raises(ParameterError, match="not both"):
        fragment(motif, 2, ticks=24)


def test_inverted_in_key(motif):
    turned = inverted_in_key(motif, C)
    assert turned.pitches.tolist() == [67, 67, 71, 69]
    assert inverted_in_key(turned, C).pitches.tolist() == motif.pitches.tolist()
    assert all(
        note.pitch in Key("Eb").scale for note in inverted_in_key(fragment(motif), Key("Eb"))
    )
    with pytest.raises(ParameterError, match="to be turned over in it: use inverted"):
        inverted_in_key(motif, Key("Eb"))


@pytest.mark.parametrize(
    ("plan", "parts"),
    [
        ("motif", lambda m: [m]),
        ("sequence -1", lambda m: [shifted_in_key(m, -1, C)]),
        ("motif, sequence -1 2", lambda m: [m, sequenced(m, -1, C, 2)]),
        ("motif, sequence +1, motif", lambda m: [m, shifted_in_key(m, 1, C), m]),
        (
            "motif, sequence 2, sequence 2",
            lambda m: [m, shifted_in_key(m, 2, C), shifted_in_key(m, 4, C)],
        ),
        ("motif,repeat , repeat 2", lambda m: [m] * 4),
        ("motif, motif + invert + retrograde", lambda m: [m, retrograde(inverted_in_key(m, C))]),
        ("motif+transpose +5, transpose -5", lambda m: [transposed(m, 5), m]),
        ("motif, invert exact", lambda m: [m, inverted(m)]),
        ("motif, augment, diminish", lambda m: [m, augmented(m), m]),
        ("augment 3, motif + diminish 3", lambda m: [augmented(m, 3), diminished(m, 3)]),
        ("motif, fragment, repeat", lambda m: [m, fragment(m), fragment(m)]),
        ("fragment first 3 notes", lambda m: [fragment(m, 3)]),
        ("fragment last 2 beats", lambda m: [fragment(m, ticks=48, is_last=True)]),
        ("fragment 1 beat", lambda m: [fragment(m, ticks=24)]),
    ],
)
def test_what_can_be_written(plan, parts, motif):
    assert mai.develop(motif, plan, C) == joined(*parts(motif))


def test_every_word_is_understood(motif):
    arguments = {"sequence": " 1", "transpose": " 1"}
    for word in OPERATIONS:
        assert develop(motif, word + arguments.get(word, ""), "C").notes


def test_a_beat_is_that_of_the_meter(motif):
    assert develop(motif, "fragment 1 beat", "C", meter="6/8").duration == 36


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("motif, wiggle", r"part 2 of the plan, 'wiggle': operation='wiggle' must begin with one"),
        ("", r"operation='' must begin with one of: motif, repeat, sequence"),
        ("motif, sequence", r"operation='sequence' must be written so: sequence, so many steps"),
        ("motif, sequence up", r"must be written so: sequence"),
        ("motif, fragment 9", r"part 2 of the plan, 'fragment 9': notes=9 must be from 1 to 4"),
        ("motif, diminish 5", r"part 2 .*factor=5 must divide every onset"),
        ("motif, augment 0", r"factor=0|must be written so|positive"),
        ("repeat 99, repeat 99", r"grows past 1000 notes: shorten it"),
        ("motif, transpose 99", r"part 2"),
    ],
)
def test_what_cannot_be_done_is_named(plan, message, motif):
    with pytest.raises(ParameterError, match=message):
        develop(motif, plan, C)


def test_a_motif_must_sound():
    with pytest.raises(ParameterError, match="motif must have a note"):
        develop(Melody(()), "motif")


def test_a_real_motif_grows_into_a_phrase():
    """The first two notes' worth of a jig, led down the scale, stay in the tune's key."""
    tune = next(t for t in mai.load("oneill") if t.genre == "jig" and t.key.name == "G major")
    bar = tune.meter.bar_duration
    first = [n for n in tune.melody if tune.melody_score.pickup <= n.onset < bar]
    motif = Melody(tuple(n.moved(-first[0].onset) for n in first[:3]))
    phrase = develop(motif, "motif, sequence -1 2, fragment 2, augment", tune.key, meter=tune.meter)
    assert all(note.pitch in tune.key.scale for note in phrase)
    assert len(phrase) == 3 + 6 + 2 + 2
