"""Fits the weights of `bot.core.match.weights` on data, and says how well they do on data they did not see.

Two kinds of samples: every phrasing of the base, tried on all the others; and the questions of the
given sets, where an entry counts as right when its reply holds what the set says it must.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from bot.core.expert import Expert
from bot.core.match.evidence import Evidence, shares_of, sigmoid, values
from bot.core.match.weights import Rank, Sure
from bot.evaluation import Asked, judge

FOLDS: Final = 5
_RIDGE: Final = 2.0
"""Keeps weights that little speaks for near nothing."""
_CANDIDATES: Final = 6
_REAL: Final = 4.0
"""What a real question counts: they are few, and phrasings many."""

_Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with the entries weighed for it."""

    options: tuple[tuple[float, ...], ...]
    right: tuple[bool, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of both models, in the order of their fields."""

    rank: tuple[float, ...]
    sure: tuple[float, ...]

    def first(self, asking: Asking) -> tuple[int, float]:
        """The option that comes first, and how sure it is."""
        scores = [_dot(self.rank, option) for option in asking.options]
        best = max(range(len(scores)), key=scores.__getitem__)
        return best, sigmoid(_dot(self.sure, _features(asking.options[best], shares_of(scores)[best])))


def fit(expert: Expert, sets: Sequence[Asked]) -> str:
    """Fit, cross-validate, and return a report that ends with the weights to paste."""
    askings = [a for a in (*from_phrasings(expert), *from_sets(expert, sets)) if a.options]
    random.Random(1).shuffle(askings)  # noqa: S311  (folds, not secrets)
    held_out: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        out = askings[fold::FOLDS]
        fitted = _fit([a for i, a in enumerate(askings) if i % FOLDS != fold])
        for asking in out:
            best, confidence = fitted.first(asking)
            held_out.append((confidence, asking.right[best]))
    fitted = _fit(askings)
    hits = sum(right for _, right in held_out) / len(held_out)
    sure = [right for confidence, right in held_out if confidence >= 0.9]
    lines = [
        f"{len(askings)} questions, {FOLDS}-fold cross-validation:",
        f"  first one right {hits:.3f}, calibration error {calibration_error(held_out):.3f}",
        f"  at 0.9 and above: {len(sure)} questions, {sum(sure) / max(1, len(sure)):.3f} right",
        "",
    ]
    for kind, numbers in ((Rank, fitted.rank), (Sure, fitted.sure)):
        named = ", ".join(f"{f.name}={n:.2f}" for f, n in zip(fields(kind), numbers, strict=True))
        lines.append(f"{kind.__name__}({named})")
    return "\n".join(lines)


def calibration_error(predictions: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and share of right ones, over equal bins."""
    total = 0.0
    for b in range(bins):
        inside = [(c, r) for c, r in predictions if min(int(c * bins), bins - 1) == b]
        total += abs(sum(c for c, _ in inside) - sum(r for _, r in inside))
    return total / len(predictions) if predictions else 0.0


def from_phrasings(expert: Expert) -> Iterator[Asking]:
    """Every phrasing as a question, with itself left out of the index."""
    matcher = expert.matcher
    for entry, phrasings in matcher.index.phrasings.items():
        for phrasing in phrasings:
            query = expert.reader.read(phrasing.text)
            weighed = matcher.evidence(query, without=phrasing)
            yield _asking([(hit.entry, evidence) for hit, evidence in weighed], {entry}, 1.0)


def from_sets(expert: Expert, sets: Sequence[Asked]) -> Iterator[Asking]:
    """Real questions; those outside the subject have no right entry."""
    for asked in sets:
        query = expert.reader.read(asked.text)
        weighed = [(hit.entry, evidence) for hit, evidence in expert.matcher.evidence(query)]
        right = {entry for entry, _ in weighed if asked.in_domain and _answers(expert, asked, entry, query.written)}
        yield _asking(weighed, right, _REAL)


def _answers(expert: Expert, asked: Asked, entry: str, written: str) -> bool:
    reply = expert.open(entry, language="en" if written == "en" else "hi")
    return reply is not None and judge(asked, reply).score == "right"


def _asking(weighed: Sequence[tuple[str, Evidence]], right: set[str], weight: float) -> Asking:
    best = sorted(weighed, key=lambda w: -w[1].similarity - w[1].likeness)[:_CANDIDATES]
    return Asking(tuple(values(e) for _, e in best), tuple(entry in right for entry, _ in best), weight)


def _features(option: _Vector, share: float) -> tuple[float, ...]:
    return (1.0, *option, share)


def _fit(askings: Sequence[Asking]) -> Fitted:
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
