"""Every name and word that the base knows, in every way of writing it, and how to find it in a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.core.knowledge.base import KnowledgeBase
from bot.core.understand.stem import stem
from bot.core.understand.text import Token, is_devanagari, skeleton, spelled_out, words_of

Sort = Literal["concept", "word", "homonym"]

_ALIKE: Final = 0.7
"""Likeness of two spellings in Devanagari that sound alike."""
_SOUNDS: Final = 4
"""Consonants that a word in one script must share with one in the other."""
_REMEMBERED: Final = 20_000
"""Words of talk whose verdict is kept."""
_LONG: Final = 8
"""From this length two typos are forgiven, below it one."""
_SHORT: Final = 6
"""Below it, only letters that are swapped, missing or doubled are forgiven."""
_SHORTEST_WITH_TYPOS: Final = 4
"""Names of three letters differ from each other by one (cat, cot): only swapped letters are forgiven."""


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling of something."""

    words: tuple[str, ...]
    """Folded, as written."""
    tokens: tuple[str, ...]
    """Their stems."""
    sort: Sort
    id: str
    weak: bool = False
    glued: bool = False
    """Only as one written word (tea-pot), since its parts are names themselves."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A name found in a text: tokens `start` to `end`, exclusive."""

    name: Name
    start: int
    end: int
    similarity: float = 1.0
    """1 as written; less where typos were forgiven."""


class Vocabulary:
    """An index of names by first token, with a second one for typos."""

    def __init__(self, base: KnowledgeBase, general: Iterable[str] = ()) -> None:
        self._names: dict[tuple[str, ...], list[Name]] = defaultdict(list)
        self._taken: dict[tuple[Sort, tuple[str, ...]], str] = {}
        self._general = frozenset(general)
        for concept in base.concepts.values():
            for text in (concept.name.en, concept.name.hi, *concept.aliases):
                self._add(text, "concept", concept.id)
                for letters in spelled_out(text):
                    self._add(letters, "concept", concept.id)
        for concept in base.concepts.values():
            for text in concept.weak:
                self._add(text, "concept", concept.id, weak=True)
        for homonym in base.homonyms.values():
            for text in homonym.phrases:
                self._add(text, "homonym", homonym.id)
        for word in base.words.values():
            for text in word.words:
                self._add(text, "word", word.id)
        self._mark_glued()
        lengths: dict[str, set[int]] = defaultdict(set)
        for tokens, names in self._names.items():
            names.sort(key=lambda n: (n.sort != "homonym", n.sort != "concept", n.weak))
            lengths[tokens[0]].add(len(tokens))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
        self._first = {
            tokens[0] for tokens, names in self._names.items() if any(n.sort == "concept" and not n.weak for n in names)
        }
        self._known = {token for tokens in self._names for token in tokens}
        # A word that only another meaning uses must be written as it is.
        ours = {t for tokens, names in self._names.items() if any(n.sort != "homonym" for n in names) for t in tokens}
        self._by_letter: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._skeletons: dict[str, list[str]] = defaultdict(list)
        for token in sorted(ours):
            self._index(token)
        # Whole words too: a typo in an ending (virtualizaton) hides the stem.
        whole = {w for names in self._names.values() for n in names if n.sort != "homonym" for w in n.words}
        self._stems = {word: stem(word) for word in sorted(whole) if word not in self._known}
        for entire in self._stems:
            self._index(entire)
        # Talk repeats its words.
        self._opens = lru_cache(maxsize=_REMEMBERED)(self._begins_name)

    def learn(self, words: Iterable[str]) -> None:
        """Take words that stand in phrasings as known, so that typos of them are forgiven too."""
        for word in words:
            if word not in self._known:
                self._known.add(word)
                self._index(word)
        self._opens.cache_clear()

    def knows(self, token: str) -> bool:
        """Whether a stem is part of any name or learnt word."""
        return token in self._known

    def lookup(self, name: str) -> str | None:
        """The concept of exactly this name, in any spelling."""
        return self._taken.get(("concept", words_of(name)))

    def spots(self, tokens: Sequence[Token]) -> tuple[tuple[Spot, ...], tuple[str, ...]]:
        """Names in a text, longest first, not overlapping; and its tokens' stems with typos mended."""
        stems = [stem(t.text) for t in tokens]
        similarity = [1.0] * len(stems)
        for i, token in enumerate(tokens):
            if stems[i] in self._known or token.text in self._general or stems[i].isdigit():
                continue
            mended = self.mend(stems[i]) or self.mend(token.text)
            if mended is not None:
                stems[i], similarity[i] = mended
        found: list[Spot] = []
        at = 0
        while at < len(stems):
            spot = self._longest(tokens, stems, similarity, at)
            if spot is None:
                found.extend(self._inside(tokens[at].text, stems[at], at))
                at += 1
            else:
                found.append(spot)
                at = spot.end
        return tuple(found), tuple(stems)

    def touches(self, text: str) -> bool:
        """A quick no: whether any word could begin a name of the subject."""
        return any(self._opens(word) for word in words_of(text))

    def _begins_name(self, word: str) -> bool:
        token = stem(word)
        if token in self._known or word in self._general:
            return token in self._first
        mended = self.mend(token) or self.mend(word)
        return mended is not None and mended[0] in self._first

    def parts(self, name: Name) -> Iterator[Name]:
        """Names of other things inside a longer name."""
        for token in name.tokens:
            for part in self._names.get((token,), ()):
                if part.sort == "concept" and not part.weak and part.id != name.id:
                    yield part

    def mend(self, token: str) -> tuple[str, float] | None:
        """The known word that a misspelt one stands for, and how alike they are."""
        if is_devanagari(token):
            return self._by_sound(token)
        if len(token) < _SHORTEST_WITH_TYPOS - 1 or not token.isalpha():
            return None
        # The first two letters may be swapped, so that words with either at their front are near.
        slack = 1 if len(token) < _LONG - 1 else 2
        lengths = range(len(token) - slack, len(token) + slack + 1)
        known = [w for letter in {token[0], token[1]} for n in lengths for w in self._by_letter.get((letter, n), ())]
        found = process.extract(token, known, scorer=OSA.distance, score_cutoff=2, limit=12)
        near = {word: distance for word, distance, _ in found}
        allowed = [word for word, distance in near.items() if _forgiven(token, word, distance)]
        if not allowed:
            return None
        best = min(allowed, key=lambda w: (near[w], w[0] != token[0], w))
        return self._stems.get(best, best), 1 - near[best] / max(len(token), len(best))

    def _add(self, text: str, sort: Sort, id: str, *, weak: bool = False) -> None:
        words = words_of(text)
        if not words or self._taken.setdefault((sort, words), id) != id:
            return
        name = Name(words, tuple(map(stem, words)), sort, id, weak)
        known = self._names[name.tokens]
        if all(name.words != other.words or sort != other.sort for other in known):
            known.append(name)

    def _mark_glued(self) -> None:
        strong = {
            ns[0].tokens[0]
            for ns in self._names.values()
            for n in ns
            if len(n.tokens) == 1 and n.sort == "concept" and not n.weak
        }
        for tokens, names in self._names.items():
            if len(tokens) > 1 and all(token in strong for token in tokens):
                self._names[tokens] = [replace(n, glued=n.sort == "concept") for n in names]

    def _longest(
        self, tokens: Sequence[Token], stems: Sequence[str], similarity: Sequence[float], at: int
    ) -> Spot | None:
        for length in self._lengths.get(stems[at], ()):
            end = at + length
            names = self._names.get(tuple(stems[at:end])) if end <= len(tokens) else None
            if not names or tokens[at].sentence != tokens[end - 1].sentence:
                continue
            fitting = [n for n in names if not n.glued or all(tokens[i].glued for i in range(at + 1, end))]
            if fitting:
                # Another form of the word, unless its own form is a name too (host, hosted).
                written = tuple(token.text for token in tokens[at:end])
                best = next((n for n in fitting if n.words == written), fitting[0])
                return Spot(best, at, end, min(similarity[at:end]))
        return None

    def _inside(self, word: str, token: str, at: int) -> Iterator[Spot]:
        """Names run together (onetwo) or with a version behind them (one4)."""
        if token in self._known or len(word) < 4 or not word.isascii():
            return
        letters = word.rstrip("0123456789")
        if letters != word and (name := self._single(letters)):
            yield Spot(name, at, at + 1, 0.9)
            return
        for cut in range(3, len(word) - 2):
            first, second = self._single(word[:cut]), self._single(word[cut:])
            if first and second and not (first.weak or second.weak):
                yield Spot(first, at, at + 1, 0.9)
                yield Spot(second, at, at + 1, 0.9)
                return

    def _single(self, word: str) -> Name | None:
        return next((n for n in self._names.get((stem(word),), ()) if n.sort == "concept"), None)

    def _index(self, token: str) -> None:
        if not is_devanagari(token) and not token.isdigit() and len(token) >= _SHORTEST_WITH_TYPOS - 1:
            self._by_letter[token[0], len(token)].append(token)
        if len(key := skeleton(token)) >= 3:
            self._skeletons[key].append(token)

    def _by_sound(self, token: str) -> tuple[str, float] | None:
        key = skeleton(token)
        if len(token) < _SHORT - 1:
            return None
        same = self._skeletons.get(key, ())
        alike = [w for w in same if is_devanagari(w) and OSA.normalized_similarity(token, w) >= _ALIKE]
        # Across scripts the consonants are all there is to go by, so that it takes more of them.
        found = alike or (list(same) if len(key) >= _SOUNDS else [])
        best = max(found, key=lambda w: (is_devanagari(w), OSA.normalized_similarity(token, w)), default=None)
        return (self._stems.get(best, best), 0.9) if best else None


def _forgiven(typed: str, word: str, distance: int) -> bool:
    """Whether so many typos are likely to be just that, and not another word."""
    shorter = min(len(typed), len(word))
    if shorter < _SHORTEST_WITH_TYPOS or sorted(typed) == sorted(word):
        return sorted(typed) == sorted(word)
    if shorter < _SHORT:
        # Another letter makes another word (slam, slat); one too many or too few inside does not.
        return distance <= 1 and len(typed) != len(word) and typed[0] == word[0] and typed[-1] == word[-1]
    if shorter < _LONG:
        return distance <= 1 and typed[0] == word[0]
    return distance <= 2 and (distance < 2 or typed[0] == word[0])
