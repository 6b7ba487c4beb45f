"""Beliefs that a question carries: statements of the base found inside it, in their own order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
from rapidfuzz.distance import LCSseq

from bot.core.knowledge.base import KnowledgeBase
from bot.core.understand.query import TRAIT, Query, Reader
from bot.core.understand.text import Token
from bot.core.understand.words import asking, negations, possessives, predicates, softeners, tags

_PART: Final = 0.4
"""Weight above which a term stands for itself, not for a part of a longer name."""
_WEAK: Final = 0.5
"""How sure a name must be to count as one: an everyday word is what is said, not what it is said of."""
_FEWEST: Final = 3
_LOOSE: Final = 3
"""Words that may stand between those of a statement."""
_IS: Final = "~is"
"""What "is" joins must stand side by side: "is faster than a horse" is not "is a horse"."""


class Statement(msgspec.Struct, frozen=True):
    """One wording of a belief."""

    belief: str
    keys: tuple[str, ...]
    """Its names, words and predicates in order."""
    negated: bool


class Stated(NamedTuple):
    """Where a belief stands in a question."""

    sentence: int
    keys: tuple[str, ...]
    """The terms that state it."""
    start: int
    """The first of the tokens that state it."""
    end: int
    """The last of them, or of what asks for agreement behind them."""


def statements(base: KnowledgeBase, reader: Reader) -> Iterator[Statement]:
    """The wordings of all beliefs that say enough to be told from other statements."""
    for belief in base.misconceptions.values():
        for wording in belief.worded.all():
            query = reader.read(wording)
            keys = tuple(key for sentence in _sentences(query).values() for _, key in sentence)
            names = {f"@{concept}" for concept, sure in query.concepts.items() if sure > _WEAK}
            # Names alone state nothing, and one name with one word would fire on anything.
            if len(keys) >= _FEWEST and names and not names.issuperset(keys):
                yield Statement(belief.id, keys, _negated(query.tokens))


class BeliefSpotter:
    """Finds known misconceptions in questions."""

    def __init__(self, known: Iterable[Statement]) -> None:
        self._by_key: dict[str, list[Statement]] = defaultdict(list)
        for statement in known:
            rarest = max(statement.keys, key=lambda k: (k[0] not in "@~", k[0] == "@", len(k)))
            self._by_key[rarest].append(statement)

    def find(self, query: Query) -> dict[str, Stated]:
        """Misconceptions in a question, in the order in which they show, with where each is stated."""
        found: dict[str, Stated] = {}
        if self._by_key.keys().isdisjoint([term.key for term in query.terms]):
            return found
        for sentence, placed in _sentences(query).items():
            said = dict.fromkeys([key for _, key in placed])
            likely = [st for key in said for st in self._by_key.get(key, ()) if all(map(said.__contains__, st.keys))]
            if not likely:
                continue
            tokens = _untagged([token for token in query.tokens if token.sentence == sentence])
            negated = _negated(tokens)
            asked = any(token.text in asking() for token in tokens)
            # "Is just a module" says that it is a module.
            plain = [(at, key) for at, key in placed if query.tokens[at].text not in softeners()]
            softened = {key for at, key in placed if query.tokens[at].text in softeners()}
            for statement in likely:
                if statement.negated != negated or (asked and _IS in statement.keys):
                    continue
                places = plain if softened.isdisjoint(statement.keys) else placed
                where = _where([key for _, key in places], statement.keys)
                if where is not None:
                    start, end = (places[at][0] for at in where)
                    if _of_a_part(query, placed, start, end, statement.keys):
                        continue
                    end = next((spot.end - 1 for spot in query.spots if spot.start == end), end)
                    end += _tagged(query.tokens, end + 1)
                    found.setdefault(statement.belief, Stated(sentence, statement.keys, start, end))
        return found


def _of_a_part(query: Query, placed: Sequence[tuple[int, str]], start: int, end: int, keys: Sequence[str]) -> bool:
    """Whether it is said of what belongs to a name in it: "Windows' mouse does not work" says nothing of Windows."""
    for spot in query.spots:
        if start <= spot.start <= end and f"@{spot.name.id}" in keys and spot.end < len(query.tokens):
            thing = next((key for at, key in placed if at > spot.end), None)
            if query.tokens[spot.end].text in possessives() and thing is not None and thing not in keys:
                return True
    return False


def _untagged(tokens: Sequence[Token]) -> Sequence[Token]:
    """A sentence without what asks for agreement at its end: "isn't it" denies nothing."""
    words = tuple(token.text for token in tokens)
    for tag in tags():
        if len(tag) < len(words) and words[-len(tag) :] == tag:
            return tokens[: -len(tag)]
    return tokens


def _tagged(tokens: Sequence[Token], at: int) -> int:
    """How many words ask for agreement at a place."""
    words = tuple(token.text for token in tokens)
    return next((len(tag) for tag in tags() if words[at : at + len(tag)] == tag), 0)


def _sentences(query: Query) -> dict[int, list[tuple[int, str]]]:
    """The keys of each sentence in order, with their tokens: names, words, and predicates that no name covers."""
    covered = {at for spot in query.spots for at in range(spot.start, spot.end)}
    keys = [(term.at, term.key) for term in query.terms if term.weight > _PART and not term.key.startswith(TRAIT)]
    keys += [
        (at, predicates()[token.text])
        for at, token in enumerate(query.tokens)
        if at not in covered and token.text in predicates()
    ]
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for at, key in sorted(keys):
        found[query.tokens[at].sentence].append((at, key))
    return found


def _negated(tokens: Iterable[Token]) -> bool:
    return any(token.text in negations() for token in tokens)


def _where(keys: Sequence[str], statement: Sequence[str]) -> tuple[int, int] | None:
    """Where the words of a statement stand together, in order, with nothing said of anything else between them."""
    if LCSseq.similarity(keys, statement) < len(statement):
        return None
    loose = 0 if _IS in statement else _LOOSE
    for start, key in enumerate(keys):
        if key != statement[0]:
            continue
        at = 0
        for end in range(start, min(len(keys), start + len(statement) + loose)):
            if keys[end] == statement[at]:
                at += 1
                if at == len(statement):
                    return start, end
            elif keys[end][0] in "@~" and keys[end] not in statement:
                break
    return None
