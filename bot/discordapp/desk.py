"""The desk: takes what the core replied to where the person is, and handles what they press there."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import discord
import msgspec

from bot.community.community import Community
from bot.community.own import Experts, outdated, written_in
from bot.core.expert import Expert, LanguageChoice
from bot.core.reply import Kind, Link, Outcome, Reply
from bot.discordapp import endpoint, errors
from bot.discordapp.recent import Recent
from bot.discordapp.ui import controls, limits, picture, table
from bot.discordapp.ui.controls import How, Key
from bot.discordapp.ui.render import Frame, Note, Origin, render
from bot.discordapp.words import language_of
from bot.locales import Language, say
from bot.pictures import Gallery, Picture
from bot.store import StoreUnavailable
from bot.store.model import DIRECT, Contribution, Correction, Entry, own_id
from bot.store.replies import Answered

Source = Expert | Callable[[], Expert]
"""An expert, or what gives the expert of the moment: the base may be loaded anew at any time."""
OnReply = Callable[[Reply, float | None], None]
"""Takes every reply that a person gets, with the milliseconds that a question took."""

NO_PINGS: Final = discord.AllowedMentions.none()
DAY: Final = 86_400.0
WEEK: Final = 7 * DAY
"""Seconds for which edits and deletions of a question are followed."""


THREAD: Final = 3_600.0
"""Seconds for which a thread keeps to what was spoken of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody speaks: ids, None for direct messages (guild) and where nothing is to be remembered."""

    user: int
    channel: int | None = None
    guild: int | None = None
    thread: bool = False
    """Whether the channel is a thread, where all speak of one thing."""

    @classmethod
    def of(cls, message: discord.Message) -> Place:
        """Where a message was written."""
        guild = message.guild.id if message.guild else None
        return cls(message.author.id, message.channel.id, guild, isinstance(message.channel, discord.Thread))

    @classmethod
    def of_interaction(cls, interaction: discord.Interaction[Any]) -> Place:
        """Where a command or a control was used."""
        thread = isinstance(interaction.channel, discord.Thread)
        return cls(interaction.user.id, interaction.channel_id, interaction.guild_id, thread)


class Desk:
    """Sends replies and opens what stands behind buttons and menus."""

    def __init__(
        self, client: discord.Client, expert: Source, community: Community, language: LanguageChoice = "auto"
    ) -> None:
        self._client = client
        self._source = expert
        self.community = community
        self.on_reply: OnReply | None = None
        self.busy: Callable[[], bool] = lambda: False
        """Whether many others wait, so that nothing new is drawn."""
        self._latest: tuple[Reply, float] | None = None
        """The answer made last, and the milliseconds it took: it is sent before another one is made."""
        self._language = language
        """Of answers where neither a person nor a server chose one."""
        self._said: Recent[Reply] = Recent()
        """(channel, user) to the last reply there: what a follow-up follows."""
        self._threads: Recent[Reply] = Recent(seconds=THREAD)
        """Thread to the last reply there, whoever asked."""
        self._shown: Recent[Reply] = Recent(seconds=DAY)
        """Message to what it shows: the question's own words are nowhere else."""
        self._answers: Recent[Answered] = Recent(seconds=WEEK, capacity=10_000)
        """Message of a person to our reply to it."""
        self._called: Recent[bool] = Recent(seconds=DAY)
        """Replies to which somebody was called."""
        self._experts = Experts()
        self._since = discord.utils.utcnow()
        self._gallery = Gallery()

    def close(self) -> None:
        """Stop drawing."""
        self._gallery.close()

    @property
    def expert(self) -> Expert:
        """The expert of the moment, on the base alone."""
        return self._source() if callable(self._source) else self._source

    async def expert_in(self, guild: int | None) -> Expert:
        """The expert of the moment for one server."""
        known = await self.community.known(guild)
        return await self._experts.of(guild, self.expert, known.entries)

    async def ask(self, text: str, place: Place, language: LanguageChoice = "auto") -> Reply:
        """Answer a question in the light of what was said there before."""
        expert = await self.expert_in(place.guild)
        chosen = self._chosen(language, place.guild)
        started = time.perf_counter()
        reply = expert.ask(text, language=chosen, previous=self._before(place))
        self._latest = reply, round((time.perf_counter() - started) * 1000, 3)
        return reply

    def _chosen(self, language: LanguageChoice, guild: int | None) -> LanguageChoice:
        """A person's choice, else the server's, else the owner's."""
        server = self.community.at_hand(guild).settings.language
        return language if language != "auto" else server if server != "auto" else self._language

    def _before(self, place: Place) -> Reply | None:
        """What a follow-up would follow."""
        if place.channel is None:
            return None
        own = self._said.get((place.channel, place.user))
        return own or (self._threads.get(place.channel) if place.thread else None)

    def forget(self, user: int) -> None:
        """Let go of what a person was told."""
        self._said.drop(lambda key: isinstance(key, tuple) and key[1] == user)

    def language(self, interaction: discord.Interaction[Any], chosen: LanguageChoice) -> LanguageChoice:
        """The language where the input is only names, which tell nothing about the person's own."""
        if (language := self._chosen(chosen, interaction.guild_id)) != "auto":
            return language
        return "hi" if interaction.locale is discord.Locale.hindi else "auto"

    def greeting(self, guild: discord.Guild | None) -> Reply:
        """The help page for somebody who said nothing but the bot's name."""
        return self.help(self.spoken(guild))

    def spoken(self, guild: discord.Guild | None) -> Language:
        """The language for what is said to nobody's question: as chosen, else as the server is."""
        chosen = self._chosen("auto", guild.id if guild else None)
        hindi = guild is not None and guild.preferred_locale is discord.Locale.hindi
        return "hi" if chosen == "hi" or (hindi and chosen == "auto") else "en"

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
        self._count(reply, interaction.guild_id)
        frame = Frame(
            interaction.user.id,
            private=private,
            about=about.jump_url if about else None,
            reference=reference,
            footer=_footer(reply, reference),
            notes=await self._notes(reply, interaction.guild_id),
            ping=_callable(interaction, about) if reply.outcome is Outcome.ANSWER and not private else None,
            origin=self._origin(reply, interaction.guild_id),
            correctable=self._correctable(interaction.guild_id),
        )
        await self._respond(interaction, reply, frame)

    async def answer(
        self, message: discord.Message, reply: Reply, *, reference: str | None = None, unasked: bool = False
    ) -> None:
        """Reply to a message of a channel or a direct message, without a ping."""
        self._count(reply, message.guild.id if message.guild else None)
        frame = await self._frame(message, reply, reference, unasked=unasked)
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
        self._remember(Place.of(message), sent.id, reply)
        await self._link(message, sent.id)

    async def replace(self, message: discord.Message, reply: Reply, reply_id: int, *, unasked: bool = False) -> None:
        """Put another reply into the place of the one that a message got."""
        frame = await self._frame(message, reply, None, unasked=unasked)
        try:
            await endpoint.edit_message(
                self._client, message.channel.id, reply_id, render(reply, frame), picture.file(frame.picture)
            )
        except discord.NotFound:
            await self._unlink(message.guild.id if message.guild else DIRECT, message.id)
            return
        self._remember(Place.of(message), reply_id, reply)

    async def answered(self, guild: int | None, message: int) -> Answered | None:
        """Our reply to a message, if there is one and it is not too long ago."""
        if (known := self._answers.get(message)) is not None:
            return known
        if discord.utils.snowflake_time(message) > self._since:
            return None  # it was never answered: what this process did stands above
        try:
            return await self.community.replies.get(guild or DIRECT, message, patience=1.0)
        except StoreUnavailable:
            return None

    async def withdraw(self, guild: int | None, message: int) -> None:
        """Delete our reply to a message that is gone, or is no question any more."""
        answered = await self.answered(guild, message)
        if answered is None:
            return
        channel = self._client.get_partial_messageable(answered.channel_id, guild_id=guild)
        with suppress(discord.NotFound, discord.Forbidden):
            await channel.get_partial_message(answered.reply_id).delete()
        await self._unlink(answered.guild_id, message)

    async def _frame(self, message: discord.Message, reply: Reply, reference: str | None, *, unasked: bool) -> Frame:
        language: Language = "hi" if reply.reply_language == "hi" else "en"
        return Frame(
            message.author.id,
            reference=reference,
            footer=f"-# {say(language, 'discord.watched')}" if unasked else _footer(reply, reference),
            notes=await self._notes(reply, message.guild.id if message.guild else None),
            picture=await self._picture(reply, attach=_may_attach(message)),
            origin=self._origin(reply, message.guild.id if message.guild else None),
            correctable=self._correctable(message.guild.id if message.guild else None),
        )

    async def _link(self, message: discord.Message, reply_id: int) -> None:
        """Remember which message answers which."""
        answered = Answered(
            message_id=message.id,
            guild_id=message.guild.id if message.guild else DIRECT,
            channel_id=message.channel.id,
            user_id=message.author.id,
            reply_id=reply_id,
        )
        self._answers.put(message.id, answered)
        with suppress(StoreUnavailable):
            await self.community.replies.put(answered, self.community.clock())

    async def _unlink(self, guild: int, message: int) -> None:
        self._answers.drop(lambda key: key == message)
        with suppress(StoreUnavailable):
            await self.community.replies.drop(guild, message)

    async def reopen(
        self, interaction: discord.Interaction[Any], reference: str, key: Key, how: How, page: int = 0
    ) -> None:
        """Show what a control stands for: in place for the asker, privately for anybody else."""
        message = interaction.message
        shown = message.id if message and how is not How.RELATED else None
        reply = await self._again(reference, key.language, interaction.guild_id, shown)
        if reply is None:
            await tell(interaction, "error.gone")
            return
        private = message is not None and message.flags.ephemeral
        own = private or interaction.user.id == key.asker
        in_place = private or (own and how is not How.RELATED)
        frame = Frame(
            interaction.user.id,
            private=private or (not in_place and not _alone(interaction)),
            expanded=how in (How.DETAIL, How.PAGE),
            page=page,
            reference=reference if reference == controls.HELP else None,
            footer=_footer(reply, reference),
            notes=await self._notes(reply, interaction.guild_id),
            origin=self._origin(reply, interaction.guild_id),
            correctable=self._correctable(interaction.guild_id),
        )
        await self._respond(interaction, reply, frame, in_place=in_place)

    async def ping(self, interaction: discord.Interaction[Any], asker: int, author: int) -> None:
        """Call the author of a message to its answer: once, and only for the one who fetched it."""
        message = interaction.message
        if interaction.user.id != asker or message is None:
            await tell(interaction, "error.not_yours_to_call")
            return
        if self._called.get(message.id):
            await tell(interaction, "error.called")
            return
        self._called.put(message.id, True)
        text = say(language_of(interaction), "discord.called", author=f"<@{author}>", helper=f"<@{asker}>")
        only = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(author)])
        await interaction.response.send_message(text, allowed_mentions=only)

    async def vote(self, interaction: discord.Interaction[Any], reference: str, *, helped: bool) -> None:
        """Note whether an answer helped; a later vote takes the place of an earlier one."""
        community = self.community
        guild = interaction.guild_id or DIRECT
        try:
            await community.tallies.vote(guild, reference, interaction.user.id, helped=helped, now=community.clock())
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        await tell(interaction, f"vote.thanks.{'yes' if helped else 'no'}")

    async def vote_on_note(self, interaction: discord.Interaction[Any], id: int, key: Key, *, up: bool) -> None:
        """Note a member's vote on what another one said, and show the new count."""
        guild = interaction.guild_id or DIRECT
        try:
            note = await self.community.contributions.vote(guild, id, interaction.user.id, up=up)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        if note is None:
            await tell(interaction, "error.note_gone")
            return
        self.community.changed(guild)
        await self.show(interaction, note.entry, key)

    async def show(self, interaction: discord.Interaction[Any], reference: str, key: Key) -> None:
        """Draw the reply that a control stands on anew, as it was opened, with what is known now."""
        message = interaction.message
        reply = await self._again(reference, key.language, interaction.guild_id, message.id if message else None)
        if message is None or reply is None:
            await tell(interaction, "error.gone")
            return
        frame = Frame(
            key.asker,
            private=message.flags.ephemeral,
            expanded=bool(reply.detail) and not controls.offers_detail(message),
            notes=await self._notes(reply, interaction.guild_id),
            origin=self._origin(reply, interaction.guild_id),
            correctable=self._correctable(interaction.guild_id),
        )
        await self._respond(interaction, reply, frame, in_place=True)

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
        self._remember(Place.of_interaction(interaction), shown, reply)

    async def _notes(self, reply: Reply, guild: int | None) -> tuple[Note, ...]:
        """What members of a server say beneath an answer."""
        if reply.entry is None:
            return ()
        found = (await self.community.known(guild)).corrections_of(reply.entry)
        expert = await self.expert_in(guild) if found else self.expert
        return tuple(_note(contribution, outdated(expert, contribution)) for contribution in found[: limits.NOTES])

    def _origin(self, reply: Reply, guild: int | None) -> Origin | None:
        """Who wrote an own entry of a server; None for the base's."""
        if reply.entry is None or own_id(reply.entry) is None:
            return None
        entries = self.community.at_hand(guild).entries
        found = next((c for c in entries if c.entry == reply.entry and isinstance(c.content, Entry)), None)
        if found is None:
            return None
        assert isinstance(found.content, Entry)
        language: Language = "hi" if reply.reply_language == "hi" else "en"
        when = found.decided_at or found.created_at
        return Origin(found.author_id, when, written_in(found.content, language))

    def _correctable(self, guild: int | None) -> bool:
        """Whether corrections can be proposed: in servers that the bot is in."""
        return guild is not None and self._client.get_guild(guild) is not None

    def shown_by(self, message: discord.Message) -> str | None:
        """The reference of the answer that a message of ours shows; None for any other message."""
        if (shown := self._shown.get(message.id)) is not None and shown.entry is not None:
            return shown.entry
        own = self._client.user is not None and message.author.id == self._client.user.id
        return controls.voted_on(message) if own else None

    async def correct(self, interaction: discord.Interaction[Any], reference: str) -> None:
        """Ask what is wrong with an answer, and what is right."""
        teacher: Any = interaction.client.get_cog("Teach")
        await teacher.correct(interaction, reference)

    def _count(self, reply: Reply, guild: int | None) -> None:
        self.community.record(guild, reply)
        if self.on_reply is not None:
            took = self._latest[1] if self._latest and self._latest[0] is reply else None
            self.on_reply(reply, took)

    async def _picture(self, reply: Reply, *, attach: bool) -> Picture | None:
        """The picture of a reply, where it tells more than the text and may be shown."""
        if not attach or (reply.kind is Kind.COMPARISON and table.side_by_side(reply.table)):
            return None
        return await self._gallery.of(self.expert.base, reply, draw=not self.busy())

    def _remember(self, place: Place, message: int | None, reply: Reply) -> None:
        if reply.concepts:  # small talk in between does not end a conversation
            self._said.put((place.channel, place.user), reply)
            if place.thread:
                self._threads.put(place.channel, reply)
        if message is not None:
            self._shown.put(message, reply)

    async def _again(self, reference: str, language: Language, guild: int | None, message: int | None) -> Reply | None:
        """The reply behind a reference, with what the question's own words brought up, if still known."""
        if reference == controls.HELP:
            return self.help(language)
        expert = await self.expert_in(guild)
        shown = self._shown.get(message) if message is not None else None
        if shown and shown.entry == reference and shown.misconceptions:
            again = expert.ask(shown.text, language=language)
            if again.entry == reference:
                return again
        return expert.open(reference, language=language)


async def tell(interaction: discord.Interaction[Any], key: str, **values: object) -> None:
    """One sentence to the person alone."""
    await errors.tell(interaction, say(language_of(interaction), f"discord.{key}", **values))


def _note(contribution: Contribution, outdated: bool) -> Note:
    assert isinstance(contribution.content, Correction)
    return Note(
        contribution.id,
        contribution.content.wrong,
        contribution.content.right,
        contribution.content.source,
        contribution.author_id,
        contribution.decided_at or contribution.created_at,
        up=contribution.up,
        down=contribution.down,
        outdated=outdated,
    )


def _callable(interaction: discord.Interaction[Any], about: discord.Message | None) -> int | None:
    """The author of a message that somebody else had answered in a server; None if it is a bot, or the same person."""
    if about is None or interaction.guild_id is None or about.author.bot or about.author.id == interaction.user.id:
        return None
    return about.author.id


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
