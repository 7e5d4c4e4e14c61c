"""What was asked for, from Python and from the command line."""

from __future__ import annotations

from itertools import pairwise

import pytest

from melodyai_edu.cli import main
from melodyai_edu.composition import CompositionRequest, compose
from melodyai_edu.constraints import Rule, rules
from melodyai_edu.errors import ParameterError
from melodyai_edu.io import read

MELODY = [
    fact.example
    for fact in rules()
    if fact.layer not in ("harmony", "chords") and fact.name not in ("locked",)
]


@pytest.mark.parametrize("text", MELODY)
def test_every_rule_s_example_composes(text):
    piece = compose(genre="reel", bars=16, rules=[text], seed=1)
    assert piece.score.bar_count - bool(piece.score.pickup) == 16
    assert piece.facts["rules kept"]


def test_a_request_with_rules_travels_as_json():
    request = CompositionRequest(genre="jig", form="AABB", rules=["max_leap = 9"], seed=3)
    again = CompositionRequest.from_json(request.to_json())
    assert again == request
    assert again.rules == ("max_leap=9",)
    assert compose(again).score == compose(request).score


class NoRepeatedNotes(Rule):
    """No note sounds twice in a row."""

    name = "no_repeated_notes"

    def follows(self, previous, pitch, slot):
        return previous != pitch


def test_a_rule_of_one_s_own_composes_but_does_not_travel():
    piece = compose(genre="jig", bars=8, rules=[NoRepeatedNotes()], seed=3)
    pitches = piece.score.parts[0].melody().pitches.tolist()
    assert all(a != b for a, b in pairwise(pitches))
    with pytest.raises(ParameterError, match="'no_repeated_notes' is one of your own"):
        piece.request.to_json()


def test_the_style_yields_to_rules_and_never_the_other_way_round():
    piece = compose(genre="jig", bars=8, rules=["rhythm=all: 3/8 3/8", "last_degree=5"], seed=1)
    notes = piece.score.parts[0].notes
    assert {note.duration for note in notes} == {36}
    assert piece.score.key.scale.degree(notes[-1].pitch) == 5


def test_conflicts_name_rules_key_and_way_out():
    asked = ["in_key", "range=C4-D4", "first_degree=3"]
    with pytest.raises(ParameterError, match=r"'range=C4-D4', 'first_degree=3' cannot be kept"):
        compose(genre="jig", key="D major", rules=asked)


def test_rules_that_leave_nothing_uncopied_are_named():
    eighths = "rhythm=all: 1/8 1/8 1/8 1/8 1/8 1/8"
    asked = ["max_leap=9", "no_copy=3", "range=D4-D4", "end_on_tonic", eighths]
    with pytest.raises(
        ParameterError, match=r"'no_copy=3', 'range=D4-D4', 'rhythm=all: [^']*' can"
    ):
        compose(genre="jig", bars=8, key="D major", rules=asked)


def test_a_style_yields_to_a_rule_against_copying():
    """All its tunes begin on the beat in eighths: where that is known, something else comes."""
    piece = compose(genre="jig", bars=8, rules=["no_copy=3", "range=D4-E4"], seed=2, model="ngram")
    assert piece.copying.longest_run <= 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"form": "AABBC"}, "bars=16 must be a multiple of 5"),
        ({"rules": "in_key"}, "must be a list"),
        ({"rules": 5}, "rules=5 must be a list such as"),
        ({"rules": ["cadence=20 full"]}, "names bar 20"),
        ({"form": 3}, "form=3 must be text"),
    ],
)
def test_impossible_wishes(fields, message):
    with pytest.raises(ParameterError, match=message):
        compose(genre="jig", bars=16, **fields)


def test_the_command_line_composes_and_regenerates(tmp_path, capsys):
    out = str(tmp_path / "piece.musicxml")
    asked = ["--genre", "jig", "--bars", "8", "--rule", "in_key", "--rule", "max_leap=7"]
    assert main(["compose", *asked, "--form", "AB", "--regenerate", "3-4", "--out", out]) == 0
    assert "rules kept: in_key, max_leap=7, form=AB" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["mid", "musicxml"])
def test_the_command_line_composes_bars_of_a_file_anew(suffix, tmp_path, capsys):
    tune, out = str(tmp_path / f"tune.{suffix}"), str(tmp_path / "new.musicxml")
    asked = ["--genre", "jig", "--bars", "8", "--rule", "pickup=1/8", "--model", "ngram"]
    assert main(["compose", *asked, "--seed", "4", "--out", tune]) == 0
    again = ["compose", "--genre", "jig", "--model", "ngram", "--of", tune, "--out", out]
    old = read(tune)
    for how, span in ((["--regenerate", "5-6"], (5, 6)), (["--rule", "locked=0-4,7-8"], (5, 6))):
        assert main([*again, *how]) == 0
        assert "rules kept: locked=0-4,7-8" in capsys.readouterr().out
        new = read(out)
        bar, pickup = old.meter.bar_duration, old.pickup
        outside = [
            {
                (note.onset, note.duration, note.pitch)
                for note in score.parts[0].notes
                if not span[0] - 1 <= (note.onset - pickup) // bar < span[1]
            }
            for score in (old, new)
        ]
        assert new.pickup == 12
        assert outside[0] == outside[1]
        assert new.parts[0].notes != old.parts[0].notes


def test_a_file_to_keep_bars_of_needs_to_know_which(tmp_path, capsys):
    tune = str(tmp_path / "tune.musicxml")
    main(["compose", "--genre", "jig", "--bars", "4", "--model", "ngram", "--out", tune])
    for more, message in (
        ([], "needs --regenerate 5-8 or --rule locked=1-4"),
        (["--regenerate", "3-5"], "the file has 4 bars"),
        (["--rule", "locked=1-5"], "locked=1-5: the piece has 4 bars"),
    ):
        assert main(["compose", "--of", tune, *more, "--out", str(tmp_path / "new.mid")]) == 2
        assert message in capsys.readouterr().err


def test_the_command_line_harmonises(tmp_path, capsys):
    tune, out = str(tmp_path / "tune.musicxml"), str(tmp_path / "voices.musicxml")
    assert main(["compose", "--genre", "air", "--bars", "4", "--out", tune]) == 0
    assert main(["harmonise", tune, "--rule", "no_parallels", "--out", out]) == 0
    assert "rules kept: no_parallels" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", "leap=3"], "must be one of: bars_filled"),
        (["--rule", "locked=1-2"], "--regenerate"),
        (["--regenerate", "5-99"], "from 1 to 16"),
        (["--regenerate", "1,5"], "bars in a row"),
    ],
)
def test_mistakes_are_one_line_and_status_2(arguments, message, capsys, tmp_path):
    out = str(tmp_path / "piece.mid")
    assert main(["compose", "--genre", "jig", *arguments, "--out", out]) == 2
    assert message in capsys.readouterr().err


def test_rules_are_listed_with_sentence_and_example(capsys):
    assert main(["rules"]) == 0
    text = capsys.readouterr().out
    for fact in rules():
        assert fact.example in text
        assert fact.sentence in text
