"""/compare: two or three things side by side."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import MAX_NAME, Interaction, LanguageOption, options, suggest_concepts
from bot.discordapp.words import words


class Compare(commands.Cog):
    """Puts things side by side."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.compare.name"), description=words("command.compare.description"))
    @options("compare", first="first", second="second", third="third")
    @app_commands.autocomplete(first=suggest_concepts, second=suggest_concepts, third=suggest_concepts)
    async def compare(
        self,
        interaction: Interaction,
        first: app_commands.Range[str, 1, MAX_NAME],
        second: app_commands.Range[str, 1, MAX_NAME],
        third: app_commands.Range[str, 1, MAX_NAME] | None = None,
        language: LanguageOption = "auto",
        private: bool = False,
    ) -> None:
        """Compare what the names stand for, in any spelling."""
        desk = self.bot.desk
        names = [first, second, *([third] if third else [])]
        reply = (await desk.expert_in(interaction.guild_id)).compare(
            names, language=desk.language(interaction, language)
        )
        await desk.send(interaction, reply, private=private)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Compare(bot))
