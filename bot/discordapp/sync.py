"""Registering the slash commands, and only when there is something new to register."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import discord
from discord import app_commands
from discord.http import Route

_log = logging.getLogger(__name__)

STATE_FILE: Final = "discord-commands.json"

Tree = app_commands.CommandTree[Any]


async def payload(tree: Tree) -> list[dict[str, Any]]:
    """What would be registered, with every translation in it."""
    translator = tree.translator
    return [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in _all(tree)
    ]


async def fingerprint(tree: Tree) -> str:
    """A hash of the payload: the same commands give the same hash in every process."""
    text = json.dumps(await payload(tree), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


async def register(tree: Tree, data_dir: Path, *, guild_id: int | None = None) -> int:
    """Register all commands, for everybody or for one server, and remember what was registered.

    Returns:
        How many commands Discord now knows.

    Raises:
        discord.HTTPException: Discord refused.
    """
    guild = discord.Object(guild_id) if guild_id is not None else None
    if guild is not None:
        tree.copy_global_to(guild=guild)
    known = await tree.sync(guild=guild)
    _remember(data_dir, _scope(tree, guild_id), await fingerprint(tree))
    return len(known)


async def register_if_changed(tree: Tree, data_dir: Path) -> bool:
    """Register the commands for everybody unless the very same ones were registered before."""
    if _recall(data_dir).get(_scope(tree, None)) == await fingerprint(tree):
        return False
    await register(tree, data_dir)
    return True


def _all(tree: Tree) -> Sequence[Any]:
    kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.user, discord.AppCommandType.message)
    return [command for kind in kinds for command in tree.get_commands(type=kind)]


def _scope(tree: Tree, guild_id: int | None) -> str:
    """One bot at one server of Discord's, and for everybody or for one guild."""
    return f"{Route.BASE} {tree.client.application_id} {guild_id or 'global'}"


def _recall(data_dir: Path) -> dict[str, str]:
    try:
        kept = json.loads((data_dir / STATE_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("%s can not be read, so the commands are registered again: %s", data_dir / STATE_FILE, error)
        return {}
    return {k: v for k, v in kept.items() if isinstance(v, str)} if isinstance(kept, dict) else {}


def _remember(data_dir: Path, scope: str, value: str) -> None:
    """Write the state so that a crash leaves either the old file or the new one."""
    text = json.dumps(_recall(data_dir) | {scope: value}, indent=1, sort_keys=True)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=data_dir, delete=False) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(data_dir / STATE_FILE)
    except OSError as error:
        _log.warning("%s can not be written, so the commands are registered at each start: %s", data_dir, error)
