"""/insights, and the weekly summary: a server's own numbers."""

from __future__ import annotations

import asyncio
import datetime
import re
from io import BytesIO
from typing import Any, Final, Self

import discord
import msgspec
from discord import app_commands, ui
from discord.ext import commands

from bot.community.gaps import Cluster, cluster
from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import Interaction
from bot.discordapp.desk import NO_PINGS, tell
from bot.discordapp.ui import picture
from bot.discordapp.ui.live import LiveButton
from bot.discordapp.ui.report import report
from bot.discordapp.words import language_of, words
from bot.locales import Language, say
from bot.pictures import Picture
from bot.store import StoreUnavailable
from bot.store.model import Tally

COMMAND: Final = "insights"
MOST_DAYS: Final = 365


class FileButton(LiveButton, template=r"i:(?P<days>[0-9]{1,3})"):
    """The same numbers as a file."""

    def __init__(self, days: int, label: str) -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"i:{days}"))
        self.days = days

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(int(match["days"]), label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.get_cog("Insights").file(interaction, min(max(self.days, 1), MOST_DAYS))


CONTROLS: Final = (FileButton,)


class Insights(commands.Cog):
    """Shows what was asked, what helped, and what is missing."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.insights.name"), description=words("command.insights.description"))
    @app_commands.rename(days=words("command.insights.days.name"))
    @app_commands.describe(days=words("command.insights.days.description"))
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def insights(self, interaction: Interaction, days: app_commands.Range[int, 1, MOST_DAYS] = 30) -> None:
        """Show the numbers of the last days, to the person alone."""
        if (guild := await self._allowed(interaction)) is None:
            return
        language = language_of(interaction)
        try:
            found = await self.numbers(guild.id, days)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        heading = say(language, "discord.insights.title", days=days)
        button = FileButton(days, say(language, "discord.insights.file"))
        view, drawn = await self.message(*found, language, heading, guild=guild.id, controls=(button,))
        await interaction.response.send_message(
            view=view, file=picture.file(drawn), ephemeral=True, allowed_mentions=NO_PINGS
        )

    async def file(self, interaction: discord.Interaction[Any], days: int) -> None:
        """Hand out the same as JSON."""
        if (guild := await self._allowed(interaction)) is None:
            return
        try:
            tally, clusters = await self.numbers(guild.id, days)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        data = msgspec.to_builtins(tally)
        del data["gaps"]
        data["unanswered"] = [
            {
                "count": c.count,
                "concepts": list(c.concepts),
                "intent": c.intent,
                "languages": dict(c.languages),
                "examples": c.examples,
            }
            for c in clusters
        ]
        content = msgspec.json.format(msgspec.json.encode(data), indent=1)
        name = f"insights-{tally.since}-{tally.until}.json"
        await interaction.response.send_message(
            file=discord.File(BytesIO(content), name), ephemeral=True, allowed_mentions=NO_PINGS
        )

    async def numbers(self, guild: int, days: int) -> tuple[Tally, list[Cluster]]:
        """A server's numbers of the last days, today's included, with what could not be answered brought together.

        Raises:
            StoreUnavailable: not readable now.
        """
        community = self.bot.community
        await community.flush()
        today = community.clock().date()
        tally = await community.tallies.of(guild, today - datetime.timedelta(days=days - 1), today)
        return tally, await asyncio.to_thread(cluster, tally.gaps)

    async def message(
        self,
        tally: Tally,
        clusters: list[Cluster],
        language: Language,
        heading: str,
        *,
        guild: int,
        controls: tuple[ui.Item[Any], ...] = (),
    ) -> tuple[ui.LayoutView, Picture | None]:
        """The message and its picture."""
        expert = await self.bot.desk.expert_in(guild)

        def title(entry: str) -> str | None:
            reply = expert.open(entry, language=language)
            return reply.title if reply else None

        drawn = await asyncio.to_thread(_drawn, tally, language)
        view = report(tally, clusters, language, title=title, heading=heading, drawn=drawn, controls=controls)
        return view, drawn

    async def _allowed(self, interaction: discord.Interaction[Any]) -> discord.Guild | None:
        if interaction.guild is not None and await self.bot.overrides.may(interaction, COMMAND):
            return interaction.guild
        await tell(interaction, "error.not_allowed")
        return None


def _drawn(tally: Tally, language: Language) -> Picture | None:
    # Not at the top: a bot that shows no picture never loads the drawing library.
    from bot.pictures.days import days

    return days([(day.day, day.answer, day.choose, day.no_answer) for day in tally.days], language)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Insights(bot))
