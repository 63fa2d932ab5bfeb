"""Settings: a flag, then the environment (ONRECORD_*), then a TOML file, then the default.

The file is `onrecord.toml` in the home folder. A setting that no code reads has no place here.
"""

import hashlib
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from corpus.errors import SettingsError

__all__ = ["Settings", "load_settings"]

FILE = "onrecord.toml"


class Settings(BaseSettings):
    """What can be set. `hash` is saved with every answer and run."""

    model_config = SettingsConfigDict(env_prefix="ONRECORD_", extra="forbid", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path("onrecord"), description="the library's folder")
    encoder: str = Field(default="all-MiniLM-L6-v2", description="a sentence-transformers model name or folder")
    k: int = Field(default=10, ge=1, le=100, description="passages that an answer is made from")
    strictness: float = Field(default=0.11, ge=0, le=1, description="the confidence below which the assistant abstains")

    def hash(self) -> str:
        """Return 12 hex digits that change with any setting that can change an answer."""
        return hashlib.sha256(self.model_dump_json(exclude={"home"}).encode()).hexdigest()[:12]


def load_settings(**flags: object) -> Settings:
    """Return the settings, `flags` that are not None coming first. Raises SettingsError."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        home = Settings(**{key: value for key, value in given.items() if key == "home"}).home  # type: ignore[arg-type]
        return _with_file(home / FILE)(**given)  # type: ignore[arg-type]
    except (ValidationError, ValueError) as error:
        raise SettingsError(f"a setting cannot be used: {_first_line(error)}. See Settings in the README.") from error


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
