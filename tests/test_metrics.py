"""What Prometheus is told, over HTTP, in its own format, and without a word of what was asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.community.community import Community
from bot.core.expert import Expert
from bot.discordapp.status import Monitor
from bot.insights import Insights
from bot.metrics import Metrics
from bot.reload import Library
from bot.store import Store
from bot.web import Access, make_app
from tests.conftest import COFFEE, Damage

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery"


class Parts:
    """A page with its metrics."""

    def __init__(self, library: Library, password: str | None = None) -> None:
        self.insights = Insights()
        self.metrics = Metrics(library, self.insights)
        access = Access(password, ["127.0.0.1"])
        self.app = make_app(library, access=access, insights=self.insights, numbers=self.metrics.render)


@pytest.fixture
async def parts(barista: Expert) -> AsyncIterator[tuple[Parts, TestClient]]:  # type: ignore[type-arg]
    made = Parts(Library(barista, COFFEE))
    async with TestClient(TestServer(made.app)) as client:
        yield made, client


def numbers(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    return {
        sample.name + "".join(f"{{{k}={v}}}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_replies_are_counted_by_surface_outcome_and_language(parts: tuple[Parts, TestClient]) -> None:  # type: ignore[type-arg]
    made, client = parts
    for text in ("what is espresso?", "एस्प्रेसो क्या है?", "zzz qqq secretword"):
        await client.post("/api/ask", json={"text": text})
    made.metrics.community = Community(Store.nowhere())
    response = await client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = await response.text()
    found = numbers(text)
    assert found["bot_replies_total{language=en}{outcome=answer}{surface=web}"] == 1
    assert found["bot_replies_total{language=hi}{outcome=answer}{surface=web}"] == 1
    assert found["bot_replies_total{language=en}{outcome=no_answer}{surface=web}"] == 1
    assert found["bot_answer_seconds_count"] == 3
    assert found["bot_answer_seconds_bucket{le=+Inf}"] == 3
    assert 0 < found["bot_answer_seconds_sum"] < 10
    assert found["bot_store_up"] == 1
    assert found["process_resident_memory_bytes"] > 1e6
    assert "secretword" not in text


async def test_a_failing_database_shows(parts: tuple[Parts, TestClient], tmp_path: Path) -> None:  # type: ignore[type-arg]
    made, client = parts
    community = made.metrics.community = Community(Store(f"sqlite:///{tmp_path / 'no' / 'such' / 'x'}", rest=0.0))
    (tmp_path / "no").rename(tmp_path / "gone")
    await community.known(1)
    found = numbers(await (await client.get("/metrics")).text())
    assert found["bot_store_up"] == 0
    assert found["bot_store_failures_total"] == 1


async def test_a_refused_reload_shows(damage: Damage) -> None:
    directory = damage("questions/brewing.yaml", "- id:", "- id:")
    from bot.core.start import start

    library = Library(start(directory), directory)
    made = Parts(library)
    (directory / "questions" / "brewing.yaml").write_text("- id: [")
    library.refresh()
    found = numbers(made.metrics.render().decode())
    assert found["bot_knowledge_problems"] == 1
    assert found["bot_knowledge_reloads_total{result=refused}"] == 1
    assert found["bot_knowledge_reloads_total{result=used}"] == 0


async def test_beyond_loopback_the_metrics_need_the_password_and_the_checks_tell_little(barista: Expert) -> None:
    made = Parts(Library(barista, COFFEE), PASSWORD)
    async with TestClient(TestServer(made.app)) as client:
        assert (await client.get("/metrics", allow_redirects=False)).status == 401
        given = await client.get("/metrics", headers={"Authorization": f"Bearer {PASSWORD}"})
        assert given.status == 200
        for check in ("/health", "/ready", "/live"):
            assert (await client.get(check)).status == 200


async def test_the_page_without_metrics_has_none(barista: Expert) -> None:
    async with TestClient(TestServer(make_app(Library(barista, COFFEE)))) as client:
        assert (await client.get("/metrics")).status == 404


def test_dashboard_and_alerts_speak_of_metrics_that_there_are(barista: Expert) -> None:
    made = Parts(Library(barista, COFFEE))
    made.metrics.community = Community(Store.nowhere())
    made.metrics.monitors.append(Monitor(discord.Client(intents=discord.Intents.none()), {"person": 0, "channel": 0}))
    text = made.metrics.render().decode()
    told = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    # Only while there is a connection.
    told |= {"bot_gateway_latency_seconds", "bot_gateway_since_ack_seconds", "bot_replies_total"}
    monitoring = ROOT / "docs" / "monitoring"
    asked = set[str]()
    for name in ("alerts.yaml", "grafana.json"):
        asked |= set(re.findall(r"\b(?:bot|process)_[a-z_]+\b", (monitoring / name).read_text("utf-8")))
    assert asked - told == set()
    rules = yaml.safe_load((monitoring / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    advice = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
    assert [rule["alert"] for rule in rules if f"`{rule['alert']}`" not in advice] == []
