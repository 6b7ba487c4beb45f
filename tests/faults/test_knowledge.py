"""Knowledge that is edited badly while people ask: the old base answers until a good one is there."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot import reload
from bot.core import start as starting
from bot.core.knowledge import load
from bot.core.start import start
from bot.reload import Library
from bot.web import Access, make_app, serve
from bot.web.access import Rate
from tests.conftest import Damage
from tests.faults.conftest import until

DRINKS = "concepts/drinks.yaml"


@pytest.fixture
def base(damage: Damage) -> Path:
    """A base that may be spoiled."""
    return damage(DRINKS, "", "")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files are looked at all the time, and nothing was read before."""
    monkeypatch.setattr(reload, "EVERY", 0.02)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@dataclass
class Asking:
    """Somebody who asks over HTTP without a pause."""

    library: Library
    address: str
    session: ClientSession
    statuses: list[int] = field(default_factory=list)

    async def for_ever(self) -> None:
        while True:
            async with self.session.post(f"{self.address}/api/ask", json={"text": "espresso or moka pot?"}) as got:
                told = await got.json()
                self.statuses.append(got.status if told["entry"] == "espresso-or-moka-pot" else 0)

    async def title(self) -> str:
        """What an espresso is called now."""
        async with self.session.get(f"{self.address}/api/concepts/espresso") as got:
            return str((await got.json())["title"])

    async def problems(self) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.address}/api/entries") as got:
            found: list[dict[str, Any]] = (await got.json())["problems"]
            return found

    async def refused(self) -> None:
        await until(lambda: self.library.problems, 20)

    async def used(self, version: int) -> None:
        await until(lambda: self.library.version > version and not self.library.problems, 20)


async def asking_on(directory: Path) -> AsyncIterator[Asking]:
    library = Library.open(directory)
    runner = await serve(make_app(library, access=Access(rate=Rate(10**9, 1e9))), "127.0.0.1", 0)
    async with ClientSession() as session:
        it = Asking(library, f"http://127.0.0.1:{runner.addresses[0][1]}", session)
        tasks = [asyncio.create_task(library.watch()), asyncio.create_task(it.for_ever())]
        yield it
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks), "somebody stopped watching or asking"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await runner.cleanup()
    assert len(it.statuses) > 10
    assert set(it.statuses) == {200}, "somebody got no answer meanwhile"


@pytest.fixture
async def asking(base: Path) -> AsyncIterator[Asking]:
    async for it in asking_on(base):
        yield it


def rename(path: Path, name: str) -> None:
    """Call espresso something else, as an editor does: the file is written anew."""
    text = path.read_text("utf-8")
    first = text.index("- id: espresso")
    at = text.index("en:", first)
    path.write_text(text[:at] + f"en: {name}" + text[text.index(",", at) :], "utf-8")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.97])
async def test_a_file_that_is_half_written(asking: Asking, base: Path, part: float) -> None:
    file = base / DRINKS
    before, whole = await asking.title(), file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    await asking.refused()
    assert {problem["path"] for problem in await asking.problems()}
    assert await asking.title() == before
    version = asking.library.version
    file.write_bytes(whole)
    rename(file, "Ristretto")
    await asking.used(version)
    assert await asking.title() == "Ristretto"
    assert await asking.problems() == []


async def test_a_file_that_is_written_slowly_is_taken_up_once(asking: Asking, base: Path) -> None:
    file = base / DRINKS
    whole = file.read_bytes()
    with file.open("wb") as slow:
        for at in range(0, len(whole), 1 + len(whole) // 7):
            slow.write(whole[at : at + 1 + len(whole) // 7])
            slow.flush()
            await asyncio.sleep(0.02)
    await asking.used(1)
    assert asking.library.reloads["refused"] == 0


async def test_files_that_never_rest_are_taken_up_all_the_same(asking: Asking, base: Path) -> None:
    file = base / "glossary.yaml"
    text = file.read_text("utf-8")
    number = 0
    while asking.library.version == 1:
        number += 1
        file.write_text(f"{text}\n# {number}\n", "utf-8")
        await asyncio.sleep(0.005)
        assert number < 2000


async def test_a_file_that_vanishes_while_it_is_read(
    asking: Asking, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = base / DRINKS
    whole = file.read_bytes()
    really = Path.read_text

    def read_text(self: Path, *given: Any, **named: Any) -> str:
        if self == file:
            self.unlink(missing_ok=True)
        return really(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", read_text)
        file.write_bytes(whole + b"\n")
        await asking.refused()
    assert any(DRINKS in problem["path"] or "drinks" in problem["message"] for problem in await asking.problems())
    version = asking.library.version
    file.write_bytes(whole)
    await asking.used(version)


async def test_a_directory_that_is_away_for_a_while(asking: Asking, base: Path) -> None:
    before = await asking.title()
    base.rename(base.with_name("away"))
    await asking.refused()
    assert "there is no such directory" in (await asking.problems())[0]["message"]
    assert await asking.title() == before
    version = asking.library.version
    base.with_name("away").rename(base)
    await asking.used(version)


async def test_a_folder_that_vanishes_while_one_looks(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library.open(base)
    really = Path.iterdir

    def iterdir(self: Path) -> Any:
        if self.name == "concepts":
            raise FileNotFoundError(2, "gone", str(self))
        return really(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", iterdir)
        assert library.refresh()
        assert library.problems
    assert library.refresh()
    assert not library.problems


async def test_fifty_edits_in_a_row(asking: Asking, base: Path) -> None:
    for number in range(50):
        rename(base / DRINKS, f"Espresso {number}")
        await asyncio.sleep(0.003)
    async with asyncio.timeout(20):
        while await asking.title() != "Espresso 49":
            await asyncio.sleep(0.02)
    assert asking.library.version < 25, "every edit was taken up by itself"


# Links


def as_a_config_map(base: Path) -> tuple[Path, Callable[[str], None]]:
    """A directory as Kubernetes mounts one, and what gives it other content: two links, swapped at once."""
    mount = base.with_name("mount")
    mount.mkdir()

    def show(name: str) -> None:
        """Everything has the same times, and the same size, as in an image that is built reproducibly."""
        real = mount / f"..{name}"
        shutil.copytree(base, real)
        rename(real / DRINKS, name)
        for path in real.rglob("*.yaml"):
            os.utime(path, ns=(0, 0))
        (mount / "..new").symlink_to(real.name)
        (mount / "..new").rename(mount / "..data")

    show("Blonde")
    for path in (mount / "..data").iterdir():
        (mount / path.name).symlink_to(f"..data/{path.name}")
    return mount, show


async def test_links_that_are_swapped(base: Path) -> None:
    mount, show = as_a_config_map(base)
    async for asking in asking_on(mount):
        assert await asking.title() == "Blonde"
        show("Barley")
        await asking.used(1)
        assert await asking.title() == "Barley"
        shutil.rmtree(mount / "..Blonde")
        await asyncio.sleep(0.1)
        assert asking.library.problems == ()


async def test_a_directory_that_is_a_link(base: Path) -> None:
    current, other = base.with_name("current"), base.with_name("other")
    shutil.copytree(base, other)
    rename(other / DRINKS, "Other")
    current.symlink_to(base.name)
    async for asking in asking_on(current):
        current.unlink()
        await asyncio.sleep(0.05)
        current.symlink_to(other.name)
        async with asyncio.timeout(20):
            while await asking.title() != "Other":
                await asyncio.sleep(0.02)


def test_the_cache_knows_what_stands_behind_links(base: Path) -> None:
    folder, one, other = base / "concepts", base.with_name("one"), base.with_name("other")
    folder.rename(one)
    shutil.copytree(one, other)
    rename(other / "drinks.yaml", "Other")
    folder.symlink_to(one)
    library = Library.open(base)
    folder.unlink()
    folder.symlink_to(other)
    assert start(base).concept("espresso").title == "Other"
    assert library.refresh()


def test_what_changes_while_it_is_read_is_not_kept(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = base / DRINKS
    before = file.read_bytes()

    def load_late(directory: Path) -> Any:
        rename(file, "Late")
        return load(directory)

    with monkeypatch.context() as patch:
        patch.setattr(starting, "load", load_late)
        assert start(base).concept("espresso").title == "Late"
    file.write_bytes(before)
    assert start(base).concept("espresso").title != "Late", "the cache holds what these files never said"


def test_what_changes_between_the_start_and_the_first_look_is_taken_up(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_slowly(directory: Path | None = None) -> Any:
        expert = start(directory)
        rename(base / DRINKS, "Meanwhile")
        return expert

    with monkeypatch.context() as patch:
        patch.setattr(reload, "start", start_slowly)
        library = Library.open(base)
    assert library.refresh()
    assert library.expert.concept("espresso").title == "Meanwhile"


def test_a_full_disk_is_not_filled_further(base: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    for _ in range(3):
        start(base)
    assert list((tmp_path / "cache" / "knowledge-bot").iterdir()) == []
