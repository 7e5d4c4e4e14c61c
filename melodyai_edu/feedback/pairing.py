"""From ratings to pairs, chosen and rejected: what a model of taste learns from.

Conventions
-----------
Who changes their mind is believed the last time: of one rater's comparisons of two melodies, and
of their stars (or thumbs) for one melody, only the latest counts. Melodies are compared, not
arrangements.

Contents
--------
pair_encodings, EncodingPair
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from melodyai_edu.feedback.rating import Rating
from melodyai_edu.tokens import Encoding

__all__ = ["EncodingPair", "pair_encodings"]

EncodingPair = tuple[Encoding, Encoding]

#: Kinds that pairs follow from; stars come first, because they say more than thumbs.
_SCALES = ("stars", "thumb")


def pair_encodings(ratings: Sequence[Rating]) -> list[EncodingPair]:
    """Give the pairs that ratings mean.

    Parameters
    ----------
    ratings : sequence of Rating
        In the order in which they were made; of any raters.

    Returns
    -------
    pairs : list of (Encoding, Encoding)
        The chosen melody first. Direct comparisons come first, in their order. Then, for each
        rater, what different stars or different thumbs for two pieces of the same genre imply, in
        the order of the later of the two; two melodies that the rater compared directly, or gave
        other stars, are not paired again.

    Examples
    --------
    >>> from melodyai_edu.feedback.piece import RatedPiece
    >>> good, bad = (
    ...     RatedPiece({"genre": "jig"}, (2, 150, n), "C major", 60, "ngram", (), str(n) * 64)
    ...     for n in (1, 3)
    ... )
    >>> stars = [Rating("stars", 2, bad, "owl"), Rating("stars", 5, good, "owl")]
    >>> [(a.token_ids[-1], b.token_ids[-1]) for a, b in pair_encodings(stars)]
    [(1, 3)]
    """
    direct = _compared(ratings)
    seen = {(rater, frozenset(pair)) for rater, pair in direct}
    implied: list[tuple[int, EncodingPair]] = []
    for scale in _SCALES:
        for rater, place, pair in _implied(ratings, scale):
            if (rater, frozenset(pair)) not in seen:
                seen.add((rater, frozenset(pair)))
                implied.append((place, pair))
    implied.sort(key=lambda found: found[0])  # keeps the order of what is equally late
    return [*(pair for _, pair in direct), *(pair for _, pair in implied)]


def _compared(ratings: Iterable[Rating]) -> list[tuple[str, EncodingPair]]:
    """Give the direct comparisons, each rater's last word on two melodies."""
    last: dict[tuple[str, frozenset[Encoding]], tuple[str, EncodingPair]] = {}
    for rating in ratings:
        if rating.kind != "preference" or rating.other is None:
            continue
        pair = rating.piece.encoding, rating.other.encoding
        if pair[0] != pair[1]:
            place = rating.rater, frozenset(pair)
            last.pop(place, None)
            last[place] = rating.rater, pair
    return list(last.values())


def _implied(ratings: Sequence[Rating], scale: str) -> Iterator[tuple[str, int, EncodingPair]]:
    """Yield (rater, place of the later rating, pair) for each difference on a scale."""
    given: dict[tuple[str, str | None], dict[Encoding, tuple[int, int]]] = defaultdict(dict)
    for place, rating in enumerate(ratings):
        if rating.kind == scale and isinstance(rating.value, int):
            shelf = given[rating.rater, rating.piece.genre]
            shelf[rating.piece.encoding] = rating.value, place
    for (rater, _), shelf in given.items():
        for (one, (first, i)), (other, (second, j)) in combinations(shelf.items(), 2):
            if first != second:
                yield rater, max(i, j), (one, other) if first > second else (other, one)
