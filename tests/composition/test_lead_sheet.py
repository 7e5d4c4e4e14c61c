"""Chord symbols to any melody: where it comes from, how it is shown, what is refused."""

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.cli import main
from melodyai_edu.composition.harmonise import harmonise
from melodyai_edu.composition.lead_sheet import LEAD_STYLES, LeadSheet
from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.score import Key, Melody, Meter, Score
from melodyai_edu.theory.chord_fit import chord_tone_share
from melodyai_edu.theory.harmony import parse_chord_symbol, parse_roman

LINE = Score.of_melody(
    Melody.from_events([(67, 24), (71, 24), (74, 48), (72, 48), (69, 48), (66, 96), (67, 96)]),
    key=Key("G"),
    title="A line",
)
every_style = pytest.mark.parametrize("style", LEAD_STYLES)


@every_style
def test_melody_chords_and_symbols(style):
    sheet = harmonise(LINE, style=style, seed=3)
    assert isinstance(sheet, LeadSheet)
    melody, chords = sheet.score.parts
    assert melody.notes == LINE.parts[0].notes
    assert (melody.name, chords.name) == ("Melody", "Chords")
    assert [(c.onset, c.text) for c in sheet.score.chords] == [
        (c.onset, c.symbol) for c in sheet.planned
    ]
    for onset, numeral in sheet.chords:
        classes = set(parse_roman(numeral, LINE.key).pitch_classes)
        assert {n.pitch % 12 for n in chords.notes if n.onset == onset} == classes


@every_style
def test_chords_sound_under_the_melody_and_move_little(style):
    for tune in mai.load("oneill").filter(genre="reel", split="test")[:4]:
        score = harmonise(tune, style=style, seed=1).score
        onsets = sorted({note.onset for note in score.parts[1].notes})
        chords = [[n.pitch for n in score.parts[1].notes if n.onset == o] for o in onsets]
        assert all(40 <= min(chord) < 52 for chord in chords)  # a bass
        assert all(53 <= pitch <= 75 for chord in chords for pitch in sorted(chord)[1:])
        tops = np.abs(np.diff([max(chord) for chord in chords]))
        assert tops.mean() < 3
        assert score.parts[1].duration == score.duration


def test_the_same_seed_gives_the_same_chords():
    first, same = (harmonise(LINE, style="jazz", seed=5) for _ in range(2))
    others = {harmonise(LINE, style="jazz", seed=seed).chord_text() for seed in range(6)}
    assert first.score == same.score
    assert len(others) > 1


def test_a_lower_temperature_is_nearer_to_the_usual():
    best = harmonise(LINE, style="folk").sheet.best()
    cold = {harmonise(LINE, style="folk", temperature=0.05, seed=s).planned for s in range(5)}
    hot = {harmonise(LINE, style="folk", temperature=4, seed=s).planned for s in range(5)}
    assert cold == {harmonise(LINE, style="folk").sheet.planned(best)}
    assert len(hot) > 1


@every_style
@pytest.mark.parametrize(
    ("key", "meter"),
    [
        ("A minor", "3/4"), ("D dorian", "6/8"), ("G mixolydian", "9/8"), ("Eb major", "5/8"),
        ("E phrygian", "2/2"), ("F lydian", "7/8"), ("B locrian", "12/8"), ("F# minor", "2/4"),
    ],
)  # fmt: skip
def test_every_key_and_meter(style, key, meter):
    key, meter = Key.parse(key), Meter.parse(meter)
    random = np.random.default_rng(1)
    pitches = [pitch for pitch in range(62, 80) if pitch in key.scale or random.random() < 0.1]
    events = [
        (None if random.random() < 0.1 else int(random.choice(pitches)), 12)
        for _ in range(6 * meter.bar_duration // 12)
    ]
    sheet = harmonise(Melody.from_events(events), style=style, key=key, meter=meter, seed=2)
    assert sheet.score.key == key
    assert sheet.chord_text().count("|") == 5


def test_what_can_be_harmonised(tmp_path):
    composed = mai.compose(genre="jig", bars=8, seed=1, model="ngram")
    tune = mai.load("airds").filter(genre="air")[3]
    file = tmp_path / "tune.musicxml"
    mai.write(tune.melody_score, file)
    read = mai.read(file)
    for melody in (composed, tune, read, tune.melody, tune.melody_score):
        assert harmonise(melody, style="folk").score.parts[0].notes
    assert harmonise(composed, style="folk").score.key == composed.score.key
    four = mai.load("chorales")[0]
    assert harmonise(four.score, style="pop").score.parts[0].notes == four.score.parts[0].notes


def test_pickups_and_rests():
    events = [(67, 24), (72, 72), (None, 120), (71, 48), (72, 24)]
    score = Score.of_melody(Melody.from_events(events), meter=Meter(4, 4), pickup=24)
    sheet = harmonise(score, style="folk", rules=["cadence=3 authentic"])
    assert sheet.chords[0][0] == 24  # a short pickup has no chord
    assert sheet.chord_text().count("|") == 2


@pytest.mark.parametrize(
    ("known", "match"),
    [
        ({"rules": ["no_parallels"]}, "speaks of four voices: it needs style='chorale'"),
        ({"rules": "fits_melody"}, "must be a list"),
        ({"temperature": 0}, "temperature=0 must be above 0"),
        ({"seed": -1}, "seed=-1 must be a whole number"),
        ({"chords": "X"}, "chord='X' must be a Roman numeral"),
    ],
)
def test_errors_say_what(known, match):
    with pytest.raises(ParameterError, match=match):
        harmonise(LINE, style="folk", **known)


def test_why_gives_chances_over_all_ways():
    sheet = harmonise(LINE, style="folk", seed=3)
    text = sheet.why(1, 3)
    assert text.startswith("bar 1 beat 3: ")
    assert "under D" in text
    chances = sheet.sheet.chances()
    assert all(np.isclose(sum(row.values()), 1) for row in chances)
    with pytest.raises(ParameterError, match=r"bar=9, beat=1 has no chord; there is one at bar 1"):
        sheet.why(9)


def test_chances_are_those_of_the_draws():
    sheet = harmonise(LINE, style="folk", rules=["cadence=4 authentic"]).sheet
    random, table = np.random.default_rng(0), sheet._stretches[0].machine.table
    drawn = [sheet.draw(random) for _ in range(600)]
    for place, row in enumerate(sheet.chances()):
        for name, chance in row.items():
            share = np.mean([path[place] == table.names.index(name) for path in drawn])
            assert abs(share - chance) < 5 * np.sqrt(max(chance * (1 - chance), 1e-3) / 600)


def test_it_shows_and_saves_itself(tmp_path):
    sheet = harmonise(LINE, style="jazz", seed=3)
    shown = sheet._repr_mimebundle_()
    assert "style: jazz" in shown["text/plain"]
    assert "<svg" in shown["text/html"] or "<img" in shown["text/html"]
    read = mai.read(sheet.save(tmp_path / "sheet.mid"))
    assert read.note_count == sheet.score.note_count
    assert mai.read(sheet.save(tmp_path / "sheet.musicxml")).note_count == sheet.score.note_count
    with pytest.raises(OutputError, match="must end in one of"):
        sheet.save(tmp_path / "sheet.doc")


def test_command_line(tmp_path, capsys):
    tune = tmp_path / "tune.abc"
    mai.write(LINE, tune)
    out = tmp_path / "out" / "sheet.musicxml"
    arguments = ["harmonise", str(tune), "--style", "folk", "--chords", "I | ii V | V | I"]
    assert main([*arguments, "--out", str(out)]) == 0
    assert "symbols: G | Am D | % | G" in capsys.readouterr().out
    assert out.exists()
    assert main(["harmonise", str(tune), "--style", "rap", "--out", str(out)]) == 2
    assert "style='rap' must be one of" in capsys.readouterr().err


def test_chord_tone_share():
    from melodyai_edu.score import ChordSymbol

    sheet = harmonise(LINE, style="folk", rules=["fits_melody"], seed=1)
    assert chord_tone_share(sheet.score) == 1
    far = tuple(ChordSymbol(chord.onset, "C#") for chord in sheet.score.chords)
    assert chord_tone_share(mai.Score(sheet.score.parts, chords=far)) < 0.5
    assert parse_chord_symbol("C#").root == 1
    with pytest.raises(ParameterError, match="harmonise it first"):
        chord_tone_share(LINE)
