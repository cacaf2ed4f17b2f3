"""The adapters under contract.

Each suite takes one fixture, named after its port (``users``, ``contacts``, …), which comes as every adapter in turn. A further
adapter joins by a fixture called ``<adapter>_<port>`` that yields an empty store, and its name in :data:`ADAPTERS`; no suite changes.

With ``--dynamodb ministack`` the DynamoDB adapters alone are tested, over HTTP against the emulator of ``make cloud``, instead of against
moto in this process.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from tests.aws.dynamodb import emulated
from tests.aws.ministack import MiniStack
from tests.fakes import FakeCalls, FakeConnections, FakeContacts, FakeTickets, FakeUsers

from videochat.adapters.dynamodb.calls import DynamoDBCalls
from videochat.adapters.dynamodb.connections import DynamoDBConnections
from videochat.adapters.dynamodb.contacts import DynamoDBContacts
from videochat.adapters.dynamodb.tickets import DynamoDBTickets
from videochat.adapters.dynamodb.users import DynamoDBUsers
from videochat.adapters.local.connections import MemoryConnections
from videochat.adapters.local.contacts import CachedContacts
from videochat.adapters.sql.calls import SqlCalls
from videochat.adapters.sql.contacts import SqlContacts
from videochat.adapters.sql.engine import open_engine
from videochat.adapters.sql.migrations import upgrade
from videochat.adapters.sql.tickets import SqlTickets
from videochat.adapters.sql.users import SqlUsers
from videochat.core.ports import CallStore, ConnectionStore, ContactStore, TicketStore, UserStore

ADAPTERS = {
    "users": ["fake", "sql", "dynamodb"],
    "contacts": ["fake", "sql", "cached_sql", "dynamodb"],
    "connections": ["fake", "memory", "dynamodb"],
    "calls": ["fake", "sql", "dynamodb"],
    "tickets": ["fake", "sql", "dynamodb"],
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the choice of the database behind the DynamoDB adapters."""
    parser.addoption("--dynamodb", choices=["moto", "ministack"], default="moto")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves what moto has nothing to do with to the runs with moto."""
    if config.getoption("--dynamodb", "moto") == "ministack":
        chosen = [item for item in items if _is_about_dynamodb(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


def _is_about_dynamodb(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "dynamodb" in callspec.params.values()


def _adapter(request: pytest.FixtureRequest, port: str) -> Any:
    return request.getfixturevalue(f"{request.param}_{port}")


@pytest.fixture(params=ADAPTERS["users"])
def users(request: pytest.FixtureRequest) -> UserStore:
    return cast(UserStore, _adapter(request, "users"))


@pytest.fixture(params=ADAPTERS["contacts"])
def contacts(request: pytest.FixtureRequest) -> ContactStore:
    return cast(ContactStore, _adapter(request, "contacts"))


@pytest.fixture(params=ADAPTERS["connections"])
def connections(request: pytest.FixtureRequest) -> ConnectionStore:
    return cast(ConnectionStore, _adapter(request, "connections"))


@pytest.fixture(params=ADAPTERS["calls"])
def calls(request: pytest.FixtureRequest) -> CallStore:
    return cast(CallStore, _adapter(request, "calls"))


@pytest.fixture(params=ADAPTERS["tickets"])
def tickets(request: pytest.FixtureRequest) -> TicketStore:
    return cast(TicketStore, _adapter(request, "tickets"))


# Fakes


@pytest.fixture
def fake_users() -> UserStore:
    return FakeUsers()


@pytest.fixture
def fake_contacts() -> ContactStore:
    return FakeContacts()


@pytest.fixture
def fake_connections() -> ConnectionStore:
    return FakeConnections()


@pytest.fixture
def fake_calls() -> CallStore:
    return FakeCalls()


@pytest.fixture
def fake_tickets() -> TicketStore:
    return FakeTickets()


# One process


@pytest.fixture
def memory_connections() -> ConnectionStore:
    return MemoryConnections()


@pytest.fixture
def cached_sql_contacts(engine: Engine) -> ContactStore:
    return CachedContacts(SqlContacts(engine))


# SQL


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty database in a file."""
    engine = open_engine(f"sqlite:///{tmp_path / 'videochat.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sql_users(engine: Engine) -> UserStore:
    return SqlUsers(engine)


@pytest.fixture
def sql_contacts(engine: Engine) -> ContactStore:
    return SqlContacts(engine)


@pytest.fixture
def sql_calls(engine: Engine) -> CallStore:
    return SqlCalls(engine)


@pytest.fixture
def sql_tickets(engine: Engine) -> TicketStore:
    return SqlTickets(engine)


# DynamoDB


@pytest.fixture
def dynamodb(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of an emulated database with empty tables."""
    if request.config.getoption("--dynamodb", "moto") == "ministack":
        with request.getfixturevalue("ministack").database() as client:
            yield client
    else:
        with emulated() as client:
            yield client


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """The emulator, with nothing but DynamoDB."""
    with MiniStack.running(tmp_path_factory.mktemp("ministack")) as emulator:
        yield emulator


@pytest.fixture
def dynamodb_users(dynamodb: Any) -> UserStore:
    return DynamoDBUsers(dynamodb, "UsersTable")


@pytest.fixture
def dynamodb_contacts(dynamodb: Any) -> ContactStore:
    return DynamoDBContacts(dynamodb, "ContactsTable")


@pytest.fixture
def dynamodb_connections(dynamodb: Any) -> ConnectionStore:
    return DynamoDBConnections(dynamodb, "ConnectionsTable")


@pytest.fixture
def dynamodb_calls(dynamodb: Any) -> CallStore:
    return DynamoDBCalls(dynamodb, "CallsTable")


@pytest.fixture
def dynamodb_tickets(dynamodb: Any) -> TicketStore:
    return DynamoDBTickets(dynamodb, "ConnectionsTable")
