"""A server's own numbers, its weekly summary, and forgetting in time."""

from __future__ import annotations

import datetime
import json
from typing import cast

import pytest

from bot.community.community import Community
from bot.community.gaps import cluster
from bot.discordapp.app import Bot
from bot.discordapp.cogs.housekeeping import Housekeeping
from bot.locales import say
from bot.store.model import GRACE_DAYS, Correction, Gap, GuildSettings, Status
from bot.store.replies import Answered
from tests.discordapp.test_commands import hindi, shown
from tests.discordapp.test_settings_panel import House, house

__all__ = ("hindi", "house")
DAY = datetime.timedelta(days=1)


async def ask_around(house: House) -> None:
    for question in ("kettle or stove?", "kettle or stove?", "केतली", "how is the weather", "is it hot"):
        await house.member.slash(house.general, "ask", question=question)


def keeper(house: House) -> Housekeeping:
    return cast("Housekeeping", cast("Bot", house.env.bot).get_cog("Housekeeping"))


async def test_the_numbers_of_this_server_alone(house: House, community: Community) -> None:
    await ask_around(house)
    elsewhere = House(house.env)
    await elsewhere.member.slash(elsewhere.general, "ask", question="kettle or stove?")
    result = await house.owner.slash(house.general, "insights", days=7)
    assert result.ephemeral
    text = shown(result)
    assert say("en", "discord.insights.total", count=5) in text
    assert say("en", "discord.insights.outcomes", answer=60, choose=20, no_answer=20) in text
    assert "Kettle or stove: what is the difference? · 3" in text
    assert say("en", "discord.insights.gaps") in text
    assert "weather" not in text, "no words without the server's leave"
    assert result.response is not None
    (drawn,) = result.response.attachments
    assert drawn.filename == "questions-by-day.png"
    assert "Answered: 3; several offered: 1; not known: 1" in (drawn.description or "")


async def test_words_show_where_the_server_keeps_them(house: House, community: Community) -> None:
    await community.choose(house.guild.id, GuildSettings(keep_texts=True))
    await ask_around(house)
    assert "“how is the weather” · 1" in shown(await house.owner.slash(house.general, "insights"))
    await community.choose(house.guild.id, GuildSettings())
    assert "weather" not in shown(await house.owner.slash(house.general, "insights")), "switched off, they are deleted"


async def test_as_a_file(house: House) -> None:
    await ask_around(house)
    asked = await house.owner.slash(house.general, "insights")
    assert asked.response is not None
    result = await house.owner.click(asked.response, custom_id="i:30")
    assert result.ephemeral
    assert result.response is not None
    (attachment,) = result.response.attachments
    data = json.loads(await attachment.read())
    assert data["outcomes"] == {"answer": 3, "choose": 1, "no_answer": 1}
    assert data["unanswered"][0]["count"] == 1


async def test_a_member_is_refused(house: House) -> None:
    with pytest.raises(Exception, match="permission"):
        await house.member.slash(house.general, "insights")


async def test_in_hindi_and_with_nothing_to_tell(house: House, hindi: None) -> None:
    assert say("hi", "discord.insights.nothing") in shown(await house.owner.slash(house.general, "insights"))


async def test_the_weekly_summary_comes_once(house: House, community: Community, hindi: None) -> None:
    await community.choose(house.guild.id, GuildSettings(digest_channel=house.review.id, language="hi"))
    await ask_around(house)
    for _ in range(2):
        await keeper(house).round()
    (summary,) = house.review.history()
    text = str([component.to_dict() for component in summary.components])
    assert say("hi", "discord.insights.digest") in text
    week_later = community.clock() + 7 * DAY
    community.clock = lambda: week_later
    await house.member.slash(house.general, "ask", question="kettle or stove?")
    await keeper(house).round()
    assert len(house.review.history()) == 2


async def test_old_things_go_with_the_servers_own_retention(house: House, community: Community) -> None:
    await community.choose(house.guild.id, GuildSettings(retention_days=30))
    now = community.clock()
    for days in (31, 29):
        await community.tallies.add({}, [Gap(guild_id=house.guild.id, at=now - days * DAY, language="en")])
        link = Answered(message_id=days, guild_id=house.guild.id, channel_id=1, user_id=1, reply_id=1)
        await community.replies.put(link, now - days * DAY)
    await keeper(house).round()
    tally = await community.tallies.of(house.guild.id, (now - 40 * DAY).date(), now.date())
    assert len(tally.gaps) == 1
    assert await community.replies.get(house.guild.id, 29) is None, "a week is enough for these"


async def test_a_server_that_throws_the_bot_out_is_forgotten_after_the_grace_period(
    house: House, community: Community
) -> None:
    remark = Correction(wrong="a", right="b")
    kept = await community.contributions.propose(house.guild.id, 1, remark, entry="e", now=community.clock())
    await community.contributions.decide(
        house.guild.id, kept.id, Status.APPROVED, by=1, revision=1, now=community.clock()
    )
    bot = house.env.bot
    server = bot.get_guild(house.guild.id)
    assert server is not None
    await keeper(house).on_guild_remove(server)
    await keeper(house).round()
    assert await community.contributions.list(house.guild.id), "it may have been a slip"
    later = community.clock() + (GRACE_DAYS + 1) * DAY
    community.clock = lambda: later
    await keeper(house).round()
    assert await community.contributions.list(house.guild.id) == ()


async def test_two_processes_do_a_round_once(house: House, community: Community) -> None:
    first, second = keeper(house), Housekeeping(cast("Bot", house.env.bot))
    second._owner = "another:1"
    now = community.clock()
    await community.tallies.add({}, [Gap(guild_id=house.guild.id, at=now - 99 * DAY, language="en")])
    await first.round()
    await community.tallies.add({}, [Gap(guild_id=house.guild.id, at=now - 99 * DAY, language="en")])
    await second.round()
    tally = await community.tallies.of(house.guild.id, (now - 100 * DAY).date(), now.date())
    assert len(tally.gaps) == 1, "the second left it to the first"


def gap(text: str | None = None, *concepts: str, intent: str | None = None) -> Gap:
    return Gap(
        guild_id=1, at=datetime.datetime.now(datetime.UTC), language="en", intent=intent, concepts=concepts, text=text
    )


def test_questions_that_ask_the_same_come_together() -> None:
    found = cluster(
        [
            gap("how do I resize the window of virt-viewer", "virt-viewer"),
            gap("virt-viewer window resize how?", "virt-viewer"),
            gap("what does the moon weigh"),
            gap("resizing virt-viewer's window", "virt-viewer"),
        ]
    )
    assert [(c.count, c.examples[0]) for c in found] == [
        (3, "how do I resize the window of virt-viewer"),
        (1, "what does the moon weigh"),
    ]


def test_without_words_names_and_wish_bring_together() -> None:
    found = cluster([gap(None, "kvm", "xen", intent="why"), gap(None, "xen", "kvm", intent="why"), gap(None, "xen")])
    assert [(c.concepts, c.count) for c in found] == [(("kvm", "xen"), 2), (("xen",), 1)]
