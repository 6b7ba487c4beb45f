"""The description of the interface (OpenAPI 3.1), made from the shapes that it speaks."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from bot import __version__
from bot.web import shapes
from bot.web.api import Route
from bot.web.bodies import MAX_NAME

_REF: Final = "#/components/schemas/{name}"
_STATUSES: Final = {
    "400": "Something does not fit; the sentence says what.",
    "401": "A password is needed.",
    "403": "The page is not known by that host name.",
    "404": "There is no such entry (any more).",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "429": "Too many requests: wait for as long as Retry-After says.",
}


def describe(routes: list[Route], *, protected: bool) -> bytes:
    """The whole document as JSON."""
    taken = {kind for r in routes for kind in (r.body, r.query) if kind}
    given = {shapes.Error, *(r.gives for r in routes)}
    _, schemas = msgspec.json.schema_components(
        sorted(taken | given, key=lambda kind: kind.__name__), ref_template=_REF
    )
    asked = {kind.__name__ for kind in taken}
    for name, schema in schemas.items():
        if name not in asked and name != shapes.Block.__name__:
            # What we send is always complete; defaults are for what we get.
            schema["required"] = list(schema.get("properties", {}))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, protected)
    for kind in {r.query for r in routes if r.query}:
        # These are told as parameters, one by one.
        del schemas[kind.__name__]
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Ask the knowledge bot",
            "version": __version__,
            "description": "Questions in, replies out. Limits on size and rate hold for every client.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if protected:
        document["components"]["securitySchemes"] = {
            "password": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "session"},
        }
        document["security"] = [{"password": []}, {"session": []}]
    return msgspec.json.encode(document)


def _operation(route: Route, schemas: dict[str, Any], protected: bool) -> dict[str, Any]:
    statuses = {"400", "403", "429"}
    if protected:
        statuses.add("401")
    if route.body:
        statuses |= {"413", "415"}
    if route.may_be_gone:
        statuses.add("404")
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.about,
        "responses": {"200": _answer("Here it is.", route.gives)}
        | {status: _answer(_STATUSES[status], shapes.Error) for status in sorted(statuses)},
    }
    operation["responses"]["429"]["headers"] = {
        "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}
    }
    if route.body:
        operation["requestBody"] = {"required": True, "content": _json(route.body)}
    if parameters := [*_path(route), *_query(route, schemas)]:
        operation["parameters"] = parameters
        # An address of more than 8 kB does not get as far as here.
        operation["responses"]["400"]["content"]["text/plain"] = {"schema": {"type": "string"}}
    return operation


def _path(route: Route) -> list[dict[str, Any]]:
    if "{name}" not in route.path:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
    return [{"name": "name", "in": "path", "required": True, "schema": schema}]


def _query(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if not route.query:
        return []
    fields = schemas[route.query.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]


def _answer(about: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"description": about, "content": _json(kind)}


def _json(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=kind.__name__)}}}
