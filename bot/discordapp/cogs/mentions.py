"""Answering where the bot is spoken to: a mention in a channel, a reply to it, or a direct message."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import discord
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.desk import NO_PINGS, Place
from bot.discordapp.errors import CUT_OFF, brief
from bot.discordapp.permissions import NEEDED, missing, named
from bot.discordapp.ui.controls import HELP
from bot.discordapp.ui.markdown import clean
from bot.locales import say

_log = logging.getLogger(__name__)

_SPOKEN: Final = (discord.MessageType.default, discord.MessageType.reply)


SLOW: Final = 1.0
"""Seconds from which it shows that an answer is being made."""


@asynccontextmanager
async def typing_if_slow(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show the typing indicator while something takes long, and not when it does not."""

    async def later() -> None:
        await asyncio.sleep(SLOW)
        with suppress(discord.HTTPException):
            await channel.typing()

    showing = asyncio.create_task(later(), name="typing")
    try:
        yield
    finally:
        showing.cancel()


class Mentions(commands.Cog):
    """Reads only what is addressed to the bot; Discord sends the text of nothing else."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is meant for us."""
        if not self._meant_for_us(message):
            return
        try:
            async with typing_if_slow(message.channel):
                await self._answer(message)
        except discord.Forbidden:
            await self._not_allowed(message)
        except CUT_OFF as error:
            _log.error("message %s: no answer: %s", message.id, brief(error))
        except Exception:
            _log.exception("message %s: no answer", message.id)

    def _meant_for_us(self, message: discord.Message) -> bool:
        if message.author.bot or message.webhook_id or message.type not in _SPOKEN or self.bot.user is None:
            return False
        return message.guild is None or any(user.id == self.bot.user.id for user in message.mentions)

    async def _answer(self, message: discord.Message) -> None:
        desk, pace = self.bot.desk, self.bot.pace
        channel = message.channel.id if message.guild else None
        if (wait := pace.wait(message.author.id, channel)) is not None:
            if pace.tell(message.author.id, channel):
                whose, seconds = wait
                text = say(self.bot.desk.spoken(message.guild), f"discord.busy.{whose}", seconds=seconds)
                await message.reply(text, mention_author=False, allowed_mentions=NO_PINGS)
            return
        text = self.without_mention(message.content)
        if not clean(text):
            await desk.answer(message, desk.greeting(message.guild), reference=HELP)
            return
        await desk.answer(message, await desk.ask(text, Place.of(message)))

    async def _not_allowed(self, message: discord.Message) -> None:
        """Say which permission is missing: in the log, and once in a while to the person who waits for an answer."""
        lacks = missing(message.channel, message.guild) if message.guild else ()
        _log.warning(
            "message %s: not allowed to write in channel %s (%s)", message.id, message.channel.id, ", ".join(lacks)
        )
        if message.guild is None or not self.bot.pace.tell(message.author.id, -message.channel.id):
            return
        language = self.bot.desk.spoken(message.guild)
        permissions = named(lacks or NEEDED, language)
        text = say(language, "discord.error.lacks", channel=f"<#{message.channel.id}>", permissions=permissions)
        with suppress(discord.HTTPException):
            await message.author.send(text, allowed_mentions=NO_PINGS)

    def without_mention(self, content: str) -> str:
        """What was said, without the bot's own name in front or between."""
        own = self.bot.user.id if self.bot.user else 0
        return re.sub(rf"<@!?{own}>", " ", content).strip()


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Mentions(bot))
