"""``GET /ice-servers``."""

from functools import cache
from typing import Any

from videochat.adapters.ice import ConfiguredIceServers, TurnSecret
from videochat.aws import logs, metrics, process, rest
from videochat.core.errors import Unavailable
from videochat.core.ports import IceServerSource
from videochat.rest.views import view_ice_servers


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """STUN and TURN servers; TURN credentials expire."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    return 200, view_ice_servers(_servers().ice_servers(request.user_id, process.clock.now()))


@cache
def _servers() -> IceServerSource:
    s = process.settings()
    if s.turn_channel:
        # Loaded where it is used: most installations have no TURN servers, or their own.
        from videochat.adapters.kinesisvideo import KinesisIceServers

        return KinesisIceServers(
            process.hasty_requests(), s.region, s.url_suffix, s.turn_channel, s.stun_urls, _missing
        )
    auth = TurnSecret(process.secret(s.need("turn_secret")).decode(), s.turn_ttl) if s.turn_urls else None
    return ConfiguredIceServers(s.stun_urls, s.turn_urls, auth)


def _missing(error: Unavailable) -> None:
    logs.failure(error)
    metrics.count("TurnMissing")
