"""Counting replies: right, bounded, and without a word of what was asked."""

from __future__ import annotations

import msgspec

from bot import insights
from bot.core.expert import Expert
from bot.core.reply import Reply
from bot.insights import ENTRIES, MINUTES, Insights


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_replies_are_counted_by_what_they_are(expert: Expert) -> None:
    counted = Insights(Clock())
    counted.record(expert.ask("KVM is a fork of QEMU, so what is KVM?"), surface="web", elapsed_ms=2)
    counted.record(expert.ask("केवीएम क्या है?"), surface="discord", elapsed_ms=4)
    counted.record(expert.compare(["xen", "kvm"]), surface="discord")
    counted.record(expert.ask("who is the prime minister"), surface="web", elapsed_ms=6)
    report = counted.report()
    assert report.total == 4
    assert report.outcomes == {"answer": 3, "choose": 0, "no_answer": 1}
    assert report.surfaces == {"web": 2, "discord": 2}
    assert report.languages == {"en": 3, "hi": 1}
    assert report.kinds["comparison"] == 1
    assert report.corrected == 1
    assert (report.speed.count, report.speed.p50, report.speed.slowest) == (3, 4, 6)
    assert sum(top.count for top in report.top) == 3


def test_nothing_yet() -> None:
    report = Insights(Clock()).report()
    assert report.total == 0
    assert report.speed.p50 is None
    assert len(report.minutes) == MINUTES


def test_the_hour_moves_on(expert: Expert) -> None:
    clock = Clock()
    counted = Insights(clock)
    reply = expert.concept("kvm")
    counted.record(reply, surface="web")
    clock.now += 60
    counted.record(reply, surface="web")
    counted.record(reply, surface="web")
    assert [minute.answer for minute in counted.report().minutes[-3:]] == [0, 1, 2]
    clock.now += 60 * MINUTES
    assert sum(minute.answer for minute in counted.report().minutes) == 0
    assert counted.report().total == 3


def test_memory_is_bounded_and_what_is_asked_often_stays(expert: Expert) -> None:
    clock = Clock()
    counted = Insights(clock)
    often = expert.concept("kvm")
    for i in range(ENTRIES * 3):
        counted.record(msgspec.structs.replace(often, entry=f"rare-{i}"), surface="web", elapsed_ms=1)
        counted.record(often, surface="web", elapsed_ms=1)
        clock.now += 30
    report = counted.report()
    assert report.top[0] == insights.Top("concept:kvm", ENTRIES * 3)
    assert len(counted._entries) == ENTRIES
    assert len(counted._minutes) <= MINUTES
    assert report.speed.count == insights.TIMES


def test_no_text_is_kept(expert: Expert) -> None:
    counted = Insights(Clock())
    reply: Reply = expert.ask("my secret plan: what is kvm?")
    counted.record(reply, surface="web", elapsed_ms=1)
    assert "secret" not in msgspec.json.encode(counted.report()).decode()
    assert "secret" not in repr(vars(counted))
