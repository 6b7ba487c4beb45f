"""Fits the weights of `bot.core.match.weights` on data, and says how well they do on data they did not see.

Two kinds of samples: every phrasing of the base, tried on all the others; and the questions of the
given sets, where an entry counts as right when its reply holds what the set says it must.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from bot.core.expert import Expert
from bot.core.match import decide
from bot.core.match.decide import Matcher
from bot.core.match.evidence import Evidence, confidences, lead_of, shares_of, sigmoid
from bot.core.match.index import Phrasing
from bot.core.match.weights import Rank, Sure
from bot.evaluation import Asked, judge

FOLDS: Final = 5
BINS: Final = 10
"""Of the confidence scale, when a promise is held against what came of it."""
_RIDGE: Final = 2.0
"""Keeps weights that little speaks for near nothing."""
_CANDIDATES: Final = 6
_REAL: Final = 20.0
"""What a real question counts: they are few, and phrasings many."""
_SURE: Final = 0.9
"""Confidence of which the report tells whether it is deserved."""

_Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with the entries weighed for it."""

    options: tuple[tuple[float, ...], ...]
    right: tuple[bool, ...]
    weight: float


class Prediction(NamedTuple):
    """What was promised of a reply, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of both models, in the order of their fields."""

    rank: tuple[float, ...]
    sure: tuple[float, ...]

    def predict(self, asking: Asking) -> Prediction:
        """How sure the option that comes first is, and whether it is right; unsure and wrong where there is none."""
        if not asking.options:
            return Prediction(0.0, False)
        scores = [_dot(self.rank, option) for option in asking.options]
        best = max(range(len(scores)), key=scores.__getitem__)
        confidence = sigmoid(_dot(self.sure, _features(asking.options[best], shares_of(scores)[best])))
        return Prediction(confidence, asking.right[best])

    def weights(self) -> tuple[Rank, Sure]:
        """As the matcher takes them."""
        return Rank(*self.rank), Sure(*self.sure)


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights, and how well they do on questions that they were not fitted on."""

    fitted: Fitted
    entries: tuple[Prediction, ...]
    """Of every phrasing and question: the entry that comes first."""
    phrased: tuple[Prediction, ...]
    """Of every phrasing: what would be shown first; what is composed counts as wrong, however well it answers."""
    asked: tuple[Prediction, ...]
    """Of every question of the sets: what would be shown first, composed or written."""

    @property
    def replies(self) -> tuple[Prediction, ...]:
        """All that would be shown first."""
        return *self.phrased, *self.asked

    def __str__(self) -> str:
        """The report, which ends with the weights to paste."""
        hits = sum(p.right for p in self.entries) / len(self.entries)
        lines = [
            f"{len(self.entries)} questions, {FOLDS}-fold cross-validation:",
            f"  first one right {hits:.3f}, {_promises(self.entries)}",
        ]
        lines.append(f"{len(self.phrased)} whole replies to phrasings: {_promises(self.phrased)}")
        if self.asked:
            lines.append(f"the sets' {len(self.asked)} whole replies: {_promises(self.asked)}")
            lines.append(f"all of them: {_promises(self.replies)}")
        lines.append("")
        for weights in self.fitted.weights():
            named = ", ".join(f"{name}={value:.2f}" for name, value in weights._asdict().items())
            lines.append(f"{type(weights).__name__}({named})")
        return "\n".join(lines)


def fit(expert: Expert, sets: Sequence[Asked]) -> Fit:
    """Fit the weights, and cross-validate them."""
    askings = [*from_phrasings(expert), *from_sets(expert, sets)]
    first_of_sets = len(askings) - len(sets)
    known = [phrasing for some in expert.matcher.index.phrasings.values() for phrasing in some]
    entries: list[Prediction] = []
    phrased: list[Prediction] = []
    asked: list[Prediction] = []
    for fitted, held_out in cross_validate(askings):
        entries.extend(fitted.predict(askings[at]) for at in held_out if askings[at].options)
        with using(fitted):
            for at in held_out:
                if at < first_of_sets:
                    phrased.extend(_first_shown(expert, known[at]))
                elif found := whole(expert, sets[at - first_of_sets]):
                    asked.append(found)
    return Fit(_fit(askings), tuple(entries), tuple(phrased), tuple(asked))


def _first_shown(expert: Expert, phrasing: Phrasing) -> Iterator[Prediction]:
    """What a phrasing is shown first when it is left out of the index; nothing where nothing comes close."""
    best = expert.matcher.decide(expert.reader.read(phrasing.text), without=phrasing).best
    if best is not None:
        yield Prediction(best.confidence, best.reference == phrasing.entry)


def cross_validate(askings: Sequence[Asking]) -> Iterator[tuple[Fitted, Sequence[int]]]:
    """Weights fitted without one part of the questions, and the positions of that part; for each part."""
    order = list(range(len(askings)))
    random.Random(1).shuffle(order)  # noqa: S311  (folds, not secrets)
    for fold in range(FOLDS):
        held_out = order[fold::FOLDS]
        others = set(range(len(askings))).difference(held_out)
        yield _fit([askings[at] for at in sorted(others)]), held_out


@contextmanager
def using(fitted: Fitted) -> Iterator[None]:
    """Let every matcher of this process decide with other weights for a while."""
    rank, sure = fitted.weights()
    name = confidences.__name__
    setattr(decide, name, partial(confidences, rank=rank, sure=sure))
    try:
        yield
    finally:
        setattr(decide, name, confidences)


def whole(expert: Expert, asked: Asked) -> Prediction | None:
    """What a question is shown first, and how sure the bot is of it; None where nothing comes close."""
    query = expert.reader.read(asked.text)
    best = expert.matcher.decide(query).best
    if best is None:
        return None
    return Prediction(best.confidence, asked.in_domain and answers(expert, asked, best.reference, query.written))


def _promises(predictions: Sequence[Prediction]) -> str:
    sure = [p.right for p in predictions if p.confidence >= _SURE]
    share = f"{sum(sure) / len(sure):.3f} right" if sure else "none"
    return f"calibration error {calibration_error(predictions):.3f}, of {len(sure)} at {_SURE} and above {share}"


def calibration_error(predictions: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error: mean gap between confidence and share of right ones, over equal bins."""
    gaps = (abs(sum(confidence - right for confidence, right in inside)) for inside in in_bins(predictions))
    return sum(gaps) / len(predictions) if predictions else 0.0


def in_bins(predictions: Sequence[tuple[float, bool]]) -> list[list[tuple[float, bool]]]:
    """Predictions by tenths of confidence."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in predictions:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return bins


def from_phrasings(expert: Expert) -> Iterator[Asking]:
    """Every phrasing as a question, with itself left out of the index."""
    for phrasings in expert.matcher.index.phrasings.values():
        for phrasing in phrasings:
            yield from_phrasing(expert.matcher, phrasing)


def from_phrasing(matcher: Matcher, phrasing: Phrasing, text: str | None = None) -> Asking:
    """A phrasing (or `text` in its stead) as a question to all the others."""
    weighed = matcher.evidence(matcher.reader.read(text or phrasing.text), without=phrasing)
    return _asking([(hit.entry, evidence) for hit, evidence in weighed], {phrasing.entry}, 1.0)


def from_sets(expert: Expert, sets: Sequence[Asked]) -> Iterator[Asking]:
    """Real questions; those outside the subject have no right entry."""
    for asked in sets:
        query = expert.reader.read(asked.text)
        weighed = [(hit.entry, evidence) for hit, evidence in expert.matcher.evidence(query)]
        right = {entry for entry, _ in weighed if asked.in_domain and answers(expert, asked, entry, query.written)}
        yield _asking(weighed, right, _REAL)


def answers(expert: Expert, asked: Asked, entry: str, written: str) -> bool:
    """Whether what stands behind a reference is a right answer, in the language of the question."""
    reply = expert.open(entry, language="en" if written == "en" else "hi")
    return reply is not None and judge(asked, reply).score == "right"


def _asking(weighed: Sequence[tuple[str, Evidence]], right: set[str], weight: float) -> Asking:
    best = sorted(weighed, key=lambda w: -w[1].similarity - w[1].odds)[:_CANDIDATES]
    return Asking(tuple(e for _, e in best), tuple(entry in right for entry, _ in best), weight)


def _features(option: _Vector, share: float) -> tuple[float, ...]:
    return (1.0, *option, lead_of(share))


def _fit(askings: Sequence[Asking]) -> Fitted:
    askings = [a for a in askings if a.options]
    rank = _conditional_logit([a for a in askings if any(a.right)])
    rows: list[tuple[tuple[float, ...], bool, float]] = []
    for asking in askings:
        scores = [_dot(rank, option) for option in asking.options]
        best = max(range(len(scores)), key=scores.__getitem__)
        rows.append((_features(asking.options[best], shares_of(scores)[best]), asking.right[best], asking.weight))
    return Fitted(tuple(rank), tuple(_logistic(rows)))


def _conditional_logit(askings: Sequence[Asking], rounds: int = 8) -> list[float]:
    """Weights under which right options score above the others of their question, by Newton's method."""
    size = len(askings[0].options[0])
    theta = [0.0] * size
    for _ in range(rounds):
        newton = _Newton(theta)
        for asking in askings:
            shares = shares_of([_dot(theta, option) for option in asking.options])
            among = sum(s for s, right in zip(shares, asking.right, strict=True) if right)
            mean = [sum(s * o[i] for s, o in zip(shares, asking.options, strict=True)) for i in range(size)]
            for share, option, right in zip(shares, asking.options, asking.right, strict=True):
                slope = share - (share / among if right else 0.0)
                away = [v - m for v, m in zip(option, mean, strict=True)]
                newton.add(option, asking.weight * slope, away, asking.weight * share)
        theta = newton.step()
    return theta


def _logistic(rows: Sequence[tuple[tuple[float, ...], bool, float]], rounds: int = 12) -> list[float]:
    """Logistic regression with a ridge, by Newton's method."""
    theta = [0.0] * len(rows[0][0])
    for _ in range(rounds):
        newton = _Newton(theta)
        for features, right, weight in rows:
            p = sigmoid(_dot(theta, features))
            newton.add(features, weight * (p - right), features, weight * max(p * (1 - p), 1e-6))
        theta = newton.step()
    return theta


class _Newton:
    """One step of Newton's method with a ridge."""

    def __init__(self, theta: Sequence[float]) -> None:
        size = len(theta)
        self._theta = theta
        self._gradient = [_RIDGE * t for t in theta]
        self._hessian = [[_RIDGE if i == j else 0.0 for j in range(size)] for i in range(size)]

    def add(self, vector: _Vector, slope: float, spread: _Vector, curve: float) -> None:
        """Add a sample: `slope` along `vector`, curvature along `spread`."""
        for i, v in enumerate(vector):
            self._gradient[i] += slope * v
            row, scaled = self._hessian[i], curve * spread[i]
            for j in range(i + 1):
                row[j] += scaled * spread[j]

    def step(self) -> list[float]:
        """The weights after the step."""
        size = len(self._theta)
        rows = [[self._hessian[max(i, j)][min(i, j)] for j in range(size)] + [self._gradient[i]] for i in range(size)]
        for i in range(size):
            pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
            rows[i], rows[pivot] = rows[pivot], rows[i]
            for r in range(i + 1, size):
                factor = rows[r][i] / rows[i][i]
                for c in range(i, size + 1):
                    rows[r][c] -= factor * rows[i][c]
        change = [0.0] * size
        for i in reversed(range(size)):
            rest = sum(rows[i][c] * change[c] for c in range(i + 1, size))
            change[i] = (rows[i][size] - rest) / rows[i][i]
        return [t - c for t, c in zip(self._theta, change, strict=True)]


def _dot(theta: _Vector, vector: _Vector) -> float:
    return math.fsum(t * v for t, v in zip(theta, vector, strict=True))
