"""Answering where the bot is spoken to: a mention in a channel, a reply to it, or a direct message."""

from __future__ import annotations

import logging
import re
from typing import Final

import discord
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.errors import CUT_OFF, brief
from bot.discordapp.ui.controls import HELP
from bot.discordapp.ui.markdown import clean

_log = logging.getLogger(__name__)

_SPOKEN: Final = (discord.MessageType.default, discord.MessageType.reply)


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
            await self._answer(message)
        except discord.Forbidden:
            _log.warning("message %s: not allowed to write in channel %s", message.id, message.channel.id)
        except CUT_OFF as error:
            _log.error("message %s: no answer: %s", message.id, brief(error))
        except Exception:
            _log.exception("message %s: no answer", message.id)

    def _meant_for_us(self, message: discord.Message) -> bool:
        if message.author.bot or message.webhook_id or message.type not in _SPOKEN or self.bot.user is None:
            return False
        return message.guild is None or any(user.id == self.bot.user.id for user in message.mentions)

    async def _answer(self, message: discord.Message) -> None:
        desk = self.bot.desk
        text = self.without_mention(message.content)
        if not clean(text):
            await desk.answer(message, desk.greeting(message.guild), reference=HELP)
            return
        await desk.answer(message, desk.ask(text, channel=message.channel.id, user=message.author.id))

    def without_mention(self, content: str) -> str:
        """What was said, without the bot's own name in front or between."""
        own = self.bot.user.id if self.bot.user else 0
        return re.sub(rf"<@!?{own}>", " ", content).strip()


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Mentions(bot))
