"""What every function process has: its settings and signed requests, made once, when the first event comes."""

import os
from functools import cache
from typing import Any, Final

from videochat.adapters.aws_requests import ATTEMPTS, TIMEOUT, AwsRequests, Credentials
from videochat.adapters.local.clock import SystemClock
from videochat.adapters.secretsmanager import read_secret
from videochat.adapters.xray import XRay
from videochat.aws.settings import Settings, load
from videochat.core.tickets import Signer

HASTY_ATTEMPTS: Final = 2
HASTY_TIMEOUT: Final = 1.0

clock = SystemClock()


@cache
def settings() -> Settings:
    """The settings of this process.

    :raises SettingsError: see :func:`videochat.aws.settings.load`.
    """
    return load(os.environ)


@cache
def requests() -> AwsRequests:
    """Requests with the credentials of the function's role. Lambda replaces the process before they expire."""
    return _requests(ATTEMPTS, TIMEOUT)


@cache
def hasty_requests() -> AwsRequests:
    """The same, for what somebody waits for and can do without."""
    return _requests(HASTY_ATTEMPTS, HASTY_TIMEOUT)


def _requests(attempts: int, timeout: float) -> AwsRequests:
    s = settings()
    credentials = Credentials(s.access_key, s.secret_key, s.session_token or None)
    tracer = XRay(s.xray_daemon, _trace, s.region) if s.xray_daemon else None
    endpoint = s.endpoint.rstrip("/") or None
    return AwsRequests(s.region, credentials, endpoint, tracer=tracer, attempts=attempts, timeout=timeout)


def _trace() -> str:
    # Lambda writes it anew for each event.
    return os.environ.get("_X_AMZN_TRACE_ID", "")


def secret(arn: str) -> bytes:
    """The text of a secret; a request each time.

    :raises Unavailable: it cannot be read.
    """
    return read_secret(requests(), settings().region, settings().url_suffix, arn)


@cache
def signer() -> Signer:
    """Signs and checks tickets. Reads the secret from Secrets Manager.

    :raises Unavailable: the secret cannot be read; the next call tries again.
    """
    return Signer(secret(settings().need("ticket_secret")))


class SecretSigner(Signer):
    """A signer that reads its secret when it is first used: most functions sign something only now and then."""

    def __init__(self) -> None:
        """Reads nothing yet."""

    def sign(self, body: list[Any]) -> str:
        """See :meth:`Signer.sign`."""
        return signer().sign(body)

    def open(self, ticket: str) -> list[Any] | None:
        """See :meth:`Signer.open`."""
        return signer().open(ticket)
