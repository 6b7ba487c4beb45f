"""A server in which members teach the bot: what the tests of that have in common."""

from __future__ import annotations

from typing import Any

import discord
import msgspec
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle
from simcord.env import Env
from simcord.results import InteractionResult
from sqlalchemy import text

from bot.community.community import Community
from bot.locales import say
from bot.store.model import Contribution, GuildSettings, Status
from tests.discordapp.description import Json, check
from tests.discordapp.test_commands import labels
from tests.loopback.server import texts

WRONG = {
    "wrong": "A kettle heats only water",
    "right": "It heats `milk` too.",
    "source": "https://kettles.example/milk",
}


class School:
    """A server with members, somebody who reviews, and somebody who manages it."""

    def __init__(self, env: Env, community: Community) -> None:
        self.env, self.community = env, community
        self.guild: GuildHandle = env.create_guild()
        managers = self.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        self.reviewers: RoleHandle = self.guild.create_role("Reviewers")
        self.general: ChannelHandle = self.guild.create_text_channel("general")
        self.review: ChannelHandle = self.guild.create_text_channel("review")
        self.owner: MemberActor = self.guild.add_member(env.create_user("olga"), roles=[managers])
        self.rita: MemberActor = self.guild.add_member(env.create_user("rita"), roles=[self.reviewers])
        self.asha: MemberActor = self.guild.add_member(env.create_user("asha"))
        self.bela: MemberActor = self.guild.add_member(env.create_user("bela"))

    async def open(self, **settings: Any) -> School:
        """Choose where proposals go."""
        chosen = GuildSettings(review_channel=self.review.id, review_role=self.reviewers.id)
        await self.community.choose(self.guild.id, msgspec.structs.replace(chosen, **settings))
        return self

    async def ask(self, who: MemberActor | None = None, question: str = "kettle or stove?") -> discord.Message:
        """An answer in the channel."""
        await (who or self.asha).slash(self.general, "ask", question=question)
        return latest(self.general)

    async def correct(self, who: MemberActor | None = None, **fields: str) -> InteractionResult:
        """Propose a correction of the answer about kettles."""
        who = who or self.asha
        form = await who.click(await self.ask(who), label=say("en", "discord.correct"))
        return await who.submit_modal(form, {**WRONG, **fields})

    async def press(self, who: MemberActor, key: str, message: discord.Message | None = None) -> InteractionResult:
        """Press a button of a card, by its word in English."""
        return await who.click(message or self.card, label=say("en", f"discord.card.{key}"))

    @property
    def me(self) -> str:
        """The bot's own name in a message."""
        assert self.env.bot.user is not None
        return self.env.bot.user.mention

    @property
    def card(self) -> discord.Message:
        return latest(self.review)

    def shown(self, message: discord.Message | None = None) -> str:
        """The words of a message as they are now."""
        return texts({"components": self.raw(message)})

    def labels(self, message: discord.Message | None = None) -> list[str]:
        return labels(self.raw(message))

    def raw(self, message: discord.Message | None = None) -> list[Json]:
        message = message or self.card
        components = self.env.backend.get_message(message.channel.id, message.id).components
        assert isinstance(components, list)
        return components

    async def kept(self, status: Status | None = None) -> tuple[Contribution, ...]:
        return await self.community.contributions.list(self.guild.id, status=status)

    async def without_store(self, *tables: str) -> None:
        """Take the database away while the bot runs."""
        async with self.community.store.writing() as connection:
            for table in tables or ("contribution_votes", "contributions"):
                await connection.execute(text(f"DROP TABLE {table}"))

    def problems(self) -> list[str]:
        """What Discord would have refused, and who would have been pinged."""
        return [f"{r.method} {r.path}: {p}" for r in self.env.http_requests for p in check(r.method, r.path, r.json)]


def latest(channel: ChannelHandle) -> discord.Message:
    message = channel.last_message
    assert message is not None
    return message
