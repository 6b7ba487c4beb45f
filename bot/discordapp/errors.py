"""What goes wrong: one plain sentence for the person, and a log line with the interaction's id."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands

from bot.discordapp.words import language_of
from bot.locales import say

_log = logging.getLogger(__name__)

LONGEST_LINE: Final = 200
"""Characters about an error in a line of the log."""
NO_HISTORY: Final = (160002,)
"""Discord's code for "cannot reply without permission to read message history"."""
_OVER: Final = {10062: "answered too late", 40060: "was answered before"}
"""Discord's codes for an interaction that needs no answer any more."""
CUT_OFF: Final = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)
"""What a request may fail with through no fault of the bot's."""


class CannotStart(Exception):  # noqa: N818 - read aloud in `except CannotStart`
    """The bot can not run at all; the text is one sentence for whoever started it."""


async def report(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the person in their language, and the log with the interaction's id."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.HTTPException) and cause.code in _OVER:
        _log.warning("interaction %s: %s (%s)", interaction.id, _OVER[cause.code], brief(cause))
        return
    if isinstance(cause, CUT_OFF):
        _log.error("interaction %s: no answer: %s", interaction.id, brief(cause))
    else:
        _log.error("interaction %s: %s", interaction.id, cause, exc_info=cause)
    await tell(interaction, sentence(interaction, cause))


def brief(error: BaseException) -> str:
    """One line about an error; of a page that came instead of an answer only its status."""
    if isinstance(error, discord.HTTPException) and error.text.lstrip().startswith("<"):
        return f"{error.status} {error.response.reason}"
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, LookupError):
        words = f"{type(error).__name__} {words}"
    return words if len(words) <= LONGEST_LINE else f"{words[:LONGEST_LINE]} …"


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
    with suppress(*CUT_OFF):
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
