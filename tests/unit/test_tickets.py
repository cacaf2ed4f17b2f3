from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from tests.fakes import FakeClock, FakeIds, FakeTickets

from videochat.core.errors import FrameRefusal, Unauthorized
from videochat.core.models import Connection
from videochat.core.tickets import (
    ROUTE_TICKET_TTL_MS,
    Admission,
    RouteTickets,
    Signer,
    SocketTickets,
    TicketCheck,
)

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
    assert tickets.redeem(issued.ticket) == Admission("ann")
    with pytest.raises(Unauthorized):
        tickets.redeem(issued.ticket)


def test_a_ticket_is_good_for_60_seconds(tickets: SocketTickets, clock: FakeClock) -> None:
    first, second = tickets.issue("ann").ticket, tickets.issue("ann").ticket
    clock.advance(59_999)
    assert tickets.redeem(first) == Admission("ann")
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


def test_a_resume_ticket_opens_the_next_socket_of_its_device(
    tickets: SocketTickets, clock: FakeClock
) -> None:
    ends = clock.now() + 7_200_000
    ticket = tickets.resume(Connection("conn-a", "ann", "dev-a", clock.now(), ends))
    assert TicketCheck(Signer(SECRET), clock).check(ticket) == "ann"
    for device in ("dev-b", "conn-a", "", None):
        with pytest.raises(Unauthorized):
            tickets.redeem(ticket, device)
    assert tickets.redeem(ticket, "dev-a") == Admission("ann", "dev-a", ends)
    with pytest.raises(Unauthorized):
        tickets.redeem(ticket, "dev-a")


def test_a_resume_ticket_ends_with_the_socket_that_it_came_over(
    tickets: SocketTickets, clock: FakeClock
) -> None:
    ann = Connection("conn-a", "ann", "dev-a", clock.now(), clock.now() + 7_200_000)
    first, second = tickets.resume(ann), tickets.resume(ann)
    clock.advance(7_199_999)
    assert tickets.redeem(first, "dev-a").until == clock.now() + 1
    clock.advance(1)
    with pytest.raises(Unauthorized):
        tickets.redeem(second, "dev-a")


def test_forged_tickets_open_nothing(tickets: SocketTickets) -> None:
    resume = tickets.resume(Connection("conn-a", "ann", "dev-a", 0, 2**53))
    for forged in [*forgeries(tickets.issue("ann").ticket), *forgeries(resume)]:
        with pytest.raises(Unauthorized):
            tickets.redeem(forged, "dev-a")


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
