"""From rules to an automaton, or to the reason why there is none.

Conventions
-----------
Compiling is the same for the same rules and setting, and is remembered. Rules that cannot be kept
together are found here, before a note is drawn: the error names a smallest set of them.

Contents
--------
compile_rules, compile_in, compile_or_none, conflict_error, find_conflict
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

from melodyai_edu.constraints.automaton import Automaton
from melodyai_edu.constraints.catalogue import as_rules
from melodyai_edu.constraints.grid import build_grid
from melodyai_edu.constraints.line_search import find_line
from melodyai_edu.constraints.plan import make_plan
from melodyai_edu.constraints.rhythm import Bars
from melodyai_edu.constraints.rule import Rule, Setting
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter
from melodyai_edu.tokens import VOCABULARY, Vocabulary
from melodyai_edu.tokens.vocabulary import DURATIONS

__all__ = [
    "compile_in",
    "compile_or_none",
    "compile_rules",
    "conflict_error",
    "find_conflict",
]


def compile_rules(
    rules: Iterable[str | Rule] = (),
    vocabulary: Vocabulary = VOCABULARY,
    length: int = 8,
    *,
    key: str | Key = "C major",
    meter: str | Meter = "4/4",
) -> Automaton:
    """Turn rules into an automaton.

    Parameters
    ----------
    rules : iterable of str or Rule
        Such as ``"max_leap=9"``; see `melodyai_edu.constraints.catalogue.rules`.
    vocabulary : Vocabulary, optional
    length : int, default 8 [bars]
        A rule ``bars=...`` comes before it.
    key : str or Key, default "C major"
    meter : str or Meter, default "4/4"

    Returns
    -------
    automaton : Automaton

    Raises
    ------
    ParameterError
        If a rule is unknown, or rules cannot be kept together; the message names them.

    Examples
    --------
    >>> automaton = compile_rules(["in_key", "max_leap=5", "end_on_tonic"], length=2, key="G major")
    >>> mask = automaton.mask(automaton.start())
    >>> [automaton.vocabulary.token(int(i)) for i in mask.nonzero()[0]]
    ['Bar_line']
    """
    key = Key.parse(key) if isinstance(key, str) else key
    meter = Meter.parse(meter) if isinstance(meter, str) else meter
    setting = Setting(key, meter, length)
    return compile_in(setting, as_rules(rules), vocabulary)


def compile_in(
    setting: Setting, rules: Sequence[Rule], vocabulary: Vocabulary = VOCABULARY
) -> Automaton:
    """Turn rules into an automaton in a given setting.

    Parameters
    ----------
    setting : Setting
    rules : sequence of Rule
    vocabulary : Vocabulary, optional

    Returns
    -------
    automaton : Automaton

    Raises
    ------
    ParameterError
        If rules cannot be kept together.
    """
    automaton = compile_or_none(setting, rules, vocabulary=vocabulary)
    if automaton is None:
        raise conflict_error(setting, rules)
    return automaton


def compile_or_none(
    setting: Setting,
    rules: Sequence[Rule],
    base: Sequence[Rule] = (),
    *,
    vocabulary: Vocabulary = VOCABULARY,
    tonic_pitch: int | None = None,
) -> Automaton | None:
    """Turn rules into an automaton, or find that they cannot be kept.

    Parameters
    ----------
    setting : Setting
    rules : sequence of Rule
    base : sequence of Rule, optional
        More rules, such as a style's.
    vocabulary : Vocabulary, optional
    tonic_pitch : int, optional [MIDI]
        The pitch that ``Pitch_60`` stands for; the tonic from C4 up when left out.

    Returns
    -------
    automaton : Automaton or None
    """
    tonic_pitch = _usual_tonic(setting) if tonic_pitch is None else tonic_pitch
    return _compile(setting, (*base, *rules), vocabulary, tonic_pitch)


def conflict_error(
    setting: Setting,
    rules: Sequence[Rule],
    *,
    tonic_pitch: int | None = None,
    can_keep: Callable[[Sequence[Rule]], bool] | None = None,
) -> ParameterError:
    """Say which rules cannot be kept together, and what to relax; see `find_conflict`."""
    conflict = find_conflict(setting, rules, tonic_pitch, can_keep)
    return ParameterError(_conflict_text(conflict, _with_bars(setting, rules)))


def _usual_tonic(setting: Setting) -> int:
    return 60 + setting.key.tonic_pitch_class


@lru_cache(maxsize=64)
def _compile(
    setting: Setting,
    everything: tuple[Rule, ...],
    vocabulary: Vocabulary,
    tonic_pitch: int,
) -> Automaton | None:
    """Compile; None if the rules cannot be kept."""
    asked = setting
    for rule in everything:
        setting = rule.prepare(setting)
    if not all(rule.holds_in(setting) for rule in everything):
        return None
    _check_bars(setting, everything)
    _check_durations(setting)
    pitches = tuple(p for p in setting.pitches if f"Pitch_{p - tonic_pitch + 60}" in vocabulary)
    setting = replace(setting, pitches=pitches)
    plan = make_plan(setting, [r for rule in everything for r in rule.repeats(setting)])
    grid = build_grid(everything, setting, plan)
    if not grid.is_possible:
        return None
    found = find_line(everything, grid)
    if found is None:
        return None
    return Automaton(asked, everything, grid, *found, vocabulary, tonic_pitch)


def _check_bars(setting: Setting, rules: Sequence[Rule]) -> None:
    for rule in rules:
        beyond = [bar for bar in rule.named_bars if bar >= setting.bars]
        if beyond:
            raise ParameterError(
                f"rule={rule.title!r} names bar {beyond[0] + 1}: the piece has {setting.bars} "
                f"bars, name one of these or ask for more"
            )


def _check_durations(setting: Setting) -> None:
    for duration in setting.durations:
        if duration not in DURATIONS:
            raise ParameterError(
                f"a note of {duration} ticks cannot be written as one note value: use one of 1/4, "
                f"3/8, 1/8, 3/16, 1/12 and their like"
            )


def find_conflict(
    setting: Setting,
    rules: Sequence[Rule],
    tonic_pitch: int | None = None,
    can_keep: Callable[[Sequence[Rule]], bool] | None = None,
) -> tuple[Rule, ...]:
    """Find a smallest set of rules that cannot be kept together.

    Parameters
    ----------
    setting : Setting
    rules : sequence of Rule
        Cannot be kept together.
    tonic_pitch : int, optional [MIDI]
        As in `compile_or_none`.
    can_keep : function of a sequence of Rule, optional
        Says whether some of the rules can be kept; by compiling them when left out.

    Returns
    -------
    conflict : tuple of Rule
        None of its rules can be left out; no smaller set of the rules is in conflict.

    Examples
    --------
    >>> rules = as_rules(["max_leap=9", "range=C4-D4", "first_degree=5", "in_key"])
    >>> [str(rule) for rule in find_conflict(Setting(), rules)]
    ['range=C4-D4', 'first_degree=5']
    """
    setting = _with_bars(setting, rules)

    def is_kept(some: Sequence[Rule]) -> bool:
        try:
            return test(some)
        except ParameterError:  # without another rule this one is nothing that could be kept
            return True

    def compiles(some: Sequence[Rule]) -> bool:
        return compile_or_none(setting, some, tonic_pitch=tonic_pitch) is not None

    test = compiles if can_keep is None else can_keep
    conflict = list(rules)
    for rule in rules:  # leave out what is not needed, one by one
        without = [other for other in conflict if other is not rule]
        if not is_kept(without):
            conflict = without
    for size in range(1, len(conflict)):
        for some in combinations(rules, size):
            if not is_kept(some):
                return some
    return tuple(conflict)


def _with_bars(setting: Setting, rules: Sequence[Rule]) -> Setting:
    """Give the setting the bars that a rule asks for, so that others may name them without it."""
    for rule in rules:
        if isinstance(rule, Bars):
            setting = rule.prepare(setting)
    return setting


def _conflict_text(conflict: Sequence[Rule], setting: Setting) -> str:
    where = f"in {setting.key.name}, {setting.meter.name}, {setting.bars} bars"
    if not conflict:
        return f"no piece can be made {where}: ask for more bars or another meter"
    names = ", ".join(f"{str(rule)!r}" for rule in conflict)
    ways = "; ".join(dict.fromkeys(f"{rule.name}: {rule.relax}" for rule in conflict))
    if len(conflict) == 1:
        obstacle = conflict[0].obstacle(setting)
        why = f": {obstacle}" if obstacle else ""
        return f"the rule {names} cannot be kept {where}{why}. Relax it ({ways})"
    care = ""
    if any(rule.repeats(setting) for rule in conflict):
        care = ". A repeat must be legal wherever it comes, which may refuse more than need be"
    return f"the rules {names} cannot be kept together {where}. Relax one of them ({ways}){care}"
