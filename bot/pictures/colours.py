"""The colours of all pictures: light on a dark panel of their own, on whatever they are shown."""

from __future__ import annotations

from typing import Final

PANEL: Final = "#1e2233"
CHIP: Final = "#2b3148"
LINE: Final = "#3d4460"
INK: Final = "#f3f5fb"
MUTED: Final = "#b9c0d4"
HUB: Final = "#2f66d8"
HUB_EDGE: Final = "#6f9dff"
ROWS: Final = ("#86b6ff", "#c0abff", "#66d6b8", "#ffc670", "#ffa6b8")
"""One a relation; each is read on the panel."""
