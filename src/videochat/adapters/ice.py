"""STUN and TURN servers from settings, with short-lived TURN credentials.

The credentials follow draft-uberti-behave-turn-rest-00 (“A REST API For Access To TURN Services”), which coturn implements as
``use-auth-secret``: the user name is ``<expiry in seconds>:<user id>``, the password is base64(HMAC-SHA-1(secret, user name)).
"""

import base64
import hashlib
import hmac

from msgspec import Struct

from videochat.core.models import IceServer, IceServers


class TurnSecret(Struct, frozen=True):
    """What the TURN server and we share."""

    secret: str
    ttl: int
    """Seconds for which credentials are good."""


class StaticTurn(Struct, frozen=True):
    """A fixed name and password, for TURN servers without a shared secret."""

    username: str
    credential: str


class ConfiguredIceServers:
    """Implements :class:`videochat.core.ports.IceServerSource`.

    :param stun: STUN URLs (RFC 7064); may be empty.
    :param turn: TURN URLs (RFC 7065); may be empty.
    :param auth: how TURN is authenticated; needed when there are TURN URLs.
    :param ttl: seconds for which an answer without expiring credentials may be used.
    """

    def __init__(
        self,
        stun: tuple[str, ...],
        turn: tuple[str, ...] = (),
        auth: TurnSecret | StaticTurn | None = None,
        ttl: int = 3600,
    ) -> None:
        if turn and auth is None:
            raise ValueError("TURN servers need credentials.")
        self._stun = IceServer(list(stun)) if stun else None
        self._turn = list(turn)
        self._auth = auth
        self._ttl = ttl

    def ice_servers(self, user_id: str, now: int) -> IceServers:
        """What ``user_id`` may use; credentials are good for ``ttl`` seconds from ``now`` (milliseconds)."""
        servers = [] if self._stun is None else [self._stun]
        ttl = self._ttl
        if self._turn and isinstance(self._auth, TurnSecret):
            ttl = self._auth.ttl
            username = f"{now // 1000 + ttl}:{user_id}"
            servers.append(IceServer(self._turn, username, _credential(self._auth.secret, username)))
        elif self._turn and isinstance(self._auth, StaticTurn):
            servers.append(IceServer(self._turn, self._auth.username, self._auth.credential))
        return IceServers(servers, ttl)


def _credential(secret: str, username: str) -> str:
    # SHA-1 is what the draft and coturn prescribe; as an HMAC over a short-lived name it is not weak.
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()
