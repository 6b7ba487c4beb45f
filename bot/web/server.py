"""Routes of the local page, and the socket that they are served on."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final

from aiohttp import web

from bot.core.expert import Expert
from bot.core.reply import Reply
from bot.locales import Language, words
from bot.web import bodies, guard
from bot.web.bodies import RequestError
from bot.web.shown import blocks, shown

_log = logging.getLogger(__name__)

SUGGESTIONS: Final = 7
"""How many suggestions fit above the box on a phone."""

_STATIC: Final = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

ExpertProvider = Callable[[], Expert]
Status = Callable[[], Mapping[str, object]]


class ServeError(Exception):
    """The page can not be served; the text is one sentence for the owner."""


class PortInUseError(ServeError):
    """Another program listens there."""


def make_app(expert_provider: ExpertProvider, *, status: Status | None = None) -> web.Application:
    """The page as an application.

    Args:
        expert_provider: gives the expert of the moment, so that a reload of the base shows at once.
        status: what `/health` reports; its "healthy" decides between 200 and 503.
    """
    app = web.Application(client_max_size=bodies.MAX_BODY, middlewares=[guard.explain_errors, guard.loopback_only])
    app.on_response_prepare.append(guard.add_headers)
    page = _Page(expert_provider, status)
    app.add_routes(
        [
            web.get("/", page.index),
            web.get("/static/{name}", page.static),
            web.post("/api/ask", page.ask),
            web.post("/api/compare", page.compare),
            web.post("/api/concept", page.concept),
            web.post("/api/relate", page.relate),
            web.post("/api/open", page.open),
            web.get("/api/suggest", page.suggest),
            web.get("/api/strings", page.strings),
            web.get("/health", page.health),
        ]
    )
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Start serving; `AppRunner.cleanup` stops it.

    Raises:
        PortInUseError: another program listens there.
        ServeError: the address can not be used for another reason.
    """
    # No access log: addresses hold what people type.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    # "localhost" may stand for ::1 too, which many containers list and do not have.
    address = "127.0.0.1" if host == "localhost" else host
    try:
        await web.TCPSite(runner, address, port).start()
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


class _Page:
    """The handlers.  A call of the expert takes less than 2 ms, so that none is put into a thread."""

    def __init__(self, expert: ExpertProvider, status: Status | None) -> None:
        self._expert = expert
        self._status = status
        here = files("bot.web") / "static"
        self._files = {name: (here / name).read_bytes() for name in _STATIC}

    async def index(self, _request: web.Request) -> web.Response:
        return self._file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        # A fixed set held in memory: no path of the outside ever reaches the disk.
        return self._file(request.match_info["name"])

    async def ask(self, request: web.Request) -> web.Response:
        asked = await bodies.body(request, bodies.Ask)
        expert = self._expert()
        previous = expert.open(asked.previous) if asked.previous else None
        return _timed(lambda: expert.ask(asked.text, language=asked.language, previous=previous))

    async def compare(self, request: web.Request) -> web.Response:
        asked = await bodies.body(request, bodies.Compare)
        return _timed(lambda: self._expert().compare(asked.names, language=asked.language))

    async def concept(self, request: web.Request) -> web.Response:
        asked = await bodies.body(request, bodies.Concept)
        return _timed(lambda: self._expert().concept(asked.name, language=asked.language))

    async def relate(self, request: web.Request) -> web.Response:
        asked = await bodies.body(request, bodies.Relate)
        return _timed(lambda: self._expert().relate(asked.first, asked.second, language=asked.language))

    async def open(self, request: web.Request) -> web.Response:
        asked = await bodies.body(request, bodies.Open)
        return _timed(lambda: self._expert().open(asked.reference, language=asked.language))

    async def suggest(self, request: web.Request) -> web.Response:
        asked = bodies.query(request, bodies.Suggest)
        links = self._expert().suggest(asked.q, what=asked.what, language=asked.language, limit=SUGGESTIONS)
        return web.json_response({"suggestions": [{"entry": k.entry, "title": k.title} for k in links]})

    async def strings(self, request: web.Request) -> web.Response:
        """The page's own words, and how the base presents itself."""
        asked = bodies.query(request, bodies.Words)
        language: Language = "hi" if asked.language == "hi" else "en"
        expert = self._expert()
        about = expert.base.about
        answer = {
            "language": language,
            "strings": dict(words("web", language)),
            "name": getattr(about.name, language),
            "about": blocks(getattr(about.about, language)),
            "examples": list(expert.examples(language)),
        }
        return web.json_response(answer)

    async def health(self, _request: web.Request) -> web.Response:
        try:
            base = self._expert().base
            told = dict(self._status()) if self._status else {}
            healthy = bool(told.get("healthy", True))
            answer = {"healthy": healthy, "concepts": len(base.concepts), "questions": len(base.questions)}
            return web.json_response(told | answer, status=200 if healthy else 503)
        except Exception:
            _log.exception("the health check itself failed")
            return web.json_response({"healthy": False}, status=503)

    def _file(self, name: str) -> web.Response:
        if name not in self._files:
            raise web.HTTPNotFound
        return web.Response(body=self._files[name], content_type=_STATIC[name], charset="utf-8")


def _timed(answer: Callable[[], Reply | None]) -> web.Response:
    """The reply as JSON, with the time that the expert took."""
    started = time.perf_counter()
    reply = answer()
    elapsed = round((time.perf_counter() - started) * 1000, 3)
    if reply is None:
        raise RequestError("there is no such entry (any more)", 404)
    return web.json_response(shown(reply, elapsed_ms=elapsed))
