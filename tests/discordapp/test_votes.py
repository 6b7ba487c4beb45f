"""Whether an answer helped, and what the community says beneath it."""

from __future__ import annotations

import datetime

from sqlalchemy import text

from bot.community.community import Community
from bot.core.reply import Outcome
from bot.locales import say
from bot.store.contributions import Contributions
from bot.store.model import Contribution, Correction, Status
from tests.discordapp.description import Json
from tests.discordapp.test_commands import Place, hindi, labels, place, shown

__all__ = ("hindi", "place")
NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
REMARK = Correction(
    wrong="A kettle heats <@1> whatever", right="Only *water*. @everyone", source="https://example.org/k"
)


def raw(place: Place) -> list[Json]:
    return [component.to_dict() for component in place.last.components]  # type: ignore[misc]


async def approved(community: Community, guild: int, entry: str, author: int = 7) -> Contribution:
    contributions = Contributions(community.store)
    proposed = await contributions.propose(guild, author, REMARK, entry=entry, now=NOW)
    done = await contributions.decide(guild, proposed.id, Status.APPROVED, by=1, revision=1, now=NOW)
    assert done is not None
    community.changed(guild)
    return done


async def test_a_vote_is_kept_and_a_later_one_replaces_it(place: Place, community: Community) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    guild = place.last.guild
    assert guild is not None
    thanks = await place.bob.click(place.last, label="Helped")
    assert thanks.ephemeral
    assert shown(thanks) == say("en", "discord.vote.thanks.yes")
    await place.alice.click(place.last, label="Helped")
    await place.bob.click(place.last, label="Did not help")
    votes = await community.tallies.votes_on(guild.id, "kettle-vs-stove")
    assert (votes.yes, votes.no) == (1, 1)


async def test_choices_and_refusals_are_not_voted_on(place: Place) -> None:
    for question in ("what is hot", "how is the weather"):
        result = await place.alice.slash(place.channel, "ask", question=question)
        assert result.response is not None
        assert "Helped" not in labels(result.response.components), question


async def test_a_server_sees_its_own_remarks_and_no_other_does(place: Place, community: Community) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    guild = place.last.guild
    assert guild is not None
    await approved(community, guild.id, "kettle-vs-stove", author=place.bob.id)
    await approved(community, guild.id + 1, "kettle-vs-stove")
    result = await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    text = shown(result)
    assert text.count(say("en", "discord.note.title")) == 1
    assert f"<@{place.bob.id}>" in text
    assert "Only \\*water\\*. \\@everyone" in text, "a member's words are shown as they are"
    assert "heats \\<@1> whatever" in text
    assert "(https://example.org/k)" in text


async def test_votes_on_a_remark_are_counted_on_its_buttons(place: Place, community: Community) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    guild = place.last.guild
    assert guild is not None
    remark = await approved(community, guild.id, "kettle-vs-stove")
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")

    def counts() -> list[str]:
        return [label for label in labels(raw(place)) if label.isdigit()]

    assert counts() == ["0", "0"]
    for who, label, expected in (
        (place.alice, "y", ["1", "0"]),
        (place.bob, "y", ["2", "0"]),
        (place.bob, "n", ["1", "1"]),
    ):
        await who.click(place.last, custom_id=f"n:e:{base36(place.alice.id)}:{label}:{remark.id}")
        assert counts() == expected
    assert say("en", "discord.delete") in labels(raw(place)), "the rest of the message stays"


async def test_without_a_database_questions_are_answered_and_votes_say_why_not(
    place: Place, community: Community
) -> None:
    async with community.store.writing() as connection:
        await connection.execute(text("DROP TABLE votes"))
        await connection.execute(text("DROP TABLE guilds"))
    await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    result = await place.alice.click(place.last, label="Helped")
    assert shown(result) == say("en", "discord.error.store")


async def test_what_is_asked_is_counted_without_its_words(place: Place, community: Community) -> None:
    for question in ("kettle or stove?", "kettle or stove?", "how is the weather"):
        await place.alice.slash(place.channel, "ask", question=question)
    guild = place.last.guild
    assert guild is not None
    await community.flush()
    today = community.clock().date()
    tally = await community.tallies.of(guild.id, today, today)
    assert tally.outcomes == {Outcome.ANSWER: 2, Outcome.NO_ANSWER: 1}
    assert tally.top == (("kettle-vs-stove", 2),)
    assert [gap.text for gap in tally.gaps] == [None]


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
