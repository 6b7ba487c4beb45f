"""A few more questions on top of a base's index: a community's own, found as the base's are.

Nothing of the base is copied.  A layer has an index of its own, in which terms weigh what they weigh in the
base, so that what both find can be ranked together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.core.knowledge.model import Question
from bot.core.match.index import Hit, Index, Phrasing, Wording, build
from bot.core.understand.query import PAIR, TRAIT, Reader, Term, bag
from bot.core.understand.stem import stem
from bot.core.understand.text import clean, is_devanagari, skeleton, tokens, words_of
from bot.core.understand.vocabulary import Vocabulary

_CANDIDATES: Final = 6
"""Entries that are looked at closely: as many as one index would bring."""
_MARKS: Final = f"@=!{TRAIT}{PAIR}"
"""How the keys of terms begin that are no words."""
_SHORTEST: Final = 4
_LONG: Final = 8
"""From this length two typos are forgiven, below it one."""
_SOUNDS: Final = 4
"""Consonants that a word in one script must share with one in the other."""


class Layered:
    """An index and a layer on it; answers as one index would."""

    def __init__(self, base: Index, questions: Mapping[str, Question], reader: Reader) -> None:
        self.base = base
        wordings = list(_wordings(questions, reader))
        told = {id: _told(question) for id, question in questions.items()}
        self._layer = build(wordings, told, beside=base)
        self._own = _Words(wordings, reader.vocabulary)

    @property
    def phrasings(self) -> Mapping[str, Sequence[Phrasing]]:
        """By entry."""
        return {**self._layer.phrasings, **self.base.phrasings}

    def weight(self, key: str) -> float:
        """How telling a term is: rare ones are."""
        posting = self._layer.terms.get(key)
        return posting.weight if posting is not None and posting.entries else self.base.weight(key)

    def search(self, terms: Sequence[Term], *, without: Phrasing | None = None) -> list[Hit]:
        """The likeliest entries of both for a question's terms, best first."""
        meant = self._own.mended(terms)
        # A word that the layer alone has tells as much against the base's entries as it tells for the layer's.
        below = [Term(t.key, t.weight * self.weight(t.key) / self.base.weight(t.key), t.at) for t in meant]
        found = self.base.search(below if self._own else terms, without=without)
        above = self._layer.search(meant, beside=self.base)
        if not above:
            return found
        hits = sorted((*found, *above), key=lambda h: -(h.similarity + 0.25 * h.breadth))
        return hits[: max(len(found), _CANDIDATES)]


class _Words:
    """Words that the layer alone has: typos of them are forgiven, and the other script is read."""

    def __init__(self, wordings: Sequence[Wording], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        keys = {key for wording in wordings for key in wording.terms if key[0] not in _MARKS}
        self._words = sorted(key for key in keys if not vocabulary.knows(key) and not key.isdigit())
        self._known = frozenset(keys)
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if len(sound := skeleton(word)) >= _SOUNDS:
                self._sounds[sound].append(word)

    def __bool__(self) -> bool:
        return bool(self._words)

    def mended(self, terms: Sequence[Term]) -> Sequence[Term]:
        """The terms, with words that nobody knows taken for the layer's where they are close."""
        if not self._words:
            return terms
        strange = {t.key for t in terms if t.key[0] not in _MARKS and t.key not in self._known and not t.key.isdigit()}
        meant = {key: own for key in strange if not self._vocabulary.knows(key) and (own := self._nearest(key))}
        return [Term(_reworded(t.key, meant), t.weight, t.at) for t in terms] if meant else terms

    def _nearest(self, typed: str) -> str | None:
        if len(typed) < _SHORTEST:
            return None
        most = 2 if len(typed) >= _LONG else 1
        near = process.extractOne(typed, self._words, scorer=OSA.distance, score_cutoff=most)
        if near is not None and min(len(near[0]), len(typed)) >= _SHORTEST and near[0][0] == typed[0]:
            return near[0]
        # Hindi spells one sound in several ways, and borrowed words in both scripts.
        hindi = is_devanagari(typed)
        same = [w for w in self._sounds.get(skeleton(typed), ()) if hindi or is_devanagari(w)]
        return max(same, key=lambda w: is_devanagari(w) == hindi, default=None)


def _reworded(key: str, meant: Mapping[str, str]) -> str:
    if key[0] != PAIR:
        return meant.get(key, key)
    return PAIR + " ".join(sorted(meant.get(part, part) for part in key[1:].split(" ")))


def _wordings(questions: Mapping[str, Question], reader: Reader) -> Iterator[Wording]:
    """The questions' phrasings, read; the reader learns nothing from them: others use it, too."""
    for id, question in questions.items():
        for language, text in dict.fromkeys(_texts(question)):
            yield Wording(Phrasing(id, language, text), bag(reader.terms(tokens(clean(text)))))


def _told(question: Question) -> frozenset[str]:
    return frozenset(stem(word) for side in (question.answer.en, question.answer.hi) for word in words_of(side))


def _texts(question: Question) -> Iterator[tuple[str, str]]:
    if question.title.en != question.title.hi:
        yield "hi", question.title.hi
    yield "en", question.title.en
    yield from question.phrasings.items()
    for error in question.errors:
        yield "en", error
