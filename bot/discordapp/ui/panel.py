"""The settings of a server as one message: every change takes effect when it is made.

s:<setting>     a menu that changes one setting      s:reset    all of them back to the defaults
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol, Self, cast

import discord
from discord import ui

from bot.discordapp.ui.live import LiveButton, Told
from bot.discordapp.ui.markdown import escape
from bot.locales import Language, say
from bot.store.model import MAX_CHANNELS, GuildSettings

RETENTION: Final = (7, 30, 90, 180, 365)
"""Days to choose from."""
WATCHED: Final = [discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.public_thread]
WRITTEN: Final = [discord.ChannelType.text]
COLOUR: Final = 0x4C8DFF


class Handler(Protocol):
    """What happens when a setting is changed; the settings cog does it."""

    async def change(self, interaction: discord.Interaction[Any], setting: str, values: Sequence[str]) -> None:
        """Take over what was picked."""

    async def reset(self, interaction: discord.Interaction[Any]) -> None:
        """Take back every choice."""


def _handler(interaction: discord.Interaction[Any]) -> Handler:
    return cast("Handler", interaction.client.get_cog("Settings"))


class ChoiceMenu(
    Told, ui.DynamicItem[ui.Select[Any]], template=r"s:(?P<setting>language|strictness|keep_texts|retention_days)"
):
    """One of a few values."""

    def __init__(self, setting: str, options: Sequence[tuple[str, str]], chosen: str) -> None:
        made = [discord.SelectOption(label=label, value=value, default=value == chosen) for value, label in options]
        super().__init__(ui.Select(custom_id=f"s:{setting}", options=made))
        self.setting = setting

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        shown = cast("ui.Select[Any]", item)
        return cls(match["setting"], [(o.value, o.label) for o in shown.options], "")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _handler(interaction).change(interaction, self.setting, self.item.values)


class ChannelMenu(
    Told, ui.DynamicItem[ui.ChannelSelect[Any]], template=r"s:(?P<setting>channels|review_channel|digest_channel)"
):
    """Channels of the server; none is a choice, too."""

    def __init__(self, setting: str, chosen: Sequence[int], placeholder: str) -> None:
        many = setting == "channels"
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"s:{setting}",
                channel_types=WATCHED if many else WRITTEN,
                min_values=0,
                max_values=MAX_CHANNELS if many else 1,
                placeholder=placeholder,
                default_values=[
                    discord.SelectDefaultValue(id=id, type=discord.SelectDefaultValueType.channel) for id in chosen
                ],
            )
        )
        self.setting = setting

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["setting"], (), cast("ui.ChannelSelect[Any]", item).placeholder or "…")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _handler(interaction).change(interaction, self.setting, [str(channel.id) for channel in self.item.values])


class RoleMenu(Told, ui.DynamicItem[ui.RoleSelect[Any]], template=r"s:(?P<setting>review_role)"):
    """A role of the server, or none."""

    def __init__(self, setting: str, chosen: int | None, placeholder: str) -> None:
        role = discord.SelectDefaultValueType.role
        super().__init__(
            ui.RoleSelect(
                custom_id=f"s:{setting}",
                min_values=0,
                max_values=1,
                placeholder=placeholder,
                default_values=[discord.SelectDefaultValue(id=chosen, type=role)] if chosen else [],
            )
        )
        self.setting = setting

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["setting"], None, cast("ui.RoleSelect[Any]", item).placeholder or "…")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _handler(interaction).change(interaction, self.setting, [str(role.id) for role in self.item.values])


class ResetButton(LiveButton, template=r"s:reset"):
    """Takes every choice back."""

    def __init__(self, label: str) -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id="s:reset"))

    @classmethod
    def read(cls, _match: re.Match[str], label: str, /) -> Self:
        return cls(label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _handler(interaction).reset(interaction)


ALL: Final = (ChoiceMenu, ChannelMenu, RoleMenu, ResetButton)
"""What a client must know from its start on."""


def panel(settings: GuildSettings, server: str, language: Language, *, notes: Sequence[str] = ()) -> ui.LayoutView:
    """The panel.  `notes` are sentences about what keeps a choice from working."""

    def word(key: str, **values: object) -> str:
        return say(language, f"discord.settings.{key}", **values)

    nowhere = word("nowhere")
    parts: tuple[tuple[str, ui.Item[Any]], ...] = (
        (
            "language",
            ChoiceMenu("language", [(v, word(f"language.{v}")) for v in ("auto", "en", "hi")], settings.language),
        ),
        ("channels", ChannelMenu("channels", settings.channels, nowhere)),
        (
            "strictness",
            ChoiceMenu(
                "strictness",
                [(v, word(f"strictness.{v}")) for v in ("relaxed", "strict", "strictest")],
                settings.strictness,
            ),
        ),
        ("review_channel", ChannelMenu("review_channel", _one(settings.review_channel), nowhere)),
        ("review_role", RoleMenu("review_role", settings.review_role, word("managers_only"))),
        (
            "keep_texts",
            ChoiceMenu(
                "keep_texts",
                [(v, word(f"keep_texts.{v}")) for v in ("no", "yes")],
                "yes" if settings.keep_texts else "no",
            ),
        ),
        (
            "retention_days",
            ChoiceMenu(
                "retention_days",
                [(str(days), word("days", count=days)) for days in RETENTION],
                str(settings.retention_days),
            ),
        ),
        ("digest_channel", ChannelMenu("digest_channel", _one(settings.digest_channel), nowhere)),
    )
    box = ui.Container[Any](accent_colour=COLOUR)
    box.add_item(ui.TextDisplay(f"### {word('title', server=escape(server))}\n{word('intro')}"))
    for key, menu in parts:
        box.add_item(ui.TextDisplay(f"**{word(f'{key}.label')}**\n-# {word(f'{key}.about')}"))
        box.add_item(ui.ActionRow(menu))
    if notes:
        box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay("\n".join(f"⚠️ {note}" for note in notes)))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    view.add_item(ui.ActionRow(ResetButton(word("reset"))))
    return view


def _one(id: int | None) -> tuple[int, ...]:
    return (id,) if id else ()
