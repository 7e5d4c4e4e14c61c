"""Several melodies for one request, of which a taste takes the one that it likes most.

Conventions
-----------
The first candidate is the piece that the request gives without a taste; the others differ by what
the melody is drawn with, derived from the same seed. So plan and chords are alike for all.

Contents
--------
MAX_CANDIDATES, check_taste, draws_of
"""

from __future__ import annotations

from melodyai_edu.composition.request_values import text
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.tastes import load_taste

__all__ = ["MAX_CANDIDATES", "check_taste", "draws_of"]

#: The most melodies that are drawn for one request.
MAX_CANDIDATES = 32

#: Tells the draws of candidates from those of edits, which begin with other numbers.
_CANDIDATE = 0x7A57E


def check_taste(taste: object, candidates: int) -> None:
    """Refuse a taste that cannot be opened, and candidates among which nobody chooses.

    Parameters
    ----------
    taste : str or None
    candidates : int

    Raises
    ------
    ParameterError
        If there is no such taste, or there are several candidates without one.
    InputError
        If the file of the taste is damaged.
    """
    if taste is not None:
        load_taste(text("taste", taste))
    elif candidates > 1:
        raise ParameterError(
            f"candidates={candidates} needs a taste that chooses among them: name one, such as "
            f"taste='melody-mine-1', or leave it at 1"
        )


def draws_of(candidates: int) -> list[tuple[int, ...]]:
    """Give what each candidate's melody is drawn with, beside the seed.

    Parameters
    ----------
    candidates : int

    Returns
    -------
    draws : list of tuple of int
        Nothing for the first.

    Examples
    --------
    >>> len(draws_of(3)), draws_of(3)[0]
    (3, ())
    """
    return [(), *((_CANDIDATE, number) for number in range(1, candidates))]
