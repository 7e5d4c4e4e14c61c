"""The model that a piece is drawn from, at the beginning of that piece.

Conventions
-----------
A model is named in the request: ``"ngram"``, one of `melodyai_edu.models.saved.list_models`, or a
folder that ``melodyai train`` wrote. Where none is named it is the best one at hand: the
transformer that comes with the package if TensorFlow is installed, else the n-gram. The n-gram
always looks ahead, whichever model draws. A network also hears the chords of a rule
``chord_tones=...``, or those planned for the piece: rules hold the strong beats to them, the
network fits the rest.

Contents
--------
NGRAM, default_model, check_model, name_model, describe_model, tokens_of, begin
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from melodyai_edu.composition.mood_lean import MoodLean, usual_density
from melodyai_edu.constraints.phrase import ChordTones
from melodyai_edu.errors import ParameterError
from melodyai_edu.features.mood import nearest_mood, parse_mood
from melodyai_edu.models.saved import (
    find_model,
    has_tensorflow,
    identify,
    list_models,
    load_model,
    read_card,
)
from melodyai_edu.score import ChordSymbol, Key, Meter
from melodyai_edu.theory.harmony import parse_chord
from melodyai_edu.tokens import VOCABULARY, Condition, conditioning_tokens
from melodyai_edu.tokens.condition import chord_id
from melodyai_edu.tokens.vocabulary import MOODS

if TYPE_CHECKING:
    from melodyai_edu.composition.request import CompositionRequest
    from melodyai_edu.composition.style import Style
    from melodyai_edu.decoding.drawing import Prediction

__all__ = [
    "NGRAM",
    "begin",
    "check_model",
    "default_model",
    "describe_model",
    "name_model",
    "tokens_of",
]

NGRAM = "ngram"

_BEST = "melody-small-transformer"

#: Third and fifth above the root [semitones].
_TRIADS = {(4, 7): "major", (3, 7): "minor", (3, 6): "diminished"}


def default_model(corpus: str | None) -> str:
    """Name the best model at hand.

    Parameters
    ----------
    corpus : str or None
        The n-gram learns any corpus at once; a network knows only what it was trained on.

    Returns
    -------
    name : str
    """
    is_there = corpus is None and has_tensorflow() and _BEST in list_models()
    return _BEST if is_there else NGRAM


def check_model(name: str, guidance: float = 1.0) -> None:
    """Refuse a name that is no model for melodies, or that cannot be guided as asked.

    Parameters
    ----------
    name : str
    guidance : float, default 1.0

    Raises
    ------
    ParameterError
        If there is no such model, it writes rhythms only, or an n-gram is to be guided.
    """
    if name == NGRAM:
        if guidance != 1.0:
            raise ParameterError(
                f"guidance={guidance} needs a network: model={NGRAM!r} has no such dial"
            )
        return
    try:
        kind = read_card(find_model(name)).kind
    except ParameterError as error:
        raise ParameterError(f"{error} (or {NGRAM!r}, which needs no network)") from error
    if kind != "melody":
        raise ParameterError(
            f"model={name!r} writes rhythms: name a model for melodies, and give this one to "
            f"mai.compose_over (compose --rhythm)"
        )


def name_model(request: CompositionRequest) -> str:
    """Name the model of a request so that no other can be meant.

    Parameters
    ----------
    request : CompositionRequest
        Resolved.

    Returns
    -------
    name : str
        Can be asked for: the n-gram's name, or a network's and the beginning of its checksum.
    """
    return NGRAM if request.model in (None, NGRAM) else identify(str(request.model))


def describe_model(request: CompositionRequest, style: Style) -> str:
    """Say which model a piece was drawn from: its name, and for a network its checksum.

    Parameters
    ----------
    request : CompositionRequest
        Resolved.
    style : Style

    Returns
    -------
    text : str
    """
    if request.model in (None, NGRAM):
        return f"n-gram, pitches learned from {style.num_tunes} tunes"
    network = load_model(str(request.model)).network
    return f"{name_model(request)}, {network.count_params():,} weights"


def tokens_of(request: CompositionRequest) -> tuple[str, ...]:
    """Give the tokens that lead a piece: genre, meter, mode and length.

    Parameters
    ----------
    request : CompositionRequest
        Resolved.

    Returns
    -------
    tokens : tuple of str
    """
    meter, mode = Meter.parse(str(request.meter)), Key.parse(str(request.key)).mode
    return conditioning_tokens(genre=request.genre, meter=meter, mode=mode, bars=request.bars)


def begin(
    request: CompositionRequest,
    style: Style,
    tonic_pitch: int,
    chords: Sequence[ChordSymbol] = (),
) -> Prediction:
    """Begin a piece: the model has heard what was asked for, and no note yet.

    Parameters
    ----------
    request : CompositionRequest
        Resolved.
    style : Style
    tonic_pitch : int [MIDI]
        Where the tonic sounds.
    chords : sequence of ChordSymbol, optional
        Planned ones; onsets count from the first whole bar.

    Returns
    -------
    prediction : Prediction
    """
    if request.model in (None, NGRAM):
        prediction = style.model.start()
        for token_id in VOCABULARY.ids(tokens_of(request)):
            prediction.observe(token_id)
        return (
            prediction if request.mood is None else MoodLean(prediction, parse_mood(request.mood))
        )
    from melodyai_edu.decoding.stepwise import NeuralPrediction

    return NeuralPrediction(
        load_model(str(request.model)).network,
        _condition(request, tonic_pitch),
        chord_ids=_named_chords(request) or _planned_chords(request, chords),
        guidance=request.guidance,
    )


def _condition(request: CompositionRequest, tonic_pitch: int) -> Condition:
    """Say what a network is told first."""
    place = None if request.mood is None else parse_mood(request.mood)
    return Condition(
        genre=request.genre,
        mood=None if place is None else nearest_mood(place, MOODS),
        density=0 if place is None else usual_density(place),
        meter=Meter.parse(str(request.meter)),
        mode=Key.parse(str(request.key)).mode,
        tonic=tonic_pitch,
        bars=request.bars,
    )


def _named_chords(request: CompositionRequest) -> tuple[int, ...]:
    """Give the chord of each bar, the pickup's first, where a rule names chords."""
    key = Key.parse(str(request.key))
    for rule in request.all_rules:
        if isinstance(rule, ChordTones):
            numbers = [_chord_number(chord, key) for chord in rule.chords]
            return (0, *(numbers[bar % len(numbers)] for bar in range(request.bars)))
    return ()


def _planned_chords(request: CompositionRequest, chords: Sequence[ChordSymbol]) -> tuple[int, ...]:
    """Give the chord that each bar begins with, the pickup's first."""
    if not chords:
        return ()
    key, bar_duration = Key.parse(str(request.key)), Meter.parse(str(request.meter)).bar_duration
    onsets = [chord.onset for chord in chords]
    places = (bisect_right(onsets, bar * bar_duration) - 1 for bar in range(request.bars))
    return (0, *(_chord_number(chords[max(place, 0)].text, key) for place in places))


def _chord_number(text: str, key: Key) -> int:
    chord = parse_chord(text, key)
    third, fifth = (chord.third or 0) - chord.root, (chord.fifth or 0) - chord.root
    quality = _TRIADS.get((third % 12, fifth % 12), "")
    return chord_id(chord.root - key.tonic_pitch_class, quality)
