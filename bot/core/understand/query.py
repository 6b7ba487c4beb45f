"""A question as it was understood: what everything after it works on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from operator import attrgetter
from typing import Final

import msgspec

from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import Intent
from bot.core.understand import text as texts
from bot.core.understand.intent import read_intents
from bot.core.understand.language import Written, detect
from bot.core.understand.text import Token
from bot.core.understand.vocabulary import Spot, Vocabulary
from bot.core.understand.words import function_words, places, predicates

_STORY: Final = 40
"""Tokens from which a text is a story: what stands in its questions and its opening counts more."""
_ASIDE: Final = 0.45
"""What a token counts that stands outside a story's questions and opening."""
CLEAR: Final = 0.9
"""From how strong an intent is taken at its word."""
NAMED: Final = 0.45
"""From how sure a concept counts as named."""
CONCEPT: Final = "@"
"""How the keys of concepts begin."""
TRAIT: Final = "^"
"""How the keys of terms begin that stand for no word."""
PAIR: Final = "&"
"""How the keys of terms begin that stand for two words near each other."""
_NEAR: Final = 3
"""Words apart that still count as near."""
_PAIRED: Final = 0.4
"""What a pair counts beside its words."""
_TRAIT: Final = 0.9
_PLACED: Final = 0.5
"""What it counts that something is on or in another thing."""
_TELLING: Final = frozenset({"~need", "~use", "~same"})
"""What is said of names that tells questions apart."""
_NUMBER: Final = 0.4
"""What a number counts: versions are many, and few answers hang on them."""
_PART: Final = 0.4
"""What the words of a longer name count on their own."""
_PLACE: Final = attrgetter("at")


class Term(msgspec.Struct, frozen=True, gc=False):
    """A word of the question as it is matched: "@coffee" (a concept), "=slow" (a meaning) or a stem."""

    key: str
    weight: float
    at: int


@dataclass(frozen=True)
class Query:
    """A question, read."""

    text: str
    clean: str
    written: Written
    tokens: tuple[Token, ...]
    spots: tuple[Spot, ...]
    terms: tuple[Term, ...]
    intents: Mapping[Intent, float]
    concepts: Mapping[str, float]
    """Concepts that were named, in order, and how surely."""
    homonyms: tuple[str, ...]
    """Other meanings that the words settle, in order."""
    story: bool

    @property
    def intent(self) -> Intent | None:
        """The intent that shows most."""
        return max(self.intents, key=lambda i: self.intents[i], default=None)

    def named(self) -> list[str]:
        """Concepts that the question is about, for all one can tell."""
        return [concept for concept, sure in self.concepts.items() if sure >= NAMED]

    def wanted(self) -> set[Intent]:
        """Intents that show clearly."""
        return {intent for intent, strength in self.intents.items() if strength >= CLEAR}


class Reader:
    """Reads questions with the vocabulary of one base."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self.vocabulary = Vocabulary(base, general=function_words())

    def terms(self, tokens: Sequence[Token]) -> tuple[Term, ...]:
        """A phrasing's terms alone: what an index needs of it."""
        spots, stems = self.vocabulary.spots(tokens)
        focus = [1.0] * len(tokens)
        return self._terms(tokens, spots, stems, focus, read_intents(tokens, focus))

    def touches(self, text: str) -> bool:
        """Whether a text names anything of the subject for sure."""
        if not self.vocabulary.touches(text):
            return False
        spots, _ = self.vocabulary.spots(texts.tokens(texts.clean(text)))
        return any(s.name.sort == "concept" and not s.name.weak for s in spots)

    def read(self, text: str) -> Query:
        """Understand a text as far as its words go."""
        cleaned = texts.clean(text)
        tokens = texts.tokens(cleaned)
        spots, stems = self.vocabulary.spots(tokens)
        story = len(tokens) > _STORY
        focus = _focus(cleaned, tokens) if story else [1.0] * len(tokens)
        intents = read_intents(tokens, focus)
        terms = self._terms(tokens, spots, stems, focus, intents)
        concepts: dict[str, float] = {}
        for spot in spots:
            name = spot.name
            if name.sort == "concept":
                sure = (0.3 if name.weak else 1.0) * spot.similarity
                concepts[name.id] = max(concepts.get(name.id, 0.0), sure)
                # A weak name of several is rather the things that it names (tea-pot) than a thing of its own.
                for part in self.vocabulary.parts(name):
                    concepts[part.id] = max(concepts.get(part.id, 0.0), 1.0 if name.weak else 0.5)
        self._support(concepts)
        return Query(
            text=text,
            clean=cleaned,
            written=detect(tokens),
            tokens=tokens,
            spots=spots,
            terms=terms,
            intents=intents,
            concepts=concepts,
            homonyms=tuple(dict.fromkeys(s.name.id for s in spots if s.name.sort == "homonym")),
            story=story,
        )

    def without(self, query: Query, sentences: Collection[int]) -> Query:
        """The question without some of its sentences."""
        kept = [s for at, s in enumerate(texts.sentences(query.clean)) if at not in sentences]
        return replace(self.read("\n".join(kept)), text=query.text, written=query.written)

    def sentence(self, query: Query, at: int) -> Query:
        """One sentence of a question, as a question."""
        return replace(self.read(texts.sentences(query.clean)[at]), text=query.text, written=query.written)

    def _support(self, concepts: dict[str, float]) -> None:
        """Everyday names that stand beside a kindred one mean what the subject means by them."""
        for concept, sure in concepts.items():
            if sure < NAMED and any(concepts.get(near, 0.0) > 0 for near in self.base.neighbours(concept)):
                concepts[concept] = 0.5

    def _terms(
        self,
        tokens: Sequence[Token],
        spots: Sequence[Spot],
        stems: Sequence[str],
        focus: Sequence[float],
        intents: Mapping[Intent, float],
    ) -> tuple[Term, ...]:
        stop = function_words()
        terms: list[Term] = []
        covered: set[int] = set()
        for spot in spots:
            name, weight = spot.name, focus[spot.start]
            covered.update(range(spot.start, spot.end))
            parts = self.vocabulary.parts(name)
            whole, part = (_PART, 1.0) if parts and name.weak else (1.0, _PART)
            terms.append(Term(name.key, weight * whole, spot.start))
            if name.sort == "concept" and len(name.tokens) > 1:
                terms += [Term(other.key, weight * part, spot.start) for other in parts]
                inside = [at for at in range(spot.start, spot.end) if tokens[at].text not in stop]
                terms += [Term(stems[at], weight * _PART, at) for at in inside]
        said: list[Term] = []
        for at, token in enumerate(tokens):
            if at in covered:
                continue
            word = token.text
            if word not in stop and len(word) > 1:
                terms.append(Term(stems[at], focus[at] * (_NUMBER if word.isdigit() else 1.0), at))
            if word in _telling():
                said.append(Term(_telling()[word], _TRAIT * focus[at], at))
        terms.sort(key=_PLACE)
        terms += [*_pairs(tokens, terms), *_first(spots, focus), *_places(tokens, spots, focus), *said]
        terms += [Term(TRAIT + intent, _TRAIT, 0) for intent, strength in intents.items() if strength >= CLEAR]
        terms.sort(key=_PLACE)
        return tuple(terms)


@cache
def _telling() -> Mapping[str, str]:
    """Words that say of names what tells questions apart, to terms."""
    return {word: TRAIT + key for word, key in predicates().items() if key in _TELLING}


def _first(spots: Sequence[Spot], focus: Sequence[float]) -> list[Term]:
    """What is named first: the words alone do not tell."""
    for spot in spots:
        if spot.name.sort == "concept" and not spot.name.weak:
            return [Term(f"{TRAIT}first:{spot.name.id}", _TRAIT * focus[spot.start], spot.start)]
    return []


def _places(tokens: Sequence[Token], spots: Sequence[Spot], focus: Sequence[float]) -> list[Term]:
    """What another thing is on, in or under: "A on B" asks of something else than "B on A"."""
    before, after = places()
    found: list[Term] = []
    for earlier, later in pairwise([spot for spot in spots if spot.name.sort == "concept"]):
        between = [token.text for token in tokens[earlier.end : later.start]]
        if 0 < len(between) <= _NEAR:
            place = later if not before.isdisjoint(between) else earlier if not after.isdisjoint(between) else None
            if place is not None:
                found.append(Term(f"{TRAIT}in:{place.name.id}", _PLACED * focus[place.start], place.start))
    return found


def _pairs(tokens: Sequence[Token], terms: Sequence[Term]) -> list[Term]:
    """Words that stand near each other: together they tell more than each alone, in any order."""
    whole = [(t.key, t.weight, t.at, tokens[t.at].sentence) for t in terms if t.weight > _PART]
    found: list[Term] = []
    for place, (first, weight, at, sentence) in enumerate(whole, 1):
        for second, other, _, elsewhere in whole[place : place + _NEAR]:
            if second != first and sentence == elsewhere:
                key = f"{PAIR}{first} {second}" if first < second else f"{PAIR}{second} {first}"
                found.append(Term(key, _PAIRED * (min(other, weight)), at))
    return found


def bag(terms: Iterable[Term]) -> dict[str, float]:
    """Terms with the most that each counts."""
    weights: dict[str, float] = {}
    for term in terms:
        if term.weight > weights.get(term.key, 0.0):
            weights[term.key] = term.weight
    return weights


def _focus(cleaned: str, tokens: Sequence[Token]) -> list[float]:
    """What each token of a story counts: its opening and its questions in full, the rest as an aside."""
    pieces = texts.sentences(cleaned)
    asked = {index for index, piece in enumerate(pieces) if piece.endswith("?")}
    last = tokens[-1].sentence if tokens else 0
    chosen = {0, *asked} if asked else {0, 1, last}
    return [1.0 if t.sentence in chosen else _ASIDE for t in tokens]
