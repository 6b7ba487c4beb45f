"""What all commands have in common: where they may be used, the two options, and suggestions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

import discord
from discord import app_commands

from bot.core.expert import LanguageChoice
from bot.discordapp.app import Bot
from bot.discordapp.ui import limits
from bot.discordapp.ui.markdown import shorten
from bot.discordapp.words import words
from bot.locales import Language

Interaction = discord.Interaction[Bot]
T = TypeVar("T")

_DEVANAGARI: Final = re.compile("[\u0900-\u097f]")
MAX_NAME: Final = 100
MAX_QUESTION: Final = 4000


class _LanguageOption(app_commands.Transformer):
    """The `language` option."""

    @property
    def choices(self) -> list[app_commands.Choice[str]]:  # type: ignore[override]
        """What Discord offers."""
        return [app_commands.Choice(name=words(f"option.language.{code}"), value=code) for code in ("auto", "en", "hi")]

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> LanguageChoice:
        """Whatever an old client sends, one of the three comes out."""
        return "en" if value == "en" else "hi" if value == "hi" else "auto"


LanguageOption = app_commands.Transform[LanguageChoice, _LanguageOption]


def everywhere(command: T) -> T:
    """Allowed in servers, direct messages and group chats; installable to servers and to people."""
    command = app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)


def options(command: str, **names: str) -> Callable[[T], T]:
    """Name and describe a command's own options (parameter=key) and the two that all commands have."""
    keys = {parameter: f"command.{command}.{key}" for parameter, key in names.items()}
    keys |= {"language": "option.language", "private": "option.private"}

    def decorate(function: T) -> T:
        function = app_commands.describe(**{p: words(f"{key}.description") for p, key in keys.items()})(function)
        function = app_commands.rename(**{p: words(f"{key}.name") for p, key in keys.items()})(function)
        return everywhere(function)

    return decorate


async def suggest_concepts(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Names that begin as typed, or could have been meant."""
    return await _suggest(interaction, typed, "concept")


async def suggest_questions(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Questions that the base can answer; what is typed freely is taken as well."""
    return await _suggest(interaction, typed, "question")


async def _suggest(
    interaction: Interaction, typed: str, what: Literal["concept", "question"]
) -> list[app_commands.Choice[str]]:
    # From memory: Discord waits three seconds, and people do not.
    expert = await interaction.client.desk.expert_in(interaction.guild_id)
    links = expert.suggest(typed, what=what, language=_language(interaction), limit=limits.AUTOCOMPLETE)
    choices: dict[str, app_commands.Choice[str]] = {}
    for link in links:
        value = _value(link.entry, link.title, what)
        name = shorten(link.title, limits.CHOICE_TEXT)
        if name and value:
            choices.setdefault(value, app_commands.Choice(name=name, value=value))
    return list(choices.values())[: limits.AUTOCOMPLETE]


def _value(entry: str, title: str, what: str) -> str:
    """What the command gets: a concept's id; a question's reference and the language it was shown in."""
    if what == "concept":
        return entry.removeprefix("concept:")
    return f"{entry}@{'hi' if _DEVANAGARI.search(title) else 'en'}"


def picked(typed: str) -> tuple[str, Language] | None:
    """The reference and language behind a suggestion that was picked; None for a person's own words."""
    match = re.fullmatch(r"([!-~]{1,80})@(en|hi)", typed.strip())
    return (match[1], "hi" if match[2] == "hi" else "en") if match else None


def _language(interaction: Interaction) -> LanguageChoice:
    chosen = getattr(interaction.namespace, "language", None)
    return interaction.client.desk.language(interaction, "en" if chosen == "en" else "hi" if chosen == "hi" else "auto")
