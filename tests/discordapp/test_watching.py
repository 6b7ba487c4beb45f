"""Answering unasked: only where it was switched on, only real questions, and quietly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import discord
import msgspec
import pytest
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot.community.community import Community
from bot.core.expert import LanguageChoice
from bot.core.reply import Reply
from bot.discordapp.app import Bot
from bot.discordapp.manners import CHANNEL, PERSON, TALK, TOPIC, Pace, Talk, Topics
from bot.locales import say
from bot.store.model import GuildSettings
from tests.discordapp.description import check
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_settings_panel import House
from tests.loopback.server import texts

QUESTION = "is a kettle the same as a stove?"


class DoubtfulExpert(SampleExpert):
    """As sure as a question says it is ("… 80")."""

    def ask(self, text: str, *, language: LanguageChoice = "auto", previous: Reply | None = None) -> Reply:
        reply = super().ask(text, language=language, previous=previous)
        last = text.split()[-1].strip("?")
        return msgspec.structs.replace(reply, confidence=int(last) / 100 if last.isdigit() else 0.97)


@pytest.fixture
def simcord_bot(tmp_path: Path, community: Community) -> Bot:
    return Bot(DoubtfulExpert(), data_dir=tmp_path, community=community, read_messages=True)


@pytest.fixture
async def house(simcord_env: Env, community: Community) -> House:
    house = House(simcord_env)
    await community.choose(house.guild.id, GuildSettings(channels=(house.general.id,)))
    return house


@pytest.fixture(autouse=True)
def fits(simcord_env: Env) -> Iterator[None]:
    yield
    wrong = [f"{r.method} {r.path}: {p}" for r in simcord_env.http_requests for p in check(r.method, r.path, r.json)]
    assert wrong == []


def answers(house: House, channel: ChannelHandle | None = None) -> list[discord.Message]:
    """What the bot said in the channel."""
    me = house.env.bot.user
    return [m for m in (channel or house.general).history() if me is not None and m.author.id == me.id]


async def test_a_clear_question_is_answered_once_and_says_why(house: House) -> None:
    asked = await house.member.send(house.general, QUESTION)
    (answer,) = answers(house)
    assert answer.reference is not None
    assert answer.reference.message_id == asked.id
    shown = texts({"components": [c.to_dict() for c in answer.components]})
    assert say("en", "discord.watched") in shown
    other = house.guild.add_member(house.env.create_user("omar"))
    await house.env.advance_time(TALK + 1)
    await other.send(house.general, QUESTION)
    assert len(answers(house)) == 1, "the same is not said again so soon"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("a kettle is a fine thing to have", "no question"),
        ("what is the weather like today?", "not ours"),
        ("kettle stove?", "too short"),
        ("is a kettle hot enough?", "it would only offer choices"),
        ("is a kettle a stove? 89", "not sure enough"),
    ],
)
async def test_quiet(house: House, text: str, because: str) -> None:
    await house.member.send(house.general, text)
    assert answers(house) == [], because


async def test_strictness_is_the_servers(house: House, community: Community) -> None:
    await community.choose(house.guild.id, GuildSettings(channels=(house.general.id,), strictness="relaxed"))
    await house.member.send(house.general, "is a kettle a stove? 80")
    assert len(answers(house)) == 1


async def test_not_in_other_channels(house: House) -> None:
    await house.member.send(house.review, QUESTION)
    assert answers(house, house.review) == []


@pytest.mark.parametrize("watched", [True, False])
async def test_a_new_post_in_a_watched_forum_is_answered_once(
    house: House, community: Community, monkeypatch: pytest.MonkeyPatch, watched: bool
) -> None:
    forum = house.guild.create_forum_channel("help")
    await community.choose(house.guild.id, GuildSettings(channels=(forum.id if watched else house.review.id,)))
    backend = house.env.backend
    thread = backend.create_thread(forum.id, "kettle or stove for tea", house.member.id)
    post = ChannelHandle(house.env, house.guild, thread)
    with monkeypatch.context() as patch:
        # Discord gives a post and its first message the same id.
        patch.setattr(backend, "snowflake", lambda: thread.id)
        backend.create_message(thread.id, house.member.id, "I can not decide.")
    await house.env.settle()
    assert len(answers(house, post)) == (1 if watched else 0)
    await house.member.send(post, QUESTION)
    assert len(answers(house, post)) == (1 if watched else 0), "what comes later in it is a talk of people"


async def test_not_without_the_owners_leave(house: House, community: Community, tmp_path: Path) -> None:
    await house.env.restart_bot(Bot(DoubtfulExpert(), data_dir=tmp_path, community=community))
    await house.member.send(house.general, QUESTION)
    assert answers(house) == []


async def test_not_in_the_middle_of_a_talk(house: House) -> None:
    other = house.guild.add_member(house.env.create_user("omar"))
    first = await house.member.send(house.general, "I bought a kettle")
    await other.send(house.general, QUESTION, reply_to=first)
    assert answers(house) == [], "a reply to somebody"
    await other.send(house.general, f"<@{house.member.id}> {QUESTION}")
    assert answers(house) == [], "said to somebody"
    await house.member.send(house.general, QUESTION)
    assert answers(house) == [], "between two people"


async def test_never_to_bots(house: House) -> None:
    robot = house.guild.add_member(house.env.create_user("robot", bot=True))
    await robot.send(house.general, QUESTION)
    assert answers(house) == []


async def test_a_mention_there_is_answered_once(house: House) -> None:
    me = house.env.bot.user
    assert me is not None
    await house.member.send(house.general, f"<@{me.id}> {QUESTION}")
    assert len(answers(house)) == 1


async def test_an_edit_is_answered_anew_in_the_same_message(house: House) -> None:
    me = house.env.bot.user
    assert me is not None
    asked = await house.member.send(house.general, f"<@{me.id}> how is the weather")
    (before,) = answers(house)
    await house.member.edit(asked, f"<@{me.id}> kettle or stove?")
    (after,) = answers(house)
    assert after.id == before.id
    assert "A kettle heats water" in texts({"components": [c.to_dict() for c in after.components]})


async def test_an_unasked_answer_goes_when_the_question_does(house: House) -> None:
    asked = await house.member.send(house.general, QUESTION)
    assert len(answers(house)) == 1
    await house.member.edit(asked, "never mind, how is the weather?")
    assert answers(house) == []


async def test_an_answer_goes_with_its_deleted_question_even_after_a_restart(
    house: House, community: Community, tmp_path: Path
) -> None:
    me = house.env.bot.user
    assert me is not None
    for restart in (False, True):
        asked = await house.member.send(house.general, f"<@{me.id}> kettle?")
        assert len(answers(house)) == 1
        if restart:
            again = Bot(DoubtfulExpert(), data_dir=tmp_path, community=community, read_messages=True)
            await house.env.restart_bot(again)
        await house.member.delete(asked)
        assert answers(house) == [], restart


async def test_who_asks_too_fast_is_told_once(house: House) -> None:
    for _ in range(PERSON[0]):
        result = await house.member.slash(house.general, "ask", question="kettle?")
        assert not result.ephemeral
    late = await house.member.slash(house.general, "ask", question="kettle?")
    assert late.ephemeral
    assert late.response is not None
    assert late.response.content.startswith("One moment, please")
    me = house.env.bot.user
    assert me is not None
    before = len(answers(house))
    for _ in range(3):
        await house.member.send(house.general, f"<@{me.id}> kettle?")
    said = answers(house)[before:]
    assert len(said) == 1, "a remark each time would be noise"
    assert said[0].content.startswith("One moment, please")


async def test_a_missing_permission_is_named_to_the_person(house: House, caplog: pytest.LogCaptureFixture) -> None:
    quiet = discord.PermissionOverwrite(send_messages=False)
    closed = house.guild.create_text_channel("closed", overwrites={house.guild.default_role: quiet})
    speaker = house.guild.create_role("Speaker", permissions=discord.Permissions(administrator=True))
    boss = house.guild.add_member(house.env.create_user("boss"), roles=[speaker])
    me = house.env.bot.user
    assert me is not None
    await boss.send(closed, f"<@{me.id}> kettle?")
    assert answers(house, closed) == []
    assert "send_messages" in caplog.text
    told = [r for r in house.env.http_requests if r.method == "POST" and "Send Messages" in str(r.json)]
    assert len(told) == 1
    assert f"<#{closed.id}>" in str(told[0].json)


def clock(now: list[float]) -> Callable[[], float]:
    return lambda: now[0]


def test_a_pace_recovers() -> None:
    now = [100.0]
    pace = Pace(clock(now))
    assert [pace.wait(1, None) for _ in range(PERSON[0])] == [None] * PERSON[0]
    assert pace.wait(1, None) == ("person", round(PERSON[1]))
    assert pace.wait(2, None) is None, "somebody else"
    now[0] += PERSON[1] + 0.1
    assert pace.wait(1, None) is None


def test_a_channel_has_its_own_pace() -> None:
    pace = Pace(clock([100.0]))
    assert all(pace.wait(user, 9) is None for user in range(CHANNEL[0]))
    assert pace.wait(77, 9) == ("channel", round(CHANNEL[1]))
    assert pace.wait(77, 8) is None


def test_talk_is_forgotten() -> None:
    now = [100.0]
    talk = Talk(clock(now))
    assert [talk.heard(1, who) for who in (1, 2, 1)] == [False, False, True]
    assert not talk.heard(2, 1)
    now[0] += TALK + 1
    assert not talk.heard(1, 1)


def test_a_topic_may_come_again_after_a_while() -> None:
    now = [100.0]
    topics = Topics(clock(now))
    topics.said(1, "e")
    assert not topics.fresh(1, "e")
    assert topics.fresh(2, "e")
    now[0] += TOPIC + 1
    assert topics.fresh(1, "e")
