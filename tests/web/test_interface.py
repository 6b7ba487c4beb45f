"""The interface for programs: what its description says is so, whatever is sent."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
import schemathesis
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.locales import LANGUAGES
from bot.reload import Library
from bot.web import Access, make_app, serve
from bot.web.access import Rate
from tests.conftest import COFFEE

Page = TestClient[web.Request, web.Application]


async def get(page: Page, path: str, **query: str) -> Any:
    response = await page.get(path, params=query)
    assert response.status == 200, path
    return await response.json()


async def test_the_description_names_every_route(page: Page) -> None:
    described = (await get(page, "/api/openapi.json"))["paths"]
    served = {
        (route.method, resource.canonical.replace("{name:.+}", "{name}"))
        for route in page.app.router.routes()
        if (resource := route.resource) and resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    assert served - {("GET", "/api/openapi.json")} == {
        (method.upper(), path) for path, methods in described.items() for method in methods
    }


async def test_the_description_is_whole(page: Page) -> None:
    document = await get(page, "/api/openapi.json")
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, f"{name} is not used"
        jsonschema.Draft202012Validator.check_schema(document["components"]["schemas"][name])
    assert "security" not in document
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            assert {"200", "400", "403", "429"} <= set(operation["responses"])


async def test_with_a_password_the_description_tells_how_to_send_it(expert: Expert) -> None:
    app = make_app(Library(expert), access=Access("correct horse battery"))
    async with TestClient(TestServer(app)) as client:
        bearer = {"Authorization": "Bearer correct horse battery"}
        document = await (await client.get("/api/openapi.json", headers=bearer)).json()
    assert {"password": []} in document["security"]
    assert all("401" in o["responses"] for methods in document["paths"].values() for o in methods.values())


async def test_concepts_by_any_name(page: Page, expert: Expert) -> None:
    for name in ("kvm", "केवीएम", "Kernel-based Virtual Machine", "TCP/IP"):
        reply = await get(page, f"/api/concepts/{name}")
        assert reply["title"] == expert.concept(name).title
    listed = await get(page, "/api/concepts", language="hi")
    assert [one["id"] for one in listed["concepts"]] == list(expert.base.concepts)
    for link in listed["comparisons"]:
        assert expert.open(link["entry"], language="hi")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_graph_is_the_base_and_reads_aloud(page: Page, expert: Expert, language: str) -> None:
    graph = await get(page, "/api/graph", language=language)
    ids = {one["id"] for one in graph["concepts"]}
    assert ids == set(expert.base.concepts)
    assert len(graph["relations"]) == sum(len(c.relations) for c in expert.base.concepts.values())
    for relation in graph["relations"]:
        assert {relation["start"], relation["end"]} <= ids
        assert "{" not in relation["text"]
    assert sum(kind["count"] for kind in graph["kinds"]) == len(graph["relations"])
    assert all("…" in kind["label"] for kind in graph["kinds"])


async def test_entries_are_linted_behind_the_scenes() -> None:
    library = Library(Expert(load(COFFEE)), COFFEE)
    async with TestClient(TestServer(make_app(library))) as page:
        first = await get(page, "/api/entries")
        assert first["checked"] is False
        assert first["entries"][0]["path"] is None
        deadline = time.monotonic() + 20
        while not (state := await get(page, "/api/state"))["checked"]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        found = await get(page, "/api/entries", language="hi")
    assert found["version"] == state["version"] > first["version"]
    assert found["problems"] == []
    assert all(one["path"] and one["line"] and one["stale"] is False for one in found["entries"])


async def test_insights_count_questions_and_not_the_following_of_links(page: Page) -> None:
    await page.post("/api/ask", json={"text": "what is kvm"})
    await page.post("/api/compare", json={"names": ["xen", "kvm"]})
    await page.post("/api/open", json={"reference": "concept:kvm"})
    numbers = await get(page, "/api/insights", language="hi")
    assert numbers["report"]["total"] == 2
    assert numbers["report"]["surfaces"] == {"web": 2}
    assert {top["entry"] for top in numbers["report"]["top"]} == set(numbers["titles"])


async def test_long_answers_are_packed_for_those_who_unpack(page: Page) -> None:
    response = await page.get("/api/graph", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    response = await page.get("/api/graph", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in response.headers
    for path in ("/", "/static/page.css"):
        packed = await page.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "gzip"
        plain = await page.get(path, headers={"Accept-Encoding": "identity"})
        assert await packed.text() == await plain.text()
        again = await page.get(path, headers={"If-None-Match": packed.headers["ETag"]})
        assert again.status == 304


async def test_a_name_that_is_too_long(page: Page) -> None:
    response = await page.get("/api/concepts/" + "x" * 400)
    assert response.status == 400
    assert "300" in (await response.json())["error"]


# A fuzzer reads the description and tries everything

FEW = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[str]:
    """The address of a page on the small base, in a thread of its own."""
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    told: dict[str, Any] = {}

    async def up() -> None:
        access = Access(rate=Rate(1_000_000, 1_000_000))
        runner = await serve(make_app(Library(Expert(load(COFFEE)), COFFEE), access=access), "127.0.0.1", 0)
        told.update(runner=runner, address=f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()

    def live() -> None:
        loop.run_until_complete(up())
        loop.run_forever()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    assert ready.wait(20)
    yield told["address"]
    asyncio.run_coroutine_threadsafe(told["runner"].cleanup(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_fuzzer_finds_no_failure(fuzzed: str, mode: GenerationMode) -> None:
    api = schemathesis.openapi.from_url(f"{fuzzed}/api/openapi.json")
    tried = 0
    for found in api.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @FEW
        @given(case=operation.as_strategy(generation_mode=mode))
        def anything(case: schemathesis.Case[Any]) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate()

        # Where there is nothing to send, nothing can be sent wrong.
        with suppress(Unsatisfiable):
            anything()
    assert tried > 60
