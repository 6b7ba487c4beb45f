"""Every name and word that the base knows, in every way of writing it, and how to find it in a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.core.knowledge.base import KnowledgeBase
from bot.core.understand.stem import stem
from bot.core.understand.text import Token, is_devanagari, skeleton, spelled_out, words_of

Sort = Literal["concept", "word", "homonym"]
_MARKS: Final = {"concept": "@", "word": "=", "homonym": "!"}

_ALIKE: Final = 0.7
"""Likeness of two spellings in Devanagari that sound alike."""
_SOUNDS: Final = 4
"""Consonants that a word in one script must share with one in the other."""
_REMEMBERED: Final = 20_000
"""Words whose reading is kept, since people repeat them; then it begins anew."""
_JOINED: Final = 0.9
"""How alike a name counts that stands in one word with something else."""
_LONG: Final = 8
"""From this length two typos are forgiven, below it one."""
_SHORT: Final = 6
"""Below it, only letters that are swapped, missing or doubled are forgiven."""
_SHORTEST_WITH_TYPOS: Final = 4
"""Names of three letters differ from each other by one (cat, cot): only swapped letters are forgiven."""


class Name(msgspec.Struct, frozen=True):
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

    @property
    def key(self) -> str:
        """How it stands among the terms of a question."""
        return _MARKS[self.sort] + self.id


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A word of a text, as far as it can be read alone."""

    stem: str
    """With typos mended."""
    similarity: float
    """1 as written."""
    name: Name | None = None
    """What it names, if nothing longer begins with it."""
    joined: tuple[Name, ...] = ()
    """Names that are run together in it (onetwo), or that stand before a version (one4)."""
    opens: bool = False
    """Whether a name of the subject could begin with it."""


class Spot(msgspec.Struct, frozen=True, gc=False):
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
        self._heard: dict[str, Heard] = {}

    def learn(self, words: Iterable[str]) -> None:
        """Take words that stand in phrasings as known, so that typos of them are forgiven too."""
        for word in words:
            if word not in self._known:
                self._known.add(word)
                self._index(word)
        self._heard.clear()

    def knows(self, token: str) -> bool:
        """Whether a stem is part of any name or learnt word."""
        return token in self._known

    def lookup(self, name: str) -> str | None:
        """The concept of exactly this name, in any spelling."""
        return self._taken.get(("concept", words_of(name)))

    def spots(self, tokens: Sequence[Token]) -> tuple[tuple[Spot, ...], tuple[str, ...]]:
        """Names in a text, longest first, not overlapping; and its tokens' stems with typos mended."""
        known = self._heard.get
        heard = [known(token.text) or self._hear(token.text) for token in tokens]
        stems = tuple([word.stem for word in heard])
        found: list[Spot] = []
        free = 0
        for at, word in enumerate(heard):
            if at < free:
                continue
            if word.name is not None:
                found.append(Spot(word.name, at, at + 1, word.similarity))
            elif word.stem in self._lengths and (spot := self._longest(tokens, heard, stems, at)):
                found.append(spot)
                free = spot.end
            elif word.joined:
                found.extend([Spot(name, at, at + 1, _JOINED) for name in word.joined])
        return tuple(found), stems

    def touches(self, text: str) -> bool:
        """A quick no: whether any word could begin a name of the subject."""
        known = self._heard.get
        return any((known(word) or self._hear(word)).opens for word in words_of(text))

    def _hear(self, word: str) -> Heard:
        """Read a word alone, and remember it."""
        if len(self._heard) >= _REMEMBERED:
            self._heard.clear()
        heard = self._heard[word] = self._read(word)
        return heard

    def _read(self, word: str) -> Heard:
        token = stem(word)
        similarity = 1.0
        if token not in self._known and word not in self._general and not token.isdigit():
            mended = self.mend(token) or (self.mend(word) if word != token else None)
            token, similarity = mended or (token, 1.0)
        if token not in self._known:
            joined = self._joined(word)
            return Heard(token, similarity, joined=joined, opens=any(not name.weak for name in joined))
        names = self._names.get((token,), ()) if self._lengths.get(token) == (1,) else ()
        name = names[0] if len(names) == 1 else None
        return Heard(token, similarity, name, opens=token in self._first)

    def parts(self, name: Name) -> Sequence[Name]:
        """Names of other things inside a longer name."""
        if len(name.tokens) == 1:
            return ()
        found = [part for token in name.tokens for part in self._names.get((token,), ())]
        return [part for part in found if part.sort == "concept" and not part.weak and part.id != name.id]

    def mend(self, token: str) -> tuple[str, float] | None:
        """The known word that a misspelt one stands for, and how alike they are."""
        if is_devanagari(token):
            return self._by_sound(token)
        if len(token) < _SHORTEST_WITH_TYPOS - 1 or not token.isalpha():
            return None
        found = process.extract(token, self._near(token), scorer=OSA.distance, score_cutoff=2, limit=12)
        allowed = [
            (distance, word[0] != token[0], word) for word, distance, _ in found if _forgiven(token, word, distance)
        ]
        if not allowed:
            return None
        distance, _, best = min(allowed)
        return self._stems.get(best, best), 1 - distance / max(len(token), len(best))

    def _near(self, token: str) -> list[str]:
        """Known words that `_forgiven` could let pass for a token, by first letter and length alone."""
        size, first, second = len(token), token[0], token[1]
        slack = 1 if size < _LONG else 2
        keys = [(first, n) for n in range(size - slack, size + slack + 1)]
        if second != first:
            # The first two letters may be swapped; a long word may have one too many before it, too.
            keys += [(second, n) for n in range(max(size - 1, _LONG), size + 2)] if size >= _LONG else [(second, size)]
        near: list[str] = []
        for key in keys:
            near += self._by_letter.get(key, ())
        return near

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
                self._names[tokens] = [msgspec.structs.replace(n, glued=n.sort == "concept") for n in names]

    def _longest(self, tokens: Sequence[Token], heard: Sequence[Heard], stems: tuple[str, ...], at: int) -> Spot | None:
        for length in self._lengths[stems[at]]:
            end = at + length
            names = self._names.get(stems[at:end]) if end <= len(stems) else None
            if not names or tokens[at].sentence != tokens[end - 1].sentence:
                continue
            fitting = [n for n in names if not n.glued or all(tokens[i].glued for i in range(at + 1, end))]
            if fitting:
                best = fitting[0]
                if len(fitting) > 1:
                    # Another form of the word, unless its own form is a name too (host, hosted).
                    written = tuple([token.text for token in tokens[at:end]])
                    best = next((n for n in fitting if n.words == written), best)
                return Spot(best, at, end, min([word.similarity for word in heard[at:end]]))
        return None

    def _joined(self, word: str) -> tuple[Name, ...]:
        """Names in an unknown word."""
        if len(word) < 4 or not word.isascii():
            return ()
        letters = word.rstrip("0123456789")
        if letters != word and (name := self._single(letters)):
            return (name,)
        for cut in range(3, len(word) - 2):
            first, second = self._single(word[:cut]), self._single(word[cut:])
            if first and second and not (first.weak or second.weak):
                return first, second
        return ()

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
