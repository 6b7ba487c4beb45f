"""The exact payload of every command in both languages; a change shows up in review.

UPDATE_SNAPSHOTS=1 python -m pytest tests/discordapp/test_snapshots.py
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simcord.env import Env

from tests.discordapp.description import check

HERE = Path(__file__).parent / "snapshots"
COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ask-answer": ("ask", {"question": "kettle or stove?"}),
    "ask-choose": ("ask", {"question": "is it hot?"}),
    "ask-no-answer": ("ask", {"question": "how is the weather?"}),
    "compare": ("compare", {"first": "kettle", "second": "stove"}),
    "concept": ("concept", {"name": "kettle"}),
    "relate": ("relate", {"first": "pot", "second": "stove"}),
    "help": ("help", {"private": True}),
}


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("name", COMMANDS)
async def test_payload(simcord_env: Env, name: str, language: str) -> None:
    guild = simcord_env.create_guild()
    alice = guild.add_member(simcord_env.create_user("alice"))
    command, options = COMMANDS[name]
    await alice.slash(guild.create_text_channel("general"), command, language=language, **options)
    sent = simcord_env.http_requests[-1]
    assert check(sent.method, sent.path, sent.json) == []
    compare(f"{name}.{language}", sent.json)


async def test_registered_commands(simcord_env: Env) -> None:
    sent = next(request for request in simcord_env.http_requests if request.method == "PUT")
    assert check(sent.method, sent.path, sent.json) == []
    compare("commands", sent.json)


MANAGING = ("settings", "insights", "knowledge")
IN_SERVERS = (*MANAGING, "Teach this answer")
MANAGE_GUILD = 1 << 5
_ASKER = re.compile(r"\bb[0-9a-z]{11}\b")


async def test_every_name_has_its_hindi(simcord_env: Env) -> None:
    sent = next(request for request in simcord_env.http_requests if request.method == "PUT")
    for command in sent.json or []:
        for thing in every(command):
            assert thing["name_localizations"]["hi"], thing["name"]
            assert command["type"] == 3 or thing["description_localizations"]["hi"], thing["name"]
        # What changes a server is for servers, and for those who may manage them unless they say otherwise.
        manages = command["name"] in MANAGING
        here = command["name"] in IN_SERVERS
        assert command["contexts"] == ([0] if here else [0, 1, 2]), command["name"]
        assert command["integration_types"] == ([0] if here else [0, 1]), command["name"]
        assert command["default_member_permissions"] == (MANAGE_GUILD if manages else None), command["name"]


def every(command: Any) -> Iterator[Any]:
    """A command with its subcommands and options."""
    yield command
    for option in command.get("options", []):
        yield from every(option)


def compare(name: str, payload: Any) -> None:
    """Fail if the payload is not the one that was kept, or keep it if that is asked for."""
    path = HERE / f"{name}.json"
    # Who asked is a number that changes with every simulation.
    text = _ASKER.sub("asker", json.dumps(payload, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    if os.environ.get("UPDATE_SNAPSHOTS"):
        HERE.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.is_file(), f"no snapshot {path.name}: run with UPDATE_SNAPSHOTS=1"
    assert json.loads(path.read_text("utf-8")) == json.loads(text)
