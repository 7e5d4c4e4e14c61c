"""What an edit keeps of a piece: bars, parts, a whole melody, and the rules that can still hold.

Conventions
-----------
What is kept is locked and composed again with the rest, so that every rule is judged over the
whole. Bars count from 0, a pickup as -1.

Contents
--------
compose_anew, with_melody, moved_lead, spliced, with_parts, kept_rules, chords_from_first_bar
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from melodyai_edu.composition.composer import Composer
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.harmony_stage import moved_chord
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.splicing import keep_parts, splice
from melodyai_edu.composition.staging import onset_of_bar
from melodyai_edu.constraints import Rule, Setting
from melodyai_edu.constraints.asking import faults_of_locked_bars
from melodyai_edu.constraints.rule import beat_text
from melodyai_edu.constraints.structure import Locked, bar_events, is_repeat
from melodyai_edu.constraints.text import write_bars
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import ChordSymbol, Score

__all__ = [
    "chords_from_first_bar",
    "compose_anew",
    "kept_rules",
    "moved_lead",
    "spliced",
    "with_melody",
    "with_parts",
]


def moved_lead(lead: Score, semitones: int) -> Score:
    """Give a lead higher or lower, its chords too.

    Parameters
    ----------
    lead : Score
    semitones : int [semitones]

    Returns
    -------
    lead : Score
    """
    keys = tuple(replace(k, key=k.key.transposed(semitones)) for k in lead.keys)
    part = lead.parts[0]
    notes = tuple(note.transposed(semitones, keys[0].key) for note in part.notes)
    chords = tuple(moved_chord(c, c.onset, semitones, keys[0].key) for c in lead.chords)
    return replace(lead, parts=(replace(part, notes=notes),), keys=keys, chords=chords)


def spliced(
    piece: Composition, changed: Composition, spans: Sequence[range], lock: Sequence[str] = ()
) -> Composition:
    """Keep what a piece had outside of some bars, written and played.

    Parameters
    ----------
    piece, changed : Composition
    spans : sequence of range [bars, from 0]
        What is taken from the changed piece.
    lock : sequence of str, optional
        Names of parts that stay whole.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the two have other parts, or no part has a name.
    """
    score, performance = piece.score, piece.performance
    for span in spans:
        begin, end = (
            onset_of_bar(piece.lead, piece.request, bar) for bar in (span.start, span.stop)
        )
        written = score, changed.score
        performance = splice(performance, changed.performance, begin, end, written)
        score = splice(score, changed.score, begin, end)
    return with_parts(piece, replace(changed, score=score, performance=performance), lock)


def with_parts(piece: Composition, changed: Composition, lock: Sequence[str]) -> Composition:
    """Keep some parts of a piece, written and played.

    Parameters
    ----------
    piece, changed : Composition
    lock : sequence of str
        Names of the parts.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the two have other parts, or no part has a name.
    """
    return replace(
        changed,
        score=keep_parts(piece.score, changed.score, lock),
        performance=keep_parts(piece.performance, changed.performance, lock),
    )


def kept_rules(
    request: CompositionRequest, piece: Composition, locked: Sequence[int], lead: Score
) -> tuple[Rule, ...]:
    """Give the rules of a request that can still hold, and a lock on what stays.

    Parameters
    ----------
    request : CompositionRequest
    piece : Composition
    locked : sequence of int [bars, from 0]
    lead : Score
        What the locked bars hold.

    Returns
    -------
    rules : tuple of Rule
        Without those that make a bar composed anew equal to a locked one.
    """
    rules = tuple(
        rule.of(lead) if isinstance(rule, Locked) and not rule.events else rule
        for rule in request.all_rules
    )
    if not locked:
        return rules
    outside = (*([-1] if lead.pickup else []), *locked)
    kept = tuple(rule for rule in rules if not _is_undone(rule, piece, lead, set(outside)))
    return (*kept, Locked(write_bars(outside)).of(lead))


def _is_undone(rule: Rule, piece: Composition, lead: Score, locked: set[int]) -> bool:
    """Say whether a rule makes a bar composed anew equal to a locked one, or locked bars differ."""
    events = bar_events(lead)
    return any(
        not is_repeat(repeat, events)
        if repeat.bar in locked and repeat.original in locked
        else (repeat.bar in locked or repeat.original in locked) and not repeat.is_first_only
        for repeat in rule.repeats(piece.automaton.grid.setting)
    )


def compose_anew(
    piece: Composition,
    request: CompositionRequest,
    locked: Sequence[int],
    *,
    lead: Score | None = None,
    more: tuple[Rule, ...] = (),
    draw: Sequence[int] = (),
) -> Composition:
    """Compose what is not locked, over the same chords.

    Parameters
    ----------
    piece : Composition
    request : CompositionRequest
    locked : sequence of int [bars, from 0]
    lead : Score, optional
        What the locked bars hold, and the chords; the piece's own when left out.
    more : tuple of Rule, optional
    draw : sequence of int, optional
        What else decides the draw, beside the seed.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the rules cannot be kept.
    """
    rules = (*kept_rules(request, piece, locked, lead or piece.lead), *more)
    chords = chords_from_first_bar(lead or piece.lead)
    return Composer(request, rules, piece, draw, chords).compose()


def with_melody(piece: Composition, lead: Score, request: CompositionRequest) -> Composition:
    """Compose nothing: have a given lead judged and played.

    Parameters
    ----------
    piece : Composition
    lead : Score
    request : CompositionRequest

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the lead breaks a rule of the request; the message names it, bar and beat.
    """
    total = range(lead.bar_count - bool(lead.pickup))
    changed = compose_anew(piece, request, tuple(total), lead=lead)
    _check_lead(request, lead, changed.automaton.setting)
    return changed


def _check_lead(request: CompositionRequest, lead: Score, setting: Setting) -> None:
    """Refuse a melody that breaks a rule that was asked for: locked, it was not judged."""
    bars = tuple(range(lead.bar_count - bool(lead.pickup)))
    rules = (*request.all_rules, Locked(write_bars(bars)).of(lead))
    faults = sorted(
        (
            (bar, position, str(rule))
            for rule, bar, position in faults_of_locked_bars(rules, setting)
        )
    )
    if faults:
        bar, position, rule = faults[0]
        raise ParameterError(
            f"{rule} would be broken in bar {bar + 1} beat {beat_text(lead.meter, position)}: "
            f"relax it, or change less"
        )


def chords_from_first_bar(lead: Score) -> tuple[ChordSymbol, ...]:
    """Give the chords with onsets that count from the first whole bar.

    Parameters
    ----------
    lead : Score

    Returns
    -------
    chords : tuple of ChordSymbol
    """
    return tuple(replace(chord, onset=max(chord.onset - lead.pickup, 0)) for chord in lead.chords)
