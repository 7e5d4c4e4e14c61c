"""A checksum of every note, by which two pieces are told apart.

Conventions
-----------
It covers what sounds: titles and how notes are spelled do not count.

Contents
--------
notes_hash
"""

from __future__ import annotations

import hashlib
import json

from melodyai_edu.score.score import Score

__all__ = ["notes_hash"]


def notes_hash(score: Score) -> str:
    """Give a checksum of every note of every part.

    Parameters
    ----------
    score : Score

    Returns
    -------
    sha256 : str
        Of onsets, durations, pitches, velocities, programs and tempos.

    Examples
    --------
    >>> from melodyai_edu.score import Melody
    >>> notes_hash(Score.of_melody(Melody.from_events([(60, 96)])))[:12]
    '89ca1a6e33cf'
    """
    parts = [
        [
            part.name,
            part.program,
            part.is_drums,
            [[n.onset, n.duration, n.pitch, n.velocity] for n in part.notes],
        ]
        for part in score.parts
    ]
    tempos = [[change.onset, change.tempo] for change in score.tempos]
    return hashlib.sha256(json.dumps([parts, tempos]).encode()).hexdigest()
