"""Settings from the environment and `.env`: typed, and refused in plain words."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[1]
SECRET = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.not-a-real-token"  # shaped like one


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory and an environment without any of the settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_is_enough() -> None:
    settings = load_settings()
    assert settings.discord_token is None
    assert settings.discord_api_base == "https://discord.com/api/v10"
    assert settings.discord_gateway_url == "wss://gateway.discord.gg/"
    assert (settings.reply_language, settings.web_host, settings.web_port) == ("auto", "127.0.0.1", 8765)


def test_example_loads_and_says_what_is_the_default_anyway(nowhere: Path) -> None:
    before = load_settings()
    (nowhere / ".env").write_bytes((ROOT / ".env.example").read_bytes())
    assert load_settings() == before


def test_example_names_every_setting_and_no_other() -> None:
    named = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_every_setting_is_described() -> None:
    assert not [name for name, field in Settings.model_fields.items() if len(field.description or "") < 10]


def test_file_is_read_and_the_environment_comes_first(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere / ".env").write_text("WEB_PORT=9000\nREPLY_LANGUAGE=hi\n# WEB_HOST=x\nUNKNOWN_SETTING=1\n")
    monkeypatch.setenv("WEB_PORT", "9001")
    settings = load_settings()
    assert (settings.web_port, settings.reply_language) == (9001, "hi")


def test_data_directory_follows_the_desktop_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
    assert load_settings().data_dir == Path("/somewhere/state/knowledge-bot")
    monkeypatch.setenv("DATA_DIR", "/elsewhere")
    assert load_settings().data_dir == Path("/elsewhere")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DISCORD_TOKEN", f"{SECRET} and more", "spaces"),
        ("DISCORD_API_BASE", "not an address", "URL"),
        ("DISCORD_API_BASE", "ftp:", ""),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg", "pattern"),
        ("REPLY_LANGUAGE", "fr", "'auto'"),
        ("WEB_ENABLED", "perhaps", "boolean"),
        ("WEB_HOST", "0.0.0.0", "loopback"),
        ("WEB_HOST", "192.0.2.1", "WEB_PASSWORD"),
        ("WEB_PASSWORD", "eleven char", "12 characters"),
        ("WEB_ALLOWED_HOSTS", "bot.example, https://bot.example", "without https"),
        ("WEB_ALLOWED_HOSTS", "bot.example:8765", "ports"),
        ("WEB_PORT", "0", "greater than or equal to 1"),
        ("WEB_PORT", "65536", "less than or equal to 65535"),
        ("WEB_PORT", "http", "integer"),
        ("LOG_LEVEL", "LOUD", "'DEBUG'"),
    ],
)
def test_bad_value_is_one_readable_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    head, line = str(refused.value).split("\n")
    assert head.endswith(":")
    assert line.startswith(f"  {name}: ")
    assert says in line
    assert SECRET not in str(refused.value)
    assert "pydantic" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_all_bad_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WEB_PORT", "x"), ("LOG_LEVEL", "x"), ("WEB_HOST", "x"), ("DISCORD_TOKEN", f"{SECRET} x")):
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert {line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:]} == {
        "WEB_PORT", "LOG_LEVEL", "WEB_HOST", "DISCORD_TOKEN"
    }  # fmt: skip
    assert SECRET not in str(refused.value)


def test_token_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", f"  {SECRET}\n")
    settings = load_settings()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == SECRET
    for shown in (
        repr(settings),
        str(settings),
        f"{settings.discord_token}",
        settings.model_dump_json(),
        str(settings.model_dump()),
    ):
        assert SECRET not in shown
        assert SECRET[:12] not in shown


def test_beyond_loopback_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_HOST", "0.0.0.0")
    monkeypatch.setenv("WEB_PASSWORD", "correct horse battery")
    monkeypatch.setenv("WEB_ALLOWED_HOSTS", " bot.example,other.example, ")
    settings = load_settings()
    assert settings.web_host == "0.0.0.0"
    assert settings.web_allowed_hosts == ("bot.example", "other.example")
    assert settings.web_password is not None
    assert "correct horse" not in repr(settings)


def test_a_password_that_is_too_short_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_HOST", "0.0.0.0")
    monkeypatch.setenv("WEB_PASSWORD", "short pass")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert len(str(refused.value).splitlines()) == 2
    assert "short pass" not in str(refused.value)


def test_empty_values_are_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert load_settings().discord_token is None
    assert load_settings().knowledge_dir is None


def test_blank_token_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "   ")
    token = load_settings().discord_token
    assert token is None


def test_slash_at_the_end_of_an_address_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_API_BASE", "http://127.0.0.1:8090/api/v10/")
    assert load_settings().discord_api_base == "http://127.0.0.1:8090/api/v10"


def test_file_that_is_no_text_is_one_message(nowhere: Path) -> None:
    (nowhere / ".env").write_bytes(b"DISCORD_TOKEN=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env .*UTF-8"):
        load_settings()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_that_may_not_be_read_is_one_message(nowhere: Path) -> None:
    (nowhere / ".env").write_text("WEB_PORT=1\n")
    (nowhere / ".env").chmod(0)
    with pytest.raises(SettingsError):
        load_settings()


def test_secrets_may_stand_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"DISCORD_TOKEN": "a.b.c", "DATABASE_URL": "postgresql://u:p@h/d", "WEB_PASSWORD": "x" * 12}
    for name, value in secrets.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    found = load_settings()
    assert set(found.secrets()) == set(secrets.values())
    assert "a.b.c" not in repr(found) + str(found)
    monkeypatch.setenv("DISCORD_TOKEN", "d.e.f")
    assert "d.e.f" in load_settings().secrets(), "what is set itself comes first"


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match=r"discord_token_file can not be read.*nothing"):
        load_settings()
