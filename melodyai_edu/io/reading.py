"""What a file held, beside the score that was made of it.

Conventions
-----------
A file may leave out the key or the meter, or time its notes off our grid. The score is complete
all the same; a `Reading` says what in it was supplied by us.

Contents
--------
Reading
"""

from __future__ import annotations

from dataclasses import dataclass

from melodyai_edu.score import Score

__all__ = ["Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A score, and what its file did not say or said too finely.

    Parameters
    ----------
    score : Score
    is_key_stated, is_meter_stated : bool, default True
        ``False`` where the file has no key (the score's is estimated) or no meter (it is 4/4).
    moved_notes : int, default 0
        Notes whose onset or end did not fall on the grid.
    largest_move : float, default 0 [quarter notes]
        How far an onset or an end was moved at most.
    remarks : tuple of str, optional
        Anything else that was changed, as sentences.

    Examples
    --------
    >>> Reading(Score(()), moved_notes=3, largest_move=0.02).loss
    '3 of 0 notes moved onto the grid, by 0.02 of a quarter note at most'
    """

    score: Score
    is_key_stated: bool = True
    is_meter_stated: bool = True
    moved_notes: int = 0
    largest_move: float = 0.0
    remarks: tuple[str, ...] = ()

    @property
    def loss(self) -> str:
        """What quantising cost, as one sentence; empty where it cost nothing."""
        if not self.moved_notes:
            return ""
        return (
            f"{self.moved_notes} of {self.score.note_count} notes moved onto the grid, "
            f"by {self.largest_move:.2f} of a quarter note at most"
        )
