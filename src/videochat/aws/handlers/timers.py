"""Timers: delayed messages of the queue."""

from typing import Any

import msgspec

from videochat.adapters.sqs import Timer
from videochat.aws import composition, logs
from videochat.aws.sockets import Event


def handler(event: Event, _context: Any) -> dict[str, Any]:
    """Calls the core for each timer. Those that fail come again, and at last into the dead-letter queue
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).
    """
    failed = []
    for record in event["Records"]:
        logs.begin("", message_id=str(record["messageId"]))
        try:
            timer = msgspec.json.decode(record["body"], type=Timer)
            logs.begin(timer.correlation_id, timer=timer.kind)
            composition.core().signaling.on_timer(timer.kind, timer.key)
            # Nothing else tells that this hop took place; API Gateway's access log has all others.
            logs.logger.info("timer")
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others
            logs.failure(error)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
