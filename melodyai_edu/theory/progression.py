"""Progression: what a chord does in its key, what usually follows it, how a phrase closes.

Conventions
-----------
A function is one of ``FUNCTIONS``; chords are `Harmony` values of `melodyai_edu.theory.harmony`.

Contents
--------
FUNCTIONS, PROGRESSIONS, CADENCES, chord_function, usual_degrees, is_usual_progression,
cadence_kind
"""

from __future__ import annotations

from functools import lru_cache

from melodyai_edu.score import SCALES, Key
from melodyai_edu.theory.harmony import Harmony, parse_roman

__all__ = [
    "CADENCES",
    "FUNCTIONS",
    "PROGRESSIONS",
    "cadence_kind",
    "chord_function",
    "is_usual_progression",
    "usual_degrees",
]

#: Which chords have which function, in keys with a major and with a minor third. Kostka, Payne &
#: Almén (2018), Tonal Harmony, chapter 7; mixture and the Neapolitan, chapters 21 and 22;
#: augmented sixths, chapter 23. The mediant is counted with the tonic (Riemann 1893, Vereinfachte
#: Harmonielehre), in minor its raised fifth, the leading tone, makes it a dominant.
FUNCTIONS: dict[str, dict[str, str]] = {
    "major": {
        "tonic": "I I7 iii iii7 vi vi7 i bVI",
        "subdominant": "ii ii7 IV IV7 iio iiø7 iv iv7 bII It6 Ger65 Fr43",
        "dominant": "V V7 v viio viiø7 viio7",
    },
    "minor": {
        "tonic": "i i7 I III III7 VI VI7",
        "subdominant": "iio iiø7 iv iv7 ii ii7 IV IV7 bII It6 Ger65 Fr43",
        "dominant": "V V7 v v7 viio viio7 VII VII7 III+",
    },
}

#: To which degrees (of the root) each degree usually moves. Kostka et al. (2018), chapter 7: the
#: tonic goes anywhere; roots fall by fifths to it; V may go to vi, IV to I. "b7" is the natural
#: seventh degree of minor, which leads to the mediant.
PROGRESSIONS: dict[str, tuple[str, ...]] = {
    "1": ("1", "2", "3", "4", "5", "6", "7", "b7"),
    "2": ("5", "7"),
    "3": ("4", "6"),
    "4": ("1", "2", "5", "7"),
    "5": ("1", "6"),
    "6": ("2", "4"),
    "7": ("1", "5"),
    "b7": ("3",),
}

#: The cadences and what they are made of. Kostka et al. (2018), chapter 10.
CADENCES: dict[str, str] = {
    "authentic": "V or V7 to I, both in root position",
    "plagal": "IV to I",
    "half": "anything to V in root position",
    "deceptive": "V or V7 to vi, in minor VI",
}


def _third(key: Key) -> str:
    return "minor" if key.is_minor else "major"


@lru_cache(maxsize=256)
def _functions(key: Key) -> dict[tuple[int, frozenset[int]], str]:
    """List the function of each chord by its root and its pitch classes."""
    table = {}
    for function, numerals in FUNCTIONS[_third(key)].items():
        for numeral in numerals.split():
            chord = parse_roman(numeral, Key(key.tonic, _third(key)))
            table[chord.root, frozenset(chord.pitch_classes)] = function
    return table


def chord_function(harmony: Harmony, key: Key) -> str | None:
    """Name the function of a chord: tonic, subdominant or dominant.

    Parameters
    ----------
    harmony : Harmony
    key : Key
        Church modes are taken as major or minor by their third.

    Returns
    -------
    function : str or None
        ``None`` for chords outside ``FUNCTIONS``, such as the dominants of other degrees.

    References
    ----------
    Riemann (1893), Vereinfachte Harmonielehre; Kostka, Payne & Almén (2018), Tonal Harmony,
    chapter 7.

    Examples
    --------
    >>> key = Key("C")
    >>> [chord_function(parse_roman(numeral, key), key) for numeral in ("vi", "ii65", "viio6")]
    ['tonic', 'subdominant', 'dominant']
    >>> chord_function(parse_roman("V7/V", key), key) is None
    True
    """
    return _functions(key).get((harmony.root, frozenset(harmony.pitch_classes)))


def _degree(harmony: Harmony, key: Key) -> str | None:
    """Name the degree of the root, ``"b7"`` for the natural seventh degree of minor."""
    above = (harmony.root - key.tonic_pitch_class) % 12
    if key.mode == "minor" and above in (10, 11):
        return "b7" if above == 10 else "7"
    steps = SCALES[key.mode]
    return str(steps.index(above) + 1) if above in steps else None


def usual_degrees(harmony: Harmony, key: Key) -> tuple[str, ...]:
    """List the degrees to which a chord usually moves.

    Parameters
    ----------
    harmony : Harmony
    key : Key

    Returns
    -------
    degrees : tuple of str
        Of the next chord's root, ``"1"`` to ``"7"`` or ``"b7"``; empty for a root outside the key.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 7.

    Examples
    --------
    >>> usual_degrees(parse_roman("IV", Key("G")), Key("G"))
    ('1', '2', '5', '7')
    """
    degree = _degree(harmony, key)
    if degree is None and chord_function(harmony, key) == "subdominant":
        return ("5",)  # the Neapolitan and the augmented sixths
    return PROGRESSIONS[degree] if degree else ()


def is_usual_progression(before: Harmony, after: Harmony, key: Key) -> bool:
    """Say whether a textbook lists this step from one chord to the next.

    A chord may also stay on its root, and a dominant of another degree moves to that degree.

    Parameters
    ----------
    before, after : Harmony
    key : Key

    Returns
    -------
    is_usual : bool

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapters 7 and 16.

    Examples
    --------
    >>> key = Key("C")
    >>> ii, IV, V, applied = (parse_roman(numeral, key) for numeral in ("ii", "IV", "V", "V7/V"))
    >>> is_usual_progression(ii, V, key), is_usual_progression(V, IV, key)
    (True, False)
    >>> is_usual_progression(applied, V, key), is_usual_progression(applied, IV, key)
    (True, False)
    """
    if before.root == after.root:
        return True
    if _leads_elsewhere(before, key):
        fall = 5 if before.third == (before.root + 4) % 12 else 1
        return after.root == (before.root + fall) % 12
    return _degree(after, key) in usual_degrees(before, key)


def _leads_elsewhere(harmony: Harmony, key: Key) -> bool:
    """Say whether a chord is a dominant or a diminished chord outside the key's own chords."""
    quality = harmony.quality
    is_applied = quality in ("dominant seventh", "diminished", "diminished seventh", "major")
    return is_applied and chord_function(harmony, key) is None


def cadence_kind(before: Harmony, after: Harmony, key: Key) -> str | None:
    """Name the cadence that two chords at the end of a phrase make.

    Parameters
    ----------
    before, after : Harmony
    key : Key

    Returns
    -------
    kind : str or None
        One of ``CADENCES``.

    References
    ----------
    Kostka, Payne & Almén (2018), Tonal Harmony, chapter 10.

    Examples
    --------
    >>> key = Key("A", "minor")
    >>> names = (("V7", "i"), ("iv", "i"), ("iv6", "V"), ("V", "VI"), ("V6", "i"))
    >>> [cadence_kind(parse_roman(a, key), parse_roman(b, key), key) for a, b in names]
    ['authentic', 'plagal', 'half', 'deceptive', None]
    """
    tonic = key.tonic_pitch_class
    root = (after.root - tonic) % 12
    if _is_dominant(before, key) and root == 0 and not before.inversion and not after.inversion:
        return "authentic"
    if _is_dominant(before, key) and root == (8 if key.is_minor else 9):
        return "deceptive"
    if (before.root - tonic) % 12 == 5 and root == 0:
        return "plagal"
    is_half = _is_dominant(after, key) and after.seventh is None and not after.inversion
    return "half" if is_half else None


def _is_dominant(harmony: Harmony, key: Key) -> bool:
    is_fifth = (harmony.root - key.tonic_pitch_class) % 12 == 7
    return is_fifth and harmony.quality in ("major", "dominant seventh")
