"""The composition root of the one-machine edition: the only place that knows which adapter stands behind which port."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from msgspec.structs import replace
from sqlalchemy import Engine, select

from videochat.adapters.ice import ConfiguredIceServers, StaticTurn, TurnSecret
from videochat.adapters.local.clock import SystemClock
from videochat.adapters.local.connections import MemoryConnections
from videochat.adapters.local.contacts import CachedContacts
from videochat.adapters.local.ids import RandomIds
from videochat.adapters.local.keys import KeyFile, KeyFileError, load_or_create_secret
from videochat.adapters.local.push import LocalPush
from videochat.adapters.local.timers import LocalTimers
from videochat.adapters.local.tokens import LocalTokens
from videochat.adapters.sql.calls import SqlCalls
from videochat.adapters.sql.contacts import SqlContacts
from videochat.adapters.sql.engine import open_engine, reading
from videochat.adapters.sql.identity import sql_identity_ports
from videochat.adapters.sql.migrations import upgrade
from videochat.adapters.sql.tickets import SqlTickets
from videochat.adapters.sql.users import SqlUsers
from videochat.core.errors import StoreError, VideoChatError
from videochat.core.models import Identity
from videochat.core.ports import (
    CallStore,
    Clock,
    ConnectionStore,
    ContactStore,
    IceServerSource,
    Ids,
    Push,
    TicketStore,
    Timers,
    TokenVerifier,
    UserStore,
)
from videochat.core.services import Core, CoreSettings, Ports, assemble
from videochat.identity import IdentityProvider, ProviderSettings, SignUp, assemble_identity
from videochat.server.app import create_app
from videochat.server.asgi import App
from videochat.server.identity import create_identity_router
from videochat.server.record import read_record
from videochat.server.settings import Settings
from videochat.server.sockets import SocketServer, SocketSettings
from videochat.server.static import WebApp, find_web_dir

MAX_CONNECTIONS: Final = 10_000
"""Open connections of one user. They stand in memory, so this is no limit for people, only for mistakes."""


class Replaced(TypedDict, total=False):
    """Ports that a test puts in place of the real ones."""

    users: UserStore
    contacts: ContactStore
    connections: ConnectionStore
    calls: CallStore
    tickets: TicketStore
    tokens: TokenVerifier
    ice: IceServerSource
    clock: Clock
    ids: Ids


@dataclass(frozen=True)
class Services:
    """The core and the identity provider on one database: what operators' commands need."""

    settings: Settings
    core: Core
    identity: IdentityProvider
    keys: KeyFile
    engine: Engine

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()


@dataclass(frozen=True)
class Application:
    """A server, ready to be run."""

    services: Services
    app: App
    web: WebApp
    sockets: SocketServer

    @property
    def settings(self) -> Settings:
        """What it was built from."""
        return self.services.settings

    def close(self) -> None:
        """Lets go of everything. After the server has stopped."""
        self.services.close()


class SetupError(VideoChatError):
    """Database or data directory cannot be used; the text says why, for the operator."""


def open_data_dir(settings: Settings) -> None:
    """Creates the data directory with mode 0700 when it is missing.

    :raises SetupError:
    """
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"The data directory {settings.data} cannot be used: {error.strerror}.") from error


def open_services(
    settings: Settings, push: Push, timers: Timers, replaced: Replaced | None = None
) -> Services:
    """The core and the identity provider on the database, brought up to date.

    :param settings: resolved (with a public URL).
    :raises SetupError: the database, or the files in the data directory, cannot be used.
    """
    open_data_dir(settings)
    try:
        engine = open_engine(settings.database_url)
        upgrade(engine)
    except ValueError as error:
        raise SetupError(f"--database: {error}.") from error
    except StoreError as error:
        raise SetupError(f"The database cannot be used: {error}.") from error
    replaced = replaced or {}
    clock = replaced.get("clock") or SystemClock()
    ids = replaced.get("ids") or RandomIds()
    try:
        key_dir = settings.data / "keys"
        keys = KeyFile(key_dir, clock)
        provider_secret = load_or_create_secret(key_dir)
        ticket_secret = load_or_create_secret(key_dir, "tickets")
    except KeyFileError as error:
        raise SetupError(f"The keys cannot be used: {error}.") from error

    def on_added(new: Identity) -> None:
        core.users.current(new)

    def on_removed(gone: Identity) -> None:
        core.users.remove(gone.user_id)

    provider_settings = ProviderSettings.for_public_url(
        settings.base_url,
        sign_up=SignUp(settings.sign_up),
        web_origins=(settings.web_origin,) if settings.web_origin else (),
        token_lifetime=settings.token_seconds,
    )
    identity = assemble_identity(
        provider_settings,
        sql_identity_ports(engine, keys, clock, ids),
        provider_secret,
        on_added=on_added,
        on_removed=on_removed,
    )
    ports: dict[str, Any] = {
        "users": SqlUsers(engine),
        "contacts": CachedContacts(SqlContacts(engine)),
        "connections": MemoryConnections(),
        "calls": SqlCalls(engine),
        "tickets": SqlTickets(engine),
        "push": push,
        "timers": timers,
        "tokens": LocalTokens(provider_settings, keys, is_active=identity.accounts.is_active),
        "ice": _ice(settings),
        "clock": clock,
        "ids": ids,
        **replaced,
    }
    core_settings = CoreSettings(ring_ms=round(settings.ring_seconds * 1000), max_connections=MAX_CONNECTIONS)
    core = assemble(Ports(**ports), ticket_secret, core_settings)
    return Services(settings, core, identity, keys, engine)


class NoSockets:
    """Push and timers of a process that holds no sockets: everything is gone, and nothing comes later."""

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:
        """See :class:`videochat.core.ports.Push`."""
        del frame
        return set(connection_ids)

    def schedule(self, at: int, kind: str, key: str) -> None:
        """See :class:`videochat.core.ports.Timers`: a process that ends loses its timers."""


def open_operator(settings: Settings) -> Services:
    """The services for an operator's command, under the public URL and on the database that the server last ran with.

    :param settings: what was given to the command goes before what the server recorded.
    :raises SetupError:
    """
    record = read_record(settings.data)
    if record is not None:
        settings = replace(
            settings,
            public_url=settings.public_url or record.public_url,
            database=settings.database or record.database,
        )
    none = NoSockets()
    return open_services(settings.resolved(settings.port), none, none)


def build(settings: Settings, *, own_hosts: Sequence[str] = (), **replaced: Unpack[Replaced]) -> Application:
    """A server that is ready to be run.

    :param settings: resolved (with a public URL).
    :param own_hosts: names and addresses under which this machine is reached, without ports.
    :param replaced: ports that a test puts in place of the real ones.
    :raises SetupError: the database, or the files in the data directory, cannot be used.
    """
    push = LocalPush()
    timers = LocalTimers(replaced.get("clock") or SystemClock())
    services = open_services(settings, push, timers, replaced)
    try:
        for call in SqlCalls(services.engine).unfinished():
            services.core.calls.resume(call)
    except StoreError as error:
        raise SetupError(f"The database cannot be used: {error}.") from error
    sockets = SocketServer(
        services.core,
        push,
        timers,
        SocketSettings(
            origins=tuple(dict.fromkeys((settings.base_url, settings.origin))),
            frame_rate=settings.frame_rate,
            frame_burst=settings.frame_burst,
        ),
    )

    def check() -> None:
        with reading(services.engine) as connection:
            connection.execute(select(1))

    web = WebApp(settings.web_dir or find_web_dir())
    app = create_app(
        settings,
        services.core,
        web,
        pages=[create_identity_router(services.identity)],
        own_hosts=own_hosts,
        check=check,
        on_startup=[sockets.start],
        on_shutdown=[sockets.stop],
    )
    return Application(services, app, web, sockets)


def _ice(settings: Settings) -> ConfiguredIceServers:
    auth: TurnSecret | StaticTurn | None = None
    if settings.turn_secret is not None:
        auth = TurnSecret(settings.turn_secret, settings.turn_ttl)
    elif settings.turn_username is not None and settings.turn_credential is not None:
        auth = StaticTurn(settings.turn_username, settings.turn_credential)
    return ConfiguredIceServers(settings.stun, settings.turn_urls, auth, settings.turn_ttl)
