"""What a request leaves out, chosen: always in the same way, from nothing but its other fields.

Conventions
-----------
A mood chooses where nobody else does: the mode by its valence, the tempo by its arousal. An
arrangement chooses a meter that it has bars for, its own instruments and its own kind of chords.

Contents
--------
mood_of_request, resolve, tempo_factor
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from melodyai_edu.composition import library
from melodyai_edu.composition.instruments import INSTRUMENTS
from melodyai_edu.composition.pattern import Pattern
from melodyai_edu.composition.pattern_library import choose_pattern, find_pattern
from melodyai_edu.composition.roles import usual_players
from melodyai_edu.composition.voice import default_model
from melodyai_edu.features.mood import Mood, nearest_mood, parse_mood
from melodyai_edu.score import SCALES, TICKS_PER_QUARTER, Meter
from melodyai_edu.tokens.vocabulary import MOODS

if TYPE_CHECKING:
    from melodyai_edu.composition.request import CompositionRequest

__all__ = ["mood_of_request", "resolve", "tempo_factor"]

#: At the ends of arousal the tempo is this many times the usual one, or its inverse: as far as the
#: cue reaches by which moods are felt (`melodyai_edu.features.mood`).
_TEMPO_REACH = 1.5

#: A mood that is nearer to the middle than this leaves the mode to the genre.
_UNDECIDED = 0.1

_Request = TypeVar("_Request", bound="CompositionRequest")


def tempo_factor(mood: Mood) -> float:
    """Say how much faster than usual a mood is.

    Parameters
    ----------
    mood : Mood

    Returns
    -------
    factor : float
        1 for an arousal of 0; 1.5 at its upper end.

    References
    ----------
    Tempo is what arousal follows most: Gabrielsson & Lindström (2010), "The role of structure in
    the musical expression of emotions", Handbook of Music and Emotion.

    Examples
    --------
    >>> tempo_factor(Mood(0.0, 1.0)), tempo_factor(Mood(0.5, 0.0))
    (1.5, 1.0)
    """
    return float(_TEMPO_REACH**mood.arousal)


def mood_of_request(request: CompositionRequest) -> Mood:
    """Give the place of the mood that was asked for; the middle if none was."""
    return Mood(0.0, 0.0) if request.mood is None else parse_mood(request.mood)


def resolve(request: _Request) -> _Request:
    """Fill in everything that a request leaves out; see `CompositionRequest.resolved`."""
    pattern = _pattern(request)
    meter = request.meter or _meter(request, pattern)
    filled: dict[str, Any] = {
        "meter": meter,
        "key": request.key or _key(request, meter),
        "tempo": request.tempo or _tempo(request, meter),
        "model": request.model or default_model(request.corpus),
        "instruments": request.instruments or (INSTRUMENTS[0],),
    }
    if request.is_arranged:
        pattern = pattern or choose_pattern(request.genre, Meter.parse(meter))
        filled["arrangement"] = request.arrangement or pattern.name
        filled["harmony"] = request.harmony or pattern.harmony
        filled["instruments"] = request.instruments or _band(request, pattern)
    return replace(request, **filled)


def _pattern(request: CompositionRequest) -> Pattern | None:
    return None if request.arrangement is None else find_pattern(request.arrangement)


def _meter(request: CompositionRequest, pattern: Pattern | None) -> str:
    """Take the genre's commonest meter that the pattern has bars for, if there is one."""
    offered = library.offered_meters(request.genre, request.corpus)
    fitting = [name for name in offered if pattern and pattern.groove(Meter.parse(name))]
    return (fitting or offered)[0]


def _key(request: CompositionRequest, meter: str) -> str:
    """Take the genre's commonest key whose third suits the mood."""
    mood = mood_of_request(request)
    if abs(mood.valence) < _UNDECIDED:
        return library.usual_key(request.genre, meter, request.corpus)
    third = 4 if mood.valence > 0 else 3
    modes = tuple(
        mode for mode in library.offered_modes(request.corpus) if SCALES[mode][2] == third
    )
    return library.usual_key(request.genre, meter, request.corpus, modes or None)


def _tempo(request: CompositionRequest, meter: str) -> float:
    usual = library.usual_tempo(request.genre, meter)
    if request.genre is None and request.arrangement is not None:
        usual = sum(find_pattern(request.arrangement).tempo) / 2
    factor = tempo_factor(mood_of_request(request))
    if factor == 1:
        return usual
    beat = Meter.parse(meter).beat_durations[0] / TICKS_PER_QUARTER
    return min(max(round(usual * factor / beat) * beat, 20.0), 400.0)  # whole beats a minute


def _band(request: CompositionRequest, pattern: Pattern) -> tuple[str, ...]:
    """Name who plays where nobody was named."""
    mood = "" if request.mood is None else nearest_mood(mood_of_request(request), MOODS)
    players = usual_players(pattern, mood, counter_melody=request.counter_melody)
    return tuple(player.instrument for player in players)
