from pathlib import Path

import pytest

from melodyai_edu.api.settings import Settings, load_settings, settings_table
from melodyai_edu.errors import InputError, ParameterError

DOCS = Path(__file__).parents[2] / "docs" / "serving.md"


def test_the_environment_comes_before_the_file(tmp_path):
    file = tmp_path / "service.toml"
    file.write_text('port = 9000\nworkers = 2\nauth = "keys"\n', encoding="utf-8")
    settings = load_settings(file, {"MELODYAI_PORT": "9001", "MELODYAI_HOME": "elsewhere"})
    assert (settings.port, settings.workers, settings.auth) == (9001, 2, "keys")
    named = load_settings(environment={"MELODYAI_SETTINGS": str(file)}, workers=3, port=None)
    assert (named.port, named.workers) == (9000, 3)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"MELODYAI_PORT": "eighty"}, "port='eighty': .*MELODYAI_PORT"),
        ({"MELODYAI_PORT": "70000"}, "port='70000'"),
        ({"MELODYAI_WORKERS": "0"}, "workers='0'"),
        ({"MELODYAI_WORKER": "2"}, "did you mean MELODYAI_WORKERS"),
        ({"MELODYAI_AUTH": "none"}, "auth='none'.*'local' or 'keys'"),
        ({"MELODYAI_HOST": "0.0.0.0"}, "reached from outside: it needs auth='keys'"),
        ({"MELODYAI_RATE_LIMIT": "often"}, "rate_limit='often': it must be such as 60/minute"),
        ({"MELODYAI_CORS_ORIGINS": "*"}, "cors_origins='\\*'"),
    ],
)
def test_a_wrong_value_is_one_sentence(environment, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        load_settings(environment=environment)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_shown():
    with pytest.raises(ParameterError, match="limit_storage: it must begin") as caught:
        load_settings(environment={"MELODYAI_LIMIT_STORAGE": "http://user:secret@host"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"), [("port = ", "it must be TOML"), ("prot = 1", "prot is no setting")]
)
def test_a_wrong_file_is_one_sentence(tmp_path, text, sentence):
    file = tmp_path / "service.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises((InputError, ParameterError), match=sentence):
        load_settings(file, {})


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        load_settings(tmp_path / "none.toml", {})


def test_every_address_may_be_called_with_keys():
    settings = Settings(host="0.0.0.0", auth="keys", allowed_hosts="music.example, other.example")
    assert settings.hosts == ("music.example", "other.example")
    assert Settings().hosts == ("localhost", "127.0.0.1", "[::1]")


def test_the_page_has_this_very_table():
    assert settings_table() in DOCS.read_text(encoding="utf-8")
