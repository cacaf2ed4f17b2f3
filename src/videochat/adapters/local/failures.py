"""Errors that should not be, in the log."""

import traceback
from typing import TYPE_CHECKING, Final

from videochat.core.errors import StoreError

if TYPE_CHECKING:
    import structlog

_DEEPEST: Final = 5


def log_failure(log: "structlog.stdlib.BoundLogger", error: BaseException, **fields: object) -> None:
    """One line: the error's type and, unless it is a store's failure, where it happened.

    Never the error's text, which may quote what a client sent.
    """
    if isinstance(error, StoreError):
        log.error("store_failed", error=type(error).__name__, **fields)
    else:
        log.error("crash", error=type(error).__name__, where=where(error), **fields)


def where(error: BaseException) -> list[str]:
    """The innermost places that ``error`` came through, as ``file.py:line``."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{frame.filename.replace(chr(92), '/').rpartition('/')[2]}:{frame.lineno}" for frame in frames]
