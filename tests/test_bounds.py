"""Everything that is remembered is bounded, however many people, channels and servers there are."""

from __future__ import annotations

import datetime
import gc
import logging
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from bot.community.own import Experts
from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeError
from bot.core.start import start
from bot.core.understand import vocabulary
from bot.discordapp.manners import Pace, Talk, Topics
from bot.discordapp.permissions import Overrides
from bot.discordapp.recent import CAPACITY, Recent
from bot.insights import ENTRIES, MINUTES, TIMES, Insights
from bot.reload import Library
from bot.store.model import Contribution, Entry, Status, Words, own_reference
from tests.conftest import Damage

MANY = 25_000


def sizes(owner: object) -> list[int]:
    return [len(value) for value in vars(owner).values() if isinstance(value, Recent)]


def test_people_and_channels_at_once() -> None:
    pace, talk, topics = Pace(lambda: 0.0), Talk(lambda: 0.0), Topics(lambda: 0.0)
    for number in range(MANY):
        pace.wait(number, number)
        pace.tell(number, number)
        talk.heard(number, number)
        topics.said(number, "entry")
    assert (sizes(pace), sizes(talk), sizes(topics)) == ([20_000, 5_000], [5_000], [20_000])


def test_time_forgets_too() -> None:
    now = [0.0]
    pace, talk = Pace(lambda: now[0]), Talk(lambda: now[0])
    for number in range(5_000):
        now[0] += 1
        pace.wait(number, number)
        pace.tell(number, number)
        talk.heard(number, number)
    assert max(sizes(pace) + sizes(talk)) <= 130


async def test_servers_that_allow_something() -> None:
    class Tree:
        async def fetch_commands(self) -> list[Any]:
            return []

    overrides = Overrides(Tree())  # type: ignore[arg-type]
    for number in range(CAPACITY + 500):
        await overrides._of(SimpleNamespace(id=number), "settings")  # type: ignore[arg-type]
    assert sizes(overrides) == [CAPACITY]


def test_words_that_nobody_has_written_before(barista: Expert) -> None:
    for number in range(3 * vocabulary._REMEMBERED // 50):
        barista.ask(" ".join(f"w{number}x{n}" for n in range(50)))
    assert len(barista.reader.vocabulary._heard) <= vocabulary._REMEMBERED


def test_numbers_of_years(barista: Expert) -> None:
    now = [0.0]
    insights = Insights(lambda: now[0])
    replies = [barista.ask(text) for text in ("espresso", "xyz", "espresso or moka pot?")]
    for number in range(MANY):
        now[0] += 37
        insights.record(replies[number % 3], surface="discord", elapsed_ms=1.0)
        insights._count_entry(f"entry-{number}")
    assert len(insights._entries) == ENTRIES
    assert len(insights._minutes) <= MINUTES
    assert len(insights._times) == TIMES
    assert len(insights.replies) <= 3


@pytest.fixture
def library(damage: Damage) -> Library:
    return Library.open(damage("glossary.yaml", "", ""))


def test_a_refused_base_is_not_kept_by_the_log(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    (library.directory / "glossary.yaml").write_text("- nonsense", "utf-8")
    with caplog.at_level(logging.WARNING):
        assert library.refresh()
    assert library.problems
    assert [type(given) for record in caplog.records for given in record.args or ()] == [str]
    assert not any(isinstance(kept, KnowledgeError) for kept in gc.get_objects())


def test_what_dies_in_a_circle_after_a_load_goes_with_the_next(library: Library) -> None:
    class Circle:
        def __init__(self) -> None:
            self.own = self

    circle = Circle()
    start(library.directory)
    gone = weakref.ref(circle)
    del circle
    start(library.directory)
    assert gone() is None


async def test_an_old_base_is_not_kept_for_servers_that_are_quiet(library: Library) -> None:
    experts = Experts()
    entry = Entry(title=Words(en="What is a doppio?"), answer=Words(en="Two espressos."), phrasings=("doppio",))
    day = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)
    own = Contribution(id=1, guild_id=1, status=Status.APPROVED, entry=own_reference(1), content=entry, created_at=day)
    for guild in range(1, 20):
        assert await experts.of(guild, library.expert, [own]) is not library.expert
    assert len(experts._kept) == 19
    old = weakref.ref(library.expert)
    glossary = library.directory / "glossary.yaml"
    glossary.write_text(glossary.read_text("utf-8") + "\n# edited\n", "utf-8")
    assert library.refresh()
    assert await experts.of(99, library.expert, []) is library.expert
    gc.collect()
    assert old() is None
