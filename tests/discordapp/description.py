"""Checks what the bot sends against Discord's own OpenAPI description, where a copy of it is at hand.

The copy is looked for in DISCORD_OPENAPI, then beside the repository.  Without one there is nothing to
check, and nobody is stopped.  What the description leaves out is checked here by hand.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

_NAME = "urn:discord"
_METHODS = ("get", "post", "put", "patch", "delete")
_ALSO_TAKEN = {
    "ApplicationCommandUpdateRequest": "nsfw",
    "ApplicationCommandCreateRequest": "nsfw",
    "RichEmbed": "flags",
}
"""Keys that discord.py sends and Discord takes, though its description does not list them."""
_COMMAND_NAME = re.compile(r"^[-_'\w\u0900-\u097f]{1,32}$")
_LOCALES = {"hi", "en-US", "en-GB"}
V2 = 1 << 15


class Request(Protocol):
    """Anything with these three."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def body(self) -> Any: ...


def problems(requests: Iterable[Request]) -> list[str]:
    """Everything that is wrong with the bodies of some requests; empty is good."""
    found: list[str] = []
    for request in requests:
        found += [f"{request.method} {request.path}: {p}" for p in check(request.method, request.path, request.body)]
    return found


def check(method: str, path: str, body: Any) -> list[str]:
    """What is wrong with one request."""
    found = list(_by_hand(method, path, body))
    description = _description()
    return found + (description.check(method, path, body) if description else [])


def available() -> bool:
    """Whether there is a description to check against."""
    return _description() is not None


class _Description:
    def __init__(self, spec: Json) -> None:
        schemas: dict[str, Json] = spec["components"]["schemas"]
        for schema in schemas.values():
            # A misspelt key is an error, though the description itself would let it pass.
            if schema.get("type") == "object" and schema.get("properties"):
                schema.setdefault("additionalProperties", False)
        # The library sends ids as numbers here and there, and Discord takes them.
        schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
        for name, key in _ALSO_TAKEN.items():
            schemas.get(name, {}).get("properties", {}).setdefault(key, {})
        self._registry = Registry().with_resource(_NAME, DRAFT202012.create_resource(spec))
        self._operations = sorted(
            (
                (
                    path.count("{"),
                    method.upper(),
                    re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path))),
                    path,
                    op,
                )
                for path, operations in spec["paths"].items()
                for method, op in operations.items()
                if method in _METHODS
            ),
            key=lambda operation: operation[0],  # fixed paths before those with variables
        )
        self._validators: dict[tuple[str, str], Draft202012Validator] = {}

    def check(self, method: str, path: str, body: Any) -> list[str]:
        for _, verb, pattern, template, operation in self._operations:
            if verb == method and pattern.fullmatch(path):
                return self._check_body(method, template, operation, body)
        return ["no such operation"]

    def _check_body(self, method: str, template: str, operation: Json, body: Any) -> list[str]:
        described = operation.get("requestBody", {}).get("content", {})
        if body is None or not described:
            required = operation.get("requestBody", {}).get("required", False)
            return ["a body is missing"] if required and body is None else []
        if "application/json" not in described:
            return []
        errors = self._validator(method, template).iter_errors(body)
        return [_plain(error) for error in errors]

    def _validator(self, method: str, template: str) -> Draft202012Validator:
        if (method, template) not in self._validators:
            steps = [
                "paths",
                template,
                method.lower(),
                "requestBody",
                "content",
                "application/json",
                "schema",
            ]
            pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
            self._validators[method, template] = Draft202012Validator(
                {"$ref": f"{_NAME}#/{pointer}"}, registry=self._registry
            )
        return self._validators[method, template]


def _plain(error: ValidationError) -> str:
    """One line about the error; of alternatives, about the one that was most likely meant."""
    while error.context and error.validator in ("oneOf", "anyOf"):
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        # A wrong `type` of the very object means that another branch was meant.
        error = min(branches.values(), key=lambda errors: (any(_other_kind(e) for e in errors), len(errors)))[0]
    place = "/".join(map(str, error.absolute_path)) or "body"
    return f"{place}: {error.message[-200:]}"


def _other_kind(error: ValidationError) -> bool:
    return list(error.relative_path)[-1:] == ["type"] or error.validator == "type"


@cache
def _description() -> _Description | None:
    given = os.environ.get("DISCORD_OPENAPI")
    beside = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
    path = Path(given) if given else beside
    return _Description(json.loads(path.read_text("utf-8"))) if path.is_file() else None


def _by_hand(method: str, path: str, body: Any) -> Iterator[str]:
    if isinstance(body, list):
        for command in body:
            yield from _command(command)
    if not isinstance(body, dict):
        return
    payload = body.get("data") if path.endswith("/callback") else body
    if isinstance(payload, dict) and method in ("POST", "PATCH"):
        yield from message_problems(payload)
        if payload.get("allowed_mentions", {"parse": []}).get("parse") != []:
            yield "somebody could be pinged"


def message_problems(payload: Json) -> Iterator[str]:
    """What Discord would refuse in a message."""
    text = 0
    seen: list[str] = []
    every = list(_walk(payload.get("components") or []))
    for component in every:
        text += len(component["content"].encode("utf-16-le")) // 2 if component["type"] == 10 else 0
        if component["type"] == 10 and not component["content"].strip():
            yield "an empty text"
        if len(component.get("label") or "") > 80:
            yield f"label too long: {component['label']!r}"
        if "custom_id" in component:
            seen.append(component["custom_id"])
            if not 1 <= len(component["custom_id"]) <= 100:
                yield f"custom_id of {len(component['custom_id'])} characters"
        options = component.get("options", [])
        if component["type"] == 3 and not 1 <= len(options) <= 25:
            yield f"{len(options)} options"
        if len({option["value"] for option in options}) != len(options):
            yield "an option twice"
        if component["type"] == 1 and not 1 <= len(component["components"]) <= 5:
            yield f"a row of {len(component['components'])}"
    named = {file.get("filename") for file in payload.get("attachments") or []}
    for item in (item for component in every if component["type"] == 12 for item in component["items"]):
        if not 1 <= len((item.get("description") or "").encode("utf-16-le")) // 2 <= 1024:
            yield "a picture without words, or with too many"
        name = item["media"]["url"].removeprefix("attachment://")
        if name != item["media"]["url"] and name not in named:
            yield f"{name} is shown but not sent"
    if text > 4000:
        yield f"{text} characters of text"
    if len(every) > 40:
        yield f"{len(every)} components"
    if len(set(seen)) != len(seen):
        yield f"a custom_id twice: {seen}"
    v2 = bool((payload.get("flags") or 0) & V2)
    if v2 and (payload.get("content") or payload.get("embeds")):
        yield "content or embeds beside a layout"
    if any(component["type"] in (9, 10, 12, 14, 17) for component in every) and not v2:
        yield "a layout without its flag"
    if len(payload.get("content") or "") > 2000:
        yield "content too long"


def _walk(components: list[Json]) -> Iterator[Json]:
    for component in components:
        yield component
        yield from _walk(component.get("components") or [])


def _command(command: Json) -> Iterator[str]:
    menu = command.get("type", 1) != 1
    for name in (command["name"], *(command.get("name_localizations") or {}).values()):
        if not menu and (not _COMMAND_NAME.match(name) or name != name.lower()):
            yield f"command name {name!r}"
    for key in ("name_localizations", "description_localizations"):
        if unknown := set(command.get(key) or {}) - _LOCALES:
            yield f"locales {unknown}"
    required = [option.get("required", False) for option in command.get("options", [])]
    if required != sorted(required, reverse=True):
        yield f"{command['name']}: a required option after an optional one"
    for option in command.get("options", []):
        if not menu and "options" not in option:
            yield from _command(option | {"type": 1, "options": []})
