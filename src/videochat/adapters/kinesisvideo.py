"""Managed TURN servers: those of Amazon Kinesis Video Streams with WebRTC.

A signaling channel is what they belong to; the product signals by itself and uses nothing else of it
(https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_signaling_GetIceServerConfig.html).
"""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from videochat.adapters.aws_requests import Answer, AwsRequests
from videochat.core.errors import Unavailable
from videochat.core.models import IceServer, IceServers

SHARE: Final = 5
"""An answer is given out again for a fifth of its life: a minute of AWS's five. The service takes 5 requests a second for each channel."""
WITHOUT_TTL: Final = 30
"""Seconds for which an answer without TURN may be used: short, it may work again soon."""

_SERVICE: Final = "kinesisvideo"
_T = TypeVar("_T")


class _Endpoint(Struct):
    Protocol: str
    ResourceEndpoint: str


class _Endpoints(Struct):
    ResourceEndpointList: list[_Endpoint]


class _Server(Struct):
    Uris: list[str]
    Username: str
    Password: str
    Ttl: int


class _Servers(Struct):
    IceServerList: list[_Server]


class _Kept(Struct, frozen=True):
    servers: list[IceServer]
    ttl: int
    """Seconds from ``asked_at``."""
    asked_at: int
    until: int
    """When to ask again; times are in milliseconds."""


class KinesisIceServers:
    """Implements :class:`videochat.core.ports.IceServerSource`: STUN as configured, and TURN of a signaling channel.

    When the service fails, there is an answer without TURN: most calls need none, and one that is tried is better than one that is not.

    :param requests: with limits that fit somebody who waits.
    :param suffix: domain of the service endpoints in this partition.
    :param channel: ARN of the signaling channel.
    :param stun: STUN URLs (RFC 7064); may be empty.
    :param on_missing: told why an answer is without TURN.
    """

    def __init__(
        self,
        requests: AwsRequests,
        region: str,
        suffix: str,
        channel: str,
        stun: tuple[str, ...],
        on_missing: Callable[[Unavailable], None],
    ) -> None:
        self._requests = requests
        self._url = f"https://kinesisvideo.{region}.{suffix}"
        self._channel = channel
        self._stun = [IceServer(list(stun))] if stun else []
        self._on_missing = on_missing
        self._endpoint: str | None = None
        self._kept: _Kept | None = None

    def ice_servers(self, user_id: str, now: int) -> IceServers:  # noqa: ARG002 - the port names them
        """What anybody may use: the credentials belong to the channel, not to a user."""
        kept = self._kept
        if kept is None or not kept.asked_at <= now < kept.until:
            kept = self._kept = self._ask(now)
        return IceServers([*self._stun, *kept.servers], kept.ttl - -(-(now - kept.asked_at) // 1000))

    def _ask(self, now: int) -> _Kept:
        try:
            servers = self._turn()
        except Unavailable as error:
            self._endpoint = None
            self._on_missing(error)
            # Nor is anybody else made to wait for the same.
            return _Kept([], WITHOUT_TTL, now, now + WITHOUT_TTL * 1000 // 2)
        ttl = min(server.Ttl for server in servers)
        turn = [IceServer(server.Uris, server.Username, server.Password) for server in servers]
        return _Kept(turn, ttl, now, now + ttl * 1000 // SHARE)

    def _turn(self) -> list[_Server]:
        if self._endpoint is None:
            self._endpoint = self._find_endpoint()
        url = f"{self._endpoint}/v1/get-ice-server-config"
        found = self._post(
            url, "GetIceServerConfig", {"ChannelARN": self._channel, "Service": "TURN"}, _Servers
        )
        if not found.IceServerList or any(server.Ttl < 1 for server in found.IceServerList):
            raise Unavailable("Kinesis Video Streams: no TURN servers")
        return found.IceServerList

    def _find_endpoint(self) -> str:
        # The master's endpoint: viewers have to name themselves. HTTPS is for single requests, WSS for signaling.
        asked = {
            "ChannelARN": self._channel,
            "SingleMasterChannelEndpointConfiguration": {"Protocols": ["HTTPS"], "Role": "MASTER"},
        }
        url = f"{self._url}/getSignalingChannelEndpoint"
        found = self._post(url, "GetSignalingChannelEndpoint", asked, _Endpoints)
        for one in found.ResourceEndpointList:
            if one.Protocol == "HTTPS" and one.ResourceEndpoint.startswith("https://"):
                return one.ResourceEndpoint.rstrip("/")
        raise Unavailable("Kinesis Video Streams: no endpoint")

    def _post(self, url: str, operation: str, asked: object, type_: type[_T]) -> _T:
        headers = {"content-type": "application/json"}
        answer: Answer = self._requests.post(_SERVICE, url, msgspec.json.encode(asked), headers, operation)
        if answer.status != 200:
            raise Unavailable(f"Kinesis Video Streams: {answer.error}")
        try:
            return msgspec.json.decode(answer.body, type=type_)
        except msgspec.DecodeError:
            # Not the error itself: it may quote what came, which holds a password.
            raise Unavailable("Kinesis Video Streams: an answer that cannot be read") from None
