"""Automata as files: arrays, and the rules as text.

Conventions
-----------
A file is a numpy archive without pickled objects. It holds what decoding needs; rules of one's
own, which have no text that could be read again, cannot be saved.

Contents
--------
save_automaton, load_automaton
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from melodyai_edu.constraints.automaton import Automaton
from melodyai_edu.constraints.catalogue import RULES, parse_rule
from melodyai_edu.constraints.grid import Grid
from melodyai_edu.constraints.line import Line
from melodyai_edu.constraints.plan import Plan
from melodyai_edu.constraints.rule import Setting
from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.arrays import read_arrays
from melodyai_edu.io.disk import read_bytes, save_bytes
from melodyai_edu.score import Key, Meter
from melodyai_edu.tokens import Vocabulary

__all__ = ["load_automaton", "save_automaton"]

_FORMAT = 1

#: No automaton of ours takes more, unpacked [bytes].
_MOST_BYTES = 500_000_000


def save_automaton(automaton: Automaton, path: str | Path) -> Path:
    """Write an automaton to a file.

    Parameters
    ----------
    automaton : Automaton
    path : str or Path
        Usually ends in ``.npz``.

    Returns
    -------
    path : Path

    Raises
    ------
    ParameterError
        If one of its rules has no text, or needs a piece (``locked``).
    OutputError
        If the file cannot be written.
    """
    for rule in automaton.rules:
        if RULES.get(rule.name) is not type(rule) or rule.name == "locked":
            raise ParameterError(f"rule={rule.title!r} cannot be saved: compile it anew instead")
    grid, line = automaton.grid, automaton.line
    arrays: dict[str, Any] = {
        "facts": np.frombuffer(json.dumps(_facts(automaton)).encode(), np.uint8),
        "alive": np.packbits(automaton.alive, axis=1),
        "bars": grid.bars,
        "positions": grid.positions,
        "note_next": grid.note_next,
        "rest_next": grid.rest_next,
        "previous": line.previous,
        "moves": np.stack(line.moves),
        "move_of": line.move_of,
        "can_end": line.can_end,
        **{f"exit_{bar}": exits for bar, exits in line.exits.items()},
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    path = Path(path)
    save_bytes(stream.getvalue(), path)
    return path


def _facts(automaton: Automaton) -> dict[str, Any]:
    grid, line = automaton.grid, automaton.line
    return {
        "format": _FORMAT,
        "rules": [str(rule) for rule in automaton.rules],
        "asked": _of_setting(automaton.setting),
        "setting": _of_setting(grid.setting),
        "plan": [grid.plan.originals, grid.plan.shifts, grid.plan.first_notes],
        "pitches": line.pitches,
        "memories": line.memories,
        "remembering": [automaton.rules.index(rule) for rule in line.remembering],
        "num_entries": line.num_entries,
        "vocabulary": list(automaton.vocabulary),
        "tonic_pitch": automaton.tonic_pitch,
    }


def _of_setting(setting: Setting) -> dict[str, Any]:
    return {
        "key": setting.key.name,
        "meter": setting.meter.name,
        "bars": setting.bars,
        "pickup": setting.pickup,
        "pitches": setting.pitches,
        "durations": setting.durations,
        "section_keys": [(bar, key.name) for bar, key in setting.section_keys],
    }


def load_automaton(path: str | Path) -> Automaton:
    """Read what `save_automaton` wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    automaton : Automaton

    Raises
    ------
    InputError
        If the file is missing, too large, damaged, or no automaton.
    """
    path = Path(path)
    try:
        return _read(read_arrays(read_bytes(path, _MOST_BYTES), _MOST_BYTES))
    except Exception as error:  # arrays that do not fit each other fail in many ways
        raise InputError(f"{path.name} is no saved automaton: {error!r:.120}") from error


def _read(arrays: dict[str, np.ndarray]) -> Automaton:
    facts = json.loads(arrays["facts"].tobytes())
    if facts["format"] != _FORMAT:
        raise InputError(f"format={facts['format']} must be {_FORMAT}: compile the rules anew")
    rules = tuple(parse_rule(text) for text in facts["rules"])
    setting = _to_setting(facts["setting"])
    plan = Plan(*(_tuples(part) for part in facts["plan"]))
    grid = Grid(
        setting, plan, setting.durations,
        arrays["bars"], arrays["positions"], arrays["note_next"], arrays["rest_next"],
    )  # fmt: skip
    previous = arrays["previous"]
    line = Line(
        tuple(facts["pitches"]),
        previous,
        tuple(rules[number] for number in facts["remembering"]),
        _tuples(facts["memories"]),
        tuple(arrays["moves"]),
        arrays["move_of"],
        {int(name[5:]): value for name, value in arrays.items() if name.startswith("exit_")},
        arrays["can_end"],
        facts["num_entries"],
    )
    alive = np.unpackbits(arrays["alive"], axis=1, count=len(previous)).astype(bool)
    vocabulary = Vocabulary(tuple(facts["vocabulary"]))
    asked = _to_setting(facts["asked"])
    return Automaton(asked, rules, grid, line, alive, vocabulary, facts["tonic_pitch"])


def _to_setting(facts: dict[str, Any]) -> Setting:
    return Setting(
        Key.parse(facts["key"]),
        Meter.parse(facts["meter"]),
        facts["bars"],
        facts["pickup"],
        tuple(facts["pitches"]),
        tuple(facts["durations"]),
        tuple((bar, Key.parse(key)) for bar, key in facts["section_keys"]),
    )


def _tuples(value: Any) -> Any:
    """Give lists back as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
