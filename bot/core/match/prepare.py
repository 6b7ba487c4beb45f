"""What the matcher needs of a base, read from its phrasings once: the slow part of a start."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import Question
from bot.core.match.index import Index, Phrasing, Wording, build
from bot.core.understand.misconceptions import Statement, statements
from bot.core.understand.query import Reader, bag
from bot.core.understand.stem import stem
from bot.core.understand.text import Token, clean, tokens, words_of


class Prepared(msgspec.Struct, frozen=True):
    """What the matcher needs beside the base."""

    index: Index
    statements: tuple[Statement, ...]
    learnt: tuple[str, ...]
    """Stems that are no typos of names."""


class Readings(NamedTuple):
    """All phrasings and answers, read."""

    wordings: Sequence[Wording]
    told: Mapping[str, Collection[str]]
    """Entry to the stems of what it answers."""
    learnt: tuple[str, ...]


def prepare(base: KnowledgeBase, reader: Reader) -> Prepared:
    """Read all phrasings and statements; the reader learns their words on the way."""
    wordings, told, learnt = read_all(base, reader)
    return Prepared(build(wordings, told), tuple(statements(base, reader)), learnt)


def read_all(base: KnowledgeBase, reader: Reader) -> Readings:
    """Read all phrasings; the reader learns their words on the way."""
    told = {question.id: _told(question) for question in base.questions.values()}
    phrased = [
        (Phrasing(question.id, language, text), tokens(clean(text)))
        for question in base.questions.values()
        for language, text in _texts(question)
    ]
    # Correct spellings first: a word that answers use, or two questions, is no typo of a name.
    learnt = dict.fromkeys((*(word for words in told.values() for word in sorted(words)), *_common(phrased)))
    reader.vocabulary.learn(learnt)
    # Most terms stand in many phrasings: each is kept once.
    once: dict[str, str] = {}
    wordings = [
        Wording(phrasing, {once.setdefault(key, key): weight for key, weight in bag(reader.terms(some)).items()})
        for phrasing, some in phrased
    ]
    learnt.update(dict.fromkeys(key for w in wordings for key in w.terms if key[0] not in "@=!^&"))
    reader.vocabulary.learn(learnt)
    return Readings(wordings, told, tuple(learnt))


def _texts(question: Question) -> Iterator[tuple[str, str]]:
    yield "en", question.title.en
    yield "hi", question.title.hi
    yield from question.phrasings.items()
    for error in question.errors:
        yield "en", error


def _told(question: Question) -> frozenset[str]:
    texts = [question.answer, *([question.detail] if question.detail else [])]
    return frozenset([stem(word) for text in texts for side in (text.en, text.hi) for word in words_of(side)])


def _common(phrased: Iterable[tuple[Phrasing, Sequence[Token]]]) -> Iterable[str]:
    """Stems that the phrasings of several questions have."""
    by_entry: dict[str, set[str]] = defaultdict(set)
    for phrasing, some in phrased:
        by_entry[phrasing.entry].update([token.text for token in some])
    where: Counter[str] = Counter()
    for words in by_entry.values():
        where.update(set(map(stem, words)))
    return sorted(word for word, count in where.items() if count > 1)
