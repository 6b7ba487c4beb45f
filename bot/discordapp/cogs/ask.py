"""/ask, and "Answer this" on somebody's message."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import (
    MAX_QUESTION,
    Interaction,
    LanguageOption,
    everywhere,
    options,
    picked,
    suggest_questions,
)
from bot.discordapp.desk import Place, tell
from bot.discordapp.ui.markdown import clean
from bot.discordapp.words import words


class Ask(commands.Cog):
    """A question in the person's own words."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        menu = app_commands.ContextMenu(name=words("command.answer_this.name"), callback=self.answer_this)
        self.menu = everywhere(menu)

    async def cog_load(self) -> None:
        """Cogs do not pick up context menus by themselves."""
        self.bot.tree.add_command(self.menu)

    async def cog_unload(self) -> None:
        """Take the menu away again."""
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)

    @app_commands.command(name=words("command.ask.name"), description=words("command.ask.description"))
    @options("ask", question="question")
    @app_commands.autocomplete(question=suggest_questions)
    async def ask(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, MAX_QUESTION],
        language: LanguageOption = "auto",
        private: bool = False,
    ) -> None:
        """Answer a question."""
        desk = self.bot.desk
        reply = None
        if suggestion := picked(question):
            reference, shown_in = suggestion
            reply = (await desk.expert_in(interaction.guild_id)).open(
                reference, language=shown_in if language == "auto" else language
            )
        if reply is None:
            reply = await desk.ask(question, Place.of_interaction(interaction), language)
        await desk.send(interaction, reply, private=private)

    async def answer_this(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer what somebody wrote, for all to see; a link leads back to it."""
        text = clean(message.content)
        if not text:
            await tell(interaction, "error.no_text")
            return
        desk = self.bot.desk
        reply = await desk.ask(text, Place(message.author.id, guild=interaction.guild_id))
        await desk.send(interaction, reply, about=message)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Ask(bot))
