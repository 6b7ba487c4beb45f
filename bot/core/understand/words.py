"""The words of the three ways of writing that belong to no subject: `words.yaml`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from bot.core.understand.text import words_of
from bot.yaml_file import parse


@cache
def data() -> Mapping[str, Any]:
    """The file as it is."""
    loaded: Mapping[str, Any] = parse((files(__package__) / "words.yaml").read_text("utf-8"))
    return loaded


@cache
def function_words() -> frozenset[str]:
    """Folded words of all three ways of writing that say nothing about the subject."""
    return frozenset(w for text in data()["function"].values() for w in words_of(text))


@cache
def negations() -> frozenset[str]:
    """Folded words that turn a statement round."""
    return frozenset(w for text in data()["negation"] for w in words_of(text))


@cache
def romanised() -> tuple[frozenset[str], frozenset[str]]:
    """Words that only romanised Hindi has, and words that it shares with English."""
    found = data()["romanised"]
    return frozenset(words_of(found["sure"])), frozenset(words_of(found["doubtful"]))


@cache
def predicates() -> Mapping[str, str]:
    """Folded single words to what they state, as keys."""
    return {w: f"~{name}" for name, texts in data()["predicates"].items() for t in texts for w in words_of(t)[:1]}


@cache
def asking() -> frozenset[str]:
    """Folded words that make a question of a statement."""
    return frozenset(w for text in data()["asks"] for w in words_of(text))


@cache
def softeners() -> frozenset[str]:
    """Folded words that make a statement sound smaller, and change nothing of what it says."""
    return frozenset(w for text in data()["softeners"] for w in words_of(text))


@cache
def possessives() -> frozenset[str]:
    """Folded words that stand between a thing and what belongs to it."""
    return frozenset(w for text in data()["possessives"] for w in words_of(text))


@cache
def tags() -> tuple[tuple[str, ...], ...]:
    """Folded words that ask for agreement at the end of a statement, longest first."""
    return tuple(sorted({words_of(text) for text in data()["tags"]}, key=len, reverse=True))


@cache
def places() -> tuple[frozenset[str], frozenset[str]]:
    """Folded words that make a place of the name after them, and of the name before."""
    before, after = (
        frozenset(w for text in data()["places"][key] for w in words_of(text)) for key in ("before", "after")
    )
    return before, after
