"""The page's own files, held in memory, small on the wire and known again by the browser."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import hdrs, web

TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    type: str
    plain: bytes
    packed: bytes
    mark: str
    """Changes with the content (ETag)."""


def load() -> dict[str, File]:
    """All files of the page by name.  A fixed set: no path of the outside ever reaches the disk."""
    found = {}
    for path in (files("bot.web") / "static").iterdir():
        kind = TYPES.get("." + path.name.rpartition(".")[2])
        if kind:
            data = path.read_bytes()
            mark = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            found[path.name] = File(kind, data, gzip.compress(data, 9, mtime=0), mark)
    return found


def send(request: web.Request, file: File) -> web.Response:
    """A file, or word that the browser has it already."""
    headers = {hdrs.ETAG: file.mark, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if request.headers.get(hdrs.IF_NONE_MATCH) == file.mark:
        return web.Response(status=304, headers=headers)
    if takes_gzip(request):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=file.packed, content_type=file.type, charset="utf-8", headers=headers)
    return web.Response(body=file.plain, content_type=file.type, charset="utf-8", headers=headers)


def takes_gzip(request: web.Request) -> bool:
    """Whether the other side unpacks gzip."""
    return "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "").casefold()
