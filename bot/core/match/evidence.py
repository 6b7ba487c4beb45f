"""What speaks for an entry being the one that was asked for, and how sure that makes us."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from operator import mul
from typing import Final, NamedTuple

from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import Intent
from bot.core.match.index import Hit
from bot.core.match.weights import RANK, SURE, Rank, Sure
from bot.core.understand.query import Query

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


_FARTHEST: Final = 5.0
"""The most that a lead counts."""
_CLEAR_LEAD: Final = 1 / (1 + math.exp(-_FARTHEST))
"""The share of an entry that is so far ahead."""


class Evidence(NamedTuple):
    """Each number but `odds`, `unmet` and `ample` is 0 to 1."""

    similarity: float
    """Cosine with the nearest phrasing."""
    odds: float
    """How much likelier its phrasings use the question's terms than all others do: the logarithm, in tens."""
    breadth: float
    """How much of the question the entry's phrasings explain."""
    told: float
    """How much of it they or its answer explain."""
    focus: float
    """How much of that phrasing the question says."""
    unmet: float
    """How many concepts the question names of which the entry says nothing."""
    about: float
    """How many of the entry's concepts were asked about."""
    intent: float
    """How well what is wanted agrees."""
    ample: float
    """How many phrasings the entry has, beside the usual number: the logarithm."""


def weigh(base: KnowledgeBase, query: Query, hits: Sequence[Hit]) -> list[Evidence]:
    """The evidence for each hit."""
    # Entries that compete have much in common: what the question says of a concept or intent is asked once.
    meant: dict[str, float] = {}
    wanted: dict[Intent, float] = {}
    found: list[Evidence] = []
    for hit in hits:
        entry = base.questions[hit.entry]
        if entry.intent not in wanted:
            wanted[entry.intent] = _intent(query, entry.intent)
        about = 0.0
        for concept in entry.concepts:
            if concept not in meant:
                meant[concept] = _nearness(concept, base.kin(concept), query.concepts)
            about += meant[concept]
        found.append(
            Evidence(
                hit.similarity,
                hit.odds / 10,
                hit.breadth,
                hit.told,
                hit.focus,
                hit.unmet,
                about / len(entry.concepts) if entry.concepts else 0.5,
                wanted[entry.intent],
                hit.ample,
            )
        )
    return found


def confidences(found: Sequence[Evidence], rank: Rank = RANK, sure: Sure = SURE) -> list[float]:
    """The chance of each to be right: the first by what speaks for it, the others by how far behind they are."""
    if not found:
        return []
    scores = [sum(map(mul, rank, evidence)) for evidence in found]
    best = max(range(len(scores)), key=scores.__getitem__)
    shares = shares_of(scores)
    top = sigmoid(sum(map(mul, sure, (1.0, *found[best], lead_of(shares[best])))))
    return [top if i == best else top * shares[i] / shares[best] for i in range(len(scores))]


def shares_of(scores: Sequence[float]) -> list[float]:
    """Softmax."""
    highest = max(scores)
    raised = [math.exp(score - highest) for score in scores]
    total = sum(raised)
    return [value / total for value in raised]


def lead_of(share: float) -> float:
    """How far ahead an entry with a share is: the log-odds, since a share hardly grows where the lead is clear."""
    return math.log(share / (1 - share)) if share < _CLEAR_LEAD else _FARTHEST


def sigmoid(z: float) -> float:
    """The logistic function, safe for any number."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def _nearness(concept: str, kin: Mapping[str, float], there: Collection[str]) -> float:
    """How far what is there stands for a concept, 0 to 1."""
    if concept in there:
        return 1.0
    if kin.keys().isdisjoint(there):
        return 0.0
    return max([kin[other] for other in there if other in kin])


def _intent(query: Query, wanted: Intent) -> float:
    if not query.intents:
        return 0.4
    alike = max([query.intents.get(i, 0.0) for i in _ALIKE[wanted]])
    return max(query.intents.get(wanted, 0.0), 0.6 * alike)
