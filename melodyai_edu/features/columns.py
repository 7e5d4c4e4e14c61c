"""The names of the features: what each column of a table counts, and in which unit.

Conventions
-----------
A feature is one number for one piece. Those of `SHARED` are measured on scores and on recordings
alike and mean the same on both; a column of shares adds up to 1 over its row.

Contents
--------
SHARED, SYMBOLIC, AUDIO, CHROMA
"""

from __future__ import annotations

__all__ = ["AUDIO", "CHROMA", "SHARED", "SYMBOLIC"]

#: The twelve columns of pitch classes, C first.
CHROMA = tuple(f"chroma_{pitch_class}" for pitch_class in range(12))

#: On scores and on recordings.
SHARED = {
    "seconds": "playing time [seconds]",
    "beats_a_minute": "how fast the beat goes: as written, or as tapped to a recording",
    "beats": "how many beats the piece has",
    "onsets_a_second": "notes that begin, those that begin together once",
    "found_tonic": "tonic of the key that fits the pitch classes best [pitch class]",
    "found_minor": "1 if that key is minor, 0 if it is major",
    "chroma_entropy": "how evenly the pitch classes sound [bits]; 3.58 is all twelve alike",
    **{name: "share of the sound on this pitch class" for name in CHROMA},
}

#: On scores only.
SYMBOLIC = {
    "tempo": "quarter notes a minute",
    "notes": "how many notes the melody has",
    "onsets_a_beat": "notes that begin",
    "onsets_a_bar": "notes that begin",
    "beats_a_bar": "of the first meter",
    "beat_division": "3 if a beat has three units, else 2",
    "mean_duration": "of the notes [beats]",
    "duration_entropy": "how many note values there are, by how often they occur [bits]",
    "uneven_share": "of neighbouring notes, those that differ in duration",
    "rest_share": "of the time, silence",
    "offbeat_share": "of the notes, those that begin between beats",
    "syncopation": "of the notes, those that begin between beats and last over the next one, "
    "or leave it silent",
    "mean_pitch": "register [MIDI pitch]",
    "lowest_pitch": "[MIDI pitch]",
    "highest_pitch": "[MIDI pitch]",
    "pitch_range": "from the lowest note to the highest [semitones]",
    "mean_interval": "from note to note, up or down [semitones]",
    "repeated_pitch_share": "of the intervals, those of 0 semitones",
    "step_share": "of the intervals, those of 1 or 2 semitones",
    "skip_share": "of the intervals, those of 3 or 4 semitones",
    "leap_share": "of the intervals, those of 5 semitones and more",
    "rising_share": "of the intervals that move, those that rise",
    "turn_share": "of the inner notes, those on which the line turns round",
    "contour_slope": "how the line rises from the first bar to the last [semitones]",
    "contour_arch": "how far the middle half lies above the first and the last quarter [semitones]",
    "brightness": "of the written mode, from -1 (phrygian) to 1 (major)",
    "in_key_share": "of the notes, those of the key's own scale",
    "tonic_share": "of the sounding time, the tonic's",
    "repeated_bars": "of the bars, those that stood there before, note for note",
    "valence": "how pleasant, from -1 to 1",
    "arousal": "how excited, from -1 to 1",
}

#: On recordings only.
AUDIO = {
    "onset_strength": "mean rise of the spectrum from frame to frame",
    "onset_strength_spread": "its standard deviation",
    "loudness": "mean root of the mean square, full scale is 0 [dB]",
    "spectral_centroid": "mean centre of the spectrum, which sounds bright if high [Hz]",
    "spectral_centroid_spread": "its standard deviation [Hz]",
    **{
        f"spectral_contrast_{band}": "peaks above valleys in an octave band, low bands first [dB]"
        for band in range(7)
    },
    **{
        f"mfcc_{number}": "coefficient of the spectrum's smooth shape: timbre"
        for number in range(13)
    },
}
