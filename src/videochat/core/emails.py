"""Email addresses: what counts as one, and how it is written."""

import re
from typing import Final

from videochat.core.errors import Refusal

# Deliberately looser than RFC 5321: one @, no blanks or control characters, a dot-free host is fine on a private network.
_EMAIL: Final = re.compile(
    r"[^\s@<>\"'(),;:\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>\"'(),;:\\\[\]\x00-\x1f\x7f]{1,189}\Z"
)


def normalize_email(email: str) -> str:
    """``email`` trimmed and in lower case.

    :raises Refusal: ``invalid_email``.
    """
    normalized = email.strip().lower()
    if not _EMAIL.match(normalized) or ".." in normalized or normalized.endswith((".", "-")):
        raise Refusal("invalid_email", "That is not an email address.")
    return normalized
