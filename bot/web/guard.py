"""What keeps other pages out: host names, headers, and errors that give nothing away."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from bot.web.bodies import MAX_BODY, RequestError

_log = logging.getLogger(__name__)

_LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal: every response carries the same rules for the browser."""
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-cache" if _is_page(request) else "no-store")


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into one sentence, as JSON for programs."""
    try:
        return await handler(request)
    except RequestError as error:
        return _error(request, error.status, str(error))
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


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names that only lead here by a trick of the name service (DNS rebinding)."""
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        raise RequestError("this page answers on this computer only: open it as localhost or 127.0.0.1", 403)
    return await handler(request)


def _is_page(request: web.Request) -> bool:
    return request.path == "/" or request.path.startswith("/static/")


def _error(request: web.Request, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    if request.path.startswith("/api/") or request.path == "/health":
        return web.json_response({"error": message}, status=status, headers=headers)
    return web.Response(text=f"{message}\n", status=status, headers=headers)
