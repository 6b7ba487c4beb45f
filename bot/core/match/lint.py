"""Rules about names and phrasings: what a question would find, and what would get in its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.core.knowledge import model
from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.load import Reading
from bot.core.match.index import Wording
from bot.core.match.prepare import read_all
from bot.core.understand.misconceptions import BeliefSpotter, statements
from bot.core.understand.query import Reader
from bot.core.understand.text import words_of
from bot.core.understand.words import function_words


def check_matching(reading: Reading, base: KnowledgeBase) -> None:
    """Run all rules of this file; `base` is what `reading` was built into."""
    _aliases(reading)
    _phrasings(reading)
    reader = Reader(base)
    _found_by_its_names(reading, base, reader)
    wordings = read_all(base, reader).wordings
    _same_words(reading, base, wordings)
    _beliefs(reading, base, reader)


def _aliases(reading: Reading) -> None:
    """KB010, KB011: a spelling names one thing, and is not an everyday word."""
    owner: dict[tuple[str, ...], str] = {}
    for concept in reading.of(model.Concept).values():
        for field in ("aliases", "weak"):
            for index, alias in enumerate(getattr(concept, field)):
                key = words_of(alias)
                if (other := owner.setdefault(key, concept.id)) != concept.id:
                    message = f'{concept.id}: "{alias}" names {other} too: give it to one of them'
                    reading.report_at("KB010", message, concept, field, index)
                if field == "aliases" and len(key) == 1 and key[0] in function_words():
                    message = f'{concept.id}: "{alias}" is an everyday word: put it under "weak"'
                    reading.report_at("KB011", message, concept, field, index)


def _phrasings(reading: Reading) -> None:
    """KB012: a phrasing belongs to one question."""
    seen: dict[tuple[str, ...], str] = {}
    for question in reading.of(model.Question).values():
        for language, text in question.phrasings.items():
            key = tuple(words_of(text))
            other = seen.setdefault(key, question.id)
            if other != question.id:
                message = f'{question.id}: "{text}" is a phrasing of {other} too'
                reading.report_at("KB012", message, question, "phrasings", language)


def _same_words(reading: Reading, base: KnowledgeBase, wordings: Sequence[Wording]) -> None:
    """KB013: phrasings of different questions that come to the same words can not be told apart."""
    seen: dict[tuple[str, frozenset[str]], tuple[str, str]] = {}
    told: set[frozenset[str]] = set()
    for wording in wordings:
        entry, language, text = wording.phrasing.entry, wording.phrasing.language, wording.phrasing.text
        other, same = seen.setdefault((language, frozenset(wording.terms)), (entry, text))
        if other != entry and frozenset((other, entry)) not in told:
            told.add(frozenset((other, entry)))
            message = f'{entry}: "{text}" comes to the same words as "{same}" of {other}'
            reading.report_at("KB013", message, base.questions[entry], "phrasings", warning=True)


def _found_by_its_names(reading: Reading, base: KnowledgeBase, reader: Reader) -> None:
    """KB063: a concept is found by each of its names."""
    for concept in base.concepts.values():
        for alias in (concept.name.en, concept.name.hi, *concept.aliases):
            found = reader.read(alias)
            if concept.id not in found.concepts and not found.homonyms:
                named = ", ".join(found.concepts) or "nothing"
                message = f'{concept.id}: its name "{alias}" finds {named} instead'
                reading.report_at("KB063", message, concept, warning=True)


def _beliefs(reading: Reading, base: KnowledgeBase, reader: Reader) -> None:
    """KB062: a misconception is recognised in each of its own wordings."""
    spotter = BeliefSpotter(statements(base, reader))
    missed: dict[str, list[str]] = defaultdict(list)
    for belief in base.misconceptions.values():
        for text in belief.worded.all():
            if belief.id not in spotter.find(reader.read(text)):
                missed[belief.id].append(text)
        if missed[belief.id]:
            quoted = '", "'.join(missed[belief.id][:3])
            message = f'{belief.id}: not recognised in "{quoted}": name two things and say what is claimed'
            reading.report_at("KB062", message, belief, "worded", warning=True)
