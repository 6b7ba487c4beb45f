"""What the core hands to a surface: one reply, in one language, for no platform in particular."""

from __future__ import annotations

import datetime
from enum import StrEnum

import msgspec

from bot.core.knowledge.model import Intent, Verdict


class Outcome(StrEnum):
    """The three ways in which a question can end."""

    ANSWER = "answer"
    CHOOSE = "choose"
    NO_ANSWER = "no_answer"


class Kind(StrEnum):
    """What the reply was made from."""

    QUESTION = "question"
    CONCEPT = "concept"
    COMPARISON = "comparison"
    RELATION = "relation"


class MisconceptionNote(msgspec.Struct, frozen=True):
    """A belief that the question carried."""

    belief: str
    text: str
    source: str
    """Address of the document."""


class CorrectionNote(msgspec.Struct, frozen=True):
    """What corrects the usual answer."""

    corrects: str
    verdict: Verdict
    text: str
    source: str


class Table(msgspec.Struct, frozen=True):
    """A comparison: `rows` hold a label and then one cell a column ("" where nothing is known)."""

    columns: tuple[str, ...] = ()
    """Concept ids."""
    rows: tuple[tuple[str, ...], ...] = ()
    headings: tuple[str, ...] = ()
    """The columns' names in the reply's language."""

    def __bool__(self) -> bool:
        return bool(self.rows)


class CitedSource(msgspec.Struct, frozen=True):
    """A document behind the reply."""

    title: str
    url: str
    version: str | None
    reviewed: datetime.date


class Link(msgspec.Struct, frozen=True):
    """Something else that can be opened: `entry` is a reference that `Expert.open` takes."""

    entry: str
    title: str


class Candidate(msgspec.Struct, frozen=True):
    """An entry that was weighed, for those who want to see why."""

    entry: str
    title: str
    confidence: float


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, a choice, or the admission that there is none.

    Texts carry the markup of the knowledge base and nothing else; see `bot.core.markup`.
    """

    text: str
    """The question as it was given."""
    language: str
    """How the question was written: en, hi or hi-Latn."""
    reply_language: str
    """en or hi."""
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    kind: Kind | None = None
    entry: str | None = None
    """The reference of what was answered."""
    intent: Intent | None = None
    concepts: tuple[str, ...] = ()
    confidence: float = 0.0
    """The chance that this is what was asked for, 0 to 1."""
    title: str = ""
    answer: str = ""
    detail: str | None = None
    misconceptions: tuple[MisconceptionNote, ...] = ()
    corrections: tuple[CorrectionNote, ...] = ()
    table: Table = Table()
    sources: tuple[CitedSource, ...] = ()
    choices: tuple[Link, ...] = ()
    """At most five."""
    related: tuple[Link, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def as_json(reply: Reply, *, id: object = None, elapsed_ms: float | None = None) -> dict[str, object]:
    """The reply as the public JSON object (builtins only)."""
    fields: dict[str, object] = msgspec.to_builtins(reply)
    head = {"id": id, "text": fields.pop("text")}
    return head | fields | {"elapsed_ms": elapsed_ms}
