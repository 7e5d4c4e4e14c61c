"""What can be said of a piece, as plain values.

Conventions
-----------
Facts are for people: names and numbers in the order in which one would ask for them.

Contents
--------
list_facts, begin_again, log_probabilities_of
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyai_edu.composition.form import form_letters
from melodyai_edu.composition.voice import begin, describe_model
from melodyai_edu.tokens import VOCABULARY

if TYPE_CHECKING:
    from melodyai_edu.composition.composition import Composition
    from melodyai_edu.decoding.drawing import Prediction

__all__ = ["begin_again", "list_facts", "log_probabilities_of"]

#: Below this a probability counts as this: rules can ask for what a model holds impossible.
_LEAST = 1e-12


def list_facts(piece: Composition) -> dict[str, Any]:
    """List what can be said of a piece.

    Parameters
    ----------
    piece : Composition

    Returns
    -------
    facts : dict
    """
    full, notes = piece.request.resolved(), piece.lead.parts[0].notes
    pitches = sorted(notes, key=lambda note: note.pitch)
    facts: dict[str, Any] = {
        "genre": full.genre or "all genres together",
        "key": full.key,
        "meter": full.meter,
        "bars": piece.score.bar_count,
        "tempo": full.tempo,
        "seconds": round(piece.score.seconds, 1),
        "notes": len(notes),
        "lowest": pitches[0].pitch_name,
        "highest": pitches[-1].pitch_name,
        "last note": notes[-1].pitch_name,
        "form": form_letters(piece.form.bars),
        **_band_facts(piece),
        "seed": full.seed,
        "temperature": full.temperature,
        "model": describe_model(full, piece.style),
    }
    return facts | _rule_facts(piece)


def _rule_facts(piece: Composition) -> dict[str, str]:
    """Name the rules that hold, and those that bars composed anew made impossible."""
    holding = {str(rule) for rule in piece.automaton.rules}
    asked = [str(rule) for rule in piece.request.all_rules]
    kept = ", ".join(rule for rule in asked if rule in holding)
    lost = ", ".join(rule for rule in asked if rule not in holding)
    found = {"rules kept": kept, "rules given up": lost}
    return {name: text for name, text in found.items() if text}


def _band_facts(piece: Composition) -> dict[str, Any]:
    """List who plays what."""
    full = piece.request.resolved()
    mood = {"mood": full.mood} if full.mood is not None else {}
    if not full.is_arranged:
        return {"instrument": full.melody_instrument, **mood}
    return {
        **mood,
        "arrangement": full.arrangement,
        "instruments": ", ".join(part.name for part in piece.score.parts),
        "sections": " ".join(section.name for section in piece.score.sections),
        "chords": " ".join(chord.text for chord in piece.lead.chords),
    }


def begin_again(piece: Composition) -> Prediction:
    """Begin a piece once more: its model has heard what it was told then.

    Parameters
    ----------
    piece : Composition

    Returns
    -------
    prediction : Prediction
    """
    pickup = piece.lead.pickup
    chords = [replace(chord, onset=max(chord.onset - pickup, 0)) for chord in piece.lead.chords]
    full = piece.request.resolved()
    return begin(full, piece.style, piece.automaton.tonic_pitch, chords)


def log_probabilities_of(piece: Composition) -> dict[str, float]:
    """Ask the melody's model again what it held of what was drawn.

    Parameters
    ----------
    piece : Composition

    Returns
    -------
    log_probabilities : dict of str to float [nats]
        ``"rhythm"``: of all durations; ``"melody"``: of all pitches and rests, each given what
        came before it, before any rule was heard. Both are sums; they are negative.

    Examples
    --------
    >>> from melodyai_edu.composition import compose
    >>> piece = compose(genre="jig", bars=2, model="ngram", seed=1)
    >>> sorted(piece.log_probabilities), piece.log_probabilities["rhythm"] < 0
    (['melody', 'rhythm'], True)
    """
    pickup = piece.lead.pickup
    chords = [type(chord)(max(chord.onset - pickup, 0), chord.text) for chord in piece.lead.chords]
    tonic_pitch = piece.automaton.tonic_pitch
    prediction = begin(piece.request.resolved(), piece.style, tonic_pitch, chords)
    found = {"rhythm": 0.0, "melody": 0.0}
    bar_line = VOCABULARY.id("Bar_line")
    durations = set(VOCABULARY.ids_of("Duration"))
    for token_id in piece.encoding.token_ids[4:-1]:  # between conditioning and end
        if token_id != bar_line:
            chance = max(float(prediction.distribution()[token_id]), _LEAST)
            found["rhythm" if token_id in durations else "melody"] += float(np.log(chance))
        prediction.observe(token_id)
    return found
