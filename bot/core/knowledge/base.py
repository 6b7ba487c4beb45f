"""A loaded base: everything by id, and the graph of concepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from math import inf
from typing import Final, TypeVar

from bot.core.knowledge import model

KIN: Final[Mapping[str, float]] = {
    "is-a": 0.6,
    "part-of": 0.6,
    "implements": 0.6,
    "succeeded-by": 0.6,
    "uses": 0.3,
    "runs-on": 0.3,
}
"""How far a neighbour in the graph stands in for a concept, by the edge between them."""


COST: Final[Mapping[str, float]] = {"contrasts-with": 1.5, "alternative-to": 1.2}
"""What a step of a path costs, 1 if not told: that two things differ says least about how they are connected."""
BACKWARD: Final = 0.1
"""What a step costs more against its direction: one thing that uses another is told easier than one of its users."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation as it is walked: `forward` tells whether along its direction."""

    type: str
    start: str
    end: str
    forward: bool


_T = TypeVar("_T")


class _Joined(Mapping[str, _T]):
    """Two mappings as one; where both have a key, the first holds."""

    def __init__(self, first: Mapping[str, _T], second: Mapping[str, _T]) -> None:
        self._first, self._second = first, second

    def __getitem__(self, key: str) -> _T:
        return self._first[key] if key in self._first else self._second[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        yield from (key for key in self._second if key not in self._first)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class KnowledgeBase:
    """All content of a directory, validated, by id."""

    about: model.Base
    concepts: Mapping[str, model.Concept]
    questions: Mapping[str, model.Question]
    misconceptions: Mapping[str, model.Misconception] = field(default_factory=dict)
    corrections: Mapping[str, model.Correction] = field(default_factory=dict)
    comparisons: Mapping[str, model.Comparison] = field(default_factory=dict)
    sources: Mapping[str, model.Source] = field(default_factory=dict)
    relation_types: Mapping[str, model.RelationType] = field(default_factory=dict)
    forbidden: tuple[model.ForbiddenEdge, ...] = ()
    homonyms: Mapping[str, model.Homonym] = field(default_factory=dict)
    words: Mapping[str, model.Word] = field(default_factory=dict)
    glossary: tuple[model.GlossaryTerm, ...] = ()

    def with_questions(
        self, questions: Mapping[str, model.Question], sources: Mapping[str, model.Source]
    ) -> KnowledgeBase:
        """The same with some more questions and their sources; everything else is shared, not copied."""
        _ = self.edges, self._kin
        twin = copy(self)
        twin.__dict__.update(questions=_Joined(self.questions, questions), sources=_Joined(self.sources, sources))
        return twin

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """Concept id to the edges that leave it, own relations first."""
        own: dict[str, list[Edge]] = {id: [] for id in self.concepts}
        back: dict[str, list[Edge]] = {id: [] for id in self.concepts}
        for concept in self.concepts.values():
            for relation in concept.relations:
                if relation.to in own:
                    own[concept.id].append(Edge(relation.type, concept.id, relation.to, True))
                    back[relation.to].append(Edge(relation.type, relation.to, concept.id, False))
        return {id: (*own[id], *back[id]) for id in own}

    @cached_property
    def _kin(self) -> Mapping[str, Mapping[str, float]]:
        near: dict[str, dict[str, float]] = {}
        for concept, edges in self.edges.items():
            found = near[concept] = {}
            for edge in edges:
                if (nearness := KIN.get(edge.type, 0.0)) > found.get(edge.end, 0.0):
                    found[edge.end] = nearness
        return near

    def kin(self, concept: str) -> Mapping[str, float]:
        """How far each neighbour can stand in for a concept, 0 to 1."""
        return self._kin.get(concept, {})

    def neighbours(self, concept: str) -> Iterator[str]:
        """Concepts one edge away."""
        for edge in self.edges.get(concept, ()):
            yield edge.end

    def path(self, start: str, end: str) -> tuple[Edge, ...] | None:
        """The path that tells most between two concepts (Dijkstra over `COST`); None where there is none."""
        came: dict[str, Edge] = {}
        reached = {start: 0.0}
        waiting = [(0.0, start)]
        while waiting:
            cost, here = heappop(waiting)
            if here == end:
                return _trace(came, start, end)
            if cost > reached[here]:
                continue
            for edge in self.edges.get(here, ()):
                further = cost + COST.get(edge.type, 1.0) + (0.0 if edge.forward else BACKWARD)
                if further < reached.get(edge.end, inf):
                    reached[edge.end] = further
                    came[edge.end] = edge
                    heappush(waiting, (further, edge.end))
        return None


def _trace(came: Mapping[str, Edge], start: str, end: str) -> tuple[Edge, ...]:
    steps: list[Edge] = []
    while end != start:
        steps.append(came[end])
        end = came[end].start
    return tuple(reversed(steps))
