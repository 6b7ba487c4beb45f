"""Questions without an answer, brought together where they ask the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import fuzz, process

from bot.core.understand.stem import stem
from bot.core.understand.text import words_of
from bot.core.understand.words import function_words
from bot.store.model import Gap

ALIKE: Final = 75.0
"""Likeness of two questions' telling words, 0 to 100, from which they count as one."""
EXAMPLES: Final = 3


@dataclass(slots=True)
class Cluster:
    """Questions that ask the same, for all one can tell."""

    concepts: tuple[str, ...]
    """What is named in them."""
    intent: str | None
    count: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    """A few of them in their own words, where the server keeps them."""


def cluster(gaps: Sequence[Gap]) -> list[Cluster]:
    """Bring questions together, the most asked first.

    Where words are kept, by their likeness; where not, by what is named and what is wanted.  Takes
    time in proportion to questions times clusters: a report looks at a bounded number of them.
    """
    found: list[Cluster] = []
    by_words: dict[str, Cluster] = {}
    by_names: dict[tuple[tuple[str, ...], str | None], Cluster] = {}
    for gap in gaps:
        names = tuple(sorted(gap.concepts))
        if gap.text and (words := _telling(gap.text)):
            near = process.extractOne(words, by_words.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
            home = by_words[near[0]] if near else None
            if home is None:
                home = by_words[words] = Cluster(names, gap.intent)
                found.append(home)
            if len(home.examples) < EXAMPLES and gap.text not in home.examples:
                home.examples.append(gap.text)
        else:
            key = (names, gap.intent)
            if key not in by_names:
                by_names[key] = Cluster(names, gap.intent)
                found.append(by_names[key])
            home = by_names[key]
        home.count += 1
        home.languages[gap.language] += 1
    return sorted(found, key=lambda cluster: -cluster.count)


def _telling(text: str) -> str:
    """The stems of the words that say something, in one line."""
    ordinary = function_words()
    return " ".join(stem(word) for word in words_of(text) if word not in ordinary)
