"""Members teach: corrections of answers and answers of a server's own, decided on by those who review."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands, tasks

from bot.community.own import hash_of
from bot.community.taught import (
    Finding,
    Rules,
    Unfit,
    correction_of,
    entry_of,
    headline,
    owned_by,
    tidy,
    tidy_line,
)
from bot.core.expert import Expert
from bot.core.reply import Outcome
from bot.discordapp import endpoint, errors
from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import Interaction
from bot.discordapp.desk import NO_PINGS, tell
from bot.discordapp.permissions import missing, named
from bot.discordapp.recent import Recent
from bot.discordapp.ui.forms import CorrectionForm, EntryForm, filled_in
from bot.discordapp.ui.limits import units
from bot.discordapp.ui.markdown import clean, code_block, escape, shorten
from bot.discordapp.ui.review import About, DraftButton, card, gone_card, member, moment, recheck_card
from bot.discordapp.words import language_of, words
from bot.locales import Language, say
from bot.store import StoreUnavailable
from bot.store.contributions import TooMany
from bot.store.model import (
    MAX_SOURCES,
    MOST_KEPT,
    MOST_PENDING,
    Content,
    Contribution,
    Correction,
    Entry,
    GuildSettings,
    Status,
)

_log = logging.getLogger(__name__)

MINUTES: Final = 14.0
"""For which an interaction can be answered, less one."""
EVERY: Final = 30.0
"""Seconds between two looks at whether the base was loaded anew."""
_GONE: Final = "gone"
"""The mark of an answer that is no more."""
_FETCH: Final = 1.2
"""Seconds that a message is waited for: the form must come within three."""
_MESSAGE: Final = 1900
_URL: Final = re.compile(r"https?://[^\s<>\"'`\\]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to teach."""

    kind: str
    """Correction or entry."""
    filled: dict[str, str]
    """The fields of its form."""
    entry: str | None = None
    """The answer that a correction is about."""
    editing: tuple[int, int] | None = None
    """Number and revision of the contribution that is edited."""
    at_once: bool = False
    """Whether it is taken over without a decision."""
    other: str | None = None
    """Reference of an answer that this may be a correction of instead."""


class Teach(commands.Cog):
    """Takes proposals, shows them to those who decide, and does what they say."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.rules = Rules()
        self._drafts: Recent[Draft] = Recent(seconds=MINUTES * 60)
        self._authors: Recent[discord.Interaction[Any]] = Recent(seconds=MINUTES * 60)
        """Contribution to the interaction that proposed it: how its author can be told without a ping."""
        self._looked_at: weakref.ref[Expert] | None = None
        """The expert with which corrections were compared; it is not kept for that."""
        menu = app_commands.ContextMenu(name=words("command.teach.name"), callback=self.teach)
        menu = app_commands.guild_only()(menu)
        self.menu = app_commands.allowed_installs(guilds=True, users=False)(menu)

    async def cog_load(self) -> None:
        """Cogs do not pick up context menus by themselves."""
        self.bot.tree.add_command(self.menu)
        self.watch.start()

    async def cog_unload(self) -> None:
        """Take the menu away again."""
        self.watch.cancel()
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)

    # Proposing

    async def correct(self, interaction: discord.Interaction[Any], reference: str) -> None:
        """A form for a correction of an answer."""
        if await self._open(interaction) is None:
            return
        expert = await self.bot.desk.expert_in(interaction.guild_id)
        if expert.open(reference, language=language_of(interaction)) is None:
            await tell(interaction, "error.gone")
            return
        await self.form(interaction, Draft("correction", {}, reference))

    async def teach(self, interaction: Interaction, message: discord.Message) -> None:
        """A form with what somebody wrote; where that is about an answer, the person says what it shall become."""
        if await self._open(interaction) is None:
            return
        text = tidy(message.clean_content)
        if not clean(text):
            await tell(interaction, "error.no_text")
            return
        urls = list(dict.fromkeys(_URL.findall(text)))
        question, about = await self._answered(interaction, message)
        filled = {
            "question": tidy_line(question),
            "answer": text,
            "right": text,
            "source": urls[0] if urls else "",
            "sources": "\n".join(urls[:MAX_SOURCES]),
        }
        draft = Draft("entry", filled, other=about)
        title = await self._title(interaction.guild_id, about, language_of(interaction)) if about else None
        if title is None:
            await self.form(interaction, draft)
            return
        language, token = language_of(interaction), self._keep(draft)
        view = ui.View(timeout=None)
        for what, key in (("c", "correction"), ("e", "entry")):
            view.add_item(DraftButton(what, token, say(language, f"discord.teach.ask.{key}")))
        text = say(language, "discord.teach.ask", title=escape(shorten(title, 200)))
        await interaction.response.send_message(text, view=view, ephemeral=True, allowed_mentions=NO_PINGS)

    async def resume(self, interaction: discord.Interaction[Any], what: str, token: str) -> None:
        """Open a form that was offered, with what it held."""
        draft = self._drafts.get(token)
        if draft is None:
            await tell(interaction, "teach.expired")
            return
        if what == "c":
            draft = replace(draft, kind="correction", entry=draft.other)
        await self.form(interaction, draft)

    async def form(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Show the form of a draft."""

        async def done(submitted: discord.Interaction[Any], typed: dict[str, str]) -> None:
            await self._submitted(submitted, replace(draft, filled={**draft.filled, **typed}))

        form = CorrectionForm if draft.kind == "correction" else EntryForm
        await interaction.response.send_modal(form(language_of(interaction), done, draft.filled))

    async def _submitted(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """What was typed; it is given back whatever goes wrong."""
        try:
            await self._take(interaction, draft)
        except Exception as error:
            _log.error("interaction %s: %s", interaction.id, error, exc_info=error)
            with suppress(discord.HTTPException):
                said = _word(interaction, "teach.unexpected", reference=interaction.id)
                await self._give_back(interaction, said, draft)

    async def _take(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        guild = interaction.guild
        if guild is None:
            await self._give_back(interaction, _word(interaction, "teach.only_server"), draft, again=False)
            return
        if draft.editing is None:
            await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            before = await self.bot.community.contributions.get(guild.id, draft.editing[0]) if draft.editing else None
            content, findings = await self._checked(guild.id, draft, before)
            if any(not finding.warning for finding in findings):
                await self._unfit(interaction, draft, findings)
            elif draft.editing is not None:
                await self._edited(interaction, guild, draft, content)
            elif draft.at_once:
                await self._added(interaction, guild, draft, content)
            else:
                await self._proposed(interaction, guild, draft, content, findings)
        except Unfit as unfit:
            await self._unfit(interaction, draft, unfit.findings)
        except StoreUnavailable:
            await self._give_back(interaction, _word(interaction, "teach.store"), draft)
        except TooMany:
            await self._give_back(interaction, _word(interaction, "teach.too_many", most=MOST_PENDING), draft)

    async def _checked(
        self, guild: int, draft: Draft, before: Contribution | None
    ) -> tuple[Content, Sequence[Finding]]:
        """The contribution that was typed, and what the rules say about it."""
        filled = draft.filled
        expert = self.bot.desk.expert
        if draft.kind == "correction":
            content: Content = correction_of(filled["wrong"], filled["right"], filled.get("source", ""))
        else:
            was = before.content if before is not None and isinstance(before.content, Entry) else None
            content = entry_of(
                expert,
                question=filled["question"],
                answer=filled["answer"],
                other=filled.get("other", ""),
                phrasings=filled.get("phrasings", ""),
                sources=filled.get("sources", ""),
                before=was,
            )
        return content, await self.findings(guild, content, but=before.entry if before else "")

    async def findings(self, guild: int, content: Content, *, but: str = "") -> list[Finding]:
        """What the rules say about a contribution; `but` is the own entry that it is."""
        here = await self.bot.desk.expert_in(guild)
        owned = owned_by(self.bot.community.at_hand(guild).entries, but=but)
        return self.rules.check(content, self.bot.desk.expert, here, owned)

    async def _proposed(
        self,
        interaction: discord.Interaction[Any],
        guild: discord.Guild,
        draft: Draft,
        content: Content,
        findings: Sequence[Finding],
    ) -> None:
        community = self.bot.community
        settings = await community.guilds.settings(guild.id)
        if settings.review_channel is None:
            await self._give_back(interaction, _word(interaction, "teach.no_channel"), draft)
            return
        about = draft.entry if isinstance(content, Correction) else None
        kept = await community.contributions.propose(
            guild.id, interaction.user.id, content, entry=about, now=community.clock(), most=MOST_PENDING
        )
        language = language_of(interaction)
        why = await self.show_card(guild, settings, kept, language)
        if why is not None:
            said = _word(interaction, "teach.thanks_anyway", why=why)
            await self._give_back(interaction, said, draft, again=False)
            return
        self._authors.put(kept.id, interaction)
        text = say(language, "discord.teach.thanks", channel=f"<#{settings.review_channel}>")
        if findings:
            text += "\n" + told("teach.hints", findings, language)
        await _answer(interaction, text)

    async def _added(
        self, interaction: discord.Interaction[Any], guild: discord.Guild, draft: Draft, content: Content
    ) -> None:
        """A manager's own entry: approved by the one who wrote it."""
        community = self.bot.community
        if await community.contributions.kept(guild.id, "entry") >= MOST_KEPT:
            await self._give_back(interaction, _word(interaction, "teach.full", most=MOST_KEPT), draft)
            return
        now, by = community.clock(), interaction.user.id
        kept = await community.contributions.propose(guild.id, by, content, entry=None, now=now)
        done = await community.contributions.decide(guild.id, kept.id, Status.APPROVED, by=by, revision=1, now=now)
        community.changed(guild.id)
        assert done is not None, "nobody knows of it yet"
        language = language_of(interaction)
        await _answer(interaction, say(language, "discord.teach.added", title=escape(headline(content, language))))

    # Deciding

    async def review(self, interaction: discord.Interaction[Any], act: str, id: int, revision: int) -> None:
        """Approve, edit or reject a proposal as it stood at a revision."""
        if (found := await self._to_decide(interaction, id, revision)) is None:
            return
        guild, settings, contribution = found
        if act == "e":
            fields = filled_in(contribution.content)
            await self.form(interaction, Draft(contribution.kind, fields, contribution.entry, (id, revision)))
        elif act == "a":
            await self._approve(interaction, guild, settings, contribution)
        else:
            await self._decide(interaction, guild, settings, contribution, Status.REJECTED)

    async def _approve(
        self,
        interaction: discord.Interaction[Any],
        guild: discord.Guild,
        settings: GuildSettings,
        contribution: Contribution,
    ) -> None:
        content = contribution.content
        findings = await self.findings(guild.id, content, but=contribution.entry)
        if stops := [finding for finding in findings if not finding.warning]:
            await errors.tell(interaction, told("teach.unfit", stops, language_of(interaction)))
            return
        if await self.bot.community.contributions.kept(guild.id, contribution.kind) >= MOST_KEPT:
            rule = "too_many" if isinstance(content, Entry) else "too_many_corrections"
            full = Finding(rule, {"most": MOST_KEPT})
            await errors.tell(interaction, told("teach.unfit", [full], language_of(interaction)))
            return
        mark = None
        if isinstance(content, Correction):
            mark = hash_of(await self.bot.desk.expert_in(guild.id), contribution.entry)
            if mark is None:
                await tell(interaction, "error.gone")
                return
        await self._decide(interaction, guild, settings, contribution, Status.APPROVED, mark)

    async def _decide(
        self,
        interaction: discord.Interaction[Any],
        guild: discord.Guild,
        settings: GuildSettings,
        contribution: Contribution,
        status: Status,
        base_hash: str | None = None,
    ) -> None:
        community = self.bot.community
        try:
            done = await community.contributions.decide(
                guild.id,
                contribution.id,
                status,
                by=interaction.user.id,
                revision=contribution.revision,
                now=community.clock(),
                base_hash=base_hash,
            )
            stands = done or await community.contributions.get(guild.id, contribution.id)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        community.changed(guild.id)
        await self._stands(interaction, guild, settings, stands, faster=done is None)
        if done is not None and contribution.status is Status.PENDING:
            await self._tell_author(done)

    async def _edited(
        self, interaction: discord.Interaction[Any], guild: discord.Guild, draft: Draft, content: Content
    ) -> None:
        """New words for a proposal; whoever wrote them must still be allowed to."""
        assert draft.editing is not None
        community, (id, revision) = self.bot.community, draft.editing
        settings = await community.guilds.settings(guild.id)
        if not may_review(interaction, settings):
            await self._give_back(interaction, _word(interaction, "review.not_yours"), draft, again=False)
            return
        now = await community.contributions.get(guild.id, id)
        done = None
        if now is not None and now.status is Status.PENDING:
            done = await community.contributions.edit(guild.id, id, content, revision=revision)
        if done is None:
            await self._give_back(interaction, _word(interaction, "teach.changed"), draft, again=False)
            return
        await endpoint.update_message(interaction, await self.card(guild, settings, done))

    async def _to_decide(
        self, interaction: discord.Interaction[Any], id: int, revision: int, status: Status = Status.PENDING
    ) -> tuple[discord.Guild, GuildSettings, Contribution] | None:
        """What is to be decided on, if it still stands so and the person may; they are told if not."""
        guild = interaction.guild
        if guild is None:
            await tell(interaction, "teach.only_server")
            return None
        try:
            settings = await self.bot.community.guilds.settings(guild.id)
            if not may_review(interaction, settings):
                await tell(interaction, "review.not_yours")
                return None
            contribution = await self.bot.community.contributions.get(guild.id, id)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return None
        if contribution is None or contribution.status is not status or contribution.revision != revision:
            await self._stands(interaction, guild, settings, contribution, faster=True)
            return None
        return guild, settings, contribution

    async def _stands(
        self,
        interaction: discord.Interaction[Any],
        guild: discord.Guild,
        settings: GuildSettings,
        contribution: Contribution | None,
        *,
        faster: bool,
    ) -> None:
        """Show on the card how things stand; tell the person if somebody was faster."""
        language = language_of(interaction)
        if contribution is None:
            await endpoint.update_message(interaction, gone_card(server_language(guild, settings)))
            return
        await endpoint.update_message(interaction, await self.card(guild, settings, contribution))
        if faster:
            who = member(contribution.decided_by, language) if contribution.decided_by else None
            when = moment(contribution.decided_at, "R") if contribution.decided_at else ""
            who = who or say(language, "discord.review.somebody")
            text = say(language, f"discord.review.was.{contribution.status}", who=who, when=when)
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=NO_PINGS)

    async def _tell_author(self, contribution: Contribution) -> None:
        """Tell the author in private, where they proposed it, as long as Discord lets us."""
        interaction = self._authors.get(contribution.id)
        if interaction is None or contribution.status is Status.PENDING:
            return
        language = language_of(interaction)
        title = escape(shorten(headline(contribution.content, language), 100))
        text = say(language, f"discord.teach.{contribution.status}", title=title)
        with suppress(discord.HTTPException):
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=NO_PINGS)

    # Cards

    async def card(self, guild: discord.Guild, settings: GuildSettings, contribution: Contribution) -> ui.LayoutView:
        """The card of a contribution in the language of the server."""
        language = server_language(guild, settings)
        hints: tuple[str, ...] = ()
        if contribution.status is Status.PENDING:
            findings = await self.findings(guild.id, contribution.content, but=contribution.entry)
            hints = tuple(sentence(finding, language) for finding in findings)
        return card(contribution, language, replace(await self._about(guild.id, contribution, language), hints=hints))

    async def show_card(
        self, guild: discord.Guild, settings: GuildSettings, contribution: Contribution, language: Language
    ) -> str | None:
        """Put a card into the review channel; a sentence tells why that was not possible."""
        view = await self.card(guild, settings, contribution)
        sent = await self._send(guild, settings, view, language)
        if isinstance(sent, str):
            return sent
        with suppress(StoreUnavailable):  # the buttons know all that is needed
            await self.bot.community.contributions.card(guild.id, contribution.id, sent.channel.id, sent.id)
        return None

    async def refresh_card(self, guild: discord.Guild, settings: GuildSettings, contribution: Contribution) -> None:
        """Draw a card that stands somewhere anew, if it is still there."""
        if contribution.card_channel_id is None or contribution.card_message_id is None:
            return
        view = await self.card(guild, settings, contribution)
        with suppress(discord.HTTPException):
            await endpoint.edit_message(self.bot, contribution.card_channel_id, contribution.card_message_id, view)

    async def _send(
        self, guild: discord.Guild, settings: GuildSettings, view: ui.LayoutView, language: Language
    ) -> discord.Message | str:
        """Send something to the review channel, or say why not."""
        channel = guild.get_channel_or_thread(settings.review_channel) if settings.review_channel else None
        if not isinstance(channel, discord.abc.Messageable):
            return say(language, "discord.card.channel_gone")
        if lacks := missing(channel, guild):
            return say(language, "discord.card.lacks", channel=channel.mention, permissions=named(lacks, language))
        try:
            return await channel.send(view=view, allowed_mentions=NO_PINGS)
        except discord.HTTPException as error:
            _log.warning("server %s: a card could not be shown: %s", guild.id, error)
            return say(language, "discord.card.failed")

    async def _about(self, guild: int, contribution: Contribution, language: Language) -> About:
        """What a card tells besides the words of the proposal."""
        here = await self.bot.desk.expert_in(guild)
        if isinstance(contribution.content, Correction):
            reply = here.open(contribution.entry, language=language)
            return About(reply.title, reply.answer) if reply else About(contribution.entry)
        known = here.base.concepts
        names = (getattr(known[id].name, language) for id in contribution.content.concepts if id in known)
        return About(concepts=tuple(names))

    # After the base has changed

    @tasks.loop(seconds=EVERY)
    async def watch(self) -> None:
        """Look at the corrections once after a start, and whenever the base was loaded anew."""
        try:
            await self.look()
        except StoreUnavailable:
            pass  # next time
        except Exception:
            _log.exception("corrections could not be compared with the knowledge base")

    @watch.before_loop
    async def _connected(self) -> None:
        await self.bot.wait_until_ready()

    async def look(self) -> None:
        """Ask reviewers about every correction whose answer has changed, once for each change.

        Raises:
            StoreUnavailable: not all of them could be looked at.
        """
        expert = self.bot.desk.expert
        if self._looked_at is not None and self._looked_at() is expert:
            return
        for contribution in await self.bot.community.contributions.corrections():
            guild = self.bot.get_guild(contribution.guild_id)
            if guild is not None and contribution.base_hash is not None:
                await self._compare(guild, contribution)
        self._looked_at = weakref.ref(expert)

    async def _compare(self, guild: discord.Guild, contribution: Contribution) -> None:
        contributions = self.bot.community.contributions
        here = await self.bot.desk.expert_in(guild.id)
        now, before = hash_of(here, contribution.entry) or _GONE, contribution.told_hash
        if now == contribution.base_hash:
            if before is not None:
                await contributions.changed(guild.id, contribution.id, None, before=before)
            return
        settings = await self.bot.community.guilds.settings(guild.id)
        if now == before or settings.review_channel is None:
            return
        if not await contributions.changed(guild.id, contribution.id, now, before=before):
            return
        language = server_language(guild, settings)
        about = await self._about(guild.id, contribution, language)
        view = recheck_card(contribution, language, about, gone=now == _GONE)
        if isinstance(await self._send(guild, settings, view, language), str):
            await contributions.changed(guild.id, contribution.id, before, before=now)

    async def recheck(self, interaction: discord.Interaction[Any], id: int, revision: int, *, keep: bool) -> None:
        """Keep a correction for the answer as it is now, or remove it."""
        if (found := await self._to_decide(interaction, id, revision, Status.APPROVED)) is None:
            return
        guild, settings, contribution = found
        if not keep:
            await self._decide(interaction, guild, settings, contribution, Status.REMOVED)
            return
        # What the card was about; if the answer has changed again since, there is another card.
        mark = contribution.told_hash or hash_of(await self.bot.desk.expert_in(guild.id), contribution.entry)
        await self._decide(interaction, guild, settings, contribution, Status.APPROVED, mark)

    # Helpers

    async def _open(self, interaction: discord.Interaction[Any]) -> GuildSettings | None:
        """The settings of a server in which something can be proposed; the person is told if it can not."""
        guild = interaction.guild_id
        if guild is None or self.bot.get_guild(guild) is None:
            await tell(interaction, "teach.only_server")
            return None
        try:
            settings = await self.bot.community.guilds.settings(guild, patience=1.0)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return None
        if settings.review_channel is None:
            await tell(interaction, "teach.no_channel")
            return None
        return settings

    async def _answered(self, interaction: Interaction, message: discord.Message) -> tuple[str, str | None]:
        """The question that a message answers, and the reference of the answer that it could correct."""
        reference = message.reference
        if reference is None or reference.message_id is None:
            return "", None
        original = reference.resolved
        if not isinstance(original, discord.Message):
            try:
                async with asyncio.timeout(_FETCH):
                    original = await message.channel.fetch_message(reference.message_id)
            except (TimeoutError, discord.HTTPException, AttributeError):
                return "", None
        desk = self.bot.desk
        if (shown := desk.shown_by(original)) is not None:
            title = await self._title(interaction.guild_id, shown, language_of(interaction))
            return title or "", shown
        # Without the content intent Discord shows the words only of what is addressed to us.
        asked = tidy_line(self._without_us(original))
        if original.author.bot or not clean(asked):
            return "", None
        reply = (await desk.expert_in(interaction.guild_id)).ask(asked)
        return asked, reply.entry if reply.outcome is Outcome.ANSWER else None

    def _without_us(self, message: discord.Message) -> str:
        """What somebody said, without our own name in it."""
        me = message.guild.me if message.guild else None
        text = message.clean_content
        return text.replace(f"@{me.display_name}", " ") if me is not None else text

    async def _title(self, guild: int | None, reference: str, language: Language) -> str | None:
        reply = (await self.bot.desk.expert_in(guild)).open(reference, language=language)
        return reply.title if reply else None

    def _keep(self, draft: Draft) -> str:
        token = secrets.token_hex(8)
        self._drafts.put(token, draft)
        return token

    async def _unfit(self, interaction: discord.Interaction[Any], draft: Draft, findings: Sequence[Finding]) -> None:
        text = told("teach.unfit", [f for f in findings if not f.warning], language_of(interaction))
        await self._give_back(interaction, text, draft)

    async def _give_back(
        self, interaction: discord.Interaction[Any], said: str, draft: Draft, *, again: bool = True
    ) -> None:
        """Say what happened, with the words that were typed, and the way back into the form."""
        language = language_of(interaction)
        fields = ("question", "answer", "other", "phrasings", "sources")
        names = ("wrong", "right", "source") if draft.kind == "correction" else fields
        typed = "\n\n".join(filter(None, (draft.filled.get(name, "").strip() for name in names)))
        view = None
        if again:
            view = ui.View(timeout=None)
            view.add_item(DraftButton("a", self._keep(draft), say(language, "discord.teach.again")))
        await give(interaction, said, typed, view)


def _word(interaction: discord.Interaction[Any], key: str, **values: object) -> str:
    """One of our sentences in the person's language."""
    return say(language_of(interaction), f"discord.{key}", **values)


def may_review(interaction: discord.Interaction[Any], settings: GuildSettings) -> bool:
    """Whether somebody may decide on proposals."""
    if interaction.permissions.manage_guild:
        return True
    roles = {role.id for role in getattr(interaction.user, "roles", ())}
    return settings.review_role is not None and settings.review_role in roles


def server_language(guild: discord.Guild, settings: GuildSettings) -> Language:
    """The language of what a server's reviewers see."""
    if settings.language != "auto":
        return settings.language
    return "hi" if guild.preferred_locale is discord.Locale.hindi else "en"


def sentence(finding: Finding, language: Language) -> str:
    """What a finding says, to whoever can mend it."""
    return say(language, f"discord.lint.{finding.rule}", **finding.values)


def told(key: str, findings: Sequence[Finding], language: Language) -> str:
    """A heading and the findings under it."""
    lines = [f"- {escape(sentence(finding, language))}" for finding in findings[:8]]
    if len(findings) > len(lines):
        lines.append(f"- {say(language, 'discord.lint.more', count=len(findings) - len(lines))}")
    return "\n".join([say(language, f"discord.{key}"), *lines])


async def give(interaction: discord.Interaction[Any], text: str, typed: str, view: ui.View | None = None) -> None:
    """A private message with somebody's own words: beneath it, or as a file where they are many."""
    block = code_block(typed.split("\n"))
    if units(text) + units(block) < _MESSAGE:
        await _answer(interaction, f"{text}\n{block}", view)
    else:
        file = discord.File(BytesIO(typed.encode()), "your-words.txt")
        await _answer(interaction, text[:_MESSAGE], view, file)


async def _answer(
    interaction: discord.Interaction[Any], text: str, view: ui.View | None = None, file: discord.File | None = None
) -> None:
    """A private message, whatever state the interaction is in."""
    options: dict[str, Any] = {"allowed_mentions": NO_PINGS}
    if view is not None:
        options["view"] = view
    if file is not None:
        options["file"] = file
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True, **options)
    else:
        await interaction.response.send_message(text, ephemeral=True, **options)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Teach(bot))
