"""Settings: a flag, then the environment (ONRECORD_*), then a TOML file, then the default.

The file is `onrecord.toml` in the home folder. A setting that no code reads has no place here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from corpus.errors import SettingsError

__all__ = ["QUOTE", "STRICT", "Set", "Settings", "changed", "load_settings", "settings_shown"]

QUOTE = "quote"  # the engine that needs no model
STRICT = 0.4  # a strictness; on the samples it refuses a quarter of the answerable, and 0.82 of the others
FILE = "onrecord.toml"
PREFIX = "ONRECORD_"
ELSEWHERE = {
    "home",
    "model_key",
    "model_timeout_s",
    "upload_quota",
    "log_questions",
    "chroma_url",
    "chroma_token",
}  # no answer is another by them


class Settings(BaseSettings):
    """What can be set. `hash` is saved with every answer and run."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path("onrecord"), description="the library's folder")
    encoder: str = Field(default="all-MiniLM-L6-v2", description="a sentence-transformers model name or folder")
    k: int = Field(default=10, ge=1, le=100, description="passages that an answer is made from")
    strictness: float = Field(default=0.22, ge=0, le=1, description="the confidence below which the assistant abstains")
    engine: str = Field(default=QUOTE, min_length=1, description="what answers: quote, or a language model's name")
    model_url: str = Field(default="", description="an OpenAI-compatible endpoint; empty: a local Ollama")
    model_key: SecretStr = Field(default=SecretStr(""), description="the endpoint's key")
    model_timeout_s: float = Field(default=60, gt=0, le=3600, description="the model's longest silence, in seconds")
    model_context: int = Field(default=3_000, ge=100, le=1_000_000, description="tokens of sources a model is given")
    model_max_tokens: int = Field(default=2_000, ge=1, le=100_000, description="tokens that a model may write")
    upload_quota: int = Field(default=10_000, ge=1, description="megabytes that files uploaded to the server may take")
    chroma_url: str = Field(
        default="", repr=False, description="a Chroma server for the vectors; empty: files in the home"
    )
    chroma_token: SecretStr = Field(default=SecretStr(""), description="sent to the Chroma server as bearer token")
    log_questions: bool = Field(default=False, description="write questions into the server's log as they were asked")
    drop_unsupported: bool = Field(default=False, description="leave out what a model says without full support")

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("model_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"{url!r} is no address. Give one such as http://127.0.0.1:8000/v1")
        if parts.password:
            raise ValueError("a password stands in the address. Give it as model_key instead")
        return url.rstrip("/").removesuffix("/chat/completions")

    @field_validator("chroma_url")
    @classmethod
    def _is_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"{url.rpartition('@')[2]!r} is no address. Give one such as http://127.0.0.1:8000")
        if parts.query or parts.fragment:
            raise ValueError("it has more than an address. Leave out what stands from the ? or # on")
        return url.rstrip("/")

    @field_validator("model_key", "chroma_token")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        stripped = key.get_secret_value().strip()
        if not (stripped.isascii() and all(character.isprintable() for character in stripped)):
            raise ValueError("it has characters that no key has; was something else pasted?")
        return SecretStr(stripped)

    def hash(self) -> str:
        """Return 12 hex digits that change with any setting that can change an answer."""
        kept = self.model_dump_json(exclude=ELSEWHERE)
        return hashlib.sha256(kept.encode()).hexdigest()[:12]


def load_settings(**flags: object) -> Settings:
    """Return the settings, `flags` that are not None coming first. Raises SettingsError."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        home = Settings(**{key: value for key, value in given.items() if key == "home"}).home  # type: ignore[arg-type]
        loaded = _with_file(home / FILE)
        settings = loaded(**given)  # type: ignore[arg-type]
        settings._origins.update(_origins(loaded, home / FILE, given))
        return settings
    except (ValidationError, ValueError) as error:
        raise SettingsError(f"a setting cannot be used: {_first_line(error)}. See Settings in the README.") from error


def _origins(loaded: type[Settings], path: Path, flags: Mapping[str, object]) -> dict[str, str]:
    """Return where each value that is not a default's comes from: what comes first is noted last."""
    return (
        dict.fromkeys(TomlConfigSettingsSource(loaded, path)(), f"file {FILE}")
        | {name: f"environment {PREFIX}{name.upper()}" for name in EnvSettingsSource(loaded)()}
        | dict.fromkeys(flags, "flag")
    )


@dataclass(frozen=True, slots=True)
class Set:
    """A setting as people are shown it: no secret is in it. `origin` says where its value comes from."""

    name: str
    value: str
    origin: str
    meaning: str


def settings_shown(settings: Settings) -> list[Set]:
    """Return every setting; of a key only whether there is one, and of an address no more than where it leads."""
    fields = Settings.model_fields
    return [
        Set(name, _shown(getattr(settings, name)), settings._origins.get(name, "default"), field.description or "")
        for name, field in fields.items()
    ]


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "not set"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if not text.startswith(("http://", "https://")):
        return text
    parts = urlsplit(text)  # a token may stand before the host, or after the path
    return parts._replace(
        netloc=parts.netloc.rpartition("@")[2], query="***" if parts.query else "", fragment=""
    ).geturl()


def changed(settings: Settings, origin: str, **values: object) -> Settings:
    """Return the settings with these values, which come from `origin`. Raises SettingsError for one that cannot be used."""
    try:
        checked = Settings(**{**settings.model_dump(), **values})
    except ValidationError as error:
        raise SettingsError(f"a setting cannot be used: {_first_line(error)}. Nothing was changed.") from error
    made = settings.model_copy(update={name: getattr(checked, name) for name in values})
    made._origins = {**settings._origins, **dict.fromkeys(values, origin)}
    return made


def _with_file(path: Path) -> type[Settings]:
    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)

    return FromFile


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0]
