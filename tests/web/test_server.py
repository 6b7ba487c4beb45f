"""Every route, and every way in which a request can be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from string import Formatter
from typing import Any

import pytest
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.core.expert import Expert
from bot.core.reply import as_json
from bot.locales import LANGUAGES, words
from bot.reload import Library
from bot.web import ServeError, files, make_app, serve
from bot.web.bodies import MAX_BODY, MAX_TEXT
from bot.web.server import PortInUseError
from bot.web.shapes import Block, Span
from bot.web.shown import blocks, shown

Page = TestClient[web.Request, web.Application]

POSTS: Mapping[str, dict[str, Any]] = {
    "/api/ask": {"text": "xen aur kvm me kya farq hai"},
    "/api/compare": {"names": ["xen", "kvm"]},
    "/api/relate": {"first": "xen", "second": "qemu"},
    "/api/open": {"reference": "concept:kvm"},
}
GETS = ("/", "/static/page.js", "/api/suggest", "/api/strings", "/health")


async def get(page: Page, path: str, **query: str) -> tuple[int, dict[str, Any]]:
    response = await page.get(path, params=query)
    return response.status, await response.json()


async def post(page: Page, path: str, body: object) -> tuple[int, dict[str, Any]]:
    response = await page.post(path, json=body)
    return response.status, await response.json()


def public(reply: dict[str, Any]) -> dict[str, Any]:
    """What the contract promises, as it arrives over the wire, but for the time taken."""
    arrived: dict[str, Any] = json.loads(json.dumps(reply))
    return {k: v for k, v in arrived.items() if k not in ("blocks", "elapsed_ms")}


async def test_answers_are_the_public_json_of_the_core(page: Page, expert: Expert) -> None:
    expected = {
        "/api/ask": expert.ask("xen aur kvm me kya farq hai"),
        "/api/compare": expert.compare(["xen", "kvm"]),
        "/api/relate": expert.relate("xen", "qemu"),
        "/api/open": expert.open("concept:kvm"),
    }
    for path, body in POSTS.items():
        status, reply = await post(page, path, body)
        wanted = expected[path]
        assert wanted is not None
        assert status == 200
        assert public(reply) == public(as_json(wanted)), path
        assert reply["elapsed_ms"] >= 0


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_language_of_the_reply_can_be_chosen(page: Page, path: str, language: str) -> None:
    _, reply = await post(page, path, {**POSTS[path], "language": language})
    assert reply["reply_language"] == language


async def test_a_short_question_leans_on_the_entry_before(page: Page, expert: Expert) -> None:
    previous = expert.open("concept:kvm")
    asked = {"text": "how do I install it?", "previous": "concept:kvm"}
    _, reply = await post(page, "/api/ask", asked)
    assert public(reply) == public(as_json(expert.ask(asked["text"], previous=previous)))
    assert "kvm" in reply["concepts"]
    status, _ = await post(page, "/api/ask", {**asked, "previous": "no-such-entry"})
    assert status == 200


async def test_an_unknown_name_is_a_reply_not_an_error(page: Page) -> None:
    status, reply = await get(page, "/api/concepts/frobnicator")
    assert status == 200
    assert reply["outcome"] in ("choose", "no_answer")


async def test_an_entry_that_is_gone_is_404(page: Page) -> None:
    status, reply = await post(page, "/api/open", {"reference": "concept:frobnicator"})
    assert status == 404
    assert "no such entry" in reply["error"]


@pytest.mark.parametrize("what", ["concept", "question"])
@pytest.mark.parametrize("typed", ["", "xe", "ज़े", "%", "\u200b"])
async def test_suggestions(page: Page, expert: Expert, what: Any, typed: str) -> None:
    asked = {"q": typed, "what": what, "language": "hi"}
    found = (await (await page.get("/api/suggest", params=asked)).json())["suggestions"]
    links = expert.suggest(typed, what=what, language="hi", limit=7)
    assert found == [{"entry": k.entry, "title": k.title} for k in links]
    assert found or typed


async def test_suggestions_survive_bytes_that_are_no_text(page: Page) -> None:
    response = await page.get(URL("/api/suggest?q=%ff%fe", encoded=True))
    assert response.status == 200


@pytest.mark.parametrize("language", LANGUAGES)
async def test_strings(page: Page, expert: Expert, language: Any) -> None:
    told = await (await page.get("/api/strings", params={"language": language})).json()
    assert told["strings"] == dict(words("web", language))
    assert told["examples"] == list(expert.examples(language))
    assert told["name"] == getattr(expert.base.about.name, language)
    assert told["about"]


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    def places(language: Any) -> dict[str, set[str]]:
        return {k: {p for _, p, _, _ in Formatter().parse(v) if p} for k, v in words("web", language).items()}

    assert places("en") == places("hi")


def test_markup_is_taken_apart_on_this_side(expert: Expert) -> None:
    told = blocks("Use `a <b>` here.\n$ ls -l\n$ pwd\n\nDone.")
    assert told == (
        Block(spans=(Span("Use ", False), Span("a <b>", True), Span(" here.", False))),
        Block(commands=("ls -l", "pwd")),
        Block(spans=(Span("Done.", False),)),
    )
    reply = expert.compare(["xen", "kvm"])
    parts = shown(reply).blocks
    assert len(parts.corrections) == len(reply.corrections)
    assert parts.detail == blocks(reply.detail or "")


# What can be wrong


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"text"', b"{}", b"\xff\xfe", b'{"text": "\\ud800"}', b"[" * 60_000,
        b'{"text": 1, "names": "xen", "name": [], "first": null, "second": {}, "reference": 2}',
        b'{"text": "a", "names": ["a", "b"], "name": "a", "first": "a", "second": "b", "reference": "a",'
        b' "language": "fr"}',
    ],
)  # fmt: skip
async def test_a_body_that_does_not_fit_is_400_with_a_sentence(page: Page, path: str, body: bytes) -> None:
    response = await page.post(path, data=body, headers={"Content-Type": "application/json"})
    assert response.status == 400
    error = (await response.json())["error"]
    assert error
    assert "Traceback" not in error


async def test_the_sentence_names_the_field(page: Page) -> None:
    _, reply = await post(page, "/api/ask", {"text": 5})
    assert reply["error"] == "text: Expected `str`, got `int`"
    _, reply = await post(page, "/api/ask", {})
    assert "`text`" in reply["error"]


async def test_limits(page: Page) -> None:
    assert (await post(page, "/api/ask", {"text": "क" * MAX_TEXT}))[0] == 200
    status, reply = await post(page, "/api/ask", {"text": "क" * (MAX_TEXT + 1)})
    assert status == 400
    assert str(MAX_TEXT) in reply["error"]
    assert (await post(page, "/api/compare", {"names": list("abcde")}))[0] == 400
    status, reply = await post(page, "/api/ask", {"text": "a" * MAX_BODY})
    assert status == 413
    assert str(MAX_BODY) in reply["error"]


async def test_a_body_without_a_length_is_limited_too(page: Page) -> None:
    async def endless() -> Any:
        for _ in range(20):
            yield b" " * 8192

    response = await page.post("/api/ask", data=endless(), headers={"Content-Type": "application/json"})
    assert response.status == 413


@pytest.mark.parametrize("text", ["", "   ", "@everyone", "\u202egnirts", "\u200b" * 500, "😀" * 500, "\x00"])
async def test_odd_questions_get_a_reply(page: Page, text: str) -> None:
    status, reply = await post(page, "/api/ask", {"text": text})
    assert status == 200
    assert reply["outcome"] == "no_answer"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_of_another_site_is_refused(page: Page, kind: str) -> None:
    for path, body in POSTS.items():
        response = await page.post(path, data=json.dumps(body), headers={"Content-Type": kind})
        assert response.status == 415
        assert "application/json" in (await response.json())["error"]
    assert (await page.post("/api/ask", data=FormData({"text": "x"}))).status == 415


async def test_no_other_origin_is_invited(page: Page) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    response = await page.options("/api/ask", headers=asked)
    assert response.status == 405
    assert not any(name.lower().startswith("access-control") for name in response.headers)


async def test_unknown_addresses_and_wrong_methods(page: Page) -> None:
    for path in ("/api/", "/api/nothing", "/api/ask/more"):
        response = await page.get(path)
        assert response.status == 404
        assert (await response.json())["error"]
    assert (await page.get("/nothing")).status == 404
    for name in ("nothing.js", "..%2fserver.py", "%2e%2e/server.py", "../server.py"):
        assert (await page.get(f"/static/{name}")).status == 404
    for path in POSTS:
        response = await page.get(path)
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
        assert (await response.json())["error"]
    assert (await page.post("/api/suggest", json={})).status == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("127.0.0.1:8765", 200), ("localhost", 200), ("LocalHost:1", 200), ("[::1]:8765", 200),
        ("evil.example", 403), ("evil.example:8765", 403), ("localhost.evil.example", 403), ("127.0.0.1.nip.io", 403),
        ("127.0.0.2", 403), ("0.0.0.0", 403), ("localhost:80@evil.example", 403), ("", 403), ("192.168.1.5", 403),
    ],
)  # fmt: skip
async def test_only_names_of_this_computer_are_served(page: Page, host: str, status: int) -> None:
    for path in GETS:
        response = await page.get(path, headers={"Host": host})
        assert response.status == status, path
    asked = await page.post("/api/ask", json=POSTS["/api/ask"], headers={"Host": host})
    assert asked.status == status


async def test_every_response_carries_the_browser_s_rules(page: Page) -> None:
    for path in (*GETS, "/api/nothing", "/api/ask"):
        response = await page.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == ("no-cache" if path in ("/", "/static/page.js") else "no-store")


async def test_the_page_is_small_and_asks_nobody_else(page: Page) -> None:
    size = 0
    for name, file in files.load().items():
        response = await page.get("/" if name == "index.html" else f"/static/{name}")
        if name == "login.html":
            assert response.status == 404  # it is filled in first
            continue
        assert response.content_type == file.type
        text = await response.text()
        size += len(file.packed)
        assert "//" not in text.replace('"http://www.w3.org/2000/svg"', "").replace("// ", "")
        assert "innerHTML" not in text
    assert size < 60_000
    assert {"index.html", "login.html", "page.css", "page.js", "map.js", "icon.svg"} <= set(files.load())


async def test_a_failure_inside_is_500_and_keeps_the_question_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
    expert: Expert,
) -> None:
    class Broken(Library):
        @property
        def expert(self) -> Expert:
            raise RuntimeError("no base")

    async with TestClient(TestServer(make_app(Broken(expert)))) as page:
        status, reply = await post(page, "/api/ask", {"text": "secret plans"})
        assert status == 500
        assert "no base" not in reply["error"]
        assert (await page.get("/health")).status == 503
    assert "no base" in caplog.text
    assert "secret plans" not in caplog.text


# Health and serving


@pytest.mark.parametrize(("told", "status"), [({"healthy": True}, 200), ({"healthy": False}, 503), ({}, 200)])
async def test_health_follows_the_status(expert: Expert, told: dict[str, object], status: int) -> None:
    app = make_app(Library(expert), status=lambda: told | {"guilds": 3})
    async with TestClient(TestServer(app)) as page:
        response = await page.get("/health")
        assert response.status == status
        answer = await response.json()
    assert answer["healthy"] is (status == 200)
    assert answer["guilds"] == 3
    assert answer["questions"] == len(expert.base.questions)


async def test_health_without_discord(page: Page) -> None:
    response = await page.get("/health")
    assert response.status == 200
    assert (await response.json())["healthy"] is True


async def test_health_survives_its_own_failure(expert: Expert) -> None:
    def broken() -> Mapping[str, object]:
        raise RuntimeError("monitor")

    async with TestClient(TestServer(make_app(Library(expert), status=broken))) as page:
        assert (await page.get("/health")).status == 503


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_serve_and_a_port_in_use(expert: Expert, host: str) -> None:
    runner = await serve(make_app(Library(expert)), host, 0)
    try:
        port = runner.addresses[0][1]
        async with ClientSession() as session, session.get(f"http://{host}:{port}/health") as response:
            assert response.status == 200
        with pytest.raises(PortInUseError, match=rf"^port {port} on {host} is in use by another program"):
            await serve(make_app(Library(expert)), host, port)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 0), ("127.0.0.1", 70_000)])
async def test_an_address_that_can_not_be_used_is_one_sentence(host: str, port: int) -> None:
    with pytest.raises(ServeError) as error:
        await serve(web.Application(), host, port)
    assert "\n" not in str(error.value)
    assert str(port) in str(error.value)
