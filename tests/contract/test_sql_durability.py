"""A process that is killed at any moment has lost nothing that it had confirmed, and has left nothing half done."""

import json
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, select
from tests.contract import confirming_writer

from videochat.adapters.sql.calls import SqlCalls
from videochat.adapters.sql.contacts import SqlContacts
from videochat.adapters.sql.engine import open_engine, reading
from videochat.adapters.sql.schema import call_claims, calls, contacts
from videochat.adapters.sql.tickets import SqlTickets
from videochat.adapters.sql.users import SqlUsers
from videochat.core.models import CallState

ROUNDS = 5
WRITES_BEFORE_KILL = 150


def write_until_killed(url: str, round_: int) -> list[list[object]]:
    """Starts the writer, kills it (SIGKILL) in the middle of writing, and returns what it had confirmed."""
    script = str(confirming_writer.__file__)
    with subprocess.Popen(
        [sys.executable, "-W", "error", script, url, str(round_)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        # Another number each time, so that the kill strikes other moments.
        for line in process.stdout:
            lines.append(line)
            if len(lines) == WRITES_BEFORE_KILL + 7 * round_:
                process.kill()
        assert process.stderr.read() == ""
    assert process.returncode == -9
    if not lines[-1].endswith("\n"):
        lines.pop()
    return [json.loads(line) for line in lines]


def check_confirmed(engine: Engine, confirmed: list[list[object]]) -> None:
    users, contacts, calls, tickets = (
        SqlUsers(engine),
        SqlContacts(engine),
        SqlCalls(engine),
        SqlTickets(engine),
    )
    for kind, name, *rest in confirmed:
        match kind:
            case "user":
                assert users.get(str(name)) is not None
            case "contact":
                pair = contacts.get_pair(str(name), f"{name}-other")
                assert pair.mine is not None
                assert pair.theirs is not None
            case "call":
                call = calls.get(f"call-{name}")
                assert call is not None
                assert isinstance(rest[0], int)
                assert call.version >= rest[0]
            case "ticket":
                assert not tickets.redeem(f"ticket-{name}", confirming_writer.FOREVER, now=1)
            case _:
                raise AssertionError(kind)


def check_nothing_is_half_done(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        directions = {(row.user_id, row.contact_user_id) for row in connection.execute(select(contacts))}
        claimed = {(row.user_id, row.call_id) for row in connection.execute(select(call_claims))}
        unfinished = connection.execute(select(calls).where(calls.c.state != CallState.ENDED.value)).all()
    assert directions == {(contact, user) for user, contact in directions}
    assert claimed == {
        (user_id, call.call_id) for call in unfinished for user_id in (call.caller_id, call.callee_id)
    }


def test_what_was_confirmed_survives_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'videochat.db'}"
    confirmed: list[list[object]] = []
    for round_ in range(ROUNDS):
        confirmed += write_until_killed(url, round_)
        engine = open_engine(url)
        check_confirmed(engine, confirmed)
        check_nothing_is_half_done(engine)
        engine.dispose()
    assert {kind for kind, *_ in confirmed} == {"user", "contact", "call", "ticket"}
    assert len(confirmed) >= ROUNDS * WRITES_BEFORE_KILL
