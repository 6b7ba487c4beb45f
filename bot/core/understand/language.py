"""Which of the three ways of writing a question uses: en, hi (Devanagari) or hi-Latn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from bot.core.understand.text import Token, is_devanagari
from bot.core.understand.words import romanised

Written = Literal["en", "hi", "hi-Latn"]

_DEVANAGARI: Final = 1 / 8
"""The share of words in Devanagari from which a text is Hindi: names and errors stay Latin in it."""
_ROMANISED: Final = 0.14
"""The share of words of romanised Hindi from which a Latin text is Hinglish."""
_DOUBTFUL: Final = 0.25
"""What a word counts that English has too, beside sure ones."""


def detect(tokens: Sequence[Token]) -> Written:
    """Tell how a text is written, by script and function words; English when nothing speaks against it."""
    words = [t.text for t in tokens]
    if words and sum(map(is_devanagari, words)) >= _DEVANAGARI * len(words):
        return "hi"
    sure, doubtful = romanised()
    found = sum(w in sure for w in words)
    if not found:
        return "en"
    support = min(sum(w in doubtful for w in words), 2 * found)
    latin = max(1, sum(w.isascii() and w.isalpha() for w in words))
    return "hi-Latn" if (found + _DOUBTFUL * support) / latin >= _ROMANISED else "en"
