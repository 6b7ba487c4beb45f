"""What Prometheus may know: numbers that the running parts keep anyway, read when they are asked for.

No label holds anything that a person wrote, or who it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.insights import BUCKETS, Insights
from bot.reload import Library

if TYPE_CHECKING:
    from bot.community.community import Community
    from bot.discordapp.status import AppStatus, Monitor

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics(Collector):
    """All numbers of one process.  `render` is what Prometheus fetches."""

    def __init__(self, library: Library, insights: Insights) -> None:
        self._library = library
        self._insights = insights
        self.monitors: list[Monitor] = []
        """Of the Discord side, one a shard, once they run."""
        self.community: Community | None = None
        """What people add, once it is open."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._registry = registry

    def render(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry."""
        yield _gauge("bot_info", "Always 1; the label tells the version.", 1, version=__version__)
        yield from self._replies()
        yield from self._knowledge()
        yield from self._gateway()
        yield from self._store()

    def _replies(self) -> Iterator[Metric]:
        replies = CounterMetricFamily(
            "bot_replies", "Replies to questions and commands.", labels=["surface", "outcome", "language"]
        )
        for (surface, outcome, language), count in self._insights.replies.items():
            replies.add_metric([surface, outcome, language], count)
        yield replies
        yield CounterMetricFamily(
            "bot_misconceptions", "Replies that set a misconception right.", value=self._insights.corrected
        )
        taken = HistogramMetricFamily("bot_answer_seconds", "Time that the core took to answer.")
        total, sums, buckets = 0, self._insights.seconds, []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self._insights.buckets, strict=True):
            total += count
            buckets.append((bound, float(total)))
        taken.add_metric([], buckets, sums)
        yield taken

    def _knowledge(self) -> Iterator[Metric]:
        library = self._library
        base = library.expert.base
        yield _gauge("bot_knowledge_questions", "Questions in the base in use.", len(base.questions))
        yield _gauge("bot_knowledge_concepts", "Concepts in the base in use.", len(base.concepts))
        yield _gauge("bot_knowledge_problems", "Why the files as they are now are not in use.", len(library.problems))
        yield _gauge("bot_knowledge_loaded_timestamp_seconds", "When it was loaded.", library.loaded_at.timestamp())
        reloads = CounterMetricFamily("bot_knowledge_reloads", "Changes of the files.", labels=["result"])
        for result, count in library.reloads.items():
            reloads.add_metric([result], count)
        yield reloads

    def _gateway(self) -> Iterator[Metric]:
        shards = [(str(monitor.shard), monitor.status()) for monitor in self.monitors if not monitor.over]
        if not shards:
            return
        for name, about, value in _OF_SHARDS:
            family = GaugeMetricFamily(name, about, labels=["shard"])
            for shard, status in shards:
                if (found := value(status)) is not None:
                    family.add_metric([shard], found)
            yield family
        refused: Counter[str] = Counter()
        for monitor in self.monitors:
            refused.update(monitor.refused)
        asked_to_wait = CounterMetricFamily("bot_refused", "Questions that came too fast.", labels=["whose"])
        for whose, count in refused.items():
            asked_to_wait.add_metric([whose], count)
        yield asked_to_wait

    def _store(self) -> Iterator[Metric]:
        if self.community is None:
            return
        store = self.community.store
        yield _gauge("bot_store_up", "Whether the latest use of the database went well.", int(store.available))
        yield CounterMetricFamily("bot_store_failures", "Uses of the database that failed.", value=store.failures)
        yield _gauge("bot_store_waiting", "Counts that wait for the database.", self.community.waiting)


_OF_SHARDS: Final[tuple[tuple[str, str, Callable[[AppStatus], float | None]], ...]] = (
    ("bot_gateway_connected", "Whether the gateway is connected.", lambda status: int(status.connected)),
    ("bot_gateway_ready", "Whether every server has been received.", lambda status: int(status.ready)),
    ("bot_gateway_latency_seconds", "From heartbeat to acknowledgement.", lambda status: status.latency),
    ("bot_gateway_since_ack_seconds", "Since the last acknowledgement.", lambda status: status.since_ack),
    ("bot_event_loop_lag_seconds", "How late the event loop is.", lambda status: status.loop_lag),
    ("bot_guilds", "Servers that the bot is in.", lambda status: status.guilds),
)


def _gauge(name: str, about: str, value: float, **labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family
