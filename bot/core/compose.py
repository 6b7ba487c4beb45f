"""Replies in one language, from entries, concept cards, tables and paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain, islice
from typing import Any, Final, NamedTuple

import msgspec

from bot.core.knowledge import model
from bot.core.knowledge.base import Edge, KnowledgeBase
from bot.core.match.decide import Decision
from bot.core.reply import (
    Candidate,
    CitedSource,
    CorrectionNote,
    Kind,
    Link,
    MisconceptionNote,
    Outcome,
    Reply,
    Table,
)
from bot.core.understand.query import Query
from bot.locales import Language, say

RELATED: Final = 4
ROWS_WITH_ANSWER: Final = 8
"""Rows of a table under an answer; the whole one is a link away."""
_SIDES = re.compile(r"\{([ab])\}")


def say_edge(base: KnowledgeBase, edge: Edge, language: Language) -> str:
    """A relation read aloud, from the side where the path comes from."""
    kind = base.relation_types[edge.type]
    start, end = (getattr(base.concepts[c].name, language) for c in (edge.start, edge.end))
    pattern = kind.sentence if edge.forward else kind.inverse
    names = {"a": start, "b": end} if edge.forward else {"a": end, "b": start}
    # One pass: a name that holds a brace stays as it is.
    return _SIDES.sub(lambda m: names[m[1]], getattr(pattern, language))


class _Row(NamedTuple):
    """A row of a table in one language."""

    label: str
    cells: tuple[str, ...]
    sources: Sequence[str]


class Composer:
    """Writes replies from one base."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self._about: dict[str, list[str]] = {}
        for question in base.questions.values():
            for concept in question.concepts:
                self._about.setdefault(concept, []).append(question.id)

    def over(self, base: KnowledgeBase) -> Composer:
        """The same for a base with a few more questions."""
        twin = copy(self)
        twin.base = base
        return twin

    def title(self, reference: str, language: Language) -> str | None:
        """What a reference is called; None if it leads nowhere."""
        kind, _, rest = reference.rpartition(":")
        parts = rest.split("+")
        match kind:
            case "":
                question = self.base.questions.get(rest)
                return str(getattr(question.title, language)) if question else None
            case "belief":
                belief = self.base.misconceptions.get(rest)
                return str(getattr(belief.belief, language)) if belief else None
        if not all(part in self.base.concepts for part in parts):
            return None
        match kind:
            case "concept" if len(parts) == 1:
                return self._name(rest, language)
            case "compare" if 2 <= len(set(parts)) == len(parts) <= 4:
                return say(language, "core.compare.title", names=self._names(parts, language))
            case "relate" if len(set(parts)) == len(parts) == 2:
                a, b = (self._name(p, language) for p in parts)
                return say(language, "core.relate.title", a=a, b=b)
        return None

    def link(self, reference: str, language: Language) -> Link | None:
        """A reference with its title; None if it leads nowhere."""
        title = self.title(reference, language)
        return Link(reference, title) if title else None

    def decided(self, query: Query, decision: Decision, language: Language) -> Reply:
        """The reply for a decision of the matcher."""
        about: dict[str, Any] = {
            "text": query.text,
            "language": query.written,
            "reasons": decision.reasons,
            "intent": query.intent,
            "concepts": tuple(query.concepts),
            "candidates": tuple(self._candidates(decision, language)),
        }
        beliefs = self._beliefs(decision.beliefs, language)
        if decision.outcome is Outcome.ANSWER and decision.best:
            about["confidence"] = round(decision.best.confidence, 3)
            reply = self.open(decision.best.reference, language, beliefs=decision.beliefs, about=about)
            if reply is not None:
                also = tuple(self._links(decision.also, language))
                return msgspec.structs.replace(reply, related=(*also, *reply.related)[:RELATED]) if also else reply
        about |= {"reply_language": language, "misconceptions": beliefs}
        about["sources"] = self._sources(self._sources_of_beliefs(decision.beliefs))
        if decision.outcome is Outcome.CHOOSE:
            return Reply(
                outcome=Outcome.CHOOSE,
                title=say(language, "core.choose.title"),
                answer=say(language, "core.choose.answer"),
                confidence=round(decision.best.confidence, 3) if decision.best else 0.0,
                choices=tuple(self._links((o.reference for o in decision.options), language)),
                **about,
            )
        return self._declined(query, decision, language, about)

    def open(
        self,
        reference: str,
        language: Language,
        *,
        beliefs: Sequence[str] = (),
        about: Mapping[str, Any] | None = None,
    ) -> Reply | None:
        """The reply that a reference leads to; None if it leads nowhere."""
        title = self.title(reference, language)
        if title is None:
            return None
        head: dict[str, Any] = {"text": title, "language": language, "confidence": 1.0, **(about or {})}
        head |= {"reply_language": language, "outcome": Outcome.ANSWER, "entry": reference, "title": title}
        kind, _, rest = reference.rpartition(":")
        match kind:
            case "":
                return self._question(self.base.questions[rest], language, beliefs, head)
            case "belief":
                return self._belief(self.base.misconceptions[rest], language, head)
            case "concept":
                return self._concept(self.base.concepts[rest], language, beliefs, head)
            case "compare":
                return self._comparison(rest.split("+"), language, beliefs, head)
            case _:
                first, second = rest.split("+")
                return self._relation(first, second, language, beliefs, head)

    def unknown(self, name: str, meant: Iterable[str], language: Language, *, like: str = "concept") -> Reply:
        """Nothing has that name; `meant` are concepts that it could stand for."""
        choices = tuple(self._links((f"concept:{c}" for c in meant), language))
        return Reply(
            text=name,
            language=language,
            reply_language=language,
            outcome=Outcome.CHOOSE if choices else Outcome.NO_ANSWER,
            reasons=(f"no {like} is called that",),
            title=say(language, "core.unknown.title", name=name[:80]),
            answer=say(language, "core.unknown.choose" if choices else "core.unknown.answer"),
            choices=choices,
        )

    def refused(self, text: str, key: str, language: Language, **said: str) -> Reply:
        """A request that makes no sense, with the reason: `key` has a title and an answer."""
        return Reply(
            text=text,
            language=language,
            reply_language=language,
            outcome=Outcome.NO_ANSWER,
            title=say(language, f"{key}.title"),
            answer=say(language, f"{key}.answer", **said),
        )

    def same(self, text: str, concept: str, language: Language) -> Reply:
        """What was to be put side by side is one concept."""
        return self.refused(text, "core.same", language, a=self._name(concept, language))

    def help(self, language: Language) -> Reply:
        """What the bot is for; the examples are choices that open."""
        return Reply(
            text="",
            language=language,
            reply_language=language,
            outcome=Outcome.ANSWER,
            title=say(language, "core.help.title"),
            answer=getattr(self.base.about.about, language),
            confidence=1.0,
        )

    def _question(
        self, entry: model.Question, language: Language, beliefs: Sequence[str], head: dict[str, Any]
    ) -> Reply:
        corrections = [c for c in entry.corrections if c not in beliefs]
        detail = getattr(entry.detail, language) if entry.detail else None
        if entry.holds_for:
            detail = "\n\n".join(filter(None, (detail, self._holds(entry.holds_for, language))))
        columns = [c for c in entry.comparison if c in self.base.concepts]
        rows = self._rows(columns, language) if len(columns) > 1 else []
        whole = ["compare:" + "+".join(columns)] if len(rows) > ROWS_WITH_ANSWER else []
        rows = rows[:ROWS_WITH_ANSWER]
        related = dict.fromkeys((*whole, *entry.related, *chain(*(self._about.get(c, ()) for c in entry.concepts[:1]))))
        related.pop(entry.id, None)
        return Reply(
            kind=Kind.QUESTION,
            answer=getattr(entry.answer, language),
            detail=detail,
            misconceptions=self._beliefs(beliefs, language),
            corrections=self._corrections(corrections, language),
            table=self._table(columns, rows, language),
            sources=self._sources(
                chain(
                    entry.sources,
                    self._sources_of_beliefs(beliefs),
                    self._sources_of_corrections(corrections),
                    _cited(rows),
                )
            ),
            related=self._first_links(related, language),
            **{"intent": entry.intent, "concepts": entry.concepts, **head},
        )

    def _belief(self, belief: model.Misconception, language: Language, head: dict[str, Any]) -> Reply:
        related = chain(*(self._about.get(c, ()) for c in belief.concepts))
        return Reply(
            answer=getattr(belief.correction, language),
            misconceptions=self._beliefs([belief.id], language),
            sources=self._sources(belief.sources),
            related=self._first_links(dict.fromkeys(related), language),
            **{"concepts": belief.concepts, **head},
        )

    def _concept(
        self, concept: model.Concept, language: Language, beliefs: Sequence[str], head: dict[str, Any]
    ) -> Reply:
        questions = self._about.get(concept.id, ())
        near = (f"concept:{c}" for c in self.base.neighbours(concept.id))
        return Reply(
            kind=Kind.CONCEPT,
            answer=getattr(concept.explanation, language),
            misconceptions=self._beliefs(beliefs, language),
            corrections=self._corrections(concept.corrections, language),
            sources=self._sources(chain(concept.sources, self._sources_of_beliefs(beliefs))),
            related=self._first_links(dict.fromkeys(chain(questions[:3], near)), language),
            **{"concepts": (concept.id,), **head},
        )

    def _comparison(
        self, concepts: Sequence[str], language: Language, beliefs: Sequence[str], head: dict[str, Any]
    ) -> Reply:
        rows = self._rows(concepts, language)
        cited = _cited(rows)
        prose = self._pair(concepts)
        path = self.base.path(concepts[0], concepts[1]) if len(concepts) == 2 else None
        if prose is not None:
            answer, detail = getattr(prose.summary, language), None
            corrections = [c for c in prose.corrections if c not in beliefs]
            cited = (*prose.sources, *cited)
        else:
            corrections = []
            answer = self._summaries(concepts, language)
            cited = (*chain(*(self.base.concepts[c].sources for c in concepts)), *cited)
            told = [say(language, "core.compare.composed")]
            if path and len(path) <= 3:
                told.insert(0, self._aloud(path, language))
            detail = "\n\n".join(told)
        questions = dict.fromkeys(
            q for q in chain(*(self._about.get(c, ()) for c in concepts))
            if set(self.base.questions[q].concepts) & set(concepts)
        )  # fmt: skip
        ranked = sorted(questions, key=lambda q: -len(set(self.base.questions[q].concepts) & set(concepts)))
        return Reply(
            kind=Kind.COMPARISON,
            answer=answer,
            detail=detail,
            misconceptions=self._beliefs(beliefs, language),
            corrections=self._corrections(corrections, language),
            table=self._table(concepts, rows, language),
            sources=self._sources(chain(cited, self._sources_of_corrections(corrections))),
            related=self._first_links(ranked, language),
            **{**head, "concepts": tuple(concepts)},
        )

    def _relation(
        self, first: str, second: str, language: Language, beliefs: Sequence[str], head: dict[str, Any]
    ) -> Reply:
        path = self.base.path(first, second)
        a, b = self._name(first, language), self._name(second, language)
        if path is None:
            answer = say(language, "core.relate.none", a=a, b=b)
            return Reply(
                answer=answer, **{**head, "outcome": Outcome.NO_ANSWER, "kind": Kind.RELATION, "confidence": 0.0}
            )
        steps = [first, *(edge.end for edge in path)]
        of_both = (q for q in self._about.get(first, ()) if second in self.base.questions[q].concepts)
        near = chain(islice(of_both, 2), (f"compare:{first}+{second}",), (f"concept:{c}" for c in steps))
        return Reply(
            kind=Kind.RELATION,
            answer=f"{self._aloud(path, language)}\n\n{self._summaries((first, second), language)}",
            misconceptions=self._beliefs(beliefs, language),
            sources=self._sources(chain(*(self.base.concepts[c].sources[:1] for c in steps))),
            related=self._first_links(near, language),
            **{**head, "concepts": tuple(steps)},
        )

    def _summaries(self, concepts: Sequence[str], language: Language) -> str:
        """What each thing is, in a line."""
        return "\n\n".join(
            f"{self._name(c, language)}: {getattr(self.base.concepts[c].summary, language)}" for c in concepts
        )

    def _declined(self, query: Query, decision: Decision, language: Language, about: dict[str, Any]) -> Reply:
        subject = getattr(self.base.about.name, language)
        near = self._first_links((f"concept:{c}" for c in query.concepts), language)
        if decision.homonym is not None:
            title = say(language, "core.no_answer.homonym.title")
            answer = getattr(decision.homonym.note, language)
        else:
            title = say(language, "core.no_answer.title")
            key = "empty" if not query.tokens else "near" if near else "answer"
            answer = say(language, f"core.no_answer.{key}", subject=subject)
        return Reply(outcome=Outcome.NO_ANSWER, title=title, answer=answer, related=near, **about)

    def _rows(self, concepts: Sequence[str], language: Language) -> list[_Row]:
        """The rows that at least two of the concepts share, those that differ first."""
        rows: list[_Row] = []
        seen: set[str] = set()
        for table in sorted(self.base.comparisons.values(), key=lambda t: -_shared(t, concepts)):
            if _shared(table, concepts) < 2:
                break
            for row in table.dimensions:
                cells = tuple(_cell(row.cells.get(c), language) for c in concepts)
                if row.id not in seen and sum(map(bool, cells)) >= 2:
                    seen.add(row.id)
                    rows.append(_Row(getattr(row.label, language), cells, self._of(row.sources, concepts)))
        return sorted(rows, key=lambda r: (len(set(r.cells)) == 1, not all(r.cells)))

    def _table(self, concepts: Sequence[str], rows: Sequence[_Row], language: Language) -> Table:
        headings = tuple(self._name(c, language) for c in concepts)
        return Table(tuple(concepts), tuple((r.label, *r.cells) for r in rows), headings) if rows else Table()

    def _of(self, sources: Sequence[str], concepts: Sequence[str]) -> Sequence[str]:
        """A row's sources that tell of these concepts: the row may hold twenty others."""
        theirs = {s for c in concepts for s in self.base.concepts[c].sources}
        return [s for s in sources if s in theirs]

    def _pair(self, concepts: Sequence[str]) -> model.PairText | None:
        wanted = set(concepts)
        return next((p for t in self.base.comparisons.values() for p in t.pairs if set(p.of) == wanted), None)

    def _aloud(self, path: Sequence[Edge], language: Language) -> str:
        sentences = "; ".join(say_edge(self.base, edge, language) for edge in path)
        return say(language, "core.relate.direct", path=sentences)

    def _beliefs(self, ids: Iterable[str], language: Language) -> tuple[MisconceptionNote, ...]:
        return tuple(
            MisconceptionNote(
                belief=getattr(belief.belief, language),
                text=getattr(belief.correction, language),
                source=self._address(belief.sources),
            )
            for belief in (self.base.misconceptions[id] for id in ids)
        )

    def _corrections(self, ids: Iterable[str], language: Language) -> tuple[CorrectionNote, ...]:
        return tuple(
            CorrectionNote(
                corrects=getattr(correction.corrects, language),
                verdict=correction.verdict,
                text=getattr(correction.text, language),
                source=self._address(correction.sources),
            )
            for correction in (self.base.corrections[id] for id in ids)
        )

    def _address(self, sources: Sequence[str]) -> str:
        return self.base.sources[sources[0]].url if sources else ""

    def _sources_of_beliefs(self, ids: Iterable[str]) -> Iterator[str]:
        return (source for id in ids for source in self.base.misconceptions[id].sources)

    def _sources_of_corrections(self, ids: Iterable[str]) -> Iterator[str]:
        return (source for id in ids for source in self.base.corrections[id].sources)

    def _sources(self, ids: Iterable[str]) -> tuple[CitedSource, ...]:
        found = (self.base.sources[id] for id in dict.fromkeys(ids))
        return tuple(CitedSource(s.title, s.url, s.version, s.reviewed) for s in found)

    def _links(self, references: Iterable[str], language: Language) -> Iterator[Link]:
        return filter(None, (self.link(reference, language) for reference in references))

    def _first_links(self, references: Iterable[str], language: Language) -> tuple[Link, ...]:
        return tuple(islice(self._links(references, language), RELATED))

    def _candidates(self, decision: Decision, language: Language) -> Iterator[Candidate]:
        for option in decision.options:
            if title := self.title(option.reference, language):
                yield Candidate(option.reference, title, round(option.confidence, 3))

    def _holds(self, versions: model.Versions, language: Language) -> str:
        of = self._name(versions.of, language)
        key = "between" if versions.since and versions.until else "since" if versions.since else "until"
        return say(language, f"core.holds.{key}", of=of, since=versions.since, until=versions.until)

    def _name(self, concept: str, language: Language) -> str:
        # Running text keeps the Latin name of a product in Hindi too: that is how people write it.
        return str(getattr(self.base.concepts[concept].name, language))

    def _names(self, concepts: Sequence[str], language: Language) -> str:
        names = [self._name(c, language) for c in concepts]
        return say(language, "core.compare.and", first=", ".join(names[:-1]), last=names[-1])


def _cited(rows: Iterable[_Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for row in rows for source in row.sources))


def _shared(table: model.Comparison, concepts: Sequence[str]) -> int:
    """How many rows of a table hold at least two of the concepts."""
    return sum(sum(c in row.cells for c in concepts) >= 2 for row in table.dimensions)


def _cell(value: model.LineText | str | None, language: Language) -> str:
    return str(getattr(value, language)) if isinstance(value, model.LineText) else value or ""
