"""The concepts and their relations, as the page draws them."""

from __future__ import annotations

from collections import Counter
from itertools import chain, zip_longest

from bot.core.compose import say_edge
from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeBase
from bot.core.knowledge.base import Edge
from bot.core.knowledge.model import RelationType
from bot.core.reply import Link
from bot.locales import Language
from bot.web.shapes import ConceptLine, Graph, Relation, RelationKind


def concepts(base: KnowledgeBase, language: Language) -> tuple[ConceptLine, ...]:
    """All concepts, in the order of the files."""
    return tuple(
        ConceptLine(c.id, getattr(c.name, language), getattr(c.summary, language), c.scope.value)
        for c in base.concepts.values()
    )


def comparisons(expert: Expert, language: Language) -> tuple[Link, ...]:
    """The curated comparisons, the first of every table before the second of any."""
    pairs = chain.from_iterable(zip_longest(*(table.pairs for table in expert.base.comparisons.values())))
    links = (expert.composer.link(f"compare:{'+'.join(pair.of)}", language) for pair in pairs if pair)
    return tuple(link for link in links if link)


def graph(base: KnowledgeBase, language: Language, version: int) -> Graph:
    """Everything that is needed to draw and to read aloud."""
    relations = tuple(
        Relation(c.id, r.to, r.type, say_edge(base, Edge(r.type, c.id, r.to, True), language))
        for c in base.concepts.values()
        for r in c.relations
    )
    counts = Counter(r.type for r in relations)
    kinds = tuple(
        RelationKind(id, _label(kind, language), counts[id]) for id, kind in base.relation_types.items() if counts[id]
    )
    return Graph(version, concepts(base, language), relations, kinds)


def _label(kind: RelationType, language: Language) -> str:
    """The sentence with gaps: '… is a kind of …'."""
    sentence = str(getattr(kind.sentence, language))
    return sentence.replace("{a}", "…").replace("{b}", "…")
