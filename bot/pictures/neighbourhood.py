"""One thing and what it is connected to: the thing on the left, a row for each kind of connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.core.knowledge import KnowledgeBase
from bot.core.knowledge.base import Edge
from bot.locales import Language
from bot.pictures import colours
from bot.pictures.letters import fits, height, shorten, widest, width, wrap
from bot.pictures.names import arrow_words, short_name
from bot.pictures.scene import Align, Arrow, Box, Face, Rect, Scene, Text

WIDTH: Final = 550.0
"""At most; the narrower it is, the larger a phone shows it."""
_LEAST: Final = 400.0
ROWS: Final = 5
NEIGHBOURS: Final = 9

_MARGIN: Final = 20.0
_NAMES: Final = tuple(Face(size, strong=True) for size in (19, 17, 16, 15))
"""The first in which a name fits."""
_NAME: Final = _NAMES[0]
_WORDS: Final = Face(17)
_HUB: Final = (
    (Face(22, strong=True), 150.0),
    (Face(19, strong=True), 150.0),
    (Face(19, strong=True), 190.0),
    (Face(17, strong=True), 190.0),
)
"""The thing's own name: the first in which it fits, with the length of its lines."""
_HUB_WIDTH: Final = 96.0
_PADDING: Final = 12.0
_REACH: Final = 46.0
"""From the thing to its rows."""
_CHIP: Final = 38.0
_GAP: Final = 8.0
_ROW: Final = height(1, _WORDS) + 2 + _CHIP
_BETWEEN: Final = 13.0


@dataclass
class _Row:
    words: str
    edges: list[Edge]
    chips: list[tuple[Edge, str, Face]] = field(default_factory=list)
    full: bool = False

    @property
    def hidden(self) -> int:
        return len(self.edges) - len(self.chips)


def neighbourhood(base: KnowledgeBase, concept: str, language: Language) -> tuple[Scene, tuple[Edge, ...]] | None:
    """The picture and the connections that it shows; None for a thing without any."""
    rows = _rows(base, concept, language)
    if not rows:
        return None
    face, name = _hub_name(short_name(base, concept, language))
    hub = Rect(_MARGIN, _MARGIN, max(_HUB_WIDTH, widest(name, face) + 2 * _PADDING), height(len(name), face) + 28)
    left = hub.right + _REACH
    _fill(rows, base, language, WIDTH - _MARGIN - left)

    deep = len(rows) * (_ROW + _BETWEEN) - _BETWEEN
    tall = max(deep, hub.height)
    hub = replace(hub, y=_MARGIN + (tall - hub.height) / 2)
    boxes = [Box(hub, colours.HUB, colours.HUB_EDGE, Text(name, hub, face, colours.INK, Align.CENTRE))]
    texts: list[Text] = []
    arrows: list[Arrow] = []
    for number, row in enumerate(rows):
        ink = colours.ROWS[number % len(colours.ROWS)]
        y = _MARGIN + (tall - deep) / 2 + number * (_ROW + _BETWEEN)
        words, chips = _place(row, left, y, ink)
        texts += words
        boxes += chips
        arrows.append(_reach(hub, left - 3, chips[0].area.centre[1], ink))
    right = max(area.right for area in (*(box.area for box in boxes), *(text.area for text in texts)))
    scene = Scene(max(_LEAST, right + _MARGIN), tall + 2 * _MARGIN, tuple(boxes), tuple(texts), tuple(arrows))
    return scene, tuple(edge for row in rows for edge, *_ in row.chips)


def _place(row: _Row, x: float, y: float, ink: str) -> tuple[list[Text], list[Box]]:
    """The words of a row, and under them its chips and the number of those that are not shown."""
    words = shorten(row.words, WIDTH - _MARGIN - x, _WORDS)
    above = Rect(x, y, width(words, _WORDS), height(1, _WORDS))
    texts, boxes = [Text((words,), above, _WORDS, ink)], list[Box]()
    for _, name, face in row.chips:
        area = Rect(x, above.bottom + 2, width(name, face) + 2 * _PADDING, _CHIP)
        boxes.append(Box(area, colours.CHIP, ink, Text((name,), area, face, colours.INK, Align.CENTRE)))
        x = area.right + _GAP
    if row.hidden:
        more = _more(row.hidden)
        area = Rect(x, above.bottom + 2, width(more, _WORDS), _CHIP)
        texts.append(Text((more,), area, _WORDS, colours.MUTED))
    return texts, boxes


def count(base: KnowledgeBase, concept: str) -> int:
    """How many neighbours there are."""
    return len(set(base.neighbours(concept)))


def _rows(base: KnowledgeBase, concept: str, language: Language) -> list[_Row]:
    """Own relations as they are written, then those that others have to it, the most frequent first."""
    own: dict[str, list[Edge]] = {}
    back: dict[str, list[Edge]] = {}
    seen = {concept}
    for edge in base.edges.get(concept, ()):
        if edge.end in seen:
            continue
        seen.add(edge.end)
        if edge.forward or (base.relation_types[edge.type].symmetric and edge.type in own):
            own.setdefault(edge.type, []).append(edge)
        else:
            back.setdefault(edge.type, []).append(edge)
    for edges in back.values():
        edges.sort(key=lambda edge: -len(base.edges[edge.end]))  # those that most is known about
    others = sorted(back.values(), key=lambda edges: -len(edges))
    first = list(own.values())[: ROWS - bool(others)]
    kept = [*first, *others][:ROWS]
    return [_Row(arrow_words(base, edges[0], language), edges) for edges in kept]


def _fill(rows: Sequence[_Row], base: KnowledgeBase, language: Language, room: float) -> None:
    """A neighbour to each row in turn, as long as there is room in it and in the picture."""
    shown = 0
    for row in rows:
        # What is too long comes last.
        row.edges.sort(key=lambda edge: _chip(base, edge, language) > room - _rest(row.edges))
    for turn in range(NEIGHBOURS):
        for row in rows:
            if turn >= len(row.edges) or row.full or shown == NEIGHBOURS:
                continue
            edge = row.edges[turn]
            name = short_name(base, edge.end, language)
            taken = sum(width(chip, face) + 2 * _PADDING + _GAP for _, chip, face in row.chips)
            free = room - taken - 2 * _PADDING - _rest(row.edges[turn:])
            face = _NAME
            if not row.chips:
                face = next((face for face in _NAMES if width(name, face) <= free), _NAMES[-1])
                name = shorten(name, free, face)
            if width(name, face) > free:
                row.full = True
                continue
            row.chips.append((edge, name, face))
            shown += 1


def _hub_name(name: str) -> tuple[Face, tuple[str, ...]]:
    for face, room in _HUB:
        if fits(name, room, face, 3):
            return face, _balanced(name, room, face)
    face, room = _HUB[-1]
    return face, wrap(name, room, face, 4)


def _balanced(name: str, room: float, face: Face) -> tuple[str, ...]:
    """The same number of lines, in the least width."""
    lines = wrap(name, room, face)
    while narrower := wrap(name, widest(lines, face) - 1, face):
        if len(narrower) > len(lines) or " ".join(narrower) != " ".join(lines):
            break
        lines = narrower
    return lines


def _reach(hub: Rect, x: float, y: float, ink: str) -> Arrow:
    """From the side of the thing to the side of a row."""
    start = (hub.right, hub.centre[1] + (y - hub.centre[1]) * 0.12)
    middle = (hub.right + x) / 2
    return Arrow((start, (middle, start[1]), (middle - 12, y), (x, y)), ink)


def _chip(base: KnowledgeBase, edge: Edge, language: Language) -> float:
    return width(short_name(base, edge.end, language), _NAME) + 2 * _PADDING


def _rest(edges: Sequence[Edge]) -> float:
    """Room for the number of those that are not shown, if there may be some after the first."""
    return _GAP + width(_more(99), _WORDS) if len(edges) > 1 else 0.0


def _more(number: int) -> str:
    return f"+{number}"
