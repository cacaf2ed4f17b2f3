from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from tests.fakes import FakeClock, FakeIds, FakeTickets

from videochat.core.errors import FrameRefusal, Unauthorized
from videochat.core.models import Connection
from videochat.core.tickets import ROUTE_TICKET_TTL_MS, RouteTickets, Signer, SocketTickets

SECRET = b"k" * 32
ANN = Connection("conn-a", "ann", "dev-a", 0, 0)
BOB = Connection("conn-b", "bob", "dev-b", 0, 0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tickets(clock: FakeClock) -> SocketTickets:
    return SocketTickets(Signer(SECRET), FakeTickets(), FakeIds(), clock)


def test_a_ticket_opens_one_socket(tickets: SocketTickets) -> None:
    issued = tickets.issue("ann")
    assert issued.expires_in == 60
    assert tickets.redeem(issued.ticket) == "ann"
    with pytest.raises(Unauthorized):
        tickets.redeem(issued.ticket)


def test_a_ticket_is_good_for_60_seconds(tickets: SocketTickets, clock: FakeClock) -> None:
    first, second = tickets.issue("ann").ticket, tickets.issue("ann").ticket
    clock.advance(59_999)
    assert tickets.redeem(first) == "ann"
    clock.advance(1)
    with pytest.raises(Unauthorized):
        tickets.redeem(second)


def forgeries(ticket: str) -> list[str]:
    body, _, mac = ticket.partition(".")
    changed = urlsafe_b64encode(
        urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(b"ann", b"eve")
    ).decode()
    return [
        "",
        ".",
        "x",
        body,
        f".{mac}",
        f"{body}.",
        f"{changed.rstrip('=')}.{mac}",
        f"{ticket}x",
        "é.é",
        f"{ticket}.x",
    ]


def test_forged_tickets_open_nothing(tickets: SocketTickets) -> None:
    for forged in forgeries(tickets.issue("ann").ticket):
        with pytest.raises(Unauthorized):
            tickets.redeem(forged)


def test_a_ticket_of_another_secret_opens_nothing(clock: FakeClock, tickets: SocketTickets) -> None:
    other = SocketTickets(Signer(b"o" * 32), FakeTickets(), FakeIds(), clock)
    with pytest.raises(Unauthorized):
        tickets.redeem(other.issue("ann").ticket)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Signer(b"short")


def test_a_route_names_both_ends(clock: FakeClock) -> None:
    routes = RouteTickets(Signer(SECRET), clock)
    route = routes.open(routes.issue("call-0001", ANN, BOB), "conn-a")
    assert (route.call_id, route.sender, route.to_connection_id) == ("call-0001", ANN, "conn-b")


def test_a_route_is_good_for_one_sender_and_two_hours(clock: FakeClock) -> None:
    routes = RouteTickets(Signer(SECRET), clock)
    ticket = routes.issue("call-0001", ANN, BOB)
    for connection_id in ("conn-b", "conn-c", ""):
        with pytest.raises(FrameRefusal, match="another connection"):
            routes.open(ticket, connection_id)
    for forged in forgeries(ticket):
        with pytest.raises(FrameRefusal):
            routes.open(forged, "conn-a")
    clock.advance(ROUTE_TICKET_TTL_MS)
    with pytest.raises(FrameRefusal):
        routes.open(ticket, "conn-a")


def test_one_kind_of_ticket_never_passes_for_the_other(clock: FakeClock, tickets: SocketTickets) -> None:
    routes = RouteTickets(Signer(SECRET), clock)
    with pytest.raises(Unauthorized):
        tickets.redeem(routes.issue("call-0001", ANN, BOB))
    with pytest.raises(FrameRefusal):
        routes.open(tickets.issue("ann").ticket, "conn-a")
