"""/concept: one thing, explained."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import MAX_NAME, Interaction, LanguageOption, options, suggest_concepts
from bot.discordapp.words import words


class Concept(commands.Cog):
    """Says what a thing is."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.concept.name"), description=words("command.concept.description"))
    @options("concept", name="name_option")
    @app_commands.autocomplete(name=suggest_concepts)
    async def concept(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, MAX_NAME],
        language: LanguageOption = "auto",
        private: bool = False,
    ) -> None:
        """Explain what a name stands for, in any spelling."""
        desk = self.bot.desk
        reply = (await desk.expert_in(interaction.guild_id)).concept(
            name, language=desk.language(interaction, language)
        )
        await desk.send(interaction, reply, private=private)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Concept(bot))
