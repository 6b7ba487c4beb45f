"""Every entry of a base in one list, with what an owner wants to know about it."""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final, Literal

import msgspec

from bot.core.knowledge import KnowledgeBase, model
from bot.core.knowledge.load import Reading
from bot.core.knowledge.problems import Problem

EntryKind = Literal["concept", "question", "misconception", "correction", "comparison"]

_KINDS: Final[Mapping[type, EntryKind]] = {
    model.Concept: "concept",
    model.Question: "question",
    model.Misconception: "misconception",
    model.Correction: "correction",
    model.Comparison: "comparison",
}
_Dated = model.Concept | model.Question | model.Misconception | model.Correction | model.Comparison
_STALE: Final = "KB033"
_SIDE_BY_SIDE: Final = 4


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the base."""

    key: str
    """Its kind and its id, as in "concept:a"."""
    kind: EntryKind
    id: str
    title: str
    reference: str | None
    """What opens it, or the reply that shows it; null where none does."""
    reviewed: datetime.date
    age_days: int
    sources: int
    """How many documents it cites."""


class Place(msgspec.Struct, frozen=True):
    """Where an entry stands in the files."""

    path: str
    line: int
    stale: bool
    """Whether its English has changed since its Hindi was looked at."""


class Finding(msgspec.Struct, frozen=True):
    """A broken rule."""

    rule: str
    severity: Literal["error", "warning"]
    path: str
    line: int
    message: str
    entry: str | None = None
    """Key of the entry that it is about."""


def entries(base: KnowledgeBase, language: Literal["en", "hi"], today: datetime.date) -> Iterator[Entry]:
    """All entries of a base; ages are counted up to `today`."""

    def entry(kind: EntryKind, id: str, title: model.LineText, reference: str | None, of: _Dated, cited: int) -> Entry:
        return Entry(
            key=f"{kind}:{id}",
            kind=kind,
            id=id,
            title=getattr(title, language),
            reference=reference,
            reviewed=of.reviewed,
            age_days=max(0, (today - of.reviewed).days),
            sources=cited,
        )

    for c in base.concepts.values():
        yield entry("concept", c.id, c.name, f"concept:{c.id}", c, len(c.sources))
    for q in base.questions.values():
        yield entry("question", q.id, q.title, q.id, q, len(q.sources))
    for m in base.misconceptions.values():
        yield entry("misconception", m.id, m.belief, f"belief:{m.id}", m, len(m.sources))
    shown = dict(_shown_by(base))
    for n in base.corrections.values():
        yield entry("correction", n.id, n.corrects, shown.get(n.id), n, len(n.sources))
    for t in base.comparisons.values():
        cited = {source for row in t.dimensions for source in row.sources}
        yield entry("comparison", t.id, t.title, _opened(t), t, len(cited))


def finding(problem: Problem, entry: str | None = None) -> Finding:
    """A problem, as the list shows it."""
    return Finding(problem.rule, problem.severity, problem.path, problem.line, problem.message, entry)


def places_of(reading: Reading) -> tuple[tuple[Finding, ...], dict[str, Place]]:
    """What was found, each with its entry, and where every entry stands."""
    starts: dict[str, list[tuple[int, str]]] = {}
    for (kind, id), (document, path) in reading.places.items():
        # Entries of other kinds end the one before them, too.
        name = f"{_KINDS[kind]}:{id}" if kind in _KINDS else ""
        starts.setdefault(document.name, []).append((document.line(path), name))
    for places in starts.values():
        places.sort()
    findings = tuple(finding(p, _entry_at(starts.get(p.path, []), p.line)) for p in sorted(reading.problems))
    stale = {f.entry for f in findings if f.rule == _STALE}
    return findings, {
        name: Place(path, line, name in stale) for path, places in starts.items() for line, name in places if name
    }


def _entry_at(starts: list[tuple[int, str]], line: int) -> str | None:
    """The entry that holds a line of its file."""
    index = bisect.bisect_right(starts, line, key=lambda start: start[0]) - 1
    return starts[index][1] or None if index >= 0 else None


def _shown_by(base: KnowledgeBase) -> Iterator[tuple[str, str]]:
    """(correction, a reply that shows it), the best last."""
    for table in base.comparisons.values():
        for pair in table.pairs:
            yield from ((correction, f"compare:{'+'.join(pair.of)}") for correction in pair.corrections)
    for concept in base.concepts.values():
        yield from ((correction, f"concept:{concept.id}") for correction in concept.corrections)
    for question in base.questions.values():
        yield from ((correction, question.id) for correction in question.corrections)


def _opened(table: model.Comparison) -> str | None:
    """A comparison that draws on a table: its first curated pair, or its fullest columns."""
    if table.pairs:
        return f"compare:{'+'.join(table.pairs[0].of[:_SIDE_BY_SIDE])}"
    filled = list(chain.from_iterable(row.cells for row in table.dimensions))
    columns = sorted(dict.fromkeys(filled), key=lambda c: -filled.count(c))[:_SIDE_BY_SIDE]
    return f"compare:{'+'.join(columns)}" if len(columns) > 1 else None
