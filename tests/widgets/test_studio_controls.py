"""Controls ask for what they show: mood, band, rules, motif, and every field of a request."""

import datetime as dt

import numpy as np
import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.features.mood import MOODS
from melodyai_edu.widgets.mood_pad import MoodPad
from melodyai_edu.widgets.studio_controls import RequestControls
from melodyai_edu.widgets.studio_rules import RuleControls


@pytest.fixture
def controls():
    return RequestControls()


def test_the_pad_the_sliders_and_the_list_agree():
    pad = MoodPad()
    assert pad.value is None
    pad.cells[-1.0, 1.0].click()
    assert pad.value == (-1.0, 1.0)
    assert "angry" in pad.said.value
    pad.names.value = "calm"
    assert (pad.valence.value, pad.arousal.value) == MOODS["calm"]
    pad.arousal.value = -0.9
    assert pad.value == (0.6, -0.9)
    pad.names.value = "as the genre has it"
    assert pad.value is None


@pytest.mark.parametrize("name", MOODS)
def test_every_mood_has_its_cell(name):
    pad = MoodPad()
    (cell,) = [cell for cell in pad.cells.values() if cell.tooltip.endswith(f": {name}")]
    cell.click()
    assert pad.value == name
    assert cell.description == name
    assert "mai-chosen" in cell._dom_classes


def test_letters_stand_out_on_every_cell():
    """Black on each colour of the pad: at least 7 to 1 (WCAG 2.1, level AAA)."""
    for cell in MoodPad().cells.values():
        colour = cell.style.button_color
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        assert (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / 0.05 >= 7


def test_every_field_comes_back(controls):
    fields = {
        "genre": "reel", "mood": (0.2, -0.5), "key": "E dorian", "meter": "4/4", "bars": 12,
        "tempo": 132.5, "form": "AB", "temperature": 1.2, "guidance": 2.0, "seed": 9,
        "model": "melody-tiny-transformer", "arrangement": "reel", "harmony": "pop",
        "instruments": ["flute", "accordion", "acoustic bass"], "humanise": False,
        "rules": ["max_leap=7", "in_key", "fixed=1.1: E4 1/4"], "intro": 2, "corpus": None,
    }  # fmt: skip
    controls.set(**fields)
    asked = mai.CompositionRequest.from_dict(controls.fields)
    assert asked.fields | {"rules": set(asked.rules)} == mai.CompositionRequest(**fields).fields | {
        "rules": set(fields["rules"])
    }


def test_nothing_set_is_nothing_asked(controls):
    assert controls.fields == {"genre": "jig", "bars": 16, "seed": 1}


def test_parts_of_an_arrangement_are_replaced_one_by_one(controls):
    controls.band.arrangement.value = "waltz"
    assert "instruments" not in controls.fields
    controls.band.players["accompaniment"].value = "harpsichord"
    assert controls.fields["instruments"] == ["violin", "harpsichord", "acoustic bass"]
    controls.band.players["bass"].value = "nobody"
    controls.band.players["counter_melody"].value = "cello"
    assert controls.fields["instruments"] == ["violin", "cello", "harpsichord"]
    controls.band.arrangement.value = "melody alone"
    controls.band.players["drums"].value = "drums"
    assert controls.fields["instruments"][0] == "acoustic grand piano"


def test_an_ngram_has_no_guidance(controls):
    controls.named["guidance"].value = 3.0
    controls.named["model"].value = "ngram"
    assert controls.named["guidance"].disabled
    assert "guidance" not in controls.fields


def test_rules_have_sentences_and_values():
    rules = RuleControls()
    assert rules.asked == []
    rules.values["max_leap"].value = "5"
    assert rules.asked == ["max_leap=5"]
    rules.boxes["in_key"].value = True
    assert set(rules.asked) == {"in_key", "max_leap=5"}
    assert "max_leap=5" in rules.said.value
    rules.boxes["max_leap"].value = False
    assert rules.asked == ["in_key"]


def first_pitches(piece, count):
    return [note.pitch for note in piece.lead.parts[0].notes[:count]]


def test_a_motif_typed_begins_the_piece(controls):
    controls.motif.abc.value = "M:6/8\nL:1/8\nK:D\nFAd fed | e3 d3 |"
    controls.motif.use_button.click()
    assert "8 notes in D major, 6/8" in controls.motif.said.value
    assert controls.named["tonic"].value == "D"
    controls.named["bars"].value = 8
    piece = mai.compose(**controls.fields, model="ngram")
    assert [pitch % 12 for pitch in first_pitches(piece, 8)] == [6, 9, 2, 6, 4, 2, 4, 2]
    assert piece.score.bar_count == 8
    controls.motif.drop_button.click()
    assert "rules" not in controls.fields


def test_a_motif_moves_with_the_key(controls):
    controls.motif.abc.value = "CEG c"
    controls.motif.use_button.click()
    controls.named["tonic"].value = "D"
    controls.named["bars"].value = 8
    piece = mai.compose(**controls.fields, model="ngram")
    assert [pitch % 12 for pitch in first_pitches(piece, 4)] == [2, 6, 9, 2]


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".mxl", ".abc"])
def test_a_motif_uploaded(controls, tmp_path, suffix):
    score = mai.Score.of_melody(mai.Melody.from_events([(62, 24), (66, 24), (69, 48)]))
    mai.write(score, tmp_path / f"m{suffix}")
    data = (tmp_path / f"m{suffix}").read_bytes()
    upload = controls.motif.upload
    if isinstance(upload.value, dict):  # ipywidgets 7
        upload.value = {f"m{suffix}": {"metadata": {}, "content": data}}
    else:
        when = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
        upload.value = [
            {"name": f"m{suffix}", "type": "", "size": len(data), "content": memoryview(data),
             "last_modified": when}
        ]  # fmt: skip
    assert "3 notes" in controls.motif.said.value


def test_uploads_of_both_versions():
    from melodyai_edu.widgets.studio_motif import _uploaded

    seven = {"a.abc": {"metadata": {}, "content": b"1"}}
    eight = ({"name": "a.abc", "content": memoryview(b"1")},)
    assert list(_uploaded(seven)) == list(_uploaded(eight)) == [("a.abc", b"1")]


def test_a_hummed_motif(controls, tmp_path):
    sr, y = 16_000, []
    for hertz in (262, 330, 392):
        t = np.arange(sr // 2) / sr
        y += [np.sin(2 * np.pi * hertz * t) * np.minimum(1, 20 * (0.5 - t)), np.zeros(sr // 20)]
    import soundfile

    soundfile.write(tmp_path / "hum.wav", np.concatenate(y), sr)
    controls.motif.read("hum.wav", (tmp_path / "hum.wav").read_bytes())
    assert "3 notes" in controls.motif.said.value


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("evil<b>.mid", b"MThd no midi at all", r"^evil_b_\.mid: "),
        ("../../etc/passwd", b"root", r"^passwd: its name must end in one of"),
        ("a.musicxml", b"<score", r"^a\.musicxml: "),
        ("a.abc", b"X:1\nK:C\nz4 |", r"^a\.abc: there is no note in it"),
        ("a.wav", b"RIFF", r"^a\.wav: "),
    ],
)
def test_a_bad_upload_is_one_sentence_without_our_folders(controls, name, data, said):
    with pytest.raises(mai.InputError, match=said) as caught:
        controls.motif.read(name, data)
    assert "motif_" not in str(caught.value)


def test_a_motif_as_long_as_the_piece_is_refused(controls):
    controls.motif.abc.value = "CEGc|" * 8
    controls.motif.use_button.click()
    controls.named["bars"].value = 4
    with pytest.raises(ParameterError, match="bars=4 must be more than the motif's"):
        _ = controls.fields
