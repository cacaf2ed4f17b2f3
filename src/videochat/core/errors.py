"""Errors, as a tree.

::

    VideoChatError
    ├── Refusal              a user's request that cannot be granted; has a stable code and a readable text
    │   ├── Unauthorized     the token or ticket is no good
    │   └── FrameRefusal     a frame broke the wire protocol
    └── StoreError           raised by adapters
        ├── Conflict         somebody else wrote first: read again, decide again
        ├── UserBusy         one of the two is in another call
        ├── CallExists       that call id is taken
        ├── EmailTaken       another user has that address
        └── Unavailable      the store or the network failed

Adapters translate what their SDK raises into a :class:`StoreError`; edges translate a :class:`Refusal` into an HTTP problem or an error frame.
"""


class VideoChatError(Exception):
    """Whatever Video Chat raises on purpose."""


class Refusal(VideoChatError):
    """A request that is understood and not granted.

    :param code: stable, for programs.
    :param message: English, for people; never holds a secret or a payload.
    :param status: the HTTP status for it.
    :param extra: further members for the problem document or the error frame.
    """

    def __init__(self, code: str, message: str, status: int = 400, **extra: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra


class Unauthorized(Refusal):
    """The token or ticket is missing, forged, expired or used up. Does not say which, on purpose."""

    def __init__(self, message: str = "Sign in again.") -> None:
        super().__init__("unauthorized", message, 401)


class FrameRefusal(Refusal):
    """A frame that the protocol does not allow."""


class StoreError(VideoChatError):
    """An adapter could not do what was asked."""


class Conflict(StoreError):
    """What was read has been changed by somebody else since."""


class UserBusy(StoreError):
    """``user_id`` takes part in another unfinished call."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class CallExists(StoreError):
    """A call with this id is stored already."""


class EmailTaken(StoreError):
    """Another user has this address."""


class Unavailable(StoreError):
    """The store or the network failed. A write was done whole or not at all; which of the two, nobody knows when the answer got lost."""
