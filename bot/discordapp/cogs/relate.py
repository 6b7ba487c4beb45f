"""/relate: how two things are connected."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import MAX_NAME, Interaction, LanguageOption, options, suggest_concepts
from bot.discordapp.words import words


class Relate(commands.Cog):
    """Reads the path between two things aloud."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.relate.name"), description=words("command.relate.description"))
    @options("relate", first="first", second="second")
    @app_commands.autocomplete(first=suggest_concepts, second=suggest_concepts)
    async def relate(
        self,
        interaction: Interaction,
        first: app_commands.Range[str, 1, MAX_NAME],
        second: app_commands.Range[str, 1, MAX_NAME],
        language: LanguageOption = "auto",
        private: bool = False,
    ) -> None:
        """Tell the path from one name to the other, in any spelling."""
        desk = self.bot.desk
        reply = (await desk.expert_in(interaction.guild_id)).relate(
            first, second, language=desk.language(interaction, language)
        )
        await desk.send(interaction, reply, private=private)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Relate(bot))
