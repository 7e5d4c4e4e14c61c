import re
from pathlib import Path

import pytest

import melodyai_edu as mai
from melodyai_edu.composition import pattern_library
from melodyai_edu.composition.pattern_file import parse_pattern, read_pattern
from melodyai_edu.errors import InputError
from melodyai_edu.score import Meter

FOLDER = Path(pattern_library.__file__).with_name("patterns")
FILES = sorted(FOLDER.glob("*.toml"))
GOOD = """
about = "Two lines."
genres = ["tango"]
swing = 1.5
feel = "driving"
[instruments]
melody = "violin"
bass = "acoustic bass"
drums = "none"
[[groove]]
meters = ["4/4", "2/2"]
unit = "1/8"
[groove.bass]
main = ['''
1 5      bass      2    90   # a comment
8        approach  1    70
''']
[groove.drums]
main = ["1 2+2/3 4.5  bass drum 1  0.5  80"]
intro = []
"""


def test_a_pattern_is_what_its_file_says():
    pattern = parse_pattern(GOOD.encode(), "tango")
    assert (pattern.name, pattern.swing, pattern.feel) == ("tango", 1.5, "driving")
    assert pattern.instrument("melody") == "violin"
    assert pattern.instrument("drums") == ""
    groove = pattern.groove(Meter(2, 2))
    events = [tuple(event) for event in groove.bar("bass", "main", 0)]
    assert events == [(0, 24, "bass", 90), (48, 24, "bass", 90), (84, 12, "approach", 70)]
    assert [event.position for event in groove.bar("drums", "main", 7)] == [0, 20, 42]
    assert groove.bar("drums", "intro", 0) == ()
    assert groove.bar("accompaniment", "main", 0) == ()
    assert pattern.groove(Meter(3, 4)) is None


def test_a_missing_texture_is_made_of_what_is_there():
    groove = parse_pattern(GOOD.encode(), "tango").groove(Meter(4, 4))
    assert groove.bar("bass", "fill", 0) == groove.bar("bass", "main", 0)
    assert [event.position for event in groove.bar("bass", "sparse", 0)] == [0, 48]
    assert [tuple(event)[:3] for event in groove.bar("bass", "ending", 0)] == [(0, 96, "bass")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_pattern_of_the_package_is_whole(file):
    pattern = read_pattern(file)
    assert pattern.about.endswith(".")
    assert pattern.genres
    assert pattern.name in pattern.genres
    assert pattern.instrument("melody")
    assert pattern.instrument("accompaniment")
    assert pattern.instrument("bass")
    assert len(pattern.meters) == len(set(pattern.meters))
    for groove in pattern.grooves:
        assert {"bass", "accompaniment"} <= set(groove.bars)
        bars = [
            (role, number, bar)
            for role in groove.bars
            for bars in groove.textures(role).values()
            for number, bar in enumerate(bars)
        ]
        for role, _, bar in bars:
            assert bar
            if role != "drums":
                assert len({(event.position, event.what) for event in bar}) == len(bar)


def test_the_idioms_that_were_promised_are_there():
    idioms = (
        "jig reel hornpipe slip_jig strathspey waltz march air chorale pop_ballad rock lo-fi "
        "jazz_swing bossa_nova edm"
    )
    assert set(idioms.split()) <= {file.stem for file in FILES}


def test_every_genre_of_the_corpora_has_a_pattern_of_its_own():
    for corpus in ("oneill", "ryan", "airds", "chorales"):
        for genre, count in mai.load(corpus).genres.items():
            if count >= 15:
                assert genre in pattern_library.choose_pattern(genre).genres


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("swing = 1.5", "swing = 9", "swing must be a ratio from 1"),
        ("swing = 1.5", "swng = 1.5", "'swng' must be one of: .*did you mean 'swing'"),
        ("swing = 1.5", "swing = '1'", "swing must be a number"),
        ("swing = 1.5", "voices = 9", "voices must be 2, 3 or 4"),
        ("swing = 1.5", "voices = true", "voices must be a whole number"),
        ("swing = 1.5", "tempo = [90]", r"tempo must be \[low, high\]"),
        ("swing = 1.5", "swing = nan", "swing must be a ratio"),
        ('feel = "driving"', 'feel = "hot"', "feel must be one of: laid back, even, driving"),
        ('"violin"', '"violn"', "instruments.melody: .*did you mean: violin"),
        ('"violin"', '"drums"', "must be 'drums' for the role drums"),
        ('meters = ["4/4", "2/2"]', 'meters = "4/4"', "groove 1, meters must be a list"),
        ('meters = ["4/4", "2/2"]', 'meters = ["4/4", "3/4"]', "must have bars of one length"),
        ('meters = ["4/4", "2/2"]', 'meters = ["4/5"]', "groove 1: meter=4/5 must have"),
        ('unit = "1/8"', 'unit = "1/7"', "groove 1, unit='1/7' must be a note value"),
        ("[[groove]]", "[groove]", "groove must be a list"),
        ("main = ['''", "mian = ['''", "groove 1, bass: 'mian' must be one of"),
        ("8        approach", "5        approach", "approach at place 5 must be on a weak beat"),
        ("8        approach", "8        aproach", "line 2: 'aproach' .*did you mean 'approach'"),
        ("8        approach", "9        approach", "place 9 must lie in the bar, 1 to 8"),
        ("8        approach", "0        approach", "place 0 must lie in the bar, 1 to 8"),
        ("8        approach", "7.33     approach", "must fall on the grid"),
        ("8        approach", "7+1/0    approach", "must not divide by 0"),
        ("8        approach", "eight    approach", "must be places, what sounds, its length"),
        ("2    90", "2    128", "velocity=128 must be from 1 to 127"),
        ("2    90", "2    loud", "must be places, what sounds"),
        ("2    90", "9    90", "length 9 must be above 0, at most a bar"),
        ("bass drum 1", "bas drum 1", "drums.main, bar 1, line 1: .*did you mean: bass drum 1"),
        ("intro = []", "intro = [3]", "drums.intro, bar 1 must be text"),
        ("intro = []", "intro = 3", "drums.intro must be a list"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old, new, message, tmp_path):
    assert old in GOOD
    file = tmp_path / "tango.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=f"tango.toml: .*{message}"):
        read_pattern(file)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "byte 0 is no UTF-8"),
        (b"not toml at all", "must be TOML"),
        (b"a = " + b"[" * 3_000, "must be TOML"),
        (b"a = " + b"[\n" * 30_000, "must be TOML"),
        (b"a" + b".a" * 30_000 + b" = 1", "60,005 bytes in one line: the limit is 4,000"),
        (b"#" * 64_001, "the limit is 64,000"),
        (b"about = 'x'", "groove must be there"),
    ],
)
def test_a_file_that_is_no_pattern_is_refused(data, message, tmp_path):
    (tmp_path / "bad.toml").write_bytes(data)
    with pytest.raises(InputError, match=f"bad.toml: .*{message}"):
        read_pattern(tmp_path / "bad.toml")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_pattern(tmp_path / "none.toml")
    with pytest.raises(InputError, match="it is a folder"):
        read_pattern(tmp_path)


def test_the_page_about_patterns_explains_every_word():
    from melodyai_edu.composition.pattern import TEXTURES
    from melodyai_edu.composition.pattern_events import MEMBERS, VOICES

    page = (Path(__file__).parents[2] / "docs" / "patterns.md").read_text(encoding="utf-8")
    words = {*MEMBERS, *VOICES, *TEXTURES} - {"v2", "v3"}  # "`v1` to `v4`"
    words |= {"swing_pair", "usual_in", "feel", "voices", "unit"}
    assert {word for word in words if f"`{word}`" not in page} == set()
    for example in re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL):
        assert parse_pattern(example.encode(), "example").grooves
