"""Structured logs: JSON lines by Powertools, with the ids that follow one request through all functions.

Payloads, tokens and tickets never get here: callers log kinds, codes and ids.
"""

from typing import Any, Final

from aws_lambda_powertools import Logger

from videochat.adapters.local.failures import where
from videochat.aws import metrics
from videochat.core.errors import Unavailable

logger: Final = Logger(utc=True, use_rfc3339=True)
# Named by POWERTOOLS_SERVICE_NAME, which the template sets to the stack.


def begin(correlation_id: str, **keys: str) -> None:
    """Starts the log of a new event: forgets the keys of the one before.

    :param correlation_id: API Gateway's request id, or that of the request which scheduled the timer.
    """
    logger.clear_state()
    logger.append_keys(correlation_id=correlation_id, **keys)
    metrics.begin()


def correlation_id() -> str:
    """That of the event at hand."""
    return str(logger.get_current_keys().get("correlation_id", ""))


def failure(error: Exception, **keys: Any) -> None:
    """One line for something that went wrong on our side, and a metric that an alarm watches.

    Never the text of an unexpected error, which may quote what a client sent.
    """
    if isinstance(error, Unavailable):
        logger.error("unavailable", error=str(error), where=where(error), **keys)
    else:
        logger.error("failed", error=type(error).__name__, where=where(error), **keys)
    metrics.count("Failures")
