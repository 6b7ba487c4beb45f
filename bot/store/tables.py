"""The tables.  Every row of a server carries its `guild_id`; 0 stands for direct messages.

Times are UTC.  Ids of servers, channels, messages and people are Discord's own (64 bits).  No text
of a message is kept, except in `gaps.text` where a server allowed it.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A moment; SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:  # noqa: ARG002
        """To UTC."""
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment needs a zone"
        return value.astimezone(datetime.UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime.datetime | None:  # noqa: ARG002
        """With its zone."""
        if value is None:
            return None
        moment: datetime.datetime = value
        return moment.replace(tzinfo=datetime.UTC) if moment.tzinfo is None else moment.astimezone(datetime.UTC)


_COUNTER: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only what it calls INTEGER."""

guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("digest_at", UtcDateTime),
)
"""What a server chose, as `bot.store.model.GuildSettings`; when the bot was thrown out, if it was."""

contributions = Table(
    "contributions",
    metadata,
    Column("id", _COUNTER, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("entry", String(100), nullable=False),
    Column("content", JSON, nullable=False),
    Column("base_hash", String(32)),
    Column("told_hash", String(32)),
    Column("author_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", UtcDateTime),
    Column("card_channel_id", BigInteger),
    Column("card_message_id", BigInteger),
    CheckConstraint("kind IN ('correction', 'entry')", name="kind"),
    CheckConstraint("status IN ('pending', 'approved', 'rejected', 'removed')", name="status"),
    Index(None, "guild_id", "status"),
    Index(None, "author_id"),
)
"""Corrections of an entry and entries of a server's own, from the proposal on."""

contribution_votes = Table(
    "contribution_votes",
    metadata,
    Column("contribution_id", _COUNTER, ForeignKey(contributions.c.id, ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("up", Boolean, nullable=False),
    Index(None, "user_id"),
)

votes = Table(
    "votes",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", String(100), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("helped", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "user_id"),
)
"""Whether an answer helped: one vote a person, entry and server."""

counts = Table(
    "counts",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("entry", String(100), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("count", Integer, nullable=False),
)
"""How often what was asked; `entry` is empty where nothing was answered."""

gaps = Table(
    "gaps",
    metadata,
    Column("id", _COUNTER, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("language", String(8), nullable=False),
    Column("intent", String(16)),
    Column("concepts", JSON, nullable=False),
    Column("text", Text),
    Index(None, "guild_id", "at"),
)
"""Questions without an answer: what was named in them, and their words only where the server keeps them."""

replies = Table(
    "replies",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("reply_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "guild_id"),
    Index(None, "user_id"),
    Index(None, "at"),
)
"""Which message of ours answers which message, so that edits and deletions can be followed."""

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
"""Work that one process does for all."""

OF_GUILDS: Final = (guilds, contributions, votes, counts, gaps, replies)
"""Tables with a `guild_id`."""
