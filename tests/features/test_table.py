from __future__ import annotations

import json

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.features import table as table_module
from melodyai_edu.features.columns import SHARED, SYMBOLIC
from melodyai_edu.features.kept import KeptRows
from melodyai_edu.features.table import symbolic_table
from melodyai_edu.io.corpus import load
from melodyai_edu.score import Melody, Score


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path))
    return tmp_path


def count_calls(monkeypatch):
    calls = []
    real = table_module.symbolic_features

    def counted(score):
        calls.append(score)
        return real(score)

    monkeypatch.setattr(table_module, "symbolic_features", counted)
    return calls


def test_a_row_for_each_tune_in_order():
    tunes = load("oneill")[:6]
    table = symbolic_table(tunes, progress=False)
    assert table["name"].tolist() == [tune.name for tune in tunes]
    assert list(table.columns[:6]) == ["name", "title", "genre", "meter", "key", "split"]
    assert set(table.columns[6:]) == {*SHARED, *SYMBOLIC}


def test_what_was_measured_is_not_measured_again(monkeypatch):
    calls = count_calls(monkeypatch)
    tunes = load("oneill")[:5]
    first = symbolic_table(tunes, progress=False)
    assert len(calls) == 5
    again = symbolic_table(load("oneill")[:7], progress=False)
    assert len(calls) == 7
    assert again[:5].equals(first)


def test_another_content_is_another_row(monkeypatch):
    calls = count_calls(monkeypatch)
    melody = Melody.from_events([(60, 24), (64, 24)])
    slow, fast = (Score.of_melody(melody, tempo=tempo) for tempo in (60, 120))
    table = symbolic_table([slow, fast, slow], progress=False)
    assert table["tempo"].tolist() == [60, 120, 60]
    assert len(calls) == 2
    assert table["genre"].isna().all()


def test_tunes_with_equal_notes_share_a_hash_and_others_do_not():
    digests = [tune.digest for tune in load("ryan")[:200]]
    assert len(set(digests)) > 190
    assert digests == [tune.digest for tune in load("ryan")[:200]]


def test_an_interrupt_keeps_what_is_done(monkeypatch):
    calls = count_calls(monkeypatch)
    good = Score.of_melody(Melody.from_events([(60, 24)]))
    with pytest.raises(ParameterError, match="must be a Score or a Tune"):
        symbolic_table([good, "no score"], progress=False)
    symbolic_table([good], progress=False)
    assert len(calls) == 1


def test_a_damaged_file_counts_as_empty(home):
    melody = Score.of_melody(Melody.from_events([(60, 24)]))
    before = symbolic_table([melody], progress=False)
    (file,) = home.glob("features/symbolic-*/*.json")
    file.write_text("{ not json")
    assert symbolic_table([melody], progress=False).equals(before)
    assert json.loads(file.read_text())


def test_a_disk_that_refuses_costs_nothing_but_time(home):
    (home / "features").write_text("a file where the folder should be")
    rows = KeptRows("symbolic")
    rows.put("abcd", {"x": 1.0})
    rows.save()
    assert rows.get("abcd") == {"x": 1.0}
