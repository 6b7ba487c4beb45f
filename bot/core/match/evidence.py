"""What speaks for an entry being the one that was asked for, and how sure that makes us."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import Intent
from bot.core.match.index import Hit
from bot.core.match.weights import RANK, SURE, Rank, Sure
from bot.core.understand.query import NAMED, Query

_ALIKE: Final[Mapping[Intent, Collection[Intent]]] = {
    Intent.DIFFERENCE: (Intent.CHOICE, Intent.RELATION),
    Intent.CHOICE: (Intent.DIFFERENCE, Intent.PERFORMANCE),
    Intent.RELATION: (Intent.DIFFERENCE, Intent.DEFINITION, Intent.CAN_I),
    Intent.DEFINITION: (Intent.RELATION,),
    Intent.HOW_TO: (Intent.CAN_I, Intent.TROUBLESHOOT),
    Intent.CAN_I: (Intent.HOW_TO, Intent.RELATION),
    Intent.TROUBLESHOOT: (Intent.HOW_TO, Intent.WHY, Intent.PERFORMANCE),
    Intent.PERFORMANCE: (Intent.TROUBLESHOOT, Intent.WHY),
    Intent.WHY: (Intent.TROUBLESHOOT, Intent.DEFINITION),
    Intent.SECURITY: (Intent.CAN_I,),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Each number is 0 to 1."""

    similarity: float
    """Cosine with the nearest phrasing."""
    likeness: float
    """Cosine with the entry as a whole."""
    breadth: float
    """How much of the question the entry's phrasings explain."""
    told: float
    """How much of it they or its answer explain."""
    focus: float
    """How much of that phrasing the question says."""
    asked: float
    """How many of the concepts asked about the entry treats."""
    about: float
    """How many of the entry's concepts were asked about."""
    intent: float
    """How well what is wanted agrees."""


_NAMES: Final = tuple(field.name for field in fields(Evidence))


def values(evidence: Evidence) -> tuple[float, ...]:
    """The numbers in the order of their names."""
    return tuple(getattr(evidence, name) for name in _NAMES)


def weigh(base: KnowledgeBase, query: Query, hit: Hit) -> Evidence:
    """The evidence for a hit."""
    entry = base.questions[hit.entry]
    named = {c: w for c, w in query.concepts.items() if w >= NAMED}
    return Evidence(
        similarity=hit.similarity,
        likeness=hit.likeness,
        breadth=hit.breadth,
        told=hit.told,
        focus=hit.focus,
        asked=_agreement(base, named, entry.concepts),
        about=_agreement(base, dict.fromkeys(entry.concepts, 1.0), query.concepts),
        intent=_intent(query, entry.intent),
    )


def confidences(found: Sequence[Evidence], rank: Rank = RANK, sure: Sure = SURE) -> list[float]:
    """The chance of each to be right: the first by what speaks for it, the others by how far behind they are."""
    if not found:
        return []
    scores = [sum(getattr(rank, name) * getattr(evidence, name) for name in _NAMES) for evidence in found]
    best = max(range(len(scores)), key=scores.__getitem__)
    shares = shares_of(scores)
    z = sure.bias + sure.share * shares[best]
    z += sum(getattr(sure, name) * getattr(found[best], name) for name in _NAMES)
    top = sigmoid(z)
    return [top if i == best else top * shares[i] / shares[best] for i in range(len(scores))]


def shares_of(scores: Sequence[float]) -> list[float]:
    """Softmax."""
    highest = max(scores)
    raised = [math.exp(score - highest) for score in scores]
    total = sum(raised)
    return [value / total for value in raised]


def sigmoid(z: float) -> float:
    """The logistic function, safe for any number."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def _agreement(base: KnowledgeBase, wanted: Mapping[str, float], there: Collection[str]) -> float:
    total = sum(wanted.values())
    if not total:
        return 0.5
    return sum(weight * _nearness(base, concept, there) for concept, weight in wanted.items()) / total


def _nearness(base: KnowledgeBase, concept: str, there: Collection[str]) -> float:
    if concept in there:
        return 1.0
    kin = base.kin(concept)
    return max((kin.get(other, 0.0) for other in there), default=0.0)


def _intent(query: Query, wanted: Intent) -> float:
    if not query.intents:
        return 0.4
    alike = max((query.intents.get(i, 0.0) for i in _ALIKE[wanted]), default=0.0)
    return max(query.intents.get(wanted, 0.0), 0.6 * alike)
