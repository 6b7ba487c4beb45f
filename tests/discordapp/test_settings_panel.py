"""/settings: who may change what, and that it holds after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle
from simcord.env import Env
from simcord.results import ResponseMessage
from sqlalchemy import text

from bot.community.community import Community
from bot.discordapp.app import Bot
from bot.locales import say
from bot.store import Store
from bot.store.model import DEFAULTS, GuildSettings
from tests.discordapp.description import check
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_commands import hindi, shown

__all__ = ("hindi",)


class House:
    """A server with somebody who may manage it and somebody who may not."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.guild: GuildHandle = env.create_guild()
        managers = self.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        self.helpers: RoleHandle = self.guild.create_role("Helpers")
        self.general: ChannelHandle = self.guild.create_text_channel("general")
        self.review: ChannelHandle = self.guild.create_text_channel("review")
        self.owner: MemberActor = self.guild.add_member(env.create_user("olga"), roles=[managers])
        self.member: MemberActor = self.guild.add_member(env.create_user("mia"))


@pytest.fixture
def house(simcord_env: Env) -> Iterator[House]:
    yield House(simcord_env)
    wrong = [f"{r.method} {r.path}: {p}" for r in simcord_env.http_requests for p in check(r.method, r.path, r.json)]
    assert wrong == []


async def opened(house: House, who: MemberActor) -> ResponseMessage:
    """The panel, which nobody else sees."""
    result = await who.slash(house.general, "settings")
    assert result.ephemeral
    assert result.response is not None
    return result.response


async def test_each_setting_is_kept_and_shown(house: House, community: Community) -> None:
    panel = await opened(house, house.owner)
    for setting, values in (
        ("language", ["hi"]),
        ("channels", [house.general, house.review]),
        ("strictness", ["strictest"]),
        ("review_channel", [house.review]),
        ("review_role", [house.helpers]),
        ("keep_texts", ["yes"]),
        ("retention_days", ["30"]),
        ("digest_channel", [house.review]),
    ):
        result = await house.owner.select(panel, values, custom_id=f"s:{setting}")
        assert result.acknowledged, setting
    expected = GuildSettings(
        language="hi",
        channels=(house.general.id, house.review.id),
        strictness="strictest",
        review_channel=house.review.id,
        review_role=house.helpers.id,
        keep_texts=True,
        retention_days=30,
        digest_channel=house.review.id,
    )
    assert await community.guilds.settings(house.guild.id) == expected
    assert say("en", "discord.settings.no_content") in shown(result), "the owner has not switched reading on"
    await house.owner.select(panel, [], custom_id="s:review_channel")
    assert (await community.guilds.settings(house.guild.id)).review_channel is None
    await house.owner.click(panel, custom_id="s:reset")
    assert await community.guilds.settings(house.guild.id) == DEFAULTS


async def test_the_chosen_language_holds_for_answers(house: House) -> None:
    panel = await opened(house, house.owner)
    await house.owner.select(panel, ["hi"], custom_id="s:language")
    assert "केतली सिर्फ़ पानी गरम करती है" in shown(await house.member.slash(house.general, "ask", question="kettle?"))
    own = await house.member.slash(house.general, "ask", question="kettle?", language="en")
    assert "A kettle heats water" in shown(own), "a person's own choice comes first"


async def test_a_member_can_neither_open_nor_press(house: House, community: Community) -> None:
    panel = await opened(house, house.owner)
    with pytest.raises(Exception, match="permission"):
        await house.member.slash(house.general, "settings")
    # Discord shows the panel to nobody else; a forged press must be refused all the same.
    stored = house.env.backend.get_message(panel.channel_id, panel.id)
    stored.flags &= ~64
    result = await house.member.click(panel, custom_id="s:reset")
    assert shown(result) == say("en", "discord.error.not_allowed")
    assert await community.guilds.settings(house.guild.id) == DEFAULTS


async def test_a_role_that_was_given_the_command_may_use_it(house: House, community: Community) -> None:
    known = await house.env.bot.tree.fetch_commands()  # type: ignore[attr-defined]
    command = next(c for c in known if c.name == "settings")
    house.guild.set_command_permissions(command, {house.helpers: True})
    helper = house.guild.add_member(house.env.create_user("hal"), roles=[house.helpers])
    panel = await opened(house, helper)
    await helper.select(panel, ["180"], custom_id="s:retention_days")
    assert (await community.guilds.settings(house.guild.id)).retention_days == 180


async def test_a_channel_in_which_the_bot_may_not_write_is_told_with_what_is_missing(house: House) -> None:
    panel = await opened(house, house.owner)
    quiet = discord.PermissionOverwrite(send_messages=False)
    closed = house.guild.create_text_channel("closed", overwrites={house.guild.default_role: quiet})
    result = await house.owner.select(panel, [closed], custom_id="s:review_channel")
    assert f"<#{closed.id}>" in shown(result)
    assert say("en", "discord.permission.send_messages") in shown(result)


async def test_without_a_database_the_panel_says_so(house: House, community: Community) -> None:
    async with community.store.writing() as connection:
        await connection.execute(text("DROP TABLE guilds"))
    assert shown(await house.owner.slash(house.general, "settings")) == say("en", "discord.error.store")


async def test_in_hindi(house: House, hindi: None) -> None:
    result = await house.owner.slash(house.general, "settings")
    assert say("hi", "discord.settings.channels.label") in shown(result)


async def test_the_panel_still_works_after_a_restart(
    house: House, community: Community, tmp_path: Path, expert: SampleExpert
) -> None:
    panel = await opened(house, house.owner)
    again = Community(Store.in_directory(tmp_path))
    await house.env.restart_bot(Bot(expert, data_dir=tmp_path, community=again))
    await house.owner.select(panel, ["30"], custom_id="s:retention_days")
    assert (await community.guilds.settings(house.guild.id)).retention_days == 30
    await again.close()
