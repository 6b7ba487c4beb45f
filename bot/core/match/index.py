"""All phrasings of the base, to be found by the rare words that they share with a question.

The index is built once, and can be kept in a file.  A query touches the posting lists of its own terms, never
all phrasings.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from bot.core.understand.query import CONCEPT, Term, bag

_UNKNOWN: Final = 0.4
"""What a word that no phrasing has weighs, beside one that a single entry has: it tells entries apart no better."""
_UNSEEN: Final = 0.05
"""Times that an entry is taken to use any term, beside the times that it does: what is not there may yet be said."""
_ENOUGH: Final = 24
"""Entries that share telling words with a question from which no more are sought."""
_MOST: Final = 500
"""Entries that one word can bring at most: those for which it speaks most."""
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
    odds: float
    """How much likelier the entry's phrasings use the question's terms than all others do: the logarithm."""
    breadth: float
    """Share of the question's weight that the entry's phrasings explain, 0 to 1."""
    told: float
    """Share of the question's weight that the entry's phrasings or answer explain, 0 to 1."""
    focus: float
    """Share of the nearest phrasing's weight that the question covers, 0 to 1."""
    unmet: int
    """Concepts that the question names and neither its phrasings nor its answer do."""
    ample: float
    """How many phrasings it has, beside the usual number: the logarithm.  What is asked much has many."""
    phrasing: Phrasing


NOWHERE: Final[frozenset[int]] = frozenset()


class Posting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A term: how telling it is, and where it stands.  Entries are numbered, and phrasings inside each entry."""

    weight: float
    """Inverse document frequency: rare terms weigh more."""
    entries: dict[int, float] = {}
    """Entry to how much the term speaks for it (see `Hit.odds`), most first."""
    phrasings: dict[int, bytes] = {}
    """Entry to what it counts in each of its phrasings: whole numbers, `_LANE` bits each, little end first.

    Taken for one number, multiplied and added up, they are so for all phrasings at once.
    """
    told: frozenset[int] = NOWHERE
    """Entries whose answers use it."""


_Asked = tuple[float, float, Mapping[int, float], Mapping[int, bytes], Collection[int], bool]
"""A term of a question: its strength, its share in the question as a unit vector, what `Posting` tells of it, and
whether it is a concept."""


class _Hidden(NamedTuple):
    """A phrasing that is taken for not there."""

    entry: int
    phrasing: int
    terms: Mapping[str, Posting]
    """Its terms as they would be without it."""
    handicaps: Sequence[float]
    """The entries' handicaps without it."""
    ample: Sequence[float]
    """And what `Hit.ample` tells of them."""


class Index(msgspec.Struct, dict=True):
    """Phrasings of one base."""

    phrasings: dict[str, tuple[Phrasing, ...]]
    """By entry, in the order of the entries' numbers."""
    terms: dict[str, Posting]
    handicaps: tuple[float, ...]
    """By entry: what each term of a question takes off its odds, since many phrasings use many terms."""
    size: int
    """Entries that there are, with phrasings or without."""

    @property
    def unknown(self) -> float:
        """What terms weigh that no phrasing has."""
        return _UNKNOWN * math.log(1 + self.size)

    def weight(self, key: str) -> float:
        """How telling a term is: rare ones are."""
        posting = self.terms.get(key)
        return self.unknown if posting is None else posting.weight

    def search(
        self, terms: Iterable[Term], *, without: Phrasing | None = None, beside: Index | None = None
    ) -> list[Hit]:
        """The likeliest entries for a question's terms, best first.

        `without` leaves one phrasing out, so that phrasings can be tried on all the others.  `beside` is what
        this index was built beside.
        """
        hidden = None if without is None else self._hide(without)
        strengths = bag(terms)
        asked = self._asked(strengths, hidden, beside)
        odds = _odds(asked)
        total = sum(strengths.values())
        handicaps = self.handicaps if hidden is None else hidden.handicaps
        odds = {entry: speaks - total * handicaps[entry] for entry, speaks in odds.items()}
        # A layer's entries have few phrasings because they are young, not because nobody asks.
        ample = [0.0] * len(self.phrasings) if beside is not None else self._ample if hidden is None else hidden.ample
        best = sorted(odds, key=lambda entry: odds[entry] + ample[entry], reverse=True)[:_CANDIDATES]
        hits = [hit for entry in best if (hit := self._look(entry, odds[entry], ample[entry], asked, hidden))]
        hits.sort(key=lambda h: -(h.similarity + 0.25 * h.breadth))
        return hits

    def _asked(self, terms: Mapping[str, float], hidden: _Hidden | None, elsewhere: Index | None) -> list[_Asked]:
        """What is known of a question's terms, rarest first; those of no phrasing weigh what they do elsewhere."""
        known: list[tuple[float, float, Posting, bool]] = []
        square, unknown = 0.0, self.unknown if elsewhere is None else 0.0
        for key, strength in terms.items():
            posting = self.terms.get(key)
            if hidden is not None and key in hidden.terms:
                posting = hidden.terms[key]
            telling = unknown if posting is None else posting.weight
            if elsewhere is not None and (posting is None or not posting.entries):
                telling = elsewhere.weight(key)
            weight = strength * telling
            square += weight * weight
            if posting is not None:
                known.append((strength, weight, posting, key[0] == CONCEPT))
        length = math.sqrt(square)
        known.sort(key=lambda asked: len(asked[2].entries))
        return [
            (strength, weight / length, p.entries, p.phrasings, p.told, concept)
            for strength, weight, p, concept in known
        ]

    def _look(
        self, number: int, odds: float, ample: float, asked: Sequence[_Asked], hidden: _Hidden | None
    ) -> Hit | None:
        entry, phrasings = self._entries[number]
        breadth = told = 0.0
        sums = unmet = 0
        shared: list[int] = []
        for _, weight, entries, holders, answers, concept in asked:
            if number in entries:
                breadth += weight * weight
                lanes = int.from_bytes(holders[number], "little")
                sums += lanes * int(weight * _ASKED)
                shared.append(lanes)
            elif number in answers:
                told += weight * weight
            elif concept:
                unmet += 1
        scores = _unpacked(sums, len(phrasings))
        if hidden is not None and hidden.entry == number:
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
            odds,
            breadth,
            breadth + told,
            focus / (_WHOLE * _WHOLE),
            unmet,
            ample,
            phrasings[nearest],
        )

    def _hide(self, phrasing: Phrasing) -> _Hidden:
        number = list(self.phrasings).index(phrasing.entry)
        at = self.phrasings[phrasing.entry].index(phrasing)
        terms: dict[str, Posting] = {}
        for key in self._terms[number][at]:
            counts = self._counts[key].copy()
            counts[number] -= 1
            if not counts[number]:
                del counts[number]
            posting = self.terms[key]
            weight = _telling(self.size, len(counts)) if counts else self.unknown
            terms[key] = _posting(counts, posting.phrasings, posting.told, weight)
        sizes = [len(some) - (entry == phrasing.entry) for entry, some in self.phrasings.items()]
        return _Hidden(number, at, terms, tuple(_handicaps(sizes)), _amplenesses(sizes))

    def telling(self, key: str) -> float:
        """What a term weighs in an index beside this one; one that no phrasing here has is as telling as can be."""
        posting = self.terms.get(key)
        return posting.weight if posting is not None and posting.entries else _telling(self.size, 1)

    def holders(self, key: str) -> int:
        """How many phrasings have a term."""
        if (count := self._held.get(key)) is None:
            posting = self.terms.get(key)
            packed = posting.phrasings.values() if posting is not None else ()
            count = self._held[key] = sum(
                sum(map(bool, memoryview(some.ljust(-(-len(some) // 4) * 4, b"\0")).cast("I"))) for some in packed
            )
        return count

    @cached_property
    def _held(self) -> dict[str, int]:
        return {}

    @cached_property
    def _entries(self) -> Sequence[tuple[str, tuple[Phrasing, ...]]]:
        return list(self.phrasings.items())

    @cached_property
    def _ample(self) -> Sequence[float]:
        """By entry: see `Hit.ample`."""
        return _amplenesses([len(some) for some in self.phrasings.values()])

    @cached_property
    def _terms(self) -> Sequence[Sequence[set[str]]]:
        """The terms of each entry's phrasings: needed only to leave some out."""
        terms: list[list[set[str]]] = [[set() for _ in some] for some in self.phrasings.values()]
        for key, posting in self.terms.items():
            for number, lanes in posting.phrasings.items():
                for at, weight in enumerate(_unpacked(int.from_bytes(lanes, "little"), len(terms[number]))):
                    if weight:
                        terms[number][at].add(key)
        return terms

    @cached_property
    def _counts(self) -> Mapping[str, dict[int, int]]:
        """Term to the number of each entry's phrasings that have it."""
        counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for number, some in enumerate(self._terms):
            for terms in some:
                for key in terms:
                    counts[key][number] += 1
        return counts


def build(wordings: Iterable[Wording], told: Mapping[str, Iterable[str]], beside: Index | None = None) -> Index:
    """An index of phrasings; `told` has the words of each entry's answer.

    `beside` is one that its entries compete with: they are weighed as if they stood in it.
    """
    by_entry: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings:
        by_entry[wording.phrasing.entry].append(wording)
    spread: Counter[str] = Counter()
    for some in by_entry.values():
        spread.update(set().union(*[wording.terms for wording in some]))
    size = max(1, len(told)) if beside is None else beside.size
    telling = {key: _telling(size, n) if beside is None else beside.telling(key) for key, n in spread.items()}
    counts: dict[str, dict[int, int]] = {key: {} for key in telling}
    phrasings: dict[str, dict[int, bytes]] = {key: {} for key in telling}
    for number, some in enumerate(by_entry.values()):
        lanes: dict[str, int] = defaultdict(int)
        count: Counter[str] = Counter()
        for at, wording in enumerate(some):
            weights = [strength * telling[key] for key, strength in wording.terms.items()]
            scale = _WHOLE / (math.hypot(*weights) or 1.0)
            shift = at * _LANE
            for key, weight in zip(wording.terms, weights, strict=True):
                lanes[key] += int(weight * scale) << shift
            count.update(wording.terms.keys())
        room = len(some) * _LANE // 8
        for key, packed in lanes.items():
            counts[key][number] = count[key]
            phrasings[key][number] = packed.to_bytes(room, "little").rstrip(b"\0")
    answers: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(by_entry):
        for word in told.get(entry, ()):
            answers[word].append(number)
    once: dict[tuple[int, object], Any] = {}
    # Taken out one by one: what is made of them needs their room.
    terms = {
        key: _posting(
            counts.pop(key, {}),
            phrasings.pop(key, {}),
            frozenset(answers.pop(key, ())) or NOWHERE,
            telling.get(key) or _UNKNOWN * math.log(1 + size),
            beside.holders(key) if beside is not None else 0,
            once,
        )
        for key in (*telling, *[word for word in answers if word not in telling])
    }
    phrased = {entry: tuple([w.phrasing for w in some]) for entry, some in by_entry.items()}
    others = [len(some) for some in beside.phrasings.values()] if beside is not None else []
    return Index(phrased, terms, tuple(_handicaps([len(some) for some in by_entry.values()], others)), size)


def _posting(
    counts: Mapping[int, int],
    phrasings: dict[int, bytes],
    told: frozenset[int],
    weight: float,
    elsewhere: int = 0,
    once: dict[tuple[int, object], Any] | None = None,
) -> Posting:
    """A term that so many phrasings of each entry have, and so many elsewhere.

    Most terms stand in one entry, and much the same is told of many of these: `once` keeps it for all.
    """
    if not counts:
        return Posting(weight, told=told)
    everywhere = sum(counts.values()) + elsewhere
    odds = {
        number: math.log((count / _UNSEEN + 1) * (everywhere + _UNSEEN) / (everywhere - count + _UNSEEN))
        for number, count in counts.items()
    }
    most_first = dict(sorted(odds.items(), key=lambda item: -item[1])) if len(odds) > 1 else odds
    if once is not None and len(odds) == 1:
        ((number, _),) = odds.items()
        most_first = once.setdefault((number, most_first[number]), most_first)
        phrasings = once.setdefault((number, phrasings[number]), phrasings)
    return Posting(weight, most_first, phrasings, told)


def _telling(size: int, entries: int) -> float:
    return math.log(1 + size / entries)


def _handicaps(phrasings: Sequence[int], others: Sequence[int] = ()) -> Iterator[float]:
    """What is left of the odds where an entry does not use a term: 0 for an entry of middling size."""
    total, usual = sum(phrasings) + sum(others), math.log(max(1, len(others) or len(phrasings)))
    for count in phrasings:
        yield usual - math.log((total - count + 2 * _UNSEEN) / (count + 2 * _UNSEEN))


def _amplenesses(phrasings: Sequence[int]) -> list[float]:
    """By entry: see `Hit.ample`."""
    sizes = [math.log(max(1, count)) for count in phrasings]
    usual = sum(sizes) / max(1, len(sizes))
    return [size - usual for size in sizes]


def _odds(asked: Iterable[_Asked]) -> dict[int, float]:
    """Entries that share terms with a question, and how much these speak for each.

    Telling words first: once enough entries hold those, a word that more entries have only adds to them, and
    brings no new ones.
    """
    odds: dict[int, float] = {}
    for strength, _, entries, _, _, _ in asked:
        if len(odds) < _ENOUGH and len(entries) <= _MOST:
            for entry, speaks in entries.items():
                odds[entry] = odds.get(entry, 0.0) + strength * speaks
            continue
        if len(odds) < _ENOUGH:
            odds |= dict.fromkeys([entry for entry in islice(entries, _MOST) if entry not in odds], 0.0)
        for entry in odds:
            if entry in entries:
                odds[entry] += strength * entries[entry]
    return odds


def _unpacked(lanes: int, count: int) -> list[int]:
    """The numbers that stand side by side in one."""
    return list(struct.unpack(f"<{count}I", lanes.to_bytes(count * _LANE // 8, "little")))
