"""The real expert behind the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.expert import Expert
from bot.reload import Library
from bot.web import make_app


@pytest.fixture
async def page(expert: Expert) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of the page, over a real socket."""
    async with TestClient(TestServer(make_app(Library(expert)))) as client:
        yield client
