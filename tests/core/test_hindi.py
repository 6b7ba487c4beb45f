"""The lock of translations: stale Hindi is found, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.check import check
from bot.core.knowledge.hindi import LOCK, confirm
from tests.conftest import COFFEE, Damage

ENGLISH, HINDI = "A cup holds about 80 milligrams", "एक कप में करीब 80"


def stale(directory: Path) -> list[str]:
    return [p.message for p in check(directory) if p.rule == "KB033"]


def test_lock_of_the_small_base_is_up_to_date(tmp_path: Path, damage: Damage) -> None:
    directory = damage("base.yaml", "", "")
    confirm(directory)
    assert (directory / LOCK).read_text("utf-8") == (COFFEE / LOCK).read_text("utf-8")


def test_changed_english_makes_its_hindi_stale(damage: Damage) -> None:
    assert stale(damage("concepts/beans.yaml", ENGLISH, "A cup holds 90 milligrams")) == [
        "caffeine: the English has changed since this Hindi was written"
    ]


def test_hindi_that_changed_too_is_not_stale(damage: Damage) -> None:
    damage("concepts/beans.yaml", ENGLISH, "A cup holds 90 milligrams")
    assert stale(damage("concepts/beans.yaml", HINDI, "एक कप में 90")) == []


def test_changed_hindi_alone_is_not_stale(damage: Damage) -> None:
    assert stale(damage("concepts/beans.yaml", HINDI, "हर कप में 80")) == []


def test_new_text_is_not_stale(damage: Damage) -> None:
    new = "- id: bean-atlas\n  title: x\n  url: https://x.example\n  reviewed: 2026-11-01\n- id: unused"
    assert stale(damage("sources/all.yaml", "- id: bean-atlas", new)) == []


def test_confirming_ends_it(damage: Damage) -> None:
    directory = damage("concepts/beans.yaml", ENGLISH, "A cup holds 90 milligrams")
    assert confirm(directory) == len(json.loads((directory / LOCK).read_text("utf-8")))
    assert stale(directory) == []


@pytest.mark.parametrize(
    "content", ["", "[]", "[{}]", "{", '{"concept/espresso/name": 5}', '{"a": ["x"]}', "null", "\x00"]
)
def test_spoilt_lock_is_no_lock(damage: Damage, content: str) -> None:
    directory = damage("concepts/beans.yaml", ENGLISH, "A cup holds 90 milligrams")
    (directory / LOCK).write_text(content)
    assert stale(directory) == []


def test_lock_names_every_text_once_with_both_fingerprints() -> None:
    known = json.loads((COFFEE / LOCK).read_text("utf-8"))
    assert all(len(both) == 2 and all(len(f) == 8 for f in both) for both in known.values())
    assert {"concept/espresso/name", "question/grind-for-espresso/answer", "base/base/about"} <= set(known)
