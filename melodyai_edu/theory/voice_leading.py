"""Voice leading: how four voices move from one chord to the next.

Conventions
-----------
``before`` and ``after`` are two successive voicings, each soprano, alto, tenor and bass as MIDI
pitches (`melodyai_edu.theory.voicing`). Intervals count modulo the octave and by sound: seven
semitones are a perfect fifth, however they are written.

Contents
--------
parallels, has_parallels, has_hidden, has_overlap, leading_tone_of, doubles_leading_tone,
resolves_leading_tone, resolves_seventh
"""

from __future__ import annotations

from itertools import combinations, pairwise

from melodyai_edu.score import Key
from melodyai_edu.theory.harmony import Harmony
from melodyai_edu.theory.voicing import VOICES, Voicing, check_voicing, doubled

__all__ = [
    "doubles_leading_tone",
    "has_hidden",
    "has_overlap",
    "has_parallels",
    "leading_tone_of",
    "parallels",
    "resolves_leading_tone",
    "resolves_seventh",
]

_OCTAVE, _FIFTH = 0, 7
_KINDS = {_OCTAVE: "octaves", _FIFTH: "fifths"}
_LARGEST_STEP = 2  # semitones; what is larger is a leap


def _check(*voicings: Voicing) -> None:
    for voicing in voicings:
        check_voicing(voicing)


def parallels(before: Voicing, after: Voicing) -> tuple[tuple[str, str, str], ...]:
    """List the parallel fifths and octaves: the kind, the upper and the lower voice.

    Two voices that both move make them from a perfect fifth to a perfect fifth, or from a unison
    or octave to a unison or octave; in contrary motion too.

    Parameters
    ----------
    before, after : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    parallels : tuple of (kind, voice, voice)
        The kind is ``"fifths"`` or ``"octaves"``.

    Raises
    ------
    ParameterError
        If a voicing has not four pitches.

    References
    ----------
    Fux (1725), Gradus ad Parnassum; Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> parallels((72, 67, 64, 48), (74, 69, 65, 50))
    (('octaves', 'soprano', 'bass'), ('fifths', 'alto', 'bass'))
    """
    _check(before, after)
    found = []
    for upper, lower in combinations(range(len(VOICES)), 2):
        gap = abs(after[upper] - after[lower]) % 12
        is_kept = abs(before[upper] - before[lower]) % 12 == gap
        both_move = before[upper] != after[upper] and before[lower] != after[lower]
        if gap in _KINDS and is_kept and both_move:
            found.append((_KINDS[gap], VOICES[upper], VOICES[lower]))
    return tuple(found)


def has_parallels(before: Voicing, after: Voicing) -> bool:
    """Say whether two voices move in parallel fifths or octaves.

    Parameters
    ----------
    before, after : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    has_parallels : bool

    Raises
    ------
    ParameterError
        If a voicing has not four pitches.

    References
    ----------
    Fux (1725), Gradus ad Parnassum.

    Examples
    --------
    >>> has_parallels((72, 67, 64, 48), (74, 69, 65, 50))
    True
    >>> has_parallels((72, 67, 64, 48), (71, 67, 62, 43))
    False
    """
    return bool(parallels(before, after))


def has_hidden(before: Voicing, after: Voicing) -> bool:
    """Say whether the outer voices reach a fifth or octave in one direction, the soprano leaping.

    Parameters
    ----------
    before, after : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    has_hidden : bool

    Raises
    ------
    ParameterError
        If a voicing has not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5: direct fifths and octaves.

    Examples
    --------
    >>> has_hidden((67, 64, 60, 48), (72, 69, 60, 53))
    True
    >>> has_hidden((71, 67, 62, 43), (72, 67, 64, 48))
    False
    """
    _check(before, after)
    soprano, bass = after[0] - before[0], after[3] - before[3]
    is_perfect = (after[0] - after[3]) % 12 in _KINDS
    return abs(soprano) > _LARGEST_STEP and soprano * bass > 0 and is_perfect


def has_overlap(before: Voicing, after: Voicing) -> bool:
    """Say whether a voice moves past where its neighbour just was.

    Parameters
    ----------
    before, after : sequence of int [shape=(4,), MIDI]

    Returns
    -------
    has_overlap : bool

    Raises
    ------
    ParameterError
        If a voicing has not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> has_overlap((67, 64, 60, 48), (74, 69, 65, 50))
    True
    """
    _check(before, after)
    for upper, lower in pairwise(range(len(VOICES))):
        rises = before[lower] != after[lower] > before[upper]
        falls = before[upper] != after[upper] < before[lower]
        if rises or falls:
            return True
    return False


def leading_tone_of(harmony: Harmony, key: Key) -> int | None:
    """Give the leading tone of a dominant: the third of V and V7, the root of vii.

    Parameters
    ----------
    harmony : Harmony
    key : Key

    Returns
    -------
    pitch_class : int or None [0-11]
        A semitone under the tonic; ``None`` if the chord is no dominant.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_roman
    >>> key = Key("D", "minor")
    >>> leading_tone_of(parse_roman("V7", key), key), leading_tone_of(parse_roman("v", key), key)
    (1, None)
    """
    tone = (key.tonic_pitch_class - 1) % 12
    dominants = (tone, (tone + 8) % 12)
    return tone if harmony.root in dominants and tone in harmony.pitch_classes else None


def doubles_leading_tone(voicing: Voicing, harmony: Harmony, key: Key) -> bool:
    """Say whether two voices have the leading tone of a dominant.

    Parameters
    ----------
    voicing : sequence of int [shape=(4,), MIDI]
    harmony : Harmony
    key : Key

    Returns
    -------
    doubles_leading_tone : bool

    Raises
    ------
    ParameterError
        If there are not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_roman
    >>> doubles_leading_tone((71, 62, 59, 43), parse_roman("V", Key("C")), Key("C"))
    True
    """
    return leading_tone_of(harmony, key) in doubled(voicing)


def resolves_leading_tone(
    before: Voicing, after: Voicing, harmony: Harmony, next_harmony: Harmony, key: Key
) -> bool:
    """Say whether the leading tone of a dominant rises to the tonic when I or vi follows.

    In an inner voice it may fall a major third, to the fifth of the tonic chord.

    Parameters
    ----------
    before, after : sequence of int [shape=(4,), MIDI]
    harmony, next_harmony : Harmony
    key : Key

    Returns
    -------
    resolves : bool
        True also where nothing has to be resolved.

    Raises
    ------
    ParameterError
        If a voicing has not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 5.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_roman
    >>> key = Key("C")
    >>> dominant, tonic = parse_roman("V", key), parse_roman("I", key)
    >>> resolves_leading_tone((71, 67, 62, 43), (72, 67, 64, 48), dominant, tonic, key)
    True
    >>> resolves_leading_tone((71, 67, 62, 43), (67, 67, 64, 48), dominant, tonic, key)
    False
    """
    _check(before, after)
    tone = leading_tone_of(harmony, key)
    above = (next_harmony.root - key.tonic_pitch_class) % 12
    if tone is None or above not in (0, 8 if key.is_minor else 9):
        return True
    for voice, (old, new) in enumerate(zip(before, after, strict=True)):
        falls_inside = voice in (1, 2) and new - old == -4 and above == 0
        if old % 12 == tone and new - old != 1 and not falls_inside:
            return False
    return True


def resolves_seventh(
    before: Voicing, after: Voicing, harmony: Harmony, next_harmony: Harmony
) -> bool:
    """Say whether the seventh of a chord steps down or stays when the chord changes.

    Parameters
    ----------
    before, after : sequence of int [shape=(4,), MIDI]
    harmony, next_harmony : Harmony

    Returns
    -------
    resolves : bool
        True also where there is no seventh, or the chord stays.

    Raises
    ------
    ParameterError
        If a voicing has not four pitches.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 13.

    Examples
    --------
    >>> from melodyai_edu.theory.harmony import parse_chord_symbol
    >>> chords = parse_chord_symbol("G7"), parse_chord_symbol("C")
    >>> resolves_seventh((65, 62, 59, 43), (64, 60, 60, 48), *chords)
    True
    >>> resolves_seventh((65, 62, 59, 43), (67, 60, 60, 48), *chords)
    False
    """
    _check(before, after)
    seventh = harmony.seventh
    if seventh is None or set(harmony.pitch_classes) == set(next_harmony.pitch_classes):
        return True
    moves = [new - old for old, new in zip(before, after, strict=True) if old % 12 == seventh]
    return all(-_LARGEST_STEP <= move <= 0 for move in moves)
