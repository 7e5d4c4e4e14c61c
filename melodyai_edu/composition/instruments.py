"""The 128 sounds of General MIDI and its percussion map, by name.

Conventions
-----------
A program is a number from 0 to 127; names are written in lower case. A drum is named by the pitch
that sounds it on the channel of drums.

Contents
--------
INSTRUMENTS, DRUMS, DRUM_KIT, program_of, drum_of, instrument_named
"""

from __future__ import annotations

from difflib import get_close_matches

from melodyai_edu.errors import ParameterError

__all__ = ["DRUMS", "DRUM_KIT", "INSTRUMENTS", "drum_of", "instrument_named", "program_of"]

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
    "double bass": "contrabass",
    "electric guitar": "electric guitar (clean)",
    "electric bass": "electric bass (finger)",
    "electric piano": "electric piano 1",
    "sax": "alto sax",
    "saxophone": "alto sax",
    "horn": "french horn",
    "synth lead": "lead 2 (sawtooth)",
    "synth pad": "pad 2 (warm)",
    "pan pipes": "pan flute",
}
_DRUM_NAMES = ("drums", "drum kit", "drum set", "percussion", "standard drum kit")

#: The name by which a whole drum kit is asked for.
DRUM_KIT = "drums"

#: The percussion map by name [MIDI]. General MIDI System Level 1, percussion map (MMA, 1991).
DRUMS = {
    name: pitch
    for pitch, name in enumerate(
        (
            "acoustic bass drum", "bass drum 1", "side stick", "acoustic snare", "hand clap",
            "electric snare", "low floor tom", "closed hi-hat", "high floor tom", "pedal hi-hat",
            "low tom", "open hi-hat", "low-mid tom", "hi-mid tom", "crash cymbal 1", "high tom",
            "ride cymbal 1", "chinese cymbal", "ride bell", "tambourine", "splash cymbal",
            "cowbell", "crash cymbal 2", "vibraslap", "ride cymbal 2", "hi bongo", "low bongo",
            "mute hi conga", "open hi conga", "low conga", "high timbale", "low timbale",
            "high agogo", "low agogo", "cabasa", "maracas", "short whistle", "long whistle",
            "short guiro", "long guiro", "claves", "hi wood block", "low wood block", "mute cuica",
            "open cuica", "mute triangle", "open triangle",
        ),
        start=35,
    )
}  # fmt: skip


def instrument_named(instrument: str) -> str:
    """Give the General MIDI name of what somebody calls an instrument.

    Parameters
    ----------
    instrument : str
        A name of `INSTRUMENTS`, in any case; a few short names such as ``"piano"`` work too, and
        ``"drums"`` or ``"percussion"`` for a drum kit.

    Returns
    -------
    name : str
        One of `INSTRUMENTS`, or `DRUM_KIT`.

    Raises
    ------
    ParameterError
        If the name is unknown; the message gives the nearest ones.

    Examples
    --------
    >>> instrument_named("Piano"), instrument_named("percussion")
    ('acoustic grand piano', 'drums')
    """
    name = " ".join(str(instrument).lower().split())
    if name in _DRUM_NAMES:
        return DRUM_KIT
    name = _OTHER_NAMES.get(name, name)
    if name not in INSTRUMENTS:
        known = (*_OTHER_NAMES, *INSTRUMENTS, DRUM_KIT)
        raise ParameterError(f"instrument={instrument!r} must be {_nearest(name, known)}")
    return name


def _nearest(name: str, known: tuple[str, ...]) -> str:
    """List the known names that look like one, or all if none does."""
    parts = [other for other in known if name and name in other]
    near = list(dict.fromkeys((*get_close_matches(name, known, n=4, cutoff=0.5), *parts[:4])))
    if near:
        return f"a General MIDI name; did you mean: {', '.join(near)}?"
    return f"one of: {', '.join(known)}"


def program_of(instrument: str) -> int:
    """Give the program of an instrument.

    Parameters
    ----------
    instrument : str
        As `instrument_named` takes it, but no drum kit.

    Returns
    -------
    program : int [General MIDI, 0-127]

    Raises
    ------
    ParameterError
        If the name is unknown, with the nearest ones; or a drum kit, which has no program.

    Examples
    --------
    >>> program_of("Flute"), program_of("piano")
    (73, 0)
    """
    name = instrument_named(instrument)
    if name == DRUM_KIT:
        raise ParameterError(f"instrument={instrument!r} has no pitches: name one that plays notes")
    return INSTRUMENTS.index(name)


def drum_of(name: str) -> int:
    """Give the pitch that sounds a drum on the channel of drums.

    Parameters
    ----------
    name : str
        One of `DRUMS`, in any case.

    Returns
    -------
    pitch : int [MIDI, 35-81]

    Raises
    ------
    ParameterError
        If the name is unknown; the message gives the nearest ones.

    Examples
    --------
    >>> drum_of("bass drum 1"), drum_of("Closed Hi-Hat")
    (36, 42)
    """
    plain = " ".join(str(name).lower().split())
    if plain not in DRUMS:
        raise ParameterError(f"drum={name!r} must be {_nearest(plain, tuple(DRUMS))}")
    return DRUMS[plain]
