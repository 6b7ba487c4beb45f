"""The page as an application, and the socket that it is served on."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from bot.insights import Insights
from bot.reload import Library
from bot.web import bodies, guard
from bot.web.access import Access
from bot.web.api import Api
from bot.web.openapi import describe
from bot.web.pages import Numbers, Pages

Status = Callable[[], Mapping[str, object]]

CONNECTIONS: Final = 200
"""Connections at a time: the bot needs its files for Discord and the database, too."""
QUIET: Final = 75.0
"""Seconds that a connection may wait for a request, or for the end of its first lines."""


class ServeError(Exception):
    """The page can not be served; the text is one sentence for the owner."""


class PortInUseError(ServeError):
    """Another program listens there."""


def make_app(
    library: Library,
    *,
    status: Status | None = None,
    access: Access | None = None,
    insights: Insights | None = None,
    numbers: Numbers | None = None,
) -> web.Application:
    """The page as an application.

    Args:
        library: gives the expert of the moment, so that a reload of the base shows at once.
        status: what `/health` reports; its "healthy" decides between 200 and 503.
        access: who may use it; by default whoever is on this computer.
        insights: counts what is asked; shared with other surfaces.
        numbers: what `/metrics` gives; without it there is none.
    """
    access = access or Access()
    app = web.Application(client_max_size=bodies.MAX_BODY, middlewares=guard.guards(access))
    app.on_response_prepare.append(guard.add_headers)
    api = Api(library, insights or Insights(), protected=access.protected)
    app.add_routes(Pages(library, access, status, numbers).routes())
    app.add_routes(api.routes(describe(api.described(), protected=access.protected)))
    return app


def _silent() -> logging.Logger:
    """For requests too garbled to reach a handler: they would be logged with what was typed."""
    logger = logging.getLogger(f"{__name__}.garbled")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


class _Site(web.TCPSite):
    """A socket on which whoever only holds connections open makes room for others."""

    async def start(self) -> None:
        await web.BaseSite.start(self)
        self._server = await asyncio.get_running_loop().create_server(self._accept, self._host, self._port)

    def _accept(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None
        # The oldest go first: no request takes as long as so many others need to come.
        for old in server.connections[: max(0, len(server.connections) - CONNECTIONS + 1)]:
            old.force_close()
        return server()


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Start serving; `AppRunner.cleanup` stops it.

    Raises:
        PortInUseError: another program listens there.
        ServeError: the address can not be used for another reason.
    """
    # No access log: addresses hold what people type.
    runner = web.AppRunner(
        app, access_log=None, logger=_silent(), shutdown_timeout=1.0, keepalive_timeout=QUIET, lingering_time=1.0
    )
    await runner.setup()
    # "localhost" may stand for ::1 too, which many containers list and do not have.
    address = "127.0.0.1" if host == "localhost" else host
    try:
        await _Site(runner, address, port).start()
    except OSError as error:
        await runner.cleanup()
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is in use by another program: stop it, or choose another port"
            raise PortInUseError(message) from None
        raise ServeError(f"the page can not listen on {host}, port {port}: {error.strerror or error}") from None
    except OverflowError:
        await runner.cleanup()
        raise ServeError(f"{port} is not a port: ports go from 0 to 65535") from None
    return runner
