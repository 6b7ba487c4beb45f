"""/settings: what a server may choose, as one panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord
import msgspec
from discord import app_commands
from discord.ext import commands

from bot.discordapp import endpoint
from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import Interaction
from bot.discordapp.desk import NO_PINGS, tell
from bot.discordapp.permissions import missing, named
from bot.discordapp.ui.panel import panel
from bot.discordapp.words import language_of, words
from bot.locales import Language, say
from bot.store import StoreUnavailable
from bot.store.model import DEFAULTS, GuildSettings

COMMAND: Final = "settings"
_WRITES: Final = ("review_channel", "digest_channel")
"""Settings that name a channel in which the bot writes."""


class Settings(commands.Cog):
    """Shows the panel and takes over what is changed in it."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.settings.name"), description=words("command.settings.description"))
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def settings(self, interaction: Interaction) -> None:
        """Show the panel, to the person alone."""
        if (guild := await self._allowed(interaction)) is None:
            return
        try:
            settings = await self.bot.community.guilds.settings(guild.id)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        language = language_of(interaction)
        view = panel(settings, guild.name, language, notes=self._notes(guild, settings, language))
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)

    async def change(self, interaction: discord.Interaction[Any], setting: str, values: Sequence[str]) -> None:
        """Take over one setting; whoever pressed must still be allowed to."""
        if (guild := await self._allowed(interaction)) is None:
            return
        try:
            now = await self.bot.community.guilds.settings(guild.id)
            fields = msgspec.structs.asdict(now) | {setting: _value(setting, values)}
            # Discord's own menus can not send anything else; a forged request can.
            chosen = msgspec.convert(fields, GuildSettings)
            await self._choose(interaction, guild, chosen)
        except (ValueError, msgspec.ValidationError):
            await tell(interaction, "error.outdated")
        except StoreUnavailable:
            await tell(interaction, "error.store")

    async def reset(self, interaction: discord.Interaction[Any]) -> None:
        """Take back every choice."""
        if (guild := await self._allowed(interaction)) is None:
            return
        try:
            await self._choose(interaction, guild, DEFAULTS)
        except StoreUnavailable:
            await tell(interaction, "error.store")

    async def _choose(self, interaction: discord.Interaction[Any], guild: discord.Guild, chosen: GuildSettings) -> None:
        await self.bot.community.choose(guild.id, chosen)
        language = language_of(interaction)
        view = panel(chosen, guild.name, language, notes=self._notes(guild, chosen, language))
        await endpoint.update_message(interaction, view)

    async def _allowed(self, interaction: discord.Interaction[Any]) -> discord.Guild | None:
        """The server, if the person may change its settings; they are told if not."""
        if interaction.guild is not None and await self.bot.overrides.may(interaction, COMMAND):
            return interaction.guild
        await tell(interaction, "error.not_allowed")
        return None

    def _notes(self, guild: discord.Guild, settings: GuildSettings, language: Language) -> list[str]:
        """What keeps a choice from working."""
        notes: list[str] = []
        if settings.channels and not self.bot.intents.message_content:
            notes.append(say(language, "discord.settings.no_content"))
        channels: list[tuple[int, tuple[str, ...]]] = [(id, ()) for id in settings.channels]
        channels += [(id, ("attach_files",)) for name in _WRITES if (id := getattr(settings, name))]
        for id, more in dict(channels).items():
            channel = guild.get_channel_or_thread(id)
            if channel is None:
                notes.append(say(language, "discord.settings.channel_gone", channel=f"<#{id}>"))
            elif lacks := missing(channel, guild, "view_channel", "send_messages", *more):
                lacking = named(lacks, language)
                notes.append(say(language, "discord.settings.lacks", channel=f"<#{id}>", permissions=lacking))
        return notes


def _value(setting: str, values: Sequence[str]) -> object:
    """What a menu's values mean.

    Raises:
        ValueError: nothing that the menu offers.
    """
    if setting == "channels":
        return tuple(int(value) for value in values)
    if setting in ("review_channel", "digest_channel", "review_role"):
        return int(values[0]) if values else None
    if setting == "retention_days":
        return int(values[0])
    if setting == "keep_texts":
        return values[0] == "yes"
    return values[0]


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Settings(bot))
