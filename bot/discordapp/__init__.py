"""The Discord surface: questions come in as commands, mentions and messages, replies go out as layouts."""

from __future__ import annotations

from bot.discordapp.app import DiscordSettings, serve, sync_commands
from bot.discordapp.errors import CannotStart
from bot.discordapp.status import AppStatus, Monitor

__all__ = ["AppStatus", "CannotStart", "DiscordSettings", "Monitor", "serve", "sync_commands"]
