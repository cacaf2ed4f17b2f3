"""Puts the core together from its ports. Each target's composition root calls :func:`assemble` once."""

from dataclasses import dataclass

from videochat.core.calls import RING_MS, Calls
from videochat.core.contacts import Contacts
from videochat.core.delivery import Delivery
from videochat.core.history import History
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
from videochat.core.presence import Presence
from videochat.core.relay import Relay, Signal
from videochat.core.signaling import Doorkeeper, Signaling
from videochat.core.tickets import RouteTickets, Signer, SocketTickets
from videochat.core.users import Users


@dataclass(frozen=True)
class Ports:
    """The world, as the core sees it."""

    users: UserStore
    contacts: ContactStore
    connections: ConnectionStore
    calls: CallStore
    tickets: TicketStore
    push: Push
    timers: Timers
    tokens: TokenVerifier
    ice: IceServerSource
    clock: Clock
    ids: Ids


@dataclass(frozen=True)
class CoreSettings:
    """What an operator may change about the core."""

    ring_ms: int = RING_MS
    """How long a call rings."""
    connection_ttl_ms: int = 2 * 3600 * 1000
    """How long a connection counts: the life that API Gateway gives to a socket."""
    max_connections: int = 100
    """Open connections of one user: far more than devices and tabs, few enough that a frame for all of them stays cheap, and that an item
    which holds them all stays far below DynamoDB's 400 KB."""


@dataclass(frozen=True)
class Core:
    """The services."""

    users: Users
    contacts: Contacts
    calls: Calls
    history: History
    tickets: SocketTickets
    doorkeeper: Doorkeeper
    signaling: Signaling
    tokens: TokenVerifier
    ice: IceServerSource
    clock: Clock


def assemble(ports: Ports, secret: bytes | Signer, settings: CoreSettings | None = None) -> Core:
    """The core on top of ``ports``.

    :param secret: at least 32 random bytes that sign tickets; the same in every process of one installation. Or what signs with them.
    """
    settings = settings or CoreSettings()
    signer = secret if isinstance(secret, Signer) else Signer(secret)
    routes = RouteTickets(signer, ports.clock)
    delivery = Delivery(ports.push, ports.connections, ports.clock)
    presence = Presence(
        ports.connections, ports.contacts, delivery, ports.timers, ports.clock, settings.max_connections
    )
    calls = Calls(
        ports.calls,
        ports.connections,
        ports.contacts,
        ports.users,
        routes,
        delivery,
        ports.timers,
        ports.clock,
        settings.ring_ms,
    )
    contacts = Contacts(
        ports.contacts, ports.users, ports.connections, presence, calls, delivery, ports.clock
    )
    users = Users(ports.users, ports.calls, contacts, ports.clock)
    tickets = SocketTickets(signer, ports.tickets, ports.ids, ports.clock)
    return Core(
        users=users,
        contacts=contacts,
        calls=calls,
        history=History(ports.calls, ports.users, ports.clock),
        tickets=tickets,
        doorkeeper=Doorkeeper(tickets, ports.tokens, users, ports.clock),
        signaling=Signaling(
            ports.connections,
            presence,
            calls,
            Relay(ports.connections, ports.contacts, ports.calls, delivery, ports.clock),
            Signal(routes, delivery),
            delivery,
            tickets,
            ports.clock,
            settings.connection_ttl_ms,
        ),
        tokens=ports.tokens,
        ice=ports.ice,
        clock=ports.clock,
    )
