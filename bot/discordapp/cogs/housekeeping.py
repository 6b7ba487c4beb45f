"""What is done for everybody now and then: weekly summaries, forgetting in time, servers that were left."""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

import discord
from discord.ext import commands, tasks

from bot.discordapp.app import Bot
from bot.discordapp.desk import NO_PINGS
from bot.discordapp.ui import picture
from bot.locales import say
from bot.store import StoreError, StoreUnavailable
from bot.store.backup import daily
from bot.store.model import GRACE_DAYS, GuildSettings

if TYPE_CHECKING:
    from bot.discordapp.cogs.insights import Insights

_log = logging.getLogger(__name__)

WEEK: Final = 7
"""Days of a summary."""
EVERY: Final = 15.0
"""Minutes between two rounds."""
REPLIES_DAYS: Final = 7
"""Days for which it is known which message answers which."""
_DAY: Final = datetime.timedelta(days=1)


class Housekeeping(commands.Cog):
    """Each round belongs to one process, however many share the database."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{bot.shard_id}"

    async def cog_load(self) -> None:
        """Begin the rounds."""
        self.rounds.start()

    async def cog_unload(self) -> None:
        """End them."""
        self.rounds.cancel()

    @tasks.loop(minutes=EVERY)
    async def rounds(self) -> None:
        """One round; what can not be done now is done in the next."""
        try:
            await self.round()
        except StoreUnavailable:
            return
        except Exception:
            _log.exception("a round of housekeeping failed")

    @rounds.before_loop
    async def _ready(self) -> None:
        await self.bot.wait_until_ready()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """See which servers came or went while the bot was away."""
        bot = self.bot
        here = {guild.id for guild in bot.guilds}

        def ours(guild: int) -> bool:
            return bot.shard_id is None or (guild >> 22) % (bot.shard_count or 1) == bot.shard_id

        with suppress(StoreUnavailable):
            await bot.community.guilds.reconcile(here, ours, bot.community.clock())

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The data goes after a while, in case it was a slip."""
        with suppress(StoreUnavailable):
            await self.bot.community.guilds.left(guild.id, self.bot.community.clock())

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Back again: nothing goes."""
        with suppress(StoreUnavailable):
            await self.bot.community.guilds.returned(guild.id)

    async def round(self) -> None:
        """Forget what is old, and send the summaries that are due.

        Raises:
            StoreUnavailable: the rest has to wait.
        """
        community = self.bot.community
        now = community.clock()
        until = now + datetime.timedelta(minutes=EVERY)
        if await community.leases.take("housekeeping", self._owner, until, now):
            for guild in await community.guilds.forget_left(now - GRACE_DAYS * _DAY):
                _log.info("server %s left %d days ago: its data was deleted", guild, GRACE_DAYS)
                community.changed(guild)
            await community.replies.discard_old(now - REPLIES_DAYS * _DAY)
            await self._copy(now)
            for guild, settings in await community.guilds.known():
                before = now - settings.retention_days * _DAY
                await community.tallies.discard_old(guild, before)
                await community.contributions.discard_old(guild, before)
        # Each process sends those of its own servers, once.
        for guild, settings in await community.guilds.digests_due(now - WEEK * _DAY):
            if self.bot.get_guild(guild) is not None and await community.guilds.digested(guild, now, now - WEEK * _DAY):
                await self._digest(guild, settings)

    async def _copy(self, now: datetime.datetime) -> None:
        """The day's copy of the embedded database."""
        file = self.bot.community.store.file
        if file is None:
            return
        try:
            await asyncio.to_thread(daily, file, now)
        except StoreError as error:
            _log.warning("no copy of the database was made today: %s", error)

    async def _digest(self, guild: int, settings: GuildSettings) -> None:
        insights = cast("Insights", self.bot.get_cog("Insights"))
        channel = self.bot.get_channel(settings.digest_channel or 0)
        if not isinstance(channel, discord.abc.Messageable):
            return
        await self.bot.community.known(guild)
        language = self.bot.desk.spoken(self.bot.get_guild(guild))
        tally, clusters = await insights.numbers(guild, WEEK)
        if not tally.total:
            return  # nothing happened: nothing to tell
        heading = say(language, "discord.insights.digest")
        view, drawn = await insights.message(tally, clusters, language, heading, guild=guild)
        try:
            async with asyncio.timeout(30):
                await channel.send(view=view, file=picture.file(drawn), allowed_mentions=NO_PINGS)
        except (discord.HTTPException, TimeoutError) as error:
            _log.warning("server %s: the weekly summary could not be sent: %s", guild, error)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Housekeeping(bot))
