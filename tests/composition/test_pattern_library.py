import pytest

from melodyai_edu.composition.generic_groove import generic_groove
from melodyai_edu.composition.pattern_library import (
    choose_pattern,
    find_pattern,
    groove_for,
    list_patterns,
)
from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.score import Meter
from melodyai_edu.theory.rhythm import metric_strength

MINE = """
about = "Mine."
genres = ["tango"]
[[groove]]
meters = ["4/4"]
[groove.accompaniment]
main = ["1 chord 4 60"]
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    (tmp_path / "patterns").mkdir()
    return tmp_path / "patterns"


def test_a_name_is_read_in_any_spelling():
    assert find_pattern("POP_Ballad") is find_pattern("pop ballad") is find_pattern("pop-ballad")


def test_an_unknown_name_is_answered_with_near_ones():
    with pytest.raises(ParameterError, match=r"pattern='bosa nova' .*did you mean: bossa nova"):
        find_pattern("bosa nova")


def test_a_teachers_own_file_joins_the_others(home):
    (home / "my_tango.toml").write_text(MINE, encoding="utf-8")
    assert "my tango" in list_patterns()
    assert find_pattern("my tango").about == find_pattern("tango").about == "Mine."
    assert choose_pattern("tango").name == "my tango"
    assert find_pattern(str(home / "my_tango.toml")).name == "my tango"


def test_a_teachers_own_file_has_the_first_word_and_is_read_again_when_it_changes(home):
    ours = find_pattern("jig")
    file = home / "jig.toml"
    file.write_text(MINE, encoding="utf-8")
    assert find_pattern("jig").about == "Mine."
    file.write_text(MINE.replace("Mine.", "Changed."), encoding="utf-8")
    import os

    os.utime(file, ns=(1, 1))
    assert find_pattern("jig").about == "Changed."
    file.unlink()
    assert find_pattern("jig") == ours


def test_a_broken_file_of_the_teacher_stops_nobody_else(home):
    (home / "broken.toml").write_text("?", encoding="utf-8")
    with pytest.warns(UserWarning, match="a pattern is left out: broken.toml"):
        assert choose_pattern("jig").name == "jig"
    with pytest.raises(InputError, match=r"broken\.toml: it must be TOML"):
        find_pattern("broken")


@pytest.mark.parametrize(
    ("meter", "name"),
    [("6/8", "jig"), ("9/8", "slip jig"), ("3/4", "waltz"), ("2/4", "march"), ("2/2", "reel"),
     ("4/4", "pop ballad"), ("7/8", "air")],
)  # fmt: skip
def test_without_a_genre_the_meter_decides(meter, name):
    assert choose_pattern(meter=Meter.parse(meter)).name == name


def test_a_pattern_without_the_meter_gets_a_groove_from_its_strong_places():
    jazz = find_pattern("jazz swing")
    assert groove_for(jazz, Meter(7, 8)) == generic_groove(Meter(7, 8))
    assert groove_for(jazz, Meter(4, 4)) is jazz.groove(Meter(4, 4))


@pytest.mark.parametrize("text", ["5/8", "7/8", "2+2+3+2/8", "5/4", "1/4", "11/8", "64/32", "3/1"])
def test_a_groove_for_any_meter_is_stronger_where_the_bar_is(text):
    meter = Meter.parse(text)
    groove, levels = generic_groove(meter), metric_strength(meter)
    for role in ("bass", "accompaniment", "drums"):
        bar = groove.bar(role, "main", 0)
        assert bar
        assert all(0 <= e.position < meter.bar_duration and 1 <= e.velocity <= 127 for e in bar)
    bass = groove.bar("bass", "main", 0)
    assert [event.position for event in bass] == list(meter.beat_onsets)
    assert max(bass, key=lambda event: event.velocity).position == int(levels.argmax()) == 0
