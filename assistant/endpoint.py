"""Where the language model is: the endpoint of the settings, or an Ollama found on this machine.

Nothing is looked for unless a model is asked for.
"""

import httpx

from assistant.provider import Endpoint, listed
from assistant.settings import Settings
from corpus.errors import SettingsError

__all__ = ["endpoint", "offered"]

OLLAMA = "http://127.0.0.1:11434"
FIND_TIMEOUT_S = 1.0  # for an Ollama on this machine to say that it is there
LIST_TIMEOUT_S = 10.0


def endpoint(settings: Settings) -> Endpoint:
    """Return where the engine of the settings is reached: at model_url, else at a local Ollama. Raises SettingsError."""
    model = settings.engine
    limits = settings.model_timeout_s, settings.model_max_tokens
    if settings.model_url:
        return Endpoint(settings.model_url, model, *limits, settings.model_key.get_secret_value())
    names = _ollama_models()
    if names is None:
        raise SettingsError(
            f"engine {model!r}: no language model is set up. Set model_url (or ONRECORD_MODEL_URL) to an "
            "OpenAI-compatible endpoint, or start Ollama on this machine. The engine quote needs neither."
        )
    if model not in names and f"{model}:latest" not in names:
        has = f"It has: {', '.join(names)}." if names else "It has none yet."
        raise SettingsError(f"engine {model!r}: Ollama has no such model. {has} Get it with: ollama pull {model}")
    return Endpoint(f"{OLLAMA}/v1", model, *limits)  # no key: it is for the endpoint that the user named


def offered(settings: Settings) -> tuple[str, list[str]]:
    """Return the address that is asked for models and their names. Raises ModelError, or SettingsError where none is."""
    if not settings.model_url:
        names = _ollama_models()
        if names is None:
            raise SettingsError(
                f"no language model: model_url is not set, and no Ollama answers at {OLLAMA}. See Models in the README."
            )
        return OLLAMA, names
    key = settings.model_key.get_secret_value()
    return settings.model_url, listed(Endpoint(settings.model_url, "", LIST_TIMEOUT_S, 1, key))


def _ollama_models() -> list[str] | None:
    """Return the models of an Ollama on this machine; None where there is no Ollama."""
    try:
        with httpx.Client(timeout=FIND_TIMEOUT_S, trust_env=False) as client:
            found = client.get(f"{OLLAMA}/api/tags").json()
        return sorted(str(row["name"]) for row in found["models"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
