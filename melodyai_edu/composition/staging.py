"""From the lead to what is played: bars before and after it, and the band.

Conventions
-----------
A lead is a melody with chord symbols and sections above it. The intro takes the chords of the
lead's last bars, which lead to its first; the ending stays on the lead's last chord. A melody that
stands alone is played as it is.

Contents
--------
stage, widen, onset_of_bar
"""

from __future__ import annotations

from dataclasses import replace

from melodyai_edu.composition.arrange import arrange
from melodyai_edu.composition.ranges import compass_of
from melodyai_edu.composition.request import CompositionRequest
from melodyai_edu.composition.resolving import mood_of_request
from melodyai_edu.constraints.explain import spell
from melodyai_edu.constraints.melody import Range
from melodyai_edu.constraints.phrase import Fixed, Motif
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import ChordSymbol, Score, Section

__all__ = ["onset_of_bar", "stage", "widen"]


def stage(lead: Score, request: CompositionRequest, *, is_played: bool = False) -> Score:
    """Have a lead written out for a band, or played by it.

    Parameters
    ----------
    lead : Score
    request : CompositionRequest
        Resolved.
    is_played : bool, default False
        Whether people play it, unless the request says that nobody does: with swing, touch and
        small shifts. Else it is as it would be printed.

    Returns
    -------
    score : Score
        The melody first; a melody that stands alone is the lead itself.

    Raises
    ------
    ParameterError
        If the instrument of the melody cannot play it where a rule wants it.
    """
    if not request.is_arranged:
        return lead
    mood = mood_of_request(request)
    score = arrange(
        widen(lead, request.intro, request.ending),
        pattern=request.arrangement,
        instruments=request.instruments,
        seed=request.seed_of("arrangement"),
        humanise=is_played and request.humanise,
        counter_melody=request.counter_melody,
        valence=mood.valence,
        arousal=mood.arousal,
    )
    _check_octaves(lead, score, request)
    return score


def _check_octaves(lead: Score, score: Score, request: CompositionRequest) -> None:
    """Refuse a melody in another octave where a rule names pitches as they sound."""
    rules = [
        rule
        for rule in request.all_rules
        if isinstance(rule, Range | Fixed) or (isinstance(rule, Motif) and rule.how == "exact")
    ]
    pitches = ([note.pitch for note in each.parts[0].notes] for each in (lead, score))
    if rules and len({tuple(each) for each in pitches}) > 1:
        name = request.melody_instrument
        compass = compass_of(name)
        low, high = (spell(midi, lead.key) for midi in (compass.easy_low, compass.easy_high))
        raise ParameterError(
            f"{rules[0]} cannot be kept by instrument={name!r}, which plays from {low} to {high}: "
            f"name another instrument first, or relax the rule"
        )


def onset_of_bar(lead: Score, request: CompositionRequest, bar: int) -> int:
    """Say where a bar of the lead begins in the piece that is played [ticks].

    Parameters
    ----------
    lead : Score
    request : CompositionRequest
    bar : int
        From 0, the pickup not counted; one past the last bar is where the lead ends.
    """
    first = request.intro * lead.meter.bar_duration if request.intro else lead.pickup
    return first + bar * lead.meter.bar_duration


def widen(lead: Score, intro: int, ending: int) -> Score:
    """Put bars without melody before and after a lead.

    Parameters
    ----------
    lead : Score
    intro, ending : int [bars]

    Returns
    -------
    score : Score
        A pickup becomes the end of the intro's last bar.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> lead = Score.of_melody(Melody.from_events([(60, 96), (62, 96)]))
    >>> lead = replace(lead, chords=(ChordSymbol(0, "C"), ChordSymbol(96, "G")))
    >>> wide = widen(lead, 1, 1)
    >>> wide.bar_count, [(c.onset // 96, c.text) for c in wide.chords]
    (4, [(0, 'G'), (1, 'C'), (2, 'G')])
    """
    if not intro and not ending:
        return lead
    bar = lead.meter.bar_duration
    shift = intro * bar - lead.pickup if intro else 0
    chords = tuple(
        replace(c, onset=c.onset + shift if c.onset else shift and intro * bar) for c in lead.chords
    )
    sections = tuple(
        replace(s, onset=s.onset + shift if s.onset else shift and intro * bar)
        for s in lead.sections
    )
    if intro:
        chords = (*_intro_chords(lead, intro), *chords)
        sections = (Section(0, "Intro"), *(sections or (Section(intro * bar, "A"),)))
    if ending:
        sections = (*sections, Section(lead.duration + shift, "Ending"))
    part = replace(lead.parts[0], notes=tuple(n.moved(shift) for n in lead.parts[0].notes))
    return replace(
        lead,
        parts=(part, *lead.parts[1:]),
        keys=tuple(replace(k, onset=k.onset + shift if k.onset else 0) for k in lead.keys),
        pickup=0 if intro else lead.pickup,
        duration=lead.duration + shift + ending * bar,
        chords=chords,
        sections=sections,
    )


def _intro_chords(lead: Score, intro: int) -> tuple[ChordSymbol, ...]:
    """Take the chords of the last bars."""
    begin = max(lead.duration - intro * lead.meter.bar_duration, lead.pickup)
    found = [replace(c, onset=c.onset - begin) for c in lead.chords if c.onset > begin]
    sounding = [c for c in lead.chords if c.onset <= begin]
    return (*(replace(c, onset=0) for c in sounding[-1:]), *found)
