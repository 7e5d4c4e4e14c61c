"""Rate a piece: the one function that notebooks, the studio and the command line call.

Conventions
-----------
One call says one thing of a piece, and perhaps a word with it. It is on the disk when it returns.

Contents
--------
rate, rating_of
"""

from __future__ import annotations

import os
import secrets

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback.piece import RatedPiece
from melodyai_edu.feedback.pseudonym import rater_name
from melodyai_edu.feedback.rating import Rating
from melodyai_edu.feedback.store import RatingStore, open_store

__all__ = ["rate", "rating_of"]


def rate(
    piece: object,
    *,
    stars: int | None = None,
    thumb: int | bool | None = None,
    better_than: object = None,
    word: str | None = None,
    action: str | None = None,
    rater: str | None = None,
    key: str | None = None,
    store: RatingStore | str | os.PathLike[str] | None = None,
) -> Rating:
    """Say what you think of a piece, and keep it on this computer.

    Parameters
    ----------
    piece : Composition, Score or RatedPiece
    stars : int, optional
        From 1 to 5.
    thumb : int or bool, optional
        1 or ``True`` for up, -1 or ``False`` for down.
    better_than : Composition, Score or RatedPiece, optional
        The piece that you like less than this one.
    word : str, optional
        What you would say of it, up to 200 characters; alone, or with one of the others.
    action : str, optional
        What was done with it: ``"shown"``, ``"kept"`` or ``"exported"``.
    rater : str, optional
        A pseudonym; this computer's own random one when left out.
    key : str, optional
        Who calls again with the same key has said it once.
    store : RatingStore or path, optional
        This computer's own when left out.

    Returns
    -------
    rating : Rating
        As it is kept.

    Raises
    ------
    ParameterError
        If nothing is said, or several things at once, or a value is impossible.
    InputError, OutputError
        If the store is damaged or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.mkdtemp() + "/ratings.sqlite"
    >>> piece = RatedPiece({"genre": "jig"}, (2, 150, 200), "D major", 62, "ngram", (), "0" * 64)
    >>> rate(piece, stars=4, word="lively", rater="quiet-owl", store=file).value
    4
    >>> rate(piece, rater="quiet-owl", store=file)
    Traceback (most recent call last):
    melodyai_edu.errors.ParameterError: say one thing of the piece: stars, thumb, better_than,
    action or word
    """
    rating = rating_of(
        piece, stars=stars, thumb=thumb, better_than=better_than, word=word, action=action,
        rater=rater, key=key,
    )  # fmt: skip
    if isinstance(store, RatingStore):
        return store.add(rating)
    with open_store(store) as opened:
        return opened.add(rating)


def rating_of(
    piece: object,
    *,
    stars: int | None = None,
    thumb: int | bool | None = None,
    better_than: object = None,
    word: str | None = None,
    action: str | None = None,
    rater: str | None = None,
    key: str | None = None,
) -> Rating:
    """Make a rating of what somebody says, and keep it nowhere.

    Parameters
    ----------
    piece, stars, thumb, better_than, word, action, rater, key
        As for `rate`.

    Returns
    -------
    rating : Rating

    Raises
    ------
    ParameterError
        If nothing is said, or several things at once, or a value is impossible.

    Examples
    --------
    >>> piece = RatedPiece({"genre": "jig"}, (2, 150, 200), "D major", 62, "ngram", (), "0" * 64)
    >>> rating_of(piece, thumb=True, rater="quiet-owl").value
    1
    """
    said = {"stars": stars, "thumb": thumb, "preference": better_than, "action": action}
    kinds = [kind for kind, value in said.items() if value is not None]
    if len(kinds) > 1 or not (kinds or word):
        many = f", not {' and '.join(kinds)} at once" if kinds else ""
        raise ParameterError(
            f"say one thing of the piece: stars, thumb, better_than, action or word{many}"
        )
    kind = kinds[0] if kinds else "word"
    return Rating(
        kind,
        None if kind in ("preference", "word") else said[kind],  # type: ignore[arg-type]
        RatedPiece.of(piece),
        rater_name() if rater is None else rater,
        None if better_than is None else RatedPiece.of(better_than),
        word or "",
        key=secrets.token_hex(16) if key is None else key,
    )
