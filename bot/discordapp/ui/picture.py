"""A picture in a message: the part that shows it, and the file that goes with it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import discord
from discord import ui

from bot.pictures import Picture


def shown(picture: Picture) -> ui.MediaGallery[Any]:
    """The part of the message; it names the file."""
    return ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{picture.name}", description=picture.words))


def file(picture: Picture | None) -> discord.File:
    """The file, for one message: it can not be sent twice.  Without a picture it is discord.py's MISSING."""
    if picture is None:
        missing: discord.File = discord.utils.MISSING
        return missing
    return discord.File(BytesIO(picture.png), picture.name, description=picture.words)
