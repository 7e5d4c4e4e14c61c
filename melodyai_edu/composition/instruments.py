"""The 128 sounds of General MIDI, by name.

Conventions
-----------
A program is a number from 0 to 127; names are written in lower case.

Contents
--------
INSTRUMENTS, program_of
"""

from __future__ import annotations

from melodyai_edu.errors import ParameterError

__all__ = ["INSTRUMENTS", "program_of"]

#: Names in the order of their programs: General MIDI System Level 1, sound set (MMA, 1991).
INSTRUMENTS = (
    "acoustic grand piano",
    "bright acoustic piano",
    "electric grand piano",
    "honky-tonk piano",
    "electric piano 1",
    "electric piano 2",
    "harpsichord",
    "clavinet",
    "celesta",
    "glockenspiel",
    "music box",
    "vibraphone",
    "marimba",
    "xylophone",
    "tubular bells",
    "dulcimer",
    "drawbar organ",
    "percussive organ",
    "rock organ",
    "church organ",
    "reed organ",
    "accordion",
    "harmonica",
    "tango accordion",
    "acoustic guitar (nylon)",
    "acoustic guitar (steel)",
    "electric guitar (jazz)",
    "electric guitar (clean)",
    "electric guitar (muted)",
    "overdriven guitar",
    "distortion guitar",
    "guitar harmonics",
    "acoustic bass",
    "electric bass (finger)",
    "electric bass (pick)",
    "fretless bass",
    "slap bass 1",
    "slap bass 2",
    "synth bass 1",
    "synth bass 2",
    "violin",
    "viola",
    "cello",
    "contrabass",
    "tremolo strings",
    "pizzicato strings",
    "orchestral harp",
    "timpani",
    "string ensemble 1",
    "string ensemble 2",
    "synth strings 1",
    "synth strings 2",
    "choir aahs",
    "voice oohs",
    "synth choir",
    "orchestra hit",
    "trumpet",
    "trombone",
    "tuba",
    "muted trumpet",
    "french horn",
    "brass section",
    "synth brass 1",
    "synth brass 2",
    "soprano sax",
    "alto sax",
    "tenor sax",
    "baritone sax",
    "oboe",
    "english horn",
    "bassoon",
    "clarinet",
    "piccolo",
    "flute",
    "recorder",
    "pan flute",
    "blown bottle",
    "shakuhachi",
    "whistle",
    "ocarina",
    "lead 1 (square)",
    "lead 2 (sawtooth)",
    "lead 3 (calliope)",
    "lead 4 chiff",
    "lead 5 (charang)",
    "lead 6 (voice)",
    "lead 7 (fifths)",
    "lead 8 (bass + lead)",
    "pad 1 (new age)",
    "pad 2 (warm)",
    "pad 3 (polysynth)",
    "pad 4 (choir)",
    "pad 5 (bowed)",
    "pad 6 (metallic)",
    "pad 7 (halo)",
    "pad 8 (sweep)",
    "fx 1 (rain)",
    "fx 2 (soundtrack)",
    "fx 3 (crystal)",
    "fx 4 (atmosphere)",
    "fx 5 (brightness)",
    "fx 6 (goblins)",
    "fx 7 (echoes)",
    "fx 8 (sci-fi)",
    "sitar",
    "banjo",
    "shamisen",
    "koto",
    "kalimba",
    "bagpipe",
    "fiddle",
    "shanai",
    "tinkle bell",
    "agogo",
    "steel drums",
    "woodblock",
    "taiko drum",
    "melodic tom",
    "synth drum",
    "reverse cymbal",
    "guitar fret noise",
    "breath noise",
    "seashore",
    "bird tweet",
    "telephone ring",
    "helicopter",
    "applause",
    "gunshot",
)

_OTHER_NAMES = {
    "piano": "acoustic grand piano",
    "guitar": "acoustic guitar (nylon)",
    "acoustic guitar": "acoustic guitar (nylon)",
    "steel guitar": "acoustic guitar (steel)",
    "organ": "church organ",
    "bass": "acoustic bass",
    "harp": "orchestral harp",
    "strings": "string ensemble 1",
    "choir": "choir aahs",
    "tin whistle": "whistle",
    "pan pipes": "pan flute",
}


def program_of(instrument: str) -> int:
    """Give the program of an instrument.

    Parameters
    ----------
    instrument : str
        A name of `INSTRUMENTS`, in any case; a few short names such as ``"piano"`` work too.

    Returns
    -------
    program : int [General MIDI, 0-127]

    Raises
    ------
    ParameterError
        If the name is unknown; the message lists them all.

    Examples
    --------
    >>> program_of("Flute"), program_of("piano")
    (73, 0)
    """
    name = " ".join(str(instrument).lower().split())
    name = _OTHER_NAMES.get(name, name)
    if name not in INSTRUMENTS:
        raise ParameterError(
            f"instrument={instrument!r} must be one of: {', '.join((*_OTHER_NAMES, *INSTRUMENTS))}"
        )
    return INSTRUMENTS.index(name)
