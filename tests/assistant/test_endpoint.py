"""Where the model is: the endpoint that is set, a local Ollama that is found, or one clear error."""

from pathlib import Path

import pytest
from scripted import said, serving

import assistant.endpoint
from assistant.endpoint import endpoint, offered
from assistant.settings import Settings, load_settings
from corpus.errors import ModelError, SettingsError

TAGS = '{"models": [{"name": "llama3.1:8b"}, {"name": "qwen3:latest"}]}'


def test_an_endpoint_that_is_set_is_taken_with_its_key() -> None:
    settings = Settings(engine="m", model_url="https://example.org/v1/", model_key="secret")  # type: ignore[arg-type]
    found = endpoint(settings)
    assert (found.url, found.model, found.key) == ("https://example.org/v1", "m", "secret")


@pytest.mark.parametrize("engine", ["llama3.1:8b", "qwen3"])
def test_a_local_ollama_is_found_and_given_no_key(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(said(""), models=TAGS) as ollama:
        monkeypatch.setattr(assistant.endpoint, "OLLAMA", ollama.url.removesuffix("/v1"))
        found = endpoint(Settings(engine=engine, model_key="secret"))  # type: ignore[arg-type]
        assert (found.url, found.model, found.key) == (ollama.url, engine, "")
        assert offered(Settings()) == (ollama.url.removesuffix("/v1"), ["llama3.1:8b", "qwen3:latest"])


def test_a_model_that_ollama_does_not_have_is_named_with_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(said(""), models=TAGS) as ollama:
        monkeypatch.setattr(assistant.endpoint, "OLLAMA", ollama.url.removesuffix("/v1"))
        with pytest.raises(SettingsError, match=r"no such model. It has: llama3.1:8b, .*ollama pull mistral"):
            endpoint(Settings(engine="mistral"))


@pytest.mark.parametrize("page", ["<html>", "[]", '{"models": [{}]}', None])
def test_without_an_endpoint_or_an_ollama_the_error_says_how_to_set_one(
    page: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else may answer at Ollama's port is no Ollama; None: nothing answers."""
    with serving(said(""), models=page or "") as other:
        address = other.url.removesuffix("/v1") if page else "http://127.0.0.1:9"
        monkeypatch.setattr(assistant.endpoint, "OLLAMA", address)
        with pytest.raises(SettingsError, match=r"engine 'm': no language model is set up. Set model_url .*Ollama"):
            endpoint(Settings(engine="m"))
        with pytest.raises(SettingsError, match="model_url is not set, and no Ollama"):
            offered(Settings())


def test_the_models_of_an_endpoint_are_listed() -> None:
    with serving(said(""), models='{"data": [{"id": "b"}, {"id": "a"}]}') as provider:
        assert offered(Settings(model_url=provider.url)) == (provider.url, ["a", "b"])
    with (
        serving(said(""), models="<html>") as provider,
        pytest.raises(ModelError, match="its list of models cannot be read"),
    ):
        offered(Settings(model_url=provider.url))


def test_the_key_is_masked_and_does_not_change_the_hash(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = load_settings(home=home)
    monkeypatch.setenv("ONRECORD_MODEL_KEY", "secret\n")
    settings = load_settings(home=home)
    assert settings.model_key.get_secret_value() == "secret"
    assert "secret" not in repr(settings) + settings.model_dump_json()
    assert settings.hash() == without.hash() != load_settings(home=home, engine="m").hash()


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODEL_URL", "ftp://example.org"), ("MODEL_URL", "https://me:pass@example.org"), ("MODEL_KEY", "not\na key")],
)
def test_an_address_or_key_that_cannot_be_one_is_refused(
    name: str, value: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ONRECORD_{name}", value)
    with pytest.raises(SettingsError, match=name.lower()):
        load_settings(home=home)
