"""All phrasings of the base, to be found by the rare words that they share with a question.

The index is built once, and can be kept in a file.  A query touches the posting lists of its own terms, never
all phrasings.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from bot.core.understand.query import Term, bag

_UNKNOWN: Final = 0.4
"""What a word that no phrasing has weighs, beside one that a single entry has: it tells entries apart no better."""
_ENOUGH: Final = 24
"""Entries that share telling words with a question from which no more are sought."""
_MOST: Final = 500
"""Entries that one word can bring at most: those in which it counts most."""
_CANDIDATES: Final = 6
"""Entries whose phrasings are looked at one by one."""


_LANE: Final = 32
"""Bits that each phrasing of an entry has in a number for all of them."""
_MASK: Final = (1 << _LANE) - 1
_WHOLE: Final = 1 << 15
"""What a weight of 1 in a phrasing is in its lane.  Whole numbers are rounded down, so that no cosine passes 1."""
_ASKED: Final = 1 << 16
"""What a weight of 1 in a question is as a whole number: the product of two unit vectors fits into a lane."""


class Phrasing(msgspec.Struct, frozen=True, gc=False):
    """One way of asking for an entry."""

    entry: str
    language: str
    text: str


class Wording(msgspec.Struct, frozen=True):
    """A phrasing, read."""

    phrasing: Phrasing
    terms: dict[str, float]
    """Term to weight, as `Term` has them."""


class Hit(msgspec.Struct, frozen=True, gc=False):
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


class Posting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A term: how telling it is, and where it stands.  Entries are numbered, and phrasings inside each entry."""

    weight: float
    """Inverse document frequency: rare terms weigh more."""
    entries: dict[int, float] = {}
    """Entry to what the term counts in it as a whole, most first."""
    phrasings: dict[int, bytes] = {}
    """Entry to what it counts in each of its phrasings: whole numbers, `_LANE` bits each, little end first.

    Taken for one number, multiplied and added up, they are so for all phrasings at once.
    """
    told: frozenset[int] = frozenset()
    """Entries whose answers use it."""


_Asked = tuple[str, float, Mapping[int, float], Mapping[int, bytes], Collection[int]]
"""A term of a question, its share in the question as a unit vector, and what `Posting` tells of it."""


class _Hidden(NamedTuple):
    """A phrasing that is taken for not there."""

    entry: int
    phrasing: int
    centre: Mapping[str, float]
    """The entry as a whole without it."""

    def alone(self, key: str, posting: Posting) -> bool:
        """Whether nothing else has a term."""
        return key not in self.centre and len(posting.entries) == 1 and self.entry in posting.entries


class Index(msgspec.Struct, dict=True):
    """Phrasings of one base."""

    phrasings: dict[str, tuple[Phrasing, ...]]
    """By entry, in the order of the entries' numbers."""
    terms: dict[str, Posting]
    unknown: float
    """What terms weigh that are not among them."""

    def weight(self, key: str) -> float:
        """How telling a term is: rare ones are."""
        posting = self.terms.get(key)
        return self.unknown if posting is None else posting.weight

    def search(self, terms: Iterable[Term], *, without: Phrasing | None = None) -> list[Hit]:
        """The likeliest entries for a question's terms, best first.

        `without` leaves one phrasing out, so that phrasings can be tried on all the others.
        """
        hidden = None if without is None else self._hide(without)
        asked = self._asked(bag(terms), hidden)
        rough = _rough(asked)
        if hidden is not None and hidden.entry in rough:
            rough[hidden.entry] = sum([weight * hidden.centre.get(key, 0.0) for key, weight, *_ in asked])
        best = sorted(rough, key=rough.__getitem__, reverse=True)[:_CANDIDATES]
        hits = [hit for entry in best if (hit := self._look(entry, asked, hidden))]
        hits.sort(key=lambda h: -(h.similarity + 0.25 * h.breadth))
        return hits

    def _asked(self, terms: Mapping[str, float], hidden: _Hidden | None) -> list[_Asked]:
        """What is known of a question's terms, rarest first."""
        known: list[tuple[str, float, Posting]] = []
        square = 0.0
        for key, strength in terms.items():
            posting = self.terms.get(key)
            if hidden is not None and posting is not None and hidden.alone(key, posting):
                posting = Posting(self.unknown, told=posting.told)
            weight = strength * (self.unknown if posting is None else posting.weight)
            square += weight * weight
            if posting is not None:
                known.append((key, weight, posting))
        length = math.sqrt(square)
        known.sort(key=lambda asked: len(asked[2].entries))
        return [(key, weight / length, p.entries, p.phrasings, p.told) for key, weight, p in known]

    def _look(self, number: int, asked: Sequence[_Asked], hidden: _Hidden | None) -> Hit | None:
        entry, phrasings = self._entries[number]
        centre = hidden.centre if hidden is not None and hidden.entry == number else None
        likeness = breadth = told = 0.0
        sums = 0
        shared: list[int] = []
        for key, weight, entries, holders, answers in asked:
            share = entries.get(number) if centre is None else centre.get(key)
            if share is not None:
                likeness += weight * share
                breadth += weight * weight
                lanes = int.from_bytes(holders[number], "little")
                sums += lanes * int(weight * _ASKED)
                shared.append(lanes)
            elif number in answers:
                told += weight * weight
        scores = _unpacked(sums, len(phrasings))
        if hidden is not None and centre is not None:
            scores[hidden.phrasing] = 0
        top = max(scores)
        if not top:
            return None
        nearest = scores.index(top)
        focus = 0
        for lanes in shared:
            there = lanes >> nearest * _LANE & _MASK
            focus += there * there
        return Hit(
            entry,
            top / (_WHOLE * _ASKED),
            likeness,
            breadth,
            breadth + told,
            focus / (_WHOLE * _WHOLE),
            phrasings[nearest],
        )

    def _hide(self, phrasing: Phrasing) -> _Hidden:
        number = list(self.phrasings).index(phrasing.entry)
        at = self.phrasings[phrasing.entry].index(phrasing)
        return _Hidden(number, at, _centre(self._vectors[number], at))

    @cached_property
    def _entries(self) -> Sequence[tuple[str, tuple[Phrasing, ...]]]:
        return list(self.phrasings.items())

    @cached_property
    def _vectors(self) -> Sequence[Sequence[dict[str, float]]]:
        """What `build` was given, by entry, as unit vectors: needed only to leave some of it out."""
        vectors: list[list[dict[str, float]]] = [[{} for _ in some] for some in self.phrasings.values()]
        for key, posting in self.terms.items():
            for number, lanes in posting.phrasings.items():
                some = vectors[number]
                for vector, weight in zip(some, _unpacked(int.from_bytes(lanes, "little"), len(some)), strict=True):
                    if weight:
                        vector[key] = weight / _WHOLE
        return vectors


def build(wordings: Iterable[Wording], told: Mapping[str, Iterable[str]]) -> Index:
    """An index of phrasings; `told` has the words of each entry's answer."""
    by_entry: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings:
        by_entry[wording.phrasing.entry].append(wording)
    spread: Counter[str] = Counter()
    for some in by_entry.values():
        spread.update(set().union(*[wording.terms for wording in some]))
    size = max(1, len(told))
    unknown = _UNKNOWN * math.log(1 + size)
    telling = {key: math.log(1 + size / count) for key, count in spread.items()}
    entries: dict[str, dict[int, float]] = {key: {} for key in telling}
    phrasings: dict[str, dict[int, bytes]] = {key: {} for key in telling}
    for number, some in enumerate(by_entry.values()):
        lanes: dict[str, int] = defaultdict(int)
        total: dict[str, float] = defaultdict(float)
        for at, wording in enumerate(some):
            weights = [strength * telling[key] for key, strength in wording.terms.items()]
            scale = _WHOLE / (math.hypot(*weights) or 1.0)
            shift = at * _LANE
            for key, weight in zip(wording.terms, weights, strict=True):
                whole = int(weight * scale)
                lanes[key] += whole << shift
                total[key] += whole
        room = len(some) * _LANE // 8
        for key, weight in _unit(total).items():
            entries[key][number] = weight
            phrasings[key][number] = lanes[key].to_bytes(room, "little").rstrip(b"\0")
    answers: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(by_entry):
        for word in told.get(entry, ()):
            answers[word].append(number)
    terms = {
        key: Posting(weight, _most_first(entries[key]), phrasings[key], frozenset(answers.pop(key, ())))
        for key, weight in telling.items()
    }
    terms |= {word: Posting(unknown, told=frozenset(numbers)) for word, numbers in answers.items()}
    phrased = {entry: tuple([w.phrasing for w in some]) for entry, some in by_entry.items()}
    return Index(phrased, terms, unknown)


def _rough(asked: Iterable[_Asked]) -> dict[int, float]:
    """Entries with their likeness to a question as a whole.

    Telling words first: once enough entries hold those, a word that most entries have only adds to them, and
    brings no new ones.
    """
    rough: dict[int, float] = {}
    for _, weight, entries, _, _ in asked:
        enough = len(rough) >= _ENOUGH
        if len(entries) > (len(rough) if enough else _MOST):
            if not enough:
                for entry in islice(entries, _MOST):
                    rough.setdefault(entry, 0.0)
            for entry in rough:
                if entry in entries:
                    rough[entry] += weight * entries[entry]
        else:
            for entry, strength in entries.items():
                rough[entry] = rough.get(entry, 0.0) + weight * strength
    return rough


def _unpacked(lanes: int, count: int) -> list[int]:
    """The numbers that stand side by side in one."""
    return list(struct.unpack(f"<{count}I", lanes.to_bytes(count * _LANE // 8, "little")))


def _most_first(entries: dict[int, float]) -> dict[int, float]:
    if len(entries) == 1:
        return entries
    return dict(sorted(entries.items(), key=lambda item: -item[1]))


def _centre(vectors: Sequence[Mapping[str, float]], left_out: int) -> dict[str, float]:
    """An entry as a whole but for one phrasing: the mean of unit vectors, made a unit vector again."""
    total: dict[str, float] = defaultdict(float)
    for at, vector in enumerate(vectors):
        if at != left_out:
            for key, weight in vector.items():
                total[key] += weight
    return _unit(total)


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum([weight * weight for weight in vector.values()]))
    return {key: weight / length for key, weight in vector.items()} if length else {}
