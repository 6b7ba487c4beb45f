"""Speed, side by side: the matcher, brute force, and word indexes, over the same phrasings in one run."""

from __future__ import annotations

import gc
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import msgspec
from rapidfuzz import fuzz, process, utils

from bot.core.expert import Expert
from bot.core.knowledge import model
from bot.core.match.prepare import Prepared, prepare
from bot.core.understand.query import Reader

SIZES: Final = (1_000, 10_000, 100_000)
QUERIES: Final = 300
SLOW_QUERIES: Final = 20
"""Queries for methods that look at every phrasing of a large base."""

_CHATTER: Final = (
    "lol that was great", "anyone up for a game tonight?", "good morning everyone", "brb lunch",
    "my code does not compile again :(", "kal milte hain bhai", "क्या हाल है सबके", "did you see the match?",
    "which pizza place is open now", "thanks for the help yesterday", "please check your DM",
    "the meeting moves to friday 10:00", "how do I center a div", "this song is stuck in my head",
)  # fmt: skip


def run(expert: Expert, *, quick: bool = False) -> str:
    """Measure and return a table; times in milliseconds."""
    rng = random.Random(1)  # noqa: S311  (a sample, not a secret)
    lines = [f"{'':34}{'p50':>9}{'p99':>9}{'per second':>12}"]
    texts = [p.text for ps in expert.matcher.index.phrasings.values() for p in ps]
    queries = [_typo(t, rng) for t in rng.sample(texts, min(QUERIES, len(texts)))]
    lines.append(f"real base, {len(texts)} phrasings")
    lines.extend(_contest(expert, texts, queries))
    lines.append(_row("screening of ordinary chat", expert.screen, list(_CHATTER) * 50))
    lines.append(_row("  every word a new one", expert.screen, [_made_up(t, rng) for t in list(_CHATTER) * 50]))
    prepared = prepare(expert.base, Reader(expert.base))
    kept = msgspec.msgpack.encode(prepared)
    lines.append(_once("build from texts", lambda: Expert(expert.base)))
    lines.append(
        _once(
            "build from the cache",
            lambda: Expert(expert.base, msgspec.msgpack.decode(kept, type=Prepared)),
        )
    )
    lines.append(f"{'cold start of `ask`':34}{_cold():>9.0f}")
    lines.append(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    for size in SIZES[:1] if quick else SIZES:
        grown = _grown(expert, size, rng)
        started = time.perf_counter()
        larger = Expert(grown)
        gc.collect()
        gc.freeze()
        built = time.perf_counter() - started
        texts = [p.text for ps in larger.matcher.index.phrasings.values() for p in ps]
        queries = [_typo(t, rng) for t in rng.sample(texts, QUERIES)]
        lines += ["", f"synthetic base, {len(texts)} phrasings, built in {built:.1f} s"]
        lines.extend(_contest(larger, texts, queries))
    return "\n".join(lines)


def _contest(expert: Expert, texts: Sequence[str], queries: Sequence[str]) -> Iterator[str]:
    few = queries[:SLOW_QUERIES] if len(texts) > SIZES[0] * 5 else queries
    folded = [utils.default_process(t) for t in texts]
    yield _row("this matcher, whole answer", expert.ask, queries)
    yield _row("  matching alone", lambda q: expert.matcher.decide(expert.reader.read(q)), queries)
    for scorer in (fuzz.WRatio, fuzz.token_set_ratio):
        yield _row(
            f"extractOne, {scorer.__name__}",
            partial(_brute, folded, scorer),
            few,
        )
    yield from _bm25(folded, queries)
    yield from _sqlite(texts, queries)


def _brute(texts: Sequence[str], scorer: Callable[..., float], query: str) -> object:
    return process.extractOne(utils.default_process(query), texts, scorer=scorer)


def _bm25(texts: Sequence[str], queries: Sequence[str]) -> Iterator[str]:
    try:
        import bm25s
    except ImportError:
        yield "bm25s is not installed (it comes with the development requirements)"
        return
    index = bm25s.BM25()
    index.index([t.split() for t in texts], show_progress=False)
    yield _row(
        "BM25 (bm25s)",
        lambda q: index.retrieve([utils.default_process(q).split()], k=1, show_progress=False),
        queries,
    )


def _sqlite(texts: Sequence[str], queries: Sequence[str]) -> Iterator[str]:
    import sqlite3

    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE p USING fts5(t)")
    except sqlite3.OperationalError:
        yield "this SQLite has no FTS5"
        return
    db.executemany("INSERT INTO p VALUES (?)", ((t,) for t in texts))

    def find(query: str) -> Any:
        words = " OR ".join(f'"{w}"' for w in utils.default_process(query).split())
        return db.execute("SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank LIMIT 1", (words or '""',)).fetchone()

    yield _row("BM25 (SQLite FTS5)", find, queries)


def _row(name: str, ask: Callable[[str], object], queries: Sequence[str]) -> str:
    times = []
    for query in queries:
        started = time.process_time()
        ask(query)
        times.append(time.process_time() - started)
    times.sort()
    p50, p99 = times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
    return f"{name:34}{p50:>9.3f}{p99:>9.3f}{len(times) / sum(times):>12.0f}"


def _once(name: str, build: Callable[[], object]) -> str:
    """Of three times the shortest, as `start` does it: without the garbage collector."""
    times = []
    for _ in range(3):
        gc.disable()
        started = time.perf_counter()
        build()
        times.append(time.perf_counter() - started)
        gc.enable()
    return f"{name:34}{min(times) * 1000:>9.0f}"


def _cold() -> float:
    command = [sys.executable, "-m", "bot", "ask", "hello"]
    times = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603  (ourselves)
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def _typo(text: str, rng: random.Random) -> str:
    """Two letters swapped in one of the longer words, as people type."""
    words = text.split()
    long = [i for i, w in enumerate(words) if len(w) >= 5]
    if not long:
        return text
    at = rng.choice(long)
    cut = rng.randrange(1, len(words[at]) - 2)
    word = words[at]
    words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


def _made_up(text: str, rng: random.Random) -> str:
    """The same message in words that nobody used before."""
    return " ".join(word + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=3)) for word in text.split())


def _grown(expert: Expert, size: int, rng: random.Random) -> Any:
    """The base at another size: fewer of its questions, or invented ones of shuffled real words beside them."""
    base = expert.base
    kept: dict[str, model.Question] = {}
    for id, question in base.questions.items():
        if sum(len(q.phrasings.all()) for q in kept.values()) >= size:
            return replace(base, questions=kept)
        kept[id] = question
    words = sorted({w for q in base.questions.values() for p in q.phrasings.en for w in p.lower().split()})
    # A larger base has more words, not only more sentences.
    words += [a + b for a, b in (rng.sample(words, 2) for _ in range(size // 20))]
    questions = dict(base.questions)
    concepts = list(base.concepts)
    template = next(iter(questions.values()))
    have = sum(len(q.phrasings.all()) for q in questions.values())
    for number in range(max(0, (size - have) // 10)):
        topic = rng.sample(words, 12)
        phrasings = model.Phrasings(en=tuple(" ".join(rng.sample(topic, rng.randint(4, 9))) for _ in range(10)))
        id = f"invented-{number}"
        questions[id] = msgspec.structs.replace(
            template,
            id=id,
            title=model.LineText(en=phrasings.en[0], hi=phrasings.en[1]),
            phrasings=phrasings,
            concepts=(rng.choice(concepts),),
            errors=(),
            related=(),
        )
    return replace(base, questions=questions)
