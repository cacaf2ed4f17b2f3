"""Opens the database and runs transactions on it.

SQLite's durability rests on three things: write-ahead logging, ``synchronous=FULL`` (every commit is synced to disk before it is
confirmed; https://www.sqlite.org/pragma.html#pragma_synchronous), and transactions that really are transactions, which takes
Python's ``sqlite3`` out of its legacy mode (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions).
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from videochat.core.errors import Conflict, Unavailable

LOCK_TIMEOUT = 10.0
"""Seconds."""

_POOL_SIZE = 8
_POOL_OVERFLOW = 56
"""Together at least as many connections as the server has worker threads, so that none waits for the pool."""

_SERIALIZATION_FAILURES = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock (PostgreSQL, appendix A): somebody else won."""


@dataclass(frozen=True)
class _Writers:
    """The queue of the writers of one SQLite engine."""

    lock: threading.Lock
    timeout: float


def open_engine(url: str, *, lock_timeout: float = LOCK_TIMEOUT) -> Engine:
    """An engine for ``sqlite:///PATH`` or ``postgresql+DRIVER://…``. Connects on first use, not here.

    A missing SQLite file is created, readable by its owner only; its folder must exist.

    :param lock_timeout: seconds a transaction on SQLite waits for another writer, in this process or another one.
    :raises ValueError: the URL cannot be used; the text says why and holds no password.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("the database URL cannot be read; it looks like sqlite:///folder/file.db") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed, lock_timeout)
    if backend == "postgresql":
        return _create(parsed, pool_pre_ping=True)
    raise ValueError(f"unsupported database {backend!r}: use sqlite or postgresql")


@contextmanager
def transaction(engine: Engine, *, serializable: bool = False) -> Iterator[Connection]:
    """A writing transaction: commits when the block ends, rolls back when it raises.

    SQLite allows one writer at a time, and a transaction that reads first and writes later may find the lock taken in between;
    so the lock is taken at the start (``BEGIN IMMEDIATE``). Do not nest: the inner one would wait for the outer.

    :param serializable: where the database would let transactions see each other's halves, forbid it. (SQLite never does.)
    :raises Conflict: a constraint was violated, or a concurrent transaction won.
    :raises Unavailable: the database failed or stayed locked too long; nothing was written.
    """
    options: dict[str, object] = {"videochat_write": True}
    if serializable and engine.dialect.name != "sqlite":
        options["isolation_level"] = "SERIALIZABLE"
    with _translated(), _sole_writer(engine), engine.connect() as connection:
        connection = connection.execution_options(**options)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads. On SQLite all its statements see one state of the database, and no writer is in the way.

    :raises Unavailable: the database failed.
    """
    with _translated(), engine.connect() as connection:
        yield connection


@contextmanager
def _translated() -> Iterator[None]:
    """Turns SQLAlchemy's errors into the core's."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"constraint violated: {type(error.orig).__name__}") from error
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        if _sqlstate(cause) in _SERIALIZATION_FAILURES:
            raise Conflict("a concurrent transaction won") from error
        # SQLite's messages name files and columns, and before a statement is sent there is nothing to quote; what a server says of a
        # statement may quote people's data, so only its kind is told.
        harmless = isinstance(cause, sqlite3.Error) or getattr(error, "statement", None) is None
        told = str(cause) if harmless else type(cause).__name__
        raise Unavailable(f"database: {told}") from error


def _sqlstate(error: BaseException) -> object:
    """As psycopg or psycopg2 gives it."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


@contextmanager
def _sole_writer(engine: Engine) -> Iterator[None]:
    """On SQLite, queues the writers of this process on a lock: SQLite itself waits by polling, up to 100 ms at a time."""
    writers: _Writers | None = engine.get_execution_options().get("videochat_writers")
    if writers is None:
        yield
        return
    if not writers.lock.acquire(timeout=writers.timeout):
        raise Unavailable("database: another transaction takes too long")
    try:
        yield
    finally:
        writers.lock.release()


def _create(url: URL, **options: object) -> Engine:
    try:
        # Parameters are people's data: they stay out of errors and logs.
        return create_engine(
            url, hide_parameters=True, pool_size=_POOL_SIZE, max_overflow=_POOL_OVERFLOW, **options
        )
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError):
        raise ValueError(f"no driver for {url.drivername!r} is installed") from None


def _open_sqlite(url: URL, lock_timeout: float) -> Engine:
    if not url.database or url.database == ":memory:" or url.query.get("mode") == "memory":
        raise ValueError("the database needs a file: sqlite:///folder/file.db")
    if url.database.startswith("file:"):
        raise ValueError("the database URL takes a path, not a file: URI")
    _make_private(Path(url.database))
    engine = _create(
        url,
        connect_args={"timeout": lock_timeout},
        execution_options={"videochat_writers": _Writers(threading.Lock(), lock_timeout)},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Creates the file before SQLite would, readable by its owner only: it will hold people's addresses and password hashes.

    A file that exists is left alone: closing it would drop the locks that this process holds on it through SQLite
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise ValueError(f"cannot open the database file {path}: it is a folder") from None
    except OSError as error:
        raise ValueError(f"cannot create the database file {path}: {error.strerror}") from None


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        _enable_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        # On macOS a plain fsync leaves data in the drive's cache; elsewhere this does nothing.
        cursor.execute("PRAGMA fullfsync=ON")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        cursor.close()


def _enable_wal(cursor: DBAPICursor) -> None:
    """Switches the file to write-ahead logging; a file that is there already stays so.

    The switch upgrades a read lock, and for that SQLite does not call its busy handler (it might deadlock): when two processes open
    a new file at once, one is told "locked" at once. Waiting is left to us.
    """
    cursor.execute("PRAGMA busy_timeout")
    (milliseconds,) = cursor.fetchone() or (0,)
    deadline = time.monotonic() + milliseconds / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("videochat_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
