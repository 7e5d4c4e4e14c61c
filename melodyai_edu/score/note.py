"""Events on the tick grid: note, rest, chord.

Conventions
-----------
An *onset* counts ticks from the start of the score, a *duration* is a length in ticks. A note is
what sounds: a tie that the notation writes inside it is kept in ``ties``, so nothing that counts
notes or durations has to join anything first.

Contents
--------
DEFAULT_VELOCITY, Note, Rest, Chord
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from melodyai_edu.errors import ParameterError
from melodyai_edu.score.key import Key
from melodyai_edu.score.pitch import Pitch, spell_on_fifths

__all__ = ["DEFAULT_VELOCITY", "Chord", "Note", "Rest"]

#: The loudness of a note that nobody marked, mezzo-forte [MIDI velocity].
DEFAULT_VELOCITY = 80


def _check_time(onset: int, duration: int) -> None:
    if onset < 0:
        raise ParameterError(f"onset={onset} must be 0 ticks or more")
    if duration < 1:
        raise ParameterError(f"duration={duration} must be 1 tick or more")


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One sounding pitch.

    Parameters
    ----------
    onset : int [ticks, from 0]
    duration : int [ticks, from 1]
        The whole sounding length, ties included.
    pitch : int [MIDI, 0-127]
    spelling : str, optional
        The written name without octave; as in C major when left out.
    velocity : int [MIDI, 1-127], default 80
    ties : tuple of int, optional [ticks after the onset]
        Where the notation breaks the note and ties it on. Empty means: only where the bar lines
        and the note values demand it (`melodyai_edu.score.notation`).

    Raises
    ------
    ParameterError
        If a value is out of range or the spelling names another pitch.

    Examples
    --------
    >>> Note(0, 24, 66).pitch_name, Note(0, 24, 66, "Gb").pitch_name
    ('F#4', 'Gb4')
    """

    onset: int
    duration: int
    pitch: int
    spelling: str = ""
    velocity: int = DEFAULT_VELOCITY
    ties: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_time(self.onset, self.duration)
        if not self.spelling and 0 <= self.pitch <= 127:
            object.__setattr__(self, "spelling", spell_on_fifths(self.pitch % 12))
        Pitch(self.pitch, self.spelling)
        if not 1 <= self.velocity <= 127:
            raise ParameterError(f"velocity={self.velocity} must be from 1 to 127")
        if self.ties and not (
            self.ties[0] > 0
            and self.ties[-1] < self.duration
            and all(a < b for a, b in zip(self.ties, self.ties[1:], strict=False))
        ):
            raise ParameterError(
                f"ties={self.ties} must rise strictly inside duration={self.duration} ticks"
            )

    @property
    def end(self) -> int:
        """Where the note stops [ticks]."""
        return self.onset + self.duration

    @property
    def spelled(self) -> Pitch:
        """The pitch together with its spelling."""
        return Pitch(self.pitch, self.spelling)

    @property
    def pitch_name(self) -> str:
        """The written name, such as ``"F#4"``."""
        return self.spelled.name

    @property
    def pitch_class(self) -> int:
        """The pitch class [0-11, C is 0]."""
        return self.pitch % 12

    def moved(self, ticks: int) -> Note:
        """Give the same note later in time.

        Parameters
        ----------
        ticks : int [ticks, may be negative]

        Returns
        -------
        note : Note

        Raises
        ------
        ParameterError
            If the onset would become negative.

        Examples
        --------
        >>> Note(0, 24, 60).moved(12).onset
        12
        """
        return replace(self, onset=self.onset + ticks)

    def transposed(self, semitones: int, key: Key | None = None) -> Note:
        """Give the same note at another height, spelled for a key.

        Parameters
        ----------
        semitones : int [semitones]
        key : Key, optional
            The key to spell in; C major when left out.

        Returns
        -------
        note : Note

        Raises
        ------
        ParameterError
            If the pitch leaves MIDI's range.

        Examples
        --------
        >>> Note(0, 24, 60).transposed(3, Key.parse("Eb major")).pitch_name
        'Eb4'
        """
        pitch = self.pitch + semitones
        return replace(self, pitch=pitch, spelling=key.spell(pitch) if key else "")


@dataclass(frozen=True, slots=True, order=True)
class Rest:
    """A silence.

    Parameters
    ----------
    onset : int [ticks, from 0]
    duration : int [ticks, from 1]

    Raises
    ------
    ParameterError
        If a value is out of range.

    Examples
    --------
    >>> Rest(24, 12).end
    36
    """

    onset: int
    duration: int

    def __post_init__(self) -> None:
        _check_time(self.onset, self.duration)

    @property
    def end(self) -> int:
        """Where the rest stops [ticks]."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes of one part that begin and end together.

    Parameters
    ----------
    notes : tuple of Note
        Two or more with one onset and one duration, from the lowest up.

    Raises
    ------
    ParameterError
        If the notes differ in onset or duration, or fewer than two are given.

    Examples
    --------
    >>> Chord((Note(0, 24, 60), Note(0, 24, 64), Note(0, 24, 67))).pitches
    (60, 64, 67)
    """

    notes: tuple[Note, ...]

    def __post_init__(self) -> None:
        times = {(note.onset, note.duration) for note in self.notes}
        if len(self.notes) < 2 or len(times) != 1:
            raise ParameterError(
                f"notes={self.notes} must be two or more that share their onset and duration"
            )
        ordered = tuple(sorted(self.notes, key=lambda note: note.pitch))
        object.__setattr__(self, "notes", ordered)

    @property
    def onset(self) -> int:
        """Where the chord begins [ticks]."""
        return self.notes[0].onset

    @property
    def duration(self) -> int:
        """How long the chord sounds [ticks]."""
        return self.notes[0].duration

    @property
    def end(self) -> int:
        """Where the chord stops [ticks]."""
        return self.onset + self.duration

    @property
    def pitches(self) -> tuple[int, ...]:
        """The pitches from the lowest up [MIDI]."""
        return tuple(note.pitch for note in self.notes)
