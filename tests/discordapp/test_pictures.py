"""Pictures on their way: which replies carry one, how it is replaced and taken away, and when it is left out."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import discord
import pytest
from PIL import Image
from simcord.env import Env

from bot.discordapp.app import Bot
from bot.pictures import paint
from bot.pictures.letters import shapes_devanagari
from tests.discordapp.description import Json, check, problems
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_commands import Place, last_body, place, raw
from tests.discordapp.test_end_to_end import Live, live, server
from tests.loopback import LoopbackDiscord
from tests.loopback.server import texts
from tests.loopback.world import BOB, BOT, DM

__all__ = ["live", "place", "server"]

pytestmark = pytest.mark.skipif(not shapes_devanagari(), reason="the system has no FriBiDi library")


def galleries(components: list[Json]) -> list[Json]:
    """Everything that shows pictures."""
    found: list[Json] = []
    for component in components:
        found += [component] if component["type"] == 12 else []
        found += galleries(component.get("components") or [])
    return found


def described(components: list[Json]) -> str:
    """The words of the only picture; empty if there is none."""
    items = [item for gallery in galleries(components) for item in gallery["items"]]
    assert len(items) <= 1
    return str(items[0]["description"]) if items else ""


async def test_concepts_and_paths_carry_a_picture(place: Place) -> None:
    for command, options, told in (
        ("concept", {"name": "pot"}, "Pot stands on Stove"),
        ("relate", {"first": "pot", "second": "stove"}, "Pot stands on Stove"),
        ("concept", {"name": "pot", "language": "hi"}, "बर्तन को स्टोव पर रखा जाता है"),
        ("concept", {"name": "pot", "private": True}, "Pot stands on Stove"),
    ):
        result = await place.alice.slash(place.channel, command, **options)
        assert result.response is not None
        assert told in described(result.response.components)
        assert result.ephemeral == bool(options.get("private"))


async def test_a_table_is_drawn_only_where_a_phone_could_not_show_it(place: Place) -> None:
    narrow = await place.alice.slash(place.channel, "compare", first="kettle", second="stove")
    assert narrow.response is not None
    assert "```" in texts({"components": narrow.response.components})
    assert described(narrow.response.components) == ""
    wide = await place.alice.slash(place.channel, "compare", first="kettle", second="stove", language="hi")
    assert wide.response is not None
    assert "पावर – केतली: 3 kW; स्टोव: 2 kW" in described(wide.response.components)


async def test_answers_to_questions_carry_none(place: Place) -> None:
    result = await place.alice.slash(place.channel, "ask", question="kettle or stove?")
    assert result.response is not None
    assert described(result.response.components) == ""


async def test_the_other_language_brings_its_own_picture(place: Place) -> None:
    await place.alice.slash(place.channel, "concept", name="pot")
    await place.alice.click(place.last, label="हिन्दी")
    assert "बर्तन को स्टोव पर" in described(raw(place))
    assert [file.filename for file in place.last.attachments] == ["concept-pot.png"]


async def test_a_reply_without_a_picture_takes_the_old_one_away(place: Place) -> None:
    await place.alice.slash(place.channel, "compare", first="kettle", second="stove", language="hi")
    assert described(raw(place))
    await place.alice.click(place.last, label="English")
    assert described(raw(place)) == ""
    assert place.last.attachments == []


async def test_what_is_opened_from_a_menu_carries_its_picture(place: Place) -> None:
    await place.alice.slash(place.channel, "ask", question="is it hot?")
    assert described(raw(place)) == ""
    await place.alice.click(place.last, label="Kettle")
    assert "Kettle is unlike Stove" in described(raw(place))


async def test_without_the_permission_the_reply_goes_alone(simcord_env: Env) -> None:
    guild = simcord_env.create_guild()
    alice = guild.add_member(simcord_env.create_user("alice"))
    closed = discord.PermissionOverwrite(attach_files=False)
    channel = guild.create_text_channel("words-only", overwrites={guild.default_role: closed})
    for command, options in (("concept", {"name": "pot"}), ("relate", {"first": "pot", "second": "stove"})):
        result = await alice.slash(channel, command, **options)
        assert result.response is not None
        assert described(result.response.components) == ""
        assert texts({"components": result.response.components})


async def test_a_picture_that_fails_does_not_stop_the_reply(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("the font is gone")

    monkeypatch.setattr(paint, "paint", fail)
    result = await place.alice.slash(place.channel, "concept", name="pot")
    assert result.response is not None
    assert "A thing in a kitchen" in texts({"components": result.response.components})
    assert described(result.response.components) == ""
    assert "the font is gone" in caplog.text


async def test_direct_messages_carry_pictures_too(place: Place, expert: SampleExpert, monkeypatch: Any) -> None:
    monkeypatch.setattr(SampleExpert, "ask", lambda self, text, **_: expert.concept("pot"))
    await place.alice.send_dm("pot?")
    assert "Pot stands on Stove" in described(last_body(place)["components"])
    me = place.env.bot.user
    assert me is not None
    await place.alice.send(place.channel, f"<@{me.id}> pot?")
    assert "Pot stands on Stove" in described(last_body(place)["components"])
    sent = place.env.http_requests[-1]
    assert check(sent.method, sent.path, sent.json) == []


async def test_the_file_goes_over_the_wire(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        for command, options in (
            ("concept", {"name": "pot"}),
            ("concept", {"name": "pot", "language": "hi", "private": True}),
            ("relate", {"first": "pot", "second": "stove"}),
            ("compare", {"first": "kettle", "second": "stove", "language": "hi"}),
        ):
            exchange = await server.slash(command, **options)
            assert exchange.ephemeral == ("private" in options)
            shows_the_file(server, exchange.data)
        told = exchange.message
        assert told is not None
        assert told["attachments"][0]["description"] == described(told["components"])

        in_english = await server.press(told, "English")
        assert in_english.data["attachments"] == []
        assert server.requests[-1].files == {}
        pot = await server.slash("concept", name="pot")
        assert pot.message is not None
        in_hindi = await server.press(pot.message, "हिन्दी")
        assert "बर्तन को स्टोव पर" in shows_the_file(server, in_hindi.data)
        for_bob = await server.press(pot.message, "हिन्दी", user=BOB)
        assert for_bob.ephemeral
        shows_the_file(server, for_bob.data)
        shows_the_file(server, (await server.slash("concept", name="pot", channel=DM)).data)
    assert problems(server.requests) == []


async def test_a_mention_gets_the_file(
    server: LoopbackDiscord, live: Live, expert: SampleExpert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SampleExpert, "ask", lambda self, text, **_: expert.concept("pot"))
    async with live():
        told = await server.say(f"<@{BOT}> pot?")
        assert told is not None
        shows_the_file(server, server.requests[-1].body)
        # The message is gone by now: the second try brings the file again.
        server.fail_next("/messages$", 400, body={"message": "Unknown message", "code": 50035})
        told = await server.say(f"<@{BOT}> pot?")
        assert told is not None
        shows_the_file(server, server.requests[-1].body)


def shows_the_file(server: LoopbackDiscord, data: Json) -> str:
    """The picture that was sent last opens, is the one that the message shows, and has its words."""
    ((name, png),) = server.requests[-1].files.items()
    with Image.open(BytesIO(png)) as image:
        image.load()
        assert image.format == "PNG"
    (file,) = data["attachments"]
    assert file["filename"] == name
    (gallery,) = galleries(data["components"])
    assert gallery["items"][0]["media"]["url"] == f"attachment://{name}"
    assert file["description"] == gallery["items"][0]["description"]
    return described(data["components"])


async def test_closing_the_bot_ends_the_drawing(expert: SampleExpert) -> None:
    bot = Bot(expert)
    reply = expert.concept("pot")
    assert await bot.desk._gallery.of(expert.base, reply) is not None
    await bot.close()
    assert bot.desk._gallery._worker is None
