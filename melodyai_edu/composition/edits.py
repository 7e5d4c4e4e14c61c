"""Changes to a piece: bars or a module anew, varied, continued, transposed, in another mood.

Conventions
-----------
An edit gives a new piece and leaves the old one as it is. It writes itself down in the new piece's
`edits`, as plain values: who has the first request and the edits has the piece
(`melodyai_edu.composition.provenance`). What an edit keeps is locked, so that every rule is judged
again with it; where the rules cannot be kept, the edit is refused.

Contents
--------
EDITS, regenerate_bars, regenerate_module, vary, extend, transpose, change_mood
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np

from melodyai_edu.composition.chord_plan import fit_chords
from melodyai_edu.composition.composer import Composer
from melodyai_edu.composition.composition import Composition
from melodyai_edu.composition.hearing import in_mode
from melodyai_edu.composition.keeping import (
    chords_from_first_bar,
    compose_anew,
    kept_rules,
    moved_lead,
    spliced,
    with_melody,
    with_parts,
)
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.request_values import choice, mood_place, number, whole
from melodyai_edu.composition.style_rules import HeldRhythm
from melodyai_edu.constraints import Rule
from melodyai_edu.constraints.text import write_bars
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key
from melodyai_edu.tokens import decode

__all__ = [
    "EDITS",
    "change_mood",
    "extend",
    "regenerate_bars",
    "regenerate_module",
    "transpose",
    "vary",
]

#: What can be made anew by itself.
_ANEW = ("harmony", "pitches", "melody", "arrangement")


def regenerate_bars(
    piece: Composition,
    bars: Sequence[int],
    request: CompositionRequest | None = None,
    lock: Sequence[str] = (),
) -> Composition:
    """Compose some bars anew; every note that begins elsewhere stays as it is.

    Parameters
    ----------
    piece : Composition
    bars : (int, int) [from 1]
        The first and the last.
    request : CompositionRequest, optional
        The piece's own when left out; another seed gives other bars.
    lock : sequence of str, optional
        Names of parts that stay as they are.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the piece has no such bars, the rules cannot be kept, or the request has another band.
    """
    request = request or piece.request
    total = piece.lead.bar_count - bool(piece.lead.pickup)
    first, last = (int(bar) for bar in bars)
    if not 1 <= first <= last <= total:
        raise ParameterError(
            f"regenerate={(first, last)} must be the first and the last bar to compose anew, from "
            f"1 to {total}"
        )
    outside = tuple(bar for bar in range(total) if not first - 1 <= bar < last)
    changed = compose_anew(piece, request, outside, draw=(first, last))
    changed = spliced(piece, changed, [range(first - 1, last)], lock)
    return _edited(
        piece,
        changed,
        {"edit": "bars", "bars": [first, last], "request": request, "lock": list(lock)},
    )


def regenerate_module(
    piece: Composition,
    module: str,
    request: CompositionRequest | None = None,
    lock: Sequence[str] = (),
) -> Composition:
    """Make one module's work anew, the rest as it is.

    Parameters
    ----------
    piece : Composition
    module : str
        ``"harmony"``: the same melody, new chords. ``"pitches"``: the same rhythm and chords, new
        pitches. ``"melody"``: the same chords, a new melody. ``"arrangement"``: the same melody and
        chords, played otherwise.
    request : CompositionRequest, optional
        The piece's own when left out, and then the module has its next seed.
    lock : sequence of str, optional
        Names of parts that stay as they are.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If there is no such module, or the melody stands alone and has no chords.
    """
    choice("regenerate", module, _ANEW)
    asked = request or piece.request
    request = asked if _has_new_seed(asked, piece.request) else _next_seed(asked, module)
    if module in ("harmony", "arrangement") and not request.is_arranged:
        raise ParameterError(
            f"regenerate={module!r} needs an arrangement, and this piece is a melody alone: ask "
            f"for instruments=[...] or arrangement=..."
        )
    total = range(piece.lead.bar_count - bool(piece.lead.pickup))
    if module == "pitches":
        held = HeldRhythm(write_bars(tuple(total))).of(piece.lead)
        changed = compose_anew(piece, request, (), more=(held,), draw=(request.seed_of("melody"),))
    elif module == "melody":
        changed = compose_anew(piece, request, (), draw=(request.seed_of("melody"),))
    elif module == "harmony":
        lead = fit_chords(
            piece.lead, style=str(request.resolved().harmony), seed=request.seed_of("harmony")
        )
        changed = compose_anew(piece, request, tuple(total), lead=lead)
    else:
        changed = compose_anew(piece, request, tuple(total))
    changed = with_parts(piece, changed, lock)
    return _edited(piece, changed, {"edit": module, "request": request, "lock": list(lock)})


def vary(
    piece: Composition, amount: float = 0.3, seed: int = 0, lock: Sequence[str] = ()
) -> Composition:
    """Compose a share of the bars anew, here and there.

    Parameters
    ----------
    piece : Composition
    amount : float, default 0.3 [0-1]
        The share.
    seed : int, default 0
        Another seed, other bars.
    lock : sequence of str, optional
        Names of parts that stay as they are.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the share is none or the rules cannot be kept.
    """
    amount, seed = number("amount", amount, 0.0, 1.0), whole("seed", seed, 0, 2**63)
    total = piece.lead.bar_count - bool(piece.lead.pickup)
    random = np.random.default_rng([piece.request.seed_of("melody"), seed])
    chosen = set(random.permutation(total)[: ceil(amount * total)].tolist())
    outside = tuple(bar for bar in range(total) if bar not in chosen)
    changed = compose_anew(piece, piece.request, outside, draw=(seed, len(chosen)))
    spans = [range(bar, bar + 1) for bar in sorted(chosen)]
    changed = spliced(piece, changed, spans, lock)
    edit = {"edit": "vary", "amount": amount, "seed": seed}
    return _edited(piece, changed, edit | ({"lock": list(lock)} if lock else {}))


def extend(piece: Composition, bars: int = 8, seed: int = 0) -> Composition:
    """Continue a piece; all that is there stays.

    Parameters
    ----------
    piece : Composition
    bars : int, default 8
        How many come.
    seed : int, default 0

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If the piece becomes too long, a rule says how long it is, or rules cannot be kept.
    """
    bars, seed = whole("bars", bars, 1, 128), whole("seed", seed, 0, 2**63)
    total = piece.lead.bar_count - bool(piece.lead.pickup)
    request = replace(piece.request, bars=total + bars, form=None)
    if request.bars != total + bars:
        raise ParameterError(f"bars={bars} cannot be added: a rule asks for bars={request.bars}")
    composer = Composer(
        request, kept_rules(request, piece, tuple(range(total)), piece.lead), None, (seed,)
    )
    planned = [c for c in composer.plan_harmony() if c.onset >= total * composer.meter.bar_duration]
    composer.given_chords = (*chords_from_first_bar(piece.lead), *planned)
    return _edited(piece, composer.compose(), {"edit": "extend", "bars": bars, "seed": seed})


def transpose(piece: Composition, semitones: int) -> Composition:
    """Move a piece up or down; who plays it may have to change octave.

    Parameters
    ----------
    piece : Composition
    semitones : int [semitones]
        From -24 to 24.

    Returns
    -------
    piece : Composition

    Raises
    ------
    ParameterError
        If a rule, such as a range, cannot be kept there.
    """
    semitones = whole("semitones", semitones, -24, 24)
    key = Key.parse(str(piece.request.resolved().key)).transposed(semitones)
    request = replace(piece.request, key=key.name)
    lead = moved_lead(piece.lead, semitones)
    changed = with_melody(piece, lead, request)
    return _edited(piece, changed, {"edit": "transpose", "semitones": semitones})


def change_mood(piece: Composition, mood: str | Sequence[float]) -> Composition:
    """Give a piece another mood: its mode, its tempo, and how it is played.

    Parameters
    ----------
    piece : Composition
    mood : str or (float, float)
        A name, or valence and arousal from -1 to 1.

    Returns
    -------
    piece : Composition
        The same line, degree by degree in the new mode.

    Raises
    ------
    ParameterError
        If there is no such mood, or a rule cannot be kept in it.
    """
    place = mood_place(mood)
    old = Key.parse(str(piece.request.resolved().key))
    found = replace(piece.request, mood=place, key=None, tempo=None, instruments=None).resolved()
    key = Key(old.tonic, Key.parse(str(found.key)).mode)
    request = replace(
        piece.request,
        mood=place,
        key=key.name,
        tempo=None,
        meter=piece.lead.meter.name,
        instruments=piece.request.instruments,
    )
    encoding = piece.encoding
    token_ids = in_mode(encoding.token_ids, old.mode, key.mode)
    turned = decode(replace(encoding, token_ids=token_ids, key=key))
    lead = replace(piece.lead, parts=turned.parts, keys=turned.keys)
    if request.is_arranged and key != old:
        lead = fit_chords(
            lead, style=str(request.resolved().harmony), seed=request.seed_of("harmony")
        )
    changed = with_melody(piece, lead, request)
    return _edited(
        piece, changed, {"edit": "mood", "mood": list(place) if isinstance(place, tuple) else place}
    )


#: Every edit by its name, for pieces that are made again from what is written down.
EDITS: dict[str, Callable[..., Composition]] = {
    "bars": regenerate_bars,
    **{
        name: (lambda piece, name=name, **given: regenerate_module(piece, name, **given))
        for name in _ANEW
    },
    "vary": vary,
    "extend": extend,
    "transpose": transpose,
    "mood": change_mood,
}


def _edited(piece: Composition, changed: Composition, edit: dict[str, Any]) -> Composition:
    """Write an edit down."""
    plain = {
        name: value.to_dict()
        if isinstance(value, CompositionRequest) and not _has_own(value)
        else value
        for name, value in edit.items()
    }
    return replace(
        changed, origin=piece.origin, edits=(*piece.edits, plain), given_plan=piece.given_plan
    )


def _has_own(request: CompositionRequest) -> bool:
    """Say whether a request holds a rule that cannot be written down."""
    return any(isinstance(rule, Rule) for rule in request.rules)


def _has_new_seed(asked: CompositionRequest, before: CompositionRequest) -> bool:
    return (asked.seed, asked.seeds) != (before.seed, before.seeds)


def _next_seed(request: CompositionRequest, module: str) -> CompositionRequest:
    name = "melody" if module == "pitches" else module
    seeds = {**dict(request.seeds), name: request.seed_of(name) + 1}
    return replace(request, seeds=tuple(seeds.items()))
