"""A real browser on the page: how tests open it, and what must not happen while they look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.web import Access
from bot.web.access import Rate

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
BAD = ("error", "warning")
"""Kinds of console messages that a good page does not cause."""
PATIENT = Access(rate=Rate(100_000, 100_000))
"""Tests press faster than people."""

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """A running browser."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        found = await driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield found
        await found.close()


@asynccontextmanager
async def visiting(
    browser: Any,
    address: str,
    view: str = "",
    *,
    width: int = 1280,
    height: int = 850,
    cookies: Sequence[str] = (),
    **options: Any,
) -> AsyncIterator[Any]:
    """The page with a view in front; nothing may be reported, nor asked of another host, nor stored as a cookie."""
    trouble: list[str] = []
    context = await browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en-GB", **options})
    page = await context.new_page()
    page.set_default_timeout(5000)
    page.on("console", lambda said: trouble.append(said.text) if said.type in BAD else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda sent: trouble.append(sent.url) if not sent.url.startswith(f"{address}/") else None)
    await page.goto(f"{address}/{view}")
    await page.wait_for_selector("body[data-ready]" if not cookies else "form.login")
    yield page
    assert [cookie["name"] for cookie in await context.cookies()] == list(cookies)
    await context.close()
    assert trouble == []
