"""A scene as a PNG."""

from __future__ import annotations

from io import BytesIO
from math import atan2, cos, sin
from typing import Final

from PIL import Image, ImageDraw

from bot.pictures.colours import PANEL
from bot.pictures.letters import baselines, font
from bot.pictures.scene import Align, Arrow, Scene, Text

SCALE: Final = 2
"""Pixels of the picture for one of a screen of ordinary density."""
_FINE: Final = 2
"""Shapes are drawn that much larger and then reduced, which makes their edges smooth."""
_STROKE: Final = 2.0
_RADIUS: Final = 10.0
_HEAD: Final = 10.0
_STEPS: Final = 32


def png(scene: Scene) -> bytes:
    """Draw it."""
    image = _shapes(scene)
    draw = ImageDraw.Draw(image)
    for text in (*scene.texts, *(box.text for box in scene.boxes)):
        _write(draw, text)
    file = BytesIO()
    # Few colours: a palette makes it a third as large.
    image.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


def _shapes(scene: Scene) -> Image.Image:
    k = SCALE * _FINE
    image = Image.new("RGB", (round(scene.width * k), round(scene.height * k)), PANEL)
    draw = ImageDraw.Draw(image)
    for line in scene.lines:
        draw.rectangle([v * k for v in (line.area.x, line.area.y, line.area.right, line.area.bottom)], fill=line.ink)
    for arrow in scene.arrows:
        _point(draw, arrow, k)
    for box in scene.boxes:
        corners = [v * k for v in (box.area.x, box.area.y, box.area.right, box.area.bottom)]
        draw.rounded_rectangle(corners, _RADIUS * k, box.fill, box.edge, round(_STROKE * 0.75 * k))
    return image.reduce(_FINE)


def _point(draw: ImageDraw.ImageDraw, arrow: Arrow, k: int) -> None:
    """The curve, ending inside the head so that its blunt end does not show."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = ((x * k, y * k) for x, y in arrow.points)
    curve = [
        (
            (1 - t) ** 3 * x0 + 3 * (1 - t) ** 2 * t * x1 + 3 * (1 - t) * t**2 * x2 + t**3 * x3,
            (1 - t) ** 3 * y0 + 3 * (1 - t) ** 2 * t * y1 + 3 * (1 - t) * t**2 * y2 + t**3 * y3,
        )
        for t in (step / _STEPS for step in range(_STEPS + 1))
    ]
    turn = atan2(y3 - y2, x3 - x2)
    size = _HEAD * k
    stop = (x3 - size * 0.7 * cos(turn), y3 - size * 0.7 * sin(turn))
    line = [p for p in curve if (p[0] - x3) ** 2 + (p[1] - y3) ** 2 > size**2] + [stop]
    draw.line(line, arrow.ink, round(_STROKE * k), joint="curve")
    draw.polygon(
        [
            (x3, y3),
            *((x3 - size * cos(turn + side * 0.5), y3 - size * sin(turn + side * 0.5)) for side in (1, -1)),
        ],
        arrow.ink,
    )


def _write(draw: ImageDraw.ImageDraw, text: Text) -> None:
    letters = font(text.face, SCALE)
    for line, baseline in zip(text.lines, baselines(len(text.lines), text.area, text.face), strict=True):
        centred = text.align is Align.CENTRE
        x = text.area.centre[0] if centred else text.area.x
        draw.text((x * SCALE, baseline * SCALE), line, text.ink, letters, anchor="ms" if centred else "ls")
