"""The shapes of what is kept: a server's choices, what members propose, and numbers."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from bot.core.knowledge.model import Intent

Strictness = Literal["relaxed", "strict", "strictest"]

SURE: Final[dict[Strictness, float]] = {"relaxed": 0.75, "strict": 0.9, "strictest": 0.97}
"""Confidence from which a question that was not put to the bot is answered."""
MAX_CHANNELS: Final = 25
"""Channels that can be watched: what one menu of Discord's holds."""
SHORTEST_RETENTION: Final = 7
LONGEST_RETENTION: Final = 365
"""Days."""

Snowflake = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class GuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One server's choices."""

    language: Literal["auto", "en", "hi"] = "auto"
    """Of replies where the person chose none; auto is the language of the question."""
    channels: Annotated[tuple[Snowflake, ...], msgspec.Meta(max_length=MAX_CHANNELS)] = ()
    """Where questions are answered that nobody put to the bot: text channels, and forums for new posts."""
    strictness: Strictness = "strict"
    """How sure the bot must be there."""
    review_channel: Snowflake | None = None
    """Where proposals of members appear; without it there are none."""
    review_role: Snowflake | None = None
    """Who may decide on them, besides those who may manage the server."""
    keep_texts: bool = False
    """Whether the words of questions without an answer are kept."""
    retention_days: Annotated[int, msgspec.Meta(ge=SHORTEST_RETENTION, le=LONGEST_RETENTION)] = 90
    """Days until counts, texts and links between messages are deleted."""
    digest_channel: Snowflake | None = None
    """Where a summary appears every week; without it there is none."""


DEFAULTS: Final = GuildSettings()
"""What holds where nobody chose anything, and while the database can not be read."""
DIRECT: Final = 0
"""The "server" of direct messages and group chats."""
GRACE_DAYS: Final = 14
"""Days after which the data of a server that the bot left is deleted."""


SHORT: Final = 300
LONG: Final = 1500
MAX_PHRASINGS: Final = 30
MAX_SOURCES: Final = 5

_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=SHORT)]
_Long = Annotated[str, msgspec.Meta(min_length=1, max_length=LONG)]
_Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s]+$", max_length=300)]


MOST_PENDING: Final = 5
"""Proposals of one person in a server that nobody has decided on."""
MOST_KEPT: Final = 500
"""Own entries, and corrections, of one server."""


class Status(StrEnum):
    """Where a proposal stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REMOVED = "removed"
    """Approved once, and taken away again."""


class Correction(msgspec.Struct, frozen=True, kw_only=True, tag="correction", tag_field="kind"):
    """What is wrong with an answer, and what is right."""

    wrong: _Short
    right: _Long
    source: _Address | None = None
    language: str = "en"
    """The language it is written in: en or hi."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A document that an own entry cites."""

    title: _Short
    url: _Address


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text in one language or both."""

    en: _Long | None = None
    hi: _Long | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="entry", tag_field="kind"):
    """A question of the server's own, with its answer; each text in one language or both."""

    title: Words
    answer: Words
    detail: Words | None = None
    intent: Intent = Intent.HOW_TO
    concepts: tuple[str, ...] = ()
    """Ids of concepts of the base, most important first."""
    phrasings: Annotated[tuple[_Short, ...], msgspec.Meta(max_length=MAX_PHRASINGS)] = ()
    """Ways of asking, in any language."""
    sources: Annotated[tuple[Reference, ...], msgspec.Meta(max_length=MAX_SOURCES)] = ()


Content = Correction | Entry


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal and what became of it."""

    id: int
    guild_id: int
    status: Status
    entry: str
    """The reference that a correction is about; an own entry's is its own (`own_reference`)."""
    content: Content
    base_hash: str | None = None
    """What the base said at `entry` when the correction was approved last: see `hash_of`."""
    told_hash: str | None = None
    """What the base said there when reviewers were told last that it has changed."""
    author_id: int | None = None
    """Who proposed it; None once that person asked to be forgotten."""
    created_at: datetime.datetime
    revision: int = 1
    """Counts up with every edit and decision, so that two moderators do not overwrite each other."""
    decided_by: int | None = None
    decided_at: datetime.datetime | None = None
    card_channel_id: int | None = None
    card_message_id: int | None = None
    up: int = 0
    down: int = 0
    """Votes of members."""

    @property
    def kind(self) -> str:
        """Correction or entry."""
        return "correction" if isinstance(self.content, Correction) else "entry"


OWN: Final = "own-"


def own_reference(id: int) -> str:
    """The reference of a server's own entry, fit for a control."""
    return f"{OWN}{id}"


def own_id(reference: str) -> int | None:
    """The contribution behind such a reference; None for any other."""
    number = reference.removeprefix(OWN)
    return int(number) if reference.startswith(OWN) and number.isascii() and number.isdigit() else None


class Asked(NamedTuple):
    """What one count counts."""

    guild_id: int
    day: datetime.date
    entry: str
    """Reference of what was answered; empty where nothing was."""
    outcome: str
    """answer, choose or no_answer."""
    language: str
    """en, hi or hi-Latn."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A question that got no answer."""

    guild_id: int
    at: datetime.datetime
    language: str
    intent: str | None = None
    concepts: tuple[str, ...] = ()
    """What was named in it."""
    text: str | None = None
    """Its words, only where the server keeps them."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """Questions of one day."""

    day: datetime.date
    answer: int = 0
    choose: int = 0
    no_answer: int = 0


class Helped(msgspec.Struct, frozen=True, kw_only=True):
    """Votes on one entry."""

    entry: str
    yes: int
    no: int


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """A server's numbers over a time."""

    since: datetime.date
    until: datetime.date
    outcomes: dict[str, int]
    languages: dict[str, int]
    top: tuple[tuple[str, int], ...]
    """Entries and how often they were the answer, most first."""
    days: tuple[Day, ...]
    """Every day of the time, empty ones included."""
    helped: tuple[Helped, ...]
    """Entries that were voted on, most votes first."""
    gaps: tuple[Gap, ...]
    """The latest first."""

    @property
    def total(self) -> int:
        """All questions."""
        return sum(self.outcomes.values())

    @property
    def helpful(self) -> float | None:
        """Share of votes that say it helped; None without votes."""
        yes, no = sum(h.yes for h in self.helped), sum(h.no for h in self.helped)
        return yes / (yes + no) if yes + no else None
