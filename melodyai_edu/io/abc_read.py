"""ABC books to tunes.

Conventions
-----------
A tune that cannot be read is named with its reason and left out; the others are read all the same.
How a tune is read is told in `melodyai_edu.io.abc_tune`.

Contents
--------
AbcTune, RefusedTune, parse_abc, parse_abc_book
"""

from __future__ import annotations

from dataclasses import dataclass

from melodyai_edu.errors import InputError, ParameterError
from melodyai_edu.io.abc_check import check_abc
from melodyai_edu.io.abc_lines import split_book
from melodyai_edu.io.abc_tune import AbcTune, read_tune

__all__ = ["AbcTune", "RefusedTune", "parse_abc", "parse_abc_book"]


@dataclass(frozen=True, slots=True)
class RefusedTune:
    """A tune that cannot be read.

    Parameters
    ----------
    reference : int
    title : str
    line : int [from 1]
        Where it begins in the book.
    reason : str
    """

    reference: int
    title: str
    line: int
    reason: str


def parse_abc_book(text: str) -> tuple[list[AbcTune], list[RefusedTune]]:
    r"""Read every tune of a book that can be read, and say why the others cannot.

    Parameters
    ----------
    text : str

    Returns
    -------
    tunes : list of AbcTune
    refused : list of RefusedTune

    Raises
    ------
    InputError
        If the whole text is too large or no ABC.

    Examples
    --------
    >>> tunes, refused = parse_abc_book("X:1\nM:2/4\nK:D\nF2 A2|d4|\n\nX:2\nK:C\n[CE|")
    >>> [note.pitch_name for note in tunes[0].score.parts[0].notes]
    ['F#4', 'A4', 'D5']
    >>> refused[0].reason
    "the chord '[CE|' is not closed before the next bar line"
    """
    check_abc(text)
    tunes, refused = [], []
    for tune in split_book(text):
        try:
            tunes.append(read_tune(tune))
        except (InputError, ParameterError) as error:
            refused.append(RefusedTune(tune.reference, tune.title, tune.line, str(error)))
    return tunes, refused


def parse_abc(text: str) -> list[AbcTune]:
    r"""Read the tunes of a book; those that cannot be read are left out.

    Parameters
    ----------
    text : str

    Returns
    -------
    tunes : list of AbcTune
        At least one.

    Raises
    ------
    InputError
        If the text is too large or no ABC, or none of its tunes can be read.

    Examples
    --------
    >>> [tune.title for tune in parse_abc("X:1\nT:One\nK:C\nC4|")]
    ['One']
    """
    tunes, refused = parse_abc_book(text)
    if not tunes:
        first = refused[0]
        raise InputError(f"tune X:{first.reference} in line {first.line}: {first.reason}")
    return tunes
