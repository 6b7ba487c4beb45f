"""A server's numbers as one message: what was asked, what helped, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from discord import ui

from bot.community.gaps import Cluster
from bot.discordapp.ui import limits, picture
from bot.discordapp.ui.limits import units
from bot.discordapp.ui.markdown import escape, shorten
from bot.locales import Language, say
from bot.pictures import Picture
from bot.store.model import Tally

COLOUR: Final = 0x4C8DFF
TOP: Final = 8
GAPS: Final = 8
_EXAMPLE: Final = 120
_ROOM: Final = limits.TEXT - 100

Title = Callable[[str], str | None]
"""The title of an entry in the reader's language; None if it is gone."""


def report(
    tally: Tally,
    clusters: Sequence[Cluster],
    language: Language,
    *,
    title: Title,
    heading: str,
    drawn: Picture | None = None,
    controls: Sequence[ui.Item[Any]] = (),
) -> ui.LayoutView:
    """The message; it keeps Discord's limits whatever the numbers are."""

    def word(key: str, **values: object) -> str:
        return say(language, f"discord.insights.{key}", **values)

    parts = [f"### {escape(heading)}\n{_summary(tally, word)}"]
    if top := [(title(entry), count) for entry, count in tally.top]:
        lines = [f"{n}. {escape(shorten(name, 120))} · {count}" for n, (name, count) in enumerate(_named(top)[:TOP], 1)]
        parts.append("\n".join([f"**{word('top')}**", *lines]))
    if clusters:
        lines = [_gap(cluster, title, word) for cluster in clusters[:GAPS]]
        parts.append("\n".join([f"**{word('gaps')}**", *lines]))
    if poor := [h for h in tally.helped if h.no > h.yes]:
        lines = [f"- {escape(shorten(title(h.entry) or h.entry, 120))} · 👍 {h.yes} · 👎 {h.no}" for h in poor[:5]]
        parts.append("\n".join([f"**{word('poor')}**", *lines]))
    box = ui.Container[Any](accent_colour=COLOUR)
    room = _ROOM
    for number, part in enumerate(parts):
        if units(part) > room:
            break
        room -= units(part)
        if number:
            box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(part))
        if drawn is not None and number == 0:
            box.add_item(picture.shown(drawn))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    if controls:
        view.add_item(ui.ActionRow(*controls))
    return view


def _summary(tally: Tally, word: Callable[..., str]) -> str:
    if not tally.total:
        return word("nothing")
    counts = {key: tally.outcomes.get(key, 0) for key in ("answer", "choose", "no_answer")}
    shares = {key: round(100 * count / tally.total) for key, count in counts.items()}
    lines = [
        word("total", count=tally.total),
        word("outcomes", **shares),
        word("languages", list=", ".join(f"{word(f'language.{k}')} {v}" for k, v in tally.languages.items())),
    ]
    if tally.helpful is not None:
        votes = sum(h.yes + h.no for h in tally.helped)
        lines.append(word("helpful", share=round(100 * tally.helpful), votes=votes))
    return "\n".join(lines)


def _named(found: Sequence[tuple[str | None, int]]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in found if name is not None]


def _gap(cluster: Cluster, title: Title, word: Callable[..., str]) -> str:
    if cluster.examples:
        shown = f"“{escape(shorten(cluster.examples[0], _EXAMPLE))}”"
    elif cluster.concepts:
        names = [title(f"concept:{concept}") or concept for concept in cluster.concepts]
        shown = word("about", names=escape(shorten(", ".join(names), _EXAMPLE)))
    else:
        shown = word("unnamed")
    return f"- {shown} · {cluster.count}"
