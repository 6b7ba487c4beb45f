"""Whether somebody asks something: for places where most of what is said is no question."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from bot.core.understand.text import clean, words_of
from bot.core.understand.words import data

_END: Final = re.compile(r"[.!।\n;]+(?:\s|$)|\?|\n")
_COMMA: Final = re.compile(r"[,:—–-]\s")


def asks(text: str) -> bool:
    """Whether a message has a question in it: a question mark, or words that only questions have."""
    cleaned = clean(text)
    if "?" in cleaned:
        return True
    openers, anywhere = _phrases()
    for sentence in _END.split(cleaned):
        starts = [words_of(part) for part in (sentence, *_COMMA.split(sentence)[1:2]) if part]
        if any(words[: len(cue)] == cue for words in starts for cue in openers):
            return True
        words = words_of(sentence)
        if any(words[at : at + len(cue)] == cue for at in range(len(words)) for cue in anywhere.get(words[at], ())):
            return True
    return False


@cache
def _phrases() -> tuple[tuple[tuple[str, ...], ...], dict[str, tuple[tuple[str, ...], ...]]]:
    found = data()["questions"]
    openers = tuple(words for cue in found["openers"] if (words := tuple(words_of(str(cue)))))
    anywhere: dict[str, tuple[tuple[str, ...], ...]] = {}
    for cue in found["anywhere"]:
        if words := tuple(words_of(str(cue))):
            anywhere[words[0]] = (*anywhere.get(words[0], ()), words)
    return openers, anywhere
