"""The tonics that controls offer, and the names of their keys.

Conventions
-----------
One tonic for each pitch class, as it is usually written in major.

Contents
--------
TONICS, SHARPER, key_name
"""

from __future__ import annotations

from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key

__all__ = ["SHARPER", "TONICS", "key_name"]

TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

#: Tonics with a flat, and what they are with a sharp.
SHARPER = {"Db": "C#", "Eb": "D#", "Ab": "G#", "Bb": "A#"}


def key_name(tonic: str, mode: str) -> str:
    """Name a key; D flat minor would need eight flats, so it is C sharp minor.

    Parameters
    ----------
    tonic : str
        One of ``TONICS``.
    mode : str

    Returns
    -------
    name : str

    Examples
    --------
    >>> key_name("Db", "major"), key_name("Db", "minor")
    ('Db major', 'C# minor')
    """
    try:
        return Key(tonic, mode).name
    except ParameterError:
        return Key(SHARPER[tonic], mode).name
