"""What stands before every handler: host names, rates, the password, and errors that give nothing away."""

from __future__ import annotations

import logging
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.web.access import Access, client_of
from bot.web.bodies import MAX_BODY, RequestError

_log = logging.getLogger(__name__)

COOKIE: Final = "session"
LOGIN: Final = "/login"
CHECKS: Final = ("/health", "/ready", "/live")
"""For whatever watches the process: open, and telling nothing beyond yes and no."""
METRICS: Final = "/metrics"
_HARMLESS: Final = ("GET", "HEAD", "OPTIONS")
_OWN: Final = ("same-origin", "none")
"""What a browser says (Sec-Fetch-Site) of requests that the page itself, or the person, makes."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action {forms}; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal: every response carries the same rules for the browser."""
    response.headers.update(_HEADERS)
    # Only the password is ever sent by a form.
    forms = "'self'" if request.path == LOGIN else "'none'"
    response.headers["Content-Security-Policy"] = _POLICY.format(forms=forms)
    response.headers.setdefault("Cache-Control", "no-cache" if _is_page(request) else "no-store")


def guards(access: Access) -> list[Middleware]:
    """The middlewares, outermost first."""

    @web.middleware
    async def known_host(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall("Host", [])
        # A request line may name a host of its own: both have to fit.
        if len(hosts) == 1 and access.serves(hosts[0]) and access.serves(request.host):
            return await handler(request)
        if access.protected:
            raise RequestError("this page is not known by that name: its owner can add it to WEB_ALLOWED_HOSTS", 403)
        raise RequestError("this page answers on this computer only: open it as localhost or 127.0.0.1", 403)

    @web.middleware
    async def sent_by_us(request: web.Request, handler: Handler) -> web.StreamResponse:
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        # Behind a proxy the Origin may be a name that is not known here; what the browser says is enough then.
        own = site in _OWN if site is not None else origin is None or access.sends_from(origin)
        if own or request.method in _HARMLESS:
            return await handler(request)
        raise RequestError("another web site sent this: open the page itself", 403)

    @web.middleware
    async def not_too_often(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/api/") and (wait := access.requests.take(client_of(request.remote))):
            raise RequestError("too many requests: wait a little", 429, retry_after=wait)
        return await handler(request)

    @web.middleware
    async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not access.protected or _is_open(request) or _is_signed_in(access, request):
            return await handler(request)
        if _is_for_programs(request):
            raise RequestError("sign in first, or send the password: Authorization: Bearer …", 401)
        raise web.HTTPSeeOther(LOGIN)

    return [explain_errors, known_host, sent_by_us, not_too_often, signed_in]


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into one sentence, as JSON for programs."""
    try:
        return await handler(request)
    except RequestError as error:
        return _error(request, error.status, str(error), error.headers)
    except web.HTTPRequestEntityTooLarge:
        return _error(request, 413, f"the body is larger than {MAX_BODY} bytes")
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return _error(request, 405, f"use {allowed} here", {"Allow": allowed})
    except web.HTTPNotFound:
        return _error(request, 404, "there is nothing at this address")
    except web.HTTPException:
        raise
    except Exception:
        # The path only: what a person asked stays out of the log.
        _log.exception("%s %s failed", request.method, request.path)
        return _error(request, 500, "something went wrong inside; the log says more")


def attempt(access: Access, request: web.Request, password: str) -> bool:
    """Whether the password is right; wrong ones are counted.

    Raises:
        RequestError: this client has tried too often.
    """
    client = client_of(request.remote)
    if wait := access.attempts.wait(client):
        raise RequestError("too many wrong passwords: wait a little", 429, retry_after=wait)
    if access.is_password(password):
        return True
    access.attempts.take(client)
    return False


def _is_signed_in(access: Access, request: web.Request) -> bool:
    if access.is_session(request.cookies.get(COOKIE, "")):
        return True
    scheme, _, password = request.headers.get("Authorization", "").partition(" ")
    return scheme.casefold() == "bearer" and attempt(access, request, password.strip())


def _is_open(request: web.Request) -> bool:
    """What everybody may see: the form, the files of the page, and whether the bot is alive."""
    return request.path in (LOGIN, *CHECKS) or request.path.startswith("/static/")


def _is_for_programs(request: web.Request) -> bool:
    return request.path.startswith("/api/") or request.path == METRICS


def _is_page(request: web.Request) -> bool:
    return request.path == "/" or request.path.startswith("/static/")


def _error(request: web.Request, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    if _is_for_programs(request) or request.path in CHECKS:
        return web.json_response({"error": message}, status=status, headers=headers)
    return web.Response(text=f"{message}\n", status=status, headers=headers)
