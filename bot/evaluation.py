"""Scores question sets: what was answered right, wrong, offered or declined."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from bot.core.expert import Expert
from bot.core.reply import Outcome, Reply
from bot.yaml_file import parse

Score = Literal["right", "wrong", "offered", "declined", "answered"]
_WRITTEN = frozenset({"en", "hi", "hi-Latn"})


class QuestionSetError(Exception):
    """A question set that can not be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set with what a right answer must hold."""

    id: str
    text: str
    language: str
    in_domain: bool
    must: tuple[tuple[re.Pattern[str], ...], ...] = ()
    must_not: tuple[re.Pattern[str], ...] = ()
    groups: tuple[str, ...] = ()
    """Names of the groups under which it is counted."""


@dataclass
class Result:
    """What became of a question."""

    asked: Asked
    reply: Reply
    score: Score
    lacks: tuple[str, ...] = ()
    """What a wrong answer did not say, or said and should not."""


@dataclass
class Report:
    """Results of a run."""

    results: list[Result] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def table(self) -> list[tuple[str, Mapping[str, int]]]:
        """Group to counts by score, in order of first appearance."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for result in self.results:
            for group in result.asked.groups:
                counts[group][result.score] += 1
        return list(counts.items())


def read_set(path: Path) -> list[Asked]:
    """Read a question set.

    Raises:
        QuestionSetError: the file or an entry of it has not the documented form.
    """
    try:
        data = parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise QuestionSetError(f"{path}: can not be read: {error}") from None
    if not isinstance(data, list):
        raise QuestionSetError(f"{path}: a question set is a list")
    return [_asked(path, index, item) for index, item in enumerate(data)]


def score(expert: Expert, questions: Iterable[Asked]) -> Report:
    """Ask every question and score the replies."""
    report = Report()
    for asked in questions:
        started = time.perf_counter()
        reply = expert.ask(asked.text)
        report.milliseconds.append((time.perf_counter() - started) * 1000)
        report.results.append(judge(asked, reply))
    return report


def judge(asked: Asked, reply: Reply) -> Result:
    """Score one reply."""
    if reply.outcome is Outcome.CHOOSE:
        return Result(asked, reply, "offered")
    if reply.outcome is Outcome.NO_ANSWER:
        return Result(asked, reply, "declined" if asked.in_domain else "right")
    if not asked.in_domain:
        return Result(asked, reply, "answered")
    said = said_by(reply)
    lacks = [
        " | ".join(pattern.pattern for pattern in group)
        for group in asked.must
        if not any(pattern.search(said) for pattern in group)
    ]
    lacks += [f"not: {p.pattern}" for p in asked.must_not if p.search(f"{reply.title}\n{reply.answer}\n{reply.detail}")]
    return Result(asked, reply, "wrong" if lacks else "right", tuple(lacks))


def said_by(reply: Reply) -> str:
    """All that a reply tells."""
    parts = [reply.title, reply.answer, reply.detail or ""]
    parts += [" ".join(row) for row in (reply.table.headings, *reply.table.rows)]
    parts += [f"{c.corrects} {c.text}" for c in reply.corrections]
    parts += [f"{m.belief} {m.text}" for m in reply.misconceptions]
    return "\n".join(parts)


def _asked(path: Path, index: int, item: Any) -> Asked:
    where = f"{path}: entry {index + 1}"
    if not isinstance(item, dict):
        raise QuestionSetError(f"{where}: expected a mapping")
    for name, kind in (("id", str), ("text", str), ("language", str), ("in_domain", bool)):
        if not isinstance(item.get(name), kind):
            raise QuestionSetError(f'{where}: "{name}" must be given, as {kind.__name__}')
    if item["language"] not in _WRITTEN:
        raise QuestionSetError(f"{where}: the language must be one of {', '.join(sorted(_WRITTEN))}")
    groups, never = item.get("must") or [], item.get("must_not") or []
    if not (isinstance(groups, list) and all(isinstance(group, list) for group in groups)):
        raise QuestionSetError(f'{where}: "must" is a list of lists of regular expressions')
    if not isinstance(never, list):
        raise QuestionSetError(f'{where}: "must_not" is a list of regular expressions')
    try:
        must = tuple(tuple(_pattern(p) for p in group) for group in groups)
        must_not = tuple(_pattern(p) for p in never)
    except re.error as error:
        raise QuestionSetError(f"{where}: not a regular expression: {error}") from None
    return Asked(item["id"], item["text"], item["language"], item["in_domain"], must, must_not, tuple(_groups(item)))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(str(text), re.IGNORECASE)


def _groups(item: Mapping[str, Any]) -> Iterator[str]:
    language = item["language"]
    if not item["in_domain"]:
        yield "out of domain"
        yield f"out of domain, {language}"
        if item.get("near"):
            yield "out of domain, near misses"
        return
    yield "in domain"
    yield f"in domain, {language}"
    if item.get("core"):
        yield f"core, {language}"
    if kind := item.get("kind"):
        yield f"kind {kind}"


def summary(report: Report, *, worst: int) -> str:
    """The report for a person: counts a group, then misses, wrong answers first."""
    lines = [f"{'group':34}{'n':>5}{'right':>8}{'wrong':>8}{'offered':>9}{'declined':>10}{'answered':>10}"]
    for group, counts in report.table():
        n = sum(counts.values())
        shares = [f"{counts.get(s, 0) / n:.1%}" for s in ("right", "wrong", "offered", "declined", "answered")]
        lines.append(f"{group:34}{n:>5}{shares[0]:>8}{shares[1]:>8}{shares[2]:>9}{shares[3]:>10}{shares[4]:>10}")
    times = sorted(report.milliseconds)
    if times:
        lines.append(f"\nmedian {times[len(times) // 2]:.2f} ms, slowest {times[-1]:.2f} ms")
    order = ("wrong", "answered", "declined", "offered")
    misses = sorted((r for r in report.results if r.score in order), key=lambda r: order.index(r.score))
    for result in misses[:worst]:
        text = " ".join(result.asked.text.split())[:110]
        lines.append(f"{result.score:9} {result.asked.id}: {text}")
        lines.append(f"{'':9} -> {result.reply.entry or '-'} ({result.reply.confidence:.2f})")
        lines.extend(f"{'':9}    lacks {lack[:100]}" for lack in result.lacks)
    return "\n".join(lines)
