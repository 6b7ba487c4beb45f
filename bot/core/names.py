"""Names of concepts as people type them into a box: resolved, or completed."""

from __future__ import annotations

from typing import Final

from rapidfuzz import fuzz, process

from bot.core.knowledge.base import KnowledgeBase
from bot.core.understand import text as texts
from bot.core.understand.text import words_of
from bot.core.understand.vocabulary import Vocabulary

_MEANT: Final = 5
_CLOSE: Final = 60
"""Likeness, in percent, from which a name is worth offering."""


class Names:
    """All names and aliases of a base's concepts, for boxes that take one name."""

    def __init__(self, base: KnowledgeBase, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._written: dict[str, str] = {}
        for concept in base.concepts.values():
            for name in (concept.name.en, concept.name.hi, concept.id, *concept.aliases):
                self._written.setdefault(" ".join(words_of(name)), concept.id)
        self._titles = {
            " ".join(words_of(title)) for c in base.concepts.values() for title in (c.name.en, c.name.hi, c.id)
        }
        """What concepts are called first of all; other spellings come after."""
        talked = dict.fromkeys(base.concepts, 0)
        for question in base.questions.values():
            for place, id in enumerate(question.concepts):
                talked[id] = talked.get(id, 0) + (2 if place == 0 else 1)
        self._rank = {c: rank for rank, c in enumerate(sorted(talked, key=lambda c: -talked[c]))}

    def resolve(self, name: str) -> str | None:
        """The concept that a name stands for, typos forgiven; None when none is meant for sure."""
        typed = " ".join(words_of(name))
        if concept := self._written.get(typed) or self._vocabulary.lookup(name):
            return concept
        tokens = texts.tokens(texts.clean(name)[:200])
        spots, _ = self._vocabulary.spots(tokens)
        whole = [s for s in spots if s.name.sort == "concept" and s.end - s.start == len(tokens)]
        return whole[0].name.id if len(whole) == 1 else None

    def meant(self, name: str) -> list[str]:
        """Concepts that an unknown name could stand for, likeliest first."""
        typed = " ".join(words_of(name))[:100]
        if not typed:
            return []
        near = process.extract(typed, list(self._written), scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=20)
        inside = [self._written[n] for n in self._written if len(typed) >= 3 and typed in n]
        return list(dict.fromkeys([*(self._written[n] for n, _, _ in near), *inside]))[:_MEANT]

    def suggest(self, typed: str, limit: int) -> list[str]:
        """Concepts for what was typed so far: the most asked about where nothing was."""
        wanted = " ".join(words_of(typed))[:100]
        if not wanted:
            return sorted(self._rank, key=lambda c: self._rank[c])[:limit]
        best: dict[str, tuple[int, int]] = {}
        for name, concept in self._written.items():
            place = 1 if name.startswith(wanted) else 2 if f" {wanted}" in name else 3 if wanted in name else None
            if place is not None:
                place -= place == 1 and name in self._titles
                best[concept] = min(best.get(concept, (9, 0)), (place, self._rank.get(concept, 0)))
        found = sorted(best, key=lambda c: best[c])
        return list(dict.fromkeys([*found, *self.meant(typed)]))[:limit]
