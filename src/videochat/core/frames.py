"""The envelope of the wire protocol: reading and writing frames. See ``protocol/README.md``."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from videochat.core.errors import FrameRefusal, Refusal
from videochat.core.models import Connection

Frame = dict[str, Any]

MAX_FRAME_BYTES: Final = 32 * 1024
"""API Gateway's limit for one WebSocket frame: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
MAX_DEPTH: Final = 32

_ID: Final = re.compile(r"[A-Za-z0-9_\-.=:@+]{1,128}\Z")
_CALL_ID: Final = re.compile(r"[A-Za-z0-9_\-]{8,64}\Z")
_encoder: Final = msgspec.json.Encoder()
_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_value: Final = msgspec.json.Decoder()


def encode(frame: Mapping[str, Any]) -> bytes:
    """The frame as a UTF-8 JSON text message.

    :raises FrameRefusal: ``bad_frame``: it holds text that is not Unicode (lone surrogates).
    """
    try:
        return _encoder.encode(frame)
    except UnicodeEncodeError:
        raise FrameRefusal("bad_frame", "A text in the frame is not valid Unicode.") from None


def decode(data: bytes | str) -> Frame:
    """Reads a client's frame and checks its envelope; the fields of the action are checked by who handles it.

    What is in ``payload`` is checked to be JSON but left as it is, a :class:`msgspec.Raw`: the server never looks at it, and making
    objects of it only to write them out again would be half the work of relaying a frame.

    :raises FrameRefusal: ``too_large`` or ``bad_frame``.
    """
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError:
            raise FrameRefusal("bad_frame", "The frame is not valid UTF-8.") from None
    if len(data) > MAX_FRAME_BYTES:
        raise too_large()
    try:
        if not data.isascii():
            data.decode()  # what is left as it is has not been checked for this otherwise
        frame: Frame = _fields.decode(data)
        for name, value in frame.items():
            if name != "payload":
                frame[name] = _value.decode(value)
        # An object or array needs an opening bracket: with few of them the depth is fine and need not be measured.
        # Up to Python 3.12 bytes.count takes four times as long as this, as long as the decoding.
        brackets = 2 * len(data) - len(data.replace(b"{", b"")) - len(data.replace(b"[", b""))
        if brackets > MAX_DEPTH and _depth_exceeds(_value.decode(data), MAX_DEPTH):
            raise _too_deep()
    except msgspec.ValidationError:
        raise FrameRefusal("bad_frame", "The frame is not a JSON object.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FrameRefusal("bad_frame", "The frame is not valid JSON in UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(frame.get("action"), str):
        raise FrameRefusal("bad_frame", "The field “action” is missing or not a string.")
    answer_id = frame.get("id")
    if answer_id is not None and not (isinstance(answer_id, str) and len(answer_id) <= 64):
        del frame["id"]
        raise FrameRefusal("bad_frame", "The field “id” is not a string of at most 64 characters.")
    return frame


def text(frame: Frame, field: str) -> str:
    """The id in ``field``.

    :raises FrameRefusal: ``bad_frame``: missing or not an id.
    """
    value = frame.get(field)
    if not (isinstance(value, str) and _ID.match(value)):
        raise FrameRefusal("bad_frame", f"The field “{field}” is missing or not an id.")
    return value


def call_id(frame: Frame) -> str:
    """The id in ``callId``.

    :raises FrameRefusal: ``bad_frame``: missing or not a call id.
    """
    value = frame.get("callId")
    if not (isinstance(value, str) and _CALL_ID.match(value)):
        raise FrameRefusal("bad_frame", "The field “callId” is missing or not 8 to 64 of A–Z a–z 0–9 _ -.")
    return value


def flag(frame: Frame, field: str, default: bool) -> bool:
    """The boolean in ``field``.

    :raises FrameRefusal: ``bad_frame``: there, but no boolean.
    """
    value = frame.get(field, default)
    if not isinstance(value, bool):
        raise FrameRefusal("bad_frame", f"The field “{field}” is not true or false.")
    return value


def milliseconds(frame: Frame, field: str) -> int | None:
    """The duration in ``field``; ``None`` when it is not there.

    :raises FrameRefusal: ``bad_frame``: no integer, negative, or one that not every client can represent (2**53 and more).
    """
    if field not in frame:
        return None
    value = frame[field]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise FrameRefusal("bad_frame", f"The field “{field}” is not a number of milliseconds.")
    return value


def says_lost(frame: Frame) -> bool:
    """Whether a ``hangup`` has the reason ``lost``, the only one that a client may give.

    :raises FrameRefusal: ``bad_frame``: another reason.
    """
    reason = frame.get("reason", "lost")
    if reason != "lost":
        raise FrameRefusal("bad_frame", "The field “reason” can only be “lost”.")
    return "reason" in frame


def is_id(value: str) -> bool:
    """Whether ``value`` has the form of a user, device or connection id."""
    return _ID.match(value) is not None


def sender(connection: Connection) -> dict[str, str]:
    """What goes into ``from``."""
    return {
        "userId": connection.user_id,
        "connectionId": connection.connection_id,
        "deviceId": connection.device_id,
    }


def answer(request: Frame, action: str, **fields: Any) -> Frame:
    """A direct answer to ``request``: carries its ``id``."""
    frame: Frame = {"action": action, **fields}
    if "id" in request:
        frame["id"] = request["id"]
    return frame


def error(refusal: Refusal, request: Frame | None = None) -> Frame:
    """The error frame for ``refusal``; ``request`` is the refused frame as far as it could be read."""
    frame: Frame = {"action": "error", "code": refusal.code, "message": refusal.message, **refusal.extra}
    if request is not None:
        # Only well-formed values are sent back: an error must not become a way to echo arbitrary data.
        for field, to in (("action", "about"), ("id", "id"), ("callId", "callId")):
            value = request.get(field)
            if isinstance(value, str) and len(value) <= 64 and to not in frame:
                frame[to] = value
    return frame


def too_large() -> FrameRefusal:
    """``too_large``."""
    return FrameRefusal("too_large", f"A frame has at most {MAX_FRAME_BYTES} bytes.")


def _too_deep() -> FrameRefusal:
    return FrameRefusal("bad_frame", f"The frame is nested more than {MAX_DEPTH} deep.")


def _depth_exceeds(value: dict[str, Any], limit: int) -> bool:
    level: list[dict[str, Any] | list[Any]] = [value]
    for _ in range(limit):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
