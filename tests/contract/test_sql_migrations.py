"""The migrations: from nothing, from older databases, by several processes at once."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

import videochat.adapters.sql
from videochat.adapters.sql.engine import open_engine, reading, transaction
from videochat.adapters.sql.migrations import upgrade
from videochat.adapters.sql.schema import metadata
from videochat.adapters.sql.users import SqlUsers
from videochat.core.errors import Unavailable
from videochat.core.models import User


def tables(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        )


def test_migrating_an_empty_database_makes_the_tables_as_declared(engine: Engine) -> None:
    # Whatever module declares tables, it hangs them on the one metadata.
    for module in pkgutil.iter_modules(videochat.adapters.sql.__path__, "videochat.adapters.sql."):
        importlib.import_module(module.name)
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert tables(engine) == {*metadata.tables, "alembic_version"}


def test_every_constraint_has_a_name(engine: Engine) -> None:
    for table in metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    users = SqlUsers(engine)
    users.save(User("ann", "ann@example.org", "Ann", 1))
    upgrade(engine)
    assert users.get("ann") == User("ann", "ann@example.org", "Ann", 1)


def test_an_older_database_keeps_its_rows(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(engine, "0001")
    users = SqlUsers(engine)
    users.save(User("ann", "ann@example.org", "Ann", 1))
    upgrade(engine)
    assert users.get("ann") == User("ann", "ann@example.org", "Ann", 1)
    assert tables(engine) >= set(metadata.tables)
    engine.dispose()


def test_a_failed_migration_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'strange.db'}")
    with transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE calls (mine TEXT)")
    with pytest.raises(Unavailable, match="already exists"):
        upgrade(engine)
    assert tables(engine) == {"calls"}
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_in_words(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="9999"):
        upgrade(engine)


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    folder = tmp_path / "it's 100% \u00e4 folder;"
    folder.mkdir()
    engine = open_engine(f"sqlite:///{folder / 'video chat.db'}")
    upgrade(engine)
    assert tables(engine) >= set(metadata.tables)
    engine.dispose()


MIGRATE = """
import sys
from videochat.adapters.sql.engine import open_engine
from videochat.adapters.sql.migrations import upgrade

engine = open_engine(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
upgrade(engine)
"""


def test_processes_that_start_at_once_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    command = [sys.executable, "-W", "error", "-c", MIGRATE, url]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [process.communicate(timeout=60) for process in processes]
    assert [error for _, error in outcomes] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    engine = open_engine(url)
    assert tables(engine) >= set(metadata.tables)
    engine.dispose()
