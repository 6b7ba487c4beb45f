"""Events with anything in any place: nothing stops the bot, and nothing is answered twice."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from typing import Any

import pytest

from bot.discordapp import transport
from tests.faults.conftest import Life, Live, is_well, until
from tests.loopback import LoopbackDiscord
from tests.loopback.world import ALICE, BOT, CHANNEL, GUILD, Json, member, message

ODD: list[Any] = [
    None, True, False, 0, -1, 2**63, 2**64, 1e308, "", " ", "x", "0", "-1", str(2**70), "\u202e\u0000", "kettle " * 300,
    [], {},
    [None], [[]], [{}], {"id": "1"}, {"id": None}, ["x"] * 50, "2026-13-99T00:00:00", "@everyone",
]  # fmt: skip
EACH = 150


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, child in inside for found in ((*path, key), *places(child, (*path, key)))]


def spoilt(event: Json, chance: random.Random) -> Json:
    """With one to three things changed or taken out, but the same id."""
    changed = copy.deepcopy(event)
    for _ in range(chance.randint(1, 3)):
        *path, last = chance.choice(places(changed))
        holder: Any = changed
        for step in path:
            holder = holder[step]
        if chance.random() < 0.3:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))
    return changed | {"id": event["id"]} if chance.random() < 0.9 else changed


async def send(server: LoopbackDiscord, life: Life, name: str, data: Any) -> None:
    """Twice, and no more at once than can be carried."""
    for _ in range(2):
        await server.gateway.send(json.dumps({"op": 0, "t": name, "s": None, "d": data}))
    await until(lambda: len(life.bot.intake.open) < 10, 20)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes wrong on the way here, however busy this machine is."""
    monkeypatch.setattr(transport, "PATIENCE", 20.0)
    monkeypatch.setattr(transport, "RESPONSE_PATIENCE", 20.0)


@pytest.mark.parametrize("seed", [1, 2])
async def test_spoilt_messages(server: LoopbackDiscord, live: Live, seed: int) -> None:
    chance = random.Random(seed)
    sent: list[str] = []
    async with live() as life:
        for number in range(EACH):
            whole = message(str(10**17 + number), CHANNEL, ALICE, {"content": f"<@{BOT}> kettle?"}) | {
                "guild_id": GUILD,
                "member": {key: value for key, value in member(ALICE).items() if key != "user"},
                "mentions": [member(BOT)["user"]],
                "message_reference": {"message_id": "1", "channel_id": CHANNEL, "guild_id": GUILD},
            }
            sent.append(whole["id"])
            name = chance.choice(["MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"])
            event = spoilt(whole, chance)
            await send(server, life, name, event)
        assert await is_well(server)
        assert server.gateway.connections == 1, "the bot let go of the connection"
    answered = Counter(str((said.get("message_reference") or {}).get("message_id")) for said in server.said())
    assert [id for id in sent if answered[id] > 1] == []
    assert sum(answered[id] for id in sent) > EACH // 10, "hardly any was whole enough to be answered"


@pytest.mark.parametrize("kind", ["ask", "concept", "press", "autocomplete"])
async def test_spoilt_interactions(server: LoopbackDiscord, live: Live, kind: str) -> None:
    chance = random.Random(kind)
    sent: list[str] = []
    async with live() as life:
        match kind:
            case "ask":
                whole = (await server.slash("ask", question="kettle?")).event
            case "concept":
                whole = (await server.slash("concept", name="kettle")).event
            case "press":
                told = await server.say(f"<@{BOT}> kettle?")
                assert told is not None
                whole = (await server.press(told, "हिन्दी")).event
            case _:
                await server.autocomplete("ask", "question", "k")
                whole = server._exchanges[next(reversed(server._exchanges))].event
        for number in range(EACH):
            token = f"spoilt-{number}"
            sent.append(token)
            event = spoilt(whole | {"id": str(10**17 + number)}, chance) | {"token": token}
            await send(server, life, "INTERACTION_CREATE", event)
        assert await is_well(server)
        assert server.gateway.connections == 1, "the bot let go of the connection"
    responses = Counter(r.path.split("/")[3] for r in server.requests if r.path.endswith("/callback"))
    assert sum(responses[token] for token in sent) > EACH // 10, "hardly any was whole enough to be answered"
    assert [token for token in sent if responses[token] > 1] == []
