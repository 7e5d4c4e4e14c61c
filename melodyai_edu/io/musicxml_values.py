"""The single values of a MusicXML file: numbers, keys, meters, pitches, tempos.

Conventions
-----------
Each function takes an element and gives a value of `melodyai_edu.score`, or raises `InputError`
naming what it found. A time is exact: an int where it falls on the tick grid, else a Fraction.

Contents
--------
NO_TRANSPOSITION, Ticks, clip, text_of, number_of, ticks_of, written_duration, key_of, meter_of,
pitch_of, tempo_of, Transposition, transposition_of
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import lcm
from xml.etree.ElementTree import Element

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.score import MODES, TICKS_PER_QUARTER, Key, Meter, Pitch
from melodyai_edu.score.pitch import LETTERS, spell_on_fifths

__all__ = [
    "NO_TRANSPOSITION",
    "Ticks",
    "Transposition",
    "clip",
    "key_of",
    "meter_of",
    "number_of",
    "pitch_of",
    "tempo_of",
    "text_of",
    "ticks_of",
    "transposition_of",
    "written_duration",
]

#: A time or a length [ticks], exact.
Ticks = int | Fraction

#: Diatonic steps and semitones from the written to the sounding pitch.
Transposition = tuple[int, int]
NO_TRANSPOSITION: Transposition = (0, 0)

#: MusicXML's names of note values [fraction of a whole note].
_TYPES = {
    "maxima": Fraction(8),
    "long": Fraction(4),
    "breve": Fraction(2),
    "whole": Fraction(1),
    "half": Fraction(1, 2),
    "quarter": Fraction(1, 4),
    "eighth": Fraction(1, 8),
    "16th": Fraction(1, 16),
    "32nd": Fraction(1, 32),
    "64th": Fraction(1, 64),
    "128th": Fraction(1, 128),
    "256th": Fraction(1, 256),
}
_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,9})(?:\.([0-9]{0,9})[0-9]*)?")
_FIRST_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,20})?")
_BEATS = re.compile(r"[0-9]{1,4}(?:\+[0-9]{1,4}){0,63}")
_OTHER_MODES = {"ionian": "major", "aeolian": "minor"}
_STEPS = "CDEFGAB"


def clip(text: str) -> str:
    """Quote a text from a file, shortened, for an error message.

    Examples
    --------
    >>> clip("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"
    """
    return repr(text if len(text) <= 40 else text[:40] + "...")


def text_of(parent: Element, tag: str, default: str = "") -> str:
    """Give the text of a child as one line, or the default where it is missing.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> text_of(fromstring("<part><name> Alto  sax </name></part>"), "name")
    'Alto sax'
    """
    return " ".join(parent.findtext(tag, default).split())


def number_of(text: str | None, what: str) -> int | Fraction:
    """Read a decimal number exactly.

    Parameters
    ----------
    text : str or None
        Up to nine digits on each side of the point.
    what : str
        Its name in the error message.

    Returns
    -------
    number : int or Fraction
        An int where there is nothing behind the point.

    Raises
    ------
    InputError
        If the text is no such number.

    Examples
    --------
    >>> number_of(" 6 ", "duration"), number_of("1.5", "duration")
    (6, Fraction(3, 2))
    """
    text = (text or "").strip()
    if text.isdecimal() and text.isascii() and len(text) < 10:  # nearly always
        return int(text)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise InputError(f"{what}={clip(text)} must be a number")
    value = Fraction(f"{match[1]}{match[2]}.{match[3] or '0'}")
    return int(value) if value.denominator == 1 else value


def _integer(text: str | None, what: str) -> int:
    value = number_of(text, what)
    if not isinstance(value, int):
        raise InputError(f"{what}={clip(str(text))} must be a whole number")
    return value


def _on_grid(value: Fraction) -> Ticks:
    """Turn a whole Fraction into an int; a fine one is rounded so that sums stay small."""
    if value.denominator > 1_000_000:
        value = value.limit_denominator(1_000_000)
    return value.numerator if value.denominator == 1 else value


def ticks_of(duration: int | Fraction, divisions: int | Fraction) -> Ticks:
    """Convert a length in the file's divisions of a quarter to ticks.

    Parameters
    ----------
    duration : int or Fraction [divisions]
    divisions : int or Fraction [per quarter note]

    Returns
    -------
    ticks : int or Fraction [ticks]

    Examples
    --------
    >>> ticks_of(3, 2), ticks_of(1, 5)
    (36, Fraction(24, 5))
    """
    if isinstance(duration, int) and isinstance(divisions, int):
        whole, rest = divmod(duration * TICKS_PER_QUARTER, divisions)
        if not rest:
            return whole
    return _on_grid(Fraction(duration * TICKS_PER_QUARTER) / divisions)


def written_duration(note: Element) -> Ticks:
    """Work out a note's length from its note value, dots and tuplet.

    Parameters
    ----------
    note : Element
        A ``<note>`` without ``<duration>``.

    Returns
    -------
    duration : int or Fraction [ticks]

    Raises
    ------
    InputError
        If the note has no known ``<type>`` either.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> written_duration(fromstring("<note><type>quarter</type><dot/></note>"))
    36
    """
    name = text_of(note, "type")
    if name not in _TYPES:
        raise InputError("a note must have a <duration>, or a <type> to take it from")
    dots = min(len(note.findall("dot")), 8)
    value = _TYPES[name] * 4 * TICKS_PER_QUARTER * (2 - Fraction(1, 2**dots))
    tuplet = note.find("time-modification")
    if tuplet is not None:
        actual = _integer(tuplet.findtext("actual-notes"), "actual-notes")
        normal = _integer(tuplet.findtext("normal-notes"), "normal-notes")
        if not (1 <= actual <= 1000 and 1 <= normal <= 1000):
            raise InputError(f"time-modification={actual}:{normal} must be from 1 to 1000 each")
        value = value * normal / actual
    return _on_grid(value)


def transposition_of(element: Element) -> Transposition:
    """Read ``<transpose>``: how far the instrument sounds from what is written.

    Returns
    -------
    transposition : tuple of (steps, semitones)

    Raises
    ------
    InputError
        If a value is no number or lies beyond ten octaves.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> transposition_of(fromstring("<transpose><chromatic>-2</chromatic></transpose>"))
    (-1, -2)
    """
    semitones = round(number_of(element.findtext("chromatic", "0"), "chromatic"))
    steps = element.findtext("diatonic")
    octaves = _integer(element.findtext("octave-change", "0"), "octave-change")
    if abs(semitones) > 120 or abs(octaves) > 10:
        raise InputError(
            f"transpose={semitones} semitones, {octaves} octaves is beyond ten octaves"
        )
    diatonic = round(semitones * 7 / 12) if steps is None else _integer(steps, "diatonic")
    return diatonic + 7 * octaves, semitones + 12 * octaves


def key_of(element: Element, transposition: Transposition = NO_TRANSPOSITION) -> Key | None:
    """Read ``<key>`` as it sounds.

    Parameters
    ----------
    element : Element
    transposition : tuple of (steps, semitones)

    Returns
    -------
    key : Key or None
        ``None`` for a signature that is not a number of fifths. Without a known mode: major.

    Raises
    ------
    InputError
        If the fifths are no whole number from -11 to 11.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> key_of(fromstring("<key><fifths>2</fifths><mode>dorian</mode></key>")).name
    'E dorian'
    """
    text = element.findtext("fifths")
    if text is None:
        return None
    written = _integer(text, "fifths")
    if abs(written) > 11:
        raise InputError(f"fifths={written} must be from -11 to 11")
    steps, semitones = transposition
    fifths = written + 7 * semitones - 12 * steps
    if abs(fifths) > 7:
        fifths = (fifths + 5) % 12 - 5
    mode = text_of(element, "mode").lower()
    mode = _OTHER_MODES.get(mode, mode)
    return Key.from_fifths(fifths, mode if mode in MODES else "major")


def meter_of(element: Element) -> Meter | None:
    """Read ``<time>``, additive and composite ones too.

    Parameters
    ----------
    element : Element

    Returns
    -------
    meter : Meter or None
        ``None`` for music without meter, and for units shorter than a thirty-second note.

    Raises
    ------
    InputError
        If beats or beat type are no numbers above 0.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> meter_of(fromstring("<time><beats>3+2</beats><beat-type>8</beat-type></time>")).name
    '5/8'
    """
    beats = [(child.text or "").replace(" ", "").strip() for child in element.iter("beats")]
    units = [_integer(child.text, "beat-type") for child in element.iter("beat-type")]
    if element.find("senza-misura") is not None or not (beats or units):
        return None
    if len(beats) != len(units) or len(beats) > 16 or not all(map(_BEATS.fullmatch, beats)):
        raise InputError(f"beats={clip(', '.join(beats))} must be numbers such as '4' or '3+2'")
    numbers = [[int(number) for number in text.split("+")] for text in beats]
    if min(min(numbers)) < 1 or not all(1 <= unit <= 1024 for unit in units):
        raise InputError(f"time={clip('+'.join(beats))} over {units} must be above 0")
    common = lcm(*units) if len(units) > 1 else units[0]
    try:
        groups: list[int] = []
        for written, unit in zip(numbers, units, strict=True):
            own = tuple(written) if len(written) > 1 else Meter(written[0], unit).groups
            groups += [group * common // unit for group in own]
        # Where the file gives no groups, the usual ones of the whole meter are meant.
        is_grouped = len(numbers) > 1 or len(numbers[0]) > 1
        return Meter(sum(groups), common, tuple(groups) if is_grouped else ())
    except ParameterError:
        return None


def pitch_of(element: Element, transposition: Transposition = NO_TRANSPOSITION) -> Pitch:
    """Read ``<pitch>`` as it sounds; a quarter tone goes to the nearest semitone.

    Parameters
    ----------
    element : Element
    transposition : tuple of (steps, semitones)

    Returns
    -------
    pitch : Pitch

    Raises
    ------
    InputError
        If the pitch is incomplete or outside MIDI's range.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> b_flat = fromstring("<pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch>")
    >>> pitch_of(b_flat).name, pitch_of(b_flat, (-1, -2)).name
    ('Bb4', 'Ab4')
    """
    step = element.findtext("step", "").strip()
    if step not in LETTERS:
        raise InputError(f"step={clip(step)} must be a letter from A to G")
    octave = _integer(element.findtext("octave"), "octave")
    alter_text = element.findtext("alter")
    alter = 0 if alter_text is None else round(number_of(alter_text, "alter"))
    if not (-2 <= octave <= 10 and abs(alter) <= 12):  # B#-2 sounds as MIDI 0
        raise InputError(f"pitch={step}, alter={alter}, octave={octave} must be in MIDI's range")
    steps, semitones = transposition
    midi = 12 * (octave + 1) + LETTERS[step] + alter + semitones
    higher_octaves, letter = divmod(_STEPS.index(step) + steps, 7)
    natural = 12 * (octave + 1 + higher_octaves) + LETTERS[_STEPS[letter]]
    if not 0 <= midi <= 127:
        raise InputError(f"pitch={step}{octave} sounds as MIDI {midi}, it must be from 0 to 127")
    if abs(midi - natural) > 2:
        return Pitch(midi, spell_on_fifths(midi % 12))
    return Pitch(midi, _STEPS[letter] + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[midi - natural])


def tempo_of(direction: Element) -> float | None:
    """Read the tempo of a ``<direction>`` or ``<sound>``.

    Parameters
    ----------
    direction : Element
        ``<sound tempo>`` wins over a metronome mark, because it says what is played.

    Returns
    -------
    tempo : float or None [quarter notes a minute]
        ``None`` where there is none, or none that can be played (4 to 1000).

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> tempo_of(fromstring("<sound tempo='96'/>"))
    96.0
    """
    sound = direction if direction.tag == "sound" else direction.find("sound")
    text = None if sound is None else sound.get("tempo")
    unit = Fraction(1)
    if text is None:
        metronome = direction.find("direction-type/metronome")
        if metronome is None:
            return None
        text = metronome.findtext("per-minute", "")
        dots = min(len(metronome.findall("beat-unit-dot")), 8)
        unit = 4 * _TYPES.get(text_of(metronome, "beat-unit"), Fraction(1, 4))
        unit *= 2 - Fraction(1, 2**dots)
    match = _FIRST_NUMBER.search(text)
    tempo = float(match[0]) * float(unit) if match else 0.0
    return tempo if 4 <= tempo <= 1000 else None
