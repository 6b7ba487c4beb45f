"""A path from one thing to another: boxes from top to bottom, with the words of the relation between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.knowledge import KnowledgeBase
from bot.core.knowledge.base import Edge
from bot.locales import Language
from bot.pictures import colours
from bot.pictures.letters import height, widest, wrap
from bot.pictures.names import arrow_words, short_name
from bot.pictures.scene import Align, Arrow, Box, Face, Rect, Scene, Text

WIDTH: Final = 440.0
"""Narrow, so that a phone shows it almost in its own size."""

_MARGIN: Final = 20.0
_NAME: Final = Face(21, strong=True)
_WORDS: Final = Face(18)
_PADDING: Final = 18.0
_LEAST: Final = 190.0
_GAP: Final = (58.0, 48.0)
"""Between boxes, in a short path and in a long one."""
_LONG: Final = 4


def path(base: KnowledgeBase, edges: Sequence[Edge], language: Language) -> Scene:
    """The picture of a path with at least one edge."""
    steps = [edges[0].start, *(edge.end for edge in edges)]
    room = WIDTH - 2 * (_MARGIN + _PADDING)
    names = [wrap(short_name(base, step, language), room, _NAME, 2) for step in steps]
    across = max(_LEAST, *(widest(lines, _NAME) + 2 * _PADDING for lines in names))
    gap = _GAP[len(edges) > _LONG]
    boxes: list[Box] = []
    texts: list[Text] = []
    arrows: list[Arrow] = []
    y = _MARGIN
    for number, lines in enumerate(names):
        if number:
            ink = colours.ROWS[(number - 1) % len(colours.ROWS)]
            x = WIDTH / 2 - across / 4
            arrows.append(_down(x, y, y + gap - 2, ink))
            area = Rect(x + 16, y, WIDTH - _MARGIN - x - 16, gap)
            words = wrap(arrow_words(base, edges[number - 1], language), area.width, _WORDS, 2)
            texts.append(Text(words, area, _WORDS, ink))
            y += gap
        area = Rect((WIDTH - across) / 2, y, across, height(len(lines), _NAME) + 18)
        end = number in (0, len(names) - 1)
        fill, edge = (colours.HUB, colours.HUB_EDGE) if end else (colours.CHIP, colours.MUTED)
        boxes.append(Box(area, fill, edge, Text(lines, area, _NAME, colours.INK, Align.CENTRE)))
        y = area.bottom
    return Scene(WIDTH, y + _MARGIN, tuple(boxes), tuple(texts), tuple(arrows))


def _down(x: float, top: float, bottom: float, ink: str) -> Arrow:
    third = (bottom - top) / 3
    return Arrow(((x, top), (x, top + third), (x, bottom - third), (x, bottom)), ink)
