"""How the bot logs: one line an event, as text or JSON, and never a secret."""

from __future__ import annotations

import datetime
import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Final, Literal

Format = Literal["text", "json"]

HIDDEN: Final = "[secret]"
_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SUBJECT: Final = re.compile(r"^(interaction|message|server|event) (\S+?)(?=[: ])")
"""How log lines begin that are about one thing: our own convention."""
_TOKEN: Final = re.compile(r"\b[\w-]{20,30}\.[\w-]{6}\.[\w-]{27,60}\b|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
"""What looks like a token of Discord's, or like a name and password in an address."""


def set_up(level: str, format: Format, secrets: Iterable[str]) -> None:
    """Log to standard error from now on; whatever is in `secrets` is blotted out wherever it turns up."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = _Json(secrets) if format == "json" else _Text(secrets)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


class _Text(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_TEXT)
        self._secrets = sorted((s for s in secrets if len(s) >= 6), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback if there is one."""
        return self.clean(super().format(record))

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _TOKEN.sub(HIDDEN, text)


class _Json(_Text):
    def format(self, record: logging.LogRecord) -> str:
        """One object a line: time, level, logger, message, what it is about, and the error."""
        message = record.getMessage()
        entry: dict[str, object] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if about := _SUBJECT.match(message):
            entry[f"{about[1]}_id"] = about[2]
        if record.exc_info and record.exc_info[0] is not None:
            entry["error"] = record.exc_info[0].__name__
            entry["traceback"] = self.formatException(record.exc_info)
        return self.clean(json.dumps(entry, ensure_ascii=False))
