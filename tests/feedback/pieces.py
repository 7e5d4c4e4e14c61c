"""Pieces and ratings to test with, without composing anything."""

from hypothesis import strategies as st

from melodyai_edu.feedback import ACTIONS, RatedPiece, Rating
from melodyai_edu.tokens import VOCABULARY

HEAD = ["Genre_jig", "Meter_6/8", "Mode_major", "Length_1", "Bar_line"]


def a_piece(number=0, genre="jig", model="ngram", mood=None):
    """A melody of one note, another for each number from 0 to 84."""
    tokens = VOCABULARY.ids([*HEAD, "Duration_72", f"Pitch_{24 + number % 85}", "Sequence_end"])
    request = {"genre": genre, "mood": mood, "bars": 1, "rules": ["in_key"]}
    return RatedPiece(request, tokens, "D major", 62, model, ("in_key",), f"{number:064x}")


def stars(number, piece, rater="owl", **more):
    return Rating("stars", number, piece, rater, **more)


def thumb(value, piece, rater="owl", **more):
    return Rating("thumb", value, piece, rater, **more)


def better(piece, other, rater="owl", **more):
    return Rating("preference", None, piece, rater, other, **more)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)
names = texts.filter(lambda text: text.strip())
keys = st.text("abcXYZ019._:-", min_size=1, max_size=20)
times = st.datetimes().map(lambda moment: f"{moment.isoformat('T', 'microseconds')}Z")
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def pieces(draw):
    request = draw(st.dictionaries(texts, plain, max_size=4))
    genre = draw(st.sampled_from([None, "jig", "reel"]))
    rules = draw(st.lists(names, max_size=3))
    base = a_piece(draw(st.integers(0, 84)), model=draw(names))
    return RatedPiece(
        {**request, "genre": genre}, base.token_ids, "D major", 62, base.model, tuple(rules),
        f"{draw(st.integers(0, 9)):064x}",
    )  # fmt: skip


@st.composite
def ratings(draw):
    piece, more = draw(pieces()), {"time": draw(times), "key": draw(keys)}
    rater, word = draw(names), draw(texts)
    kind = draw(st.sampled_from(["stars", "thumb", "preference", "action", "word"]))
    other = draw(pieces()) if kind == "preference" else None
    if other is not None and other.notes_sha256 == piece.notes_sha256:
        kind, other = "word", None
    value = {
        "stars": st.integers(1, 5), "thumb": st.sampled_from([-1, 1]),
        "action": st.sampled_from(ACTIONS),
    }.get(kind)  # fmt: skip
    word = word if kind != "word" or word.strip() else "fine"
    return Rating(kind, None if value is None else draw(value), piece, rater, other, word, **more)
