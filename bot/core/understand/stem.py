"""Light stems: enough to bring the forms of a word together, never to take two words for one."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from bot.core.understand.text import is_devanagari

_ENGLISH: Final = ("izations", "ization", "ations", "ation", "ators", "ator", "ating", "ated", "ates", "ate")
_ENDINGS: Final = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")
_HINDI: Final = ("ियों", "ियां", "ाओं", "ाएं", "ों", "ें", "ीं", "ां", "ो", "े", "ी", "ा", "ि", "ु", "ू")


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The stem of a folded token; names with digits and very short words stay as they are."""
    if is_devanagari(word):
        if len(word) >= 4:
            for ending in _HINDI:
                if word.endswith(ending) and len(word) - len(ending) >= 2:
                    return word[: -len(ending)]
        return word
    if not (word.isascii() and word.isalpha()):
        return word
    word = word.replace("isation", "ization").replace("ise", "ize") if len(word) > 6 else word
    if len(word) >= 7:
        for ending in _ENGLISH:
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                root = word[: -len(ending)]
                return root + "iz" if ending.startswith("iz") else root
    if len(word) == 3:
        return word[:-1] if word.endswith("s") and word[1] not in "aiuos" else word
    if len(word) >= 4:
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
                root = word[: -len(ending)]
                if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "ls":
                    root = root[:-1]
                return root
    return word
