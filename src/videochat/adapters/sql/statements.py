"""Statements and conversions that the stores share."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

IN_LIMIT = 500
"""How many values one ``IN`` gets: far below what either database takes (32,766 on SQLite 3.32 and later)."""


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``.

    The result's ``rowcount`` is good: 0 when nothing was inserted because of a conflict.
    """
    statement = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    # Or SQLAlchemy does not keep it for an INSERT.
    return statement.execution_options(preserve_rowcount=True)


def to_struct(row: Row[Any], kind: type[T]) -> T:
    """The row as a struct whose fields are called as the columns."""
    return msgspec.convert(row, kind, from_attributes=True)


def to_values(struct: msgspec.Struct) -> dict[str, Any]:
    """A struct as column values; enumerations become plain strings."""
    values: dict[str, Any] = msgspec.to_builtins(struct)
    return values


def in_batches(values: Iterable[str]) -> Iterator[list[str]]:
    """The distinct ``values``, sorted, in lists of at most :data:`IN_LIMIT`."""
    distinct = sorted(set(values))
    for start in range(0, len(distinct), IN_LIMIT):
        yield distinct[start : start + IN_LIMIT]
