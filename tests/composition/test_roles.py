import pytest

from melodyai_edu.composition.instruments import DRUM_KIT, DRUMS, INSTRUMENTS, drum_of, program_of
from melodyai_edu.composition.pattern_library import find_pattern, list_patterns
from melodyai_edu.composition.ranges import KINDS, compass_of, fit_octaves
from melodyai_edu.composition.roles import assign_roles, usual_players
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Note, Pitch


@pytest.mark.parametrize(
    ("instruments", "roles"),
    [
        (["flute"], "melody"),
        (["flute", "acoustic guitar", "acoustic bass", "drums"],
         "melody accompaniment bass drums"),
        (["acoustic bass", "piano"], "melody accompaniment"),
        (["violin", "cello", "contrabass"], "melody counter_melody bass"),
        (["trumpet", "tuba", "percussion"], "melody bass drums"),
        (["piano", "piano", "strings"], "melody accompaniment accompaniment"),
    ],
)  # fmt: skip
def test_every_instrument_gets_a_role_by_its_kind(instruments, roles):
    assert " ".join(player.role for player in assign_roles(instruments)) == roles


@pytest.mark.parametrize(
    ("instruments", "message"),
    [
        (["flut"], "did you mean: flute"),
        (["flute", "drumz"], "did you mean: .*drums"),
        (["drums"], "must begin with one that can play the melody"),
        (["flute", "drums", "percussion"], "one drum kit at most"),
        ([], "must be 1 to 16"),
        (["flute"] * 17, "must be 1 to 16"),
        ("flute", "must be a list"),
    ],
)
def test_a_band_that_cannot_play_is_refused(instruments, message):
    with pytest.raises(ParameterError, match=message):
        assign_roles(instruments)


@pytest.mark.parametrize("mood", ["", "happy", "calm", "tense", "sad"])
def test_the_usual_band_of_a_pattern_plays_what_it_can(mood):
    for name in list_patterns():
        players = usual_players(find_pattern(name), mood, counter_melody=True)
        assert [player.role for player in players[:2]] == ["melody", "counter_melody"]
        kinds = {p.role: compass_of(p.instrument).kind for p in players if p.role != "drums"}
        assert kinds["accompaniment"] == "chords"
        assert kinds["bass"] == "bass" or "cello" in {p.instrument for p in players}


@pytest.mark.parametrize(
    ("instrument", "lowest", "highest"),
    [("violin", "G3", None), ("viola", "C3", None), ("cello", "C2", None), ("flute", "C4", None),
     ("contrabass", "E1", None), ("acoustic guitar (steel)", "E2", None), ("piccolo", "D5", "C8"),
     ("acoustic grand piano", "A0", "C8"), ("bagpipe", "G4", "A5"), ("oboe", "Bb3", None)],
)  # fmt: skip
def test_ranges_are_those_of_the_books(instrument, lowest, highest):
    compass = compass_of(instrument)
    assert compass.low == Pitch.parse(lowest).midi
    assert highest is None or compass.high == Pitch.parse(highest).midi


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_has_a_range_of_an_octave_or_more(name):
    compass = compass_of(name)
    assert compass.kind in KINDS
    assert 0 <= compass.low <= compass.easy_low
    assert compass.easy_low + 11 <= compass.easy_high <= compass.high <= 127
    assert compass.low in compass
    assert compass.high + 1 not in compass


def test_a_drum_kit_has_neither_program_nor_range():
    for function in (program_of, compass_of):
        with pytest.raises(ParameterError, match="has no"):
            function(DRUM_KIT)


def test_drums_are_those_of_general_midi():
    assert (len(DRUMS), min(DRUMS.values()), max(DRUMS.values())) == (47, 35, 81)
    # The map's fixed points: MIDI Manufacturers Association (1991).
    known = {"acoustic snare": 38, "crash cymbal 1": 49, "ride cymbal 1": 51, "cowbell": 56,
             "claves": 75, "open triangle": 81}  # fmt: skip
    assert {name: drum_of(name) for name in known} == known
    with pytest.raises(ParameterError, match="did you mean: cowbell"):
        drum_of("cow bell")


def line(*pitches):
    return [Note(24 * index, 24, pitch) for index, pitch in enumerate(pitches)]


def test_a_line_in_range_stays_and_one_below_moves_as_a_whole():
    flute = compass_of("flute")
    assert set(fit_octaves(line(62, 64, 65, 67), flute)) == {0}
    assert set(fit_octaves(line(50, 52, 60, 67), flute)) == {12}
    assert fit_octaves((), flute) == ()


def test_a_wide_line_breaks_at_the_rest():
    notes = [Note(0, 24, 57), Note(24, 24, 59), Note(200, 24, 81), Note(224, 24, 83)]
    shifts = fit_octaves(notes, compass_of("bagpipe"))
    assert shifts[0] == shifts[1] == 12
    assert shifts[2] == shifts[3] == -12
