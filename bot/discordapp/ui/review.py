"""Cards on which those who review decide, and their buttons; the state of each is its custom_id.

tw:<a|e|r>:<number>:<revision>   approve, edit or reject a proposal
tu:<k|x>:<number>:<revision>     a correction is still right, or goes, after its answer has changed
td:<e|c|a>:<token>               what a message is to become, or once more to the form
tg:<page>                        a page of the list
ti:<token>                       take over an import
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, cast

import discord
from discord import ui

from bot.community.own import phrasings_of
from bot.discordapp.ui.limits import LABEL, TEXT, units
from bot.discordapp.ui.live import LiveButton
from bot.discordapp.ui.markdown import escape, link, prose, quoted, shorten, web_address
from bot.locales import Language, say
from bot.store.model import Contribution, Correction, Entry, Reference, Status

COLOURS: Final = {
    Status.PENDING: 0xF0B232,
    Status.APPROVED: 0x3BA55D,
    Status.REJECTED: 0x8A8F98,
    Status.REMOVED: 0x8A8F98,
}
_SIGNS: Final = {Status.APPROVED: "✅", Status.REJECTED: "❌", Status.REMOVED: "🗑️"}
_ROOM: Final = TEXT - 200
_NOW: Final = 350
"""What of the present answer is quoted."""
_HINT: Final = 180
_TITLE: Final = 250
_LINKS: Final = 1500
"""What sources may take of a card, so that the answer keeps some room."""
_NUMBER: Final = r"(?P<id>[0-9]{1,18}):(?P<revision>[0-9]{1,9})"


class Teacher(Protocol):
    """What happens when something here is pressed; the cog does it."""

    async def review(self, interaction: discord.Interaction[Any], act: str, id: int, revision: int) -> None:
        """Approve, edit or reject."""

    async def recheck(self, interaction: discord.Interaction[Any], id: int, revision: int, *, keep: bool) -> None:
        """Keep or remove a correction whose answer has changed."""

    async def resume(self, interaction: discord.Interaction[Any], what: str, token: str) -> None:
        """Open a form that was offered."""


class Keeper(Protocol):
    """The same for the list and the import."""

    async def page(self, interaction: discord.Interaction[Any], number: int) -> None:
        """Show a page of the list."""

    async def take(self, interaction: discord.Interaction[Any], token: str) -> None:
        """Take over an import."""


def _teacher(interaction: discord.Interaction[Any]) -> Teacher:
    return cast("Teacher", interaction.client.get_cog("Teach"))


def _keeper(interaction: discord.Interaction[Any]) -> Keeper:
    return cast("Keeper", interaction.client.get_cog("Knowledge"))


class ReviewButton(LiveButton, template=rf"tw:(?P<act>[aer]):{_NUMBER}"):
    """Decides on a proposal as it stood at a revision."""

    STYLES: Final = {
        "a": discord.ButtonStyle.success,
        "e": discord.ButtonStyle.secondary,
        "r": discord.ButtonStyle.danger,
    }

    def __init__(self, act: str, id: int, revision: int, label: str) -> None:
        custom_id = f"tw:{act}:{id}:{revision}"
        super().__init__(ui.Button(label=label, style=self.STYLES[act], custom_id=custom_id))
        self.what, self.number, self.revision = act, id, revision

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(match["act"], int(match["id"]), int(match["revision"]), label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _teacher(interaction).review(interaction, self.what, self.number, self.revision)


class RecheckButton(LiveButton, template=rf"tu:(?P<act>[kx]):{_NUMBER}"):
    """Decides on a correction whose answer has changed."""

    def __init__(self, id: int, revision: int, label: str, *, keep: bool) -> None:
        style = discord.ButtonStyle.success if keep else discord.ButtonStyle.danger
        custom_id = f"tu:{'k' if keep else 'x'}:{id}:{revision}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id))
        self.number, self.revision, self.keep = id, revision, keep

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(int(match["id"]), int(match["revision"]), label, keep=match["act"] == "k")

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _teacher(interaction).recheck(interaction, self.number, self.revision, keep=self.keep)


class DraftButton(LiveButton, template=r"td:(?P<what>[eca]):(?P<token>[0-9a-f]{1,32})"):
    """Opens a form with what is there already."""

    def __init__(self, what: str, token: str, label: str) -> None:
        style = discord.ButtonStyle.primary if what == "a" else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=label, style=style, custom_id=f"td:{what}:{token}"))
        self.what, self.token = what, token

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(match["what"], match["token"], label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _teacher(interaction).resume(interaction, self.what, self.token)


class ListPage(LiveButton, template=r"tg:(?P<page>[0-9]{1,3})"):
    """Another page of the list."""

    def __init__(self, page: int, label: str) -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"tg:{page}"))
        self.page = page

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(int(match["page"]), label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _keeper(interaction).page(interaction, self.page)


class TakeButton(LiveButton, template=r"ti:(?P<token>[0-9a-f]{1,32})"):
    """Takes over an import that was looked at."""

    def __init__(self, token: str, label: str) -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.success, custom_id=f"ti:{token}"))
        self.token = token

    @classmethod
    def read(cls, match: re.Match[str], label: str, /) -> Self:
        return cls(match["token"], label)

    async def act(self, interaction: discord.Interaction[Any]) -> None:
        await _keeper(interaction).take(interaction, self.token)


ALL: Final = (ReviewButton, RecheckButton, DraftButton, ListPage, TakeButton)
"""What a client must know from its start on."""


@dataclass(frozen=True, slots=True)
class About:
    """What a card tells besides the proposal itself."""

    title: str = ""
    """Of the answer that a correction is about."""
    now: str = ""
    """What that says now, in the markup of the knowledge."""
    concepts: tuple[str, ...] = ()
    """Names of what an entry is filed under."""
    hints: tuple[str, ...] = ()
    """What the rules say."""


def card(contribution: Contribution, language: Language, about: About) -> ui.LayoutView:
    """A proposal as those see it who decide; once that is done it tells who did, and has no buttons."""
    pending = contribution.status is Status.PENDING
    box = ui.Container[Any](accent_colour=COLOURS[contribution.status])
    head, foot = _head(contribution, language), "" if pending else _outcome(contribution, language)
    hints = "\n".join(f"-# ⚠️ {_fitted(hint, _HINT)}" for hint in about.hints[:4]) if pending else ""
    room = _ROOM - units(head) - units(foot) - units(hints)
    content = contribution.content
    body = (
        _correction(content, language, about, room)
        if isinstance(content, Correction)
        else _entry(content, language, about, room)
    )
    box.add_item(ui.TextDisplay(head))
    for text in body:
        box.add_item(ui.TextDisplay(text))
    for text in filter(None, (hints, foot)):
        box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(text))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    if pending:
        acts = (("a", "approve"), ("e", "edit"), ("r", "reject"))
        buttons = (
            ReviewButton(act, contribution.id, contribution.revision, say(language, f"discord.card.{name}"))
            for act, name in acts
        )
        view.add_item(ui.ActionRow(*buttons))
    return view


def recheck_card(contribution: Contribution, language: Language, about: About, *, gone: bool) -> ui.LayoutView:
    """Asks whether a correction still holds; its answer has changed, or is `gone`."""
    assert isinstance(contribution.content, Correction)
    key = "discord.card.changed.gone" if gone else "discord.card.changed.about"
    head = f"### 🕰️ {say(language, 'discord.card.changed')}\n{say(language, key)}"
    box = ui.Container[Any](accent_colour=COLOURS[Status.PENDING])
    box.add_item(ui.TextDisplay(head))
    for text in _correction(contribution.content, language, about, _ROOM - units(head)):
        box.add_item(ui.TextDisplay(text))
    buttons = [
        RecheckButton(contribution.id, contribution.revision, say(language, f"discord.card.{name}"), keep=keep)
        for name, keep in (("keep", True), ("remove", False))
        if not (gone and keep)
    ]
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    view.add_item(ui.ActionRow(*buttons))
    return view


def gone_card(language: Language) -> ui.LayoutView:
    """What is left where a proposal was taken back: none of its words."""
    view = ui.LayoutView(timeout=None)
    text = ui.TextDisplay[Any](say(language, "discord.card.gone"))
    view.add_item(ui.Container[Any](text, accent_colour=COLOURS[Status.REMOVED]))
    return view


def member(id: int | None, language: Language) -> str:
    """A person by name, without a ping."""
    return f"<@{id}>" if id else say(language, "discord.note.somebody")


def moment(when: datetime.datetime, style: str = "f") -> str:
    """A time in everybody's own zone."""
    return f"<t:{int(when.timestamp())}:{style}>"


def _head(contribution: Contribution, language: Language) -> str:
    sign, name = ("✏️", "correction") if contribution.kind == "correction" else ("🧩", "entry")
    by = say(language, "discord.card.by", author=member(contribution.author_id, language))
    title = say(language, f"discord.card.{name}")
    return f"### {sign} {title}\n-# {by} · {moment(contribution.created_at)} · #{contribution.id}"


def _outcome(contribution: Contribution, language: Language) -> str:
    who = member(contribution.decided_by, language)
    said = say(language, f"discord.card.was.{contribution.status}", who=who)
    when = f" · {moment(contribution.decided_at)}" if contribution.decided_at else ""
    return f"{_SIGNS[contribution.status]} {said}{when}"


def _correction(correction: Correction, language: Language, about: About, room: int) -> list[str]:
    def label(key: str) -> str:
        return f"**{say(language, f'discord.card.{key}')}**"

    parts: list[str] = []
    if about.title:
        parts.append(f"{label('about')} {escape(shorten(about.title, 200))}")
    parts.append(f"{label('wrong')} “{_fitted(correction.wrong, 650)}”")
    room -= sum(map(units, parts))
    source = f"\n-# {_links([_reference(correction.source)], language)[0]}" if correction.source else ""
    right = f"{label('right')}\n"
    shown, _ = prose(correction.right, max(0, room - units(source) - units(right) - _NOW - 60))
    if about.now:
        now, _ = prose(about.now, _NOW)
        parts.insert(1, f"{label('now')}\n{quoted(now)}")
    parts.append(f"{right}{shown}{source}")
    return parts


def _entry(entry: Entry, language: Language, about: About, room: int) -> list[str]:
    def label(key: str) -> str:
        return f"**{say(language, f'discord.card.{key}')}**"

    small: list[str] = []
    cut = False
    if entry.phrasings:
        asked = " · ".join(f"“{text}”" for _, text in phrasings_of(entry).items())
        small.append(f"-# {label('asked')} {_fitted(asked, 300)}")
    if about.concepts:
        small.append(f"-# {label('concepts')} {_fitted(', '.join(about.concepts), 200)}")
    if entry.sources:
        links, cut = _links(entry.sources, language)
        small.append(f"-# {links}")
    foot = "\n".join(small)
    sides = [side for side in (_side(entry, "en"), _side(entry, "hi")) if any(side)]
    room -= units(foot) + 80
    parts: list[str] = []
    for number, (title, text) in enumerate(sides):
        share = room // (len(sides) - number)
        heading = f"**{_fitted(title, _TITLE)}**\n" if title else ""
        shown, whole = prose(text, max(0, share - units(heading)))
        cut |= not whole
        parts.append((heading + shown).strip())
        room -= units(parts[-1])
    if cut:
        parts.append(f"-# {say(language, 'discord.card.cut')}")
    return [*filter(None, parts), *([foot] if foot else [])]


def _side(entry: Entry, language: str) -> tuple[str, str]:
    """Question and answer in one language."""
    detail = getattr(entry.detail, language, None) if entry.detail else None
    texts = filter(None, (getattr(entry.answer, language), detail))
    return getattr(entry.title, language) or "", "\n\n".join(texts)


def _links(sources: Sequence[Reference], language: Language) -> tuple[str, bool]:
    """Sources with the host that each leads to in plain sight, as far as there is room; whether some are left out."""
    links: list[str] = []
    room = _LINKS
    for source in sources:
        if target := web_address(source.url):
            host = target.split("/")[2]
            title = source.title if host in source.title else f"{shorten(source.title, LABEL - len(host) - 4)} ({host})"
            made = link(shorten(title, LABEL), target)
            room -= units(made) + 3
            if room < 0:
                break
            links.append(made)
    return f"{say(language, 'discord.sources_own')}: {' · '.join(links)}", len(links) < len(sources)


def _reference(url: str | None) -> Reference:
    shown = (url or "").partition("://")[2]
    return Reference(title=shorten(shown, LABEL) or "?", url=url or "")


def _fitted(text: str, room: int) -> str:
    """Somebody's words, escaped, in at most `room` units."""
    shown = escape(text)
    limit = max(room, 1)
    while units(shown) > room and limit > 1:
        limit = min(limit - 1, limit * room // max(units(shown), 1))
        shown = escape(shorten(text, limit))
    return shown
