"""Controls whose state is their custom_id: they outlive a restart, and whoever uses one is told what went wrong."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from bot.discordapp import errors


class Told:
    """A control, first among its bases: `act` is what it does, and a failure is told and logged in one place."""

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        """What happens when it is used."""
        raise NotImplementedError

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Called by discord.py."""
        try:
            await self.act(interaction)
        except Exception as error:
            await errors.report(interaction, error)


class LiveButton(Told, ui.DynamicItem[ui.Button[Any]], template="never"):
    """A button; `read` makes it again from its custom_id and its label."""

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        """The button that a custom_id stands for; `match` is what the class's template found in it."""
        raise NotImplementedError

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Called by discord.py."""
        return cls.read(match, getattr(item, "label", None) or "…")
