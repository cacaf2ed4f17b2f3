"""Timers as delayed messages of an Amazon SQS queue; the function at its other end calls ``on_timer``."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from videochat.adapters.aws_requests import AwsRequests
from videochat.core.errors import Unavailable
from videochat.core.ports import Clock

LONGEST_DELAY: Final = 900
"""Seconds: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


class Timer(Struct, frozen=True):
    """The body of a message."""

    kind: str
    key: str
    correlation_id: str = ""
    """Of the request that scheduled it, for the logs."""


class SqsTimers:
    """Implements :class:`videochat.core.ports.Timers`.

    :param queue_url: of a standard queue.
    :param correlation_id: of the event at hand; goes along with every timer.
    """

    def __init__(
        self,
        requests: AwsRequests,
        region: str,
        suffix: str,
        queue_url: str,
        clock: Clock,
        correlation_id: Callable[[], str] = str,
    ) -> None:
        self._requests = requests
        self._service_url = f"https://sqs.{region}.{suffix}/"
        self._queue_url = queue_url
        self._clock = clock
        self._correlation_id = correlation_id

    def schedule(self, at: int, kind: str, key: str) -> None:
        """See the port. The delay is in whole seconds, rounded up: never early."""
        delay = -(-max(0, at - self._clock.now()) // 1000)
        message = {
            "QueueUrl": self._queue_url,
            "DelaySeconds": min(delay, LONGEST_DELAY),
            "MessageBody": msgspec.json.encode(Timer(kind, key, self._correlation_id())).decode(),
        }
        # The AWS JSON protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
        answer = self._requests.post(
            "sqs",
            self._service_url,
            msgspec.json.encode(message),
            {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage"},
        )
        if answer.status != 200:
            raise Unavailable(f"SQS: {answer.error}")
