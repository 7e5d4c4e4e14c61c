"""Lesson 13, Ship it: its predictions, exercises and questions.

Conventions
-----------
As in `melodyai_edu.checks.exercise`. A look at the metrics page is a dictionary with ``count``,
pieces since the service began, and ``seconds``, the work on them.

Contents
--------
PREDICTIONS, EXERCISES, RECALL; what cells call, in `melodyai_edu.checks.lesson_13_crowd` and
`melodyai_edu.checks.lesson_13_capstone`; what is said to a card, in
`melodyai_edu.checks.lesson_13_card`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from melodyai_edu.checks.exercise import Exercise, Question
from melodyai_edu.checks.lesson_13_card import judge_card

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
        "there is no two thirds of a musician; with one more, somebody has to queue in every round",
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
        judge_card,
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
        "A replica lives, but cannot reach its database, so it takes no work. What should "
        "Kubernetes do?",
        {
            "a": (
                "start it anew",
                "The database is no nearer then, and what it was doing is lost.",
            ),
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
