"""``GET /ice-servers``."""

from functools import cache
from typing import Any

from videochat.adapters.ice import ConfiguredIceServers, TurnSecret
from videochat.aws import process, rest
from videochat.rest.types import IceServer, IceServerList


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """STUN and TURN servers; TURN credentials expire."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    answer = _servers().ice_servers(request.user_id, process.clock.now())
    servers = [
        IceServer(server.urls, rest.without_none(server.username), rest.without_none(server.credential))
        for server in answer.ice_servers
    ]
    return 200, IceServerList(servers, answer.ttl)


@cache
def _servers() -> ConfiguredIceServers:
    s = process.settings()
    auth = TurnSecret(process.secret(s.need("turn_secret")).decode(), s.turn_ttl) if s.turn_urls else None
    return ConfiguredIceServers(s.stun_urls, s.turn_urls, auth)
