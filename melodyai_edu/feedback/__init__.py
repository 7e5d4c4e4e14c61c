"""Ratings: what people think of pieces, kept on their own computer.

Conventions
-----------
Who rates has a pseudonym. Nothing leaves the computer unless somebody exports it; everything of
one rater can be exported, and erased.

Contents
--------
rate, rating, values, piece, pseudonym: a rating. store, database, rows, erasing: where it is kept.
exchange, table, parquet: ratings in files. pairing: what a taste is learned from.
acceptance, dashboard: what all of them say.
"""

from melodyai_edu.feedback.dashboard import dashboard, describe_dashboard
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.pseudonym import forget_rater, rater_name
from melodyai_edu.feedback.rate import rate, rating_of
from melodyai_edu.feedback.rating import ACTIONS, KINDS, Rating
from melodyai_edu.feedback.store import Merged, RatingStore, open_store

__all__ = [
    "ACTIONS",
    "KINDS",
    "Merged",
    "RatedPiece",
    "Rating",
    "RatingStore",
    "dashboard",
    "describe_dashboard",
    "forget_rater",
    "open_store",
    "rate",
    "rater_name",
    "rating_of",
]
