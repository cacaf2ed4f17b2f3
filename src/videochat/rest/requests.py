"""How requests of the REST API are read, and how large they may be."""

from typing import Any, Final

import msgspec

from videochat.core.errors import Refusal

MAX_BODY_BYTES: Final = 16 * 1024
MAX_CONTACT_ID: Final = 128
"""Characters."""
MAX_CURSOR: Final = 512
"""Characters of ``after``."""
MAX_PAGE: Final = 100
PAGE: Final = 50
"""Calls that a page has at most, and has unless ``limit`` says otherwise."""


def bearer_token(authorization: str) -> str | None:
    """The token in an ``Authorization`` header; ``None`` when there is none in it."""
    scheme, _, token = authorization.partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


def decode_json(body: bytes) -> Any:
    """What a JSON body says.

    :raises Refusal: ``bad_json``: not JSON, not UTF-8, or nested too deep.
    """
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise Refusal("bad_json", "The body is nested too deep.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refusal("bad_json", "The body is not valid JSON in UTF-8.") from None
