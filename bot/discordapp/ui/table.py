"""A comparison as text: side by side where a phone has room for it, else row by row."""

from __future__ import annotations

import unicodedata
from typing import Final

from bot.core.reply import Table
from bot.discordapp.ui.limits import units
from bot.discordapp.ui.markdown import clean, code_block, escape, inline

PHONE: Final = 44
"""Letters of fixed width that a phone shows on one line of a code block."""


def side_by_side(table: Table) -> bool:
    """Whether a phone has room for the columns beside each other."""
    return _aligned(table) is not None


def fit(table: Table, room: int) -> tuple[str, bool]:
    """As many rows as `room` units hold, and whether that is all of them."""
    aligned = _aligned(table)
    if aligned and units(aligned) <= room:
        return aligned, True
    kept: list[str] = []
    rows = [row for row in table.rows if any(row[1:])]
    for row in rows:
        shown = _row(row, _headings(table))
        needed = units(shown) + (1 if kept else 0)
        if needed > room:
            return "\n".join(kept), False
        kept.append(shown)
        room -= needed
    return "\n".join(kept), True


def pieces(table: Table, room: int) -> list[str]:
    """All rows, in pieces of at most `room` units as far as rows are that short."""
    aligned = _aligned(table)
    if aligned and units(aligned) <= room:
        return [aligned]
    return [_row(row, _headings(table)) for row in table.rows if any(row[1:])]


def _headings(table: Table) -> tuple[str, ...]:
    return table.headings or table.columns


def _row(row: tuple[str, ...], headings: tuple[str, ...]) -> str:
    """A label and under it what holds for whom; columns that agree share a line."""
    by_value: dict[str, list[str]] = {}
    for heading, cell in zip(headings, row[1:], strict=False):
        if cell.strip():
            by_value.setdefault(inline(cell), []).append(escape(heading))
    label = f"**{escape(row[0])}**"
    if len(by_value) == 1 and all(cell.strip() for cell in row[1:]):
        return f"{label}: {next(iter(by_value))}"
    return "\n".join([label, *(f"- {', '.join(names)}: {value}" for value, names in by_value.items())])


def _aligned(table: Table) -> str | None:
    """Columns in a code block, if every letter is one cell wide and all lines fit."""
    cells = [("", *_headings(table)), *table.rows]
    if len({len(row) for row in cells}) != 1:
        return None
    plain = [[clean(cell).replace("`", "") for cell in row] for row in cells]
    if not all(_narrow(cell) for row in plain for cell in row):
        return None
    widths = [max(len(row[column]) for row in plain) for column in range(len(plain[0]))]
    if sum(widths) + 2 * (len(widths) - 1) > PHONE:
        return None
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in plain]
    return code_block([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _narrow(text: str) -> bool:
    """Whether a fixed-width font gives every character of the text one cell."""
    return all(c.isascii() or (ord(c) < 0x0250 and not unicodedata.combining(c)) or c in "–—…" for c in text)
