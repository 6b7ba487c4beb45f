"""What all tests share: the real base, a small one of another subject, and an expert on each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeBase, load

COFFEE = Path(__file__).parent / "bases" / "coffee"
"""A complete small base: coffee, and how to brew it."""

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("repeatable")

Damage = Callable[[str, str, str], Path]
"""Replaces a text in a file of a copy of the coffee base; returns the copy's directory."""


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes what the user's bot keeps."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="session")
def base() -> KnowledgeBase:
    """The base that comes with the bot."""
    return load()


@pytest.fixture(scope="session")
def expert(base: KnowledgeBase) -> Expert:
    """An expert on the base that comes with the bot."""
    return Expert(base)


@pytest.fixture(scope="session")
def barista() -> Expert:
    """An expert on coffee."""
    return Expert(load(COFFEE))


@pytest.fixture
def damage(tmp_path: Path) -> Damage:
    """A copy of the coffee base that can be spoiled."""
    directory = tmp_path / "base"
    shutil.copytree(COFFEE, directory)

    def replace(file: str, old: str, new: str) -> Path:
        path = directory / file
        text = path.read_text("utf-8") if path.exists() else ""
        assert old in text, f"{old!r} is not in {file}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace(old, new, 1), "utf-8")
        return directory

    return replace
