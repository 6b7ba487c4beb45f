"""The core's front door: questions in, replies out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Final, Literal

from bot.core.compose import Composer
from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import Question, Source
from bot.core.match.decide import Matcher
from bot.core.match.index import Index
from bot.core.match.layer import Layered
from bot.core.match.prepare import Prepared, prepare
from bot.core.names import Names
from bot.core.reply import Link, Reply
from bot.core.understand.asking import asks
from bot.core.understand.query import Query, Reader, Term
from bot.core.understand.text import is_devanagari, words_of
from bot.locales import Language

LanguageChoice = Literal["auto", "en", "hi"]

_FOLLOW_UP: Final = 14
"""Words up to which a question may lean on the one before."""


class Expert:
    """Answers from one knowledge base.  Synchronous, in memory, safe to share between threads."""

    def __init__(self, base: KnowledgeBase, prepared: Prepared | None = None) -> None:
        """Read the base's phrasings, unless that was done before (`prepared`)."""
        self.base = base
        self.reader = Reader(base)
        if prepared is None:
            prepared = prepare(base, self.reader)
        else:
            self.reader.vocabulary.learn(prepared.learnt)
        self.matcher = Matcher(base, self.reader, prepared)
        self.composer = Composer(base)
        self.names = Names(base, self.reader.vocabulary)

    def with_questions(self, questions: Mapping[str, Question], sources: Mapping[str, Source]) -> Expert:
        """An expert that answers some more questions, cited from some more sources.

        It shares all else with this one: making it takes a fraction of a millisecond a question.  An id that
        the base has, too, stays the base's.
        """
        assert isinstance(self.matcher.index, Index), "there is one layer only"
        twin = copy(self)
        twin.base = self.base.with_questions(questions, sources)
        twin.matcher = self.matcher.over(twin.base, Layered(self.matcher.index, questions, self.reader), questions)
        twin.composer = self.composer.over(twin.base)
        return twin

    def ask(self, text: str, *, language: LanguageChoice = "auto", previous: Reply | None = None) -> Reply:
        """Answer a question as a person typed it.

        `previous` is the last reply to the same person in the same place, for follow-ups.
        """
        query = self.reader.read(text)
        if previous is not None:
            query = self._carry(query, previous)
        spoken: Language = ("en" if query.written == "en" else "hi") if language == "auto" else language
        return self.composer.decided(query, self.matcher.decide(query), spoken)

    def screen(self, text: str) -> bool:
        """Whether a message could be about the subject at all: a quick look for channels full of talk."""
        return self.reader.touches(text)

    def asks(self, text: str) -> bool:
        """Whether a message has a question in it."""
        return asks(text)

    def compare(self, names: Sequence[str], *, language: LanguageChoice = "auto") -> Reply:
        """Put two to four things side by side; names in any spelling."""
        spoken = _spoken(language, *names)
        text = " / ".join(names)
        found: dict[str, None] = {}
        for name in names:
            concept = self.names.resolve(name)
            if concept is None:
                return self.composer.unknown(name, self.names.meant(name), spoken)
            found[concept] = None
        if len(names) < 2:
            return self.composer.refused(text, "core.compare.few", spoken)
        if len(found) < 2:
            return self.composer.same(text, next(iter(found)), spoken)
        reply = self.composer.open("compare:" + "+".join(list(found)[:4]), spoken, about={"text": text})
        assert reply is not None
        return reply

    def concept(self, name: str, *, language: LanguageChoice = "auto") -> Reply:
        """Explain one thing."""
        spoken = _spoken(language, name)
        concept = self.names.resolve(name)
        if concept is None:
            return self.composer.unknown(name, self.names.meant(name), spoken)
        reply = self.composer.open(f"concept:{concept}", spoken, about={"text": name})
        assert reply is not None
        return reply

    def relate(self, first: str, second: str, *, language: LanguageChoice = "auto") -> Reply:
        """Tell how two things are connected: the path through the graph, read aloud."""
        spoken = _spoken(language, first, second)
        found = []
        for name in (first, second):
            concept = self.names.resolve(name)
            if concept is None:
                return self.composer.unknown(name, self.names.meant(name), spoken)
            found.append(concept)
        text = f"{first} / {second}"
        if found[0] == found[1]:
            return self.composer.same(text, found[0], spoken)
        reply = self.composer.open(f"relate:{found[0]}+{found[1]}", spoken, about={"text": text})
        assert reply is not None
        return reply

    def open(self, reference: str, *, language: LanguageChoice = "auto") -> Reply | None:
        """The reply behind a `Link.entry` or `Reply.entry`; None if it is gone.

        A question's id, "concept:a", "compare:a+b", "relate:a+b" or "belief:id", of ids in the base.
        """
        return self.composer.open(reference, "en" if language == "auto" else language)

    def suggest(
        self,
        typed: str,
        *,
        what: Literal["concept", "question"],
        language: LanguageChoice = "auto",
        limit: int = 25,
    ) -> tuple[Link, ...]:
        """Names (or questions) for an autocomplete box; never empty for empty input."""
        spoken = _spoken(language, typed)
        if what == "concept":
            references = [f"concept:{c}" for c in self.names.suggest(typed, limit)]
        else:
            references = self._questions(typed, limit)
        links = (self.composer.link(reference, spoken) for reference in references)
        return tuple(link for link in links if link)[:limit]

    def help(self, *, language: LanguageChoice = "auto") -> Reply:
        """What the bot is for."""
        return self.composer.help("en" if language == "auto" else language)

    def examples(self, language: Language) -> tuple[str, ...]:
        """Questions to try first."""
        return self.base.about.examples.en if language == "en" else self.base.about.examples.hi

    def _carry(self, query: Query, previous: Reply) -> Query:
        """A short question that names nothing is about what was spoken of before."""
        named = any(sure >= 0.5 for sure in query.concepts.values())
        # The base may have been loaded anew since.
        spoken_of = [c for c in previous.concepts if c in self.base.concepts][:4]
        if named or len(query.tokens) > _FOLLOW_UP or not query.intents or not spoken_of:
            return query
        carried = dict.fromkeys(spoken_of, 0.8)
        terms = tuple(Term(f"@{c}", 0.8, 0) for c in carried)
        return replace(query, concepts={**carried, **query.concepts}, terms=(*terms, *query.terms))

    def _questions(self, typed: str, limit: int) -> list[str]:
        if not words_of(typed):
            return list(self.base.questions)[:limit]
        query = self.reader.read(typed)
        hits = [hit.entry for hit in self.matcher.index.search(query.terms)]
        starts = words_of(typed)
        begun = [
            q.id
            for q in self.base.questions.values()
            if any(words_of(t)[: len(starts)] == starts for t in (q.title.en, q.title.hi))
        ]
        return list(dict.fromkeys((*begun, *hits)))[:limit]


def _spoken(language: LanguageChoice, *typed: str) -> Language:
    if language != "auto":
        return language
    return "hi" if any(is_devanagari(w) for text in typed for w in words_of(text)) else "en"
