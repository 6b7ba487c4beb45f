"""From a reply to its picture and the words that tell the same."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from bot.core.compose import say_edge
from bot.core.knowledge import KnowledgeBase
from bot.core.knowledge.base import Edge
from bot.core.reply import Kind, Reply, Table
from bot.locales import Language, say
from bot.pictures.comparison import ROWS, comparison
from bot.pictures.draw import png
from bot.pictures.gallery import Picture
from bot.pictures.letters import shapes_devanagari
from bot.pictures.names import short_name
from bot.pictures.neighbourhood import count, neighbourhood
from bot.pictures.path import path
from bot.pictures.scene import Scene

WORDS: Final = 1024
"""UTF-16 units that a description may have."""

_log = logging.getLogger(__name__)


def paint(base: KnowledgeBase, reply: Reply) -> Picture | None:
    """Draw the picture of a reply; None if there is nothing to be seen."""
    language: Language = "hi" if reply.reply_language == "hi" else "en"
    if language == "hi" and not _can_write_hindi():
        return None
    composed = compose(base, reply, language)
    if composed is None:
        return None
    scene, words = composed
    return Picture(png(scene), words, re.sub("[^a-z0-9]+", "-", reply.entry or "picture") + ".png")


def compose(base: KnowledgeBase, reply: Reply, language: Language) -> tuple[Scene, str] | None:
    """The scene of a reply, and its words."""
    parts = (reply.entry or "").partition(":")[2].split("+")
    match reply.kind:
        case Kind.CONCEPT if parts[0] in base.concepts and (found := neighbourhood(base, parts[0], language)):
            scene, edges = found
            more = count(base, parts[0]) - len(edges)
            told = [say(language, "pictures.neighbourhood", name=reply.title), *_sentences(base, edges, language)]
            return scene, _joined(told, [say(language, "pictures.more", number=more)] if more else [])
        case Kind.RELATION if len(parts) == 2 and (walked := base.path(*parts)):
            told = [say(language, "pictures.path", title=reply.title), *_sentences(base, walked, language)]
            return path(base, walked, language), _joined(told)
        case Kind.COMPARISON if reply.table:
            known = all(column in base.concepts for column in reply.table.columns)
            names = [short_name(base, column, language) for column in reply.table.columns] if known else []
            return _compared(reply.table, names or reply.table.headings, reply.title, language)
    return None


def _sentences(base: KnowledgeBase, edges: Iterable[Edge], language: Language) -> list[str]:
    return [say(language, "pictures.sentence", text=say_edge(base, edge, language)) for edge in edges]


def _compared(table: Table, headings: Sequence[str], title: str, language: Language) -> tuple[Scene, str] | None:
    """As many rows as both the picture and its words have room for."""
    for most in range(ROWS, 1, -1):
        if (found := comparison(table, headings, most)) is None:
            return None
        scene, rows = found
        told = [say(language, "pictures.comparison", title=title), *(_row(row, headings) for row in rows)]
        more = len(table.rows) - len(rows)
        rest = [say(language, "pictures.more_rows", number=more)] if more else []
        if _units(words := "\n".join([*told, *rest])) <= WORDS:
            return scene, words
    return None


def _row(row: Sequence[str], headings: Sequence[str]) -> str:
    cells = "; ".join(f"{name}: {cell or '–'}" for name, cell in zip(headings, row[1:], strict=True))
    return f"{row[0]} – {cells}"


def _joined(told: Sequence[str], rest: Sequence[str] = ()) -> str:
    """The sentences in a row; a description that is too long ends after one."""
    kept = list(told)
    while len(kept) > 1 and _units(" ".join([*kept, *rest])) > WORDS:
        kept.pop()
    return " ".join([*kept, *rest])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@cache
def _can_write_hindi() -> bool:
    if not shapes_devanagari():
        _log.warning("no pictures in Hindi: the system has no FriBiDi library (Debian's package is libfribidi0)")
        return False
    return True
