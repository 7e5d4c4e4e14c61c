"""Faults: planted ones are named by kind, voices, bar and beat; Bach's are those music21 finds."""

from collections import Counter

import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, KeyChange, Melody, Meter, MeterChange, Part, Score
from melodyai_edu.theory.faults import FAULTS, find_faults


def four(soprano, alto, tenor, bass, *, key="C", pickup=0, meter="4/4", duration=24):
    lines = ([(pitch, duration) for pitch in line] for line in (soprano, alto, tenor, bass))
    parts = tuple(Part(Melody.from_events(line).notes) for line in lines)
    return Score(
        parts,
        keys=(KeyChange(0, Key.parse(key)),),
        meters=(MeterChange(0, Meter.parse(meter)),),
        pickup=pickup,
    )


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (four([72, 72], [67, 69], [60, 62], [52, 53]), {"parallel fifths, alto and tenor"}),
        (four([72, 74], [67, 67], [64, 62], [48, 50]), {"parallel octaves, soprano and bass"}),
        (four([67, 72], [64, 69], [60, 60], [52, 53]), {"hidden fifths, soprano and bass"}),
        (four([67, 72], [64, 64], [60, 55], [40, 48]), {"hidden octaves, soprano and bass"}),
        (four([72, 72], [64, 64], [65, 60], [48, 48]), {"crossing, alto and tenor"}),
        (four([81, 81], [64, 64], [60, 60], [48, 48]), {"spacing, soprano and alto"}),
        (four([72, 72], [67, 67], [64, 64], [48, 36]), {"range, bass", "spacing, tenor and bass"}),
        (four([71, 72], [67, 67], [62, 64], [47, 48]),
         {"doubled leading tone, soprano and bass", "parallel octaves, soprano and bass"}),
        (four([71, 67], [62, 60], [55, 52], [43, 48]), {"unresolved leading tone, soprano"}),
        (four([65, 67], [62, 64], [59, 60], [55, 48]), {"unresolved seventh, soprano"}),
        (four([64, 69], [60, 65], [55, 60], [48, 53]), None),
    ],
)  # fmt: skip
def test_planted_faults(score, said):
    heard = {str(fault).rpartition(", ")[0] for fault in find_faults(score)}
    if said is None:
        assert {line.partition(",")[0] for line in heard} >= {"parallel fifths", "overlap"}
    else:
        assert said <= heard
        extra = {line for line in heard - said if line.startswith("parallel")}
        assert not extra


def test_every_kind_is_known():
    kinds = set()
    for tune in mai.load("chorales")[:60]:
        kinds |= {fault.kind for fault in find_faults(tune.score)}
    assert kinds <= set(FAULTS)
    assert len(kinds) >= 8


def test_places_in_words():
    late = four([72] * 6 + [74], [67] * 6 + [69], [64] * 6 + [65], [48] * 6 + [50])
    assert {fault.place for fault in find_faults(late)} == {"bar 2 beat 3"}
    assert str(find_faults(late)[0]) == "parallel octaves, soprano and bass, bar 2 beat 3"
    pickup = four([72, 74], [67, 69], [64, 65], [48, 50], pickup=24)
    assert find_faults(pickup)[0].place == "bar 1 beat 1"
    half = four([72, 74], [67, 69], [64, 65], [48, 50], duration=12)
    assert find_faults(half)[0].place == "bar 1 beat 1.5"
    before = four([72, 74, 74], [67, 69, 69], [64, 65, 65], [48, 50, 50], pickup=48)
    assert find_faults(before)[0].place == "bar 0 beat 4"


def test_a_rest_parts_two_chords():
    lines = [(72, 74), (67, 69), (64, 65), (48, 50)]
    parts = tuple(Part(Melody.from_events([(a, 24), (None, 24), (b, 24)]).notes) for a, b in lines)
    assert find_faults(Score(parts)) == ()
    alto = Part(Melody.from_events([(67, 24), (None, 12), (67, 12), (69, 24)]).notes)
    tenor = Part(Melody.from_events([(64, 48), (65, 24)]).notes)
    whole = Score((Part(Melody.from_events([(72, 48), (74, 24)]).notes), alto, tenor, parts[3]))
    kinds = Counter(fault.kind for fault in find_faults(whole))
    assert kinds["parallel octaves"] == 0  # the bass rests before it


def test_bachs_parallels_are_those_of_the_reference():
    """music21 counts 106 fifths and 42 octaves; two and one of them lie over a rest."""
    kinds = Counter(
        fault.kind for tune in mai.load("chorales") for fault in find_faults(tune.score)
    )
    assert (kinds["parallel fifths"], kinds["parallel octaves"]) == (104, 41)


def test_harmonisations_have_none_between_their_chords():
    for number, tune in enumerate(mai.load("chorales").filter(split="test")[:4]):
        voices = mai.harmonise(tune, seed=number)
        starts = {onset for onset, _ in voices.chords}
        faults = [f for f in find_faults(voices.score) if f.onset in starts]
        assert not [f for f in faults if f.kind in ("parallel octaves", "crossing", "range")]


def test_three_parts_are_refused():
    with pytest.raises(ParameterError, match="has 1 parts and must have four: soprano, alto"):
        find_faults(Score((Part(()),)))
