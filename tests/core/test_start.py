"""The quick start: the same expert, from the cache, until a file changes."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from bot.core.knowledge import KnowledgeError
from bot.core.start import start
from tests.conftest import Damage

QUESTIONS = [
    "espresso vs moka pot",
    "robsta kya hai",
    "robusta was bred from arabica",
    "coffee",
    "espresso test android",
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def snapshots(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.msgpack"))


def test_expert_from_the_cache_is_the_same(damage: Damage, cache: Path) -> None:
    directory = damage("base.yaml", "", "")
    fresh = start(directory)
    (kept,) = snapshots(cache)
    stamp = kept.stat().st_mtime_ns
    again = start(directory)
    assert snapshots(cache)[0].stat().st_mtime_ns == stamp, "it was read, not written anew"
    assert again.base == fresh.base
    assert [again.ask(q) for q in QUESTIONS] == [fresh.ask(q) for q in QUESTIONS]
    assert again.suggest("e", what="concept") == fresh.suggest("e", what="concept")


def test_changed_file_is_read_anew(damage: Damage, cache: Path) -> None:
    start(damage("base.yaml", "", ""))
    directory = damage("concepts/drinks.yaml", "about 25 seconds", "about 26 seconds")
    assert "26 seconds" in start(directory).concept("espresso").answer
    assert len(snapshots(cache)) == 2


def test_base_that_became_wrong_is_refused_in_spite_of_the_cache(damage: Damage) -> None:
    start(damage("base.yaml", "", ""))
    with pytest.raises(KnowledgeError):
        start(damage("concepts/drinks.yaml", "scope: neighbour", "scope: none"))


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"\x80", b"not a snapshot at all"])
def test_spoilt_cache_is_no_obstacle(damage: Damage, cache: Path, content: bytes) -> None:
    directory = damage("base.yaml", "", "")
    start(directory)
    (kept,) = snapshots(cache)
    kept.write_bytes(content)
    assert start(directory).ask("espresso vs moka pot").entry == "espresso-or-moka-pot"
    assert kept.stat().st_size > 1000, "it was mended"


def test_cache_that_can_not_be_written_is_no_obstacle(
    damage: Damage, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file where the directory should be")
    assert start(damage("base.yaml", "", "")).ask("espresso vs moka pot").entry == "espresso-or-moka-pot"


def test_cache_does_not_grow(damage: Damage, cache: Path) -> None:
    for n in range(7):
        start(damage("concepts/drinks.yaml", "A moka pot stands", f"A moka pot {n} stands") if n == 0 else damage(
            "concepts/drinks.yaml", f"A moka pot {n - 1} stands", f"A moka pot {n} stands"
        ))  # fmt: skip
    assert 0 < len(snapshots(cache)) <= 4
    assert not list(cache.rglob("*.part"))


def test_replaced_base_leaves_the_memory(damage: Damage) -> None:
    """What the garbage collector is told to leave alone must not need it."""
    expert = start(damage("base.yaml", "", ""))
    expert.ask(QUESTIONS[0])
    parts: list[weakref.ref[object]] = [
        weakref.ref(expert),
        weakref.ref(expert.reader.vocabulary),
        weakref.ref(expert.matcher),
    ]
    del expert
    assert [part() for part in parts] == [None] * 3
    assert gc.isenabled()
