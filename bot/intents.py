"""Scores ordinary intent data sets, so that published tables can be put beside the matcher.

Each label is an entry of a throw-away base, and its training texts are the phrasings.  There are no
concepts in it, so there is nothing to gate on and nothing to compose: index, evidence and confidence alone,
with the weights of the bot.  Texts are read plainly, see `PlainReader`.
"""

from __future__ import annotations

import datetime
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from bot.core.knowledge import KnowledgeBase
from bot.core.knowledge.model import Base, Intent, LineText, Phrasings, ProseText, Question
from bot.core.match.decide import Matcher
from bot.core.match.evidence import confidences
from bot.core.match.index import Phrasing
from bot.core.match.prepare import prepare
from bot.core.match.weights import ANSWER
from bot.core.understand.query import Reader, Term
from bot.core.understand.text import Token
from bot.core.understand.vocabulary import Spot

_PRECISION: Final = 0.95
_PAIR: Final = 0.6
"""What two neighbouring words count beside one; chosen on CLINC150's validation split."""
_THRESHOLDS: Final = (0.1, 0.2, 0.3, 0.5, 0.7)
_SHOWN: Final = 20
"""Bad lines that are told of; a file with more of them is something else."""


class IntentSetError(Exception):
    """A data set that can not be used; the text says where and why, a line for each problem."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what it means; None where it means nothing that the set knows."""

    text: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Guess:
    """What was found for an example."""

    example: Example
    label: str | None
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the first label is the one; never out of scope."""
        return self.example.label is not None and self.label == self.example.label


@dataclass(frozen=True, slots=True)
class Figures:
    """How a set went; shares are 0 to 1, None where the set has nothing to tell them by."""

    labels: int
    training: int
    queries: int
    accuracy: float
    """Of the queries in scope: the first label is right, however unsure."""
    auroc: float | None
    """How well the confidence tells queries in scope from those out of it."""
    threshold: float
    """Confidence from which a query counts as answered."""
    threshold_from: str
    answered_accuracy: float
    """Of the queries in scope: answered, and right."""
    answered_right: float | None
    """Of all answered queries, out of scope or not: right."""
    out_of_scope_recall: float | None
    """Of the queries out of scope: not answered."""
    trade: tuple[tuple[float, float, float | None], ...]
    """Confidence from which to answer, in-scope accuracy and out-of-scope recall with it."""
    recall_at_95: float
    """Of the queries in scope: right, at the confidence from which 95 % of all answers are right."""
    build_seconds: float
    p50_ms: float
    p99_ms: float

    def as_json(self) -> Mapping[str, object]:
        """The figures by name."""
        return asdict(self)

    def __str__(self) -> str:
        """The figures for a person."""
        return "\n".join(
            (
                f"{self.labels} labels, {self.training} training texts, {self.queries} queries",
                f"in-scope accuracy, forced          {_percent(self.accuracy)}",
                f"AUROC, in scope or not             {_percent(self.auroc)}",
                f"from confidence {self.threshold:.2f} ({self.threshold_from}):",
                f"  in-scope accuracy                {_percent(self.answered_accuracy)}",
                f"  out-of-scope recall              {_percent(self.out_of_scope_recall)}",
                f"  answered and right, of answered  {_percent(self.answered_right)}",
                f"recall at 95 % precision           {_percent(self.recall_at_95)}",
                "answered from: in-scope accuracy / out-of-scope recall",
                *(f"  {at:.2f}: {_percent(inside)} / {_percent(outside)}" for at, inside, outside in self.trade),
                f"build {self.build_seconds:.2f} s, p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms",
            )
        )


class PlainReader(Reader):
    """Reads every word and every pair of neighbours.

    Where names carry the meaning, function words only add noise.  Where there are none, they are what
    tells "what does X mean" from "how do you say X".
    """

    def _terms(
        self,
        tokens: Sequence[Token],
        spots: Sequence[Spot],
        stems: Sequence[str],
        focus: Sequence[float],
        intents: Mapping[Intent, float],
    ) -> tuple[Term, ...]:
        del spots, intents  # there are no names, and no words that want something
        if not tokens:
            return ()
        words = [Term(stem, focus[at], at) for at, stem in enumerate(stems)]
        ends = pairwise(("^", *stems, "$"))
        return (*words, *(Term(f"={a} {b}", _PAIR, min(at, len(tokens) - 1)) for at, (a, b) in enumerate(ends)))


def read_examples(path: Path) -> list[Example]:
    """Read a data set: JSON lines {"text": …, "label": … or null}.

    Raises:
        IntentSetError: a line has not that form.
    """
    examples: list[Example] = []
    problems: list[str] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    examples.append(_example(line))
                except ValueError as error:
                    problems.append(f"{path}:{number}: {error}")
                    if len(problems) == _SHOWN:
                        break
    except OSError as error:
        raise IntentSetError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise IntentSetError(f"{path}: not UTF-8") from None
    if problems:
        raise IntentSetError("\n".join(problems))
    return examples


def score(training: Sequence[Example], queries: Sequence[Example]) -> Figures:
    """Build a matcher on the training texts and try it on the queries.

    Training texts without a label are not indexed: they and the others, each tried on all the others,
    set the threshold where most of them are treated right.  Without any it is the bot's own.

    Raises:
        IntentSetError: nothing to train on, or nothing in scope to ask.
    """
    known = sum(example.label is not None for example in training)
    inside = sum(example.label is not None for example in queries)
    if not known or not inside:
        raise IntentSetError("no training text has a label" if not known else "no query has a label")
    started = time.perf_counter()
    matcher = build(training)
    built = time.perf_counter() - started
    threshold, chosen = ANSWER, "the bot's own"
    if known < len(training):
        threshold, chosen = _best_threshold(list(_among_themselves(matcher, training))), "best on the training texts"
    guesses: list[Guess] = []
    times: list[float] = []
    for example in queries:
        started = time.perf_counter()
        guesses.append(_guess(matcher, example))
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    sure = [guess.confidence for guess in guesses]
    right = [guess.right for guess in guesses]
    answered = [guess for guess in guesses if guess.confidence >= threshold]
    _, accuracy, declined = _at(threshold, guesses)
    return Figures(
        labels=len(matcher.index.phrasings),
        training=len(training),
        queries=len(queries),
        accuracy=sum(right) / inside,
        auroc=area_under_curve(sure, [g.example.label is not None for g in guesses]) if inside < len(guesses) else None,
        threshold=threshold,
        threshold_from=chosen,
        answered_accuracy=accuracy,
        answered_right=sum(guess.right for guess in answered) / len(answered) if answered else None,
        out_of_scope_recall=declined,
        trade=tuple(_at(at, guesses) for at in _THRESHOLDS),
        recall_at_95=recall_at_precision(sure, right, inside, _PRECISION),
        build_seconds=built,
        p50_ms=times[len(times) // 2],
        p99_ms=times[int(len(times) * 0.99)],
    )


def _at(threshold: float, guesses: Sequence[Guess]) -> tuple[float, float, float | None]:
    """In-scope accuracy, and out-of-scope recall, where guesses count as answers from a confidence on."""
    inside = [guess.right and guess.confidence >= threshold for guess in guesses if guess.example.label is not None]
    outside = [guess.confidence < threshold for guess in guesses if guess.example.label is None]
    return threshold, sum(inside) / len(inside), sum(outside) / len(outside) if outside else None


def build(training: Sequence[Example]) -> Matcher:
    """A matcher on a base that has nothing but these texts."""
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    for example in training:
        if example.label is not None:
            texts[example.label][example.text] = None
    word = LineText(en="-", hi="-")
    prose = ProseText(en="-", hi="-")
    questions = {label: _question(label, list(some)) for label, some in texts.items()}
    base = KnowledgeBase(Base(name=word, about=prose, examples=Phrasings()), {}, questions)
    reader = PlainReader(base)
    return Matcher(base, reader, prepare(base, reader))


def area_under_curve(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """AUROC: the chance that a positive scores above a negative one; equal scores count half."""
    groups: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for value, is_positive in zip(scores, positive, strict=True):
        groups[value][is_positive] += 1
    below, won = 0, 0.0
    for value in sorted(groups):
        negatives, positives = groups[value]
        won += positives * (below + negatives / 2)
        below += negatives
    positives = len(scores) - below
    return won / (below * positives) if below and positives else float("nan")


def recall_at_precision(scores: Sequence[float], right: Sequence[bool], possible: int, precision: float) -> float:
    """The most right answers, as a share of `possible` ones, over all thresholds where enough answers are right."""
    ranked = sorted(zip(scores, right, strict=True), key=lambda pair: -pair[0])
    best = good = 0
    for at, (value, is_right) in enumerate(ranked, 1):
        good += is_right
        last_of_its_score = at == len(ranked) or ranked[at][0] != value
        if last_of_its_score and good >= precision * at:
            best = max(best, good)
    return best / possible if possible else 0.0


def _example(line: str) -> Example:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError('expected an object: {"text": …, "label": …}')
    text, label = found.get("text"), found.get("label")
    if not isinstance(text, str) or not text.strip():
        raise ValueError('"text" must be a string that is not empty')
    if "label" not in found or not (label is None or (isinstance(label, str) and label)):
        raise ValueError('"label" must be a string, or null for out of scope')
    return Example(text, label)


def _question(label: str, texts: Sequence[str]) -> Question:
    # The first two texts stand in the title's place: an entry has one in each language.
    nothing = ProseText(en="-", hi="-")
    return Question(
        id=label,
        title=LineText(en=texts[0], hi=texts[1 % len(texts)]),
        intent=Intent.DEFINITION,
        concepts=(),
        phrasings=Phrasings(en=tuple(texts[2:])),
        answer=nothing,
        sources=(),
        reviewed=datetime.date.min,
    )


def _guess(matcher: Matcher, example: Example, without: Phrasing | None = None) -> Guess:
    found = matcher.evidence(matcher.reader.read(example.text), without=without)
    sure = confidences([evidence for _, evidence in found])
    best = max(range(len(sure)), key=sure.__getitem__, default=None)
    return Guess(example, None, 0.0) if best is None else Guess(example, found[best][0].entry, sure[best])


def _among_themselves(matcher: Matcher, training: Sequence[Example]) -> Iterator[Guess]:
    for label, phrasings in matcher.index.phrasings.items():
        for phrasing in phrasings:
            yield _guess(matcher, Example(phrasing.text, label), phrasing)
    for example in training:
        if example.label is None:
            yield _guess(matcher, example)


def _best_threshold(guesses: Sequence[Guess]) -> float:
    """The confidence from which answering treats most guesses right."""
    ranked = sorted(guesses, key=lambda g: -g.confidence)
    treated = best = sum(g.example.label is None for g in guesses)
    threshold = 1.0
    for at, guess in enumerate(ranked):
        treated += guess.right - (guess.example.label is None)
        last_of_its_score = at + 1 == len(ranked) or ranked[at + 1].confidence != guess.confidence
        if last_of_its_score and treated > best:
            best, threshold = treated, guess.confidence
    return threshold


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
