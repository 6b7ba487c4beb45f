"""What goes wrong: one plain sentence for the person, and a log line with the interaction's id."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any, Final

import discord
from discord import app_commands

from bot.discordapp.words import language_of
from bot.locales import say

_log = logging.getLogger(__name__)

NO_HISTORY: Final = (160002,)
"""Discord's code for "cannot reply without permission to read message history"."""
_EXPIRED: Final = (10062, 40060)
"""Discord's codes for an interaction that is too old, or answered already."""


class CannotStart(Exception):  # noqa: N818 - read aloud in `except CannotStart`
    """The bot can not run at all; the text is one sentence for whoever started it."""


async def report(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the person in their language, and the log with the interaction's id."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.HTTPException) and cause.code in _EXPIRED:
        _log.warning("interaction %s: answered too late (%s)", interaction.id, cause)
        return
    _log.error("interaction %s: %s", interaction.id, cause, exc_info=cause)
    await tell(interaction, sentence(interaction, cause))


def sentence(interaction: discord.Interaction[Any], error: Exception) -> str:
    """What to tell the person about an error."""
    language = language_of(interaction)
    if isinstance(error, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)):
        return say(language, "discord.error.outdated")
    if isinstance(error, discord.Forbidden):
        return say(language, "discord.error.forbidden")
    return say(language, "discord.error.unexpected", reference=interaction.id)


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """A private sentence, whatever state the interaction is in."""
    with suppress(discord.HTTPException):
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
