"""What pairs follow from ratings."""

import runpy
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.feedback import Rating
from melodyai_edu.feedback.pairing import pair_encodings

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))
a_piece, better, stars, thumb = (PIECES[name] for name in ("a_piece", "better", "stars", "thumb"))

A, B, C = (a_piece(number) for number in range(3))


def names(pairs):
    known = {piece.encoding: name for name, piece in zip("ABC", (A, B, C), strict=True)}
    return ["".join(known[encoding] for encoding in pair) for pair in pairs]


def test_comparisons_come_first():
    ratings = [stars(2, A), stars(4, B), better(C, A)]
    assert names(pair_encodings(ratings)) == ["CA", "BA"]


def test_the_last_word_counts():
    assert names(pair_encodings([better(A, B), better(B, C), better(B, A)])) == ["BC", "BA"]
    assert names(pair_encodings([stars(1, A), stars(3, B), stars(5, A)])) == ["AB"]
    assert names(pair_encodings([stars(1, A), stars(3, B), stars(3, A)])) == []


def test_a_comparison_is_not_contradicted_by_stars():
    assert names(pair_encodings([stars(1, A), stars(5, B), better(A, B)])) == ["AB"]


def test_stars_are_finer_than_thumbs():
    ratings = [thumb(True, A), thumb(False, B), stars(3, A), stars(4, B), thumb(True, C)]
    assert names(pair_encodings(ratings)) == ["BA", "CB"]


def test_equal_ratings_say_nothing():
    assert pair_encodings([stars(3, A), stars(3, B), thumb(1, A), thumb(1, C)]) == []


def test_raters_and_genres_are_not_mixed():
    reel = a_piece(5, genre="reel")
    assert pair_encodings([stars(1, A), stars(5, reel)]) == []
    assert pair_encodings([stars(1, A), stars(5, B, "heron")]) == []
    both = [better(A, B), better(B, A, "heron")]
    assert names(pair_encodings(both)) == ["AB", "BA"]


def test_words_and_actions_mean_no_preference():
    said = [Rating("word", None, A, "owl", word="dull"), Rating("action", "kept", B, "owl")]
    assert pair_encodings(said) == []


def test_the_same_melody_is_not_compared_with_itself():
    arranged = a_piece(0, model="other")
    assert pair_encodings([stars(1, A), stars(5, arranged)]) == []


def test_pairs_of_a_store(store):
    for rating in (better(A, B), stars(2, B, "heron"), stars(5, C, "heron")):
        store.add(rating)
    assert names(store.pairs()) == ["AB", "CB"]
    assert names(store.pairs("heron")) == ["CB"]
    assert store.pairs("nobody") == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5), st.sampled_from("ab"))))
def test_pairs_agree_with_the_last_stars(given_stars):
    ratings = [stars(value, (A, B, C)[place], rater) for place, value, rater in given_stars]
    for rater in "ab":
        own = [rating for rating in ratings if rating.rater == rater]
        last = {rating.piece.encoding: rating.value for rating in own}
        pairs = pair_encodings(own)
        assert all(last[chosen] > last[rejected] for chosen, rejected in pairs)
        assert len(pairs) == sum(x < y for x in last.values() for y in last.values())
