"""Candidates: the one that the taste likes most, always the same one, and the rules hold."""

from __future__ import annotations

import numpy as np
import pytest

from melodyai_edu.cli import main
from melodyai_edu.composition import CompositionRequest, compose, rebuild
from melodyai_edu.composition.taste import MAX_CANDIDATES, draws_of
from melodyai_edu.constraints.asking import faults_of_locked_bars
from melodyai_edu.constraints.structure import Locked
from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.corpus import load
from melodyai_edu.models.described import FEATURES, describe
from melodyai_edu.models.preference import PreferenceModel
from melodyai_edu.models.tastes import tastes_folder
from melodyai_edu.tokens import encode

RANGE = FEATURES.index("pitch_range")
ASKED = {"genre": "jig", "bars": 4, "model": "ngram", "seed": 3, "rules": ["in_key", "max_leap=9"]}


@pytest.fixture
def taste(tmp_path, monkeypatch):
    """Somebody likes wide ranges."""
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    tunes = [encode(tune) for tune in load("oneill")[:60]]
    two = zip(tunes[::2], tunes[1::2], strict=True)
    pairs = [pair if np.diff(describe(pair)[:, RANGE])[0] < 0 else pair[::-1] for pair in two]
    model = PreferenceModel.fit(pairs)
    model.save(tastes_folder() / "wide.json")
    return model


def test_the_best_candidate_is_taken(taste):
    plain = compose(**ASKED)
    best = compose(**ASKED, taste="wide", candidates=8)
    assert taste.score(best.encoding) > taste.score(plain.encoding)
    drawn = [taste.score(compose(**ASKED, taste="wide", candidates=n).encoding) for n in (1, 4)]
    assert drawn[0] == taste.score(plain.encoding)
    assert drawn[0] <= drawn[1] <= taste.score(best.encoding)


def test_the_same_request_gives_the_same_piece(taste):
    best = compose(**ASKED, taste="wide", candidates=4)
    assert compose(**ASKED, taste="wide", candidates=4).score == best.score
    assert best.request.taste == f"wide {taste.sha256[:12]}"
    assert compose(best.request).score == best.score
    assert CompositionRequest.from_json(best.request.to_json()) == best.request
    assert rebuild(best.provenance).score == best.score
    edited = best.transpose(2)
    assert rebuild(edited.provenance).score == edited.score


def test_rules_hold_for_whichever_is_taken(taste):
    for seed in range(4):
        piece = compose(**{**ASKED, "seed": seed}, taste="wide", candidates=6)
        bars = Locked("1-4").of(piece.lead)
        rules = (*piece.request.all_rules, bars)
        assert not list(faults_of_locked_bars(rules, piece.automaton.grid.setting))
        assert piece.score.bar_count - bool(piece.score.pickup) == 4


def test_a_taste_alone_changes_no_note(taste):
    assert compose(**ASKED, taste="wide").score == compose(**ASKED).score


def test_candidates_share_plan_and_chords(taste):
    band = {**ASKED, "bars": 8, "instruments": ["flute", "acoustic guitar"]}
    plain, best = compose(**band), compose(**band, taste="wide", candidates=3)
    assert best.plan == plain.plan
    assert best.lead.chords == plain.lead.chords


def test_another_taste_of_that_name_is_noticed(taste):
    best = compose(**ASKED, taste="wide", candidates=2)
    tunes = [encode(tune) for tune in load("oneill")[:4]]
    PreferenceModel.fit([(tunes[0], tunes[1])]).save(tastes_folder() / "wide.json")
    with pytest.raises(ParameterError, match="it must have that checksum"):
        compose(best.request)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"taste": "wid"}, "taste='wid' must be a .json file .*perhaps 'wide'"),
        ({"taste": 3}, "taste=3 must be text"),
        ({"taste": "wide", "candidates": 0}, "candidates=0 must be an integer from 1 to 32"),
        ({"taste": "wide", "candidates": 33}, "candidates=33 must be an integer from 1 to 32"),
        ({"candidates": 2}, "candidates=2 needs a taste"),
    ],
)
def test_what_cannot_be_had(taste, fields, message):
    with pytest.raises(ParameterError, match=message):
        CompositionRequest(**fields)


def test_a_damaged_taste_is_refused(taste):
    (tastes_folder() / "bad.json").write_text("{}")
    with pytest.raises(InputError, match=r"bad\.json: is no saved taste"):
        CompositionRequest(taste="bad")


def test_the_schema_knows_them():
    known = CompositionRequest.json_schema()["properties"]
    assert known["candidates"]["maximum"] == MAX_CANDIDATES
    assert known["candidates"]["default"] == 1
    assert known["taste"]["default"] is None
    assert len(set(draws_of(MAX_CANDIDATES))) == MAX_CANDIDATES


def test_the_command_line(taste, tmp_path, capsys):
    out = str(tmp_path / "piece.mid")
    command = ["compose", "--bars", "4", "--model", "ngram", "--out", out]
    assert main([*command, "--taste", "wide", "--candidates", "3"]) == 0
    assert main([*command, "--taste", "nobody"]) == 2
    assert "taste='nobody' must be" in capsys.readouterr().err
