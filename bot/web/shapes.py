"""What is sent back: one shape a route, from which the description of the interface is made."""

from __future__ import annotations

import datetime

import msgspec

from bot.catalogue import Entry, EntryKind, Finding
from bot.core.reply import Link, Reply
from bot.insights import Report


class Error(msgspec.Struct, frozen=True):
    """What is wrong, in one sentence."""

    error: str


class Span(msgspec.Struct, frozen=True):
    """A run of text inside a paragraph."""

    text: str
    code: bool


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """A paragraph (`spans`) or lines to type in a shell (`commands`)."""

    spans: tuple[Span, ...] = ()
    commands: tuple[str, ...] = ()


class Blocks(msgspec.Struct, frozen=True):
    """A reply's texts with their markup taken apart."""

    answer: tuple[Block, ...]
    detail: tuple[Block, ...]
    misconceptions: tuple[tuple[Block, ...], ...]
    corrections: tuple[tuple[Block, ...], ...]


class Answer(Reply, frozen=True, kw_only=True):
    """A reply: an answer, a choice, or the admission that there is none."""

    id: str | int | None = None
    elapsed_ms: float | None = None
    """Milliseconds that the core took."""
    blocks: Blocks


class Suggestions(msgspec.Struct, frozen=True):
    """What could be meant."""

    suggestions: tuple[Link, ...]


class Strings(msgspec.Struct, frozen=True, kw_only=True):
    """The page's own words, and how the base presents itself."""

    language: str
    strings: dict[str, str]
    name: str
    about: tuple[Block, ...]
    examples: tuple[str, ...]
    protected: bool
    """Whether a password was needed to get here."""


class ConceptLine(msgspec.Struct, frozen=True):
    """A concept in a list."""

    id: str
    name: str
    summary: str
    scope: str


class Concepts(msgspec.Struct, frozen=True):
    """All concepts of the base."""

    concepts: tuple[ConceptLine, ...]
    comparisons: tuple[Link, ...]
    """What people often put side by side."""


class Relation(msgspec.Struct, frozen=True):
    """An edge, and how it is read aloud."""

    start: str
    end: str
    type: str
    text: str


class RelationKind(msgspec.Struct, frozen=True):
    """A type of edges."""

    id: str
    label: str
    count: int


class Graph(msgspec.Struct, frozen=True):
    """How everything is connected."""

    version: int
    concepts: tuple[ConceptLine, ...]
    relations: tuple[Relation, ...]
    kinds: tuple[RelationKind, ...]


class Listed(Entry, frozen=True, kw_only=True):
    """An entry of the base with what the lint knows about it."""

    path: str | None = None
    """File inside the base; null until the lint has been there."""
    line: int | None = None
    stale: bool | None = None
    """Whether its English has changed since its Hindi was looked at."""


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """The base as a list."""

    version: int
    shelf_life_days: int
    """Entries reviewed longer ago are reported."""
    checked: bool
    """Whether all rules have been tried; ask again until they have."""
    entries: tuple[Listed, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Finding, ...]
    """Why the files on disk are not in use; the entries are those of the last files that were."""
    kinds: tuple[EntryKind, ...] = ("concept", "question", "misconception", "correction", "comparison")


class State(msgspec.Struct, frozen=True):
    """Whether anything is new."""

    version: int
    """Grows when the base, or what is known about it, has changed."""
    loaded_at: datetime.datetime
    checked: bool
    problems: int


class Numbers(msgspec.Struct, frozen=True):
    """What was asked and how it went."""

    report: Report
    titles: dict[str, str]
    """Of the entries that the report names."""
