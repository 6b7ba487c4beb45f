"""Answer, offer, or admit: one of three outcomes for every question."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import combinations
from operator import attrgetter
from typing import Final

import msgspec

from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import Homonym, Intent, Scope
from bot.core.match.evidence import Evidence, confidences, weigh
from bot.core.match.index import Hit, Index, Phrasing
from bot.core.match.layer import Layered
from bot.core.match.prepare import Prepared
from bot.core.match.weights import (
    ANSWER,
    BARE,
    CHOICES,
    COMPARED,
    DEFINED,
    HINTED,
    JOINED,
    MENTIONED,
    NAMED_TOGETHER,
    OFFER,
    RELATED,
    STATED,
)
from bot.core.reply import Kind, Outcome
from bot.core.understand.intent import cue_positions
from bot.core.understand.misconceptions import BeliefSpotter, Stated
from bot.core.understand.query import PAIR, TRAIT, Query, Reader
from bot.core.understand.text import words_of

_ABOUT: Final = frozenset({Intent.DEFINITION, Intent.DIFFERENCE, Intent.CHOICE, Intent.RELATION})
"""What may be asked of a neighbour."""
_RUNNING: Final = frozenset({Intent.HOW_TO, Intent.TROUBLESHOOT})
"""What may not."""
_YES_OR_NO: Final = frozenset({Intent.CAN_I, Intent.RELATION})
"""How it is asked whether something is so."""
_COMPARED: Final = frozenset({Intent.DIFFERENCE, Intent.CHOICE})
_JOINED: Final = "whether one has the other"
_PARTS: Final = 12
"""Sentences of a message that are looked at one by one."""
_BARE: Final = 0.15
"""Share of unexplained words below which nothing but names was said."""
_PARTLY: Final = 0.5
"""How sure a concept is that is only part of a longer name, or an everyday word beside a kindred one."""
_QUOTED: Final = 0.8
"""Similarity and focus from which a message counts as quoted."""
_QUOTED_OWN: Final = 0.65
"""The same for a question that a community added: it names what is its own, which the base has no name for."""


_SUREST: Final = attrgetter("confidence")


class Option(msgspec.Struct, frozen=True, gc=False):
    """Something that could be shown."""

    reference: str
    kind: Kind
    confidence: float
    because: str | Hit
    quoted: bool = False
    """The question is nearly word for word what the entry quotes."""

    @property
    def reason(self) -> str:
        """Why, for a person."""
        if isinstance(self.because, str):
            return self.because
        hit = self.because
        return f'like "{hit.phrasing.text}" ({hit.similarity:.2f}), explains {hit.breadth:.0%} of the words'


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, with the options behind it, best first, and why."""

    outcome: Outcome
    options: tuple[Option, ...]
    reasons: tuple[str, ...]
    beliefs: tuple[str, ...] = ()
    homonym: Homonym | None = None
    also: tuple[str, ...] = ()
    """References that answer the other questions of the same message."""

    @property
    def best(self) -> Option | None:
        return self.options[0] if self.options else None


class Matcher:
    """Decides what a question gets, over one base."""

    def __init__(self, base: KnowledgeBase, reader: Reader, prepared: Prepared) -> None:
        self.base = base
        self.reader = reader
        self.index: Index | Layered = prepared.index
        self.own: Collection[str] = ()
        """Questions that are not the base's."""
        self.beliefs = BeliefSpotter(prepared.statements)
        self._comparable = {c for table in base.comparisons.values() for row in table.dimensions for c in row.cells}
        self._tabled: dict[tuple[str, str], bool] = {}
        self._curated = {
            frozenset(q.concepts): q.id
            for q in reversed(list(base.questions.values()))
            if q.intent is Intent.DIFFERENCE and len(q.concepts) > 1
        }
        self._cues = {
            homonym.id: tuple(f" {' '.join(words_of(cue))} " for cue in homonym.cues)
            for homonym in base.homonyms.values()
        }

    def over(self, base: KnowledgeBase, index: Layered, own: Collection[str]) -> Matcher:
        """The same over a base with a few more questions; all that was worked out is shared."""
        twin = copy(self)
        twin.base, twin.index, twin.own = base, index, own
        return twin

    def decide(self, query: Query, *, without: Phrasing | None = None) -> Decision:
        """The outcome for a question."""
        stated = self.beliefs.find(query)
        whole = self._decide(_asked(self.reader, query, stated), tuple(stated), without)
        if whole.homonym is None and query.tokens and query.tokens[-1].sentence > 0:
            return self._with_parts(query, whole, without)
        return whole

    def _decide(self, query: Query, beliefs: tuple[str, ...], without: Phrasing | None) -> Decision:
        reasons = [f"written as {query.written}"]
        if query.concepts:
            reasons.append("concepts: " + ", ".join(query.concepts))
        if query.intent:
            reasons.append(f"intent: {query.intent}")
        reasons.extend(f"misconception: {belief}" for belief in beliefs)

        named: dict[Scope, list[str]] = {scope: [] for scope in Scope}
        for concept in query.named():
            named[self.base.concepts[concept].scope].append(concept)
        homonym = self._homonym(query, [*named[Scope.SUBJECT], *named[Scope.GENERAL]])
        if homonym is not None:
            reasons.append(f"another meaning: {homonym.id}")
            return Decision(Outcome.NO_ANSWER, (), tuple(reasons), homonym=homonym)
        options = self._options(query, without)
        if not any(named.values()) and not beliefs:
            # A message that is quoted as it stands needs no name beside it; an everyday word of the
            # subject (guest, host) is one where all the rest agrees.
            sure = HINTED if query.concepts else 1.0
            options = [o for o in options if o.quoted or o.confidence >= sure]
            if not options:
                reasons.append("nothing of the subject is named")
                return Decision(Outcome.NO_ANSWER, (), tuple(reasons))
        if named[Scope.NEIGHBOUR] and not named[Scope.SUBJECT] and not beliefs:
            options = self._about_neighbours(query, options, named[Scope.NEIGHBOUR])
            if not options:
                reasons.append("only neighbours are named, and not what they are or how they compare")
                return Decision(Outcome.NO_ANSWER, (), tuple(reasons))

        offered = tuple(o for o in options if o.confidence >= OFFER)[:CHOICES]
        if offered and offered[0].confidence >= ANSWER:
            reasons.append(f"{offered[0].reference}: {offered[0].reason}")
            return Decision(Outcome.ANSWER, offered, tuple(reasons), beliefs)
        if beliefs:
            reasons.append("the misconception is the surest thing in it")
            belief = Option(f"belief:{beliefs[0]}", Kind.QUESTION, STATED, "stated in the question")
            return Decision(Outcome.ANSWER, (belief, *offered[: CHOICES - 1]), tuple(reasons), beliefs)
        reasons.append("not sure enough" if offered else "nothing comes close")
        outcome = Outcome.CHOOSE if offered else Outcome.NO_ANSWER
        return Decision(outcome, offered or tuple(options[:CHOICES]), tuple(reasons))

    def _about_neighbours(self, query: Query, options: list[Option], neighbours: list[str]) -> list[Option]:
        """What may be said where only neighbours are named: what one is, how it compares, what meeting it is like."""
        wanted = query.wanted()
        questions = self.base.questions
        if (wanted & _ABOUT or self._classed(query)) and not wanted & _RUNNING:
            return [
                o
                for o in options
                if o.kind is not Kind.QUESTION
                or o.reference in self.own
                or (
                    questions[o.reference].intent in _ABOUT
                    and (set(neighbours) & set(questions[o.reference].concepts) or not _unmet(o))
                )
            ]
        return [
            o
            for o in options
            if o.because == _JOINED
            or (
                o.kind is Kind.QUESTION
                and o.confidence >= HINTED
                and (
                    (o.quoted and (questions[o.reference].intent in wanted or not wanted & _RUNNING))
                    or o.reference in self.own
                    or self._meets(questions[o.reference].concepts, neighbours, query)
                )
            )
        ]

    def _classed(self, query: Query) -> bool:
        """Whether nothing is said but two names: what a neighbour is, or has."""
        named = query.named()
        alone = all(map(self._is_neighbour, named))
        return len(named) == 2 and not alone and not query.wanted() and self._unexplained(query, named) < _BARE

    def _meets(self, concepts: Sequence[str], neighbours: Sequence[str], query: Query) -> bool:
        """Whether an entry treats a neighbour together with something of ours that was named too."""
        ours = any(c in query.concepts for c in concepts if not self._is_neighbour(c))
        return ours and not set(neighbours).isdisjoint(concepts)

    def _with_parts(self, query: Query, whole: Decision, without: Phrasing | None) -> Decision:
        """Several questions, or a question after a story: one is answered, the others are offered."""
        parts = [found for found in self._parts(query, without) if found.outcome is Outcome.ANSWER]
        answered = whole.outcome is Outcome.ANSWER and not whole.options[0].reference.startswith("belief:")
        if not parts:
            return whole
        # In a story, what one sentence asks can be surer than the sum of its words.
        rivals = [whole, *(parts if query.story else ())] if answered else parts
        best = max(rivals, key=lambda d: d.options[0].confidence)
        first = best.options[0]
        others = {o.reference: o for o in (part.options[0] for part in parts) if o.reference != first.reference}
        options = {o.reference: o for o in (first, *others.values(), *best.options[1:])}
        return replace(
            best,
            options=tuple(options.values())[:CHOICES],
            reasons=(*best.reasons, *(f"asked besides: {reference}" for reference in others)),
            beliefs=whole.beliefs,
            also=tuple(others),
        )

    def _parts(self, query: Query, without: Phrasing | None) -> Iterator[Decision]:
        """What each sentence gets that could be a question of its own."""
        for at in range(min(query.tokens[-1].sentence + 1, _PARTS)):
            part = self.reader.sentence(query, at)
            if part.named() and part.wanted():
                yield self._decide(part, (), without)

    def evidence(self, query: Query, *, without: Phrasing | None = None) -> list[tuple[Hit, Evidence]]:
        """Entries that could answer, with what speaks for each."""
        hits = self._hits(query, without)
        return list(zip(hits, weigh(self.base, query, hits), strict=True))

    def _homonym(self, query: Query, subjects: list[str]) -> Homonym | None:
        """The other meaning that a name has here, unless the subject is named besides."""
        for id in query.homonyms:
            if not [c for c in subjects if c != self.base.homonyms[id].concept]:
                return self.base.homonyms[id]
        text = f" {' '.join(token.text for token in query.tokens)} "
        for homonym in self.base.homonyms.values():
            named = homonym.concept in query.concepts
            if named and set(subjects) <= {homonym.concept} and any(cue in text for cue in self._cues[homonym.id]):
                return homonym
        return None

    def _options(self, query: Query, without: Phrasing | None) -> list[Option]:
        found = self.evidence(query, without=without)
        sure = confidences([evidence for _, evidence in found])
        options = [
            Option(hit.entry, Kind.QUESTION, confidence, hit, self._quoted(hit))
            for (hit, _), confidence in zip(found, sure, strict=True)
        ]
        best = {o.reference: o for o in options}
        for composed in self._composed(query):
            if composed.because == _JOINED:
                best = {reference: o for reference, o in best.items() if o.quoted or not self._mends(o)}
            known = best.get(composed.reference)
            if known is None or known.confidence < composed.confidence:
                best[composed.reference] = composed
        return sorted(best.values(), key=_SUREST, reverse=True)

    def _mends(self, option: Option) -> bool:
        entry = self.base.questions.get(option.reference)
        return entry is not None and entry.intent is Intent.TROUBLESHOOT

    def _quoted(self, hit: Hit) -> bool:
        return min(hit.similarity, hit.focus) >= (_QUOTED_OWN if hit.entry in self.own else _QUOTED)

    def _hits(self, query: Query, without: Phrasing | None) -> list[Hit]:
        found = self.index.search(query.terms, without=without)
        if not query.story:
            return found
        # What a story asks may stand in few of its words.
        hits = {hit.entry: hit for hit in found}
        for hit in self.index.search([t for t in query.terms if t.weight == 1.0], without=without):
            if hit.entry not in hits or hit.similarity > hits[hit.entry].similarity:
                hits[hit.entry] = hit
        return list(hits.values())

    def _composed(self, query: Query) -> Iterator[Option]:
        """What can be put together from the graph and the tables where nobody wrote an entry."""
        named = [c for c, sure in query.concepts.items() if sure > _PARTLY]
        if not named:
            return
        compared = [c for c in named if c in self._comparable][:4]
        wanted = query.wanted()
        rest = self._unexplained(query, named)
        if len(named) >= 2 and len(compared) == len(named) and self._same_table(compared):
            if wanted & _COMPARED:
                yield self._compared(compared, COMPARED * (1 - rest), "a comparison was asked for")
            elif not wanted - {Intent.DEFINITION} and rest < _BARE:
                yield self._compared(compared, NAMED_TOGETHER * (1 - rest), "several things were named")
        related = Intent.RELATION in wanted and not wanted & _RUNNING
        if self._joined(query, named, rest):
            yield Option("relate:" + "+".join(named), Kind.RELATION, JOINED * (1 - rest), _JOINED)
        elif len(named) == 2 and related and self.base.path(*named) is not None:
            yield Option("relate:" + "+".join(named), Kind.RELATION, RELATED * (1 - rest), "a connection was asked for")
        if (
            len(named) == 2
            and self._is_neighbour(named[0])
            and not self._is_neighbour(named[1])
            and self._classed(query)
        ):
            yield Option(
                f"concept:{named[0]}", Kind.CONCEPT, NAMED_TOGETHER * (1 - rest), "what one thing is was asked"
            )
        if len(named) == 1:
            definition = Intent.DEFINITION in wanted
            strength = DEFINED if definition else BARE if not query.intents else MENTIONED
            yield Option(f"concept:{named[0]}", Kind.CONCEPT, strength * (1 - rest), "one thing was named")

    def _joined(self, query: Query, named: list[str], rest: float) -> bool:
        """Whether nothing is asked but if one thing uses, needs or belongs to the other, and an edge says so."""
        yes_or_no = query.intent in _YES_OR_NO and not query.wanted() - _YES_OR_NO - {Intent.DEFINITION}
        return (
            len(named) == 2
            and yes_or_no
            and rest < _BARE
            and any(
                edge.end == named[1] and not self.base.relation_types[edge.type].symmetric
                for edge in self.base.edges.get(named[0], ())
            )
        )

    def _is_neighbour(self, concept: str) -> bool:
        return self.base.concepts[concept].scope is Scope.NEIGHBOUR

    def _compared(self, concepts: list[str], confidence: float, reason: str) -> Option:
        """What somebody wrote about exactly these things, else their table."""
        if entry := self._curated.get(frozenset(concepts)):
            return Option(entry, Kind.QUESTION, confidence, reason)
        return Option("compare:" + "+".join(concepts), Kind.COMPARISON, confidence, reason)

    def _same_table(self, concepts: list[str]) -> bool:
        return all(self._share_a_table(*pair) for pair in combinations(concepts, 2))

    def _share_a_table(self, first: str, second: str) -> bool:
        pair = first, second
        if pair not in self._tabled:
            tables = self.base.comparisons.values()
            self._tabled[pair] = any(
                sum(first in row.cells and second in row.cells for row in table.dimensions) >= 2 for table in tables
            )
        return self._tabled[pair]

    def _unexplained(self, query: Query, named: list[str]) -> float:
        """The share of a question's words that neither a name nor an intent accounts for."""
        keys = {f"@{c}" for c in named}
        cues = cue_positions(query.tokens)
        total = rest = 0.0
        for term in query.terms:
            key = term.key
            if key[0] == PAIR or key[0] == TRAIT:
                continue
            weight = term.weight * self.index.weight(key)
            total += weight
            if key not in keys and term.at not in cues and term.weight > 0.4:
                rest += weight
        return rest / total if total else 1.0


def _unmet(option: Option) -> bool:
    """Whether an entry says nothing of something that was named."""
    return isinstance(option.because, Hit) and option.because.unmet > 0


def _asked(reader: Reader, query: Query, stated: Mapping[str, Stated]) -> Query:
    """The question itself, without what states a misconception beside it or inside it."""
    if not stated:
        return query
    rest = reader.without(query, {s.sentence for s in stated.values()})
    if rest.named() and rest.wanted():
        return rest
    if query.wanted() - {Intent.CAN_I, Intent.DEFINITION}:
        return _unclaimed(query, stated.values())
    return query


def _unclaimed(query: Query, claims: Collection[Stated]) -> Query:
    """What a question says beside the claims in it, of what they name if it names too little itself."""
    inside = {at for claim in claims for at in range(claim.start, claim.end + 1)}
    own = {spot.name.id for spot in query.spots if spot.name.sort == "concept" and spot.start not in inside}
    if len(own & query.concepts.keys()) < (2 if query.wanted() & _COMPARED else 1):
        own |= {concept for concept, sure in query.concepts.items() if sure >= 1.0}
    stays = {f"@{concept}" for concept in own} | {TRAIT + intent for intent in query.intents}
    claimed = {term.key for term in query.terms if term.at in inside}
    terms = [
        term
        for term in query.terms
        if term.key in stays
        or (term.at not in inside and (term.key[0] != PAIR or claimed.isdisjoint(term.key[1:].split(" "))))
    ]
    concepts = {concept: sure for concept, sure in query.concepts.items() if concept in own}
    return replace(query, terms=tuple(terms), concepts=concepts)
