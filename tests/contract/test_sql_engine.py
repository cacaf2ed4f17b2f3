"""The SQL engine: durability settings, transactions, translated errors."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, text

from videochat.adapters.sql.engine import open_engine, reading, transaction
from videochat.adapters.sql.migrations import upgrade
from videochat.adapters.sql.schema import call_claims, users
from videochat.adapters.sql.users import SqlUsers
from videochat.core.errors import Conflict, EmailTaken, StoreError, Unavailable
from videochat.core.models import User

ANN = {"user_id": "ann", "email": "ann@example.org", "name": "Ann", "created_at": 1}
BOB = {"user_id": "bob", "email": "bob@example.org", "name": "Bob", "created_at": 1}


def count_users(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(users)).scalar_one()


def pragma(engine: Engine, name: str) -> object:
    with reading(engine) as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_commit_is_synced_to_disk(engine: Engine) -> None:
    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "synchronous") == 2  # FULL
    assert pragma(engine, "fullfsync") == 1


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    assert pragma(engine, "foreign_keys") == 1
    with pytest.raises(Conflict), transaction(engine) as connection:
        connection.execute(insert(call_claims).values(user_id="ann", call_id="no such call"))


def test_the_database_is_readable_by_its_owner_only(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files][:2] == ["videochat.db", "videochat.db-shm"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_opening_again_keeps_the_locks_of_this_process(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "videochat.db"
    with transaction(engine) as connection:
        connection.execute(insert(users).values(ANN))
        second = open_engine(f"sqlite:///{path}", lock_timeout=0)
        with pytest.raises(Unavailable), transaction(second):
            pytest.fail("two writers at once")
    second.dispose()
    assert count_users(engine) == 1


def test_a_block_that_ends_is_committed(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(users).values(ANN))
    assert count_users(engine) == 1


def test_a_block_that_raises_is_rolled_back_whole(engine: Engine) -> None:
    def write_and_fail() -> None:
        with transaction(engine) as connection:
            connection.execute(insert(users).values(ANN))
            connection.execute(text("CREATE TABLE made_in_vain (id INTEGER)"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_and_fail()
    assert count_users(engine) == 0
    with reading(engine) as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    assert "made_in_vain" not in tables
    with transaction(engine) as connection:
        connection.execute(insert(users).values(BOB))
    assert count_users(engine) == 1


def test_a_violated_constraint_is_a_conflict_and_writes_nothing(engine: Engine) -> None:
    rows = [ANN, BOB | {"email": "ann@example.org"}]
    with pytest.raises(Conflict), transaction(engine) as connection:
        connection.execute(insert(users), rows)
    assert count_users(engine) == 0


def test_a_reader_sees_one_state_and_holds_up_no_writer(engine: Engine) -> None:
    with reading(engine) as connection:
        before = connection.execute(select(func.count()).select_from(users)).scalar_one()
        with transaction(engine) as writer:
            writer.execute(insert(users).values(ANN))
        after = connection.execute(select(func.count()).select_from(users)).scalar_one()
    assert (before, after) == (0, 0)
    assert count_users(engine) == 1


def test_a_writer_that_waits_too_long_is_told(engine: Engine, tmp_path: Path) -> None:
    impatient = open_engine(f"sqlite:///{tmp_path / 'videochat.db'}", lock_timeout=0.01)
    with transaction(engine), pytest.raises(Unavailable), transaction(impatient):
        pytest.fail("two writers at once")
    # Within one engine as well, where a nested transaction would wait for itself.
    with transaction(impatient), pytest.raises(Unavailable), transaction(impatient):
        pytest.fail("two writers at once")
    with transaction(impatient) as connection:
        connection.execute(insert(users).values(ANN))
    impatient.dispose()
    assert count_users(engine) == 1


def test_a_waiting_writer_goes_on_when_the_first_is_done(engine: Engine, tmp_path: Path) -> None:
    second = open_engine(f"sqlite:///{tmp_path / 'videochat.db'}")
    with transaction(engine) as connection:
        waiting = threading.Thread(
            target=SqlUsers(second).save, args=[User("bob", "bob@example.org", "Bob", 1)]
        )
        waiting.start()
        connection.execute(insert(users).values(ANN))
    waiting.join()
    second.dispose()
    assert count_users(engine) == 2


def test_a_plain_database_turns_to_write_ahead_logging_once_others_let_it(tmp_path: Path) -> None:
    path = tmp_path / "restored.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE something (id INTEGER)")
    other.execute("BEGIN")
    other.execute("SELECT * FROM something").fetchall()
    engine = open_engine(f"sqlite:///{path}", lock_timeout=0.01)
    with pytest.raises(Unavailable, match="locked"):
        pragma(engine, "journal_mode")
    other.close()
    assert pragma(engine, "journal_mode") == "wal"
    engine.dispose()


def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 1_000)
    broken = open_engine(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="not a database"):
        SqlUsers(broken).get("ann")
    with pytest.raises(Unavailable, match="not a database"):
        upgrade(broken)
    broken.dispose()


def test_a_database_without_its_tables_is_unavailable(tmp_path: Path) -> None:
    empty = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Unavailable, match="no such table"):
        SqlUsers(empty).get("ann")
    with pytest.raises(Unavailable, match="no such table"):
        SqlUsers(empty).save(User("ann", "ann@example.org", "Ann", 1))
    empty.dispose()


def test_errors_carry_nobodys_data(engine: Engine) -> None:
    secret = "ann-secret@example.org"
    store = SqlUsers(engine)
    store.save(User("ann", secret, "Ann Secret", 1))
    errors: list[StoreError] = []
    with pytest.raises(EmailTaken) as taken:
        store.save(User("bob", secret, "Bob Secret", 1))
    errors.append(taken.value)
    with pytest.raises(Conflict) as conflict, transaction(engine) as connection:
        connection.execute(insert(users).values(BOB | {"email": secret}))
    errors.append(conflict.value)
    with transaction(engine) as connection:
        connection.exec_driver_sql("DROP TABLE users")
    with pytest.raises(Unavailable) as unavailable:
        store.find_by_email(secret)
    errors.append(unavailable.value)
    for error in errors:
        cause: BaseException | None = error
        while cause is not None:
            assert "ecret" not in f"{cause} {cause!r}"
            cause = cause.__cause__


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "cannot be read"),
        ("videochat.db", "cannot be read"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///x?mode=memory", "needs a file"),
        ("sqlite:///file:x.db?uri=true", "not a file: URI"),
        ("sqlite:///no/such/folder/x.db", "No such file or directory"),
        ("sqlite:////", "it is a folder"),
        ("mysql://ann:hunter2@localhost/x", "unsupported database 'mysql'"),
        ("postgresql+nosuchdriver://ann:hunter2@localhost/x", "no driver for 'postgresql\\+nosuchdriver'"),
        ("://hunter2", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_in_words(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        open_engine(url)
    assert "hunter2" not in str(refused.value)
