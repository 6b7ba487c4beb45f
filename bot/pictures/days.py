"""Questions by day: a bar a day, in three parts from what was answered to what was not."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

from bot.locales import Language, say
from bot.pictures import colours
from bot.pictures.draw import png
from bot.pictures.gallery import Picture
from bot.pictures.letters import height, shapes_devanagari, width
from bot.pictures.scene import Face, Line, Rect, Scene, Text

Day = tuple[datetime.date, int, int, int]
"""A day with its answers, its choices, and what was not known."""

INKS: Final = (colours.ROWS[0], colours.ROWS[1], colours.ROWS[3])
"""Answered, several offered, not known."""
_WIDTH: Final = 550.0
_TALL: Final = 150.0
_MARGIN: Final = 20.0
_FACE: Final = Face(16)
_SWATCH: Final = 12.0
_WIDEST: Final = 26.0


def days(found: Sequence[Day], language: Language) -> Picture | None:
    """The picture with its words; None if nothing was asked, or the letters can not be written here."""
    if not any(_all(day) for day in found) or (language == "hi" and not shapes_devanagari()):
        return None
    return Picture(png(scene(found, language)), words(found, language), "questions-by-day.png")


def scene(found: Sequence[Day], language: Language) -> Scene:
    """Bars on one line, a legend above them, and the first and last day below."""
    highest = max(map(_all, found))
    line = height(1, _FACE)
    texts: list[Text] = []
    lines: list[Line] = []
    x = _MARGIN
    for key, ink in zip(("answer", "choose", "no_answer"), INKS, strict=True):
        label = say(language, f"pictures.days.{key}")
        wide = width(label, _FACE)
        lines.append(Line(Rect(x, _MARGIN + (line - _SWATCH) / 2, _SWATCH, _SWATCH), ink))
        texts.append(Text((label,), Rect(x + _SWATCH + 6, _MARGIN, wide, line), _FACE, colours.INK))
        x += _SWATCH + 6 + wide + 22
    top = _MARGIN + line + 14
    scale = width(str(highest), _FACE)
    texts.append(Text((str(highest),), Rect(_MARGIN, top - line / 2, scale, line), _FACE, colours.MUTED))
    left, floor = _MARGIN + scale + 10, top + _TALL
    room = _WIDTH - _MARGIN - left
    lines += [Line(Rect(left, top, room, 1), colours.LINE), Line(Rect(left, floor, room, 1), colours.MUTED)]
    step = min(room / len(found), _WIDEST)
    for at, (_, answer, choose, unknown) in enumerate(found):
        y = floor
        for count, ink in zip((answer, choose, unknown), INKS, strict=True):
            tall = _TALL * count / highest
            if count:
                y -= tall
                lines.append(Line(Rect(left + at * step + step * 0.15, y, step * 0.7, tall), ink))
    first, last = (day[0].isoformat() for day in (found[0], found[-1]))
    below = floor + 6
    texts.append(Text((first,), Rect(left, below, width(first, _FACE), line), _FACE, colours.MUTED))
    end = left + step * len(found)
    wide = width(last, _FACE)
    if (start := max(end - wide, left + width(first, _FACE) + 16)) + wide <= _WIDTH - _MARGIN:
        texts.append(Text((last,), Rect(start, below, wide, line), _FACE, colours.MUTED))
    return Scene(_WIDTH, below + line + _MARGIN, texts=tuple(texts), lines=tuple(lines))


def words(found: Sequence[Day], language: Language) -> str:
    """What the picture shows, for those who can not see it."""
    answer, choose, unknown = (sum(counts) for counts in zip(*((day[1], day[2], day[3]) for day in found), strict=True))
    busiest = max(found, key=_all)
    return say(
        language,
        "pictures.days.words",
        first=found[0][0].isoformat(),
        last=found[-1][0].isoformat(),
        answer=answer,
        choose=choose,
        no_answer=unknown,
        busiest=busiest[0].isoformat(),
        most=_all(busiest),
    )


def _all(day: Day) -> int:
    return day[1] + day[2] + day[3]
