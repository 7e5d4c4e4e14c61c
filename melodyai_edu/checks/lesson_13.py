"""Lesson 13, Ship it: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. A look at the metrics page is a dictionary with ``count``,
pieces since the service began, and ``seconds``, the work on them.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; what cells call, in `melodyai_edu.checks.lesson_13_crowd` and
`melodyai_edu.checks.lesson_13_capstone`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from melodyai_edu.checks.exercise import Exercise, Question

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]

PREDICTIONS = {
    "13.1": Question(
        "The same wish with the same seed goes to the service, and to `mai.compose` in this "
        "notebook. Each gives a MIDI file. What do the two files have in common?",
        {
            "a": (
                "the genre and the key; the notes are drawn anew",
                "They are drawn, but with the same dice: a seed fixes every throw.",
            ),
            "b": (
                "the notes, but not the bytes",
                "The bytes would differ if the file held a date, or the name of a computer. It "
                "holds music.",
            ),
            "c": (
                "every byte",
                "The same wish, seed, version and data give the same notes, and a MIDI file is "
                "written from notes alone.",
            ),
        },
        "c",
    ),
    "13.2": Question(
        "The service composes one piece at a time, and four more may wait. Now twelve people ask "
        "at one moment. What happens?",
        {
            "a": (
                "all twelve get a piece, the last after twelve times as long",
                "So it would be in a queue without end. This one has four places.",
            ),
            "b": (
                "about five get a piece, and the others are told at once to come again",
                "One is at work, four wait. Nobody waits for what may never come.",
            ),
            "c": (
                "the twelve pieces are composed side by side, each more slowly",
                "One process composes one piece at a time. Two on one processor would not be any "
                "faster, and need twice the memory.",
            ),
        },
        "b",
    ),
    "13.3": Question(
        "Somebody finds a hole in a library that we use, and makes our service do what they want. "
        "Which line keeps them from being master of everything inside the container?",
        {
            "a": (
                "FROM, which begins with a slim system",
                "A small system has fewer holes. Whoever got through one would still be root.",
            ),
            "b": (
                "HEALTHCHECK, which asks every 15 seconds whether it lives",
                "An intruder would answer that it does.",
            ),
            "c": (
                "USER, which gives up root",
                "What is started after this line is user 10001, who owns nothing but the folder "
                "with the pieces.",
            ),
        },
        "c",
    ),
    "13.4": Question(
        "Three replicas run, two of them on one computer. That computer shall be emptied for a "
        "repair. What does maxUnavailable: 1 promise?",
        {
            "a": (
                "both replicas move at once, and one is enough meanwhile",
                "Two would be away at one time, and one is allowed.",
            ),
            "b": (
                "one moves; the other must wait until all are there again",
                "Whoever empties a computer asks first, and is told to wait while one is missing.",
            ),
            "c": (
                "nothing is ever lost, even if the power fails",
                "A power cut asks nobody. Against that the replicas are spread over several zones.",
            ),
        },
        "b",
    ),
}

_Look = Mapping[str, float]

#: Two looks at the metrics page, processes, seconds of listening, musicians, what it is about.
_LOOKS: tuple[tuple[_Look, _Look, int, float, int, str], ...] = (
    (
        {"count": 0, "seconds": 0.0},
        {"count": 8, "seconds": 4.0},
        1,
        0.0,
        1,
        "a piece takes half a second, and who never listens keeps one process busy alone",
    ),
    (
        {"count": 0, "seconds": 0.0},
        {"count": 8, "seconds": 4.0},
        1,
        15.5,
        32,
        "who listens for 15.5 seconds and waits half a second comes back every 16 seconds; in "
        "that time the process makes 32 pieces",
    ),
    (
        {"count": 1, "seconds": 8.0},
        {"count": 17, "seconds": 12.0},
        1,
        15.75,
        64,
        "the one slow piece before the first look, when the tables were loaded, does not count: "
        "take what was added between the looks",
    ),
    (
        {"count": 0, "seconds": 0.0},
        {"count": 8, "seconds": 4.0},
        3,
        15.5,
        96,
        "three processes compose three pieces at a time",
    ),
    (
        {"count": 0, "seconds": 0.0},
        {"count": 2, "seconds": 3.0},
        1,
        14.5,
        10,
        "there is no two thirds of a musician, and one too many makes the queue grow for ever",
    ),
    (
        {"count": 500, "seconds": 900.0},
        {"count": 16, "seconds": 4.0},
        2,
        15.75,
        128,
        "the counts became smaller, so it was started anew in between and counts from 0 again",
    ),
)  # fmt: skip


def _test_musicians(answer: Callable[..., Any]) -> str | None:
    for before, after, workers, listen, wanted, why in _LOOKS:
        given = answer(dict(before), dict(after), workers, listen)
        if isinstance(given, bool) or not isinstance(given, int | float) or math.isnan(given):
            return f"you give {given!r}; a number of musicians is wanted"
        if given != wanted:
            looks = (
                f"{before['count']} pieces in {before['seconds']:g} s, later {after['count']} in "
                f"{after['seconds']:g} s; {workers} at work, {listen:g} s of listening"
            )
            return f"{looks}: you say {given:g}. Mind: {why}"
    return None


#: Jobs that wait, replicas now, jobs for each, fewest, most, replicas wanted, and why.
_QUEUES: tuple[tuple[int, int, int, int, int, int, str], ...] = (
    (20, 3, 5, 2, 6, 4, "20 jobs at 5 for each replica need 4"),
    (21, 4, 5, 2, 6, 5, "21 jobs are one too many for 4 replicas of 5, so a fifth is needed"),
    (0, 2, 5, 2, 6, 2, "nobody waits, but the fewest stay, for the next caller comes unannounced"),
    (90, 5, 5, 2, 6, 6, "90 jobs would need 18 replicas, and somebody pays: the most is 6"),
    (40, 2, 4, 2, 12, 4, "10 are needed, but they may only double each minute: 2 become 4"),
    (4, 9, 4, 2, 12, 8, "2 would do, but one goes at a time: the rush may come back"),
    (8, 2, 4, 2, 12, 2, "2 replicas are just enough for 8 jobs, and none has to move"),
)  # fmt: skip


def _test_replicas(answer: Callable[..., Any]) -> str | None:
    for waiting, now, each, fewest, most, wanted, why in _QUEUES:
        given = answer(waiting, now, each, fewest, most)
        if isinstance(given, bool) or not isinstance(given, int | float):
            return f"you give {given!r}; a number of replicas is wanted"
        if given != wanted:
            return (
                f"{waiting} wait, {now} replicas, {each} for each, {fewest} to {most}: you ask for "
                f"{given:g}. Mind: {why}"
            )
    return None


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
    "licence": "whoever gets the corpus must keep the strictest of its licences, so name them all",
    "tunes": "count what goes along, not what was on the table",
    "splits": "an exam on tunes that were learned from is none: say how many stand on each side",
    "left out": "a tune without a licence stays out; its title here says that you thought of it",
}


def _test_card(answer: Callable[[list[_Tune]], Any]) -> str | None:
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


EXERCISES = {
    "13.1": Exercise(
        "Say for how many musicians the service is enough.",
        _test_musicians,
        (
            "How long did one piece take between the two looks? Everything else follows from that.",
            "A musician comes back when they have waited and listened. How many pieces can all "
            "processes together make in that time?",
            "Each musician takes one of them. Round down, and mind counts that became smaller: "
            "then the first look says nothing.",
        ),
        "Little's law: who stays long comes seldom, and that is what makes a small service enough",
    ),
    "13.2": Exercise(
        "Say how many replicas there shall be in the next minute.",
        _test_replicas,
        (
            "Begin with what the queue needs, and round up: half a replica is none.",
            "Then stay between the fewest and the most.",
            "In the end compare with what there is now: at most twice as many, at least one fewer.",
        ),
        "an autoscaler that hurries up and takes its time coming down",
    ),
    "13.3": Exercise(
        "Write the card of a small corpus as a dictionary with whose music, origin, licence, "
        "tunes, splits, left out.",
        _test_card,
        (
            "First decide which tunes may go along at all. Every row but the last is about those.",
            "Names, origins and licences are lists without repeats; a tune is left out if its "
            "licence is empty.",
            "Count the splits of what goes along with a dictionary: side to number.",
        ),
        "a card by which a stranger knows whose music it is, and what they may do with it",
    ),
}

RECALL = (
    Question(
        "A service answers 503 with the header Retry-After: 5. What should your program do?",
        {
            "a": ("ask again at once, until it works", "A thousand programs that do so are why."),
            "b": (
                "wait five seconds, perhaps a little longer, and ask again",
                "The wish was understood; only the moment is wrong. A little chance in the wait "
                "keeps all from coming back together.",
            ),
            "c": ("change the wish", "The wish is fine. That would be 422."),
        },
        "b",
    ),
    Question(
        "melodyai_queue_length was 3 a minute ago and is 3 now. How many jobs came in between?",
        {
            "a": ("none", "Fifty may have come, and fifty gone."),
            "b": ("three", "Three wait at this moment. That is all it says."),
            "c": (
                "it does not say; the counters do",
                "A gauge is a picture of one moment. What happened between two looks is the "
                "difference of a counter.",
            ),
        },
        "c",
    ),
    Question(
        "A replica lives, but its tables are still being loaded. What should Kubernetes do?",
        {
            "a": ("start it anew", "Then it loads from the beginning, and never gets done."),
            "b": (
                "send it no callers, and wait",
                "It is alive (/healthz) and not ready (/readyz). Only the first is a reason to "
                "start it anew.",
            ),
            "c": ("send it fewer callers", "Those few would wait, or be refused."),
        },
        "b",
    ),
    Question(
        "From lesson 12: a model learned from ratings by night. When may it answer by day?",
        {
            "a": ("when its loss is lower", "That is the very number that was made small."),
            "b": (
                "when its guards hold: real tunes, distinct figures, held-out pairs",
                "So does the job in retrain.yaml, on Sundays; otherwise the old one stays.",
            ),
            "c": ("when nobody complains", "Those who leave seldom complain first."),
        },
        "b",
    ),
    Question(
        "From lesson 06: the capstone's report card is spotless. Is the piece good?",
        {
            "a": ("yes, that is what it means", "A heap of notes can have every count right."),
            "b": ("no, real pieces have marks", "Many have, but a mark is no merit either."),
            "c": (
                "the card does not know",
                "It says where a piece is unlike others. Whether anyone wants to hear it twice, "
                "ears decide, best without knowing whose it is.",
            ),
        },
        "c",
    ),
)
