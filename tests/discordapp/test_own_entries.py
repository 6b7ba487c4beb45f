"""Answers of a server's own: taught from a message or a form, found there and nowhere else, carried in a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from simcord.env import Env

from bot.community.community import Community
from bot.core.expert import Expert
from bot.discordapp.app import Bot
from bot.locales import say
from bot.store import Store
from bot.store.model import Correction, Entry, Reference, Status, Words
from tests.discordapp.teaching import School, latest
from tests.discordapp.test_commands import hindi, shown

__all__ = ("hindi",)

QUESTION = "How do I book the Zubrella roaster?"
FIELDS = {
    "question": QUESTION,
    "answer": "Ask in #roasters. Then run `zub book`:\n$ zub book --day monday",
    "other": "ज़ुब्रेला रोस्टर कैसे बुक करें?\n#roasters में पूछें। फिर `zub book` चलाएँ:\n$ zub book --day monday",
    "phrasings": "zubrella booking\nzubrella roaster kaise book karu",
    "sources": "https://club.example/roaster",
}


@pytest.fixture
def expert(barista: Expert) -> Expert:
    """A real expert, on coffee."""
    return barista


@pytest.fixture
async def school(simcord_env: Env, community: Community) -> AsyncIterator[School]:
    made = await School(simcord_env, community).open()
    yield made
    assert made.problems() == []


async def approved(school: School, question: str) -> None:
    """An own entry that stands, without the commands that lead there."""
    contributions = school.community.contributions
    content = Entry(title=Words(en=question), answer=Words(en="Beans."))
    now = school.community.clock()
    kept = await contributions.propose(school.guild.id, school.owner.id, content, entry=None, now=now)
    await contributions.decide(school.guild.id, kept.id, Status.APPROVED, by=school.owner.id, revision=1, now=now)
    school.community.changed(school.guild.id)


async def added(school: School, **fields: str) -> Any:
    form = await school.owner.slash(school.general, "knowledge add")
    return await school.owner.submit_modal(form, FIELDS | fields)


async def test_an_own_answer_is_found_in_its_server_with_its_author_and_source(school: School) -> None:
    result = await added(school)
    assert say("en", "discord.teach.added", title=QUESTION.replace("?", "?")) in shown(result)
    for question in ("how can I book the zubrela roaster", "zubrella roaster kaise book kare", "zubrella booking"):
        reply = await school.asha.slash(school.general, "ask", question=question, language="en")
        text = shown(reply)
        assert "Ask in #roasters" in text, question
        assert "```sh\nzub book --day monday\n```" in text
        assert say("en", "discord.note.title") in text
        assert f"<@{school.owner.id}>" in text
        assert f"{say('en', 'discord.sources_own')}: [club.example/roaster](https://club.example/roaster)" in text
    reply = await school.asha.slash(school.general, "ask", question="ज़ुब्रेला रोस्टर कैसे बुक करूँ?")
    assert "फिर `zub book` चलाएँ" in shown(reply)
    (kept,) = await school.kept()
    assert isinstance(kept.content, Entry)
    assert kept.content.answer.en is not None
    thanks = await school.bela.click(latest(school.general), label=say("hi", "discord.vote.yes"))
    assert thanks.ephemeral
    assert (await school.community.tallies.votes_on(school.guild.id, kept.entry)).yes == 1


async def test_another_server_neither_finds_nor_opens_nor_is_offered_it(school: School) -> None:
    await added(school)
    (kept,) = await school.kept()
    elsewhere = school.env.create_guild()
    channel = elsewhere.create_text_channel("general")
    guest = elsewhere.add_member(school.env.create_user("guest"))
    for question in (QUESTION, f"{kept.entry}@en"):
        assert "#roasters" not in shown(await guest.slash(channel, "ask", question=question))
    assert await guest.autocomplete(channel, "ask", "question", "zubrella") == []
    offered = await school.asha.autocomplete(school.general, "ask", "question", "zubrella")
    assert [choice["value"] for choice in offered] == [f"{kept.entry}@en"]
    opened = await school.asha.slash(school.general, "ask", question=offered[0]["value"])
    assert "Ask in #roasters" in shown(opened)
    message = await school.asha.send_dm(QUESTION)
    assert "#roasters" not in message.content


async def test_what_is_there_in_one_language_says_so_in_the_other(school: School) -> None:
    await added(school, other="", phrasings="")
    reply = await school.asha.slash(school.general, "ask", question=QUESTION, language="hi")
    assert say("hi", "discord.only.en") in shown(reply)
    assert "Ask in #roasters" in shown(reply)
    reply = await school.asha.slash(school.general, "ask", question=QUESTION, language="en")
    assert say("en", "discord.only.en") not in shown(reply)


async def test_a_helpers_message_becomes_an_entry(school: School) -> None:
    asked = await school.asha.send(school.general, f"{school.me} how do I descale our Zubrella roaster?")
    helped = await school.bela.send(
        school.general, "Run it with vinegar.\nSee https://club.example/descale ok?", reply_to=asked
    )
    form = await school.owner.context_menu(school.general, "Teach this answer", helped)
    filled = {leaf["custom_id"]: leaf.get("value") for leaf in leaves(form.modal)}
    assert filled["question"] == "how do I descale our Zubrella roaster?"
    assert filled["answer"] == "Run it with vinegar.\nSee https://club.example/descale ok?"
    assert filled["sources"] == "https://club.example/descale"
    values = {name: value or "" for name, value in filled.items()}
    await school.owner.submit_modal(form, values | {"answer": "Run it with vinegar."})
    card = school.shown()
    assert "Run it with vinegar." in card
    assert "(https://club.example/descale)" in card
    await school.press(school.rita, "approve")
    reply = await school.bela.slash(school.general, "ask", question="how to descale the zubrella roaster")
    assert "Run it with vinegar." in shown(reply)


async def test_a_message_about_a_known_answer_may_correct_it(school: School) -> None:
    asked = await school.asha.send(school.general, f"{school.me} how fine should espresso be ground")
    helped = await school.bela.send(school.general, "Finer than table salt.", reply_to=asked)
    offer = await school.owner.context_menu(school.general, "Teach this answer", helped)
    assert offer.ephemeral
    assert "How fine do I grind coffee for espresso?" in shown(offer)
    assert offer.response is not None
    form = await school.owner.click(offer.response, label=say("en", "discord.teach.ask.entry"))
    assert "Finer than table salt." in str(form.modal)
    form = await school.owner.click(offer.response, label=say("en", "discord.teach.ask.correction"))
    await school.owner.submit_modal(form, {"wrong": "as fine as salt", "right": "Finer than table salt.", "source": ""})
    (kept,) = await school.kept()
    assert kept.entry == "grind-for-espresso"
    assert kept.content == Correction(wrong="as fine as salt", right="Finer than table salt.")


async def test_a_message_that_replies_to_the_bot_may_correct_its_answer(school: School, tmp_path: Path) -> None:
    answer = await school.ask(question="grind size for espresso")
    helped = await school.bela.send(school.general, "Even finer.", reply_to=answer)
    offer = await school.owner.context_menu(school.general, "Teach this answer", helped)
    assert "How fine do I grind coffee for espresso?" in shown(offer)
    # The answer knows what it is, even to a bot that has just started.
    again = Community(Store.in_directory(tmp_path))
    await school.env.restart_bot(Bot(Expert(school.env.bot.desk.expert.base), community=again))  # type: ignore[attr-defined]
    offer = await school.owner.context_menu(school.general, "Teach this answer", helped)
    assert "How fine do I grind coffee for espresso?" in shown(offer)
    await again.close()


async def test_the_rules_teach_and_nothing_typed_is_lost(school: School) -> None:
    result = await added(school, phrasings="espresso vs moka pot", other="ज़ुब्रेला?\n`zub` में क़हवा।")
    text = shown(result)
    assert "What is the difference between espresso and moka pot coffee?" in text, "KB012 names the owner"
    assert say("en", "discord.lint.KB034", better="कॉफ़ी", found="क़हवा") in text
    assert "zub book" in text, "KB031 names the code"
    assert "espresso vs moka pot" in text
    assert await school.kept() == ()
    assert result.response is not None
    form = await school.owner.click(result.response, label=say("en", "discord.teach.again"))
    await school.owner.submit_modal(form, FIELDS)
    assert [c.status for c in await school.kept()] == [Status.APPROVED]


async def test_a_way_of_asking_belongs_to_one_entry_of_the_server_too(school: School) -> None:
    await added(school)
    result = await added(school, phrasings="zubrella booking", question="Where is the Zubrella shop?", other="")
    assert "How do I book the Zubrella roaster?" in shown(result)
    assert len(await school.kept()) == 1


async def test_both_parts_in_one_language_are_no_translation(school: School) -> None:
    result = await added(school, other="How do I book it?\nAsk in the channel.")
    assert say("en", "discord.lint.other_language") in shown(result)


async def test_members_propose_and_reviewers_see_what_the_rules_say(school: School) -> None:
    words = " ".join(["word"] * 40)
    asked = await school.asha.send(school.general, f"{words}.")
    form = await school.bela.context_menu(school.general, "Teach this answer", asked)
    result = await school.bela.submit_modal(form, {"question": "What is the Zubrella motto?", "answer": f"{words}."})
    assert say("en", "discord.lint.KB041", count=40) in shown(result)
    assert say("en", "discord.lint.KB041", count=40) in school.shown()
    assert "#roasters" not in shown(await school.asha.slash(school.general, "ask", question="zubrella motto?"))


async def test_an_entry_is_edited_with_all_its_parts(school: School) -> None:
    asked = await school.asha.send(school.general, FIELDS["answer"])
    form = await school.bela.context_menu(school.general, "Teach this answer", asked)
    await school.bela.submit_modal(form, FIELDS)
    form = await school.press(school.rita, "edit")
    filled = {leaf["custom_id"]: leaf.get("value") for leaf in leaves(form.modal)}
    assert filled["other"] == FIELDS["other"]
    assert filled["sources"] == FIELDS["sources"]
    (before,) = await school.kept()
    await school.rita.submit_modal(form, filled | {"answer": FIELDS["answer"].replace("Ask", "Write")})
    (after,) = await school.kept()
    assert isinstance(before.content, Entry)
    assert isinstance(after.content, Entry)
    assert after.content.answer.en is not None
    assert after.content.answer.en.startswith("Write in #roasters")
    assert after.content.phrasings == before.content.phrasings
    assert after.content.title == before.content.title
    assert "Write in" in school.shown()


@pytest.mark.parametrize("command", ["list", "add", "pending", "export", "remove", "import"])
async def test_knowledge_is_for_those_who_manage_the_server(school: School, command: str) -> None:
    forms: dict[str, dict[str, Any]] = {"remove": {"entry": "1"}, "import": {"file": ("x.yaml", b"[]")}}
    options = forms.get(command, {})
    with pytest.raises(Exception, match="permission"):
        await school.asha.slash(school.general, f"knowledge {command}", **options)


async def test_a_forged_press_is_refused(school: School) -> None:
    for number in range(11):
        await approved(school, f"What is in Zubrella room {number}?")
    listed = await school.owner.slash(school.general, "knowledge list")
    assert "11 approved, 0 waiting" in shown(listed)
    assert listed.response is not None
    stored = school.env.backend.get_message(listed.response.channel_id, listed.response.id)
    stored.flags &= ~64
    result = await school.asha.click(listed.response, custom_id="tg:1")
    assert shown(result) == say("en", "discord.error.not_allowed")
    await school.owner.click(listed.response, custom_id="tg:1")
    assert "room 10" in school.shown(listed.response.message)


async def test_what_is_removed_is_gone_and_its_words_are_handed_out(school: School) -> None:
    await added(school)
    (kept,) = await school.kept()
    choices = await school.owner.autocomplete(school.general, "knowledge remove", "entry", "zub")
    assert [choice["value"] for choice in choices] == [str(kept.id)]
    result = await school.owner.slash(school.general, "knowledge remove", entry=choices[0]["value"])
    assert "zub book --day monday" in shown(result)
    assert "#roasters" not in shown(await school.asha.slash(school.general, "ask", question=QUESTION))
    again = await school.owner.slash(school.general, "knowledge remove", entry=str(kept.id))
    assert shown(again) == say("en", "discord.knowledge.not_there")


async def test_pending_shows_the_cards_again_in_place_of_the_old_ones(school: School) -> None:
    asked = await school.asha.send(school.general, "Vinegar.")
    form = await school.bela.context_menu(school.general, "Teach this answer", asked)
    await school.bela.submit_modal(form, FIELDS)
    old = school.card
    result = await school.owner.slash(school.general, "knowledge pending")
    assert say("en", "discord.knowledge.shown", count=1, channel=f"<#{school.review.id}>") == shown(result)
    assert school.card.id != old.id
    assert len(list(school.review.history())) == 1
    await school.press(school.rita, "approve")
    none = await school.owner.slash(school.general, "knowledge pending")
    assert shown(none) == say("en", "discord.knowledge.nothing_pending")


async def exported(school: School) -> bytes:
    result = await school.owner.slash(school.general, "knowledge export")
    assert result.ephemeral
    assert result.response is not None
    (file,) = result.response.attachments
    data: bytes = await file.read()
    return data


async def test_a_file_carries_everything_to_another_server(
    school: School, simcord_env: Env, community: Community
) -> None:
    await added(school)
    await added(
        school, question="ज़ुब्रेला का नियम क्या है?", answer="पूछें: `zub`, फिर\n\nकरें।", other="", phrasings="", sources=""
    )
    answer = await school.ask(question="grind size for espresso")
    form = await school.asha.click(answer, label="Correct this")
    await school.asha.submit_modal(form, {"wrong": "# not: 'so'", "right": '- {finer}: "yes"', "source": ""})
    await school.press(school.rita, "approve")
    own = await school.ask(question=QUESTION)
    form = await school.asha.click(own, label="Correct this")
    await school.asha.submit_modal(form, {"wrong": "Monday", "right": "Tuesday", "source": "https://club.example/t"})
    await school.press(school.rita, "approve")
    data = await exported(school)
    again = await school.owner.slash(school.general, "knowledge import", file=("k.yaml", data))
    assert shown(again) == say("en", "discord.knowledge.nothing_new")
    other = await School(simcord_env, community).open()
    preview = await other.owner.slash(other.general, "knowledge import", file=("k.yaml", data))
    assert say("en", "discord.knowledge.preview", entries=2, corrections=2, known=0) in shown(preview)
    assert await other.kept() == (), "nothing is written before it was seen"
    assert preview.response is not None
    await other.owner.click(preview.response, label=say("en", "discord.knowledge.take"))
    ours, theirs = await school.kept(Status.APPROVED), await other.kept(Status.APPROVED)
    assert sorted(map(repr, (c.content for c in ours))) == sorted(map(repr, (c.content for c in theirs)))
    references = {repr(c.content): c.entry for c in theirs}
    assert references[repr(ours[2].content)] == "grind-for-espresso"
    assert references[repr(ours[3].content)] == references[repr(ours[0].content)]
    assert "Tuesday" in other.shown(await other.ask(question=QUESTION))
    second = await exported(other)
    assert second.split(b"\n", 1)[1] == data.split(b"\n", 1)[1]


async def test_a_file_with_mistakes_is_told_line_by_line_and_nothing_is_taken(school: School) -> None:
    await added(school)
    text = (await exported(school)).decode()
    source = "- id: Bad Id\n  title: x\n  url: ftp://x\n  reviewed: 2026-11-01"
    lost = "- id: lost\n  corrects: {en: a, hi: b}\n  text: {en: c, hi: d}\n  reviewed: 2026-11-01"
    broken = text.replace("intent: how-to", "intent: howto").replace("\nsources:\n", f"\nsources:\n{source}\n")
    broken = broken.replace("\ncorrections: []", f"\ncorrections:\n{lost}")
    result = await school.owner.slash(school.general, "knowledge import", file=("k.yaml", broken.encode()))
    said = shown(result)
    assert say("en", "discord.knowledge.troubles") in said
    lines = broken.split("\n")
    for part, number in (
        ("intent", lines.index("  intent: howto") + 1),
        ("url", next(i for i, line in enumerate(lines, 1) if "ftp://x" in line)),
        ("beneath", next(i for i, line in enumerate(lines, 1) if "id: lost" in line)),
    ):
        assert any(f"Line {number}:" in line and part in line for line in said.split("\n")), (part, number, said)
    assert len(await school.kept()) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00",
        b"a: &a [x]\nb: *a\nquestions: *a\n",
        b"[" * 5000,
        b"questions: !!python/object/apply:os.system ['true']\n",
        b"- just\n- a list\n",
        b"",
        b"questions: []\n",
        b"questions:\n- id: x\n  title: {en: a, en: b}\n",
    ],
)
async def test_a_hostile_file_is_refused(school: School, data: bytes) -> None:
    result = await school.owner.slash(school.general, "knowledge import", file=("k.yaml", data))
    assert result.ephemeral
    assert shown(result)
    assert say("en", "discord.knowledge.troubles") in shown(result) or "UTF-8" in shown(result)
    assert await school.kept() == ()


async def test_an_import_that_waited_too_long_or_was_overtaken_says_so(
    school: School, simcord_env: Env, community: Community, tmp_path: Path
) -> None:
    await added(school)
    data = await exported(school)
    other = await School(simcord_env, community).open()
    preview = await other.owner.slash(other.general, "knowledge import", file=("k.yaml", data))
    assert preview.response is not None
    await added(other, question="What is the Zubrella motto?", other="", phrasings="")
    result = await other.owner.click(preview.response, label=say("en", "discord.knowledge.take"))
    assert shown(result) == say("en", "discord.knowledge.import_changed")
    preview = await other.owner.slash(other.general, "knowledge import", file=("k.yaml", data))
    again = Community(Store.in_directory(tmp_path))
    expert = simcord_env.bot.desk.expert  # type: ignore[attr-defined]
    await simcord_env.restart_bot(Bot(expert, community=again))
    assert preview.response is not None
    result = await other.owner.click(preview.response, label=say("en", "discord.knowledge.take"))
    assert shown(result) == say("en", "discord.teach.expired")
    assert len(await other.kept()) == 1
    await again.close()


async def test_without_a_store_the_words_of_an_entry_come_back(school: School) -> None:
    form = await school.owner.slash(school.general, "knowledge add")
    await school.without_store()
    result = await school.owner.submit_modal(form, FIELDS)
    assert say("en", "discord.teach.store") in shown(result)
    for line in "\n".join(FIELDS.values()).split("\n"):
        assert line in shown(result)


async def test_hostile_words_of_an_entry_stay_words(school: School) -> None:
    await added(
        school,
        question="Zubrella **bold** <@1> @everyone \u202etxt\u200b [x](https://evil.example)?",
        answer="```\n@here <@&2>\n# head\n> quote ||spoiler||\n$ rm -rf `x`\n[pay](https://evil.example)",
        other="",
        phrasings="",
        sources="https://evil.example/docs.python.org",
    )
    (kept,) = await school.kept()
    assert isinstance(kept.content, Entry)
    assert kept.content.title == Words(en="Zubrella **bold** <@1> @everyone txt [x](https://evil.example)?")
    assert kept.content.sources == (
        Reference(title="evil.example/docs.python.org", url="https://evil.example/docs.python.org"),
    )
    message = await school.ask(question="zubrella bold everyone txt?")
    text = school.shown(message)
    assert "\\*\\*bold\\*\\* \\<@1> \\@everyone txt \\[x](https\\://evil.example)" in text
    assert "\\@here \\<@&2>" in text
    assert "[pay](https://evil.example)" not in text.replace("\\[pay]", "")


async def test_the_list_in_hindi(school: School, hindi: None) -> None:
    await added(school)
    listed = await school.owner.slash(school.general, "knowledge list")
    assert say("hi", "discord.knowledge.title") in shown(listed)
    assert "ज़ुब्रेला रोस्टर कैसे बुक करें?" in shown(listed)


def leaves(modal: Any) -> list[Any]:
    """The fields of a form."""
    return [label["component"] for label in modal["components"]]
