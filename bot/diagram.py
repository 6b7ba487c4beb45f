"""Draws a reliability diagram: what was promised against what was right, as an SVG without any library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from bot.tuning import BINS, calibration_error, in_bins

Predictions = Sequence[tuple[float, bool]]
"""Confidence, 0 to 1, and whether it was right."""

_SIDE: Final = 300
"""Of the square, in pixels: 0 to 1 both ways."""
_LEFT, _TOP, _GAP, _BELOW = 70, 60, 90, 110
_LARGEST: Final = 11
"""Radius of the point that stands for most questions."""


def reliability(series: Mapping[str, Predictions]) -> str:
    """One square for each series; a point is a tenth of the confidence scale, its area how many questions fell there.

    On the diagonal a promise is kept; under it more was promised than held, above it less.
    """
    width = _LEFT + len(series) * (_SIDE + _GAP) - _GAP + 30
    height = _TOP + _SIDE + _BELOW
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' font-family="system-ui, sans-serif" font-size="13" fill="#24292f">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for at, (name, predictions) in enumerate(series.items()):
        drawn.append(f'<g transform="translate({_LEFT + at * (_SIDE + _GAP)} {_TOP})">')
        drawn.extend(_square(name, predictions))
        drawn.append("</g>")
    drawn.append("</svg>")
    return "\n".join(drawn) + "\n"


def _square(name: str, predictions: Predictions) -> Iterator[str]:
    error = calibration_error(predictions)
    yield f'<text x="0" y="-30" font-weight="600">{escape(name)}</text>'
    yield f'<text x="0" y="-12">{len(predictions)} predictions, calibration error {error:.3f}</text>'
    yield f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#8c959f"/>'
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = tick * _SIDE, (1 - tick) * _SIDE
        yield f'<path d="M{x:g} 0V{_SIDE}M0 {y:g}H{_SIDE}" stroke="#d8dee4" fill="none"/>'
        yield f'<text x="{x:g}" y="{_SIDE + 18}" text-anchor="middle">{tick:g}</text>'
        yield f'<text x="-8" y="{y + 4:g}" text-anchor="end">{tick:g}</text>'
    yield f'<path d="M0 {_SIDE}L{_SIDE} 0" stroke="#57606a" stroke-dasharray="5 5" fill="none"/>'
    yield f'<text x="{_SIDE / 2:g}" y="{_SIDE + 38}" text-anchor="middle">confidence</text>'
    yield (
        f'<text transform="translate(-42 {_SIDE / 2:g}) rotate(-90)" text-anchor="middle">share that was right</text>'
    )
    bins = in_bins(predictions)
    most = max((len(inside) for inside in bins), default=0) or 1
    points = []
    for at, inside in enumerate(bins):
        if inside:
            promised = sum(confidence for confidence, _ in inside) / len(inside)
            kept = sum(right for _, right in inside) / len(inside)
            points.append((promised * _SIDE, (1 - kept) * _SIDE, len(inside)))
        high = 40 * len(inside) / most
        left = (at + 0.1) / BINS * _SIDE
        yield (
            f'<rect x="{left:.1f}" y="{_SIDE + 95 - high:.1f}" width="{0.8 * _SIDE / BINS:.1f}" height="{high:.1f}"'
            f' fill="#a5c8f5"><title>{len(inside)}</title></rect>'
        )
    yield f'<text x="-8" y="{_SIDE + 92}" text-anchor="end">number</text>'
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    yield f'<polyline points="{line}" fill="none" stroke="#0969da" stroke-width="2"/>'
    for x, y, count in points:
        radius = max(2.5, _LARGEST * math.sqrt(count / most))
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#0969da" fill-opacity="0.75"/>'
