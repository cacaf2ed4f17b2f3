"""Fakes of what reaches outside: push, timers, tokens, ICE servers."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from tests.fakes.faults import Faults

from videochat.core.errors import Unauthorized
from videochat.core.models import IceServer, IceServers, Identity


class FakePush(Faults):
    """Records the frames instead of sending them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, bytes]] = []
        """Connection id and frame, in the order of sending; frames to connections that are gone are not among them."""
        self.gone: set[str] = set()
        """Connections to report as gone for good; may be changed."""

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:
        self._enter("send")
        with self._lock:
            self.sent.extend(
                (connection_id, frame) for connection_id in connection_ids if connection_id not in self.gone
            )
            return self.gone.intersection(connection_ids)

    def frames(self, connection_id: str) -> list[dict[str, Any]]:
        """What this connection has received, decoded."""
        with self._lock:
            return [
                msgspec.json.decode(frame, type=dict[str, Any])
                for to, frame in self.sent
                if to == connection_id
            ]

    def actions(self, connection_id: str) -> list[str]:
        """The ``action`` of each frame this connection has received."""
        return [str(frame["action"]) for frame in self.frames(connection_id)]

    def take(self, connection_id: str) -> list[dict[str, Any]]:
        """As :meth:`frames`, and forgets them."""
        with self._lock:
            frames = self.frames(connection_id)
            self.sent = [entry for entry in self.sent if entry[0] != connection_id]
            return frames

    def clear(self) -> None:
        """Forgets everything sent so far."""
        with self._lock:
            self.sent.clear()


class Timer(msgspec.Struct, frozen=True, order=True):
    """Something scheduled."""

    at: int
    kind: str
    key: str


class FakeTimers(Faults):
    """Keeps what was scheduled until a test fires it."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduled: list[Timer] = []
        """In the order of scheduling."""

    def schedule(self, at: int, kind: str, key: str) -> None:
        self._enter("schedule")
        with self._lock:
            self.scheduled.append(Timer(at, kind, key))

    def pending(self, kind: str) -> list[Timer]:
        """The timers of this kind, earliest first."""
        with self._lock:
            return sorted(timer for timer in self.scheduled if timer.kind == kind)

    def fire_due(self, now: int, on_timer: Callable[[str, str], object]) -> int:
        """Calls ``on_timer(kind, key)`` for every timer due at ``now``, earliest first, those that get scheduled meanwhile included.

        :return: how many fired.
        """
        fired = 0
        while due := sorted(timer for timer in self.scheduled if timer.at <= now):
            with self._lock:
                self.scheduled.remove(due[0])
            on_timer(due[0].kind, due[0].key)
            fired += 1
        return fired

    def lose_all(self) -> None:
        """What a restart does."""
        with self._lock:
            self.scheduled.clear()


class FakeTokens(Faults):
    """Accepts the tokens it was told."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, tuple[Identity, int | None]] = {}

    def add(self, token: str, identity: Identity, expires_at: int | None = None) -> str:
        """``token`` is good for ``identity``, until ``expires_at`` if given (milliseconds since the epoch). Returns the token."""
        self._known[token] = (identity, expires_at)
        return token

    def verify(self, token: str, now: int) -> Identity:
        self._enter("verify")
        if token not in self._known:
            raise Unauthorized
        identity, expires_at = self._known[token]
        if expires_at is not None and now >= expires_at:
            raise Unauthorized
        return identity


class FakeIceServers(Faults):
    """Hands out the same servers to everybody, with the user's id as TURN user name."""

    def ice_servers(self, user_id: str, now: int) -> IceServers:
        self._enter("ice_servers")
        turn = IceServer(
            ["turn:turn.example:3478"], username=f"{now // 1000 + 600}:{user_id}", credential="secret"
        )
        return IceServers([IceServer(["stun:stun.example:3478"]), turn], ttl=600)
