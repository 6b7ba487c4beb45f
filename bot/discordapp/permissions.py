"""Who may do what: Discord's own permissions and a server's overrides, looked at again on our side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import discord
from discord import app_commands

from bot.discordapp.recent import Recent
from bot.locales import Language, say

FRESH: Final = 30.0
"""Seconds for which a server's overrides are remembered."""
NEEDED: Final = ("view_channel", "send_messages")
"""What it takes to write somewhere."""


def missing(channel: Any, guild: discord.Guild, *wanted: str) -> tuple[str, ...]:
    """The permissions that the bot lacks in a channel, of those wanted (by default: to write there)."""
    me: discord.Member | None = guild.me
    if me is None:
        return ()
    try:
        has = channel.permissions_for(me)
    except discord.ClientException:
        return ()  # a thread whose channel is not known
    names = wanted or NEEDED
    if isinstance(channel, discord.Thread):
        names = tuple("send_messages_in_threads" if name == "send_messages" else name for name in names)
    return tuple(name for name in names if not getattr(has, name))


def named(permissions: tuple[str, ...], language: Language) -> str:
    """Permissions as Discord's own settings call them."""
    return ", ".join(say(language, f"discord.permission.{name}") for name in permissions)


class Overrides:
    """What servers allow beyond a command's default permissions (Server Settings → Integrations)."""

    def __init__(self, tree: app_commands.CommandTree[Any]) -> None:
        self._tree = tree
        self._kept: Recent[Sequence[app_commands.AppCommandPermissions]] = Recent(FRESH)
        self._commands: dict[str, app_commands.AppCommand] = {}

    async def may(self, interaction: discord.Interaction[Any], command: str) -> bool:
        """Whether somebody may use a command that needs Manage Server, or was given to them by name or role."""
        if interaction.guild is None:
            return False
        if interaction.permissions.manage_guild:
            return True
        roles = {role.id for role in getattr(interaction.user, "roles", ())}
        verdicts = {p.id: p.permission for p in await self._of(interaction.guild, command)}
        if interaction.user.id in verdicts:
            return verdicts[interaction.user.id]
        return any(verdicts.get(role, False) for role in roles)

    async def _of(self, guild: discord.Guild, command: str) -> Sequence[app_commands.AppCommandPermissions]:
        if (kept := self._kept.get((guild.id, command))) is not None:
            return kept
        found: Sequence[app_commands.AppCommandPermissions] = ()
        # Where none are set, or they can not be read, the default holds.
        with suppress(discord.HTTPException):
            if command not in self._commands:
                self._commands = {known.name: known for known in await self._tree.fetch_commands()}
            if command in self._commands:
                found = (await self._commands[command].fetch_permissions(guild)).permissions
        self._kept.put((guild.id, command), found)
        return found
