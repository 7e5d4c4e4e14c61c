"""A folder of the learner's own files becomes a corpus, whatever is among them."""

import pytest

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io import write
from melodyai_edu.io.corpus import list_corpora, load
from melodyai_edu.io.corpus_add import add
from melodyai_edu.score import Key, Melody, Meter, Note, Part, Score

TUNE = "X:1\nT:Mine\nR:jig\nM:6/8\nL:1/8\nK:G\nGAB d2B|AGA BGE|GAB d2B|AGF G3|\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "home"))
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


def test_one_bad_file_never_stops_it(home):
    (home / "a.abc").write_text(TUNE + "\nX:2\nT:Second\nK:D\nDEFG|A4|\n\nX:3\nT:Bad\nK:C\n[CE|\n")
    (home / "broken.mid").write_bytes(b"MThd")
    (home / "picture.xml").write_bytes(b"\x89PNG\r\n")
    (home / "notes.txt").write_text("no music")
    report = add("mine", home, progress=False)
    assert (report.tunes, report.files) == (2, 3)
    assert {one.source for one in report.refused} == {"a.abc X:3", "broken.mid", "picture.xml"}
    assert "a.abc X:2: meter estimated: " in str(report)
    corpus = load("mine")
    assert [tune.title for tune in corpus] == ["Mine", "Second"]
    assert corpus[0].genre == "jig"
    assert "mine" in list_corpora()
    assert "broken.mid" in corpus.card


def test_melody_key_and_meter_of_a_midi_file(home):
    """Accompanied and without signatures: found, estimated, and said."""
    waltz = [(67, 48), (71, 24), (74, 48), (72, 24), (71, 48), (69, 24), (67, 72)] * 4
    tune = Melody.from_events(waltz)
    low = tuple(
        Note(onset, 24, pitch) for onset in range(0, tune.duration, 72) for pitch in (43, 50)
    )
    write(
        Score((Part(low, name="Strings"), Part(tune.notes, name="Flute", program=73))),
        home / "w.mid",
    )
    data = (home / "w.mid").read_bytes()
    for signature in (b"\x00\xff\x58\x04", b"\x00\xff\x59\x02"):
        place = data.index(signature)
        # A text event stands in its place, so that no length changes.
        data = data[: place + 2] + b"\x01" + data[place + 3 :]
    (home / "w.mid").write_bytes(data)
    report = add("mine", home, progress=False)
    found = load("mine")[0]
    assert found.melody.pitches.tolist() == tune.pitches.tolist()
    assert (found.key, found.meter) == (Key("G"), Meter(3, 4))
    for remark in ("key estimated: G major", "meter estimated: 3/4", "melody found among 2 parts"):
        assert remark in str(report)


def test_quantising_loss_is_reported(home):
    import mido

    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    for pitch, wait in ((60, 0), (62, 7), (64, 3), (65, 11)):
        track.append(mido.Message("note_on", note=pitch, time=wait))
        track.append(mido.Message("note_off", note=pitch, time=237))
    file.tracks.append(track)
    file.save(home / "live.mid")
    report = add("mine", home, progress=False)
    assert "notes moved onto the grid, by 0.0" in str(report)


def test_a_known_tune_stays_on_its_side(home):
    tunes = [tune for tune in load("ryan") if tune.split == "test"][:5]
    for number, tune in enumerate(tunes):
        write(tune.score, home / f"{number}.mid")
    add("mine", home, progress=False)
    assert {tune.split for tune in load("mine")} == {"test"}


def test_too_short(home):
    (home / "a.abc").write_text("X:1\nK:C\nC4|\n")
    with pytest.raises(InputError, match=r"none of the 1 files .* its melody has 1 notes, 3 are"):
        add("mine", home, progress=False)


def test_names_and_folders(home, tmp_path):
    with pytest.raises(ParameterError, match=r"name='oneill' is taken .* my_oneill"):
        add("oneill", home)
    for name in ("", "../x", "Mine", "a" * 41, "1a", "a b"):
        with pytest.raises(ParameterError, match="must be small letters"):
            add(name, home)
    with pytest.raises(InputError, match="is no folder"):
        add("mine", tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no music file; we read \.mid"):
        add("mine", home)
