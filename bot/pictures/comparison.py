"""A table side by side: as many of its first rows as stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.reply import Table
from bot.pictures import colours
from bot.pictures.letters import fits, height, wrap
from bot.pictures.scene import Align, Box, Face, Line, Rect, Scene, Text

ROWS: Final = 5
TALLEST: Final = 560.0
"""Taller ones are shrunk to the height of a screen and can not be read there."""

_WIDTHS: Final = {2: 480.0, 3: 550.0, 4: 600.0}
_LINES: Final = 3
_MARGIN: Final = 20.0
_HEADS: Final = tuple((Face(size, strong=True), lines) for size, lines in ((19, 2), (17, 2), (16, 2), (16, 3)))
"""The first in which all names fit, with the number of lines."""
_LABEL: Final = Face(17)
_CELL: Final = Face(18)
_GAP: Final = 14.0
_BETWEEN: Final = 10.0

Row = tuple[str, ...]


def comparison(table: Table, headings: Sequence[str], most: int = ROWS) -> tuple[Scene, tuple[Row, ...]] | None:
    """The picture and the rows that it shows; None if not even two rows fit, or the names do not."""
    across = len(table.columns)
    if across not in _WIDTHS:
        return None
    width = _WIDTHS[across]
    column = (width - 2 * _MARGIN - (across - 1) * _GAP) / across
    face = next((f for f, lines in _HEADS if all(fits(name, column - 16, f, lines) for name in headings)), None)
    if face is None:
        return None
    named = [wrap(name, column - 16, face) for name in headings]
    left = [_MARGIN + n * (column + _GAP) for n in range(across)]

    head = height(max(map(len, named)), face) + 14
    boxes = tuple(_heading(lines, Rect(x, _MARGIN, column, head), face) for x, lines in zip(left, named, strict=True))
    texts: list[Text] = []
    lines: list[Line] = []
    shown: list[Row] = []
    y = _MARGIN + head + _BETWEEN
    for row in table.rows:
        if not _readable(row, column, width):
            continue
        cells = [wrap(cell or "–", column, _CELL) for cell in row[1:]]
        deep = height(max(map(len, cells)), _CELL)
        label = height(1, _LABEL)
        if len(shown) == most or y + label + 2 + deep + _MARGIN > TALLEST:
            break
        if shown:
            lines.append(Line(Rect(_MARGIN, y, width - 2 * _MARGIN, 1), colours.LINE))
            y += _BETWEEN
        texts.append(Text((row[0],), Rect(_MARGIN, y, width - 2 * _MARGIN, label), _LABEL, colours.ROWS[0]))
        y += label + 2
        for x, cell in zip(left, cells, strict=True):
            area = Rect(x, y, column, height(len(cell), _CELL))
            texts.append(Text(cell, area, _CELL, colours.INK if cell != ("–",) else colours.MUTED))
        y += deep + _BETWEEN
        shown.append(row)
    if len(shown) < 2:
        return None
    return Scene(width, y - _BETWEEN + _MARGIN, boxes, tuple(texts), lines=tuple(lines)), tuple(shown)


def _readable(row: Row, column: float, width: float) -> bool:
    """Whether nothing of a row has to be cut."""
    label = fits(row[0], width - 2 * _MARGIN, _LABEL, 1)
    return label and all(fits(cell, column, _CELL, _LINES) for cell in row[1:])


def _heading(lines: tuple[str, ...], area: Rect, face: Face) -> Box:
    return Box(area, colours.HUB, colours.HUB_EDGE, Text(lines, area, face, colours.INK, Align.CENTRE))
