"""A Reply as one Discord message: what is shown, in which order, and what has to wait for "More"."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from discord import ui

from bot.core.knowledge.model import Verdict
from bot.core.reply import CitedSource, CorrectionNote, Kind, Link, MisconceptionNote, Outcome, Reply
from bot.discordapp.ui import controls, limits, picture, table
from bot.discordapp.ui.accents import ACCENT
from bot.discordapp.ui.limits import units
from bot.discordapp.ui.markdown import clean, escape, link, pieces, prose, quoted, shorten, web_address
from bot.locales import Language, say
from bot.pictures import Picture

_ROOM: Final = limits.TEXT - 100
"""Kept free: Discord may count what it adds itself."""
_NOTE_ROOM: Final = 700
"""What one misconception or correction may take at most."""


@dataclass(frozen=True, slots=True)
class Note:
    """What members of this server say beneath an answer."""

    id: int
    wrong: str
    right: str
    source: str | None
    author: int | None
    """The person's id; None if they asked to be forgotten."""
    when: datetime.datetime
    """When it was approved."""
    up: int = 0
    down: int = 0
    outdated: bool = False
    """Whether the answer has changed since."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose answer it is, where it is not the bot's own."""

    author: int | None
    """The person's id; None if they asked to be forgotten."""
    when: datetime.datetime
    """When it was approved."""
    written: Language | None = None
    """The language of its words, where it is not the reply's."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Who asked, and how the reply is to be shown."""

    asker: int
    private: bool = False
    """Only the asker sees it, so that nothing has to be deleted."""
    expanded: bool = False
    page: int = 0
    """Which part of an expanded reply that is too long for one message."""
    reference: str | None = None
    """What the controls open again, where it is not `Reply.entry`."""
    about: str | None = None
    """Address of somebody else's message that is answered."""
    footer: str = ""
    """Our own markdown under the answer."""
    picture: Picture | None = None
    """Shown under the answer; its file has to be sent along."""
    notes: tuple[Note, ...] = ()
    """Most helpful first."""
    origin: Origin | None = None
    """A member of this server, for an entry of its own."""
    correctable: bool = False
    """Whether those who see the reply may propose a correction."""
    ping: int | None = None
    """The author of somebody else's message, whom the asker may call to the answer."""


def render(reply: Reply, frame: Frame) -> ui.LayoutView:
    """The view of a reply; it keeps Discord's limits whatever the reply holds."""
    language: Language = "hi" if reply.reply_language == "hi" else "en"
    page = _expanded(reply, frame, language) if frame.expanded else _page(reply, frame, language)
    box = ui.Container[Any](accent_colour=ACCENT[reply.outcome])
    for number, group in enumerate(group for group in page.groups if any(group)):
        if number:
            box.add_item(ui.Separator())
        for text in filter(None, group):
            box.add_item(ui.TextDisplay(text))
        if frame.picture and not number and not frame.page:
            box.add_item(picture.shown(frame.picture))
    for text, row in page.notes:
        box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(text))
        box.add_item(row)
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    for row in _rows(reply, frame, language, page):
        view.add_item(row)
    return view


@dataclass(frozen=True, slots=True)
class _Page:
    groups: tuple[tuple[str, ...], ...]
    """Texts in display order; a thin line stands between groups."""
    more: bool
    """Whether something was left out that `expanded` would show."""
    notes: tuple[tuple[str, ui.ActionRow[Any]], ...] = ()
    """What the community says, each with its votes."""
    before: bool = False
    after: bool = False
    """Whether other pages come before and after this one."""


def _page(reply: Reply, frame: Frame, language: Language) -> _Page:
    """Give the room to what matters most first, then put everything in reading order."""
    head = _head(reply, frame, language)
    sources = _sources(reply.sources, language, own=frame.origin is not None)
    room = _ROOM - units(head) - units(sources) - units(frame.footer)

    beliefs, room = _within(room, (_misconception(note, language) for note in reply.misconceptions))
    answer, whole = prose(_answer(reply, language), room)
    room -= units(answer)
    remarks, room = _within(room, (_correction(note, language) for note in reply.corrections))
    notes, room = _notes(frame.notes, controls.Key(language, frame.asker), room)

    comfort = limits.COMFORT_COMPARED if reply.kind is Kind.COMPARISON else limits.COMFORT
    free = min(room, comfort - (_ROOM - room))
    detail, all_detail = _detail(reply.detail, language, free)
    rows, all_rows = table.fit(reply.table, free - units(detail)) if reply.table else ("", True)
    return _Page(
        groups=(
            (head, beliefs, answer),
            *(((rows,), (remarks,)) if reply.kind is Kind.COMPARISON else ((remarks,), (rows,))),
            (detail,),
            (frame.footer, sources),
        ),
        more=not (whole and all_rows and all_detail),
        notes=notes,
    )


def _expanded(reply: Reply, frame: Frame, language: Language) -> _Page:
    """Everything, on as many pages as it takes."""
    head, sources = _head(reply, frame, language), _sources(reply.sources, language, own=frame.origin is not None)
    room = _ROOM - units(head) - units(sources) - units(frame.footer) - 4
    remarks = [_correction(note, language) for note in reply.corrections]
    rows = table.pieces(reply.table, room) if reply.table else []
    detail = pieces(reply.detail, room - 100) if reply.detail else []
    if detail:
        detail[0] = f"**{say(language, 'discord.detail')}**\n{detail[0]}"
    beliefs = [_misconception(note, language) for note in reply.misconceptions]
    groups = [
        [*beliefs, *pieces(_answer(reply, language), room)],
        *((rows, remarks) if reply.kind is Kind.COMPARISON else (remarks, rows)),
        detail,
    ]
    pages = _packed(groups, room)
    at = min(frame.page, len(pages) - 1)
    spare = room - sum(units(text) for group in pages[at] for text in group)
    notes, _ = _notes(frame.notes, controls.Key(language, frame.asker), spare) if at == 0 else ((), spare)
    return _Page(
        groups=((head, *pages[at][0]), *(tuple(group) for group in pages[at][1:]), (frame.footer, sources)),
        more=False,
        notes=notes,
        before=at > 0,
        after=at + 1 < len(pages),
    )


def _packed(groups: Iterable[list[str]], room: int) -> list[list[list[str]]]:
    """Groups of texts on pages that hold `room` units, in order; texts that stand together become one."""
    pages: list[list[list[str]]] = [[[]]]
    left = room
    for group in groups:
        fresh = True
        for text in group:
            if units(text) + 2 > left:
                pages.append([[]])
                left, fresh = room, False
            elif fresh and any(pages[-1]):
                pages[-1].append([])
            fresh = False
            here = pages[-1][-1]
            here[:] = [_joined(here[0], text)] if here else [text]
            left -= units(text) + 2
    return pages


def _joined(first: str, second: str) -> str:
    code = first.endswith("```") or second.startswith("```")
    return f"{first}\n{second}" if code else f"{first}\n\n{second}"


def _head(reply: Reply, frame: Frame, language: Language) -> str:
    title = escape(shorten(reply.title or say(language, f"discord.title.{reply.outcome}"), limits.TITLE))
    head = f"### {title}"
    if frame.about and web_address(frame.about):
        head = f"-# ↩ {link(say(language, 'discord.about'), frame.about)}\n{head}"
    return f"{head}\n{_origin(frame.origin, language)}" if frame.origin else head


def _origin(origin: Origin, language: Language) -> str:
    by = f"<@{origin.author}>" if origin.author else say(language, "discord.note.somebody")
    parts = [f"🧩 **{say(language, 'discord.note.title')}**", by, f"<t:{int(origin.when.timestamp())}:d>"]
    if origin.written:
        parts.append(say(language, f"discord.only.{origin.written}"))
    return f"-# {' · '.join(parts)}"


def _notes(
    notes: Iterable[Note], key: controls.Key, room: int
) -> tuple[tuple[tuple[str, ui.ActionRow[Any]], ...], int]:
    """The notes that fit, each with its votes, and the room that they leave."""
    kept: list[tuple[str, ui.ActionRow[Any]]] = []
    for note in notes:
        text = _note(note, key.language)
        if len(kept) < limits.NOTES and units(text) <= room:
            votes = (
                controls.NoteVoteButton(key, note.id, count, up=up)
                for up, count in ((True, note.up), (False, note.down))
            )
            kept.append((text, ui.ActionRow(*votes)))
            room -= units(text)
    return tuple(kept), room


def _note(note: Note, language: Language) -> str:
    """Somebody's words: shown as they are, with nothing in them that Discord would act on."""
    by = f"<@{note.author}>" if note.author else say(language, "discord.note.somebody")
    head = f"🧩 **{say(language, 'discord.note.title')}** · {by} · <t:{int(note.when.timestamp())}:d>"
    old = f"\n-# {say(language, 'discord.note.outdated')}" if note.outdated else ""
    right, _ = prose(note.right, 2 * _NOTE_ROOM)  # escaped, it may be longer than it was typed
    return f"{head}\n{_said(note.wrong)}\n{right}{_reference(note.source or '', language)}{old}"


def _within(room: int, texts: Iterable[str]) -> tuple[str, int]:
    """The texts that fit, as one, and the room that they leave."""
    kept: list[str] = []
    for text in texts:
        if units(text) + 2 <= room:
            kept.append(text)
            room -= units(text) + 2
    return "\n\n".join(kept), room


def _answer(reply: Reply, language: Language) -> str:
    """The answer, unless a misconception says the very same above it."""
    if any(note.text == reply.answer for note in reply.misconceptions):
        return ""
    if reply.answer or reply.outcome is Outcome.ANSWER:
        return reply.answer
    return say(language, f"discord.text.{reply.outcome}")


def _misconception(note: MisconceptionNote, language: Language) -> str:
    heading = say(language, "discord.misconception")
    text, _ = prose(note.text, _NOTE_ROOM)
    return quoted(f"⚠️ **{heading}** {_said(note.belief)}\n{text}{_reference(note.source, language)}")


_SIGNS: Final = {Verdict.WRONG: "❌", Verdict.DATED: "🕰️", Verdict.PARTLY: "🌗", Verdict.NUANCE: "🔎"}


def _correction(note: CorrectionNote, language: Language) -> str:
    verdict = say(language, f"discord.verdict.{note.verdict}")
    text, _ = prose(note.text, _NOTE_ROOM)
    said = f"{_SIGNS[note.verdict]} **{verdict}:** {_said(note.corrects)}"
    return f"{said}\n{text}{_reference(note.source, language)}"


def _said(belief: str) -> str:
    return f"“{escape(shorten(belief, 200))}”"


def _reference(url: str, language: Language) -> str:
    return f" [{say(language, 'discord.source')}]({target})" if (target := web_address(url)) else ""


def _detail(text: str | None, language: Language, room: int) -> tuple[str, bool]:
    """The expert's part under its own small heading, if all of it fits; and whether there is no more."""
    if not text:
        return "", True
    heading = f"**{say(language, 'discord.detail')}**\n"
    shown, complete = prose(text, max(room - units(heading), 0))
    return (heading + shown, True) if shown and complete else ("", False)


def _sources(sources: Iterable[CitedSource], language: Language, *, own: bool = False) -> str:
    """Links.  Those of a community's `own` entry tell where they lead: whoever wrote it chose their titles."""
    cited: dict[str, str] = {}
    for source in sources:
        if (target := web_address(source.url)) and len(cited) < limits.SOURCES:
            title = source.title if not own else _told(source.title, target)
            cited.setdefault(target, link(shorten(title, limits.LABEL), target))
    heading = say(language, "discord.sources_own" if own else "discord.sources")
    return f"-# {heading}: {' · '.join(cited.values())}" if cited else ""


def _told(title: str, target: str) -> str:
    """A title with the host that it leads to."""
    host = urlsplit(target).hostname or ""
    return title if title.startswith(host) else f"{shorten(title, limits.LABEL - len(host) - 4)} ({host})"


def _rows(reply: Reply, frame: Frame, language: Language, page: _Page) -> Iterator[ui.ActionRow[Any]]:
    """Everything to press, from what leads on to what puts away."""
    key = controls.Key(language, frame.asker)
    for choice in _openable(reply.choices)[: limits.CHOICES]:
        yield ui.ActionRow(controls.ChoiceButton(key, choice.entry, shorten(choice.title, limits.LABEL)))
    if related := _openable(reply.related)[: limits.SELECT_OPTIONS]:
        about = "help" if frame.reference == controls.HELP else reply.outcome
        asked = say(language, f"discord.related.{about}")
        yield ui.ActionRow(
            controls.RelatedSelect(key, [(r.entry, shorten(r.title, limits.SELECT_TEXT)) for r in related], asked)
        )
    reference = frame.reference or reply.entry
    if votable(reply) and reference and controls.fits(reference):
        yield ui.ActionRow(
            controls.VoteButton(reference, say(language, "discord.vote.yes"), helped=True),
            controls.VoteButton(reference, say(language, "discord.vote.no"), helped=False),
            *_correct(key, reference, language, frame),
        )
    buttons: list[ui.Item[Any]] = []
    if reference and controls.fits(reference):
        if page.more:
            buttons.append(controls.DetailButton(key, reference, say(language, "discord.more")))
        if page.before:
            buttons.append(controls.PageButton(key, reference, say(language, "discord.page.back"), frame.page - 1))
        if page.after:
            buttons.append(controls.PageButton(key, reference, say(language, "discord.page.next"), frame.page + 1))
        other: Language = "en" if language == "hi" else "hi"
        # The label is in the language that it leads to, for those who can not read this one.
        label = say(other, "discord.this_language")
        buttons.append(controls.LanguageButton(controls.Key(other, frame.asker), reference, label))
    if frame.ping is not None:
        buttons.append(controls.PingButton(frame.asker, frame.ping, say(language, "discord.ping")))
    if not frame.private:
        buttons.append(controls.DeleteButton(frame.asker, say(language, "discord.delete")))
    if buttons:
        yield ui.ActionRow(*buttons)


def _correct(key: controls.Key, reference: str, language: Language, frame: Frame) -> Iterator[ui.Item[Any]]:
    if frame.correctable:
        yield controls.CorrectButton(key.language, reference, say(language, "discord.correct"))


def votable(reply: Reply) -> bool:
    """Whether it makes sense to ask if a reply helped."""
    return reply.outcome is Outcome.ANSWER and reply.entry is not None


def _openable(links: Iterable[Link]) -> list[Link]:
    """Links that a control can carry, each once."""
    return list({link.entry: link for link in links if controls.fits(link.entry) and clean(link.title)}.values())
