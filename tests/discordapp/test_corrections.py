"""A member corrects an answer, and those who review decide: once, and with nothing lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import msgspec
import pytest
from simcord.env import Env

from bot.community.community import Community
from bot.core.reply import Reply
from bot.discordapp.app import Bot
from bot.locales import say
from bot.store import Store
from bot.store.model import MOST_PENDING, Contribution, Correction, Status
from tests.discordapp.sample import ANSWER, SampleExpert
from tests.discordapp.teaching import WRONG, School
from tests.discordapp.test_commands import hindi, shown

__all__ = ("hindi",)


@pytest.fixture
async def school(simcord_env: Env, community: Community) -> AsyncIterator[School]:
    made = await School(simcord_env, community).open()
    yield made
    assert made.problems() == []


async def test_a_correction_becomes_a_card_and_stands_beneath_the_answer_once_approved(school: School) -> None:
    thanks = await school.correct()
    assert thanks.ephemeral
    assert f"<#{school.review.id}>" in shown(thanks)
    card = school.shown()
    for part in ("A kettle heats only water", "It heats `milk` too.", "kettles.example", f"<@{school.asha.id}>"):
        assert part in card
    assert "A kettle heats water, and nothing else." in card, "what the answer says now"
    assert school.labels() == ["Approve", "Edit", "Reject"]
    assert "It heats" not in school.shown(await school.ask(school.bela)), "nobody has approved it"
    await school.press(school.rita, "approve")
    assert school.labels() == []
    assert say("en", "discord.card.was.approved", who=f"<@{school.rita.id}>") in school.shown()
    answer = school.shown(await school.ask(school.bela))
    assert "It heats `milk` too." in answer
    assert say("en", "discord.note.outdated") not in answer
    (kept,) = await school.kept()
    assert (kept.status, kept.decided_by, kept.entry) == (Status.APPROVED, school.rita.id, "kettle-vs-stove")
    assert kept.base_hash is not None


async def test_another_server_sees_nothing_of_it(school: School) -> None:
    await school.correct()
    await school.press(school.owner, "approve")
    elsewhere = school.env.create_guild()
    channel = elsewhere.create_text_channel("general")
    guest = elsewhere.add_member(school.env.create_user("guest"))
    result = await guest.slash(channel, "ask", question="kettle or stove?")
    assert "milk" not in shown(result)


@pytest.mark.parametrize("key", ["approve", "edit", "reject"])
async def test_a_member_can_not_decide(school: School, key: str) -> None:
    await school.correct()
    result = await school.press(school.bela, key)
    assert result.ephemeral
    assert result.modal is None
    assert shown(result) == say("en", "discord.review.not_yours")
    assert [c.status for c in await school.kept()] == [Status.PENDING]
    assert school.labels() == ["Approve", "Edit", "Reject"]


async def test_a_form_that_was_opened_before_the_role_was_lost_changes_nothing(school: School) -> None:
    await school.correct()
    form = await school.press(school.rita, "edit")
    await school.open(review_role=None)
    result = await school.rita.submit_modal(form, WRONG | {"right": "Anything goes."})
    assert result.ephemeral
    assert say("en", "discord.review.not_yours") in shown(result)
    assert "Anything goes." in shown(result), "the words are not lost"
    (kept,) = await school.kept()
    assert isinstance(kept.content, Correction)
    assert kept.content.right == WRONG["right"]


async def test_edited_then_approved_the_new_words_hold(school: School) -> None:
    await school.correct()
    old = school.card
    form = await school.press(school.rita, "edit")
    assert WRONG["right"] in str(form.modal), "the form holds what was proposed"
    await school.rita.submit_modal(form, WRONG | {"right": "Milk as well.\n\nSlowly.", "source": ""})
    assert "Milk as well." in school.shown(old)
    await school.press(school.rita, "approve", old)
    (kept,) = await school.kept(Status.APPROVED)
    assert kept.content == Correction(wrong=WRONG["wrong"], right="Milk as well.\n\nSlowly.")
    assert "Milk as well.\n\nSlowly." in school.shown(await school.ask())


async def test_of_two_at_once_one_wins_and_the_other_is_told(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    await school.correct()
    contributions = school.community.contributions
    get = contributions.get

    async def get_while_another_decides(guild_id: int, id: int) -> Contribution | None:
        monkeypatch.undo()
        seen = await get(guild_id, id)
        now = school.community.clock()
        assert await contributions.decide(guild_id, id, Status.REJECTED, by=school.owner.id, revision=1, now=now)
        return seen

    monkeypatch.setattr(contributions, "get", get_while_another_decides)
    result = await school.press(school.rita, "approve")
    assert f"<@{school.owner.id}>" in " ".join(message.content for message in result.followups)
    assert [(c.status, c.decided_by) for c in await school.kept()] == [(Status.REJECTED, school.owner.id)]
    assert say("en", "discord.card.was.rejected", who=f"<@{school.owner.id}>") in school.shown()
    assert school.labels() == []


async def test_a_stale_press_is_told_who_was_faster_and_the_card_shows_it(school: School) -> None:
    await school.correct()
    (kept,) = await school.kept()
    # Somebody decides in another process, between the look at the card and the press.
    done = await school.community.contributions.decide(
        school.guild.id, kept.id, Status.REJECTED, by=school.owner.id, revision=1, now=school.community.clock()
    )
    assert done is not None
    result = await school.press(school.rita, "approve")
    said = " ".join(message.content for message in result.followups)
    assert f"<@{school.owner.id}>" in said
    assert "rejected" in said
    assert school.labels() == []
    assert say("en", "discord.card.was.rejected", who=f"<@{school.owner.id}>") in school.shown()
    assert [c.status for c in await school.kept()] == [Status.REJECTED]


async def test_an_edit_that_came_too_late_gives_the_words_back(school: School) -> None:
    await school.correct()
    card = school.card
    form = await school.press(school.rita, "edit")
    await school.press(school.owner, "approve", card)
    result = await school.rita.submit_modal(form, WRONG | {"right": "Better words."})
    assert result.ephemeral
    assert "Better words." in shown(result)
    (kept,) = await school.kept()
    assert isinstance(kept.content, Correction)
    assert kept.content.right == WRONG["right"]


async def test_old_cards_work_after_a_restart(school: School, tmp_path: Path, expert: SampleExpert) -> None:
    await school.correct()
    await school.correct(wrong="Something else")
    cards = [message for message in school.review.history() if school.labels(message)]
    answer = await school.ask()
    again = Community(Store.in_directory(tmp_path))
    await school.env.restart_bot(Bot(expert, data_dir=tmp_path, community=again))
    for card, key, status in zip(cards, ("approve", "reject"), (Status.APPROVED, Status.REJECTED), strict=True):
        await school.press(school.rita, key, card)
        assert school.labels(card) == []
        assert len(await school.kept(status)) == 1
    form = await school.bela.click(answer, label="Correct this")
    assert form.modal is not None
    await again.close()


async def test_the_author_is_told_in_private(school: School) -> None:
    proposed = await school.correct()
    await school.press(school.rita, "approve")
    told = [message for message in proposed.followups if message.ephemeral]
    assert any("approved" in message.content for message in told)


async def test_a_member_waits_after_a_few_proposals(school: School) -> None:
    for number in range(MOST_PENDING):
        await school.correct(wrong=f"Claim {number}")
    result = await school.correct(wrong="One more claim")
    assert say("en", "discord.teach.too_many", most=MOST_PENDING) in shown(result)
    assert "One more claim" in shown(result)
    assert len(await school.kept()) == MOST_PENDING
    await school.correct(school.bela)
    assert len(await school.kept()) == MOST_PENDING + 1


async def test_without_a_review_channel_the_way_there_is_told(school: School) -> None:
    await school.open(review_channel=None)
    result = await school.asha.click(await school.ask(), label="Correct this")
    assert result.modal is None
    assert shown(result) == say("en", "discord.teach.no_channel")


async def test_a_store_that_goes_in_the_middle_gives_the_words_back(school: School) -> None:
    form = await school.asha.click(await school.ask(), label="Correct this")
    await school.without_store()
    result = await school.asha.submit_modal(form, WRONG)
    assert result.ephemeral
    assert say("en", "discord.teach.store") in shown(result)
    for words in WRONG.values():
        assert words in shown(result)


async def test_many_words_are_given_back_as_a_file(school: School) -> None:
    form = await school.asha.click(await school.ask(), label="Correct this")
    await school.without_store()
    many = {"wrong": "अ" * 300, "right": "ब" * 700, "source": "https://kettles.example/" + "c" * 250}
    many["right"] = "`" * 700
    many["wrong"] = "```" * 100
    result = await school.asha.submit_modal(form, many)
    assert result.response is not None
    given = shown(result)
    files = [await file.read() for file in result.response.attachments]
    everything = given + "".join(file.decode() for file in files)
    assert many["source"] in everything
    assert files == [] or many["right"] in files[0].decode()


async def test_a_card_that_can_not_be_shown_is_told_with_what_is_missing_and_listed(school: School) -> None:
    me = school.env.bot.user
    assert me is not None
    quiet = discord.PermissionOverwrite(send_messages=False)
    closed = school.guild.create_text_channel("closed", overwrites={school.guild.default_role: quiet})
    await school.open(review_channel=closed.id)
    result = await school.correct()
    assert say("en", "discord.permission.send_messages") in shown(result)
    assert WRONG["right"] in shown(result)
    assert len(await school.kept(Status.PENDING)) == 1
    await school.open()
    pending = await school.owner.slash(school.general, "knowledge pending")
    assert "1" in shown(pending)
    assert "It heats" in school.shown()
    await school.press(school.rita, "approve")
    assert len(await school.kept(Status.APPROVED)) == 1


async def test_a_source_must_be_an_address_and_the_form_opens_again_with_all_words(school: School) -> None:
    result = await school.correct(source="javascript:alert(1)")
    assert "is no web address" in shown(result)
    assert await school.kept() == ()
    assert result.response is not None
    form = await school.asha.click(result.response, label=say("en", "discord.teach.again"))
    assert "javascript:alert(1)" in str(form.modal)
    assert WRONG["right"] in str(form.modal)


async def test_hostile_words_stay_words(school: School) -> None:
    await school.correct(
        wrong="@everyone <@&1> \u202egnp.exe\u200b [x](https://evil.example) ```",
        right="<@1> **bold** ||spoiler|| # head\n\n> quote\n-# small\n\u2066hidden\u2069 <#1> </ask:1> <t:1:R>",
        source="https://ok.example/a_(b)?c=[d]&e=*f*",
    )
    await school.press(school.rita, "approve")
    for text in (school.shown(), school.shown(await school.ask())):
        assert "\u202e" not in text
        assert "\u200b" not in text
        assert "\\@everyone" in text
        assert "\\[x](https\\://evil.example)" in text
        assert "\\<@1>" in text
        assert "\\*\\*bold\\*\\*" in text
        assert "](https://ok.example/a_" in text
        assert "javascript" not in text


async def test_a_note_says_when_its_answer_has_changed_and_reviewers_are_asked_once(
    school: School, expert: SampleExpert, monkeypatch: pytest.MonkeyPatch
) -> None:
    await school.correct()
    await school.press(school.rita, "approve")
    teach: Any = school.env.bot.get_cog("Teach")  # type: ignore[attr-defined]
    teach._looked_at = None
    await teach.look()
    before = len(list(school.review.history()))
    changed: dict[str, Reply] = {
        language: msgspec.structs.replace(reply, answer="A kettle heats water and milk.")
        for language, reply in ANSWER.items()
    }
    monkeypatch.setattr("tests.discordapp.sample.ANSWER", changed)
    teach._looked_at = None  # as after a start, or once the base was loaded anew
    await teach.look()
    assert say("en", "discord.note.outdated") in school.shown(await school.ask())
    assert say("en", "discord.card.changed") in school.shown()
    assert "A kettle heats water and milk." in school.shown()
    assert len(list(school.review.history())) == before + 1
    for _ in range(2):
        teach._looked_at = None
        await teach.look()
    assert len(list(school.review.history())) == before + 1, "once for each change, in all processes"
    assert shown(await school.press(school.bela, "keep")) == say("en", "discord.review.not_yours")
    await school.press(school.rita, "keep")
    assert say("en", "discord.note.outdated") not in school.shown(await school.ask())
    teach._looked_at = None
    await teach.look()
    assert len(list(school.review.history())) == before + 1
    gone = {language: msgspec.structs.replace(r, answer="Nothing.") for language, r in ANSWER.items()}
    monkeypatch.setattr("tests.discordapp.sample.ANSWER", gone)
    teach._looked_at = None
    await teach.look()
    await school.press(school.rita, "remove")
    assert "It heats" not in school.shown(await school.ask())
    assert [c.status for c in await school.kept()] == [Status.REMOVED]


async def test_in_hindi(school: School, hindi: None) -> None:
    await school.open(language="hi")
    answer = await school.ask(question="केतली या स्टोव?")
    form = await school.asha.click(answer, label=say("hi", "discord.correct"))
    assert say("hi", "discord.form.correction.wrong.label") in str(form.modal)
    result = await school.asha.submit_modal(form, WRONG | {"right": "दूध भी गरम होता है।"})
    assert say("hi", "discord.teach.thanks", channel=f"<#{school.review.id}>") in shown(result)
    assert say("hi", "discord.card.correction") in school.shown()
    (kept,) = await school.kept()
    assert isinstance(kept.content, Correction)
    assert kept.content.language == "hi"
    await school.rita.click(school.card, label=say("hi", "discord.card.approve"))
    assert "दूध भी गरम होता है।" in school.shown(await school.ask(question="केतली?"))
