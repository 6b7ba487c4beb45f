"""What people ask on Discord is counted, and answered by the expert of the moment."""

from __future__ import annotations

import discord

from bot.community.community import Community
from bot.core.reply import Outcome, Reply
from bot.discordapp.app import Bot, intents
from bot.discordapp.desk import Desk
from bot.store import Store
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_commands import Place, menu, place, raw

__all__ = ["place"]


async def test_questions_and_commands_are_counted_with_their_time(place: Place, simcord_bot: Bot) -> None:
    counted: list[tuple[Reply, float | None]] = []
    simcord_bot.desk.on_reply = lambda reply, took: counted.append((reply, took))
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    await place.alice.slash(place.channel, "compare", first="kettle", second="stove")
    assert [reply.outcome for reply, _ in counted] == [Outcome.ANSWER] * 2
    assert counted[0][1] is not None
    assert counted[0][1] >= 0
    assert counted[1][1] is None


async def test_following_a_link_is_no_question(place: Place, simcord_bot: Bot) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    counted: list[Reply] = []
    simcord_bot.desk.on_reply = lambda reply, took: counted.append(reply)
    await place.bob.select(place.last, ["concept:pot"], custom_id=menu(raw(place))["custom_id"])
    assert counted == []


def test_a_base_that_was_loaded_anew_answers_at_once() -> None:
    now = [SampleExpert()]
    desk = Desk(discord.Client(intents=intents()), lambda: now[0], Community(Store.nowhere()))
    first = desk.expert
    now[0] = SampleExpert()
    assert desk.expert is now[0] is not first
