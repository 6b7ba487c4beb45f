"""What may be sent: shapes, limits, and one clear sentence when something does not fit."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from aiohttp import web

from bot.core.expert import LanguageChoice

MAX_BODY: Final = 64 * 1024
"""Bytes of a request's body."""
BODY_SECONDS: Final = 10.0
"""What a body may take to arrive; the pages send a few kilobytes."""
MAX_TEXT: Final = 6000
"""Characters of a question."""

MAX_NAME: Final = 300
"""Characters of a name."""

_Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
_Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME)]


class RequestError(Exception):
    """The request can not be understood; the text says why."""

    def __init__(self, message: str, status: int = 400, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {} if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    language: LanguageChoice = "auto"
    """Language of the reply."""


class Ask(_Body, frozen=True, kw_only=True):
    """A question."""

    text: _Text
    previous: _Name | None = None
    """The entry that was answered before, for questions that lean on it."""


class Compare(_Body, frozen=True, kw_only=True):
    """Things to put side by side."""

    names: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=4)]


class Relate(_Body, frozen=True, kw_only=True):
    """Two ends of a path."""

    first: _Name
    second: _Name


class Open(_Body, frozen=True, kw_only=True):
    """An entry that a reply linked to."""

    reference: _Name


class Suggest(_Body, frozen=True, kw_only=True):
    """What stands in the box so far."""

    q: _Name = ""
    what: Literal["concept", "question"] = "concept"


class Words(_Body, frozen=True, kw_only=True):
    """A language alone; auto is English here."""


_T = TypeVar("_T", bound=_Body)


async def body(request: web.Request, kind: type[_T]) -> _T:
    """The JSON body as `kind`.

    Raises:
        RequestError: another content type, not JSON, or fields that do not fit.
    """
    # A form of another site can not send this type unasked, so no page but ours gets through.
    if request.content_type != "application/json":
        raise RequestError("send JSON, with Content-Type: application/json", 415)
    try:
        return msgspec.json.decode(await received(request), type=kind)
    except msgspec.ValidationError as error:
        raise RequestError(_sentence(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RequestError("the body is not valid JSON") from None


async def received(request: web.Request) -> bytes:
    """The body as it is.

    Raises:
        RequestError: it does not arrive.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise RequestError("the body did not arrive in time", 408) from None


def query(request: web.Request, kind: type[_T]) -> _T:
    """The query string as `kind`.

    Raises:
        RequestError: values that do not fit.
    """
    values = {key: _text(value) for key, value in request.query.items()}
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise RequestError(_sentence(error)) from None


def name(request: web.Request) -> str:
    """The `{name}` of an address.

    Raises:
        RequestError: it is too long.
    """
    given = _text(request.match_info["name"])
    if len(given) > MAX_NAME:
        raise RequestError(f"name: Expected `str` of length <= {MAX_NAME}")
    return given


def _text(value: str) -> str:
    """What is not UTF-8 in an address arrives as lone surrogates, which no reply can carry."""
    return value.encode("utf-8", "replace").decode()


def _sentence(error: msgspec.ValidationError) -> str:
    """Msgspec's message with the place first: 'text: Expected `str`, got `int`'."""
    message, _, place = str(error).partition(" - at `$")
    place = place.rstrip("`").removeprefix(".")
    return f"{place}: {message}" if place else message
