"""The desk: takes what the core replied to where the person is, and handles what they press there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import discord
import msgspec

from bot.core.expert import Expert, LanguageChoice
from bot.core.reply import Kind, Link, Reply
from bot.discordapp import endpoint, errors
from bot.discordapp.recent import Recent
from bot.discordapp.ui import controls, picture, table
from bot.discordapp.ui.controls import How, Key
from bot.discordapp.ui.render import Frame, render
from bot.discordapp.words import language_of
from bot.locales import Language, say
from bot.pictures import Gallery, Picture

Source = Expert | Callable[[], Expert]
"""An expert, or what gives the expert of the moment: the base may be loaded anew at any time."""
OnReply = Callable[[Reply, float | None], None]
"""Takes every reply that a person gets, with the milliseconds that a question took."""

NO_PINGS: Final = discord.AllowedMentions.none()
DAY: Final = 86_400.0


class Desk:
    """Sends replies and opens what stands behind buttons and menus."""

    def __init__(self, expert: Source, language: LanguageChoice = "auto") -> None:
        self._source = expert
        self.on_reply: OnReply | None = None
        self._latest: tuple[Reply, float] | None = None
        """The answer made last, and the milliseconds it took: it is sent before another one is made."""
        self._language = language
        """Of answers where nobody chose one."""
        self._said: Recent[Reply] = Recent()
        """(channel, user) to the last reply there: what a follow-up follows."""
        self._shown: Recent[Reply] = Recent(seconds=DAY)
        """Message to what it shows: the question's own words are nowhere else."""
        self._gallery = Gallery()

    def close(self) -> None:
        """Stop drawing."""
        self._gallery.close()

    @property
    def expert(self) -> Expert:
        """The expert of the moment."""
        return self._source() if callable(self._source) else self._source

    def ask(self, text: str, *, channel: int | None, user: int, language: LanguageChoice = "auto") -> Reply:
        """Answer a question in the light of what the same person was told there before."""
        chosen = self._language if language == "auto" else language
        started = time.perf_counter()
        reply = self.expert.ask(text, language=chosen, previous=self._said.get((channel, user)))
        self._latest = reply, round((time.perf_counter() - started) * 1000, 3)
        return reply

    def language(self, interaction: discord.Interaction[Any], chosen: LanguageChoice) -> LanguageChoice:
        """The language where the input is only names, which tell nothing about the person's own."""
        if chosen != "auto" or self._language != "auto":
            return self._language if chosen == "auto" else chosen
        return "hi" if interaction.locale is discord.Locale.hindi else "auto"

    def greeting(self, guild: discord.Guild | None) -> Reply:
        """The help page for somebody who said nothing but the bot's name."""
        hindi = guild is not None and guild.preferred_locale is discord.Locale.hindi
        return self.help("hi" if hindi and self._language == "auto" else self._language)

    def help(self, language: LanguageChoice) -> Reply:
        """The help page, with questions to try that are one click away."""
        reply = self.expert.help(language=language)
        spoken: Language = "hi" if reply.reply_language == "hi" else "en"
        asked = ((text, self.expert.ask(text, language=spoken)) for text in self.expert.examples(spoken))
        tries = tuple(Link(answer.entry, text) for text, answer in asked if answer.entry)
        return msgspec.structs.replace(reply, related=reply.related or tries)

    async def send(
        self,
        interaction: discord.Interaction[Any],
        reply: Reply,
        *,
        private: bool = False,
        about: discord.Message | None = None,
        reference: str | None = None,
    ) -> None:
        """Respond to a command with a reply."""
        self._count(reply)
        frame = Frame(
            interaction.user.id,
            private=private,
            about=about.jump_url if about else None,
            reference=reference,
            footer=_footer(reply, reference),
        )
        await self._respond(interaction, reply, frame)

    async def answer(self, message: discord.Message, reply: Reply, *, reference: str | None = None) -> None:
        """Reply to a message of a channel or a direct message, without a ping."""
        self._count(reply)
        frame = Frame(message.author.id, reference=reference, footer=_footer(reply, reference))
        frame = replace(frame, picture=await self._picture(reply, attach=_may_attach(message)))
        view = render(reply, frame)
        try:
            sent = await message.reply(
                view=view, file=picture.file(frame.picture), mention_author=False, allowed_mentions=NO_PINGS
            )
        except discord.HTTPException as error:
            # The message may be gone by now, or its history closed to us; its author still waits.
            if isinstance(error, discord.Forbidden) and error.code not in errors.NO_HISTORY:
                raise
            sent = await message.channel.send(view=view, file=picture.file(frame.picture), allowed_mentions=NO_PINGS)
        self._remember(message.channel.id, message.author.id, sent.id, reply)

    async def reopen(self, interaction: discord.Interaction[Any], reference: str, key: Key, how: How) -> None:
        """Show what a control stands for: in place for the asker, privately for anybody else."""
        message = interaction.message
        reply = self._again(reference, key.language, message.id if message and how is not How.RELATED else None)
        if reply is None:
            await tell(interaction, "error.gone")
            return
        private = message is not None and message.flags.ephemeral
        own = private or interaction.user.id == key.asker
        in_place = private or (own and how is not How.RELATED)
        frame = Frame(
            interaction.user.id,
            private=private or (not in_place and not _alone(interaction)),
            expanded=how is How.DETAIL,
            reference=reference if reference == controls.HELP else None,
            footer=_footer(reply, reference),
        )
        await self._respond(interaction, reply, frame, in_place=in_place)

    async def delete(self, interaction: discord.Interaction[Any], asker: int) -> None:
        """Take a reply away, for its asker and for those who may delete messages there."""
        if interaction.user.id != asker and not interaction.permissions.manage_messages:
            await tell(interaction, "error.not_yours")
            return
        await interaction.response.defer()
        try:
            await interaction.delete_original_response()
        except discord.NotFound:
            pass  # somebody was faster
        except discord.HTTPException:
            await tell(interaction, "error.cannot_delete")

    async def failed(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Tell the person one plain sentence, and the log the rest."""
        await errors.report(interaction, error)

    async def _respond(
        self, interaction: discord.Interaction[Any], reply: Reply, frame: Frame, *, in_place: bool = False
    ) -> None:
        attach = interaction.guild_id is None or interaction.app_permissions.attach_files
        frame = replace(frame, picture=await self._picture(reply, attach=attach))
        view, file = render(reply, frame), picture.file(frame.picture)
        if in_place:
            await endpoint.update_message(interaction, view, file)
            shown = interaction.message.id if interaction.message else None
        else:
            sent = await interaction.response.send_message(
                view=view, file=file, ephemeral=frame.private, allowed_mentions=NO_PINGS
            )
            shown = sent.message_id
        self._remember(interaction.channel_id, interaction.user.id, shown, reply)

    def _count(self, reply: Reply) -> None:
        if self.on_reply is not None:
            took = self._latest[1] if self._latest and self._latest[0] is reply else None
            self.on_reply(reply, took)

    async def _picture(self, reply: Reply, *, attach: bool) -> Picture | None:
        """The picture of a reply, where it tells more than the text and may be shown."""
        if not attach or (reply.kind is Kind.COMPARISON and table.side_by_side(reply.table)):
            return None
        return await self._gallery.of(self.expert.base, reply)

    def _remember(self, channel: int | None, user: int, message: int | None, reply: Reply) -> None:
        if reply.concepts:  # small talk in between does not end a conversation
            self._said.put((channel, user), reply)
        if message is not None:
            self._shown.put(message, reply)

    def _again(self, reference: str, language: Language, message: int | None) -> Reply | None:
        """The reply behind a reference, with what the question's own words brought up, if still known."""
        if reference == controls.HELP:
            return self.help(language)
        shown = self._shown.get(message) if message is not None else None
        if shown and shown.entry == reference and shown.misconceptions:
            again = self.expert.ask(shown.text, language=language)
            if again.entry == reference:
                return again
        return self.expert.open(reference, language=language)


async def tell(interaction: discord.Interaction[Any], key: str, **values: object) -> None:
    """One sentence to the person alone."""
    await errors.tell(interaction, say(language_of(interaction), f"discord.{key}", **values))


def _alone(interaction: discord.Interaction[Any]) -> bool:
    """Whether the person talks with the bot and nobody else."""
    return interaction.guild_id is None and not interaction.context.private_channel


def _may_attach(message: discord.Message) -> bool:
    """Whether the bot may send files where a message was written; always in direct messages."""
    if message.guild is None:
        return True
    me: discord.Member | None = message.guild.me
    try:
        return me is not None and message.channel.permissions_for(me).attach_files
    except discord.ClientException:
        return False  # a thread whose channel is not known


def _footer(reply: Reply, reference: str | None) -> str:
    language: Language = "hi" if reply.reply_language == "hi" else "en"
    return say(language, "discord.help.commands") if reference == controls.HELP else ""
