from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyai_edu.cli import main
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
        ({"instruments": []}, r"instruments=\[\] must be 1 to 16 names"),
        ({"instruments": ["flute", "flutte"]}, "did you mean: flute"),
        ({"instruments": ["drums", "flute"]}, "must begin with one that can play the melody"),
        ({"instruments": 3}, "instruments=3 must be a list of names"),
        ({"arrangement": "walz"}, "did you mean: waltz"),
        ({"arrangement": 3}, "arrangement=3 must be text"),
        ({"genre": "bossa nova"}, "arrangement='bossa nova'"),
        ({"genre": "jigg"}, r"perhaps 'jig'"),
        ({"harmony": "punk"}, "harmony='punk' must be one of: folk, pop, jazz"),
        ({"intro": 17}, "intro=17 must be an integer from 0 to 16"),
        ({"humanise": 1}, "humanise=1 must be True or False"),
        ({"seeds": {"drums": 1}}, r"module='drums' \(in seeds\) must be one of: plan, harmony"),
        ({"seeds": {"harmony": -1}}, r"seeds\['harmony'\]=-1 must be an integer"),
        ({"seeds": 3}, "seeds=3 must be seeds by module"),
        ({"mood": "hapy"}, "did you mean 'happy'"),
        ({"mood": (2, 0)}, "each from -1 to 1"),
        ({"moods": "happy"}, "field='moods' must be one of: genre, mood, key.*perhaps 'mood'"),
        ({"corpus": "nowhere"}, "name='nowhere' is no corpus on this machine"),
        ({"corpus": 7}, "corpus=7 must be text"),
    ],
)
def test_what_cannot_be_had_is_refused(fields, message):
    with pytest.raises(ParameterError, match=message):
        CompositionRequest.from_dict(fields)


@pytest.mark.parametrize("text", ["", "[]", "3", '"jig"', None, b"\xff"])
def test_what_is_no_request_is_refused(text):
    with pytest.raises(ParameterError, match="must be a JSON object"):
        CompositionRequest.from_json(text)


def test_a_mood_chooses_mode_and_tempo_where_nobody_else_does():
    usual = CompositionRequest(genre="air").resolved()
    sad, happy = (
        CompositionRequest(genre="air", mood=mood).resolved() for mood in ("sad", "happy")
    )
    assert Key.parse(sad.key).is_minor
    assert not Key.parse(happy.key).is_minor
    assert sad.tempo < usual.tempo < happy.tempo
    given = CompositionRequest(genre="air", mood="sad", key="D major", tempo=100).resolved()
    assert (given.key, given.tempo) == ("D major", 100.0)


def test_an_arrangement_brings_its_own_band_and_chords():
    full = CompositionRequest(arrangement="bossa nova").resolved()
    assert (full.harmony, full.meter) == ("jazz", "4/4")
    assert len(full.instruments) > 2
    named = CompositionRequest(genre="jig", instruments=["flute", "guitar"]).resolved()
    assert (named.arrangement, named.harmony) == ("jig", "folk")
    alone = CompositionRequest(genre="jig").resolved()
    assert (alone.arrangement, alone.is_arranged) == (None, False)


def test_modules_have_seeds_of_their_own():
    request = CompositionRequest(seed=7, seeds={"melody": 2, "harmony": 3})
    assert [request.seed_of(name) for name in ("plan", "harmony", "melody")] == [7, 3, 2]
    assert CompositionRequest.from_json(request.to_json()) == request


def test_every_field_stands_in_the_schema():
    from dataclasses import fields

    schema = CompositionRequest.json_schema()
    assert list(schema["properties"]) == [field.name for field in fields(CompositionRequest)]
    assert all(one["description"] for one in schema["properties"].values())
    assert json.loads(json.dumps(schema)) == schema
    assert "jig" in str(schema["properties"]["genre"])


def test_requests_satisfy_their_schema():
    jsonschema = pytest.importorskip("jsonschema")
    schema = CompositionRequest.json_schema()
    for request in (
        CompositionRequest(),
        CompositionRequest(genre="jig", mood=(0.5, -0.2), seeds={"harmony": 3}),
        CompositionRequest(arrangement="waltz", meter="3/4", instruments=["flute", "piano"]),
    ):
        jsonschema.validate(request.to_dict(), schema)
    with pytest.raises(jsonschema.ValidationError, match="129 is greater than the maximum"):
        jsonschema.validate({"bars": 129}, schema)


def test_what_is_offered_is_listed_by_frequency():
    assert {"jig", "reel", "hornpipe", "air", "march"} <= set(offered_genres())
    assert offered_meters("jig")[0] == "6/8"
    assert offered_modes()[0] == "major"
    assert set(offered_meters("reel")) <= set(offered_meters())


def test_every_field_of_a_request_can_be_asked_for_by_command(capsys):
    """A seed a step comes from changes alone; rules and instruments have words of their own."""
    with pytest.raises(SystemExit):
        main(["compose", "--help"])
    help_text = capsys.readouterr().out
    words = {"rules": "rule", "counter_melody": "counter-melody", "humanise": "no-humanise"}
    for field in fields(CompositionRequest):
        if field.name != "seeds":
            assert f"--{words.get(field.name, field.name)}" in help_text, field.name
