"""Log lines: for machines, about one thing, and without secrets whatever is logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs

TOKEN = "MTA5.not-the-real-form-but-secret"
REAL_FORM = "MTA0NTY3ODkwMTIzNDU2Nzg5.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"  # made up


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def fail() -> None:
    raise RuntimeError(f"login with {TOKEN} failed")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_in_messages_arguments_or_tracebacks(form: logs.Format, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", form, [TOKEN, "", "short"])
    log = logging.getLogger("test")
    log.info("the token is %s", TOKEN)
    log.info("another one: %s", REAL_FORM)
    log.info("at postgresql://bot:hunter2hunter2@host/name")
    try:
        fail()
    except RuntimeError:
        log.exception("interaction 5: failed")
    text = capsys.readouterr().err
    assert text.count(logs.HIDDEN) >= 4
    for secret in (TOKEN, REAL_FORM, "hunter2"):
        assert secret not in text
    assert "short" not in text or form == "text"


def test_json_lines_tell_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", "json", [])
    log = logging.getLogger("bot.test")
    log.warning("interaction %s: answered too late", 123)
    log.info("नमस्ते")
    try:
        fail()
    except RuntimeError:
        log.exception("message 9: no answer")
    first, second, third = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["interaction_id"], first["level"], first["logger"]) == ("123", "WARNING", "bot.test")
    assert second["message"] == "नमस्ते"
    assert third["message_id"] == "9"
    assert (third["message"], third["error"]) == ("message 9: no answer", "RuntimeError")
    assert "in fail" in third["traceback"]
    assert third["time"].endswith("+00:00")


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("ERROR", "text", [])
    logging.getLogger("x").warning("quiet")
    assert capsys.readouterr().err == ""
