"""The rules that a knowledge base keeps, beyond its shape: every one has a number.

KB001 to KB004 (files, shape, ids, references) are the loader's: without them nothing can be used.
Each rule here is one function; it gets all that was read and reports what it finds.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from bot.core.knowledge import hindi, model
from bot.core.knowledge.load import Reading, key_of
from bot.core.knowledge.problems import Problem
from bot.core.markup import code_of

Rule = Callable[[Reading], None]
_RULES: Final[list[Rule]] = []

FEWEST: Final = {"en": 6, "hi": 4, "hi-Latn": 3}
"""Phrasings that a question needs."""
LONGEST_SENTENCE: Final = 36
"""Words."""
_SENTENCES: Final = re.compile(r"(?<=[.!?।])\s+")
_DEVANAGARI: Final = re.compile("[\u0900-\u097f]")


_SOURCED: Final = (model.Concept, model.Question, model.Misconception, model.Correction)
_REVIEWED: Final = (*_SOURCED, model.Comparison)


def rule(function: Rule) -> Rule:
    """Register a rule."""
    _RULES.append(function)
    return function


def check_content(reading: Reading) -> None:
    """Run every rule of this file."""
    for run in _RULES:
        run(reading)


@rule
def repeated_keys(reading: Reading) -> None:
    """KB005: a key stands once in a mapping."""
    for document in reading.documents:
        for key, line in document.repeated_keys():
            reading.problems.append(Problem(document.name, line, "KB005", f'"{key}" stands twice: the first is lost'))


@rule
def forbidden_edges(reading: Reading) -> None:
    """KB020: edges that look right and are not."""
    for wrong in reading.of(model.ForbiddenEdge).values():
        concept = reading.of(model.Concept).get(wrong.subject)
        edge = model.Relation(type=wrong.type, to=wrong.to)
        if concept and edge in concept.relations:
            message = f"{wrong.subject} {wrong.type} {wrong.to} is not so: {wrong.why}"
            reading.report_at("KB020", message, concept, "relations", concept.relations.index(edge))


@rule
def cycles(reading: Reading) -> None:
    """KB021: relations that order things have no circles."""
    concepts = reading.of(model.Concept)
    for kind in (k for k in reading.of(model.RelationType).values() if k.acyclic):
        steps = {c.id: [r.to for r in c.relations if r.type == kind.id and r.to in concepts] for c in concepts.values()}
        for start in steps:
            if _leads_back(steps, start):
                reading.report_at("KB021", f"{start} {kind.id} … leads back to itself", concepts[start], "relations")


@rule
def doubled_edges(reading: Reading) -> None:
    """KB022: an edge stands once, and on one side only where it reads the same from both."""
    seen: set[tuple[str, frozenset[str] | tuple[str, str]]] = set()
    kinds = reading.of(model.RelationType)
    for concept in reading.of(model.Concept).values():
        for index, relation in enumerate(concept.relations):
            ends = (concept.id, relation.to)
            symmetric = relation.type in kinds and kinds[relation.type].symmetric
            key = (relation.type, frozenset(ends) if symmetric else ends)
            if key in seen or ends[0] == ends[1]:
                message = f"{concept.id} {relation.type} {relation.to} is told twice, or of itself"
                reading.report_at("KB022", message, concept, "relations", index)
            seen.add(key)


@rule
def both_languages(reading: Reading) -> None:
    """KB030 to KB033: Hindi is Hindi, says the same code, is in NFC, and is not stale."""
    for entry in _entries(reading, *_REVIEWED):
        who = key_of(entry)
        for path, text in hindi.texts(entry):
            names = path[-1:] == ("name",) or isinstance(entry, model.Comparison)
            if isinstance(text, model.ProseText) and text.en == text.hi:
                reading.report_at("KB030", f"{who}: the Hindi is the English", entry, *path, "hi")
            elif not names and not _DEVANAGARI.search(text.hi):
                reading.report_at("KB030", f"{who}: the Hindi has no Devanagari", entry, *path, "hi")
            if odd := odd_code(text.en, text.hi):
                reading.report_at("KB031", f"{who}: code differs between the languages: {odd}", entry, *path, "hi")
            if unicodedata.normalize("NFC", text.hi) != text.hi:
                reading.report_at("KB032", f"{who}: the Hindi is not in NFC", entry, *path, "hi")
    for entry, path, message in hindi.stale(reading):
        reading.report_at("KB033", f"{key_of(entry)}: {message}", entry, *path, "hi", warning=True)


@rule
def glossary(reading: Reading) -> None:
    """KB034: terms are written the same everywhere."""
    avoided = Avoided(reading.of(model.GlossaryTerm).values())
    for entry in _entries(reading, *_REVIEWED):
        for path, text in hindi.texts(entry):
            for found, better in avoided.find(text.hi):
                reading.report_at("KB034", f"{key_of(entry)}: write {better} for {found}", entry, *path, "hi")


@rule
def enough_phrasings(reading: Reading) -> None:
    """KB040: a question is worded in many ways, in all three ways of writing."""
    for question in reading.of(model.Question).values():
        counts = {
            "en": len(question.phrasings.en),
            "hi": len(question.phrasings.hi),
            "hi-Latn": len(question.phrasings.hi_latn),
        }
        for language, fewest in FEWEST.items():
            if counts[language] < fewest:
                message = f"{question.id}: {counts[language]} phrasings in {language}, at least {fewest} are needed"
                reading.report_at("KB040", message, question, "phrasings")


@rule
def readable(reading: Reading) -> None:
    """KB041: short sentences."""
    for question in reading.of(model.Question).values():
        for language in ("en", "hi"):
            for count in long_sentences(getattr(question.answer, language)):
                message = f"{question.id}: a sentence of {count} words is hard to read: split it"
                reading.report_at("KB041", message, question, "answer", language, warning=True)


@rule
def sourced(reading: Reading) -> None:
    """KB050: every claim has a source."""
    for entry in _entries(reading, *_SOURCED):
        if not entry.sources:
            reading.report_at("KB050", f"{key_of(entry)}: cite at least one source", entry, "sources")
    for table in reading.of(model.Comparison).values():
        for index, row in enumerate(table.dimensions):
            if not row.sources:
                reading.report_at(
                    "KB050", f"{table.id}, {row.id}: cite at least one source", table, "dimensions", index
                )


@rule
def fresh(reading: Reading) -> None:
    """KB051, KB052: reviewed not too long ago, and not tomorrow."""
    today = datetime.datetime.now(datetime.UTC).date()
    life = next((b.shelf_life_days for b in reading.of(model.Base).values()), 400)
    for entry in _entries(reading, *_REVIEWED):
        age = (today - entry.reviewed).days
        if age > life:
            message = f"{key_of(entry)}: last reviewed {age} days ago: compare it with its sources again"
            reading.report_at("KB051", message, entry, "reviewed", warning=True)
        elif age < -1:
            reading.report_at("KB052", f"{key_of(entry)}: the review is dated in the future", entry, "reviewed")


@rule
def sources_once(reading: Reading) -> None:
    """KB053, KB054: a document has one id, and a source is cited."""
    urls: dict[str, str] = {}
    for source in reading.of(model.Source).values():
        if (other := urls.setdefault(source.url, source.id)) != source.id:
            reading.report_at("KB053", f"{source.id}: {other} is the same document", source, "url", warning=True)
    cited = set(_cited(reading))
    for source in reading.of(model.Source).values():
        if source.id not in cited:
            reading.report_at("KB054", f"{source.id}: nothing cites it", source, warning=True)


@rule
def reachable(reading: Reading) -> None:
    """KB061: every concept is explained somewhere besides its card."""
    used: set[str] = {c for q in reading.of(model.Question).values() for c in q.concepts}
    for table in reading.of(model.Comparison).values():
        used.update(c for row in table.dimensions for c in row.cells)
    for concept in reading.of(model.Concept).values():
        if concept.id not in used:
            reading.report_at("KB061", f"{concept.id}: no question and no comparison treats it", concept, warning=True)


class Avoided:
    """Spellings that a glossary does not want."""

    def __init__(self, terms: Iterable[model.GlossaryTerm]) -> None:
        self._better = {word: term.hi for term in terms for word in term.avoid}
        words = sorted(self._better, key=len, reverse=True)
        apart = (rf"(?<![\u0900-\u0963]){re.escape(word)}(?![\u0900-\u0963])" for word in words)
        self._words = re.compile("|".join(apart)) if words else None

    def find(self, text: str) -> list[tuple[str, str]]:
        """Each that stands in a text, with what to write for it."""
        found = sorted(set(self._words.findall(text))) if self._words else []
        return [(word, self._better[word]) for word in found]


def odd_code(english: str, hindi: str) -> str:
    """Code that stands in one of two texts only."""
    return ", ".join(sorted(code_of(english) ^ code_of(hindi)))


def long_sentences(text: str) -> Iterator[int]:
    """How many words each sentence has that is hard to read."""
    for sentence in _SENTENCES.split(text):
        if (count := len(sentence.split())) > LONGEST_SENTENCE and "$ " not in sentence:
            yield count


def _entries(reading: Reading, *kinds: type) -> Iterator[Any]:
    """All entries of some kinds."""
    for kind in kinds:
        found: dict[str, Any] = reading.of(kind)
        yield from found.values()


def _cited(reading: Reading) -> Iterator[str]:
    for entry in _entries(reading, *_SOURCED):
        yield from entry.sources
    for table in reading.of(model.Comparison).values():
        yield from (source for row in table.dimensions for source in row.sources)
        yield from (source for pair in table.pairs for source in pair.sources)


def _leads_back(steps: dict[str, list[str]], start: str) -> bool:
    seen: set[str] = set()
    waiting = list(steps[start])
    while waiting:
        here = waiting.pop()
        if here == start:
            return True
        if here not in seen:
            seen.add(here)
            waiting.extend(steps[here])
    return False
