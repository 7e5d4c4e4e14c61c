from __future__ import annotations

import io
import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from melodyai_edu.composition import compose
from melodyai_edu.composition.composition import SUFFIXES
from melodyai_edu.errors import OutputError, ParameterError
from melodyai_edu.io import read

MAGIC = {
    ".mid": b"MThd",
    ".midi": b"MThd",
    ".musicxml": b"<?xml",
    ".xml": b"<?xml",
    ".mxl": b"PK",
    ".abc": b"",
    ".wav": b"RIFF",
    ".mp3": b"",
    ".ogg": b"OggS",
    ".svg": b"<svg",
    ".png": b"\x89PNG",
}


@pytest.fixture(scope="module")
def piece():
    return compose(genre="jig", key="D major", bars=8, seed=7, model="ngram")


class Survivors(HTMLParser):
    """Keeps what an untrusted notebook keeps: no scripts, no frames, no SVG, no style sheets."""

    def __init__(self):
        super().__init__()
        self.depth, self.sources, self.text, self.alternatives = 0, [], "", []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "iframe", "svg", "style"):
            self.depth += 1
        elif not self.depth and tag in ("img", "audio"):
            self.sources.append((tag, values["src"]))
            self.alternatives.append(values.get("alt") or values.get("aria-label"))

    def handle_endtag(self, tag):
        if tag in ("script", "iframe", "svg", "style"):
            self.depth -= 1

    def handle_data(self, data):
        if not self.depth:
            self.text += data


def survivors(page):
    parser = Survivors()
    parser.feed(page)
    assert parser.depth == 0
    return parser


def test_facts_are_those_of_the_score(piece):
    facts = piece.facts
    assert facts["notes"] == len(piece.score.parts[0].notes)
    assert (facts["bars"], facts["key"], facts["meter"]) == (8, "D major", "6/8")
    assert facts["last note"][:-1] == "D"
    assert facts["tempo"] == piece.score.tempo
    assert re.fullmatch(r"[A-H]{4} [A-H]{4}", facts["form"])
    assert "n-gram" in facts["model"]


def test_every_piece_is_checked_for_copying_beside_human_tunes(piece):
    report = piece.copying
    assert 2 <= report.longest_run <= len(piece.score.parts[0].notes)
    assert 0 <= report.window_share <= 1
    assert report.human.genre == "jig"
    assert report.human.num_tunes >= 20
    assert report.lines()[0] in str(piece)


def test_the_bundle_shows_score_roll_player_and_facts(piece):
    bundle = piece._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    page = bundle["text/html"]
    assert page.count("<iframe") == 1
    assert "srcdoc=" in page
    for value in ("Jig in D major, no. 7", "D major", "Longest run copied"):
        assert value in page


def test_untrusted_the_picture_and_the_sound_still_show(piece):
    import soundfile
    from PIL import Image

    left = survivors(piece._repr_mimebundle_()["text/html"])
    pictures = [source for tag, source in left.sources if tag == "img"]
    (sound,) = [source for tag, source in left.sources if tag == "audio"]
    assert len(pictures) == 2  # the score and the roll
    for picture in pictures:
        head, _, data = picture.partition(",")
        assert head == "data:image/png;base64"
        with Image.open(io.BytesIO(b64decode(data))) as image:
            assert min(image.size) > 100
            assert len(image.convert("L").getcolors()) > 2  # something is drawn
    head, _, data = sound.partition(",")
    assert head == "data:audio/mpeg;base64"
    samples, sr = soundfile.read(io.BytesIO(b64decode(data)))
    assert len(samples) / sr == pytest.approx(piece.score.seconds, abs=4)
    assert abs(samples).max() > 0.05
    assert all(left.alternatives)
    assert "Longest run copied" in left.text


def test_text_from_outside_is_escaped(piece):
    from dataclasses import replace

    nasty = replace(piece, score=replace(piece.score, title="<script>alert(1)</script>"))
    page = nasty._repr_mimebundle_()["text/html"]
    assert "<script>alert(1)" not in re.sub(r"srcdoc='[^']*'", "", page)
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_piece_is_saved_by_its_suffix(piece, tmp_path, suffix):
    path = piece.save(tmp_path / f"piece{suffix}")
    data = path.read_bytes()
    assert path.suffix == suffix
    assert len(data) > 100
    assert data.startswith(MAGIC[suffix])


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".mxl", ".abc"])
def test_what_is_saved_is_read_back_with_the_same_notes(piece, tmp_path, suffix):
    back = read(piece.save(tmp_path / f"piece{suffix}"))
    ours, theirs = (
        [(note.onset, note.duration, note.pitch) for note in score.parts[0].notes]
        for score in (piece.score, back)
    )
    assert theirs == ours
    assert back.meter == piece.score.meter


@pytest.mark.parametrize(("view", "sign"), [("own", "Play"), ("magenta", "midi-player")])
def test_a_piece_has_players(piece, view, sign):
    page = piece.player(view)._repr_html_()
    assert page.count("<iframe") == 1
    assert sign in page


def test_an_unknown_player_is_refused(piece):
    with pytest.raises(ParameterError, match="view='winamp' must be one of: own, magenta"):
        piece.player("winamp")


def test_stems_are_as_long_as_the_piece_and_add_up(tmp_path):
    import numpy as np
    import soundfile

    band = compose(genre="jig", bars=4, arrangement="jig", model="ngram", seed=3)
    paths = band.save_stems(tmp_path / "stems")
    sounds = [soundfile.read(path)[0] for path in paths if path.suffix == ".wav"]
    assert len(sounds) == len(band.score.parts) == len(paths) / 2
    assert len({len(sound) for sound in sounds}) == 1
    assert np.abs(sum(sounds)).max() <= 1.0
    assert all(np.abs(sound).max() > 0.001 for sound in sounds)
    kept = sum(read(path).note_count for path in paths if path.suffix == ".mid")
    assert kept == band.score.note_count


def test_capitals_in_a_suffix_do_not_matter(piece, tmp_path):
    assert piece.save(str(tmp_path / "PIECE.MID")).read_bytes().startswith(b"MThd")


def test_an_unknown_suffix_is_refused(piece, tmp_path):
    with pytest.raises(OutputError, match=r"piece.doc' must end in one of: \.mid, .*\.png"):
        piece.save(tmp_path / "piece.doc")


def test_a_folder_that_is_not_there_is_refused(piece, tmp_path):
    with pytest.raises(OutputError, match="nowhere"):
        piece.save(tmp_path / "nowhere" / "piece.mid")
