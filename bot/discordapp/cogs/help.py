"""/help: what the bot knows and how to ask it."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import Interaction, LanguageOption, options
from bot.discordapp.ui.controls import HELP
from bot.discordapp.words import words


class Help(commands.Cog):
    """A first page for newcomers."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.help.name"), description=words("command.help.description"))
    @options("help")
    async def help(self, interaction: Interaction, language: LanguageOption = "auto", private: bool = False) -> None:
        """Show the help page."""
        desk = self.bot.desk
        reply = desk.help(desk.language(interaction, language))
        await desk.send(interaction, reply, private=private, reference=HELP)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Help(bot))
