"""The interface for programs: every route with what it takes and what it gives."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.web import ContentCoding

from bot import catalogue
from bot.core.expert import LanguageChoice
from bot.core.reply import Reply
from bot.insights import Insights
from bot.locales import Language, words
from bot.reload import Library, aside
from bot.web import bodies, shapes
from bot.web.bodies import RequestError
from bot.web.files import takes_gzip
from bot.web.graph import comparisons, concepts, graph
from bot.web.shown import blocks, shown

SUGGESTIONS: Final = 7
"""How many suggestions fit above the box on a phone."""
_WORTH_PACKING: Final = 1000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route, as it is served and as it is described."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[msgspec.Struct]]
    gives: type[msgspec.Struct]
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    may_be_gone: bool = False

    @property
    def about(self) -> str:
        """One sentence."""
        return self.handler.__doc__ or ""


class Api:
    """The handlers.  A call of the expert takes a few milliseconds, so that none is put into a thread."""

    def __init__(self, library: Library, insights: Insights, *, protected: bool) -> None:
        self._library = library
        self._insights = insights
        self._protected = protected
        self._linting: asyncio.Task[None] | None = None

    def described(self) -> list[Route]:
        """All routes."""
        words = bodies.Words
        return [
            Route("POST", "/api/ask", self.ask, shapes.Answer, body=bodies.Ask),
            Route("POST", "/api/compare", self.compare, shapes.Answer, body=bodies.Compare),
            Route("POST", "/api/relate", self.relate, shapes.Answer, body=bodies.Relate),
            Route("POST", "/api/open", self.open, shapes.Answer, body=bodies.Open, may_be_gone=True),
            Route("GET", "/api/concepts", self.concepts, shapes.Concepts, query=words),
            Route("GET", "/api/concepts/{name}", self.concept, shapes.Answer, query=words),
            Route("GET", "/api/graph", self.graph, shapes.Graph, query=words),
            Route("GET", "/api/entries", self.entries, shapes.Entries, query=words),
            Route("GET", "/api/insights", self.insights, shapes.Numbers, query=words),
            Route("GET", "/api/state", self.state, shapes.State),
            Route("GET", "/api/suggest", self.suggest, shapes.Suggestions, query=bodies.Suggest),
            Route("GET", "/api/strings", self.strings, shapes.Strings, query=words),
        ]  # fmt: skip

    def routes(self, description: bytes) -> list[web.RouteDef]:
        """The addresses; `description` is what stands at /api/openapi.json."""

        async def openapi(request: web.Request) -> web.Response:
            return _json(request, description)

        routes = [web.route(r.method, _pattern(r.path), _served(r.handler)) for r in self.described()]
        return [*routes, web.get("/api/openapi.json", openapi)]

    async def ask(self, request: web.Request) -> shapes.Answer:
        """Answer a question."""
        asked = await bodies.body(request, bodies.Ask)
        expert = self._library.expert
        previous = expert.open(asked.previous) if asked.previous else None
        return self._timed(lambda: expert.ask(asked.text, language=asked.language, previous=previous))

    async def compare(self, request: web.Request) -> shapes.Answer:
        """Put up to four things side by side."""
        asked = await bodies.body(request, bodies.Compare)
        return self._timed(lambda: self._library.expert.compare(asked.names, language=asked.language))

    async def concept(self, request: web.Request) -> shapes.Answer:
        """Explain one thing; its name in any spelling."""
        asked = bodies.query(request, bodies.Words)
        name = bodies.name(request)
        return self._timed(lambda: self._library.expert.concept(name, language=asked.language))

    async def relate(self, request: web.Request) -> shapes.Answer:
        """Tell how two things are connected."""
        asked = await bodies.body(request, bodies.Relate)
        return self._timed(lambda: self._library.expert.relate(asked.first, asked.second, language=asked.language))

    async def open(self, request: web.Request) -> shapes.Answer:
        """Show the entry that a reply linked to."""
        asked = await bodies.body(request, bodies.Open)
        # Following a link is no question: it is not counted.
        return self._timed(lambda: self._library.expert.open(asked.reference, language=asked.language), count=False)

    async def concepts(self, request: web.Request) -> shapes.Concepts:
        """List all concepts."""
        language = _language(bodies.query(request, bodies.Words).language)
        expert = self._library.expert
        return shapes.Concepts(concepts(expert.base, language), comparisons(expert, language))

    async def graph(self, request: web.Request) -> shapes.Graph:
        """All concepts and how they are connected."""
        language = _language(bodies.query(request, bodies.Words).language)
        return graph(self._library.expert.base, language, self._library.version)

    async def entries(self, request: web.Request) -> shapes.Entries:
        """All entries of the base, and what the lint found."""
        language = _language(bodies.query(request, bodies.Words).language)
        library = self._library
        if not library.checked and not library.problems and (self._linting is None or self._linting.done()):
            # Takes seconds: this answer tells what is known by now, a later one the rest.
            self._linting = asyncio.create_task(aside(library.lint), name="lint")
        base = library.expert.base
        return shapes.Entries(
            version=library.version,
            shelf_life_days=base.about.shelf_life_days,
            checked=library.checked,
            entries=tuple(
                _listed(entry, library.places.get(entry.key))
                for entry in catalogue.entries(base, language, datetime.datetime.now(datetime.UTC).date())
            ),
            findings=library.findings,
            problems=tuple(catalogue.finding(problem) for problem in library.problems),
        )

    async def insights(self, request: web.Request) -> shapes.Numbers:
        """What was asked since the start, and how it went."""
        language = _language(bodies.query(request, bodies.Words).language)
        report = self._insights.report()
        composer = self._library.expert.composer
        # An entry may be gone since: its name remains.
        titles = {top.entry: composer.title(top.entry, language) or top.entry for top in report.top}
        return shapes.Numbers(report, titles)

    async def state(self, _request: web.Request) -> shapes.State:
        """Whether the base has changed."""
        library = self._library
        return shapes.State(library.version, library.loaded_at, library.checked, len(library.problems))

    async def suggest(self, request: web.Request) -> shapes.Suggestions:
        """Complete a name or a question."""
        asked = bodies.query(request, bodies.Suggest)
        expert = self._library.expert
        return shapes.Suggestions(expert.suggest(asked.q, what=asked.what, language=asked.language, limit=SUGGESTIONS))

    async def strings(self, request: web.Request) -> shapes.Strings:
        """The page's own words."""
        language = _language(bodies.query(request, bodies.Words).language)
        expert = self._library.expert
        about = expert.base.about
        return shapes.Strings(
            language=language,
            strings=dict(words("web", language)),
            name=getattr(about.name, language),
            about=blocks(getattr(about.about, language)),
            examples=tuple(expert.examples(language)),
            protected=self._protected,
        )

    def _timed(self, answer: Callable[[], Reply | None], *, count: bool = True) -> shapes.Answer:
        """The reply, counted, with the time that the expert took."""
        started = time.perf_counter()
        reply = answer()
        elapsed = round((time.perf_counter() - started) * 1000, 3)
        if reply is None:
            raise RequestError("there is no such entry (any more)", 404)
        if count:
            self._insights.record(reply, surface="web", elapsed_ms=elapsed)
        return shown(reply, elapsed_ms=elapsed)


def _served(handler: Callable[[web.Request], Awaitable[msgspec.Struct]]) -> Callable[[web.Request], Any]:
    async def serve(request: web.Request) -> web.Response:
        return _json(request, msgspec.json.encode(await handler(request)))

    return serve


def _json(request: web.Request, body: bytes) -> web.Response:
    response = web.Response(body=body, content_type="application/json", charset="utf-8")
    if len(body) > _WORTH_PACKING and takes_gzip(request):
        response.enable_compression(ContentCoding.gzip)
    return response


def _pattern(path: str) -> str:
    # A name may hold a slash, as in TCP/IP.
    return path.replace("{name}", "{name:.+}")


def _language(choice: LanguageChoice) -> Language:
    return "hi" if choice == "hi" else "en"


def _listed(entry: catalogue.Entry, place: catalogue.Place | None) -> shapes.Listed:
    known = msgspec.structs.asdict(place) if place else {}
    return shapes.Listed(**msgspec.structs.asdict(entry), **known)
