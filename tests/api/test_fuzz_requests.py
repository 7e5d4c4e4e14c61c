"""Whatever is sent, the answer is never a mistake of ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import melodyai_edu as mai

EXAMPLES = [fact.example for fact in mai.rules()]
WITHOUT_DEADLINE = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}

words = st.text(max_size=30)
numbers = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
junk = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
GOOD = {
    "genre": st.sampled_from(["jig", "reel", None]),
    "mood": st.sampled_from(["happy", "sad", [0.2, -0.5], None]),
    "key": st.sampled_from(["D major", "E dorian", "Bb minor", None]),
    "meter": st.sampled_from(["6/8", "4/4", "7/8", None]),
    "bars": st.integers(1, 4),
    "tempo": st.floats(20, 400),
    "seed": st.integers(0, 2**63),
    "temperature": st.floats(0.1, 3),
    "instruments": st.lists(st.sampled_from(["flute", "drums", "violin"]), max_size=3),
    "arrangement": st.sampled_from(["jig", "waltz", "bossa nova", "tango", None]),
    "harmony": st.sampled_from(["folk", "jazz", None]),
    "counter_melody": st.booleans(),
    "humanise": st.booleans(),
    "intro": st.integers(0, 2),
    "ending": st.integers(0, 2),
    "form": st.sampled_from(["AB", "AABA", "", "Aé", None]),
    "rules": st.lists(st.sampled_from(EXAMPLES) | words, max_size=3),
    "seeds": st.dictionaries(st.sampled_from(["plan", "harmony"]), st.integers(0, 9)),
}
wishes = st.fixed_dictionaries({}, optional=GOOD).map(
    lambda wish: {"model": "ngram", "bars": 2, **wish}
)


def check(answer):
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()) == {"error", "message"}


@settings(max_examples=50, **WITHOUT_DEADLINE)
@given(body=wishes)
def test_wishes_that_could_be(client, body):
    check(client.post("/v1/compositions", json=body))


@settings(max_examples=70, **WITHOUT_DEADLINE)
@given(
    body=st.fixed_dictionaries({}, optional=GOOD),
    name=st.sampled_from([*GOOD, "model", "taste", "corpus", "guidance", "candidates"]),
    value=junk,
)
def test_wishes_that_cannot_be(client, body, name, value):
    check(client.post("/v1/compositions", json={"model": "ngram", "bars": 2, **body, name: value}))


@settings(max_examples=60, **WITHOUT_DEADLINE)
@given(
    path=st.sampled_from(["/v1/ratings", "/v1/compositions/{}/regenerate"]),
    body=st.dictionaries(
        st.sampled_from(["piece", "stars", "thumb", "word", "bars", "module", "seed", "lock"]),
        junk | st.sampled_from(["jig", [1, 2], 3]),
    ),
)
def test_other_bodies(client, piece, path, body):
    check(client.post(path.format(piece["id"]), json=body))


@settings(max_examples=60, **WITHOUT_DEADLINE)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH"]),
    parts=st.lists(
        st.sampled_from(["v1", "compositions", "jobs", "..", "%00", "%2e%2e", "ratings", "x.mid"])
        | st.text("abc./\\%0", min_size=1, max_size=8),
        max_size=4,
    ),
    body=st.binary(max_size=60),
)
def test_other_addresses(client, method, parts, body):
    answer = client.request(method, "/" + "/".join(parts), content=body)
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("rule", EXAMPLES)
def test_every_rule_that_is_listed_can_be_asked_for(client, rule):
    body = {"genre": "jig", "bars": 4, "model": "ngram", "rules": [rule]}
    check(client.post("/v1/compositions", json=body))
