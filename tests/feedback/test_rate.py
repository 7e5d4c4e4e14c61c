"""Rating a composed piece."""

import pytest

import melodyai_edu as mai
from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback import RatedPiece, open_store, rater_name
from melodyai_edu.score import Melody, Score
from melodyai_edu.score.checksum import notes_hash


@pytest.fixture(scope="module")
def jigs():
    return [mai.compose(genre="jig", bars=4, seed=seed, model="ngram") for seed in (1, 2)]


def test_a_piece_is_kept_with_all_that_made_it(jigs):
    rating = mai.rate(jigs[0], stars=4, word="lively")
    assert (rating.kind, rating.value, rating.word) == ("stars", 4, "lively")
    assert rating.rater == rater_name()
    piece = rating.piece
    assert piece.encoding == jigs[0].encoding
    assert piece.notes_sha256 == jigs[0].provenance["notes_sha256"]
    assert piece.model == "ngram"
    assert mai.CompositionRequest.from_dict(piece.request) == jigs[0].request
    with open_store() as store:
        assert store.ratings() == [rating]


@pytest.mark.parametrize(
    ("said", "kind", "value"),
    [
        ({"thumb": True}, "thumb", 1),
        ({"thumb": -1}, "thumb", -1),
        ({"action": "kept"}, "action", "kept"),
        ({"word": "dull"}, "word", None),
    ],
)
def test_each_way_of_saying(jigs, said, kind, value):
    rating = mai.rate(jigs[0], **said)
    assert (rating.kind, rating.value) == (kind, value)


def test_a_preference_gives_a_pair(jigs, tmp_path):
    with open_store(tmp_path / "class.sqlite") as store:
        mai.rate(jigs[0], better_than=jigs[1], rater="owl", store=store)
        assert store.pairs() == [(jigs[0].encoding, jigs[1].encoding)]
        mai.rate(RatedPiece.of(jigs[1]), thumb=False, rater="owl", store=store)
        assert len(store) == 2


def test_saying_it_again_with_the_same_key(jigs):
    first = mai.rate(jigs[0], stars=4, key="k")
    assert mai.rate(jigs[0], stars=4, key="k") == first
    with pytest.raises(ParameterError, match="is of another rating"):
        mai.rate(jigs[0], stars=2, key="k")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "say one thing of the piece"),
        ({"word": ""}, "say one thing of the piece"),
        ({"stars": 4, "thumb": 1}, "not stars and thumb at once"),
        ({"stars": 0}, "stars=0 must be an integer"),
        ({"thumb": 2}, "thumb=2 must be an integer"),
        ({"action": "play"}, "action='play' must be one of"),
    ],
)
def test_what_cannot_be_said(jigs, said, message):
    with pytest.raises(ParameterError, match=message):
        mai.rate(jigs[0], **said)
    with open_store() as store:
        assert len(store) == 0


def test_only_pieces(jigs):
    with pytest.raises(ParameterError, match="it has no request and no encoding"):
        mai.rate("a jig", stars=4)
    with pytest.raises(ParameterError, match="compare two pieces"):
        mai.rate(jigs[0], better_than=jigs[0])


def test_a_changed_piece_is_rated_too(jigs):
    """Its rules are locks on bars, which no request can carry as text."""
    changed = mai.compose(regenerate=(3, 4), of=jigs[0])
    rating = mai.rate(changed, stars=3)
    assert rating.piece.encoding == changed.encoding
    assert rating.piece.rules == tuple(map(str, changed.request.all_rules))


def test_the_checksum_covers_what_sounds():
    one = Score.of_melody(Melody.from_events([(60, 96)]))
    other = Score.of_melody(Melody.from_events([(62, 96)]))
    assert notes_hash(one) == notes_hash(Score.of_melody(Melody.from_events([(60, 96)])))
    assert notes_hash(one) != notes_hash(other)
