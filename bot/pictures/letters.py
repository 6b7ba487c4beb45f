"""Letters: measured, broken into lines, and shortened, with the fonts that come with the bot."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import as_file, files
from io import BytesIO
from typing import Final

from PIL import ImageFont, features

from bot.pictures.scene import Face, Rect

ELLIPSIS: Final = "…"
LEADING: Final = 1.28
"""From line to line, in ems: Devanagari reaches higher and lower than Latin."""
_RISE: Final = 0.35
"""From the middle of a line down to where letters stand, in ems."""
_FONTS: Final = files("bot.pictures") / "fonts"


def shapes_devanagari() -> bool:
    """Whether conjuncts and vowel signs come out right: that takes FriBiDi, which the system has or has not."""
    return bool(features.check("raqm"))


@cache
def font(face: Face, scale: int = 1) -> ImageFont.FreeTypeFont:
    """The font in a size; letters of both scripts are in one file."""
    name = f"NotoSansDevanagari-{'SemiBold' if face.strong else 'Medium'}.ttf"
    engine = ImageFont.Layout.RAQM if shapes_devanagari() else ImageFont.Layout.BASIC
    return ImageFont.truetype(BytesIO(_bytes(name)), face.size * scale, layout_engine=engine)


@cache
def _bytes(name: str) -> bytes:
    with as_file(_FONTS / name) as path:
        return path.read_bytes()


def width(text: str, face: Face) -> float:
    """How far the pen moves; neither script joins letters across a space."""
    words = text.split(" ")
    return sum(_length(word, face) for word in words) + (len(words) - 1) * _length(" ", face)


@lru_cache(4096)
def _length(word: str, face: Face) -> float:
    return float(font(face).getlength(word))


def height(lines: int, face: Face) -> float:
    """Room that some lines take."""
    return lines * face.size * LEADING


def baselines(count: int, area: Rect, face: Face) -> list[float]:
    """Where the lines of a text stand, set around the middle of an area."""
    middle = area.y + area.height / 2
    first = middle - (count - 1) * face.size * LEADING / 2 + face.size * _RISE
    return [first + line * face.size * LEADING for line in range(count)]


def wrap(text: str, room: float, face: Face, most: int = 99) -> tuple[str, ...]:
    """Lines of at most `room`; what does not fit into `most` lines is cut and marked so."""
    lines: list[str] = []
    words = text.split()
    while words:
        line = words.pop(0)
        while words and width(f"{line} {words[0]}", face) <= room:
            line = f"{line} {words.pop(0)}"
        if len(lines) + 1 == most and words:
            line, words = f"{line} {ELLIPSIS}", []
        lines.append(shorten(line, room, face))
    return tuple(lines)


def fits(text: str, room: float, face: Face, most: int) -> bool:
    """Whether `wrap` keeps all of the text."""
    lines = wrap(text, room, face)
    return len(lines) <= most and " ".join(lines) == " ".join(text.split())


def shorten(text: str, room: float, face: Face) -> str:
    """One line, cut after a word if there is more than one, else between letters, and marked so."""
    if width(text, face) <= room:
        return text
    words = text.removesuffix(ELLIPSIS).split()
    while len(words) > 1:
        words.pop()
        if width(cut := " ".join(words) + " " + ELLIPSIS, face) <= room:
            return cut
    letters = words[0]
    while len(letters) > 1 and width(letters + ELLIPSIS, face) > room:
        letters = letters[:-1]
    return letters + ELLIPSIS


def widest(lines: tuple[str, ...], face: Face) -> float:
    """The longest of some lines."""
    return max((width(line, face) for line in lines), default=0.0)
