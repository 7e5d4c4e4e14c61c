"""What is said to the card of a corpus in exercise 13.3: which row is wrong, and why it counts.

Conventions
-----------
A tune is a dictionary with title, by, from, licence and split; one without a licence stays out.

Contents
--------
judge_card
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["judge_card"]

_Tune = dict[str, str]
_ROWS = {"whose music": "by", "origin": "from", "licence": "licence"}
_NAMES = (*_ROWS, "tunes", "splits", "left out")

_LARK: _Tune = {
    "title": "The Lark in the Morning",
    "by": "handed down, no name known",
    "from": "O'Neill, Music of Ireland (1903)",
    "licence": "public domain",
    "split": "train",
}
_OWN: _Tune = {
    "title": "Jig no. 3",
    "by": "a model, asked by you",
    "from": "composed in lesson 13, seed 3",
    "licence": "CC0 1.0",
    "split": "train",
}
_ADA: _Tune = {
    "title": "Waltz for Ada",
    "by": "Ada Lind (born 1990)",
    "from": "her own manuscript",
    "licence": "CC BY-NC 4.0",
    "split": "test",
}
_FOUND: _Tune = {
    "title": "Rainy Night",
    "by": "J. Moor (born 1961)",
    "from": "a forum",
    "licence": "",
    "split": "train",
}
#: Small corpora, and what each is about.
_SHELVES: tuple[tuple[tuple[_Tune, ...], str], ...] = (
    ((_LARK, _OWN), "two tunes that may be passed on"),
    ((_LARK, _OWN, _ADA), "Ada let you use her waltz, but not sell it"),
    ((_LARK, _FOUND, _ADA), "Rainy Night was found on a forum, and nobody says what may be done"),
)
_WHY = {
    "whose music": "who made it is thanked here, and can be asked",
    "origin": "without it nobody can look up whether it is true",
    "licence": "each tune keeps its own, and who uses the whole must keep them all: name them all",
    "tunes": "count what goes along, not what was on the table",
    "splits": "an exam on tunes that were learned from is none: say how many stand on each side",
    "left out": "a tune without a licence stays out; its title here says that you thought of it",
}


def judge_card(answer: Callable[[list[_Tune]], Any]) -> str | None:
    """Say what is wrong with the cards that a learner's function writes.

    Parameters
    ----------
    answer : callable
        Gets tunes, each a dictionary of title, by, from, licence and split; gives a card.

    Returns
    -------
    reason : str or None

    Examples
    --------
    >>> judge_card(lambda tunes: None)[:28]
    'you give None; a dictionary '
    """
    for shelf, about in _SHELVES:
        given = answer([dict(tune) for tune in shelf])
        if not isinstance(given, Mapping):
            return f"you give {given!r}; a dictionary is wanted: {', '.join(_NAMES)}"
        fault = _card_fault(given, shelf)
        if fault:
            return f"{', '.join(tune['title'] for tune in shelf)} ({about}): {fault}"
    return None


def _card_fault(card: Mapping[str, Any], shelf: Sequence[_Tune]) -> str:
    """Say what a card lacks, if it lacks anything."""
    kept = [tune for tune in shelf if tune["licence"]]
    left = [tune["title"] for tune in shelf if not tune["licence"]]
    for name in _NAMES:
        if name not in card:
            return f"the row {name!r} is missing: {_WHY[name]}"
    for name, field in _ROWS.items():
        for tune in kept:
            if tune[field] not in str(card[name]):
                return f"{name!r} does not say {tune[field]!r}: {_WHY[name]}"
    for tune in shelf:
        if tune["title"] in left and tune["by"] in str(card["whose music"]):
            return f"'whose music' names {tune['by']}, whose tune has to stay out"
    if card["tunes"] != len(kept):
        return f"'tunes' says {card['tunes']!r}, and {len(kept)} go along: {_WHY['tunes']}"
    sides = {side: n for side, n in _pairs(card["splits"]) if n}
    if sides != (right := _count([tune["split"] for tune in kept])):
        return f"'splits' says {card['splits']!r}, and it is {right}: {_WHY['splits']}"
    for title in left:
        if title not in str(card["left out"]):
            return f"'left out' does not say {title!r}: {_WHY['left out']}"
    wrong = [tune["title"] for tune in kept if tune["title"] in str(card["left out"])]
    return f"'left out' says {wrong[0]!r}, which may go along" if wrong else ""


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _count(words: Sequence[str]) -> dict[str, int]:
    return {word: words.count(word) for word in dict.fromkeys(words)}
