"""/privacy, /forget-me and /export-my-data: what is kept, and everybody's way to see and delete their part."""

from __future__ import annotations

import datetime
import re
from io import BytesIO
from typing import Any, Final, Self

import discord
import msgspec
from discord import app_commands, ui
from discord.ext import commands

from bot.discordapp.app import Bot
from bot.discordapp.cogs._options import Interaction, everywhere
from bot.discordapp.desk import NO_PINGS, tell
from bot.discordapp.ui.live import LiveButton
from bot.discordapp.words import language_of, words
from bot.locales import say
from bot.store import StoreUnavailable
from bot.store.model import GRACE_DAYS
from bot.store.people import Kept


class ForgetButton(LiveButton, template=r"forget-me"):
    """Deletes what is kept about whoever presses it."""

    def __init__(self, label: str) -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.danger, custom_id="forget-me"))

    @classmethod
    def read(cls, _match: re.Match[str], label: str, /) -> Self:
        return cls(label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        bot = interaction.client
        try:
            rows = await bot.community.people.forget(interaction.user.id)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        bot.desk.forget(interaction.user.id)
        await tell(interaction, "forget_me.done", count=rows)


CONTROLS: Final = (ForgetButton,)


class Privacy(commands.Cog):
    """Says what is kept, hands it out, and deletes it."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(name=words("command.privacy.name"), description=words("command.privacy.description"))
    @everywhere
    async def privacy(self, interaction: Interaction) -> None:
        """Tell what is kept, in general, in this server, and about the person."""
        language = language_of(interaction)
        known = await self.bot.community.known(interaction.guild_id)
        try:
            own = _count(await self.bot.community.people.export(interaction.user.id))
            yours = say(language, "discord.privacy.yours", count=own)
        except StoreUnavailable:
            yours = say(language, "discord.error.store")
        parts = [say(language, "discord.privacy.general", grace=GRACE_DAYS)]
        if interaction.guild_id is not None:
            kept = say(language, f"discord.privacy.texts.{'yes' if known.settings.keep_texts else 'no'}")
            watched = " ".join(f"<#{id}>" for id in known.settings.channels)
            parts.append(
                say(
                    language,
                    "discord.privacy.server",
                    days=known.settings.retention_days,
                    texts=kept,
                    channels=watched or say(language, "discord.privacy.no_channels"),
                )
            )
        parts.append(yours)
        await _show(interaction, "\n\n".join(parts))

    @app_commands.command(name=words("command.forget_me.name"), description=words("command.forget_me.description"))
    @everywhere
    async def forget_me(self, interaction: Interaction) -> None:
        """Ask once more before anything is deleted."""
        language = language_of(interaction)
        button = ForgetButton(say(language, "discord.forget_me.confirm"))
        await _show(interaction, say(language, "discord.forget_me.ask"), button)

    @app_commands.command(name=words("command.export.name"), description=words("command.export.description"))
    @everywhere
    async def export_my_data(self, interaction: Interaction) -> None:
        """Hand out everything about the person as a file that only they see."""
        try:
            kept = await self.bot.community.people.export(interaction.user.id)
        except StoreUnavailable:
            await tell(interaction, "error.store")
            return
        now = datetime.datetime.now(datetime.UTC)
        data = {"user_id": interaction.user.id, "at": now, **msgspec.structs.asdict(kept)}
        # Numbers of 64 bits do not survive every reader of JSON.
        text = msgspec.json.format(msgspec.json.encode(_readable(data)), indent=1)
        await interaction.response.send_message(
            say(language_of(interaction), "discord.export.here", count=_count(kept)),
            file=discord.File(BytesIO(text), f"my-data-{now:%Y-%m-%d}.json"),
            ephemeral=True,
            allowed_mentions=NO_PINGS,
        )


def _count(kept: Kept) -> int:
    return sum(len(part) for part in msgspec.structs.astuple(kept))


def _readable(value: Any) -> Any:
    """The same, with the ids as texts."""
    if isinstance(value, dict):
        return {
            str(key): str(part) if str(key).endswith("_id") and part is not None else _readable(part)
            for key, part in value.items()
        }
    return [_readable(part) for part in value] if isinstance(value, (list, tuple)) else value


async def _show(interaction: Interaction, text: str, *buttons: ui.Item[Any]) -> None:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container[Any](ui.TextDisplay(text)))
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Privacy(bot))
