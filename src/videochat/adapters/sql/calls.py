"""Calls in SQL: the calls themselves, and a claim per user who is in an unfinished one."""

import base64
from typing import Annotated

import msgspec
from sqlalchemy import Connection, Engine, Select, delete, or_, select, union_all, update

from videochat.adapters.sql.engine import reading, transaction
from videochat.adapters.sql.schema import call_claims, calls
from videochat.adapters.sql.statements import insert_into, to_struct, to_values
from videochat.core.errors import CallExists, Conflict, UserBusy
from videochat.core.models import Call, CallPage, CallState, EndReason


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    """The last call of a page. Travels as base64url of JSON; bounded, because it comes back from outside."""

    started_at: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    call_id: Annotated[str, msgspec.Meta(max_length=64)]


class SqlCalls:
    """A :class:`~videochat.core.ports.CallStore`. That a user is in one unfinished call at most is a primary key's doing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, call: Call) -> None:
        with transaction(self._engine) as connection:
            statement = insert_into(connection, calls).values(to_values(call)).on_conflict_do_nothing()
            if connection.execute(statement).rowcount == 0:
                raise CallExists
            if call.state != CallState.ENDED:
                _claim(connection, call)

    def get(self, call_id: str) -> Call | None:
        return self._one(select(calls).where(calls.c.call_id == call_id))

    def unfinished_of(self, user_id: str) -> Call | None:
        return self._one(select(calls).join(call_claims).where(call_claims.c.user_id == user_id))

    def unfinished(self) -> list[Call]:
        """All calls that claim somebody, each once."""
        statement = select(calls).where(calls.c.call_id.in_(select(call_claims.c.call_id)))
        with reading(self._engine) as connection:
            return [to_struct(row, Call) for row in connection.execute(statement)]

    def update(self, call: Call) -> Call:
        stored = msgspec.structs.replace(call, version=call.version + 1)
        statement = (
            update(calls)
            .where(calls.c.call_id == call.call_id, calls.c.version == call.version)
            .values(to_values(stored))
        )
        with transaction(self._engine) as connection:
            if connection.execute(statement).rowcount == 0:
                raise Conflict("the call has changed, or there is none")
            if call.state == CallState.ENDED:
                connection.execute(delete(call_claims).where(call_claims.c.call_id == call.call_id))
        return stored

    def history(self, user_id: str, limit: int, after: str | None) -> CallPage:
        try:
            start = None if after is None else _read_cursor(after)
        except ValueError:
            return CallPage([], None)
        # One ordered walk along each index, as far as the page goes; an OR would sort the whole history.
        as_caller = _newest(select(calls).where(calls.c.caller_id == user_id), limit + 1, start)
        as_callee = _newest(
            select(calls).where(
                calls.c.callee_id == user_id,
                calls.c.caller_id != user_id,
                calls.c.reason.is_distinct_from(EndReason.BLOCKED.value),
            ),
            limit + 1,
            start,
        )
        both = union_all(select(as_caller.subquery()), select(as_callee.subquery())).subquery()
        statement = select(both).order_by(both.c.started_at.desc(), both.c.call_id.desc()).limit(limit + 1)
        with reading(self._engine) as connection:
            found = [to_struct(row, Call) for row in connection.execute(statement)]
        page = found[:limit]
        return CallPage(page, _write_cursor(page[-1]) if len(found) > limit else None)

    def remove_all_of(self, user_id: str) -> None:
        statement = delete(calls).where(or_(calls.c.caller_id == user_id, calls.c.callee_id == user_id))
        with transaction(self._engine) as connection:
            # The claims go with their calls: ON DELETE CASCADE.
            connection.execute(statement)

    def _one(self, statement: Select[tuple[object, ...]]) -> Call | None:
        with reading(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else to_struct(row, Call)


def _claim(connection: Connection, call: Call) -> None:
    """
    :raises UserBusy: the caller rolls back.
    """
    busy = set()
    # Always in the same order: two calls between the same two users would otherwise lock each other out.
    for user_id in sorted({call.caller_id, call.callee_id}):
        statement = insert_into(connection, call_claims).values(user_id=user_id, call_id=call.call_id)
        if connection.execute(statement.on_conflict_do_nothing()).rowcount == 0:
            busy.add(user_id)
    for user_id in (call.callee_id, call.caller_id):
        if user_id in busy:
            raise UserBusy(user_id)


def _newest(
    statement: Select[tuple[object, ...]], limit: int, start: _Cursor | None
) -> Select[tuple[object, ...]]:
    if start is not None:
        statement = statement.where(
            calls.c.started_at <= start.started_at,
            or_(calls.c.started_at < start.started_at, calls.c.call_id < start.call_id),
        )
    return statement.order_by(calls.c.started_at.desc(), calls.c.call_id.desc()).limit(limit)


def _write_cursor(last: Call) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(_Cursor(last.started_at, last.call_id))).decode()


def _read_cursor(text: str) -> _Cursor:
    """
    :raises ValueError: not a cursor.
    """
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=_Cursor)
    except msgspec.MsgspecError as error:
        raise ValueError("not a cursor") from error
