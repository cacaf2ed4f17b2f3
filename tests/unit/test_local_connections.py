from videochat.adapters.local.connections import MemoryConnections
from videochat.core.models import Attendance, Connection


def test_that_somebody_has_left_is_forgotten_when_nobody_needs_it() -> None:
    connections = MemoryConnections()
    for n in range(1_000):
        at = n * 1_000
        connections.add(Connection(f"c{n}", f"u{n}", "d", at, at + 1))
        connections.remove(f"c{n}", at)
    assert connections.attendance("u0", 1_000_000) == Attendance([], None)
    assert connections.attendance("u999", 1_000_000) == Attendance([], 999_000)
    known = [n for n in range(1_000) if connections.attendance(f"u{n}", 1_000_000).left_at is not None]
    assert len(known) == 61
