"""Following what becomes of a question: edited, it is answered anew; deleted, its answer goes too."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import discord
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.desk import Place
from bot.discordapp.ui.markdown import clean

if TYPE_CHECKING:
    from bot.discordapp.cogs.mentions import Mentions
    from bot.discordapp.cogs.watch import Watch

_log = logging.getLogger(__name__)


class Follow(commands.Cog):
    """Keeps answers true to their questions."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited question anew, in the same message."""
        # Discord also tells of previews that it added itself: those carry no time of an edit.
        if not payload.data.get("edited_timestamp") or payload.message.author.bot:
            return
        try:
            answered = await self.bot.desk.answered(payload.guild_id, payload.message_id)
            if answered is not None:
                await self._again(payload.message, answered.reply_id)
        except Exception:
            _log.exception("message %s: its edit was not followed", payload.message_id)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take the answer away with its question."""
        await self._gone(payload.guild_id, payload.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """The same for many."""
        for id in payload.message_ids:
            await self._gone(payload.guild_id, id)

    async def _again(self, message: discord.Message, reply_id: int) -> None:
        desk, user = self.bot.desk, self.bot.user
        meant = message.guild is None or (user is not None and any(u.id == user.id for u in message.mentions))
        if meant:
            text = cast("Mentions", self.bot.get_cog("Mentions")).without_mention(message.content)
            if clean(text):
                await desk.replace(message, await desk.ask(text, Place.of(message)), reply_id)
        elif message.content and message.guild is not None:
            watch = cast("Watch", self.bot.get_cog("Watch"))
            settings = (await self.bot.community.known(message.guild.id)).settings
            reply = await watch.reply(message, message.content, settings)
            if reply is None:
                await desk.withdraw(message.guild.id, message.id)
            else:
                await desk.replace(message, reply, reply_id, unasked=True)

    async def _gone(self, guild: int | None, message: int) -> None:
        try:
            await self.bot.desk.withdraw(guild, message)
        except Exception:
            _log.exception("message %s: its answer was not deleted", message)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Follow(bot))
