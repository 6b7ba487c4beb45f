"""What a person's browser opens: the page, its files, the form for the password, and the health check."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from bot import __version__
from bot.locales import Language, say
from bot.reload import Library
from bot.web import bodies, files, guard
from bot.web.access import SESSION_SECONDS, Access, is_loopback, names_loopback
from bot.web.bodies import RequestError

_log = logging.getLogger(__name__)

_FORM: Final = "application/x-www-form-urlencoded"

Numbers = Callable[[], bytes]
"""Gives the metrics in Prometheus' text format."""
Status = Callable[[], Mapping[str, object]]


class Pages:
    """Handlers of everything that is no interface for programs."""

    def __init__(self, library: Library, access: Access, status: Status | None, numbers: Numbers | None) -> None:
        self._library = library
        self._access = access
        self._status = status
        self._numbers = numbers
        self._files = files.load()

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/", self.index),
            web.get("/static/{name}", self.static),
            web.get(guard.LOGIN, self.form),
            web.post(guard.LOGIN, self.login),
            web.post("/logout", self.logout),
            web.get("/health", self.health),
            web.get("/ready", self.health),
            web.get("/live", self.live),
            web.get(guard.METRICS, self.metrics),
        ]

    async def index(self, request: web.Request) -> web.Response:
        return files.send(request, self._files["index.html"])

    async def static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files or name.endswith(".html"):
            raise web.HTTPNotFound
        return files.send(request, self._files[name])

    async def form(self, request: web.Request) -> web.Response:
        """Ask for the password."""
        if not self._access.protected:
            raise web.HTTPSeeOther("/")
        return self._form(request)

    async def login(self, request: web.Request) -> web.Response:
        """Take the password, give a session."""
        if not self._access.protected:
            raise web.HTTPSeeOther("/")
        if request.content_type != _FORM:
            raise RequestError(f"send the form, with Content-Type: {_FORM}", 415)
        typed = _typed(await bodies.received(request))
        try:
            right = guard.attempt(self._access, request, typed)
        except RequestError as error:
            return self._form(request, "login.often", error.status, error.headers)
        if not right:
            return self._form(request, "login.wrong", 401)
        response = web.HTTPSeeOther("/")
        response.set_cookie(
            guard.COOKIE,
            self._access.new_session(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            path="/",
        )
        raise response

    async def logout(self, request: web.Request) -> web.Response:
        """End the session, and take it away from the browser."""
        self._access.end_session(request.cookies.get(guard.COOKIE, ""))
        response = web.json_response({})
        response.del_cookie(guard.COOKIE, path="/", httponly=True, samesite="Strict", secure=request.secure)
        return response

    async def health(self, request: web.Request) -> web.Response:
        """How the bot is; beyond this computer only whether it is well."""
        try:
            base = self._library.expert.base
            told = dict(self._status()) if self._status else {}
            healthy = bool(told.get("healthy", True))
            answer: dict[str, object] = {"healthy": healthy}
            if self._is_local(request):
                answer = told | answer | {"concepts": len(base.concepts), "questions": len(base.questions)}
                answer |= {"version": __version__, "problems": len(self._library.problems)}
            return web.json_response(answer, status=200 if healthy else 503)
        except Exception:
            _log.exception("the health check itself failed")
            return web.json_response({"healthy": False}, status=503)

    async def live(self, _request: web.Request) -> web.Response:
        """That the process answers at all: one that does not should be started anew."""
        return web.json_response({"live": True})

    async def metrics(self, _request: web.Request) -> web.Response:
        """Numbers for Prometheus."""
        if self._numbers is None:
            raise web.HTTPNotFound
        return web.Response(body=self._numbers(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    def _is_local(self, request: web.Request) -> bool:
        # Behind a proxy everybody comes from this computer, but does not call it by that name.
        return is_loopback(request.remote or "") and names_loopback(request.headers.get("Host", ""))

    def _form(
        self, request: web.Request, problem: str = "", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        language: Language = "hi" if request.headers.get("Accept-Language", "").lower().startswith("hi") else "en"
        name = getattr(self._library.expert.base.about.name, language)
        values = {
            "language": language,
            "title": say(language, "web.login.title", name=name),
            "password": say(language, "web.login.password"),
            "enter": say(language, "web.login.enter"),
            "problem": say(language, f"web.{problem}") if problem else "",
            "invalid": "true" if problem else "false",
        }
        text = self._files["login.html"].plain.decode()
        for key, value in values.items():
            text = text.replace(f"[[{key}]]", html.escape(value))
        return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _typed(form: bytes) -> str:
    """The password of a form; nothing where it is no form that we sent."""
    try:
        return parse_qs(form.decode("utf-8", "replace"), max_num_fields=4).get("password", [""])[0]
    except ValueError:
        return ""
