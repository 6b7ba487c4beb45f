"""/knowledge: what a server has taught the bot, for those who manage it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.community import exchange
from bot.community.exchange import Import
from bot.community.taught import as_text, headline
from bot.core.knowledge.load import MAX_FILE_BYTES
from bot.discordapp import endpoint
from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import Interaction
from bot.discordapp.cogs.teach import Draft, Teach, give, sentence
from bot.discordapp.desk import NO_PINGS, tell
from bot.discordapp.recent import Recent
from bot.discordapp.ui import limits
from bot.discordapp.ui.markdown import clean, escape, shorten
from bot.discordapp.ui.review import COLOURS, ListPage, TakeButton, member, moment
from bot.discordapp.words import language_of, words
from bot.locales import Language, say
from bot.store import StoreUnavailable
from bot.store.model import Contribution, Correction, Entry, Status

COMMAND: Final = "knowledge"
PAGE: Final = 10
"""Lines of the list that are shown together."""
CARDS: Final = 25
"""Cards that are shown again at once."""
LINES: Final = 20
"""Troubles of a file that fit into a message."""
_HOLD: Final = 600.0
"""Seconds for which an import waits for its button."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An import that was looked at."""

    guild: int
    read: Import
    state: tuple[tuple[int, int], ...]
    """What the server had then."""


def _command(name: str) -> Any:
    """The names of a subcommand."""
    key = f"command.knowledge.{name}"
    return {"name": words(f"{key}.name"), "description": words(f"{key}.description")}


class Knowledge(commands.Cog):
    """Lists, adds, removes; writes a file and takes one back."""

    knowledge = app_commands.Group(
        name=words("command.knowledge.name"),
        description=words("command.knowledge.description"),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        default_permissions=discord.Permissions(manage_guild=True),
    )

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self._imports: Recent[_Waiting] = Recent(seconds=_HOLD, capacity=100)

    @property
    def _teach(self) -> Teach:
        return cast("Teach", self.bot.get_cog("Teach"))

    @knowledge.command(**_command("list"))
    async def list_(self, interaction: Interaction) -> None:
        """The first page."""
        if await self._allowed(interaction) is not None:
            await self._show(interaction, 0)

    async def page(self, interaction: discord.Interaction[Any], number: int) -> None:
        """Another page, in its place."""
        if await self._allowed(interaction) is not None:
            await self._show(interaction, number, again=True)

    async def _show(self, interaction: discord.Interaction[Any], number: int, *, again: bool = False) -> None:
        assert interaction.guild_id is not None
        try:
            kept = await self._kept(interaction.guild_id, Status.PENDING, Status.APPROVED)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        view = await self._list(interaction.guild_id, kept, number, language_of(interaction))
        if again:
            await endpoint.update_message(interaction, view)
        else:
            await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)

    async def _list(self, guild: int, kept: Sequence[Contribution], number: int, language: Language) -> ui.LayoutView:
        here = await self.bot.desk.expert_in(guild)
        pages = max(1, -(-len(kept) // PAGE))
        number = min(number, pages - 1)
        waiting = sum(c.status is Status.PENDING for c in kept)
        count = say(language, "discord.knowledge.count", approved=len(kept) - waiting, pending=waiting)
        lines: list[str] = []
        for contribution in kept[number * PAGE : (number + 1) * PAGE]:
            title = escape(shorten(headline(contribution.content, language), 90))
            if isinstance(contribution.content, Correction):
                reply = here.open(contribution.entry, language=language)
                beneath = escape(shorten(reply.title if reply else contribution.entry, 60))
                shown = say(language, "discord.knowledge.line.correction", title=title, about=beneath)
            else:
                shown = say(language, "discord.knowledge.line.entry", title=title)
            when = contribution.decided_at or contribution.created_at
            parts = [f"#{contribution.id}", member(contribution.author_id, language), moment(when, "d")]
            if contribution.status is Status.PENDING:
                parts.insert(0, f"**{say(language, 'discord.knowledge.line.pending')}**")
            lines.append(f"{shown}\n-# {' · '.join(parts)}")
        box = ui.Container[Any](accent_colour=COLOURS[Status.APPROVED])
        box.add_item(ui.TextDisplay(f"### {say(language, 'discord.knowledge.title')}\n{count}"))
        box.add_item(ui.TextDisplay("\n".join(lines) or say(language, "discord.knowledge.none")))
        view = ui.LayoutView(timeout=None)
        view.add_item(box)
        buttons: list[ui.Item[Any]] = []
        if number > 0:
            buttons.append(ListPage(number - 1, say(language, "discord.page.back")))
        if number + 1 < pages:
            buttons.append(ListPage(number + 1, say(language, "discord.page.next")))
        if buttons:
            view.add_item(ui.ActionRow(*buttons))
        return view

    @knowledge.command(**_command("add"))
    async def add(self, interaction: Interaction) -> None:
        """A form for an own entry, which is taken over at once."""
        if await self._allowed(interaction) is not None:
            await self._teach.form(interaction, Draft("entry", {}, at_once=True))

    @knowledge.command(**_command("remove"))
    @app_commands.describe(entry=words("command.knowledge.remove.entry.description"))
    @app_commands.rename(entry=words("command.knowledge.remove.entry.name"))
    async def remove(self, interaction: Interaction, entry: app_commands.Range[str, 1, 100]) -> None:
        """Take something away; its words are handed out once more."""
        if (guild := await self._allowed(interaction)) is None:
            return
        number = entry.strip().lstrip("#")
        community = self.bot.community
        try:
            found = await community.contributions.get(guild.id, int(number)) if _a_number(number) else None
            done = None
            if found is not None and found.status is Status.APPROVED:
                done = await community.contributions.decide(
                    guild.id,
                    found.id,
                    Status.REMOVED,
                    by=interaction.user.id,
                    revision=found.revision,
                    now=community.clock(),
                )
            settings = await community.guilds.settings(guild.id)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        if done is None:
            await tell(interaction, "knowledge.not_there")
            return
        community.changed(guild.id)
        language = language_of(interaction)
        title = escape(shorten(headline(done.content, language), 200))
        await give(interaction, say(language, "discord.knowledge.removed", title=title), as_text(done.content))
        await self._teach.refresh_card(guild, settings, done)

    @remove.autocomplete("entry")
    async def _suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """What is approved and looks like what was typed."""
        if interaction.guild_id is None or not await self.bot.overrides.may(interaction, COMMAND):
            return []
        known = await self.bot.community.known(interaction.guild_id)
        language, wanted = language_of(interaction), clean(typed).casefold()
        choices = []
        for contribution in (*reversed(known.entries), *reversed(known.corrections)):
            sign = "✏️" if isinstance(contribution.content, Correction) else "🧩"
            name = shorten(f"{sign} {headline(contribution.content, language)}", limits.CHOICE_TEXT)
            if wanted in name.casefold() or wanted.lstrip("#") == str(contribution.id):
                choices.append(app_commands.Choice(name=name, value=str(contribution.id)))
        return choices[: limits.AUTOCOMPLETE]

    @knowledge.command(**_command("pending"))
    async def pending(self, interaction: Interaction) -> None:
        """Put the cards of everything undecided into the review channel again, and take the old ones away."""
        if (guild := await self._allowed(interaction)) is None:
            return
        language = language_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            settings = await self.bot.community.guilds.settings(guild.id)
            waiting = await self._kept(guild.id, Status.PENDING)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        if not waiting or settings.review_channel is None:
            await tell(interaction, "knowledge.nothing_pending" if not waiting else "teach.no_channel")
            return
        shown, why = 0, None
        for contribution in waiting[:CARDS]:
            why = await self._teach.show_card(guild, settings, contribution, language)
            if why is not None:
                break
            shown += 1
            await self._discard(contribution)
        text = say(language, "discord.knowledge.shown", count=shown, channel=f"<#{settings.review_channel}>")
        if why is not None:
            text += "\n" + say(language, "discord.knowledge.not_shown", why=why)
        elif len(waiting) > shown:
            text += "\n" + say(language, "discord.lint.more", count=len(waiting) - shown)
        await interaction.followup.send(text, ephemeral=True, allowed_mentions=NO_PINGS)

    async def _discard(self, contribution: Contribution) -> None:
        """Delete the card that another one has taken the place of."""
        if contribution.card_channel_id is None or contribution.card_message_id is None:
            return
        channel = self.bot.get_partial_messageable(contribution.card_channel_id, guild_id=contribution.guild_id)
        with suppress(discord.HTTPException):
            await channel.get_partial_message(contribution.card_message_id).delete()

    @knowledge.command(**_command("export"))
    async def export(self, interaction: Interaction) -> None:
        """Everything approved, as a file."""
        if (guild := await self._allowed(interaction)) is None:
            return
        language = language_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            kept = await self._kept(guild.id, Status.APPROVED)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        if not kept:
            await tell(interaction, "knowledge.nothing_to_export")
            return
        now = self.bot.community.clock()
        text = await asyncio.to_thread(exchange.write, kept, self.bot.desk.expert, guild.name, now)
        entries = sum(isinstance(c.content, Entry) for c in kept)
        said = say(language, "discord.knowledge.exported", entries=entries, corrections=len(kept) - entries)
        file = discord.File(BytesIO(text.encode()), f"knowledge-{now:%Y-%m-%d}.yaml")
        await interaction.followup.send(said, file=file, ephemeral=True, allowed_mentions=NO_PINGS)

    @knowledge.command(**_command("import"))
    @app_commands.describe(file=words("command.knowledge.import.file.description"))
    @app_commands.rename(file=words("command.knowledge.import.file.name"))
    async def import_(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Look at a file; what is in it is taken over by the button under the preview."""
        if (guild := await self._allowed(interaction)) is None:
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        text = await self._text(interaction, file)
        if text is None:
            return
        try:
            kept = await self._kept(guild.id, Status.APPROVED)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        here = await self.bot.desk.expert_in(guild.id)
        read = await asyncio.to_thread(exchange.read, text, self.bot.desk.expert, here, kept, self._teach.rules)
        language = language_of(interaction)
        if read.troubles:
            await interaction.followup.send(_troubles(read, language), ephemeral=True, allowed_mentions=NO_PINGS)
            return
        if not read.items:
            await tell(interaction, "knowledge.nothing_new")
            return
        token = secrets.token_hex(8)
        self._imports.put(token, _Waiting(guild.id, read, _state(kept)))
        view = ui.View(timeout=None)
        view.add_item(TakeButton(token, say(language, "discord.knowledge.take")))
        text = _preview(read, language)
        await interaction.followup.send(text, view=view, ephemeral=True, allowed_mentions=NO_PINGS)

    async def take(self, interaction: discord.Interaction[Any], token: str) -> None:
        """Take over an import, all of it or nothing."""
        if (guild := await self._allowed(interaction)) is None:
            return
        waiting = self._imports.get(token)
        if waiting is None or waiting.guild != guild.id:
            await tell(interaction, "teach.expired")
            return
        community = self.bot.community
        try:
            if _state(await self._kept(guild.id, Status.APPROVED)) != waiting.state:
                await tell(interaction, "knowledge.import_changed")
                return
            self._imports.drop(lambda key: key == token)
            count = await community.contributions.take(
                guild.id, waiting.read.items, by=interaction.user.id, now=community.clock()
            )
        except StoreUnavailable:
            self._imports.put(token, waiting)
            await tell(interaction, "error.store")
            return
        community.changed(guild.id)
        text = say(language_of(interaction), "discord.knowledge.taken", count=count)
        await endpoint.update_text(interaction, text)

    async def _text(self, interaction: Interaction, file: discord.Attachment) -> str | None:
        """The text of a file; the person is told if there is none to be had."""
        if file.size > MAX_FILE_BYTES:
            await tell(interaction, "knowledge.file.large", most=MAX_FILE_BYTES)
            return None
        try:
            return (await file.read()).decode("utf-8-sig")
        except UnicodeDecodeError:
            await tell(interaction, "knowledge.file.encoding")
        except discord.HTTPException:
            await tell(interaction, "knowledge.file.unreadable")
        return None

    async def _kept(self, guild: int, *statuses: Status) -> list[Contribution]:
        """Contributions of some states, oldest first within each."""
        found: list[Contribution] = []
        for status in statuses:
            found += await self.bot.community.contributions.list(guild, status=status, limit=5000)
        return found

    async def _allowed(self, interaction: discord.Interaction[Any]) -> discord.Guild | None:
        """The server, if the person may do this there; they are told if not."""
        if interaction.guild is not None and await self.bot.overrides.may(interaction, COMMAND):
            return interaction.guild
        await tell(interaction, "error.not_allowed")
        return None


def _state(kept: Sequence[Contribution]) -> tuple[tuple[int, int], ...]:
    return tuple((c.id, c.revision) for c in kept)


def _a_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _preview(read: Import, language: Language) -> str:
    entries, corrections = read.contents(Entry), read.contents(Correction)
    said = say(
        language,
        "discord.knowledge.preview",
        entries=len(entries),
        corrections=len(corrections),
        known=read.known,
    )
    lines = [
        f"- {sign} {escape(shorten(headline(content, language), 80))}"
        for sign, contents in (("🧩", entries), ("✏️", corrections))
        for content in contents
    ]
    return _listed(said, lines, language)


def _troubles(read: Import, language: Language) -> str:
    lines = []
    for trouble in read.troubles:
        what = trouble.what if isinstance(trouble.what, str) else sentence(trouble.what, language)
        lines.append("- " + escape(say(language, "discord.lint.line", line=trouble.line, what=shorten(what, 200))))
    return _listed(say(language, "discord.knowledge.troubles"), lines, language)


def _listed(head: str, lines: Sequence[str], language: Language) -> str:
    """As many lines as a message holds, and how many there are besides."""
    kept: list[str] = []
    room = 1800 - limits.units(head)
    for line in lines[:LINES]:
        room -= limits.units(line) + 1
        if room < 0:
            break
        kept.append(line)
    if len(lines) > len(kept):
        kept.append(f"- {say(language, 'discord.lint.more', count=len(lines) - len(kept))}")
    return "\n".join([head, *kept])


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Knowledge(bot))
