"""Discord.py's inside: where it connects to, its heartbeat, one response.

Besides this only `gateway.py`, `intake.py` and `transport.py` reach into it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL


def use(api_base: str, gateway_url: str) -> None:
    """Talk to this REST address and this gateway from now on, in the whole process."""
    Route.BASE = api_base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The gateway connection at one moment."""

    open: bool
    latency: float | None
    """Seconds between the last heartbeat and its acknowledgement."""
    since_ack: float | None
    """Seconds since the last acknowledgement."""


def heartbeat(client: discord.Client) -> Heartbeat:
    """How the gateway connection of a client is doing."""
    socket = client.ws
    if socket is None or not socket.open:
        return Heartbeat(open=False, latency=None, since_ack=None)
    keeper = socket._keep_alive
    if keeper is None:
        return Heartbeat(open=True, latency=None, since_ack=None)
    latency = keeper.latency if keeper.latency != float("inf") else None
    return Heartbeat(open=True, latency=latency, since_ack=time.perf_counter() - keeper._last_ack)


async def update_message(
    interaction: discord.Interaction[Any], view: ui.LayoutView, file: discord.File = discord.utils.MISSING
) -> None:
    """Respond to a control by replacing the message that it stands on, with its file; nobody is pinged.

    The library's own `edit_message` adds `tts`, which Discord's description does not know for an update.
    """
    kind = discord.InteractionResponseType.message_update.value
    await _send(interaction.client, _callback(interaction), {"type": kind, "data": _shown(view, file)}, file)


async def update_text(interaction: discord.Interaction[Any], text: str) -> None:
    """Respond to a control by replacing its message with plain text, and nothing to press.  The same remark holds."""
    data = {"content": text, "components": [], "allowed_mentions": discord.AllowedMentions.none().to_dict()}
    kind = discord.InteractionResponseType.message_update.value
    await interaction.client.http.request(_callback(interaction), json={"type": kind, "data": data})


async def edit_message(
    client: discord.Client,
    channel: int,
    message: int,
    view: ui.LayoutView,
    file: discord.File = discord.utils.MISSING,
) -> None:
    """Replace one of our own messages, with its file; nobody is pinged.  The same remark holds."""
    route = Route("PATCH", "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=message)
    await _send(client, route, _shown(view, file), file)


def _callback(interaction: discord.Interaction[Any]) -> Route:
    return Route(
        "POST",
        "/interactions/{webhook_id}/{webhook_token}/callback",
        webhook_id=interaction.id,
        webhook_token=interaction.token,
    )


def _shown(view: ui.LayoutView, file: discord.File) -> dict[str, Any]:
    """A message as Discord's description has it."""
    return {
        "components": view.to_components(),  # type: ignore[no-untyped-call]
        "flags": discord.MessageFlags(components_v2=True).value,
        "allowed_mentions": discord.AllowedMentions.none().to_dict(),
        "attachments": [file.to_dict(0)] if file else [],
    }


async def _send(client: discord.Client, route: Route, body: dict[str, Any], file: discord.File) -> None:
    if not file:
        await client.http.request(route, json=body)
        return
    form: list[dict[str, Any]] = [
        {"name": "payload_json", "value": discord.utils._to_json(body)},
        {"name": "files[0]", "value": file.fp, "filename": file.filename, "content_type": "image/png"},
    ]
    await client.http.request(route, form=form, files=[file])
