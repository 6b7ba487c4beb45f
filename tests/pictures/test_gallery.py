"""Pictures are drawn once and beside the event loop, and what fails costs only the picture."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeBase, load
from bot.core.reply import Outcome, Reply
from bot.pictures import Gallery, Picture, paint
from tests.conftest import COFFEE


class Painter:
    """Stands in for drawing; counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.seconds = 0.0
        self.error: Exception | None = None

    def __call__(self, base: KnowledgeBase, reply: Reply) -> Picture | None:
        self.asked.append(f"{reply.entry} {reply.reply_language}")
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return Picture(b"png", "words", "name.png")


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Painter:
    painter = Painter()
    monkeypatch.setattr(paint, "paint", painter)
    return painter


@pytest.fixture
async def gallery() -> AsyncIterator[Gallery]:
    gallery = Gallery(kept=2, patience=0.3)
    yield gallery
    gallery.close()


def concept(expert: Expert, name: str, language: str = "en") -> Reply:
    reply = expert.open(f"concept:{name}", language="hi" if language == "hi" else "en")
    assert reply is not None
    return reply


async def test_a_picture_is_drawn_once_for_a_language(expert: Expert, gallery: Gallery, painter: Painter) -> None:
    for _ in range(3):
        for language in ("en", "hi"):
            picture = await gallery.of(expert.base, concept(expert, "xen", language))
            assert picture is not None
            assert picture.png == b"png"
    assert painter.asked == ["concept:xen en", "concept:xen hi"]


async def test_two_who_ask_at_once_get_the_same(expert: Expert, gallery: Gallery, painter: Painter) -> None:
    painter.seconds = 0.05
    await asyncio.gather(*(gallery.of(expert.base, concept(expert, "xen")) for _ in range(4)))
    assert len(painter.asked) == 1


async def test_only_the_latest_are_kept(expert: Expert, gallery: Gallery, painter: Painter) -> None:
    for name in ("xen", "kvm", "xen", "qemu", "xen", "kvm"):
        await gallery.of(expert.base, concept(expert, name))
    assert painter.asked == [f"concept:{name} en" for name in ("xen", "kvm", "qemu", "kvm")]


async def test_another_base_has_other_pictures(expert: Expert, gallery: Gallery, painter: Painter) -> None:
    await gallery.of(expert.base, concept(expert, "xen"))
    await gallery.of(load(COFFEE), concept(expert, "xen"))
    assert len(painter.asked) == 2


async def test_replies_without_a_picture_wake_nobody(expert: Expert, gallery: Gallery, painter: Painter) -> None:
    plain = expert.ask("how is the weather?")
    assert plain.outcome is Outcome.NO_ANSWER
    for reply in (plain, expert.help(), expert.compare(["xen"])):
        assert await gallery.of(expert.base, reply) is None
    assert painter.asked == []


async def test_a_failure_costs_only_the_picture(
    expert: Expert, gallery: Gallery, painter: Painter, caplog: pytest.LogCaptureFixture
) -> None:
    painter.error = RuntimeError("out of paint")
    assert await gallery.of(expert.base, concept(expert, "xen")) is None
    assert "out of paint" in caplog.text
    painter.error = None
    assert await gallery.of(expert.base, concept(expert, "xen")) is not None


async def test_nobody_waits_long(expert: Expert, gallery: Gallery, painter: Painter) -> None:
    painter.seconds = 0.6
    started = time.perf_counter()
    assert await gallery.of(expert.base, concept(expert, "xen")) is None
    assert time.perf_counter() - started < 0.55
    await asyncio.sleep(0.5)
    assert await gallery.of(expert.base, concept(expert, "xen")) is not None  # it came later, and was kept
    assert len(painter.asked) == 1


async def test_the_event_loop_goes_on(expert: Expert) -> None:
    gallery = Gallery(patience=20)
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.perf_counter())
            await asyncio.sleep(0.005)

    ticking = asyncio.create_task(tick())
    replies = [concept(expert, name, language) for name in ("xen", "kvm", "qemu") for language in ("en", "hi")]
    pictures = [await gallery.of(expert.base, reply) for reply in replies]
    ticking.cancel()
    gallery.close()
    assert pictures[0] is not None
    longest = max(b - a for a, b in pairwise(ticks))
    print(f"the event loop stood still for {longest * 1000:.0f} ms at most")
    assert longest < 0.25


def test_without_shaping_hindi_goes_without(expert: Expert, monkeypatch: pytest.MonkeyPatch) -> None:
    paint._can_write_hindi.cache_clear()
    monkeypatch.setattr(paint, "shapes_devanagari", lambda: False)
    assert paint.paint(expert.base, concept(expert, "xen", "hi")) is None
    assert paint.paint(expert.base, concept(expert, "xen", "en")) is not None
    paint._can_write_hindi.cache_clear()


def test_the_bot_starts_without_the_drawing_library() -> None:
    started = (
        "import asyncio, sys; from bot.core.expert import Expert; from bot.core.knowledge import load; "
        "from bot.discordapp.app import Bot; import bot.cli, bot.service, bot.web.server; "
        f"from pathlib import Path; bot = Bot(Expert(load(Path({str(COFFEE)!r})))); asyncio.run(bot.load()); "
        "sys.exit('PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", started], check=False).returncode == 0
