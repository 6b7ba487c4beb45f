"""What somebody on the network can try, byte by byte."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bot.core.expert import Expert
from bot.reload import Library
from bot.web import Access, bodies, make_app, serve, server
from bot.web.access import SESSION_SECONDS, Rate

PASSWORD = "correct horse battery"
BEARER = f"Authorization: Bearer {PASSWORD}"
JSON = "Content-Type: application/json"

Send = Callable[..., Awaitable[str]]
"""Sends a request line and headers as they are, and gives back everything that comes."""


@pytest.fixture
def clock() -> list[float]:
    """The time of sessions."""
    return [1000.0]


@pytest.fixture
def access(clock: list[float]) -> Access:
    return Access(PASSWORD, ("bot.example",), clock=lambda: clock[0], attempts=Rate(3, 0.001))


@pytest.fixture
async def port(expert: Expert, access: Access) -> AsyncIterator[int]:
    app = make_app(Library(expert), access=access, numbers=lambda: b"numbers 1\n")
    runner = await serve(app, "127.0.0.1", 0)
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
def send(port: int) -> Send:
    async def send(line: str, *headers: str, body: bytes = b"", host: str | None = "localhost") -> str:
        named = [f"Host: {host}"] if host is not None else []
        head = "\r\n".join([f"{line} HTTP/1.1", *named, *headers, "Connection: close", "", ""])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(10), closing(writer):
            writer.write(head.encode("latin-1") + body)
            told = b""
            # A server that has heard enough may cut the line while something is still being sent.
            with suppress(ConnectionError):
                while more := await reader.read(4096):
                    told += more
        return told.decode("utf-8", "replace")

    return send


@asynccontextmanager
async def closing(*writers: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for writer in writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def status(told: str) -> int:
    return int(told.split(" ", 2)[1])


async def session(send: Send) -> str:
    """Sign in; the cookie."""
    body = f"password={PASSWORD.replace(' ', '+')}".encode()
    told = await send(
        "POST /login", "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", body=body
    )
    found = re.search(r"Set-Cookie: (session=[^;]+)", told)
    assert found, told
    return found[1]


# Names


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localtest.me", "bot.example.",
        "bot.example@evil", "evil.example:80@localhost", "localhost:80:80", "localhost/", "localhost#",
        "localhost,evil.example", "127.1", "0x7f000001", "2130706433", "[::1", "xn--lcalhost-d1a",
        "localhost%00.evil.example", "\xe9vil", "", "localhost:x",
    ],
)  # fmt: skip
async def test_a_name_that_is_not_ours(send: Send, host: str) -> None:
    told = await send("GET /api/state", BEARER, host=host)
    assert status(told) in {400, 403}
    assert "version" not in told


async def test_two_hosts_or_none(send: Send) -> None:
    assert status(await send("GET /api/state", BEARER, "Host: localhost", host="evil.example")) == 400
    assert status(await send("GET /api/state", BEARER, "Host: evil.example")) == 400
    assert status(await send("GET /api/state", BEARER, "X-Forwarded-Host: localhost", host="evil.example")) == 403
    assert status(await send("GET /api/state", BEARER, host=None)) in {400, 403}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://evil.example/api/state", 403), ("http://user@evil.example/api/state", 403),
        ("https://localhost.evil.example/api/state", 403), ("http://bot.example/api/state", 200),
        ("http://localhost:8765/api/state", 200),
    ],
)  # fmt: skip
async def test_a_host_in_the_request_line(send: Send, target: str, expected: int) -> None:
    assert status(await send(f"GET {target}", BEARER)) == expected


# Other sites


FOREIGN = (
    ("Sec-Fetch-Site: cross-site",),
    ("Sec-Fetch-Site: same-site",),
    ("Origin: https://evil.example",),
    ("Origin: null",),
    ("Origin: http://[",),
    ("Origin: https://evil.example", "Sec-Fetch-Site: cross-site"),
)
OWN = (
    (),
    ("Sec-Fetch-Site: same-origin",),
    ("Sec-Fetch-Site: none",),
    ("Origin: https://bot.example",),
    ("Origin: https://behind-a-proxy.example", "Sec-Fetch-Site: same-origin"),
)


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_site_sends_something_with_the_cookie(send: Send, access: Access, headers: tuple[str]) -> None:
    cookie = await session(send)
    asked = (JSON, "Content-Length: 14", f"Cookie: {cookie}", *headers)
    told = await send("POST /api/ask", *asked, body=b'{"text":"kvm"}')
    assert status(told) == 403
    assert "another web site" in told
    assert status(await send("POST /logout", f"Cookie: {cookie}", "Content-Length: 0", *headers)) == 403
    assert access.is_session(cookie.partition("=")[2]), "another site has signed somebody out"


@pytest.mark.parametrize("headers", OWN)
async def test_the_page_itself_sends_something(send: Send, headers: tuple[str, ...]) -> None:
    asked = (JSON, "Content-Length: 14", f"Cookie: {await session(send)}", *headers)
    assert status(await send("POST /api/ask", *asked, body=b'{"text":"kvm"}')) == 200


# Sessions


async def test_a_session_that_somebody_chose_is_none(send: Send) -> None:
    chosen = "99999999999.chosen.chosen"
    body = f"password={PASSWORD.replace(' ', '+')}".encode()
    told = await send(
        "POST /login",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        f"Cookie: session={chosen}",
        body=body,
    )
    assert chosen not in told
    assert status(await send("GET /api/state", f"Cookie: session={chosen}")) == 401
    assert await session(send) != await session(send)


async def test_a_session_ends_when_it_is_ended_wherever_it_was_copied_to(
    send: Send, access: Access, clock: list[float]
) -> None:
    cookie, other = await session(send), await session(send)
    assert status(await send("GET /api/state", f"Cookie: {cookie}")) == 200
    assert status(await send("POST /logout", f"Cookie: {cookie}", "Content-Length: 0")) == 200
    assert status(await send("GET /api/state", f"Cookie: {cookie}")) == 401
    assert status(await send("GET /api/state", f"Cookie: {other}")) == 200
    clock[0] += SESSION_SECONDS + 1
    assert status(await send("GET /api/state", f"Cookie: {other}")) == 401
    for _ in range(10):
        access.end_session(access.new_session())
        clock[0] += SESSION_SECONDS / 2
    assert len(access._ended) <= 2, "sessions are remembered beyond their end"


async def test_a_session_of_before_the_restart_is_none(send: Send) -> None:
    before = Access(PASSWORD, ("bot.example",)).new_session()
    assert status(await send("GET /api/state", f"Cookie: session={before}")) == 401


@pytest.mark.parametrize(
    "forged",
    [
        "{until}.{nonce}.", "{until}.{nonce}", "99999999999.{nonce}.{signature}", "{until}.{nonce}.{signature}=",
        "{until}.{nonce}x.{signature}", "-1.{nonce}.{signature}", "1e99.a.b", "{until}.{signature}.{nonce}",
        "9" * 5000 + ".a.b", "\xff\xfe..", "{until}..{nonce}.{signature}",
    ],
)  # fmt: skip
async def test_a_forged_session(send: Send, access: Access, forged: str) -> None:
    until, nonce, signature = access.new_session().split(".")
    note = forged.format(until=until, nonce=nonce, signature=signature)
    assert status(await send("GET /api/state", f"Cookie: session={note}")) == 401


# The password


async def test_guessing_as_a_bearer_is_limited_and_signed_in_people_are_not_locked_out(send: Send) -> None:
    cookie = await session(send)
    guesses = [status(await send("GET /metrics", f"Authorization: Bearer guess{n}")) for n in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    assert status(await send("GET /metrics", BEARER)) == 429, "the right one would tell a guesser apart"
    assert status(await send("GET /metrics", f"Cookie: {cookie}")) == 200


async def test_every_secret_is_compared_in_constant_time(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    really = hmac.compare_digest

    def compare(a: bytes, b: bytes) -> bool:
        compared.append((len(a), len(b)))
        return really(a, b)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for guess in ("", "c", PASSWORD[:-1], PASSWORD + "x" * 10_000, "\ud800"):
        assert not access.is_password(guess)
    assert access.is_password(PASSWORD)
    assert compared == [(32, 32)] * 6, "a comparison whose time depends on what was typed"
    compared.clear()
    assert not access.is_session("1.2.3")
    assert len(compared) == 1


async def test_numbers_need_the_password(send: Send) -> None:
    told = await send("GET /metrics")
    assert status(told) == 401
    assert "WWW-Authenticate: Bearer" in told
    assert "numbers" not in told
    assert "numbers 1" in await send("GET /metrics", BEARER)


# Addresses


@pytest.mark.parametrize(
    "target",
    [
        "//api/state", "/static/../api/state", "/static/%2e%2e/api/state", "/static/..%2fapi%2fstate",
        "/login/../api/state", "/static/./../metrics", "/%2e/metrics", "/metrics%2f", "/./api/state",
        "/login;/../api/state", "/health/../metrics", "/api%2fstate", "/%61pi/state", "/static/%5c..%5capi",
        "/metrics%00", "/static/page.js%00.html", "/metrics?/login", "/static//metrics", "/health/../../api/entries",
        "/login%2f..%2fmetrics", "/%6detrics", "/static/login.html", "/static/%2fetc%2fpasswd",
        "/static/....//....//etc/passwd", "//etc/passwd", "/static/page.js/../../metrics",
    ],
)  # fmt: skip
async def test_tricks_with_the_path_open_nothing(send: Send, target: str) -> None:
    told = await send(f"GET {target}")
    assert status(told) in {303, 400, 401, 404}
    assert "numbers" not in told
    assert '"version"' not in told
    assert "root:" not in told


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "/%0d%0aX: y", "//evil.example/%2e%2e", "/login?next=//evil"]
)
async def test_nobody_is_sent_elsewhere(send: Send, target: str) -> None:
    told = await send(f"GET {target}")
    for found in re.findall(r"(?im)^location: (.*)$", told.partition("\r\n\r\n")[0]):
        assert found.strip() == "/login"
    assert "\r\nX:" not in told


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS", "FOO"])
async def test_other_methods_do_nothing(send: Send, method: str) -> None:
    for path in ("/", "/api/state", "/metrics", "/login"):
        told = await send(f"{method} {'localhost:80' if method == 'CONNECT' else path}", BEARER)
        assert status(told) in {400, 403, 404, 405}
        assert "Bearer" not in told
    assert (await send("HEAD /api/state", BEARER)).endswith("\r\n\r\n")


# Sizes and smuggling


@pytest.mark.parametrize(
    "headers",
    [
        ("X: " + "a" * 100_000,),
        ("X" * 100_000 + ": a",),
        tuple(f"X{n}: a" for n in range(1000)),
        (JSON, "Content-Length: 2", "Transfer-Encoding: chunked"),
        (JSON, "Content-Length: 2", "Content-Length: 3"),
        (JSON, "Transfer-Encoding: chunked, identity"),
        (JSON, "Content-Length: -1"),
        (JSON, "Content-Length: 2\n3"),
        (" folded: x",),
        ("Bad Name: x",),
    ],
)
async def test_headers_that_no_client_sends(send: Send, headers: tuple[str, ...]) -> None:
    assert status(await send("POST /api/ask", BEARER, *headers, body=b"{}")) == 400


async def test_large_bodies(send: Send, port: int) -> None:
    for kind, path in ((JSON, "/api/ask"), ("Content-Type: application/x-www-form-urlencoded", "/login")):
        body = b"a" * (bodies.MAX_BODY + 1)
        assert status(await send(f"POST {path}", BEARER, kind, f"Content-Length: {len(body)}", body=body)) == 413
    packed = ("Content-Encoding: gzip", "Content-Length: 4")
    assert status(await send("POST /api/ask", BEARER, JSON, *packed, body=b"\x1f\x8b\x08\x00")) == 400
    fields = b"&".join(b"a=b" for _ in range(100))
    form = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(fields)}")
    assert status(await send("POST /login", *form, body=fields)) == 401


# Slowness


async def test_a_body_that_does_not_come(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    assert status(await send("POST /api/ask", BEARER, JSON, "Content-Length: 100", body=b"{")) == 408
    form = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 100")
    assert status(await send("POST /login", *form, body=b"p")) == 408


async def test_whoever_holds_connections_open_holds_up_nobody(
    send: Send, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 20)
    held = []
    for number in range(60):
        connection = await asyncio.open_connection("127.0.0.1", port)
        connection[1].write(b"" if number % 2 else b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        held.append(connection)
        if number % 10 == 9:
            assert status(await send("GET /api/state", BEARER)) == 200
    async with asyncio.timeout(10), closing(*(writer for _, writer in held)):
        for reader, _ in held[:40]:
            assert await reader.read() == b"", "an old connection is still open"


async def test_first_lines_that_do_not_end(expert: Expert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "QUIET", 0.1)
    runner = await serve(make_app(Library(expert)), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
    async with asyncio.timeout(10), closing(writer):
        writer.write(b"GET / HTTP/1.1\r\n")
        assert await reader.read() == b""
    await runner.cleanup()
