"""How parts are told apart: by colour and, for those who do not see it, by pattern.

Conventions
-----------
The same part has the same colour and pattern in the piano roll and in the player.

Contents
--------
COLOURS, HATCHES, colour_of, hatch_of
"""

from __future__ import annotations

__all__ = ["COLOURS", "HATCHES", "colour_of", "hatch_of"]

#: Okabe & Ito (2008), Color Universal Design: eight colours that people with any kind of colour
#: vision tell apart; black and yellow are left out, they vanish among lines and on white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")

#: matplotlib hatches from clear to busy; seven of them, so that pairs with six colours repeat only
#: after 42 parts.
HATCHES = ("", "///", "...", "\\\\\\", "|||", "xxx", "---")


def colour_of(index: int) -> str:
    """Give a part's colour.

    Parameters
    ----------
    index : int [from 0]
        Its place in the score.

    Returns
    -------
    colour : str
        As ``"#rrggbb"``.

    Examples
    --------
    >>> colour_of(0) == colour_of(6)
    True
    """
    return COLOURS[index % len(COLOURS)]


def hatch_of(index: int) -> str:
    """Give a part's hatch.

    Parameters
    ----------
    index : int [from 0]
        Its place in the score.

    Returns
    -------
    hatch : str
        As matplotlib writes it; the first part is plain.

    Examples
    --------
    >>> hatch_of(1)
    '///'
    """
    return HATCHES[index % len(HATCHES)]
