"""Three days in a few minutes: nothing grows, whoever asks, wherever, whatever, and however often knowledge changes."""

from __future__ import annotations

import asyncio
import datetime
import gc
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, Final

import pytest
from pydantic import SecretStr

from bot import service
from bot.community import community as at_hand
from bot.community.community import WAITING, Community
from bot.core.knowledge import default_directory
from bot.core.reply import Reply
from bot.core.understand import vocabulary
from bot.discordapp import Monitor, app, gateway, serve
from bot.discordapp.desk import Place
from bot.discordapp.recent import Recent
from bot.insights import ENTRIES, MINUTES, TIMES, Insights
from bot.pictures.gallery import KEPT
from bot.reload import Library, aside
from bot.store import Store
from bot.store.model import GuildSettings
from tests.discordapp.test_end_to_end import Settings
from tests.faults.conftest import until
from tests.loopback import LoopbackDiscord
from tests.loopback.gateway import IDENTIFY
from tests.loopback.world import ALICE, BOB, BOT, CHANNEL, EPOCH, GUILD, NOW, Json, guild, member, message

pytestmark = pytest.mark.skipif(not os.environ.get("SOAK"), reason="takes minutes: make soak")

HOURS: Final = 72
WARM: Final = 18
"""Hours after which every cache has been full once."""
AN_HOUR: Final = 80
"""Things that happen in an hour, as Discord tells them; nearly half are for the bot."""
AT_THE_DESK: Final = 150
"""Questions in an hour that come without Discord."""
SERVERS: Final = 30
CAPACITY: Final = 200
"""What `Recent` holds here, so that it is full within the warm-up."""
GROWTH: Final = 0.04
"""Share of the allocated blocks by which there may be more after the warm-up: servers that are still known."""
ROOM: Final = 12.0
"""MB by which the process may grow after the warm-up: holes that bases of many days leave."""


@dataclass
class World:
    """Servers that come and go, and people who write there."""

    server: LoopbackDiscord
    bot: app.Bot
    library: Library
    chance: random.Random
    now: float = 1_795_860_000.0
    ids: Iterator[int] = field(default_factory=lambda: iter(range(EPOCH + 1_000_000, EPOCH + 10**9)))
    here: list[tuple[str, str]] = field(default_factory=list)
    """Servers and their channels."""
    asked: int = 0

    def __post_init__(self) -> None:
        base = self.library.expert.base
        self._texts = [text for q in base.questions.values() for _, text in q.phrasings.items()]
        self._concepts = list(base.concepts)
        self._guild = json.dumps(guild("en-US"))

    def next(self) -> str:
        return str(next(self.ids))

    async def join(self) -> None:
        """The bot comes to a new server, which wants its channel watched."""
        place = self.next(), self.next()
        self.here.append(place)
        await self.bot.community.choose(int(place[0]), GuildSettings(channels=(int(place[1]),), keep_texts=True))
        told = json.loads(self._guild.replace(GUILD, place[0]).replace(CHANNEL, place[1]))
        await self.server.gateway.dispatch("GUILD_CREATE", told)

    async def leave(self) -> None:
        """The bot is thrown out of the oldest."""
        id, _ = self.here.pop(0)
        await self.server.gateway.dispatch("GUILD_DELETE", {"id": id})

    def text(self) -> str:
        """A question of the base, with words that nobody has written before."""
        words = self.chance.choice(self._texts).split()
        for _ in range(self.chance.randrange(3)):
            new = "".join(self.chance.choices("abcdeghiknorstuकखगचजतनमरसअइउ", k=self.chance.randrange(3, 12)))
            words.insert(self.chance.randrange(len(words) + 1), new)
        return " ".join(words)

    async def write(self, text: str, *, to_us: bool) -> Json:
        """Somebody writes in one of the servers."""
        id, channel = self.chance.choice(self.here)
        written = message(self.next(), channel, BOB, {"content": f"<@{BOT}> {text}" if to_us else text})
        person = {"id": str(EPOCH + 50_000 + self.chance.randrange(3_000)), "username": "p", "discriminator": "0"}
        written |= {"guild_id": id, "author": written["author"] | person}
        written["member"] = {key: value for key, value in member(BOB).items() if key != "user"}
        written["mentions"] = [{"id": BOT, "username": "bot", "discriminator": "0", "avatar": None}] if to_us else []
        await self.server.gateway.dispatch("MESSAGE_CREATE", written)
        return written

    async def ask(self) -> None:
        """Somebody asks, and what was said before may matter."""
        id, channel = self.chance.choice(self.here)
        place = Place(self.chance.randrange(3_000), int(channel), int(id), thread=self.chance.random() < 0.3)
        reply = await self.bot.desk.ask(self.text(), place)
        self.bot.desk._count(reply, place.guild)
        self.bot.desk._remember(place, int(self.next()), reply)
        self.asked += 1

    async def happen(self) -> None:
        """One thing, and half a minute passes."""
        self.now += 3600 / AN_HOUR
        kind = self.chance.random()
        if kind < 0.3:
            asked = await self.write(self.text(), to_us=True)
            await self.server.until(lambda: bool(self.server.answers(asked)))
            self.asked += 1
            if kind < 0.1:
                ending: Json = {"id": asked["id"], "channel_id": asked["channel_id"], "guild_id": asked["guild_id"]}
                if kind < 0.05:
                    await self.server.gateway.dispatch("MESSAGE_DELETE", ending)
                else:
                    edited = asked | {"edited_timestamp": NOW, "content": f"<@{BOT}> {self.text()}"}
                    await self.server.gateway.dispatch("MESSAGE_UPDATE", edited)
        elif kind < 0.4:
            shown = await self.server.slash("concept", name=self.chance.choice(self._concepts))
            self.asked += 1
            if kind < 0.33 and shown.message is not None:
                await self.server.press(shown.message, "हिन्दी", user=ALICE)
        elif kind < 0.45:
            await self.server.autocomplete("ask", "question", self.text()[:20])
            await self.server.slash("ask", question=self.text())
            self.asked += 1
        else:
            await self.write(self.text() if kind < 0.7 else "so she said that it was fine", to_us=False)


def simulate(monkeypatch: pytest.MonkeyPatch, world: World, community: Community) -> list[Recent[Any]]:
    """Let everything that forgets in time see the world's time; returns all that remembers."""
    desk, pace, intake = world.bot.desk, world.bot.pace, world.bot.intake
    watch: Any = world.bot.get_cog("Watch")
    monkeypatch.setattr(at_hand, "time", SimpleNamespace(monotonic=lambda: world.now))
    community.clock = lambda: datetime.datetime.fromtimestamp(world.now, datetime.UTC)
    for thing in (pace, watch.talk):
        monkeypatch.setattr(thing, "_clock", lambda: world.now)
    owners = (desk, pace, intake, watch.talk, watch.topics, world.bot.overrides, *world.bot.cogs.values())
    found = [value for owner in owners for value in vars(owner).values() if isinstance(value, Recent)]
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 0.02)
    for recent in found:
        monkeypatch.setattr(recent, "_clock", lambda: world.now)
        monkeypatch.setattr(recent, "_capacity", CAPACITY)
    return found


def resident() -> float:
    """MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory, where there is one: no disk sets the pace of three days."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as directory:
        yield Path(directory)


async def test_nothing_grows_in_three_days(
    tmp_path: Path, fast: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service._spare_memory()
    knowledge = tmp_path / "knowledge"
    shutil.copytree(default_directory(), knowledge)
    library = Library.open(knowledge)
    glossary = knowledge / "glossary.yaml"
    terms = glossary.read_text("utf-8")
    community = Community(Store(f"sqlite:///{fast / 'store.sqlite3'}", patience=60.0, rest=0.0))
    await community.prepare()
    stop, monitors = asyncio.Event(), list[Monitor]()
    rows: list[tuple[int, int, int, int, float]] = []
    async with LoopbackDiscord() as server:
        settings = Settings(SecretStr(server.token), server.api_base, server.gateway_url, tmp_path, read_messages=True)
        world: World | None = None
        insights = Insights(lambda: world.now if world else time.time())

        def replied(reply: Reply, took: float | None) -> None:
            insights.record(reply, surface="discord", elapsed_ms=took)

        life = asyncio.create_task(
            serve(
                settings,
                lambda: library.expert,
                stop=stop,
                on_start=monitors.append,
                on_reply=replied,
                community=community,
            )
        )
        await server.gateway.until(lambda: server.gateway.connected, 30)
        bot: Any = monitors[0]._client
        world = World(server, bot, library, random.Random(72))
        recents = simulate(monkeypatch, world, community)
        for _ in range(SERVERS):
            await world.join()
        for hour in range(1, HOURS + 1):
            for _ in range(AN_HOUR):
                await world.happen()
            for _ in range(AT_THE_DESK):
                await world.ask()
            for _ in range(3):
                await world.join()
                await world.leave()
            if hour % 3 == 0:
                # Every second edit is a bad one.
                glossary.write_text(f"{terms}\n# {hour}\n" if hour % 2 else "- nonsense", "utf-8")
                await aside(library.refresh)
            await community.flush()
            await bot.cogs["Housekeeping"].round()
            if hour % 12 == 0:
                await server.gateway.drop()
                await server.gateway.until(lambda: server.gateway.connected)
            await until(lambda: not bot.intake.open, 20)
            server.forget()
            caplog.clear()

            assert recents
            assert max(map(len, recents)) <= CAPACITY
            assert (len(insights._entries) <= ENTRIES, len(insights._minutes) <= MINUTES) == (True, True)
            assert len(insights._times) <= TIMES
            assert len(bot.desk._gallery._pictures) <= KEPT
            assert len(library.expert.reader.vocabulary._heard) <= vocabulary._REMEMBERED
            assert community.waiting <= WAITING
            assert len(community._reading) <= SERVERS
            assert (len(bot.intake._tasks), len(bot.intake._apologies)) == (0, 0)
            assert len(bot.guilds) == SERVERS + 1
            gc.collect()
            rows.append((hour, world.asked, len(asyncio.all_tasks()), sys.getallocatedblocks(), resident()))
            if hour % 6 == 0 or hour == WARM:
                print("hour {:3}  asked {:6}  tasks {:3}  blocks {:8}  {:.1f} MB".format(*rows[-1]), flush=True)
        stop.set()
        await asyncio.wait_for(life, 20)
        assert server.gateway.count(IDENTIFY) <= 1
    warm, end = rows[WARM - 1], rows[-1]
    assert end[1] > 10_000
    assert library.reloads["used"] >= 10
    assert library.reloads["refused"] >= 10
    late = rows[WARM:]
    assert max(row[2] for row in late) <= max(row[2] for row in rows[:WARM]) + 2, "tasks that nobody ends"
    assert end[3] < warm[3] * (1 + GROWTH), f"{warm[3]} blocks became {end[3]}"
    # What is resident goes up and down with each base that is loaded: the middle of half a day is told apart.
    before, after = (median(row[4] for row in some) for some in (rows[WARM - 12 : WARM], rows[-12:]))
    assert after < before + ROOM, f"{before:.0f} MB became {after:.0f} MB"
