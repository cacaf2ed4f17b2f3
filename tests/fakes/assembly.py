"""The core on fakes."""

from tests.fakes.calls import FakeCalls
from tests.fakes.outward import FakeIceServers, FakeTokens
from tests.fakes.small import FakeClock, FakeIds
from tests.fakes.stores import FakeConnections, FakeContacts, FakeTickets, FakeUsers

from videochat.core.ports import Push, Timers
from videochat.core.services import Core, Ports, assemble


class Fakes:
    """Every port that a core asks, as a fake; :meth:`assemble` makes the core. What sends and what comes later differs by test."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.users = FakeUsers()
        self.contacts = FakeContacts()
        self.connections = FakeConnections()
        self.calls = FakeCalls()
        self.tickets = FakeTickets()
        self.tokens = FakeTokens()
        self.ice = FakeIceServers()

    def assemble(self, push: Push, timers: Timers, ids: str = "id") -> Core:
        """The core on these fakes.

        :param ids: how the ids that it makes begin.
        """
        ports = Ports(
            users=self.users,
            contacts=self.contacts,
            connections=self.connections,
            calls=self.calls,
            tickets=self.tickets,
            push=push,
            timers=timers,
            tokens=self.tokens,
            ice=self.ice,
            clock=self.clock,
            ids=FakeIds(ids),
        )
        return assemble(ports, secret=b"s" * 32)
