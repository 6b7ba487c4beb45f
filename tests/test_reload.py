"""The base follows its files: edits are taken up, bad ones are told and change nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot import catalogue, reload
from bot.catalogue import Place
from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.knowledge.hindi import confirm
from bot.reload import Library
from tests.conftest import Damage

BEANS = "concepts/beans.yaml"
DRINKS = "concepts/drinks.yaml"


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def change(path: Path, old: str, new: str) -> None:
    text = text_of(path)
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    # Two edits within one tick of the clock are two edits all the same.
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


@pytest.fixture
def library(damage: Damage) -> Library:
    directory = damage(DRINKS, "", "")
    confirm(directory)
    return Library(Expert(load(directory)), directory)


def test_nothing_has_changed(library: Library) -> None:
    before = library.expert
    assert not library.refresh()
    assert library.expert is before
    assert library.version == 1


def test_an_edit_is_taken_up(library: Library) -> None:
    change(library.directory / BEANS, "en: Arabica,", "en: Mountain coffee,")
    assert library.refresh()
    assert library.problems == ()
    assert library.expert.concept("arabika").title == "Mountain coffee"
    assert not library.refresh()


def test_a_new_file_and_a_removed_one_are_edits(library: Library) -> None:
    extra = library.directory / "misconceptions" / "more.yaml"
    extra.write_text("[]\n", "utf-8")
    assert library.refresh()
    extra.unlink()
    assert library.refresh()
    assert library.version == 3


@pytest.mark.parametrize("damaged", ["- id: [", "- id: x\n  nonsense: true\n", "just words"])
def test_a_bad_edit_keeps_the_old_base_and_tells_why(library: Library, damaged: str) -> None:
    path = library.directory / DRINKS
    before, good = library.expert, text_of(path)
    path.write_text(damaged, "utf-8")
    assert library.refresh()
    assert library.expert is before
    assert library.problems
    assert all(p.rule.startswith("KB") for p in library.problems)
    assert DRINKS in {p.path for p in library.problems}
    path.write_text(good, "utf-8")
    assert library.refresh()
    assert library.problems == ()
    assert library.expert is not before


def test_what_nobody_expected_keeps_the_old_base_too(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(directory: Path | None = None) -> Expert:
        raise RuntimeError("no luck")

    monkeypatch.setattr(reload, "start", broken)
    before = library.expert
    change(library.directory / BEANS, "en: Arabica,", "en: Mountain coffee,")
    assert library.refresh()
    assert library.expert is before
    assert "no luck" in library.problems[0].message


def test_the_lint_names_entries_and_places(library: Library) -> None:
    path = library.directory / BEANS
    change(path, "The milder and dearer", "The dearer and milder")
    change(path, "reviewed: 2026-11-01", "reviewed: 1900-01-01")
    assert library.refresh()
    library.lint()
    assert library.checked
    assert library.places["concept:arabica"] == Place(BEANS, 2, True)
    assert {f.rule for f in library.findings if f.entry == "concept:arabica"} == {"KB033", "KB051"}
    assert not any(place.stale for name, place in library.places.items() if name != "concept:arabica")


def test_a_lint_is_not_done_twice(library: Library) -> None:
    library.lint()
    version = library.version
    library.lint()
    assert library.version == version


def test_every_entry_is_in_the_list_and_opens(expert: Expert) -> None:
    base = expert.base
    today = max(c.reviewed for c in base.concepts.values())
    for language in ("en", "hi"):
        found = list(catalogue.entries(base, language, today))
        kinds = (base.concepts, base.questions, base.misconceptions, base.corrections, base.comparisons)
        assert len(found) == len({e.key for e in found}) == sum(map(len, kinds))
        for entry in found:
            assert entry.age_days >= 0
            assert entry.title
            if entry.reference is not None:
                assert expert.open(entry.reference) is not None, entry.key
            else:
                assert entry.kind == "correction"


async def test_watching_takes_up_edits(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "EVERY", 0.01)
    watching = asyncio.create_task(library.watch())
    path = library.directory / DRINKS
    path.write_text(text_of(path) + "\n# a remark\n", "utf-8")
    async with asyncio.timeout(10):
        while library.version == 1:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert library.problems == ()
