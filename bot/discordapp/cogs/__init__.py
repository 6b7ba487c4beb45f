"""One feature a file: each takes the input apart, asks the core, and hands the reply to the desk."""

from __future__ import annotations

from typing import Final

EXTENSIONS: Final = tuple(
    f"{__name__}.{name}"
    for name in (
        "ask",
        "compare",
        "concept",
        "relate",
        "help",
        "mentions",
        "watch",
        "follow",
        "settings",
        "insights",
        "privacy",
        "housekeeping",
        "teach",
        "knowledge",
    )
)
