"""Traces requests to other services: a subsegment of AWS X-Ray for each, and the header that connects what they lead to.

Lambda makes the segment of a function and runs X-Ray's daemon beside it; the daemon takes subsegments as datagrams
(https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon). Decision 0076 tells why no SDK does this.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec import Struct

_PREFIX: Final = b'{"format":"json","version":1}\n'
_NAMES: Final = {
    "dynamodb": "DynamoDB",
    "execute-api": "API Gateway",
    "kinesisvideo": "Kinesis Video Streams",
    "secretsmanager": "Secrets Manager",
    "sqs": "SQS",
}
"""How X-Ray's maps show a service, by the name that its requests are signed for."""


class Span(Struct):
    """A request that is under way."""

    header: str
    """What ``X-Amzn-Trace-Id`` says; empty: nothing, there is no trace."""
    document: dict[str, Any] | None
    """``None``: this trace is not sampled."""


class XRay:
    """Implements :class:`videochat.adapters.aws_requests.Tracer`.

    :param daemon: ``host:port``, as Lambda's ``AWS_XRAY_DAEMON_ADDRESS`` has it.
    :param trace: the trace header of the event at hand, as Lambda's ``_X_AMZN_TRACE_ID`` has it; empty: none.
    :param clock: seconds since the epoch.
    """

    def __init__(
        self, daemon: str, trace: Callable[[], str], region: str, clock: Callable[[], float] = time.time
    ) -> None:
        host, _, port = daemon.rpartition(":")
        self._daemon = (host, int(port))
        self._trace = trace
        self._region = region
        self._clock = clock
        self._socket: socket.socket | None = None

    def start(self, service: str, operation: str) -> Span:
        """See the protocol."""
        header = self._trace()
        fields = dict(part.split("=", 1) for part in header.split(";") if "=" in part)
        if fields.get("Sampled") != "1" or "Root" not in fields or "Parent" not in fields:
            return Span(header, None)
        document = {
            "id": os.urandom(8).hex(),
            "trace_id": fields["Root"],
            "parent_id": fields["Parent"],
            "type": "subsegment",
            "name": _NAMES.get(service, service),
            "namespace": "aws",
            "start_time": self._clock(),
            "aws": {"operation": operation, "region": self._region},
        }
        # What the service does next is a child of this request, not of the function.
        return Span(
            ";".join(f"{name}={value}" for name, value in {**fields, "Parent": document["id"]}.items()),
            document,
        )

    def end(self, span: Span, status: int | None, attempts: int) -> None:
        """See the protocol."""
        document = span.document
        if document is None:
            return
        document["end_time"] = self._clock()
        document["aws"]["retries"] = attempts - 1
        if status is None:
            document["fault"] = True
        else:
            document["http"] = {"response": {"status": status}}
            document.update(_judged(status))
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        # A trace is worth no error, and no waiting; datagrams get lost without a word anyway.
        with suppress(OSError):
            self._socket.sendto(_PREFIX + msgspec.json.encode(document), self._daemon)

    def close(self) -> None:
        """Closes the socket. A process that goes on to its end need not."""
        if self._socket is not None:
            self._socket.close()


def _judged(status: int) -> Mapping[str, bool]:
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-errors
    if status == 429:
        return {"error": True, "throttle": True}
    if status >= 500:
        return {"fault": True}
    return {"error": True} if status >= 400 else {}
