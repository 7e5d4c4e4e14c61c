"""What was counted of chords, and how: small counts by hand, shipped ones against their tunes."""

import json

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.composition.chord_chain import counted_moves, melody_weights, sung_as
from melodyai_edu.composition.chord_counts import FILE, SUNG, read_counts, write_counts
from melodyai_edu.composition.chord_learning import count_chorales, infer_chords, learn_dances
from melodyai_edu.composition.chord_tables import STYLES, home_names, style_table, symbol_of
from melodyai_edu.composition.harmony_counts import chords_at
from melodyai_edu.composition.progressions import progression_counts, read_progressions
from melodyai_edu.constraints.chord_places import melody_places
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Melody, Score
from melodyai_edu.score.key import MODES
from melodyai_edu.theory.harmony import parse_chord_symbol, parse_roman


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("mode", MODES)
def test_every_style_has_chords_in_every_mode(style, mode):
    table = style_table(style, Key.from_fifths(-3, mode))
    assert len(set(home_names(table))) == len(table) >= 5
    assert (table.roots == 0).any()
    for number, chord in enumerate(table.chords):
        assert set(parse_chord_symbol(symbol_of(table, number)).pitch_classes) == set(chord)


def test_more_chords_join_a_table_once():
    table = style_table("folk", Key("C"), ("V/V", "Dm", "Fm"))
    assert table.names == ("I", "ii", "IV", "V", "vi", "bVII", "V/V", "Fm")
    with pytest.raises(ParameterError, match="style='rap' must be one of"):
        style_table("rap", Key("C"))


def test_chords_are_read_from_four_voices():
    tune = next(t for t in mai.load("chorales") if "BWV 422" in t.title)
    read = chords_at(tune, np.arange(0, 192, 24))
    names = style_table("chorale", tune.key).names
    heard = [names[n].removesuffix("7") if n >= 0 else "?" for n in read]
    assert heard == ["I", "I", "IV", "V", "ii", "I", "?", "V"]


def test_the_shipped_counts_of_chorales_are_those_of_the_tunes():
    train = [tune for tune in mai.load("chorales") if tune.split == "train"]
    new, (shipped, _) = count_chorales(train, "major"), read_counts("chorale", "major")
    assert new.names == shipped.names
    for field in ("start", "follow", "stay", "stay_chord"):
        assert np.allclose(getattr(new, field), getattr(shipped, field), atol=0.06)
    assert new.tunes == shipped.tunes > 150


def test_home_is_where_the_dances_are():
    """V goes home, a tune begins there, and the eighth bar changes less than the seventh."""
    major, _ = read_counts("folk", "major")
    names = {name: place for place, name in enumerate(major.names)}
    after_v = major.follow.sum(axis=0)[names["V"]]
    assert after_v.argmax() == names["I"]
    assert major.start.argmax() == names["I"]
    change = major.stay[:, 1] / major.stay.sum(axis=1)
    assert change[15] < min(change[0:14:2])
    root, scale = SUNG.index("root"), SUNG.index("scale")
    assert major.fits[2, root] > major.fits[2, scale]
    assert major.fits[0, scale] > major.fits[0, root]


def test_modes_without_counts_take_their_family():
    own, family = read_counts("folk", "lydian")
    assert own is family is read_counts("folk", "major")[0]
    own, family = read_counts("folk", "dorian")
    assert own is not family
    assert family is read_counts("folk", "minor")[0]


def test_counts_are_written_and_read(tmp_path, monkeypatch):
    counts = {
        "chorale": {"major": read_counts("chorale", "major")[0]},
        "folk": {"major": read_counts("folk", "major")[0]},
    }
    file = tmp_path / "counts.json"
    write_counts(counts, "a test", file)
    plain = json.loads(file.read_text(encoding="utf-8"))
    again = type(counts["folk"]["major"]).from_plain(plain["folk"]["major"])
    assert np.allclose(again.follow, counts["folk"]["major"].follow)
    assert again.stay_where.keys() == counts["folk"]["major"].stay_where.keys()
    assert json.loads(FILE.read_text(encoding="utf-8"))["about"].count("build_chord_counts.py")


def test_moves_are_chances():
    tune = mai.load("oneill").filter(genre="jig", mode="major")[0]
    chain, places, table = infer_chords(tune, *read_counts("folk", "major"))
    for move in chain.moves:
        assert np.allclose(np.exp(move).sum(axis=1), 1, atol=1e-6)
    assert len(chain) == len(places)
    assert chain.marginals().shape == (len(places), len(table))


def test_a_learned_round_finds_chords_that_fit():
    """Two rounds on forty tunes: likelier than before, and home where the tunes are."""
    train = [t for t in mai.load("chorales") if t.split == "train"]
    chorales = {mode: count_chorales(train[:60], mode) for mode in ("major", "minor")}
    dances = [t for t in mai.load("oneill").filter(genre="jig") if t.split == "train"][:40]
    counts = learn_dances(dances, chorales)
    assert counts["major"].tunes + counts["minor"].tunes == 40
    names = counts["major"].names
    usual = counts["major"].stay_chord.sum(axis=(0, 2))
    assert {names[place] for place in usual.argsort()[-2:]} == {"I", "V"}
    assert names[counts["major"].start.argmax()] == "I"
    assert set(counts["major"].stay_where) >= {"jig", "6/8"}


def test_what_is_sung_over_a_chord():
    table = style_table("folk", Key("G"))
    classes = sung_as(table)
    heard = {pitch: SUNG[classes[0, pitch]] for pitch in range(12)}
    assert [heard[p] for p in (7, 11, 2, 9, 8)] == ["root", "third", "fifth", "scale", "outside"]
    score = Score.of_melody(Melody.from_events([(71, 48), (74, 48)]), key=Key("G"))
    weights = melody_weights(melody_places(score), table, read_counts("folk", "major")[0].fits)
    assert table.names[weights.sum(axis=0).argmax()] == "I"


def test_counted_moves_know_the_place():
    table = style_table("chorale", Key("C"))
    own = read_counts("chorale", "major")[0].among(home_names(table))
    score = Score.of_melody(Melody.from_events([(67, 24)] * 7 + [(72, 24)]))
    moves = counted_moves(melody_places(score, per="beat"), "chorale", own, own)
    tonic, dominant = table.names.index("I"), table.names.index("V")
    assert np.exp(moves[-1][dominant, tonic]) > np.exp(moves[0][dominant, tonic]) + 0.1


# The list of progressions


@pytest.mark.parametrize("style", ["pop", "jazz"])
@pytest.mark.parametrize("mode", MODES)
def test_progressions_are_chords_of_their_style(style, mode):
    key = Key.from_fifths(0, mode)
    names = style_table(style, key).names
    for progression in read_progressions(style, mode):
        assert set(progression.chords) <= set(names), progression
        assert all(parse_roman(chord, key) for chord in progression.chords)


def test_ii_v_i_is_counted():
    counts = progression_counts("jazz", "major")
    names = {name: place for place, name in enumerate(counts.names)}
    after = counts.follow[0][names["ii7"]]
    assert after.argmax() == names["V7"]
    assert counts.follow[0][names["V7"]].argmax() == names["Imaj7"]
    assert counts.follow[0][names["bII7"]].argmax() == names["Imaj7"]
