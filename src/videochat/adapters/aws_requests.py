"""Signed HTTP requests to AWS services, for functions that are to start fast.

Loading botocore takes longer than all the rest of a function that only sends frames (decision 0071 has the figures), and simple requests
need none of it; nor does DynamoDB (decision 0075). Signing follows Signature Version 4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html;
the tests compare it with botocore's.
"""

import hashlib
import hmac
import http.client
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

from msgspec import Struct

from videochat.adapters.xray import Span
from videochat.core.errors import Unavailable

ATTEMPTS: Final = 4
"""How often a request is made, unless said otherwise: the default of the SDKs' standard mode is 3, and a frame is worth one more."""
TIMEOUT: Final = 3.0
PATIENCE: Final = 4.0
"""Seconds after which an attempt that fails was the last. With its :data:`TIMEOUT` and the pause before it, a function, which has 10 s
(``template.yaml``), can still say that it could not do what was asked.
"""
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_RETRIED: Final = frozenset({429, 500, 502, 503, 504})
_THROTTLED: Final = frozenset(
    {
        "ClientLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Errors of status 400 that mean “later”: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html."""
_ERROR_TYPE: Final = re.compile(rb'"(?:__type|code)"\s*:\s*"(?:[\w.]+#)?(\w{1,64})"')
_ERROR_HEADER: Final = re.compile(r"(?:[\w.]+#)?(\w{1,64})")
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_CLOSED: Final = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""What it looks like when the other side has closed a connection."""


class Credentials(Struct, frozen=True):
    """What a request is signed with."""

    access_key: str
    secret_key: str
    token: str | None = None
    """Temporary credentials, as those of a Lambda function, have one."""

    def __repr__(self) -> str:
        return "Credentials(…)"


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes
    error_type: str = ""
    """The header ``x-amzn-ErrorType``, by which REST services tell the code of an error."""

    @property
    def code(self) -> str | None:
        """The code of an error, if the service has told it."""
        if self.status < 400:
            return None
        named = _ERROR_HEADER.match(self.error_type)
        if named is not None:
            return named[1]
        found = _ERROR_TYPE.search(self.body[:1000])
        return None if found is None else found[1].decode()

    @property
    def error(self) -> str:
        """Status and error code, for logs. Not the message: it may repeat what was sent."""
        return f"status {self.status}" + (f", {self.code}" if self.code else "")

    @property
    def passing(self) -> bool:
        """Whether another attempt may go better: the service is busy or has failed."""
        return self.status in _RETRIED or (self.status == 400 and self.code in _THROTTLED)


class Tracer(Protocol):
    """Follows requests. Raises nothing: a request matters more than its trace."""

    def start(self, service: str, operation: str) -> Span:
        """A request begins.

        :param service: the name that it is signed for.
        """
        ...

    def end(self, span: Span, status: int | None, attempts: int) -> None:
        """The request is over.

        :param status: ``None``: there was no answer.
        :param attempts: how often it was made.
        """
        ...


class _Exchange:
    """How a request went."""

    attempts = 1
    status: int | None = None
    """Of the last attempt; ``None``: it had no answer."""


class _Stale(Exception):
    """The other side had closed the connection while nobody was looking: no sign of trouble."""


class AwsRequests:
    """Makes requests over connections that stay open, one per thread and host.

    :param endpoint: goes to this scheme and host instead of those in each URL, as the SDKs do for ``AWS_ENDPOINT_URL``; the ``Host``
        header still names the service.
    :param clock: seconds since the epoch.
    :param sleep: waits for so many seconds.
    :param tracer: follows signed requests.
    :param attempts: how often a request is made at most; less often when it has taken :data:`PATIENCE`.
    :param timeout: seconds for connecting, and for each wait for data.
    """

    def __init__(
        self,
        region: str,
        credentials: Credentials,
        endpoint: str | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        tracer: Tracer | None = None,
        attempts: int = ATTEMPTS,
        timeout: float = TIMEOUT,
    ) -> None:
        self._region = region
        self._credentials = credentials
        self._endpoint = endpoint
        self._clock = clock
        self._sleep = sleep
        self._tracer = tracer
        self._attempts = attempts
        self._timeout = timeout
        self._local = threading.local()
        self._opened: list[http.client.HTTPConnection] = []
        self._context: ssl.SSLContext | None = None

    def close(self) -> None:
        """Closes all connections. A process that goes on to its end need not."""
        for connection in self._opened:
            connection.close()

    def post(
        self,
        service: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        operation: str | None = None,
    ) -> Answer:
        """A signed request.

        Throttling, errors of the service and broken connections are met with further attempts after growing, random pauses.

        :param service: the name that the signature is for, as in ``execute-api``.
        :param url: its path is percent-encoded already.
        :param headers: further ones, by lower-case name; they are signed.
        :param operation: for traces; by default what ``x-amz-target`` says.
        :return: the last answer.
        :raises Unavailable: no answer at all.
        """
        further = dict(headers or {})
        span = None
        if self._tracer is not None:
            target = further.get("x-amz-target", "")
            span = self._tracer.start(service, operation or target.rpartition(".")[2])

        def signed() -> dict[str, str]:
            made = sign(service, self._region, url, body, further, self._credentials, self._clock())
            if span is not None and span.header:
                made["x-amzn-trace-id"] = span.header  # not signed: who passes it on may change it
            return made

        exchange = _Exchange()
        try:
            return self._attempt("POST", url, body, signed, exchange)
        finally:
            if self._tracer is not None and span is not None:
                self._tracer.end(span, exchange.status, exchange.attempts)

    def get(self, url: str) -> Answer:
        """A plain, unsigned request; attempts, answer and error as for :meth:`post`."""
        return self._attempt("GET", url, None, lambda: {"host": urlsplit(url).netloc}, _Exchange())

    def _attempt(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Callable[[], dict[str, str]],
        exchange: _Exchange,
    ) -> Answer:
        turn, fresh = 0, False
        begun_at = self._clock()
        while True:
            exchange.attempts = turn + 1
            try:
                answer = self._once(method, url, body, headers(), fresh)
            except _Stale:
                # Costs nobody an attempt, nor a pause: functions sleep longer than services keep connections.
                fresh = True
                continue
            except (OSError, http.client.HTTPException) as error:
                exchange.status = None
                if self._was_last(turn, begun_at):
                    raise Unavailable(f"{urlsplit(url).hostname}: {type(error).__name__}") from error
            else:
                exchange.status = answer.status
                if not answer.passing or self._was_last(turn, begun_at):
                    return answer
            turn += 1
            self._sleep(random.random() * min(_LONGEST_PAUSE, _FIRST_PAUSE * 4**turn))  # noqa: S311 - no secret

    def _was_last(self, turn: int, begun_at: float) -> bool:
        return turn == self._attempts - 1 or self._clock() - begun_at >= PATIENCE

    def _once(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], fresh: bool
    ) -> Answer:
        parts = urlsplit(url)
        connection = self._connection(self._endpoint or f"{parts.scheme}://{parts.netloc}")
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        used = connection.sock is not None
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.headers.get("x-amzn-ErrorType", ""))
        except BaseException as error:
            # Whatever is left of the exchange must not meet the next request.
            connection.close()
            if used and not fresh and isinstance(error, _CLOSED):
                raise _Stale from error
            raise

    def _connection(self, base: str) -> http.client.HTTPConnection:
        known: dict[str, http.client.HTTPConnection] = self._local.__dict__
        connection = known.get(base)
        if connection is None:
            parts = urlsplit(base)
            # A closed connection opens itself again on the next request.
            if parts.scheme == "https":
                connection = http.client.HTTPSConnection(
                    parts.netloc, timeout=self._timeout, context=self._certificates()
                )
            else:
                connection = http.client.HTTPConnection(parts.netloc, timeout=self._timeout)
            known[base] = connection
            self._opened.append(connection)
        return connection

    def _certificates(self) -> ssl.SSLContext:
        # One for all connections: reading all certificate authorities takes longer than all the rest of a request.
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


def sign(
    service: str,
    region: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    credentials: Credentials,
    now: float,
) -> dict[str, str]:
    """The headers of a ``POST`` request, signature included.

    :param now: seconds since the epoch.
    """
    parts = urlsplit(url)
    time_stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    signed = {**headers, "host": parts.netloc, "x-amz-date": time_stamp}
    if credentials.token is not None:
        signed["x-amz-security-token"] = credentials.token
    names = sorted(signed)
    # Services other than S3 want the encoded path encoded once more.
    canonical = "\n".join(
        [
            "POST",
            quote(parts.path or "/", safe="/~"),
            "",
            *(f"{name}:{' '.join(signed[name].split())}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{time_stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join([_ALGORITHM, time_stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signature = hmac.digest(key, to_sign.encode(), hashlib.sha256).hex()
    signed["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return signed
