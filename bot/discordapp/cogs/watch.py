"""Answering unasked: clear questions in the channels that moderators chose, and new posts of forums there."""

from __future__ import annotations

import logging
from typing import Final

import discord
from discord.ext import commands

from bot.core.reply import Outcome, Reply
from bot.discordapp.app import Bot
from bot.discordapp.desk import Place
from bot.discordapp.errors import CUT_OFF, brief
from bot.discordapp.manners import Talk, Topics
from bot.discordapp.ui.markdown import clean
from bot.store.model import SURE, GuildSettings

_log = logging.getLogger(__name__)

FEWEST_WORDS: Final = 3


class Watch(commands.Cog):
    """Speaks only when it is sure, to a real question, and not into a talk."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.talk = Talk()
        self.topics = Topics()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Look at one message; nearly always there is nothing to do."""
        try:
            if (settings := await self._watched(message)) is None:
                return
            busy = self.talk.heard(message.channel.id, message.author.id)
            if (text := self._question(message, busy=busy)) is None:
                return
            reply = await self.reply(message, text, settings)
            if reply is not None and reply.entry and self.topics.fresh(message.channel.id, reply.entry):
                self.topics.said(message.channel.id, reply.entry)
                await self.bot.desk.answer(message, reply, unasked=True)
        except discord.Forbidden:
            _log.warning("message %s: not allowed to write in channel %s", message.id, message.channel.id)
        except CUT_OFF as error:
            _log.error("message %s: no answer: %s", message.id, brief(error))
        except Exception:
            _log.exception("message %s: no answer", message.id)

    async def reply(self, message: discord.Message, text: str, settings: GuildSettings) -> Reply | None:
        """What to say, if it is sure enough."""
        reply = await self.bot.desk.ask(
            text, Place(message.author.id, guild=message.guild.id if message.guild else None)
        )
        sure = reply.outcome is Outcome.ANSWER and reply.confidence >= SURE[settings.strictness]
        return reply if sure and reply.intent is not None else None

    async def _watched(self, message: discord.Message) -> GuildSettings | None:
        """The settings of the server, if the message stands where it wants questions answered."""
        if message.guild is None or not self.bot.intents.message_content:
            return None
        if message.author.bot or message.webhook_id or not message.content:
            return None
        settings = (await self.bot.community.known(message.guild.id)).settings
        post = _post(message)
        here = {message.channel.id, post.parent_id if post else 0}
        return settings if here & set(settings.channels) else None

    def _question(self, message: discord.Message, *, busy: bool) -> str | None:
        """The text of a message that may be answered unasked."""
        # A reply, or a message to somebody by name, is part of a talk.
        if message.type is not discord.MessageType.default or message.mentions or message.role_mentions:
            return None
        post = _post(message)
        if busy and post is None:
            return None
        text = f"{post.name}\n{message.content}" if post else message.content
        expert = self.bot.desk.expert
        if not expert.screen(text) or len(clean(text).split()) < FEWEST_WORDS:
            return None
        # The title of a post is a question even where it is not worded as one.
        return text if post or expert.asks(text) else None


def _post(message: discord.Message) -> discord.Thread | None:
    """The post of a forum that a message opens: both have the same id."""
    channel = message.channel
    return channel if isinstance(channel, discord.Thread) and channel.id == message.id else None


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Watch(bot))
