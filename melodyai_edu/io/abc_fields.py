"""The fields of ABC that change how notes are read: key, meter, unit, tempo, voice.

Conventions
-----------
A signature maps letters to semitones; letters that it leaves out are natural. A unit is the length
of a note without a number, as a fraction of a whole note.

Contents
--------
KeyField, parse_key, parse_meter, parse_unit, default_unit, parse_tempo, VoiceField, parse_voice
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.score import Key, Meter

__all__ = [
    "KeyField",
    "VoiceField",
    "default_unit",
    "parse_key",
    "parse_meter",
    "parse_tempo",
    "parse_unit",
    "parse_voice",
]

_SHARPS = "FCGDAEB"
ALTERATIONS = {"": 0, "^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_KEY = re.compile(r"([A-Ga-g])(#|b|\u266f|\u266d)?\s*([A-Za-z]*)")
_MODES = {
    "maj": "major",
    "ion": "major",
    "min": "minor",
    "aeo": "minor",
    "mix": "mixolydian",
    "dor": "dorian",
    "phr": "phrygian",
    "lyd": "lydian",
    "loc": "locrian",
}
_CLEF = re.compile(r"(?:treble|alto|tenor|bass|perc|none)\S*$|\w+=", re.IGNORECASE)
_EXTRA = re.compile(r"(\^\^|__|\^|_|=)([A-Ga-g])")
_OPTION = re.compile(r'([A-Za-z]+)\s*=\s*("[^"]*"|\S+)')
_CLEF_SHIFT = re.compile(r"\b(?:treble|alto|tenor|bass)\d?([+-]8)|([+-]8)va\b", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"?')
_METER = re.compile(r"\(?(\d{1,3}(?:\s*\+\s*\d{1,3})*)\)?\s*/\s*(\d{1,3})")
_FRACTION = re.compile(r"(\d{1,5})\s*(?:/\s*(\d{1,5}))?")
_NUMBER = r"\d{1,6}(?:\.\d{1,6})?"
_BEAT = r"\d{1,5}/\d{1,5}"
_TEMPO = re.compile(
    rf"({_BEAT}(?:\s+{_BEAT}){{0,8}})\s*=\s*({_NUMBER})|(?:C(\d{{0,5}})\s*=\s*)?({_NUMBER})"
)


@dataclass(frozen=True, slots=True)
class KeyField:
    """What ``K:`` says.

    Parameters
    ----------
    key : Key or None
        ``None`` if the field only sets a clef.
    signature : dict of str to int
        Semitones by letter, the explicit accidentals of the field included.
    shift : int [semitones]
        How much higher than written the music sounds.
    problem : str, optional
        What could not be understood.
    """

    key: Key | None
    signature: dict[str, int]
    shift: int = 0
    problem: str = ""


def _signature_of(fifths: int) -> dict[str, int]:
    letters = _SHARPS[:fifths] if fifths > 0 else _SHARPS[7 + fifths :]
    return dict.fromkeys(letters if fifths else "", 1 if fifths > 0 else -1)


def _shift_of(text: str) -> int:
    """Read ``octave=``, ``transpose=`` and a clef's ``-8`` [semitones]."""
    options = {name.lower(): value for name, value in _OPTION.findall(text)}
    shift = 0
    for name, semitones in (("octave", 12), ("transpose", 1)):
        if re.fullmatch(r"[+-]?\d{1,2}", options.get(name, "")):
            shift += semitones * int(options[name])
    if clef := _CLEF_SHIFT.search(_QUOTED.sub("", text)):
        shift += 12 if (clef[1] or clef[2]).startswith("+") else -12
    return shift


def parse_key(text: str) -> KeyField:
    """Read a ``K:`` field.

    ``HP`` is written without accidentals, ``Hp`` with the two sharps of A mixolydian. Explicit
    accidentals change the notes but cannot be part of a `Key`. A mode that cannot be understood
    is major, as music21 takes it, and named as a problem.

    Parameters
    ----------
    text : str

    Returns
    -------
    field : KeyField

    Raises
    ------
    InputError
        If the tonic is unknown, or the signature would need more than seven accidentals.

    Examples
    --------
    >>> parse_key("Ador").key, parse_key("D mix").key.name
    (Key(tonic='A', mode='dorian'), 'D mixolydian')
    >>> parse_key("D =c ^g").signature
    {'F': 1, 'C': 0, 'G': 1}
    """
    text = text.strip()
    shift = _shift_of(text)
    if _CLEF.match(text):
        return KeyField(None, {}, shift)
    if text[:2].upper() == "HP":
        key = Key("A", "mixolydian") if text[:2] == "Hp" else Key("C")
        return KeyField(key, _signature_of(key.fifths), shift)
    match = _KEY.match(text)
    if match is not None:
        key, problem = _named_key(match, text)
    elif text.lower() in ("", "none"):
        key, problem = Key("C"), ""
    else:
        raise InputError(f"K:{text[:40]} must begin with a tonic from A to G, such as K:Ador")
    signature = {} if re.search(r"\bexp\b", text) else _signature_of(key.fifths)
    for accidental, letter in _EXTRA.findall(text):
        signature[letter.upper()] = ALTERATIONS[accidental]
    return KeyField(key, signature, shift, problem)


def _named_key(match: re.Match[str], text: str) -> tuple[Key, str]:
    tonic = match[1].upper() + {"\u266f": "#", "\u266d": "b"}.get(match[2], match[2] or "")
    word = match[3].lower()
    mode = _MODES.get(word[:3])
    problem = ""
    if mode is None and word.startswith("m"):
        mode = "minor"
    elif mode is None:
        mode = "major"
        if word and not _CLEF.match(text[match.start(3) :]) and word != "exp":
            problem = f"key {text!r} read as {tonic} major"
    try:
        return Key(tonic, mode), problem
    except ParameterError as error:
        raise InputError(f"K:{text}: {error}") from error


def parse_meter(text: str) -> Meter | None:
    """Read an ``M:`` field.

    Parameters
    ----------
    text : str

    Returns
    -------
    meter : Meter or None
        ``None`` for ``none``: the music is free.

    Raises
    ------
    InputError
        If it is no meter.

    Examples
    --------
    >>> parse_meter("C|").name, parse_meter("(2+2+3)/8").groups, parse_meter("none")
    ('2/2', (2, 2, 3), None)
    """
    text = text.strip()
    if text.lower() in ("none", ""):
        return None
    match = _METER.search(text)
    try:
        return Meter.parse(f"{match[1]}/{match[2]}" if match else text)
    except ParameterError as error:
        raise InputError(f"M:{text}: {error}") from error


def default_unit(meter: Meter | None) -> Fraction:
    """Give the unit where no ``L:`` is stated: a sixteenth below 3/4, else an eighth.

    Parameters
    ----------
    meter : Meter or None

    Returns
    -------
    unit : Fraction [whole notes]

    References
    ----------
    The ABC standard 2.1 (2011), section 3.1.7.

    Examples
    --------
    >>> default_unit(Meter(2, 4)), default_unit(Meter(6, 8))
    (Fraction(1, 16), Fraction(1, 8))
    """
    if meter is not None and 4 * meter.numerator < 3 * meter.denominator:
        return Fraction(1, 16)
    return Fraction(1, 8)


def parse_unit(text: str) -> Fraction:
    """Read an ``L:`` field.

    Parameters
    ----------
    text : str

    Returns
    -------
    unit : Fraction [whole notes]

    Raises
    ------
    InputError
        If it is no fraction from 1/512 to 4.

    Examples
    --------
    >>> parse_unit("1/8")
    Fraction(1, 8)
    """
    match = _FRACTION.match(text.strip())
    unit = Fraction(int(match[1]), int(match[2] or 1) or 1_000_000) if match else Fraction(0)
    if not Fraction(1, 512) <= unit <= 4:
        raise InputError(f"L:{text} must be a length from 1/512 to 4 whole notes, such as 1/8")
    return unit


def parse_tempo(text: str, unit: Fraction) -> float | None:
    """Read a ``Q:`` field.

    Parameters
    ----------
    text : str
    unit : Fraction [whole notes]
        What a number alone, or ``C``, counts.

    Returns
    -------
    tempo : float or None [quarter notes a minute]
        ``None`` if it only names the tempo, or lies outside 4 to 1000.

    Examples
    --------
    >>> parse_tempo('"Allegro" 3/8=80', Fraction(1, 8)), parse_tempo("240", Fraction(1, 8))
    (120.0, 120.0)
    """
    match = _TEMPO.match(_QUOTED.sub("", text).strip())
    if match is None:
        return None
    if match[1]:
        pairs = (pair.split("/") for pair in match[1].split())
        beat = sum(Fraction(int(top), int(bottom) or 1) for top, bottom in pairs)
        number = match[2]
    else:
        beat, number = unit * int(match[3] or 1), match[4]
    tempo = float(4 * beat * Fraction(number))
    return tempo if 4 <= tempo <= 1000 else None


@dataclass(frozen=True, slots=True)
class VoiceField:
    """What ``V:`` says.

    Parameters
    ----------
    ident : str
    name : str
        Empty if none is given.
    shift : int [semitones]
        How much higher than written the music sounds.
    """

    ident: str
    name: str = ""
    shift: int = 0


def parse_voice(text: str) -> VoiceField:
    """Read a ``V:`` field.

    Parameters
    ----------
    text : str

    Returns
    -------
    field : VoiceField

    Examples
    --------
    >>> parse_voice('1 name="Flute" clef=treble')
    VoiceField(ident='1', name='Flute', shift=0)
    """
    ident, _, options = text.strip().partition(" ")
    found = {name.lower(): value.strip('"') for name, value in _OPTION.findall(options)}
    name = found.get("name") or found.get("nm") or ""
    return VoiceField(ident, name, _shift_of(options))
