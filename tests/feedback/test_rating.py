"""A rating is checked, whoever made it."""

import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from melodyai_edu.errors import ParameterError
from melodyai_edu.feedback import RatedPiece, Rating

PIECES = runpy.run_path(str(Path(__file__).with_name("pieces.py")))
a_piece, better, ratings, stars, thumb = (
    PIECES[name] for name in ("a_piece", "better", "ratings", "stars", "thumb")
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "starz"}, r"kind='starz' must be one of: thumb.*\(perhaps 'stars'\?\)"),
        ({"value": 6}, r"stars=6 must be an integer: 1, 2, 3, 4, 5"),
        ({"value": 2.5}, r"stars=2.5 must be an integer"),
        ({"value": True}, r"stars=True must be an integer"),
        ({"kind": "thumb", "value": 0}, r"thumb=0 must be an integer: -1, 1"),
        ({"kind": "action", "value": "keep"}, r"action='keep' must be.*perhaps 'kept'"),
        ({"kind": "word", "value": 3}, r"value='3' must be left out of a word"),
        ({"kind": "word", "value": None}, r"word='' must say something"),
        ({"kind": "preference", "value": None}, r"other='None' must be the RatedPiece"),
        ({"kind": "preference", "value": None, "other": a_piece()}, r"the same notes as piece"),
        ({"other": a_piece(1)}, r"other must be left out of a rating of the kind stars"),
        ({"rater": "  "}, r"rater='  ' must not be empty"),
        ({"rater": "a\nb"}, r"rater=.* must be one line"),
        ({"rater": "a\u202eb"}, r"rater=.* must be one line"),
        ({"rater": "x" * 65}, r"at most 64 characters"),
        ({"word": "x" * 201}, r"word=.*at most 200 characters"),
        ({"word": "\ud800"}, r"word=.* must be one line"),
        ({"word": 3}, r"word='3' must be text"),
        ({"key": "a b"}, r"key='a b' must be 1 to 64 letters"),
        ({"time": "yesterday"}, r"time='yesterday' must be a moment in UTC"),
        ({"time": "2026-13-01T00:00:00Z"}, r"time=.* must be a moment"),
        ({"time": datetime(2026, 1, 1)}, r"time=.* must be a moment in UTC"),
        ({"piece": "jig"}, r"piece='jig' must be a RatedPiece"),
    ],
)
def test_a_wrong_value_is_named(fields, message):
    given = {"kind": "stars", "value": 4, "piece": a_piece(), "rater": "owl", **fields}
    with pytest.raises(ParameterError, match=message):
        Rating(**given)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"request": []}, r"request='\[\]' must be a dict"),
        ({"request": {"bars": float("nan")}}, r"request must be what JSON can hold"),
        ({"request": {"a": object()}}, r"request must be what JSON can hold"),
        ({"request": {"title": "x" * 200_000}}, r"characters of JSON, limit 64,000"),
        ({"token_ids": ()}, r"token_ids must be 1 to 20,000, are 0"),
        ({"token_ids": (2, 99_999)}, r"token_id=99999 must be an integer from 0 to 332"),
        ({"token_ids": "12"}, r"token_ids=12 must be a list"),
        ({"key": "H major"}, r"spelling='H' must be a letter"),
        ({"tonic_pitch": 61}, r"tonic_pitch=61 must be a D"),
        ({"model": ""}, r"model='' must not be empty"),
        ({"rules": "in_key"}, r"rules='in_key' must be a list"),
        ({"notes_sha256": "abc"}, r"notes_sha256='abc' must be 64 hex digits"),
    ],
)
def test_a_wrong_piece_is_refused(fields, message):
    with pytest.raises(ParameterError, match=message):
        RatedPiece.from_dict({**a_piece().to_dict(), **fields})


def test_a_deep_request_is_refused():
    deep = []
    for _ in range(17):
        deep = [deep]
    with pytest.raises(ParameterError, match="must not be deeper than 16 levels"):
        RatedPiece.from_dict({**a_piece().to_dict(), "request": {"deep": deep}})


def test_fields_are_named():
    values = stars(4, a_piece()).to_dict()
    with pytest.raises(ParameterError, match=r"field of rating='starz' must be one of"):
        Rating.from_dict({**values, "starz": 1})
    with pytest.raises(ParameterError, match="rating must also have: word"):
        Rating.from_dict({name: value for name, value in values.items() if name != "word"})
    with pytest.raises(ParameterError, match="rating='4' must be a dict"):
        Rating.from_dict(4)


@given(ratings())
def test_a_rating_survives_plain_values(rating):
    assert Rating.from_dict(rating.to_dict()) == rating


def test_nobody_changes_a_rating_later():
    request = {"genre": "jig", "rules": []}
    values = a_piece().to_dict()
    piece = RatedPiece.from_dict({**values, "request": request})
    request["rules"].append("in_key")
    assert piece.request["rules"] == []


def test_time_is_utc_and_sorts():
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert stars(4, a_piece(), time=moment).time == "2026-03-01T12:00:00.000000Z"
    assert stars(4, a_piece(), time="2026-03-01T12:00:00.5Z").time > "2026-03-01T12:00:00.000000Z"
    assert stars(4, a_piece()).time[:2] == "20"


def test_is_same_but_for_the_moment():
    one = stars(4, a_piece(), key="k")
    assert one.is_same(stars(4, a_piece(), key="k", time="2001-01-01T00:00:00Z"))
    assert not one.is_same(stars(3, a_piece(), key="k"))


def test_thumbs_are_yes_and_no():
    assert thumb(True, a_piece()).value == 1
    assert thumb(False, a_piece()).value == -1
    assert better(a_piece(), a_piece(1)).value is None
