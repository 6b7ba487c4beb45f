"""What exists in the loopback world, in the shapes that Discord sends."""

from __future__ import annotations

import itertools
from copy import deepcopy
from typing import Any, Final

Json = dict[str, Any]

EPOCH: Final = 1_440_000_000_000_000_000
"""Ids count up from here; read as a snowflake it is a day in November 2025."""
BOT: Final = str(EPOCH + 1)
ALICE: Final = str(EPOCH + 2)
BOB: Final = str(EPOCH + 3)
MODERATOR: Final = str(EPOCH + 4)
OTHER_BOT: Final = str(EPOCH + 5)
GUILD: Final = str(EPOCH + 10)
CHANNEL: Final = str(EPOCH + 11)
DM: Final = str(EPOCH + 12)
NAMES: Final = {BOT: "bot", ALICE: "alice", BOB: "bob", MODERATOR: "mo", OTHER_BOT: "robot"}

EPHEMERAL: Final = 64
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
VIEW_CHANNEL = 1 << 10
ATTACH_FILES = 1 << 15
READ_HISTORY = 1 << 16
NOW: Final = "2026-11-23T12:00:00.000000+00:00"


def user(id: str) -> Json:
    """A user object."""
    return {
        "id": id,
        "username": NAMES.get(id, f"user{id[-6:]}"),
        "discriminator": "0",
        "global_name": NAMES.get(id, f"User {id[-6:]}").title(),
        "avatar": None,
        "bot": id in (BOT, OTHER_BOT),
        "public_flags": 0,
    }


def permissions(id: str) -> str:
    """What a member may do in the channel."""
    may = VIEW_CHANNEL | SEND_MESSAGES | ATTACH_FILES | READ_HISTORY
    return str(may | MANAGE_MESSAGES if id == MODERATOR else may)


def member(id: str) -> Json:
    """A member of the guild."""
    return {"user": user(id), "roles": [], "joined_at": NOW, "deaf": False, "mute": False, "flags": 0}


def channel(id: str) -> Json:
    """A text channel, or Alice's direct messages."""
    if id == DM:
        return {"id": DM, "type": 1, "last_message_id": None, "flags": 0, "recipients": [user(ALICE)]}
    return {
        "id": id,
        "type": 0,
        "guild_id": GUILD,
        "name": "general",
        "position": 0,
        "permission_overwrites": [],
        "parent_id": None,
        "topic": None,
        "nsfw": False,
        "flags": 0,
        "last_message_id": None,
        "rate_limit_per_user": 0,
    }


def guild(locale: str) -> Json:
    """The guild as GUILD_CREATE tells it."""
    members = [member(id) for id in (BOT, ALICE)]
    return {
        "id": GUILD,
        "name": "Loopback",
        "owner_id": MODERATOR,
        "unavailable": False,
        "member_count": len(members),
        "large": False,
        "preferred_locale": locale,
        "roles": [
            {
                "id": GUILD,
                "name": "@everyone",
                "permissions": permissions(ALICE),
                "color": 0,
                "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                "hoist": False,
                "position": 0,
                "managed": False,
                "mentionable": False,
                "flags": 0,
            }
        ],
        "members": members,
        "channels": [channel(CHANNEL)],
        "threads": [],
        "emojis": [],
        "stickers": [],
        "features": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "afk_timeout": 300,
        "afk_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "application_id": None,
        "icon": None,
        "splash": None,
        "banner": None,
        "description": None,
        "discovery_splash": None,
        "vanity_url_code": None,
        "joined_at": NOW,
    }


APPLICATION: Final[Json] = {
    "id": BOT,
    "name": "bot",
    "description": "",
    "icon": None,
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "owner": user(MODERATOR),
    "flags": 0,
    "team": None,
    "tags": [],
    "integration_types_config": {"0": {}, "1": {}},
}


def message(id: str, channel_id: str, author: str, body: Json) -> Json:
    """A message as Discord stores it, from what was sent."""
    numbers = itertools.count(1)
    return {
        "id": id,
        "channel_id": channel_id,
        "author": user(author),
        "content": body.get("content") or "",
        "timestamp": NOW,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [attachment(channel_id, id, file) for file in body.get("attachments") or []],
        "embeds": body.get("embeds") or [],
        "components": [stored(component, numbers) for component in body.get("components") or []],
        "pinned": False,
        "flags": body.get("flags") or 0,
        "type": 19 if body.get("message_reference") else 0,
        **({"message_reference": body["message_reference"]} if body.get("message_reference") else {}),
    }


def attachment(channel_id: str, message_id: str, file: Json) -> Json:
    """A file of a message as Discord stores it."""
    name = file["filename"]
    return {
        "id": str(int(message_id) + 500_000 + int(file["id"])),
        "filename": name,
        "size": file.get("size", 0),
        "url": f"https://cdn.example/{channel_id}/{message_id}/{name}",
        "proxy_url": f"https://media.example/{channel_id}/{message_id}/{name}",
        "content_type": file.get("content_type"),
        **({"description": file["description"]} if file.get("description") else {}),
    }


def stored(component: Json, numbers: itertools.count[int]) -> Json:
    """A component with the number that Discord gives to each."""
    kept = deepcopy(component)
    kept["id"] = component.get("id") or next(numbers)
    if "components" in kept:
        kept["components"] = [stored(child, numbers) for child in kept["components"]]
    return kept


def find_component(message: Json, custom_id: str) -> Json:
    """The button or menu of a message with that custom_id, or that begins with it.

    Raises:
        LookupError: there is none; a person could not press it either.
    """

    def walk(components: list[Json]) -> list[Json]:
        return [c for component in components for c in (component, *walk(component.get("components", [])))]

    known = [component for component in walk(message["components"]) if component.get("custom_id")]
    for component in known:
        if component["custom_id"] == custom_id:
            return component
    for component in known:
        if component["custom_id"].startswith(custom_id) or component.get("label") == custom_id:
            return component
    raise LookupError(f"{custom_id!r} is not among {[component['custom_id'] for component in known]}")
