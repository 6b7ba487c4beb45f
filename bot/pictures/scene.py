"""Boxes, texts and arrows with their places, in the pixels of a screen of ordinary density."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Rect:
    """An area; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def inside(self, other: Rect) -> bool:
        """Whether all of it lies in the other."""
        return self.x >= other.x and self.y >= other.y and self.right <= other.right and self.bottom <= other.bottom

    def meets(self, other: Rect) -> bool:
        """Whether the two have an area in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


class Align(Enum):
    """Where the lines of a text begin."""

    LEFT = "left"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Face:
    """How letters look; the size is that of an em."""

    size: int
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Lines, set around the middle of their area's height."""

    lines: tuple[str, ...]
    area: Rect
    face: Face
    ink: str
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Box:
    """A rounded box with a text in it."""

    area: Rect
    fill: str
    edge: str
    text: Text


@dataclass(frozen=True, slots=True)
class Arrow:
    """A curve from start to end, with a head: the four points of a cubic Bézier curve."""

    points: tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
    ink: str


@dataclass(frozen=True, slots=True)
class Line:
    """A thin level line."""

    area: Rect
    ink: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture."""

    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    texts: tuple[Text, ...] = ()
    """Those outside boxes."""
    arrows: tuple[Arrow, ...] = ()
    lines: tuple[Line, ...] = ()
