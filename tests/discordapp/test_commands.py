"""The real command tree, views and events, in a simulated Discord."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import discord
import pytest
from simcord import interactions as simcord_interactions
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot.discordapp.app import Bot, intents
from bot.locales import say, words
from tests.discordapp.description import Json, check
from tests.discordapp.sample import ANSWER, SampleExpert
from tests.loopback.server import texts


@dataclass
class Place:
    """A server with people in it."""

    env: Env
    channel: ChannelHandle
    alice: MemberActor
    bob: MemberActor
    moderator: MemberActor

    @property
    def last(self) -> discord.Message:
        message = self.channel.last_message
        assert message is not None
        return message


@pytest.fixture
def place(simcord_env: Env) -> Iterator[Place]:
    guild = simcord_env.create_guild()
    moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))
    people = [guild.add_member(simcord_env.create_user(name)) for name in ("alice", "bob")]
    moderator = guild.add_member(simcord_env.create_user("mo"), roles=[moderators])
    yield Place(simcord_env, guild.create_text_channel("general"), people[0], people[1], moderator)
    wrong = [f"{r.method} {r.path}: {p}" for r in simcord_env.http_requests for p in check(r.method, r.path, r.json)]
    assert wrong == []


@pytest.fixture
def hindi(monkeypatch: pytest.MonkeyPatch) -> None:
    """People whose Discord is set to Hindi: the simulation itself knows only American English."""
    original: Callable[..., Any] = simcord_interactions.base_payload

    def in_hindi(*args: Any, **options: Any) -> Any:
        record, payload = original(*args, **options)
        return record, payload | {"locale": "hi"}

    monkeypatch.setattr(simcord_interactions, "base_payload", in_hindi)


def shown(result: Any) -> str:
    """All text of a response."""
    return texts({"components": result.response.components, "content": result.response.content})


def labels(components: list[Json]) -> list[str]:
    """The labels of all buttons."""
    found: list[str] = []
    for component in components:
        found += [component["label"]] if component["type"] == 2 else []
        found += labels(component.get("components") or [])
    return found


def menu(components: list[Json]) -> Json:
    """The first menu."""
    return next(c for row in components if row["type"] == 1 for c in row["components"] if c["type"] == 3)


async def test_no_privileged_intent_is_asked_for() -> None:
    assert not intents().message_content
    assert not intents().members
    assert not intents().presences


async def test_ask_answers_for_all_to_see(place: Place) -> None:
    result = await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    assert not result.ephemeral
    text = shown(result)
    order = ["A common mix-up", "A kettle heats water", "Only partly", "Whistles", "In more depth", "Sources"]
    assert sorted(order, key=text.index) == order
    assert "```sh\nboil --now /dev/kettle0\nwatch temperature\n```" in text
    assert "0.97" not in text  # how sure the bot is concerns nobody here


async def test_private_is_private_and_has_nothing_to_delete(place: Place) -> None:
    result = await place.alice.slash(place.channel, "ask", question="kettle?", private=True)
    assert result.ephemeral
    assert result.response is not None
    assert labels(result.response.components) == ["Helped", "Did not help", "Correct this", "हिन्दी"]


@pytest.mark.parametrize(
    ("question", "language", "words"),
    [
        ("kettle?", None, "A kettle heats water"),
        ("केतली?", None, "केतली सिर्फ़ पानी"),
        ("kettle?", "hi", "केतली सिर्फ़ पानी"),
        ("केतली?", "en", "A kettle heats water"),
        ("kettle?", "auto", "A kettle heats water"),
    ],
)
async def test_language_option(place: Place, question: str, language: str | None, words: str) -> None:
    options = {"language": language} if language else {}
    assert words in shown(await place.alice.slash(place.channel, "ask", question=question, **options))


async def test_names_are_answered_in_the_language_of_the_persons_discord(place: Place, hindi: None) -> None:
    assert "रसोई की एक चीज़" in shown(await place.alice.slash(place.channel, "concept", name="kettle"))
    in_english = await place.alice.slash(place.channel, "concept", name="kettle", language="en")
    assert "A thing in a kitchen" in shown(in_english)


async def test_the_owners_language_is_the_default(place: Place, expert: SampleExpert) -> None:
    await place.env.restart_bot(Bot(expert, language="hi"))
    assert "रसोई की एक चीज़" in shown(await place.alice.slash(place.channel, "concept", name="kettle"))
    asked = await place.alice.slash(place.channel, "ask", question="kettle?", language="en")
    assert "A kettle heats water" in shown(asked)


async def test_the_other_commands(place: Place) -> None:
    compared = await place.alice.slash(place.channel, "compare", first="kettle", second="stove", third="pot")
    assert "Kettle · Stove · Pot" in shown(compared)
    related = await place.alice.slash(place.channel, "relate", first="pot", second="stove")
    assert "A pot stands on a stove" in shown(related)
    helped = await place.alice.slash(place.channel, "help")
    assert "I answer questions about kitchens" in shown(helped)
    assert "/compare" in shown(helped)


async def test_autocomplete_is_never_empty_at_first_and_keeps_the_limits(place: Place) -> None:
    for command, option in (
        ("concept", "name"),
        ("compare", "third"),
        ("relate", "first"),
        ("ask", "question"),
    ):
        choices = await place.alice.autocomplete(place.channel, command, option, "")
        assert 1 <= len(choices) <= 25
        assert all(len(c["name"]) <= 100 and len(c["value"]) <= 100 for c in choices)
    assert await place.alice.autocomplete(place.channel, "concept", "name", "po") == [{"name": "Pot", "value": "pot"}]


async def test_a_suggested_question_leads_to_its_own_answer(place: Place) -> None:
    for typed, language, told in (("why", None, "Steam leaves"), ("क्यों", None, "भाप"), ("क्यों", "en", "Steam leaves")):
        (choice,) = await place.alice.autocomplete(place.channel, "ask", "question", typed)
        options = {"language": language} if language else {}
        assert told in shown(await place.alice.slash(place.channel, "ask", question=choice["value"], **options))
    gone = await place.alice.slash(place.channel, "ask", question="kettle-of-old@en")
    assert "A kettle heats water" in shown(gone)


async def test_autocomplete_follows_the_language(place: Place, hindi: None) -> None:
    names = [c["name"] for c in await place.alice.autocomplete(place.channel, "concept", "name", "")]
    assert names == ["केतली", "स्टोव", "बर्तन"]
    chosen = await place.alice.autocomplete(place.channel, "concept", "name", "", language="en")
    assert [c["name"] for c in chosen] == ["Kettle", "Stove", "Pot"]


async def test_a_choice_is_one_click_away(place: Place) -> None:
    await place.alice.slash(place.channel, "ask", question="is it hot?")
    assert labels(raw(place))[:2] == ["Kettle", "Stove"]
    clicked = await place.alice.click(place.last, label="Kettle")
    assert "A thing in a kitchen" in texts({"components": raw(place)})
    assert clicked.acknowledged
    assert not clicked.followups


async def test_somebody_elses_click_changes_nothing_for_the_asker(place: Place) -> None:
    await place.alice.slash(place.channel, "ask", question="is it hot?")
    before = raw(place)
    clicked = await place.bob.click(place.last, label="Stove")
    assert clicked.ephemeral
    assert "Stove" in shown(clicked)
    assert raw(place) == before


async def test_related_is_shown_to_whoever_asks_for_it(place: Place) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle?")
    before = raw(place)
    for person in (place.alice, place.bob):
        chosen = await person.select(place.last, ["why-does-it-whistle"], custom_id=menu(before)["custom_id"])
        assert chosen.ephemeral
        assert "Steam leaves" in shown(chosen)
    assert raw(place) == before


async def test_language_switch_keeps_the_misconception(place: Place) -> None:
    await place.alice.slash(place.channel, "ask", question="केतली?")
    await place.alice.click(place.last, label="English")
    text = texts({"components": raw(place)})
    assert "A kettle heats water" in text
    assert "A common mix-up" in text
    assert labels(raw(place))[-2:] == ["हिन्दी", "Delete"]


async def test_controls_work_after_a_restart(place: Place, expert: SampleExpert) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle?")
    before = place.last
    await place.env.restart_bot(Bot(expert))
    await place.alice.click(before, label="हिन्दी")
    assert "केतली सिर्फ़ पानी" in texts({"components": raw(place)})


async def test_help_changes_its_language_too(place: Place) -> None:
    await place.alice.slash(place.channel, "help")
    await place.alice.click(place.last, label="हिन्दी")
    text = texts({"components": raw(place)})
    assert "मैं रसोई के बारे में" in text
    assert "/तुलना" in text


async def test_an_entry_that_is_gone_is_said_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle?")
    monkeypatch.setattr(SampleExpert, "open", lambda self, reference, *, language="auto": None)
    monkeypatch.setattr(SampleExpert, "ask", lambda self, text, **_: ANSWER["en"])
    clicked = await place.bob.select(place.last, ["concept:pot"], custom_id=menu(raw(place))["custom_id"])
    assert clicked.ephemeral
    assert "no longer" in shown(clicked)


async def test_the_asker_and_moderators_can_delete(place: Place) -> None:
    for person, gone in ((place.bob, False), (place.alice, True), (place.moderator, True)):
        await place.alice.slash(place.channel, "ask", question="kettle?")
        message = place.last
        result = await person.click(message, label="Delete")
        still = any(m.id == message.id for m in place.channel.history())
        assert still is not gone
        if not gone:
            assert result.ephemeral
            assert "Only the person who asked" in shown(result)


async def test_answer_this_links_back(place: Place) -> None:
    asked = await place.bob.send(place.channel, "kettle or stove, who knows?")
    result = await place.alice.context_menu(place.channel, "Answer this", asked)
    assert "A kettle heats water" in shown(result)
    assert asked.jump_url in shown(result)


async def test_answer_this_on_a_message_without_words(place: Place) -> None:
    asked = await place.bob.send(place.channel, "\u200b")
    result = await place.alice.context_menu(place.channel, "Answer this", asked)
    assert result.ephemeral
    assert "no text" in shown(result)


async def test_a_mention_is_answered_without_a_ping(place: Place) -> None:
    me = place.env.bot.user
    assert me is not None
    asked = await place.alice.send(place.channel, f"<@{me.id}> केतली या स्टोव?")
    assert "केतली सिर्फ़ पानी" in texts({"components": raw(place)})
    sent = last_body(place)
    assert sent["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert int(sent["message_reference"]["message_id"]) == asked.id


async def test_a_mention_without_a_question_gives_help(place: Place) -> None:
    me = place.env.bot.user
    assert me is not None
    await place.alice.send(place.channel, f"<@!{me.id}>  ")
    assert "I answer questions about kitchens" in texts({"components": raw(place)})


async def test_what_is_not_meant_for_the_bot_is_left_alone(place: Place) -> None:
    me = place.env.bot.user
    robot = place.env.guild.add_member(place.env.create_user("robot", bot=True))
    assert me is not None
    await place.alice.send(place.channel, "kettle or stove?")
    await place.alice.send(place.channel, "@everyone kettle?")
    await robot.send(place.channel, f"<@{me.id}> kettle?")
    assert all(message.author.id != me.id for message in place.channel.history())


async def test_a_direct_message_is_answered(place: Place) -> None:
    await place.alice.send_dm("kettle?")
    assert "A kettle heats water" in texts(last_body(place))
    await place.alice.send_dm("will the weather be nice?")
    assert "I know kitchens only" in texts(last_body(place))


async def test_a_channel_that_is_closed_to_the_bot_does_no_harm(place: Place) -> None:
    me = place.env.bot.user
    assert me is not None
    place.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, message="Missing Permissions")
    await place.alice.send(place.channel, f"<@{me.id}> kettle?")
    await place.alice.send(place.channel, f"<@{me.id}> kettle?")
    assert "A kettle heats water" in texts({"components": raw(place)})


async def test_a_question_that_was_deleted_is_still_answered(place: Place) -> None:
    me = place.env.bot.user
    assert me is not None
    place.env.inject_error("POST", "/channels/*/messages", status=400, code=50035, message="Unknown message")
    await place.alice.send(place.channel, f"<@{me.id}> kettle?")
    assert "A kettle heats water" in texts({"components": raw(place)})


async def test_a_follow_up_knows_what_was_said(place: Place, expert: SampleExpert) -> None:
    await place.alice.slash(place.channel, "ask", question="kettle?")
    await place.alice.slash(place.channel, "ask", question="how is the weather?")
    await place.alice.slash(place.channel, "ask", question="and why?")
    await place.bob.slash(place.channel, "ask", question="and why?")
    assert expert.followed == [None, ANSWER["en"], ANSWER["en"], None]


@pytest.mark.simcord(check_errors=False)
async def test_an_error_is_one_sentence_and_a_log_line(
    place: Place, caplog: pytest.LogCaptureFixture, hindi: None
) -> None:
    result = await place.alice.slash(place.channel, "ask", question="crash")
    assert result.ephemeral
    assert "गड़बड़" in shown(result)
    assert "Traceback" not in shown(result)
    reference = shown(result).rsplit(" ", 1)[1].strip(")")
    assert f"interaction {reference}: the expert fell ill" in caplog.text


def last_body(place: Place) -> Json:
    """What the bot sent last."""
    body = place.env.http_requests[-1].json
    assert isinstance(body, dict)
    return body


def raw(place: Place) -> list[Json]:
    """The components of the last message as they were stored."""
    components = place.env.backend.get_message(place.channel.id, place.last.id).components
    assert isinstance(components, list)
    return components


def test_both_languages_have_the_same_words() -> None:
    english, hindi = words("discord", "en"), words("discord", "hi")
    assert list(english) == list(hindi)
    for key, text in english.items():
        same = key.endswith(("language.en", "language.hi", "language.hi-Latn"))
        assert same or hindi[key] != text, key
        assert set(placeholders(text)) == set(placeholders(hindi[key])), key


def placeholders(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


def test_say_needs_every_value() -> None:
    with pytest.raises(KeyError):
        say("en", "discord.error.unexpected")
