"""What an operator wants to count, in CloudWatch's embedded metric format: a log line each, no request
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html).

Every name, with each value of its dimensions, is a metric that is billed while it has data, so there are few.

=============== ============ ================================================================================================
Name            Dimensions   Counts
=============== ============ ================================================================================================
ColdStarts      –            processes that began; the line also names the function
Failures        –            events that failed on our side; an alarm watches it
CallsStarted    –            invites that became a call
CallsAccepted   –            calls that somebody accepted
CallsEnded      ``reason``   calls that ended, by :attr:`EndReason.told <videochat.core.models.EndReason.told>`; a corrected end counts again
FramesRelayed   –            frames ``relay`` and ``signal`` that went out to somebody
ConnectionsGone –            sockets that turned out to be gone when a frame was sent to them
RateLimited     –            answers ``rate_limited``: at most one a second for each socket and process
TurnMissing     –            answers without the TURN servers that are configured
=============== ============ ================================================================================================

All have the dimension ``service``, which is the stack.
"""

import os
from collections.abc import Sequence
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from videochat.core.models import Call, CallPage, CallState
from videochat.core.ports import CallStore, Push

NAMESPACE: Final = "VideoChat"

_begun = False
_reached: list[str] = []
"""The connections that took a frame since the event began."""


def begin() -> None:
    """An event begins: the first of a process is a cold start."""
    global _begun
    _reached.clear()
    if not _begun:
        _begun = True
        count("ColdStarts")


def count(name: str, number: int = 1, **dimensions: str) -> None:
    """Adds ``number`` to the metric ``name``."""
    with single_metric(name=name, unit=MetricUnit.Count, value=number, namespace=NAMESPACE) as metric:
        metric.add_dimension("service", os.environ.get("POWERTOOLS_SERVICE_NAME", "videochat"))
        for dimension, value in dimensions.items():
            metric.add_dimension(dimension, value)
        metric.add_metadata("function", os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""))


def count_relayed(sender: str) -> None:
    """Counts the frames that the event at hand has sent to others: what goes back to ``sender`` is an answer."""
    relayed = sum(one != sender for one in _reached)
    if relayed:
        count("FramesRelayed", relayed)


class CountedPush:
    """A :class:`~videochat.core.ports.Push` that counts who is gone, and remembers who is reached."""

    def __init__(self, push: Push) -> None:
        self._push = push

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:
        """See the port."""
        gone = self._push.send(connection_ids, frame)
        _reached.extend(one for one in connection_ids if one not in gone)
        if gone:
            count("ConnectionsGone", len(gone))
        return gone


class CountedCalls:
    """A :class:`~videochat.core.ports.CallStore` that counts what becomes of calls."""

    def __init__(self, store: CallStore) -> None:
        self._store = store

    def create(self, call: Call) -> None:
        """See the port."""
        self._store.create(call)
        count("CallsStarted")
        _count_end(call)

    def update(self, call: Call) -> Call:
        """See the port."""
        stored = self._store.update(call)
        if stored.state is CallState.ACCEPTED:
            count("CallsAccepted")
        _count_end(stored)
        return stored

    def get(self, call_id: str) -> Call | None:
        """See the port."""
        return self._store.get(call_id)

    def unfinished_of(self, user_id: str) -> Call | None:
        """See the port."""
        return self._store.unfinished_of(user_id)

    def history(self, user_id: str, limit: int, after: str | None) -> CallPage:
        """See the port."""
        return self._store.history(user_id, limit, after)

    def remove_all_of(self, user_id: str) -> None:
        """See the port."""
        self._store.remove_all_of(user_id)


def _count_end(call: Call) -> None:
    if call.state is CallState.ENDED and call.reason is not None:
        count("CallsEnded", reason=call.reason.told)
