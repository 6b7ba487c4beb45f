"""How much memory the real process takes: at rest, after many questions, and while knowledge is loaded anew."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.core.knowledge import default_directory, load
from tests.cgroup import memory
from tests.discordapp.test_process import ROOT, bot_process, connected, free_port
from tests.loopback import LoopbackDiscord

CAP = 320
"""MB that it takes at most; compose.yaml leaves room beyond that."""
QUESTIONS = 1000 if os.environ.get("SOAK") else 100

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc here")


def used(pid: int) -> tuple[float, float]:
    """MB that are resident now, and that were at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    now, most = (int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) / 1000 for name in ("VmRSS", "VmHWM"))
    return now, most


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """The real base, to be edited."""
    shutil.copytree(default_directory(), tmp_path / "knowledge")
    return tmp_path / "knowledge"


def edit(knowledge: Path) -> None:
    with (knowledge / "glossary.yaml").open("a", encoding="utf-8") as file:
        file.write("\n# edited\n")


def told(name: str, figures: dict[str, tuple[float, float]]) -> None:
    """The figures, for docs/OPERATIONS.md."""
    print(
        f"\n{name}: " + ", ".join(f"{when} {now:.0f} MB (at most {most:.0f})" for when, (now, most) in figures.items())
    )


@asynccontextmanager
async def page_alone(knowledge: Path) -> AsyncIterator[tuple[int, str]]:
    """A bot without Discord; its id and address."""
    port = free_port()
    given = {"WEB_PORT": str(port), "KNOWLEDGE_DIR": str(knowledge), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=knowledge.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(knowledge.parent)} | given,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process.pid, f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answering(session: ClientSession, address: str) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                async with session.get(f"{address}/live"):
                    return
            except OSError:
                await asyncio.sleep(0.05)


async def reloaded(session: ClientSession, address: str, knowledge: Path) -> None:
    """Edit, and wait until it is taken up."""
    edit(knowledge)
    async with asyncio.timeout(60):
        while True:
            async with session.get(f"{address}/api/state") as state:
                if (await state.json())["version"] > 1:
                    return
            await asyncio.sleep(0.2)


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="takes a minute: make soak")
async def test_the_page_alone(knowledge: Path) -> None:
    texts = [text for q in load(knowledge).questions.values() for _, text in q.phrasings.items()]
    figures = {}
    async with page_alone(knowledge) as (pid, address), ClientSession() as session:
        await answering(session, address)
        figures["at rest"] = used(pid)
        for number in range(QUESTIONS):
            async with session.post(f"{address}/api/ask", json={"text": texts[number % len(texts)]}) as got:
                assert got.status in {200, 429}
            if got.status == 429:
                await asyncio.sleep(0.5)
        figures[f"after {QUESTIONS} questions"] = used(pid)
        await reloaded(session, address, knowledge)
        figures["after a reload"] = used(pid)
    told("page alone", figures)
    assert figures["after a reload"][1] < CAP


async def test_on_discord(knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWLEDGE_DIR", str(knowledge))
    concepts = list(load(knowledge).concepts)
    figures: dict[str, tuple[float, float]] = {}
    with memory(CAP) as cap:
        async with (
            LoopbackDiscord() as server,
            bot_process(server, tmp_path, server.token, prefix=cap.prefix if cap else ()) as process,
        ):
            await worked(server, process, knowledge, concepts, figures)
        assert cap is None or not cap.killed
    told("on Discord" if cap is None else f"on Discord, with {CAP} MB and no more", figures)
    assert figures["after a reload"][1] < CAP


async def worked(
    server: LoopbackDiscord,
    process: asyncio.subprocess.Process,
    knowledge: Path,
    concepts: list[str],
    figures: dict[str, tuple[float, float]],
) -> None:
    """Commands, a reload, and a stop."""
    await connected(server, process)
    figures["at rest"] = used(process.pid)
    for number in range(QUESTIONS // 10):
        # Each with a picture; nobody is that fast, so most are asked to wait.
        await server.slash("concept", name=concepts[number % len(concepts)])
        await server.slash("ask", question=f"what is {concepts[number % len(concepts)]}?")
    figures[f"after {QUESTIONS // 5} commands"] = used(process.pid)
    edit(knowledge)
    process_log = process.stderr
    assert process_log is not None
    async with asyncio.timeout(60):
        while b"loaded anew" not in await process_log.readline():
            pass
    await server.slash("concept", name=concepts[0])
    figures["after a reload"] = used(process.pid)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_a_bound_that_is_too_small_is_the_end(tmp_path: Path) -> None:
    """So that the one above would notice."""
    with memory(48) as cap:
        if cap is None:
            pytest.skip("no control groups that we may use")
        async with (
            LoopbackDiscord() as server,
            bot_process(server, tmp_path, server.token, prefix=cap.prefix) as process,
        ):
            assert await asyncio.wait_for(process.wait(), 60) != 0
        assert cap.killed
