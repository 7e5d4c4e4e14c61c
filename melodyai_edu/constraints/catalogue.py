"""All rules that have a name: listing them, and reading them from text.

Conventions
-----------
A rule is written as its name, or as ``name=value``.

Contents
--------
RULES, rules, parse_rule, as_rules, RuleFact
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from melodyai_edu.constraints import melody, phrase, rhythm, structure
from melodyai_edu.constraints.chord_rules import CHORD_RULES
from melodyai_edu.constraints.harmony import HARMONY_RULES
from melodyai_edu.constraints.rule import Rule
from melodyai_edu.constraints.text import check_listed
from melodyai_edu.errors import ParameterError

__all__ = ["RULES", "RuleFact", "as_rules", "parse_rule", "rules"]

#: Of a rule as text: all notes of a long piece, named [characters].
_LONGEST = 1_000_000
_CLASSES: tuple[type[Rule], ...] = (
    rhythm.BarsFilled,
    rhythm.Bars,
    rhythm.Pickup,
    rhythm.Durations,
    rhythm.Longest,
    rhythm.Shortest,
    rhythm.NoRests,
    rhythm.NoSyncopation,
    rhythm.Density,
    rhythm.FinalNote,
    rhythm.GivenRhythm,
    melody.InKey,
    melody.InScale,
    melody.Range,
    melody.MaxLeap,
    melody.LeapsRecovered,
    melody.NoAugmentedLeap,
    melody.LongestRepetition,
    melody.FirstDegree,
    melody.LastDegree,
    melody.EndOnTonic,
    melody.LeadingToneResolves,
    phrase.Cadence,
    phrase.OneClimax,
    phrase.ChordTones,
    phrase.Contour,
    phrase.Motif,
    phrase.Fixed,
    phrase.NoCopy,
    structure.FormRule,
    structure.SameBars,
    structure.SectionKey,
    structure.Locked,
)

#: Every rule of a melody by its name; those of four voices are `HARMONY_RULES`,
#: those of chord symbols `CHORD_RULES`.
RULES: dict[str, type[Rule]] = {rule.name: rule for rule in _CLASSES}


class RuleFact(NamedTuple):
    """What there is to know of a rule.

    Parameters
    ----------
    layer, name, sentence, example : str
    """

    layer: str
    name: str
    sentence: str
    example: str


def rules() -> tuple[RuleFact, ...]:
    """List every rule, with a sentence and an example.

    Returns
    -------
    facts : tuple of RuleFact

    Examples
    --------
    >>> next(fact for fact in rules() if fact.name == "max_leap").example
    'max_leap=9'
    """
    return tuple(
        RuleFact(rule.layer, rule.name, (rule.__doc__ or "").splitlines()[0], rule.example)
        for rule in (*_CLASSES, *HARMONY_RULES.values(), *CHORD_RULES.values())
    )


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Parameters
    ----------
    text : str

    Returns
    -------
    rule : Rule

    Raises
    ------
    ParameterError
        If no rule has the name, or the value cannot be read.

    Examples
    --------
    >>> parse_rule("max_leap = 9"), parse_rule("in_key")
    (MaxLeap('max_leap=9'), InKey('in_key'))
    """
    if len(text) > _LONGEST:
        raise ParameterError(f"rule={text[:40]!r}...: {len(text):,} characters, limit {_LONGEST:,}")
    name, has_value, value = (part.strip() for part in text.partition("="))
    if name not in RULES and name in {*HARMONY_RULES, *CHORD_RULES}:
        raise ParameterError(f"rule={text!r} is a rule of harmony: give it to harmonise")
    if name not in RULES:
        near = get_close_matches(name, RULES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"rule={text!r} must be one of: {', '.join(RULES)}{hint}")
    kind = RULES[name]
    takes_value = kind.__init__ is not Rule.__init__
    if has_value and not takes_value:
        raise ParameterError(f"rule={text!r} takes no value: write {name!r}")
    if not has_value and takes_value and name != "leaps_recovered":
        raise ParameterError(f"rule={text!r} must have a value: {kind.example!r}")
    try:
        return kind(value) if has_value else kind()  # type: ignore[call-arg]
    except ParameterError as error:
        if name in str(error):
            raise
        raise ParameterError(f"rule={text!r}: {error}") from error


def as_rules(rules: Iterable[str | Rule]) -> tuple[Rule, ...]:
    """Read those rules that are text; each rule once.

    Raises
    ------
    ParameterError
        If one is neither text nor a rule, or cannot be read.

    Examples
    --------
    >>> as_rules(["in_key", "in_key"])
    (InKey('in_key'),)
    """
    check_listed(rules)
    read: list[Rule] = []
    for rule in rules:
        if isinstance(rule, type) and issubclass(rule, Rule):
            raise ParameterError(f"rule={rule.__name__} is a class: write {rule.__name__}()")
        if not isinstance(rule, str | Rule):
            raise ParameterError(f"rule={rule!r} must be text such as 'max_leap=9', or a Rule")
        read.append(parse_rule(rule) if isinstance(rule, str) else rule)
    return tuple(dict.fromkeys(read))
