"""What the two databases say differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert


def upsert(
    connection: AsyncConnection,
    table: Table,
    values: Mapping[str, Any],
    replaced: Sequence[str],
    *,
    added: str | None = None,
    where: ColumnElement[bool] | None = None,
) -> Insert:
    """Insert a row; where its primary key is taken, replace some columns, and add to the column `added`.

    With `where`, only if that holds for the row that is there.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**values)
    changes: dict[str, Any] = {name: statement.excluded[name] for name in replaced}
    if added is not None:
        changes[added] = table.c[added] + statement.excluded[added]
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changes, where=where)
