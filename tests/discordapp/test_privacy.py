"""What is kept is shown, handed out and deleted: to and by the person alone."""

from __future__ import annotations

import json

from bot.community.community import Community
from bot.locales import say
from bot.store.model import Correction, GuildSettings
from tests.discordapp.test_commands import hindi, shown
from tests.discordapp.test_settings_panel import House, house

__all__ = ("hindi", "house")
REMARK = Correction(wrong="hot", right="cold")


async def leave_traces(house: House, community: Community) -> None:
    """A vote, a reply and a proposal of the member; a vote of the owner."""
    me = house.env.bot.user
    assert me is not None
    await house.member.send(house.general, f"<@{me.id}> kettle or stove?")
    answer = house.general.last_message
    assert answer is not None
    await house.member.click(answer, label="Helped")
    await house.owner.click(answer, label="Helped")
    await community.contributions.propose(
        house.guild.id, house.member.id, REMARK, entry="kettle-vs-stove", now=community.clock()
    )


async def test_privacy_tells_what_holds_here_and_about_whom(house: House, community: Community) -> None:
    await leave_traces(house, community)
    await community.choose(
        house.guild.id, GuildSettings(channels=(house.general.id,), keep_texts=True, retention_days=30)
    )
    result = await house.member.slash(house.general, "privacy")
    assert result.ephemeral
    text = shown(result)
    assert "30 days" in text
    assert f"<#{house.general.id}>" in text
    assert say("en", "discord.privacy.texts.yes") in text
    assert say("en", "discord.privacy.yours", count=3) in text
    assert say("en", "discord.privacy.yours", count=1) in shown(await house.owner.slash(house.general, "privacy"))


async def test_the_file_holds_everything_and_only_ones_own(house: House, community: Community) -> None:
    await leave_traces(house, community)
    result = await house.member.slash(house.general, "export-my-data")
    assert result.ephemeral
    assert result.response is not None
    (attachment,) = result.response.attachments
    data = json.loads(await attachment.read())
    assert data["user_id"] == str(house.member.id)
    assert data["votes"][0]["entry"] == "kettle-vs-stove"
    assert data["contributions"][0]["content"]["right"] == "cold"
    assert data["replies"][0]["channel_id"] == str(house.general.id)
    assert str(house.owner.id) not in json.dumps(data)


async def test_forgetting_asks_first_and_then_is_thorough(house: House, community: Community, hindi: None) -> None:
    await leave_traces(house, community)
    asked = await house.member.slash(house.general, "forget-me")
    assert asked.ephemeral
    assert (await community.people.export(house.member.id)).votes, "nothing is deleted before it is confirmed"
    assert asked.response is not None
    done = await house.member.click(asked.response, custom_id="forget-me")
    assert shown(done) == say("hi", "discord.forget_me.done", count=3)
    assert not await community.people.export(house.member.id)
    assert (await community.people.export(house.owner.id)).votes
