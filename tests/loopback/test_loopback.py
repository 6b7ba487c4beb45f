"""The loopback Discord is as strict as the real one where the tests of the bot rely on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.loopback import LoopbackDiscord
from tests.loopback.gateway import HELLO, IDENTIFY, INVALID_SESSION, RESUME
from tests.loopback.world import BOT, CHANNEL, find_component, message


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


async def test_requests_need_the_token_and_are_recorded(server: LoopbackDiscord, client: aiohttp.ClientSession) -> None:
    for token, status in (("wrong", 401), (server.token, 200)):
        headers = {"Authorization": f"Bot {token}"}
        async with client.post(
            f"{server.api_base}/channels/{CHANNEL}/messages", json={"content": "hi"}, headers=headers
        ) as response:
            assert response.status == status
    assert [(r.path, r.body, r.status) for r in server.requests] == [
        (f"/channels/{CHANNEL}/messages", {"content": "hi"}, 401),
        (f"/channels/{CHANNEL}/messages", {"content": "hi"}, 200),
    ]


async def test_an_interaction_can_be_answered_once(server: LoopbackDiscord, client: aiohttp.ClientSession) -> None:
    async with client.post(f"{server.api_base}/interactions/1/unknown/callback", json={"type": 6}) as response:
        assert (await response.json())["code"] == 10062


async def test_the_gateway_refuses_a_wrong_token(server: LoopbackDiscord, client: aiohttp.ClientSession) -> None:
    async with client.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == HELLO
        await socket.send_json({"op": IDENTIFY, "d": {"token": "wrong"}})
        assert (await socket.receive()).data == 4004


async def test_an_unknown_session_is_not_resumed(server: LoopbackDiscord, client: aiohttp.ClientSession) -> None:
    async with client.ws_connect(server.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": RESUME, "d": {"token": server.token, "session_id": "x", "seq": 1}})
        assert await socket.receive_json() == {"op": INVALID_SESSION, "d": False, "s": None, "t": None}


async def test_it_can_be_used_from_outside(server: LoopbackDiscord, client: aiohttp.ClientSession) -> None:
    outside = server.api_base.removesuffix("/api/v10") + "/loopback"
    async with client.ws_connect(server.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": IDENTIFY, "d": {"token": server.token}})
        events = [(await socket.receive_json())["t"] for _ in range(2)]
        assert events == ["READY", "GUILD_CREATE"]
        used = asyncio.create_task(client.post(f"{outside}/slash", json={"command": "help", "private": True}))
        event = (await socket.receive_json())["d"]
        assert event["data"]["options"] == [{"type": 5, "name": "private", "value": True}]
        callback = f"{server.api_base}/interactions/{event['id']}/{event['token']}/callback"
        async with client.post(callback, json={"type": 4, "data": {"content": "hello"}}) as response:
            assert (await response.json())["resource"]["message"]["author"]["id"] == BOT
        async with await used as response:
            assert (await response.json())["callback"]["data"] == {"content": "hello"}
    async with client.get(f"{outside}/requests") as response:
        assert len(await response.json()) == 1


def test_only_what_is_there_can_be_pressed() -> None:
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": "g:1"}
    shown = message("1", CHANNEL, BOT, {"components": [{"type": 1, "components": [button]}]})
    assert find_component(shown, "g:")["custom_id"] == find_component(shown, "Go")["custom_id"] == "g:1"
    with pytest.raises(LookupError, match="g:1"):
        find_component(shown, "stop")
