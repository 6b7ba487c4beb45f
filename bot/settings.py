"""Everything that an owner can set, from the environment and a `.env` file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AnyHttpUrl,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.division import Division

SHORTEST_PASSWORD: Final = 12
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_IN_FILES: Final = ("discord_token", "database_url", "web_password")
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,253}")


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
    database_url: Annotated[
        SecretStr | None,
        Field(
            description="Where what people add is kept: `postgresql://user:password@host/name`. "
            "Without it, a file in `DATA_DIR`."
        ),
    ] = None
    reply_language: Annotated[
        Literal["auto", "en", "hi"], Field(description="Language of replies; auto answers in the question's.")
    ] = "auto"
    shard_count: Annotated[
        int,
        Field(description="Shards that the servers are divided into, over all processes together.", ge=1, le=16_384),
    ] = 1
    shard_ids: Annotated[
        str, Field(description="Which of them this process may carry, as `0-7`; all if empty.", pattern=r"^[\d,\s-]*$")
    ] = ""
    shards_most: Annotated[
        int | None, Field(description="How many of them this process carries at most; all that it may if empty.", ge=1)
    ] = None
    read_messages: Annotated[
        bool,
        Field(
            description="Answer by itself in the channels that a server's moderators choose. Needs Discord's "
            "privileged *Message Content Intent*."
        ),
    ] = False
    web_enabled: Annotated[bool, Field(description="Serve the local page while connected to Discord too.")] = True
    web_password: Annotated[
        SecretStr | None,
        Field(description="Password of the local page, of 12 characters or more. Needed beyond loopback."),
    ] = None
    web_host: Annotated[
        str, Field(description="Address that the local page listens on. Beyond loopback it needs a password.")
    ] = "127.0.0.1"
    web_allowed_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Host names by which the page is reached beyond loopback, with commas between them."),
    ] = ()
    web_port: Annotated[int, Field(description="Port of the local page and the health check.", ge=1, le=65535)] = 8765
    discord_token_file: Annotated[Path | None, Field(description="A file that holds the token instead.")] = None
    database_url_file: Annotated[Path | None, Field(description="A file that holds `DATABASE_URL` instead.")] = None
    web_password_file: Annotated[Path | None, Field(description="A file that holds the password instead.")] = None
    sentry_dsn: Annotated[
        SecretStr | None,
        Field(description="Where errors are reported, if anywhere: a service that speaks Sentry's protocol."),
    ] = None
    log_format: Annotated[
        Literal["text", "json"], Field(description="Log lines for people, or one JSON object a line.")
    ] = "text"
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="How much is logged.")] = (
        "INFO"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, values: dict[str, object]) -> dict[str, object]:
        """Secrets that stand in files of their own, as container platforms hand them out."""
        for name in _IN_FILES:
            path = values.get(f"{name}_file")
            if not path or values.get(name):
                continue
            try:
                values[name] = Path(str(path)).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"{name}_file can not be read: {error}") from None
        return values

    def secrets(self) -> tuple[str, ...]:
        """Every secret, so that none gets into a log."""
        found = [getattr(self, name) for name in type(self).model_fields]
        values = [value.get_secret_value() for value in found if isinstance(value, SecretStr)]
        return tuple(value for value in values if value)

    @field_validator("discord_api_base")
    @classmethod
    def _address(cls, value: str) -> str:
        TypeAdapter(AnyHttpUrl).validate_python(value)
        return value.rstrip("/")

    @field_validator("web_password")
    @classmethod
    def _password(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_PASSWORD:
            raise ValueError(f"a password needs {SHORTEST_PASSWORD} characters or more")
        return value

    @field_validator("web_host")
    @classmethod
    def _beyond_loopback(cls, value: str, others: ValidationInfo) -> str:
        # A password that was refused is told about by itself.
        if value not in LOOPBACK and others.data.get("web_password", ...) is None:
            raise ValueError(
                "beyond loopback everybody could use the page: set WEB_PASSWORD, or listen on "
                + ", ".join(LOOPBACK[:-1])
                + f" or {LOOPBACK[-1]}"
            )
        return value

    @field_validator("web_allowed_hosts", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = [name.strip() for name in value.split(",") if name.strip()]
        if wrong := [name for name in names if not _HOST_NAME.fullmatch(name)]:
            raise ValueError(f"host names only, without https:// and without ports: {wrong[0][:80]}")
        return names

    @model_validator(mode="after")
    def _shards(self) -> Self:
        Division.of(self.shard_count, self.shard_ids, self.shards_most)
        if self.shard_count > 1 and self.database_url is None and self.shards_most is not None:
            raise ValueError("shards can be divided among processes only through DATABASE_URL: a PostgreSQL for all")
        return self

    @field_validator("discord_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value().strip() if value else ""
        if any(c.isspace() for c in token):
            raise ValueError("a token has no spaces: copy it again from the Developer Portal")
        return SecretStr(token) if token else None


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
