"""The studio's memory: history, undo, locks, and code that makes the same piece."""

import runpy
import shlex
from pathlib import Path

import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.widgets.studio_code import command_for, python_for
from melodyai_edu.widgets.studio_state import StudioSession

LOOKING = runpy.run_path(str(Path(__file__).with_name("looking.py")))
notes = LOOKING["notes"]


@pytest.fixture
def session():
    session = StudioSession()
    session.generate(genre="jig", bars=8, arrangement="jig", model="ngram", seed=4)
    return session


def test_every_take_is_kept_and_undone(session):
    first = session.piece
    session.renew_bars(5, 8)
    session.vary(0.25)
    assert [take.number for take in session.takes] == [1, 2, 3]
    assert session.undo().number == 2
    assert session.undo().piece is first
    assert not session.can_undo
    assert session.redo().number == 2
    session.transpose(2)
    assert not session.can_redo
    assert session.go_to(3).number == 3
    assert session.undo().number == 4
    assert len(session.titles()) == 4


def test_bars_anew_leave_the_others(session):
    old = session.piece
    new = session.renew_bars(5, 8).piece
    assert notes(new.score, range(1, 5)) == notes(old.score, range(1, 5))
    assert notes(new.score, range(5, 9)) != notes(old.score, range(5, 9))


def test_the_same_action_twice_is_another_piece(session):
    one = session.renew_bars(5, 8).piece
    session.undo()
    assert session.renew_bars(5, 8).piece.score != one.score


@pytest.mark.parametrize("change", ["bars", "vary", "harmony", "pitches", "arrangement"])
def test_a_locked_part_stays(session, change):
    name = session.part_names[2]
    session.locked = {name}
    old = session.piece
    match change:
        case "bars":
            new = session.renew_bars(1, 8).piece
        case "vary":
            new = session.vary(1.0).piece
        case module:
            new = session.renew(module).piece
    assert notes(new.score, part=name) == notes(old.score, part=name)
    assert notes(new.performance, part=name) == notes(old.performance, part=name)
    assert new.performance != old.performance


def test_what_moves_every_part_refuses_locks(session):
    session.locked = {session.part_names[0]}
    with pytest.raises(ParameterError, match="unlock them first"):
        session.transpose(2)
    with pytest.raises(ParameterError, match="unlock them first"):
        session.change_mood("sad")
    session.generate(genre="reel", bars=4, model="ngram")
    assert not session.locked


def test_nothing_to_do_is_said():
    session = StudioSession()
    with pytest.raises(ParameterError, match="press Generate first"):
        session.renew_bars(1, 2)
    with pytest.raises(ParameterError, match="nothing to undo"):
        session.undo()
    with pytest.raises(ParameterError, match="nothing to redo"):
        session.redo()
    with pytest.raises(ParameterError, match="must be from 1 to 0"):
        session.go_to(1)
    with pytest.raises(ParameterError, match="module='tempo'"):
        session.renew("tempo")


def edited(session):
    session.locked = {session.part_names[1]}
    session.renew_bars(3, 4)
    session.vary(0.2)
    session.locked = set()
    session.renew("harmony")
    session.renew("pitches")
    session.renew("arrangement")
    session.extend(4)
    session.transpose(-2)
    session.change_mood("sad")
    return session.take


@pytest.mark.parametrize("is_edited", [False, True])
def test_the_python_makes_the_same_notes(session, is_edited, tmp_path, monkeypatch):
    take = edited(session) if is_edited else session.take
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(python_for(take, "again"), space)
    assert space["piece"].performance == take.piece.performance
    assert mai.read(tmp_path / "again.mid").note_count == take.piece.performance.note_count


@pytest.mark.parametrize("is_edited", [False, True])
def test_the_command_line_makes_the_same_notes(session, is_edited, tmp_path, monkeypatch):
    import json

    from melodyai_edu.cli import main

    take = edited(session) if is_edited else session.take
    monkeypatch.chdir(tmp_path)
    (tmp_path / "again.json").write_text(json.dumps(take.piece.provenance))
    main(shlex.split(command_for(take, "again"))[1:])
    take.piece.save(tmp_path / "here.mid")
    assert (tmp_path / "again.mid").read_bytes() == (tmp_path / "here.mid").read_bytes()


def test_a_command_line_of_many_options(tmp_path, monkeypatch):
    from melodyai_edu.cli import main

    session = StudioSession()
    take = session.generate(
        genre="reel", mood=(-0.4, 0.2), key="E dorian", bars=8, tempo=150.0, model="ngram",
        instruments=["flute", "acoustic guitar (steel)", "drums"], rules=["max_leap=9", "in_key"],
        seed=2, humanise=False, counter_melody=True, form="AABB",
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    command = command_for(take, "it's mine")
    assert "--mood=-0.4,0.2" in command
    main(shlex.split(command)[1:])
    take.piece.save(tmp_path / "here.mid")
    assert (tmp_path / "it's mine.mid").read_bytes() == (tmp_path / "here.mid").read_bytes()
