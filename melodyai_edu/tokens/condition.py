"""What a neural model is told before the first note.

Conventions
-----------
Seven tokens lead a sequence: Genre, Mood, Meter, Mode, Tonic, Length, Density. Each may be
unknown, and in training each sometimes is: so a model also knows what a tune is like when nobody
says which (Ho & Salimans 2022, "Classifier-free diffusion guidance").

The chord of a bar is no token but a number beside each token: 0 is unknown, then major, minor and
diminished on each pitch class, counted from the tonic.

Contents
--------
NUM_CHORDS, NUM_CONDITIONS, UNKNOWN_IDS, Condition, density_level, chord_id
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Meter
from melodyai_edu.tokens.encoding import conditioning_tokens
from melodyai_edu.tokens.vocabulary import DENSITIES, MOODS, TONICS, VOCABULARY

__all__ = [
    "NUM_CHORDS",
    "NUM_CONDITIONS",
    "UNKNOWN_IDS",
    "Condition",
    "chord_id",
    "density_level",
]

#: Triads that have a number.
_QUALITIES = ("major", "minor", "diminished")

#: How many numbers chords have, unknown included.
NUM_CHORDS = 1 + 12 * len(_QUALITIES)

#: Where one level of density ends and the next begins [notes a quarter note]: the quintiles of the
#: 3,690 training tunes of the corpora that come with the package.
_DENSITY_BOUNDS = (1.50, 1.81, 1.93, 2.17)


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of a melody before it begins; None or 0 is unknown.

    Parameters
    ----------
    genre : str, optional
    mood : str, optional
        One of happy, tense, sad, calm.
    meter : Meter, optional
    mode : str, optional
    tonic : int, optional [MIDI]
        Where the tonic sounds that the model sees as 60.
    bars : int, default 0 [bars]
        Length; the pickup does not count.
    density : int, default 0
        Level of onset density, 1 to 5; see `density_level`.

    Raises
    ------
    ParameterError
        If the mood or the density has no token.

    Examples
    --------
    >>> Condition(genre="jig", meter=Meter(6, 8), bars=16).tokens
    ('Genre_jig', 'Mood_unknown', 'Meter_6/8', 'Mode_unknown', 'Tonic_unknown', 'Length_16',
     'Density_unknown')
    """

    genre: str | None = None
    mood: str | None = None
    meter: Meter | None = None
    mode: str | None = None
    tonic: int | None = None
    bars: int = 0
    density: int = 0

    def __post_init__(self) -> None:
        if self.mood is not None and self.mood not in MOODS:
            raise ParameterError(f"mood={self.mood!r} must be one of: {', '.join(MOODS)}")
        if self.density and self.density not in DENSITIES:
            raise ParameterError(f"density={self.density} must be from 1 to {DENSITIES[-1]}")

    @property
    def tokens(self) -> tuple[str, ...]:
        """The seven tokens that lead a sequence."""
        genre, meter, mode, length = conditioning_tokens(
            genre=self.genre, meter=self.meter, mode=self.mode, bars=self.bars
        )
        tonic = self.tonic if self.tonic in TONICS else "unknown"
        return (
            genre,
            f"Mood_{self.mood or 'unknown'}",
            meter,
            mode,
            f"Tonic_{tonic}",
            length,
            f"Density_{self.density or 'unknown'}",
        )

    @property
    def token_ids(self) -> tuple[int, ...]:
        """The places of the seven tokens in `VOCABULARY`."""
        return VOCABULARY.ids(self.tokens)

    def without_style(self) -> Condition:
        """Forget what can be steered softly: genre, mood, density and length.

        This is the other voice of guidance; meter, mode and tonic stay. What knows its length
        ends on purpose, and guidance makes more of that.
        """
        return replace(self, genre=None, mood=None, density=0, bars=0)


#: The seven tokens when nothing is known.
UNKNOWN_IDS = Condition().token_ids

#: How many tokens lead a sequence.
NUM_CONDITIONS = len(UNKNOWN_IDS)


def density_level(notes: int, duration: int) -> int:
    """Say how busy a melody is.

    Parameters
    ----------
    notes : int
    duration : int [ticks]
        Of the whole melody, rests included.

    Returns
    -------
    level : int
        1 (few notes) to 5 (many): fifths of the training tunes.

    Raises
    ------
    ParameterError
        If the duration is not positive.

    Examples
    --------
    >>> density_level(8, 8 * 24), density_level(40, 16 * 24)
    (1, 5)
    """
    if duration <= 0:
        raise ParameterError(f"duration={duration} must be positive [ticks]")
    a_quarter = notes / (duration / 24)
    return 1 + sum(a_quarter >= bound for bound in _DENSITY_BOUNDS)


def chord_id(degree: int, quality: str) -> int:
    """Give the number of a triad.

    Parameters
    ----------
    degree : int [semitones]
        Its root above the tonic; taken modulo 12.
    quality : str
        Of another quality than major, minor and diminished nothing is known: 0.

    Returns
    -------
    chord_id : int
        0 to 36.

    Examples
    --------
    >>> chord_id(0, "major"), chord_id(7, "major"), chord_id(7, "augmented")
    (1, 22, 0)
    """
    if quality not in _QUALITIES:
        return 0
    return 1 + degree % 12 * len(_QUALITIES) + _QUALITIES.index(quality)
