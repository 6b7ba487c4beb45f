"""Buttons and menus that keep working after a restart: their state is their custom_id.

    o:<e|h>:<asker>:<entry>   a choice          r:<e|h>:<asker>           related, the entry is the value
    l:<e|h>:<asker>:<entry>   other language    m:<e|h>:<asker>:<entry>   more detail
    d:<asker>                 delete            v:<y|n>:<entry>           it helped, or not
    p:<e|h>:<asker>:<page>:<entry>  a page         k:<asker>:<author>  call the author of a message
    n:<e|h>:<asker>:<y|n>:<number>  a vote on what this server added
    c:<e|h>:<entry>           to correct an answer

The asker is written in base 36, so that an entry of 80 characters still fits into 100.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol, Self, cast

import discord
from discord import ui

from bot.discordapp.ui.live import LiveButton, Told
from bot.locales import Language

HELP: Final = "?"
"""Reference of the help page, which is no entry."""

_ENTRY = r"[!-~]{1,80}"
_KEY = r"(?P<language>[eh]):(?P<asker>[0-9a-z]{1,13})"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class How(Enum):
    """Which control asked for a reply."""

    CHOICE = "choice"
    RELATED = "related"
    LANGUAGE = "language"
    DETAIL = "detail"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Key:
    """What every control remembers: the language to answer in, and who asked."""

    language: Language
    asker: int

    def __str__(self) -> str:
        return f"{self.language[0]}:{_base36(self.asker)}"

    @classmethod
    def of(cls, match: re.Match[str]) -> Key:
        return cls("hi" if match["language"] == "h" else "en", int(match["asker"], 36))


class Desk(Protocol):
    """What happens when a control is used; the client has one as `desk`."""

    async def reopen(
        self, interaction: discord.Interaction[Any], reference: str, key: Key, how: How, page: int = 0
    ) -> None:
        """Show what stands behind a reference."""

    async def ping(self, interaction: discord.Interaction[Any], asker: int, author: int) -> None:
        """Call somebody to an answer, if the one who fetched it wants that."""

    async def delete(self, interaction: discord.Interaction[Any], asker: int) -> None:
        """Take the message away, if the person may."""

    async def vote(self, interaction: discord.Interaction[Any], reference: str, *, helped: bool) -> None:
        """Count whether an answer helped."""

    async def vote_on_note(self, interaction: discord.Interaction[Any], id: int, key: Key, *, up: bool) -> None:
        """Count a vote on what a community added."""

    async def correct(self, interaction: discord.Interaction[Any], reference: str) -> None:
        """Ask what is wrong with an answer, and what is right."""


def fits(reference: str) -> bool:
    """Whether a control can carry the reference."""
    return re.fullmatch(_ENTRY, reference) is not None


def offers_detail(message: discord.Message) -> bool:
    """Whether more of what a message shows is one click away."""
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    return any((getattr(item, "custom_id", None) or "").startswith("m:") for row in rows for item in row.children)


def voted_on(message: discord.Message) -> str | None:
    """The reference of what a message lets people vote on."""
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    ids = (getattr(item, "custom_id", None) or "" for row in rows for item in row.children)
    return next((id.removeprefix("v:y:") for id in ids if id.startswith("v:y:")), None)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _desk(interaction: discord.Interaction[Any]) -> Desk:
    return cast("Desk", interaction.client.desk)


class _Opener(LiveButton, template=rf"never:{_KEY}:(?P<entry>{_ENTRY})"):
    """A button that opens one reference."""

    how: How
    prefix: str
    style = discord.ButtonStyle.secondary

    def __init__(self, key: Key, reference: str, label: str) -> None:
        custom_id = f"{self.prefix}:{key}:{reference}"
        super().__init__(ui.Button(label=label, style=self.style, custom_id=custom_id))
        self.key, self.reference = key, reference

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(Key.of(match), match["entry"], label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).reopen(interaction, self.reference, self.key, self.how)


class ChoiceButton(_Opener, template=rf"o:{_KEY}:(?P<entry>{_ENTRY})"):
    """One of the things that a question could have meant."""

    how, prefix = How.CHOICE, "o"
    style = discord.ButtonStyle.primary


class LanguageButton(_Opener, template=rf"l:{_KEY}:(?P<entry>{_ENTRY})"):
    """The same reply in the other language."""

    how, prefix = How.LANGUAGE, "l"


class DetailButton(_Opener, template=rf"m:{_KEY}:(?P<entry>{_ENTRY})"):
    """The same reply at full length."""

    how, prefix = How.DETAIL, "m"


class PageButton(LiveButton, template=rf"p:{_KEY}:(?P<page>[0-9]):(?P<entry>{_ENTRY})"):
    """Another page of a long reply."""

    def __init__(self, key: Key, reference: str, label: str, page: int) -> None:
        custom_id = f"p:{key}:{page}:{reference}"
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.key, self.reference, self.page = key, reference, page

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(Key.of(match), match["entry"], label, int(match["page"]))

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).reopen(interaction, self.reference, self.key, How.PAGE, self.page)


class PingButton(LiveButton, template=r"k:(?P<asker>[0-9a-z]{1,13}):(?P<author>[0-9a-z]{1,13})"):
    """Calls the author of a message that somebody else had answered."""

    def __init__(self, asker: int, author: int, label: str) -> None:
        custom_id = f"k:{_base36(asker)}:{_base36(author)}"
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.asker, self.author = asker, author

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(int(match["asker"], 36), int(match["author"], 36), label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).ping(interaction, self.asker, self.author)


class RelatedSelect(Told, ui.DynamicItem[ui.Select[Any]], template=rf"r:{_KEY}"):
    """What to read next."""

    def __init__(self, key: Key, options: Sequence[tuple[str, str]], placeholder: str) -> None:
        choices = [discord.SelectOption(label=title, value=entry) for entry, title in options]
        super().__init__(ui.Select(custom_id=f"r:{key}", options=choices, placeholder=placeholder))
        self.key = key

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        shown = cast("ui.Select[Any]", item)
        return cls(Key.of(match), [(o.value, o.label) for o in shown.options], shown.placeholder or "…")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).reopen(interaction, self.item.values[0], self.key, How.RELATED)


class DeleteButton(LiveButton, template=r"d:(?P<asker>[0-9a-z]{1,13})"):
    """Takes the reply away, for the asker and for moderators."""

    def __init__(self, asker: int, label: str) -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"d:{_base36(asker)}"))
        self.asker = asker

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(int(match["asker"], 36), label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).delete(interaction, self.asker)


class VoteButton(LiveButton, template=rf"v:(?P<helped>[yn]):(?P<entry>{_ENTRY})"):
    """Whether the answer helped."""

    def __init__(self, reference: str, label: str, *, helped: bool) -> None:
        emoji = "👍" if helped else "👎"
        custom_id = f"v:{'y' if helped else 'n'}:{reference}"
        super().__init__(ui.Button(label=label, emoji=emoji, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.reference, self.helped = reference, helped

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(match["entry"], label, helped=match["helped"] == "y")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).vote(interaction, self.reference, helped=self.helped)


class NoteVoteButton(LiveButton, template=rf"n:{_KEY}:(?P<up>[yn]):(?P<id>[0-9]{{1,18}})"):
    """A vote on what a community added, with the count so far."""

    def __init__(self, key: Key, id: int, count: int, *, up: bool) -> None:
        super().__init__(
            ui.Button(
                label=str(count),
                emoji="👍" if up else "👎",
                style=discord.ButtonStyle.secondary,
                custom_id=f"n:{key}:{'y' if up else 'n'}:{id}",
            )
        )
        self.key, self.note, self.up = key, id, up

    @classmethod
    def read(cls, match: re.Match[str], _label: str, /) -> Self:
        return cls(Key.of(match), int(match["id"]), 0, up=match["up"] == "y")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).vote_on_note(interaction, self.note, self.key, up=self.up)


class CorrectButton(LiveButton, template=rf"c:(?P<language>[eh]):(?P<entry>{_ENTRY})"):
    """Opens a form for a correction of the answer."""

    def __init__(self, language: Language, reference: str, label: str) -> None:
        custom_id = f"c:{language[0]}:{reference}"
        super().__init__(ui.Button(label=label, emoji="✏️", style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.reference = reference

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        language: Language = "hi" if match["language"] == "h" else "en"
        return cls(language, match["entry"], label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _desk(interaction).correct(interaction, self.reference)


ALL: Final = (
    ChoiceButton,
    LanguageButton,
    DetailButton,
    PageButton,
    RelatedSelect,
    PingButton,
    DeleteButton,
    VoteButton,
    NoteVoteButton,
    CorrectButton,
)
"""What a client must know from its start on."""
