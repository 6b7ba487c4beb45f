"""The bot's words for one person: their language, and the names of commands in Discord's menus."""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands

from bot.locales import Language, say


def words(key: str) -> app_commands.locale_str:
    """A name or description of a command, to be translated when commands are registered."""
    return app_commands.locale_str(say("en", f"discord.{key}"), key=key)


class Translator(app_commands.Translator):
    """Hindi for Discord's own interface."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002
    ) -> str | None:
        """The Hindi text of one of our own keys; None leaves the English one."""
        key = string.extras.get("key")
        return say("hi", f"discord.{key}") if key and locale is discord.Locale.hindi else None


def language_of(interaction: discord.Interaction[Any]) -> Language:
    """The language to speak to the person of an interaction: as chosen, else as their Discord is."""
    chosen = getattr(interaction.namespace, "language", None)
    if chosen in ("en", "hi"):
        return cast("Language", chosen)
    return "hi" if interaction.locale is discord.Locale.hindi else "en"
