"""Everything that an owner can set, from the environment and a `.env` file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.locales import Language


class SettingsError(Exception):
    """A setting has a value that can not be used; the text names each one, for a person to read."""


def _default_data_dir() -> Path:
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "knowledge-bot"


class Settings(BaseSettings):
    """The settings; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    discord_token: Annotated[
        SecretStr | None, Field(description="The bot's token. Without it the local page alone is served.")
    ] = None
    discord_api_base: Annotated[
        str, Field(description="Where Discord's HTTP API is; another address for a proxy or a compatible server.")
    ] = "https://discord.com/api/v10"
    discord_gateway_url: Annotated[str, Field(description="Where Discord's gateway is.", pattern=r"^wss?://\S+$")] = (
        "wss://gateway.discord.gg/"
    )
    knowledge_dir: Annotated[Path | None, Field(description="A knowledge base to use instead of the one inside.")] = (
        None
    )
    data_dir: Path = Field(default_factory=_default_data_dir, description="Where the bot keeps what it must remember.")
    reply_language: Annotated[
        Literal["auto"] | Language, Field(description="Language of replies; auto answers in the question's.")
    ] = "auto"
    web_enabled: Annotated[bool, Field(description="Serve the local page while connected to Discord too.")] = True
    web_host: Annotated[str, Field(description="Address that the local page listens on: loopback only.")] = "127.0.0.1"
    web_port: Annotated[int, Field(description="Port of the local page and the health check.", ge=1, le=65535)] = 8765
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="How much is logged.")] = (
        "INFO"
    )

    @field_validator("discord_api_base")
    @classmethod
    def _address(cls, value: str) -> str:
        TypeAdapter(AnyHttpUrl).validate_python(value)
        return value.rstrip("/")

    @field_validator("web_host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if value not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                "the page has no password yet, so it listens on loopback only: 127.0.0.1, ::1 or localhost"
            )
        return value

    @field_validator("discord_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(c.isspace() for c in value.get_secret_value().strip()):
            raise ValueError("a token has no spaces: copy it again from the Developer Portal")
        return value and SecretStr(value.get_secret_value().strip())


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: one readable message about everything that is wrong; no secret is in it.
    """
    try:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError(".env can not be read: it must be UTF-8 text") from None
    except ValidationError as error:
        lines = ["These settings can not be used:"]
        for wrong in error.errors(include_input=False, include_url=False):
            name = ".".join(map(str, wrong["loc"])).upper()
            lines.append(f"  {name}: {wrong['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None
