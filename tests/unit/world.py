"""A whole core on fakes, with people in it."""

from typing import Any

import msgspec
from tests.fakes import FakePush, Fakes, FakeTimers

from videochat.core.models import Connection, ContactRow, Identity, Relation, User
from videochat.core.tickets import Admission


class World(Fakes):
    """Frames go in through :meth:`send`; what comes out is read per connection."""

    def __init__(self) -> None:
        super().__init__()
        self.push = FakePush()
        self.timers = FakeTimers()
        self.core = self.assemble(self.push, self.timers)

    def person(self, name: str) -> str:
        """A user ``name`` with the address ``name@example.org``; the id is the name."""
        self.users.save(User(name, f"{name}@example.org", name.title(), self.clock.now()))
        return name

    def people(self, *names: str) -> tuple[str, ...]:
        """Several persons, all of them each other's accepted contacts."""
        for name in names:
            self.person(name)
        for index, name in enumerate(names):
            for other in names[index + 1 :]:
                self.befriend(name, other)
        return names

    def befriend(self, a: str, b: str) -> None:
        self.core.contacts.add(a, f"{b}@example.org")
        self.core.contacts.change(b, a, "accepted")

    def connect(self, user_id: str, connection_id: str, device_id: str | None = None) -> Connection:
        self.clock.advance(1)
        connection = self.core.signaling.connect(Admission(user_id), connection_id, device_id)
        self.push.take(connection_id)
        return connection

    def drop(self, connection_id: str) -> None:
        self.core.signaling.disconnect(connection_id)

    def send(self, connection_id: str, action: str, **fields: Any) -> None:
        frame = {"action": action, **{name.rstrip("_"): value for name, value in fields.items()}}
        self.core.signaling.receive(connection_id, msgspec.json.encode(frame))

    def take(self, connection_id: str, *actions: str) -> list[dict[str, Any]]:
        """What came for this connection since the last look; with ``actions``, checks them and leaves out lists and histories."""
        frames = self.push.take(connection_id)
        if actions:
            frames = [frame for frame in frames if frame["action"] not in ("contacts", "calls", "presence")]
            assert [frame["action"] for frame in frames] == list(actions)
        return frames

    def one(self, connection_id: str, action: str) -> dict[str, Any]:
        """The only frame for this connection since the last look."""
        return self.take(connection_id, action)[0]

    def nothing(self, connection_id: str) -> None:
        frames = [
            frame
            for frame in self.push.take(connection_id)
            if frame["action"] not in ("contacts", "calls", "presence")
        ]
        assert frames == []

    def refused(self, connection_id: str, code: str) -> dict[str, Any]:
        """The only frame since the last look is this error."""
        frame = self.one(connection_id, "error")
        assert frame["code"] == code
        return frame

    def clear(self) -> None:
        self.push.clear()

    def pass_time(self, milliseconds: int) -> None:
        """Moves the clock from timer to timer, so that each fires at its own time."""
        end = self.clock.now() + milliseconds
        while due := [t.at for t in self.timers.scheduled if t.at <= end]:
            self.clock.advance(max(0, min(due) - self.clock.now()))
            self.timers.fire_due(self.clock.now(), self.core.signaling.on_timer)
        self.clock.advance(end - self.clock.now())

    def row(self, user_id: str, contact_id: str) -> ContactRow | None:
        return self.contacts.get_pair(user_id, contact_id).mine

    def identity(self, name: str) -> Identity:
        return Identity(name, f"{name}@example.org", name.title())


def relation(row: ContactRow | None) -> Relation | None:
    """The relation in a row, if there is one."""
    return row.relation if row else None
