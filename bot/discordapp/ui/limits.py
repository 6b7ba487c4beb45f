"""Discord's limits on a message, and the sizes that are kept below them."""

from __future__ import annotations

from typing import Final

TEXT: Final = 4000
"""Characters of all text displays of one message together."""
COMPONENTS: Final = 40
CUSTOM_ID: Final = 100
LABEL: Final = 80
SELECT_OPTIONS: Final = 25
SELECT_TEXT: Final = 100
"""Label, value, description of an option; a menu's placeholder may have 150."""
AUTOCOMPLETE: Final = 25
CHOICE_TEXT: Final = 100

COMFORT: Final = 2200
"""Longer replies are opened by "More": about one and a half screens of a phone."""
COMFORT_COMPARED: Final = 2700
"""The same for a comparison, whose lines are short."""
TITLE: Final = 200
SOURCES: Final = 5
CHOICES: Final = 5


def units(text: str) -> int:
    """Length in UTF-16 units, the larger of the two ways in which Discord's clients count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


NOTES: Final = 3
"""Remarks of a community under one answer."""
