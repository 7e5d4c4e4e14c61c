import re
from base64 import b64encode
from hashlib import sha256

from melodyai_edu.api.page import docs_page


def test_the_page_needs_nothing_from_elsewhere(client):
    answer = client.get("/")
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", answer.text)
    policy = answer.headers["content-security-policy"]
    for element in ("script", "style"):
        code = re.search(rf"<{element}>(.*?)</{element}>", answer.text, re.DOTALL)[1]
        assert f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" in policy
    assert "unsafe-inline" not in policy
    assert "innerHTML" not in answer.text
    assert not re.findall(r"\son\w+=|\sstyle=", answer.text)


def test_the_player_may_do_nothing_but_play(client, piece):
    headers = client.get(piece["links"]["player"]).headers
    assert headers["content-security-policy"] == "sandbox allow-scripts; frame-ancestors 'self'"
    assert "content-disposition" not in headers


def test_the_description_is_escaped():
    operation = {"summary": "<script>", "requestBody": {"content": {}}}
    page = docs_page({"paths": {"/<b>": {"get": operation}}})
    assert "<script>" not in page
    assert "/&lt;b&gt;" in page


def test_the_description_has_examples(client):
    schema = client.get("/openapi.json").json()
    body = schema["paths"]["/v1/compositions"]["post"]["requestBody"]["content"]
    assert body["application/json"]["example"]["genre"] == "jig"
    assert body["application/json"]["schema"]["properties"]["bars"]["maximum"] == 128
    assert "&quot;genre&quot;: &quot;jig&quot;" in client.get("/docs").text
