"""All phrasings of the base, to be found by the rare words that they share with a question.

The index is built once.  A query touches the posting lists of its own terms, never all phrasings.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from sys import intern
from typing import Final

from bot.core.match.prepare import Prepared
from bot.core.understand.query import Term, bag

_UNKNOWN: Final = 0.4
"""What a word that no phrasing has weighs, beside one that a single entry has: it tells entries apart no better."""
_ENOUGH: Final = 24
"""Entries that share telling words with a question from which no more are sought."""
_CANDIDATES: Final = 6
"""Entries whose phrasings are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way of asking for an entry."""

    entry: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that shares words with a question."""

    entry: str
    similarity: float
    """Cosine with its nearest phrasing, 0 to 1."""
    likeness: float
    """Cosine with the entry as a whole: the mean of its phrasings, 0 to 1."""
    breadth: float
    """Share of the question's weight that the entry's phrasings explain, 0 to 1."""
    told: float
    """Share of the question's weight that the entry's phrasings or answer explain, 0 to 1."""
    focus: float
    """Share of the nearest phrasing's weight that the question covers, 0 to 1."""
    phrasing: Phrasing


_Holders = tuple[tuple[int, ...], tuple[float, ...]]
"""Phrasings of an entry, by number, and what a term weighs in each."""


class Index:
    """Phrasings of one base."""

    def __init__(self, prepared: Prepared, beside: Index | None = None) -> None:
        """With `beside`, terms weigh what they weigh there; one that only this index has is as telling as can be."""
        spread: dict[str, set[str]] = defaultdict(set)
        for wording in prepared.wordings:
            for key in wording.terms:
                spread[key].add(wording.entry)
        entries = max(1, len(prepared.told))
        self._idf = {key: math.log(1 + entries / len(where)) for key, where in spread.items()}
        self._unknown = _UNKNOWN * math.log(1 + entries)
        self._beside = beside
        if beside is not None:
            rarest = beside._unknown / _UNKNOWN
            self._idf = {key: beside._idf.get(key, rarest) for key in spread}
        # A snapshot holds each word as often as it stands there; here it is kept once.
        self._told = {entry: frozenset(map(intern, words)) for entry, words in prepared.told.items()}
        self.phrasings: dict[str, list[Phrasing]] = defaultdict(list)
        self._inside: dict[str, dict[str, _Holders]] = {}
        units: dict[str, list[dict[str, float]]] = defaultdict(list)
        for w in prepared.wordings:
            self.phrasings[w.entry].append(Phrasing(w.entry, w.language, w.text))
            units[w.entry].append(self._unit(w.terms))
        self._centres: dict[str, dict[str, float]] = {}
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for entry, vectors in units.items():
            self._inside[entry] = _by_term(vectors)
            self._centres[entry] = _centre(vectors)
            for key, weight in self._centres[entry].items():
                self._postings[key].append((entry, weight))

    def weight(self, key: str) -> float:
        """How telling a term is: rare ones are."""
        if (found := self._idf.get(key)) is not None:
            return found
        return self._unknown if self._beside is None else self._beside.weight(key)

    def search(self, terms: Sequence[Term], *, without: Phrasing | None = None) -> list[Hit]:
        """The likeliest entries for a question's terms, best first.

        `without` leaves one phrasing out, so that phrasings can be tried on all the others.
        """
        query = self._unit(bag(terms))
        if not query:
            return []
        rough = self._rough(query)
        best = nlargest(_CANDIDATES, rough, key=rough.__getitem__)
        total = sum(w * w for w in query.values())
        hits = [hit for entry in best if (hit := self._look(entry, query, total, without))]
        return sorted(hits, key=lambda h: -(h.similarity + 0.25 * h.breadth))

    def _rough(self, query: Mapping[str, float]) -> dict[str, float]:
        """Entries with their likeness to a query as a whole.

        Telling words first: once enough entries hold those, a word that most entries have only
        adds to them, and brings no new ones.
        """
        rough: dict[str, float] = defaultdict(float)
        for key in sorted(query, key=lambda k: len(self._postings.get(k, ()))):
            postings, weight = self._postings.get(key, ()), query[key]
            if len(rough) >= _ENOUGH and len(postings) > len(rough):
                for entry in rough:
                    rough[entry] += weight * self._centres[entry].get(key, 0.0)
            else:
                for entry, strength in postings:
                    rough[entry] += weight * strength
        return rough

    def _look(self, entry: str, query: Mapping[str, float], total: float, without: Phrasing | None) -> Hit | None:
        phrasings, inside = self.phrasings[entry], self._inside[entry]
        scores, covered = [0.0] * len(phrasings), [0.0] * len(phrasings)
        for key, weight in query.items():
            if key in inside:
                for at, strength in zip(*inside[key], strict=True):
                    scores[at] += weight * strength
                    covered[at] += strength * strength
        centre = self._centres[entry]
        if without is not None and without.entry == entry:
            left_out = phrasings.index(without)
            scores[left_out] = 0.0
            centre = _centre(_vectors(inside, len(phrasings), left_out))
        top = max(scores)
        if top <= 0:
            return None
        nearest = scores.index(top)
        told = self._told[entry]
        likeness = sum(weight * centre[key] for key, weight in query.items() if key in centre)
        breadth = sum(w * w for key, w in query.items() if key in centre)
        known = sum(w * w for key, w in query.items() if key in centre or key in told)
        return Hit(
            entry,
            min(1.0, top),
            min(1.0, likeness),
            breadth / total,
            known / total,
            min(1.0, covered[nearest]),
            phrasings[nearest],
        )

    def _unit(self, terms: Mapping[str, float]) -> dict[str, float]:
        weighed = {key: weight * self.weight(key) for key, weight in terms.items()}
        length = math.sqrt(sum(w * w for w in weighed.values()))
        return {key: w / length for key, w in weighed.items()} if length else {}


def _by_term(vectors: Sequence[Mapping[str, float]]) -> dict[str, _Holders]:
    """Term to the phrasings that hold it."""
    found: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    for at, vector in enumerate(vectors):
        for key, weight in vector.items():
            numbers, weights = found[intern(key)]
            numbers.append(at)
            weights.append(weight)
    return {key: (tuple(numbers), tuple(weights)) for key, (numbers, weights) in found.items()}


def _vectors(inside: Mapping[str, _Holders], count: int, left_out: int) -> list[dict[str, float]]:
    """What `_by_term` was made from, but for one."""
    vectors: list[dict[str, float]] = [{} for _ in range(count)]
    for key, holders in inside.items():
        for at, weight in zip(*holders, strict=True):
            vectors[at][key] = weight
    return vectors[:left_out] + vectors[left_out + 1 :]


def _centre(vectors: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of unit vectors, made a unit vector again: the entry as a whole."""
    total: dict[str, float] = defaultdict(float)
    for vector in vectors:
        for key, weight in vector.items():
            total[intern(key)] += weight
    length = math.sqrt(sum(w * w for w in total.values()))
    return {key: w / length for key, w in total.items()} if length else {}
