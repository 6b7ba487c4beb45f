"""How much one bot process carries.

    python -m tools.load [--seconds 10] [--commands 200] [--messages 5000]

Starts the loopback Discord and an unmodified bot, and is more people than a bot ever meets.  Nothing leaves
this machine.  It always ends: at most a minute a scenario.  Prints one table, as docs/OPERATIONS.md has it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.locales import say
from tests.loopback import Exchange, LoopbackDiscord
from tests.loopback.world import ALICE, BOB, BOT, CHANNEL, GUILD, Json, member, message

ROOT: Final = Path(__file__).parents[1]
DEADLINE: Final = 3.0
"""Seconds that Discord waits for the first response to an interaction."""
GRACE: Final = 5.0
"""Seconds that this tool waits for what is still missing at the end."""
TICK: Final = 0.002
AT_ONCE: Final = 50
LONGEST: Final = 60.0
MOST: Final = 20_000


@dataclass(frozen=True)
class Used:
    """What the bot's process has taken from the machine so far; zeros where /proc does not tell."""

    seconds: float
    processor: float
    memory: float
    """MB that are resident."""

    @classmethod
    def now(cls, pid: int) -> Used:
        try:
            times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            return cls(time.monotonic(), 0.0, 0.0)
        ticks = int(times[11]) + int(times[12])
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        return cls(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), memory)


class Crowd:
    """Everybody who wants something of the bot."""

    def __init__(self, server: LoopbackDiscord, process: asyncio.subprocess.Process, log: Path) -> None:
        self.server, self.process, self.log = server, process, log
        expert = Expert(load())
        chance = random.Random(1)  # noqa: S311 - the same questions each time
        asked = [text for q in expert.base.questions.values() for text in (q.title.en, q.title.hi)]
        self._questions = itertools.cycle(chance.sample(asked, len(asked)))
        self._concepts = itertools.cycle(expert.base.concepts)
        author = {key: value for key, value in member(BOB).items() if key != "user"}
        heard = message("MESSAGE_ID", CHANNEL, BOB, {}) | {"guild_id": GUILD, "member": author}
        # Written once: the other side of the line is to be busy, not this one.
        self._heard = json.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": None, "d": heard})
        self._ids = itertools.count(int(CHANNEL) + 10_000_000)

    async def command(self, number: int) -> Exchange:
        """One of ten looks a concept up, picture and all; the others ask."""
        somewhere = self._somewhere()
        if number % 10 == 0:
            return await self.server.slash("concept", name=next(self._concepts), wait=False, **somewhere)
        return await self.server.slash("ask", question=next(self._questions), wait=False, **somewhere)

    async def mention(self) -> Json:
        """A question in a channel."""
        return await self.server.ask(next(self._questions), **self._somewhere())

    def _somewhere(self) -> dict[str, str]:
        """Somebody new in another channel, to whom no cooldown applies."""
        return {"user": str(next(self._ids)), "channel": str(next(self._ids))}

    async def chatter(self) -> None:
        """A message that is not for the bot; its text is not shown to it."""
        await self.server.gateway.send(self._heard.replace("MESSAGE_ID", str(next(self._ids))))


async def at_rate(rate: float, seconds: float, act: Callable[[int], Awaitable[object]]) -> int:
    """Do something `rate` times a second, as far as the other side takes it; how often it was done."""
    started, done = time.monotonic(), 0
    while (passed := time.monotonic() - started) < seconds:
        for _ in range(min(int(passed * rate) - done, AT_ONCE)):
            await act(done)
            done += 1
        # What the bot answers has its turn, too, even if this falls behind.
        await asyncio.sleep(0 if int(passed * rate) - done > 0 else TICK)
    return done


async def commands_alone(crowd: Crowd, rate: float, seconds: float) -> Iterator[tuple[str, str]]:
    """Only commands, at an even rate."""
    asked: list[Exchange] = []

    async def act(number: int) -> None:
        asked.append(await crowd.command(number))

    return await measured(crowd, asked, at_rate(rate, seconds, act))


async def all_at_once(crowd: Crowd, count: int) -> Iterator[tuple[str, str]]:
    """A second's commands in one moment."""
    asked: list[Exchange] = []

    async def act() -> int:
        asked.extend([await crowd.command(number) for number in range(count)])
        return count

    return await measured(crowd, asked, act())


async def in_the_crowd(crowd: Crowd, rate: float, seconds: float) -> Iterator[tuple[str, str]]:
    """A busy gateway: among the chatter 20 commands and 5 mentions a second."""
    asked: list[Exchange] = []
    mentions: list[Json] = []

    async def act(number: int) -> None:
        await crowd.chatter()
        if number % max(1, int(rate / 20)) == 0:
            asked.append(await crowd.command(number))
        if number % max(1, int(rate / 5)) == 0:
            mentions.append(await crowd.mention())

    rows = await measured(crowd, asked, at_rate(rate, seconds, act))
    answered = sum(1 for question in mentions if len(crowd.server.answers(question)) == 1)
    return itertools.chain(rows, [("mentions answered once", f"{answered} of {len(mentions)}")])


async def measured(crowd: Crowd, asked: list[Exchange], act: Awaitable[int]) -> Iterator[tuple[str, str]]:
    """Let it happen, wait for what is missing, and tell how it went."""
    before = Used.now(crowd.process.pid)
    turned_away = crowd.log.read_text("utf-8").count("not taken")
    done = await act
    took = time.monotonic() - before.seconds
    after = Used.now(crowd.process.pid)
    until = time.monotonic() + GRACE
    while any(it.responded is None for it in asked) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    times = sorted(it.responded - it.sent for it in asked if it.responded is not None)
    busy = sum(say("en", "discord.error.busy") in it.text for it in asked)
    after = Used.now(crowd.process.pid) if took < 1 else after
    return iter(
        [
            ("events sent", f"{done} in {took:.1f} s ({done / took:.0f}/s)"),
            ("commands", str(len(asked))),
            ("first response, p50", f"{statistics.median(times) * 1000:.0f} ms" if times else "-"),
            ("first response, p99", f"{at(times, 0.99) * 1000:.0f} ms" if times else "-"),
            ("later than 3 s", str(sum(taken > DEADLINE for taken in times))),
            ("never", str(sum(it.responded is None for it in asked))),
            ("told that the bot is busy", str(busy)),
            ("turned away, in the log", str(crowd.log.read_text("utf-8").count("not taken") - turned_away)),
            ("processor", f"{(after.processor - before.processor) / (after.seconds - before.seconds):.0%} of one core"),
            ("memory", f"{before.memory:.0f} → {after.memory:.0f} MB"),
        ]
    )


def at(times: Sequence[float], share: float) -> float:
    """The time within which that share was done."""
    return times[min(len(times) - 1, int(len(times) * share))]


@asynccontextmanager
async def running_bot(server: LoopbackDiscord) -> AsyncIterator[tuple[asyncio.subprocess.Process, Path]]:
    """The process as an owner starts it, and the file of its log."""
    with tempfile.TemporaryDirectory() as directory, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        log = Path(directory) / "log"
        settings = {
            "DISCORD_TOKEN": server.token,
            "DISCORD_API_BASE": server.api_base,
            "DISCORD_GATEWAY_URL": server.gateway_url,
            "DATA_DIR": directory,
            "WEB_PORT": str(port),
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
            "HOME": directory,
        }
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=directory, env=settings, stdout=file, stderr=file
            )
        try:
            await server.gateway.until(lambda: server.gateway.connected, 60)
            yield process, log
        finally:
            process.terminate()
            await process.wait()


async def main(given: argparse.Namespace) -> None:
    """All scenarios, one after the other, through one bot."""
    async with LoopbackDiscord() as server, running_bot(server) as (process, log):
        crowd = Crowd(server, process, log)
        await server.say(f"<@{BOT}> hello", user=ALICE)
        scenarios = [
            (f"{given.commands:.0f} commands/s", commands_alone(crowd, given.commands, given.seconds)),
            (f"{given.messages:.0f} messages/s", in_the_crowd(crowd, given.messages, given.seconds)),
            (f"{given.commands:.0f} commands at once", all_at_once(crowd, int(given.commands))),
        ]
        print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
        for name, scenario in scenarios:
            print(f"\n{name}")
            for row, value in await scenario:
                print(f"  {row:26} {value}")
        print(f"\nload {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How much one bot process carries, against the loopback Discord.")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each scenario")
    parser.add_argument("--commands", type=float, default=200.0, help="a second")
    parser.add_argument("--messages", type=float, default=5000.0, help="a second, that are not for the bot")
    chosen = parser.parse_args()
    if not 0 < chosen.seconds <= LONGEST or not 0 < max(chosen.commands, chosen.messages) <= MOST:
        parser.error(f"at most {LONGEST:g} seconds and {MOST} a second")
    asyncio.run(main(chosen))
