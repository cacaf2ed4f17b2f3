"""What the SQL stores ask of the database: a fixed number of statements, each by an index."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from videochat.adapters.sql.calls import SqlCalls
from videochat.adapters.sql.contacts import SqlContacts
from videochat.adapters.sql.engine import reading
from videochat.adapters.sql.tickets import SqlTickets
from videochat.adapters.sql.users import SqlUsers
from videochat.core.models import Call, CallState, ContactPair, ContactRow, Relation, User


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collects what is sent to the database, with its parameters; ``BEGIN`` left out."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


ASK: dict[str, tuple[int, Callable[[Engine], object]]] = {
    "a user": (1, lambda engine: SqlUsers(engine).get("u1")),
    "many users": (1, lambda engine: SqlUsers(engine).get_many([f"u{n}" for n in range(100)])),
    "nobody": (0, lambda engine: SqlUsers(engine).get_many([])),
    "a user by address": (1, lambda engine: SqlUsers(engine).find_by_email("u1@example.org")),
    "contacts": (1, lambda engine: SqlContacts(engine).list_of("me")),
    "a pair": (1, lambda engine: SqlContacts(engine).get_pair("me", "u1")),
    "a call": (1, lambda engine: SqlCalls(engine).get("call-01")),
    "the unfinished call": (1, lambda engine: SqlCalls(engine).unfinished_of("me")),
    "history": (1, lambda engine: SqlCalls(engine).history("me", 50, None)),
    "later history": (1, lambda engine: SqlCalls(engine).history("me", 50, "WzUsImNhbGwtMDUiXQ==")),
    "removing calls": (1, lambda engine: SqlCalls(engine).remove_all_of("me")),
    "a new call": (3, lambda engine: SqlCalls(engine).create(Call("call-new", "x", "d", "y", 1, 2))),
    "a ticket": (2, lambda engine: SqlTickets(engine).redeem("t1", 2_000, 1_000)),
}


def fill(engine: Engine) -> None:
    users, contacts, calls = SqlUsers(engine), SqlContacts(engine), SqlCalls(engine)
    for n in range(20):
        users.save(User(f"u{n}", f"u{n}@example.org", "U", n))
        mine = ContactRow("me", f"u{n}", f"u{n}@example.org", "U", Relation.ACCEPTED)
        theirs = ContactRow(f"u{n}", "me", "me@example.org", "Me", Relation.ACCEPTED)
        contacts.write_pair(ContactPair(None, None), ContactPair(mine, theirs))
        pair = ("me", f"u{n}") if n % 2 else (f"u{n}", "me")
        calls.create(Call(f"call-{n:02}", pair[0], "d", pair[1], n, n, CallState.ENDED))


@pytest.mark.parametrize(("count", "ask"), ASK.values(), ids=ASK.keys())
def test_each_question_takes_a_fixed_number_of_indexed_statements(
    engine: Engine, count: int, ask: Callable[[Engine], object]
) -> None:
    fill(engine)
    with statements(engine) as sent:
        ask(engine)
    assert len(sent) == count, sent
    with reading(engine) as connection:
        plans: list[Sequence[Any]] = []
        for statement, parameters in sent:
            plans += connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [str(plan[-1]) for plan in plans]
    # A table without an index shows as SCAN; the halves of a history page are scanned once they have been found by index.
    tables = ("users", "contacts", "calls", "call_claims", "used_tickets")
    assert not [step for step in steps if step.startswith(tuple(f"SCAN {table}" for table in tables))], steps
