"""Settings of the AWS edition: environment variables that ``template.yaml`` sets, each function having only those it needs."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from videochat.core.errors import VideoChatError


class SettingsError(VideoChatError):
    """A setting that the function needs is missing or cannot be used."""


class Settings(Struct, frozen=True, kw_only=True):
    """What the environment says; :func:`load` reads it.

    Empty means not set: the template leaves out what a function has no use for. What uses a setting asks for it by :meth:`need`.
    """

    region: str
    url_suffix: str = "amazonaws.com"
    """Domain of the service endpoints in this partition."""
    access_key: str
    secret_key: str
    session_token: str = ""
    endpoint: str = ""
    """Where all services are instead (``AWS_ENDPOINT_URL``), for emulators."""
    xray_daemon: str = ""
    """``host:port`` that takes traces; Lambda says so when the function is traced."""
    users_table: str = ""
    contacts_table: str = ""
    connections_table: str = ""
    calls_table: str = ""
    timers_queue_url: str = ""
    socket_api_url: str = ""
    """``https://…`` of the WebSocket API's stage."""
    ticket_secret: str = ""
    """ARN of the secret that signs tickets."""
    issuer: str = ""
    client_id: str = ""
    web_origin: str = ""
    frame_rate: float = 20
    """Frames a second that a process takes from one socket in the long run, …"""
    frame_burst: float = 100
    """… and at once. A call needs some 20 in all, most of them in its first second. Far below what the one-machine edition lets through:
    several processes may hear of a socket, and each takes so many (decision 0077)."""
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    """ARN of the secret shared with the TURN server."""
    turn_ttl: int = 3600
    """Seconds for which TURN credentials are good."""
    turn_channel: str = ""
    """ARN of the signaling channel of Kinesis Video Streams whose TURN servers are used."""

    def need(self, name: str) -> str:
        """The text of the setting ``name``.

        :raises SettingsError: it is not set.
        """
        value = getattr(self, name)
        if not isinstance(value, str) or not value:
            raise SettingsError(f"The environment variable {_VARIABLES[name]} is not set.")
        return value


_VARIABLES: Final = {
    "region": "AWS_REGION",
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
    "endpoint": "AWS_ENDPOINT_URL",
    "xray_daemon": "AWS_XRAY_DAEMON_ADDRESS",
    **{
        name: name.upper()
        for name in (
            "url_suffix",
            "users_table",
            "contacts_table",
            "connections_table",
            "calls_table",
            "timers_queue_url",
            "socket_api_url",
            "ticket_secret",
            "issuer",
            "client_id",
            "web_origin",
            "frame_rate",
            "frame_burst",
            "stun_urls",
            "turn_urls",
            "turn_secret",
            "turn_ttl",
            "turn_channel",
        )
    },
}
_LISTS: Final = frozenset({"stun_urls", "turn_urls"})


def load(environ: Mapping[str, str]) -> Settings:
    """The settings in ``environ``.

    :raises SettingsError: what every function needs is missing, or a value cannot be read.
    """
    values: dict[str, object] = {}
    for name, variable in _VARIABLES.items():
        text = environ.get(variable, "").strip()
        if text:
            values[name] = tuple(part.strip() for part in text.split(",")) if name in _LISTS else text
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        # Names a field, never a value.
        raise SettingsError(f"The environment cannot be used: {error}") from None
