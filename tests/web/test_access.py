"""Who may use the page: passwords, sessions, host names, and how often."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.expert import Expert
from bot.reload import Library
from bot.web import Access, make_app
from bot.web.access import SESSION_SECONDS, Buckets, Rate, client_of

PASSWORD = "correct horse battery"
Client = TestClient[web.Request, web.Application]

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def protected(expert: Expert, access: Access | None = None) -> AsyncIterator[Client]:
    app = make_app(Library(expert), access=access or Access(PASSWORD, ("bot.example",)))
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def sign_in(client: Client, password: str = PASSWORD) -> int:
    response = await client.post("/login", data={"password": password}, allow_redirects=False)
    return response.status


async def test_without_a_session_there_is_only_the_form(expert: Expert) -> None:
    async with protected(expert) as client:
        response = await client.get("/", allow_redirects=False)
        assert response.status == 303
        assert response.headers["Location"] == "/login"
        for path in ("/api/strings", "/api/entries", "/api/insights", "/api/openapi.json", "/api/nothing"):
            response = await client.get(path)
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
            assert "password" in (await response.json())["error"]
        assert (await client.post("/api/ask", json={"text": "kvm"})).status == 401
        form = await client.get("/login", headers={"Accept-Language": "hi-IN"})
        text = await form.text()
        assert "पासवर्ड" in text
        assert "[[" not in text
        assert "form-action 'self'" in form.headers["Content-Security-Policy"]


async def test_the_form_gives_a_session(expert: Expert) -> None:
    async with protected(expert) as client:
        response = await client.post("/login", data={"password": PASSWORD}, allow_redirects=False)
        assert response.status == 303
        cookie = response.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", f"Max-Age={SESSION_SECONDS}", "Path=/"):
            assert part in cookie
        assert PASSWORD not in cookie
        assert (await client.get("/")).status == 200
        assert (await (await client.get("/api/strings")).json())["protected"] is True
        assert (await client.post("/api/ask", json={"text": "what is kvm"})).status == 200
        await client.post("/logout")
        assert (await client.get("/api/strings")).status == 401


async def test_programs_send_the_password(expert: Expert) -> None:
    async with protected(expert) as client:
        for header, status in (
            (f"Bearer {PASSWORD}", 200),
            (f"bearer {PASSWORD}", 200),
            ("Bearer wrong", 401),
            ("Bearer", 401),
            (f"Basic {PASSWORD}", 401),
            ("Bearer \u00fcber", 401),
        ):
            response = await client.get("/api/state", headers={"Authorization": header})
            assert response.status == status, header


async def test_a_session_can_not_be_made_up_and_ends(expert: Expert) -> None:
    now = 1000.0
    access = Access(PASSWORD, clock=lambda: now)
    note = access.new_session()
    assert access.is_session(note)
    until, nonce, signature = note.split(".")
    for wrong in (
        "",
        ".",
        "..",
        "x",
        f"{int(until) + 9}.{nonce}.{signature}",
        f"{until}.{nonce}.",
        note[:-1],
        note + "é",
    ):
        assert not access.is_session(wrong), wrong
    assert not Access(PASSWORD, clock=lambda: now).is_session(note)
    now += SESSION_SECONDS
    assert not access.is_session(note)


async def test_wrong_passwords_are_limited(expert: Expert) -> None:
    access = Access(PASSWORD, attempts=Rate(3, 0.001))
    async with protected(expert, access) as client:
        assert [await sign_in(client, "guess") for _ in range(4)] == [401, 401, 401, 429]
        response = await client.post("/login", data={"password": PASSWORD}, allow_redirects=False)
        assert response.status == 429
        assert int(response.headers["Retry-After"]) > 1
        assert "wait" in await response.text()
        response = await client.get("/api/state", headers={"Authorization": f"Bearer {PASSWORD}"})
        assert response.status == 429


async def test_the_form_is_a_form(expert: Expert) -> None:
    async with protected(expert) as client:
        assert (await client.post("/login", json={"password": PASSWORD})).status == 415
        response = await client.post("/login", data={"other": "x"})
        assert response.status == 401
        assert 'aria-invalid="true"' in await response.text()


async def test_without_a_password_there_is_nothing_to_sign_in_to(page: Client) -> None:
    assert (await page.get("/login", allow_redirects=False)).headers["Location"] == "/"
    assert (await page.post("/login", data={"password": ""}, allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("bot.example", 200), ("BOT.example:8765", 200), ("localhost", 200), ("192.168.1.5:8765", 200),
        ("[fe80::1]:80", 200), ("evil.example", 403), ("bot.example.evil.example", 403), ("", 403), ("a b", 403),
    ],
)  # fmt: skip
async def test_names_that_the_page_is_known_by(expert: Expert, host: str, status: int) -> None:
    async with protected(expert) as client:
        headers = {"Host": host, "Authorization": f"Bearer {PASSWORD}"}
        response = await client.get("/api/state", headers=headers)
        assert response.status == status
        if status == 403:
            assert "WEB_ALLOWED_HOSTS" in (await response.json())["error"]


async def test_health_tells_others_only_whether_it_is_well(expert: Expert) -> None:
    async with protected(expert) as client:
        assert "questions" in await (await client.get("/health")).json()
        beyond = await client.get("/health", headers={"Host": "bot.example"})
        assert await beyond.json() == {"healthy": True}


async def test_too_many_requests(expert: Expert) -> None:
    app = make_app(Library(expert), access=Access(rate=Rate(5, 0.5)))
    async with TestClient(TestServer(app)) as client:
        statuses = [(await client.get("/api/state")).status for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        response = await client.post("/api/ask", json={"text": "kvm"})
        assert response.status == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 2
        assert (await client.get("/")).status == 200
        assert (await client.get("/health")).status == 200


def test_buckets_fill_again_and_forget() -> None:
    now = 0.0
    buckets = Buckets(Rate(2, 1), clock=lambda: now)
    assert [buckets.take("a"), buckets.take("a")] == [0, 0]
    assert buckets.take("a") == pytest.approx(1)
    assert buckets.take("b") == 0
    now = 0.5
    assert buckets.wait("a") == pytest.approx(0.5)
    now = 60
    assert [buckets.take("a"), buckets.take("a")] == [0, 0]
    assert buckets.take("a")
    for i in range(10_000):
        buckets.take(str(i))
    assert len(buckets._left) < 5000


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2", "2001:db8::/64"), ("fe80::1%eth0", "fe80::/64"), (None, "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_what_counts_as_one_client(address: str | None, client: str) -> None:
    assert client_of(address) == client


# The whole process, on every address of this machine


def start(**settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        env=os.environ | {"DISCORD_TOKEN": "", "KNOWLEDGE_DIR": str(ROOT / "tests/bases/coffee"), **settings},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_beyond_loopback_it_does_not_start_without_a_password() -> None:
    process = start(WEB_HOST="0.0.0.0", PYTHONPATH=str(ROOT))
    told, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "WEB_PASSWORD" in told
    assert "Traceback" not in told
    told, _ = start(WEB_HOST="0.0.0.0", WEB_PASSWORD="short", PYTHONPATH=str(ROOT)).communicate(timeout=20)
    assert "12 characters" in told
    assert "short" not in told


async def test_beyond_loopback_it_asks_for_the_password() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(WEB_HOST="0.0.0.0", WEB_PORT=str(port), WEB_PASSWORD=PASSWORD, PYTHONPATH=str(ROOT))
    try:
        # 127.0.0.2 is this machine, too, but not by a name of loopback that the page knows.
        address = f"http://127.0.0.2:{port}"
        async with ClientSession() as session:
            deadline = time.monotonic() + 20
            while True:
                try:
                    async with session.get(f"{address}/health") as response:
                        assert await response.json() == {"healthy": True}
                        break
                except OSError:
                    assert process.poll() is None, process.stdout and process.stdout.read()
                    assert time.monotonic() < deadline
                    await asyncio.sleep(0.05)
            async with session.get(f"{address}/api/entries") as response:
                assert response.status == 401
            async with session.get(f"{address}/api/state", headers={"Host": "evil.example"}) as response:
                assert response.status == 403
            async with session.get(address) as response:
                assert response.url.path == "/login"
                assert re.search(r'type="password"', await response.text())
            bearer = {"Authorization": f"Bearer {PASSWORD}"}
            async with session.post(f"{address}/api/ask", json={"text": "espresso"}, headers=bearer) as response:
                assert response.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert PASSWORD not in told
