"""The bot's own words, in each language that it speaks.

One file a surface and language (`en/discord.yaml`, `hi/discord.yaml`): a flat mapping of keys to
texts, with `{name}` where a value goes.  Content of the knowledge base never passes through here
as a template, only as a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from bot.yaml_file import parse

Language = Literal["en", "hi"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "hi")


@cache
def words(surface: str, language: Language) -> Mapping[str, str]:
    """All texts of one surface in one language."""
    text = (files(__name__) / language / f"{surface}.yaml").read_text("utf-8")
    loaded: dict[str, str] = parse(text)
    return loaded


def say(language: Language, key: str, **values: object) -> str:
    """The text `surface.rest.of.key` with its values put in.

    Raises:
        KeyError: there is no such key, or a value is missing.
    """
    surface, _, rest = key.partition(".")
    return words(surface, language)[rest].format(**values)
