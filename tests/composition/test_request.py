from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.composition import (
    INSTRUMENTS,
    CompositionRequest,
    offered_genres,
    offered_meters,
    offered_modes,
)
from melodyai_edu.errors import ParameterError
from melodyai_edu.score import Key, Meter


@given(
    st.none() | st.sampled_from(offered_genres()),
    st.none() | st.sampled_from(["C major", "F# minor", "Bb dorian"]),
    st.integers(1, 128),
    st.none() | st.floats(20, 400),
    st.integers(0, 2**63),
    st.floats(0.1, 3.0),
    st.sampled_from(INSTRUMENTS),
)
def test_json_brings_a_request_back(genre, key, bars, tempo, seed, temperature, instrument):
    request = CompositionRequest(
        genre=genre,
        key=key,
        bars=bars,
        tempo=tempo,
        seed=seed,
        temperature=temperature,
        instruments=(instrument,),
    )
    assert CompositionRequest.from_json(request.to_json()) == request
    assert json.loads(request.to_json()) == request.to_dict()


def test_values_are_tidied():
    request = CompositionRequest(
        key="f# MINOR", meter="C", bars=np.int64(8), tempo=100, instruments=["Violin"]
    )
    assert (request.key, request.meter) == ("F# minor", "4/4")
    assert (type(request.bars), type(request.tempo)) == (int, float)
    assert request.instruments == ("violin",)
    assert request.program == 40


def test_values_of_the_package_are_taken_too():
    request = CompositionRequest(key=Key.parse("D dorian"), meter=Meter(6, 8))
    assert (request.key, request.meter) == ("D dorian", "6/8")


def test_what_is_left_out_is_filled_in():
    full = CompositionRequest(genre="reel").resolved()
    assert None not in (full.key, full.meter, full.tempo)
    assert full.meter == offered_meters("reel")[0]
    assert full.resolved() == full
    kept = CompositionRequest(genre="reel", key="E dorian", tempo=99).resolved()
    assert (kept.key, kept.tempo) == ("E dorian", 99.0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"genre": "tango"}, r"genre='tango' must be one of: .*\bjig\b"),
        ({"genre": 3}, "genre=3 must be one of"),
        ({"genre": ["jig"]}, r"genre=\['jig'\] must be one of"),
        ({"meter": "17/8"}, r"meter='17/8' must be one of: .*6/8"),
        ({"genre": "jig", "meter": "4/4"}, r"meter='4/4' for genre='jig' must be one of: 6/8"),
        ({"meter": "waltz"}, "meter='waltz' must look like '4/4'"),
        ({"meter": 4}, "meter=4 must be text"),
        ({"key": "H major"}, "'H'"),
        ({"key": "D locrian"}, r"mode='locrian' \(in key='D locrian'\) must be one of: major"),
        ({"key": 5}, "key=5 must be text"),
        ({"bars": 0}, "bars=0 must be an integer from 1 to 128"),
        ({"bars": 129}, "bars=129 must be an integer from 1 to 128"),
        ({"bars": 8.0}, "bars=8.0 must be an integer"),
        ({"bars": True}, "bars=True must be an integer"),
        ({"bars": "8"}, "bars='8' must be an integer"),
        ({"seed": -1}, "seed=-1 must be an integer from 0"),
        ({"seed": None}, "seed=None must be an integer"),
        ({"tempo": 0}, "tempo=0 must be a number from 20 to 400"),
        ({"tempo": "fast"}, "tempo='fast' must be a number"),
        ({"tempo": float("nan")}, "tempo=nan must be a number"),
        ({"temperature": 0}, "temperature=0 must be a number from 0.1 to 3"),
        ({"temperature": None}, "temperature=None must be a number"),
        ({"instruments": ["kazoo"]}, "kazoo"),
        ({"instruments": []}, r"instruments=\[\] must name one instrument"),
        ({"instruments": ["flute", "violin"]}, "must name one instrument"),
        ({"instruments": 3}, "instruments=3 must name one instrument"),
        ({"corpus": "nowhere"}, "name='nowhere' is no corpus on this machine"),
        ({"corpus": 7}, "corpus=7 must be text"),
        ({"mood": "happy"}, "field='mood' must be one of: genre, key, meter, bars"),
    ],
)
def test_what_cannot_be_had_is_refused(fields, message):
    with pytest.raises(ParameterError, match=message):
        CompositionRequest.from_dict(fields)


@pytest.mark.parametrize("text", ["", "[]", "3", '"jig"', None, b"\xff"])
def test_what_is_no_request_is_refused(text):
    with pytest.raises(ParameterError, match="must be a JSON object"):
        CompositionRequest.from_json(text)


def test_what_is_offered_is_listed_by_frequency():
    assert {"jig", "reel", "hornpipe", "air", "march"} <= set(offered_genres())
    assert offered_meters("jig")[0] == "6/8"
    assert offered_modes()[0] == "major"
    assert set(offered_meters("reel")) <= set(offered_meters())
