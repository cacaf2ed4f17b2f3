"""From what the core answers to what the REST API gives."""

from typing import TypeVar

import msgspec
from msgspec import UNSET

from videochat.core.models import IceServers
from videochat.rest.types import IceServer, IceServerList

T = TypeVar("T")


def view(type_: type[T], value: object) -> T:
    """The core's ``value`` in the API's own type, which has the same field names."""
    return msgspec.convert(value, type_, from_attributes=True)


def view_ice_servers(answer: IceServers) -> IceServerList:
    """STUN and TURN servers; what has no credentials is without these fields."""
    servers = [
        IceServer(server.urls, server.username or UNSET, server.credential or UNSET)
        for server in answer.ice_servers
    ]
    return IceServerList(servers, answer.ttl)
